"""A table read into rows of codes: its columns found and checked, each item encoded, all faults at once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.account import Account, Step
from ..core.errors import Fault, InputError, counted
from ..core.lazy import lazy_import
from ..core.missing_codes import MissingCodes
from ..core.schema import Schema
from .checks import check_mappings, check_names
from .covariates import Covariates, covariates_of, numbers_in, read_covariates
from .encode import columns_of_menus, encode_item
from .frames import Columns, read_columns
from .kinds import Described, Description
from .rows import empty_rows
from .weights import NOT_WHOLE, read_weights, weigh

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["EMPTY", "NO_COVARIATE", "NO_WEIGHT", "CodedRows", "read_table"]

Floats = NDArray[np.float64]


NO_WEIGHT, EMPTY, NO_COVARIATE = -1, -2, -3
"""In place of a row's profile where it was set aside: its weight is not positive, every item is missing, or a covariate
is."""


class CodedRows(NamedTuple):
    """The rows of a table that have a positive weight and an answer, in codes.

    schema: the items; codes: (R, J) unsigned int; counts: (R,) frequencies; design: (R,) sampling weights; groups: R
    rows of group labels; values: (R, D) of the measured items; aside: (N,) int, 0 for the rows of the table that these
    are, NO_WEIGHT, EMPTY or NO_COVARIATE for the others; rows: N labels of the table's rows; remarks: sentences for the
    account; notes: what was left out of the items; covariates: of the R rows; outcomes: columns of groups that are
    outcomes alone.
    """

    schema: Schema
    codes: NDArray[Any]
    counts: Floats
    design: Floats | None
    groups: pd.DataFrame | None
    values: Floats | None
    aside: NDArray[np.int8]
    rows: pd.Index[Any]
    remarks: tuple[str, ...]
    notes: tuple[str, ...]
    covariates: Covariates | None = None
    outcomes: tuple[str, ...] = ()

    @property
    def account(self) -> Account:
        """What became of every row."""
        used, light, empty, lacking = (int((self.aside == why).sum()) for why in (0, NO_WEIGHT, EMPTY, NO_COVARIATE))
        parts = {"used": used, "set aside, weight zero": light}
        if empty:
            parts["set aside, every item missing"] = empty
        if lacking:
            parts["set aside, a covariate missing"] = lacking
        return Account((Step("Rows read", "rows", len(self.aside), parts),), self.remarks)


def read_table(
    frame: Any,
    items: Sequence[str] | None,
    weights: str | Any,
    menus: Mapping[str, Any] | None,
    groups: str | Sequence[str] | None,
    design_weights: str | Any,
    levels: Mapping[str, Sequence[Any]] | None,
    kinds: Mapping[str, Description] | None,
    keep_empty: bool,
    missing: Any = (),
    covariates: str | Sequence[str] | None = None,
    outcomes: str | Sequence[str] | None = None,
) -> CodedRows:
    """Return the rows of a table in codes; the arguments are those of `Profiles.from_table`."""
    check_mappings(menus, levels, kinds)
    menus, levels, kinds = menus or {}, levels or {}, kinds or {}
    listed = None if items is None else [items] if isinstance(items, str) else [str(name) for name in items]
    columns = read_columns(frame, listed)
    group_names = [groups] if isinstance(groups, str) else list(groups or [])
    given_names = [covariates] if isinstance(covariates, str) else list(dict.fromkeys(covariates or []))
    outcome_names = [outcomes] if isinstance(outcomes, str) else list(outcomes or [])
    by_name = {w for w in (weights, design_weights) if isinstance(w, str)}
    others = {*group_names, *given_names, *outcome_names, *by_name, *columns_of_menus(menus)}
    names = _items(listed, columns, kinds, others)
    given = {"weights": weights, "design_weights": design_weights}
    check_names(names, columns, group_names, given, menus, levels, kinds, given_names, outcome_names)
    outcome_names = [name for name in dict.fromkeys(outcome_names) if name not in group_names]
    group_names = [*dict.fromkeys(group_names), *outcome_names]
    if missing_codes := MissingCodes(missing):
        read, columns = columns, columns.without(missing_codes, {*by_name, *columns_of_menus(menus)})
        rest = {name: columns.get(name) for name in given_names if columns.data[name] is not read.data[name]}
        columns = replace(columns, data={**columns.data, **{name: numbers_in(of) for name, of in rest.items()}})
    frequencies, design = (read_weights(value, role, columns) for role, value in given.items())
    counts, design, remark, whole = weigh(frequencies, design, len(columns))
    if remark:
        warnings.warn(remark, stacklevel=3)
    menus = {name: columns.in_order(menu, "menus", name) for name, menu in menus.items()}
    used = (counts if design is None else counts * design) > 0
    if not used.any():
        raise InputError(Fault("the table has no rows with a positive weight", rule="At least one is needed"))
    known_levels, cells = read_covariates(columns, given_names)
    lacking, remarks = _lacking(given_names, cells, used)
    aside = np.where(used, np.where(lacking, NO_COVARIATE, 0), NO_WEIGHT).astype(np.int8)
    used = aside == 0
    coded = _encode_all(names, columns.take(used), levels, menus, kinds)
    codes = np.column_stack([part.codes for part in coded])
    measured = [part.values for part in coded if part.values is not None]
    values = None if not measured else measured[0] if len(measured) == 1 else np.column_stack(measured)
    empty = empty_rows(codes, values)
    if empty.any() and not empty.all() and not keep_empty:  # where all are, they are kept to be scored
        codes, values = codes[~empty], None if values is None else values[~empty]
        aside[used] = np.where(empty, EMPTY, 0)
        used = aside == 0
    return CodedRows(
        schema=Schema(tuple(part.item for part in coded)),
        codes=codes,
        counts=counts if used.all() else counts[used],
        design=None if design is None else design[used],
        groups=pd.DataFrame({g: columns.get(g)[used].to_numpy() for g in group_names}) if group_names else None,
        values=values,
        aside=aside,
        rows=columns.rows,
        remarks=(*((remark,) if remark else () if whole else (NOT_WHOLE,)), *remarks),
        notes=tuple(note for part in coded for note in part.notes),
        covariates=covariates_of(given_names, known_levels, cells[used]) if given_names else None,
        outcomes=tuple(outcome_names),
    )


def _lacking(names: Sequence[str], cells: Floats, used: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], list[str]]:
    """Return (N,) whether a row lacks a covariate, and sentences that say which; InputError where every row does."""
    missing = np.isnan(cells)
    lacking: NDArray[np.bool_] = np.asarray(missing.any(axis=1))
    if names and not (used & ~lacking).any():
        raise InputError(Fault("every row lacks one of them", argument="covariates",
                               rule="A row is used where it has all covariates"))  # fmt: skip
    counts = [(name, int((column & used).sum())) for name, column in zip(names, missing.T, strict=True)]
    return lacking, [
        f"Covariate {name!r} is missing in {counted(n, 'row')}, which {'is' if n == 1 else 'are'} set aside."
        for name, n in counts if n
    ]  # fmt: skip


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
                coded.append(encode_item(name, columns, levels.get(name), menus.get(name)))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(*faults)
    return coded
