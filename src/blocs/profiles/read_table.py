"""A table read into rows of codes: its columns found and checked, each item encoded, all faults at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.account import Account, Step
from ..core.errors import Fault, InputError
from ..core.lazy import lazy_import
from ..core.missing_codes import MissingCodes
from ..core.schema import Schema
from .checks import check_mappings, check_names
from .encode import columns_of_menus, encode_item
from .frames import Columns, read_columns
from .kinds import Described, Description
from .weights import read_weights

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["CodedRows", "read_table"]

Floats = NDArray[np.float64]


class CodedRows(NamedTuple):
    """The rows of a table that have a positive weight, in codes.

    schema: the items; codes: (R, J) unsigned int; counts: (R,) frequencies; design: (R,) sampling weights; groups: R
    rows of group labels; values: (R, D) of the measured items; used: (N,) bool, the rows of the table that these are;
    rows: N labels of the table's rows.
    """

    schema: Schema
    codes: NDArray[Any]
    counts: Floats
    design: Floats | None
    groups: pd.DataFrame | None
    values: Floats | None
    used: NDArray[np.bool_]
    rows: pd.Index[Any]

    @property
    def account(self) -> Account:
        """What became of every row."""
        kept = int(self.used.sum())
        parts = {"used": kept, "set aside, weight zero": len(self.used) - kept}
        return Account((Step("Rows read", "rows", len(self.used), parts),))


def read_table(
    frame: Any,
    items: Sequence[str] | None,
    weights: str | Any,
    menus: Mapping[str, Any] | None,
    groups: str | Sequence[str] | None,
    design_weights: str | Any,
    levels: Mapping[str, Sequence[Any]] | None,
    kinds: Mapping[str, Description] | None,
    missing: Any = (),
) -> CodedRows:
    """Return the rows of a table in codes; the arguments are those of `Profiles.from_table`."""
    check_mappings(menus, levels, kinds)
    menus, levels, kinds = menus or {}, levels or {}, kinds or {}
    listed = None if items is None else [items] if isinstance(items, str) else [str(name) for name in items]
    columns = read_columns(frame, listed)
    group_names = [groups] if isinstance(groups, str) else list(groups or [])
    frequencies = read_weights(weights, "weights", columns)
    design = read_weights(design_weights, "design_weights", columns)
    others = {*group_names, *(w for w in (weights, design_weights) if isinstance(w, str)), *columns_of_menus(menus)}
    names = _items(listed, columns, kinds, others)
    check_names(names, columns, group_names, menus, levels, kinds)
    if codes := MissingCodes(missing):
        columns = columns.without(codes, others)
    counts = np.ones(len(columns)) if frequencies is None else frequencies
    used = (counts if design is None else counts * design) > 0
    if not used.any():
        raise InputError(Fault("the table has no rows with a positive weight", rule="At least one is needed"))
    kept = columns.take(used)
    coded = _encode_all(names, kept, levels, menus, kinds)
    values = [part.values for part in coded if part.values is not None]
    return CodedRows(
        schema=Schema(tuple(part.item for part in coded)),
        codes=np.column_stack([part.codes for part in coded]),
        counts=counts if used.all() else counts[used],
        design=None if design is None else design[used],
        groups=pd.DataFrame({g: kept.data[g].to_numpy() for g in group_names}) if group_names else None,
        values=None if not values else values[0] if len(values) == 1 else np.column_stack(values),
        used=used,
        rows=columns.rows,
    )


def _items(listed: list[str] | None, columns: Columns, kinds: Mapping[str, Description], others: set[str]) -> list[str]:
    """Return the items listed, or else all columns without another role; then those that only `kinds` names."""
    described = {column for name, kind in kinds.items() for column in kind.needs(name)}
    names = listed if listed is not None else [name for name in columns.data if name not in others | described]
    return [*names, *(name for name in kinds if name not in names)]


def _encode_all(
    names: Sequence[str],
    columns: Columns,
    levels: Mapping[str, Sequence[Any]],
    menus: Mapping[str, Any],
    kinds: Mapping[str, Description],
) -> list[Described]:
    coded: list[Described] = []
    faults: list[Fault] = []
    for name in names:
        try:
            if name in kinds:
                coded.append(kinds[name].read(name, columns))
            else:
                coded.append(Described(*encode_item(name, columns, levels.get(name), menus.get(name))))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(*faults)
    return coded
