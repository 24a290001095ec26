"""Profiles: unique rows of codes with their counts — all that EM needs of the data (000 §2 "Speed-Ups", fact 3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.account import Account, Step
from ..core.errors import Fault, InputError
from ..core.lazy import later
from ..core.memory import give_back
from ..core.schema import Schema
from .cells import Cells, cross
from .checks import check_codes, check_mappings, check_names
from .encode import columns_of_menus, encode_item
from .frames import Columns, read_columns
from .kinds import Described, Description
from .long_form import long_form
from .menus import prune
from .relabel import opened, translate, unknown
from .rows import compact, exact_sum, sum_by, unique_rows
from .scaling import in_own_units
from .summary import summary_of
from .weights import read_weights

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

__all__ = ["Cells", "Profiles", "require_profiles"]


MANY = 100_000
"""Rows from which what was needed to read them is given back to the system."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """Unique rows of a data set of J items, in lexicographic order of their codes.

    schema: the labels; codes: (U, J) unsigned int, code of item j in profile u, 0 = missing; counts: (U,) float,
    rows of the input (frequency weights included); weights: (U,) float, what the likelihood uses: the counts, or
    design weights rescaled to the same total; index: (N,) int, profile of each input row, -1 where the row was set
    aside, None when there are no input rows to speak of; rows: labels of the input rows; cells: profiles by group;
    account: what became of every input row; notes: options that were pruned, by name; values: (U, D) float, the
    columns of measured items in their order, NaN where missing. With values every row is a profile of its own, in
    the order of the input.
    """

    schema: Schema
    codes: NDArray[Any]
    counts: NDArray[np.float64]
    weights: NDArray[np.float64]
    index: NDArray[np.signedinteger[Any]] | None = None
    rows: pd.Index[Any] | None = None
    cells: Cells | None = None
    account: Account = field(default_factory=Account)
    notes: tuple[str, ...] = ()
    values: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return summary_of(self).text()

    def _repr_html_(self) -> str:
        return summary_of(self).html()

    @property
    def n(self) -> float:
        """Number of observations N, the sum of counts."""
        return float(self.counts.sum())

    @property
    def design(self) -> bool:
        """Whether design (sampling) weights are in use."""
        return self.weights is not self.counts

    @cached_property
    def hash(self) -> str:
        """Content hash of labels, rows, counts, weights and groups: equal for equal data, whatever the row order."""
        labels = self.schema.to_dict()
        for item in labels["items"]:
            item.get("kind", {}).pop("units", None)  # they follow from the values, up to the order of summing
        digest = hashlib.sha256(json.dumps(labels, ensure_ascii=False).encode())
        order = None
        if self.values is not None:  # these rows stand in the order of the input
            order = np.lexsort([self.weights, self.counts, *self.codes.T[::-1], *self.values.T[::-1]])
        numbers = [(self.codes, "<i8"), (self.counts, "<f8"), (self.weights, "<f8")]
        for array, kind in numbers if self.values is None else [*numbers, (self.values, "<f8")]:
            for first in range(0, len(self), 8_192):  # in parts: a copy of large data has no room
                rows = slice(first, first + 8_192)
                part = array[rows] if order is None else array[order[rows]]
                digest.update(np.ascontiguousarray(part, dtype=kind).data)
        if self.cells is not None:
            digest.update(self.cells.table.to_csv(index=False).encode())
            for places in (self.cells.row, self.cells.group):
                digest.update(np.ascontiguousarray(places, dtype="<i8").tobytes())
            for sums in (self.cells.counts, self.cells.weights):
                digest.update(np.ascontiguousarray(sums, dtype="<f8").tobytes())
        return digest.hexdigest()

    @classmethod
    def from_table(
        cls,
        frame: Any,
        items: Sequence[str] | None = None,
        weights: str | Any = None,
        menus: Mapping[str, Any] | None = None,
        groups: str | Sequence[str] | None = None,
        *,
        design_weights: str | Any = None,
        levels: Mapping[str, Sequence[Any]] | None = None,
        kinds: Mapping[str, Description] | None = None,
    ) -> Profiles:
        """Return the unique rows of a table with one column an item and one row an observation.

        frame: pandas, Polars, pyarrow, DuckDB relation, (N, J) numpy array or dict of columns; items: names of the
        columns, all others by default; weights: column or (N,) of frequencies, a row of weight 3 is three rows;
        design_weights: column or (N,) of sampling weights, rescaled to the number of observations; menus: item ->
        one set of labels for all rows, one set per row, the name of a column of sets, or (column, {value: set});
        groups: column(s) that cross the profiles, such as the top party or the precinct; levels: item -> labels of
        its outcomes, in order (found and sorted when not given); kinds: item -> what its columns are when they are not
        categories, such as Binomial(trials=10), Multinomial(columns), Poisson(), Gaussian(columns), Known(): these
        come after the other items unless `items` lists them.

        Labels may be text, numbers, booleans or categoricals; missing cells (None, NaN) are missing at random; an
        empty menu means not on the ballot. Rows of weight zero are set aside and counted.
        Raises InputError with every fault found.
        """
        check_mappings(menus, levels, kinds)
        names = [items] if isinstance(items, str) else [str(name) for name in items] if items is not None else None
        columns = read_columns(frame, names)
        group_names = [groups] if isinstance(groups, str) else list(groups or [])
        given = read_weights(weights, "weights", columns)
        design = read_weights(design_weights, "design_weights", columns)
        kinds = kinds or {}
        others = {*group_names, *(w for w in (weights, design_weights) if isinstance(w, str))}
        others |= {column for name, kind in kinds.items() for column in kind.needs(name)}
        others |= columns_of_menus(menus or {})
        names = names if names is not None else [name for name in columns.data if name not in others]
        names += [name for name in kinds if name not in names]
        check_names(names, columns, group_names, menus or {}, levels or {}, kinds)
        counts = np.ones(len(columns)) if given is None else given
        used = (counts if design is None else counts * design) > 0
        if not used.any():
            raise InputError(
                Fault("the table has no rows with a positive weight", rule="At least one is needed")
            )
        account = _account(used)
        kept = columns.take(used)
        coded = _encode_all(names, kept, levels or {}, menus or {}, kinds)
        values = [part.values for part in coded if part.values is not None]
        labels = pd.DataFrame({g: kept.data[g].to_numpy() for g in group_names}) if group_names else None
        schema, codes = Schema(tuple(part.item for part in coded)), np.column_stack([part.codes for part in coded])
        rows = columns.rows
        del columns, kept, coded  # large data: their room is needed
        profiles = cls.from_codes(
            schema,
            codes,
            counts if used.all() else counts[used],
            values=None if not values else values[0] if len(values) == 1 else np.column_stack(values),
            design=None if design is None else design[used],
            groups=labels,
            account=account,
        )
        index = profiles.index
        if not used.all():
            index = np.full(len(rows), -1, dtype=np.asarray(profiles.index).dtype)
            index[used] = np.asarray(profiles.index)
        return replace(profiles, index=index, rows=rows)

    @classmethod
    def from_codes(
        cls,
        schema: Schema,
        codes: NDArray[Any],
        counts: NDArray[Any],
        *,
        design: NDArray[Any] | None = None,
        groups: pd.DataFrame | None = None,
        values: NDArray[np.float64] | None = None,
        account: Account | None = None,
        notes: tuple[str, ...] = (),
    ) -> Profiles:
        """Return the unique rows of (R, J) codes of `schema` with (R,) counts; equal rows are merged.

        design: (R,) design weights, rescaled to the number of observations; groups: R rows of group labels; values:
        (R, D) of the measured items, whose rows are not merged. Options on no menu are pruned and named. Raises
        InputError for codes the schema does not have, counts that are not
        positive, and items whose menus do not connect.
        """
        codes, counts = np.asarray(codes), np.asarray(counts, dtype=np.float64)
        check_codes(schema, codes, counts)
        items, recoded, pruned = prune(schema, codes)
        items = items if values is None else in_own_units(items, values, counts)
        sizes = [item.size for item in items]
        if values is None:
            unique, inverse = unique_rows(recoded, sizes)
            n_u = sum_by(inverse, counts, len(unique))
        else:  # rows stay as they are
            unique, inverse, n_u = recoded.copy(), np.arange(len(recoded)), counts.copy()
        weights, scaled = n_u, counts
        if design is not None:
            scaled = counts * design
            scaled = scaled * (exact_sum(counts) / exact_sum(scaled))
            weights = sum_by(inverse, scaled, len(unique))
        cells = None if groups is None else cross(inverse, counts, scaled, groups)
        codes = compact(unique, sizes)
        del unique, recoded, scaled
        inverse = inverse.astype(np.int32 if len(inverse) < 2**31 else np.int64)
        if len(inverse) >= MANY:
            give_back()
        return cls(
            Schema(items),
            codes,
            n_u,
            weights,
            inverse,
            None,
            cells,
            account or Account(),
            notes + pruned,
            values,
        )

    def align(self, schema: Schema) -> Profiles:
        """Return these rows in the items and outcomes of `schema`, keeping their own menus, in lexicographic order.

        Items that are absent here become missing. Raises InputError for items and outcomes `schema` does not have.
        """
        recoded = self.recoded(schema)
        return recoded if recoded.schema.measured else recoded._sorted()

    def recoded(self, schema: Schema) -> Profiles:
        """As `align`, but row u stays row u: what is computed for its rows belongs to the rows here."""
        faults = [fault for item in self.schema.items for fault in unknown(item, schema)]
        if faults:
            raise InputError(*faults)
        mine = {item.name: j for j, item in enumerate(self.schema.items)}
        columns, items = [], []
        for target in schema.items:
            if target.name not in mine:
                items.append(replace(target, outcomes=() if target.kind else target.outcomes, menus=()))
                columns.append(np.zeros(len(self), dtype=np.int64))
                continue
            j = mine[target.name]
            item, remap = translate(self.schema.items[j], opened(self.schema.items[j], target))
            items.append(item)
            columns.append(remap[self.codes[:, j]])
        codes = compact(np.column_stack(columns), [item.size for item in items])
        values = self.values_in(schema) if schema.measured else self.values
        return replace(self, schema=Schema(tuple(items)), codes=codes, values=values)

    def values_in(self, schema: Schema) -> NDArray[np.float64]:
        """Return the (U, D) measured columns in the order of `schema`; the very same array where nothing moves."""
        mine = {self.schema.items[j].name: (a, b) for j, a, b in self.schema.measured}
        wanted = [(schema.items[j].name, b - a) for j, a, b in schema.measured]
        if self.values is not None and [name for name, _ in wanted] == list(mine):
            return self.values
        blank = [np.full((len(self), width), np.nan) for _, width in wanted]
        for place, (name, _) in enumerate(wanted):
            if self.values is not None and name in mine:
                blank[place] = self.values[:, slice(*mine[name])]
        return np.column_stack(blank)

    def _sorted(self) -> Profiles:
        """Return these profiles in lexicographic order of their codes."""
        sizes = [item.size for item in self.schema.items]
        unique, new = unique_rows(self.codes, sizes)
        old = np.argsort(new)
        counts = self.counts[old]
        return replace(
            self,
            codes=compact(unique, sizes),
            counts=counts,
            weights=self.weights[old] if self.design else counts,
            index=None if self.index is None else np.where(self.index < 0, -1, new[self.index]),
            cells=None if self.cells is None else self.cells.renumber(new),
        )

    def shards(self, n: int) -> tuple[Profiles, ...]:
        """Return n contiguous parts of nearly equal numbers of profiles (fewer when there are fewer profiles)."""
        if n < 1:
            raise InputError(Fault(f"{n} shards", where="shards", rule="At least 1"))
        edges = np.linspace(0, len(self), min(n, len(self)) + 1).astype(int)
        return tuple(self._between(int(a), int(b)) for a, b in pairwise(edges))

    def _between(self, a: int, b: int) -> Profiles:
        counts = self.counts[a:b]
        cells = None if self.cells is None else self.cells.between(a, b)
        weights = self.weights[a:b] if self.design else counts
        values = None if self.values is None else self.values[a:b]
        return Profiles(self.schema, self.codes[a:b], counts, weights, cells=cells, values=values)

    def expand(self, values: NDArray[Any]) -> pd.DataFrame:
        """Return per-profile values (U, ...) with one row per input row, NaN for rows that were set aside.

        Without input rows, one row per profile.
        """
        if self.index is None or self.rows is None:
            return pd.DataFrame(values)
        out = np.full((len(self.index), *values.shape[1:]), np.nan)
        out[self.index >= 0] = values[self.index[self.index >= 0]]
        return pd.DataFrame(out, index=self.rows)

    def to_long(self) -> pd.DataFrame:
        """Return the long form of Table 1 (000): profile, item, menu, option, chosen (null off the menu), count."""
        return long_form(self.schema, self.codes, self.counts)


def require_profiles(given: Any) -> None:
    """Raise InputError, saying how profiles are made, when `given` is something else."""
    if not isinstance(given, Profiles):
        raise InputError(
            Fault(f"it is a {type(given).__name__}", where="profiles", rule="Profiles are unique rows of a data set",
                  remedy="Make them with Profiles.from_table(table) or code(ballots)")
        )  # fmt: skip


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


def _account(used: NDArray[np.bool_]) -> Account:
    kept = int(used.sum())
    return Account(
        (Step("Rows read", "rows", len(used), {"used": kept, "set aside, weight zero": len(used) - kept}),)
    )
