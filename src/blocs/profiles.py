"""Profiles: unique rows of codes with their counts — all that EM needs of the data (000 §2 "Speed-Ups", fact 3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .account import Account, Step
from .errors import Fault, InputError
from .frames import Columns, encode_item, missing_column, read_columns
from .menus import prune
from .schema import MISSING, Item, Schema, label_order, plain_label

__all__ = ["Cells", "Profiles", "concat"]


@dataclass(frozen=True, eq=False)
class Cells:
    """Profiles crossed with groups: weighted (row, group) pairs.

    row, group: (C,) int, profile and row of `table`; counts, weights: (C,) float, as in Profiles; table: one row
    of labels per group.
    """

    row: NDArray[np.int64]
    group: NDArray[np.int64]
    counts: NDArray[np.float64]
    weights: NDArray[np.float64]
    table: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Profiles:
    """Unique rows of a data set of J items, in lexicographic order of their codes.

    schema: the labels; codes: (U, J) unsigned int, code of item j in profile u, 0 = missing; counts: (U,) float,
    rows of the input (frequency weights included); weights: (U,) float, what the likelihood uses: the counts, or
    design weights rescaled to the same total; index: (N,) int, profile of each input row, -1 where the row was set
    aside, None when there are no input rows to speak of; rows: labels of the input rows; cells: profiles by group;
    account: what became of every input row; notes: options that were pruned, by name.
    """

    schema: Schema
    codes: NDArray[Any]
    counts: NDArray[np.float64]
    weights: NDArray[np.float64]
    index: NDArray[np.int64] | None = None
    rows: pd.Index[Any] | None = None
    cells: Cells | None = None
    account: Account = field(default_factory=Account)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.codes)

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
        """Content hash of labels, rows, counts and weights: equal data have equal hashes, whatever the row order."""
        digest = hashlib.sha256(json.dumps(self.schema.to_dict(), ensure_ascii=False).encode())
        digest.update(np.ascontiguousarray(self.codes, dtype="<i8").tobytes())
        digest.update(np.ascontiguousarray(self.counts, dtype="<f8").tobytes())
        digest.update(np.ascontiguousarray(self.weights, dtype="<f8").tobytes())
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
    ) -> Profiles:
        """Return the unique rows of a table with one column an item and one row an observation.

        frame: pandas, Polars, pyarrow, DuckDB relation, (N, J) numpy array or dict of columns; items: names of the
        columns, all others by default; weights: column or (N,) of frequencies, a row of weight 3 is three rows;
        design_weights: column or (N,) of sampling weights, rescaled to the number of observations; menus: item ->
        one set of labels for all rows, one set per row, the name of a column of sets, or (column, {value: set});
        groups: column(s) that cross the profiles, such as the top party or the precinct; levels: item -> labels of
        its outcomes, in order (found and sorted when not given).

        Labels may be text, numbers, booleans or categoricals; missing cells (None, NaN) are missing at random; an
        empty menu means not on the ballot. Rows of weight zero are set aside and counted.
        Raises InputError with every fault found.
        """
        names = list(items) if items is not None else None
        columns = read_columns(frame, names)
        group_names = [groups] if isinstance(groups, str) else list(groups or [])
        counts = _read_weights(weights, "weights", columns)
        design = _read_weights(design_weights, "design_weights", columns)
        others = {*group_names, *(w for w in (weights, design_weights) if isinstance(w, str))}
        names = names if names is not None else [name for name in columns.data if name not in others]
        _check_names(names, columns, group_names, menus or {}, levels or {})
        total = counts if design is None else counts * design
        used = total > 0
        if not used.any():
            raise InputError(
                Fault("the table has no rows with a positive weight", rule="At least one is needed")
            )
        coded = _encode_all(names, columns, levels or {}, menus or {}, used)
        table = (
            pd.DataFrame({g: columns.data[g].to_numpy()[used] for g in group_names}) if group_names else None
        )
        kept = cls.from_codes(
            Schema(tuple(item for item, _ in coded)),
            np.column_stack([codes[used] for _, codes in coded]),
            counts[used],
            design=None if design is None else design[used],
            groups=table,
            account=_account(used),
        )
        index = np.full(len(columns), -1, dtype=np.int64)
        index[used] = kept.index
        return replace(kept, index=index, rows=columns.rows)

    @classmethod
    def from_codes(
        cls,
        schema: Schema,
        codes: NDArray[Any],
        counts: NDArray[Any],
        *,
        design: NDArray[Any] | None = None,
        groups: pd.DataFrame | None = None,
        account: Account | None = None,
        notes: tuple[str, ...] = (),
    ) -> Profiles:
        """Return the unique rows of (R, J) codes of `schema` with (R,) counts; equal rows are merged.

        design: (R,) design weights; groups: R rows of group labels. Options on no menu are pruned and named.
        Raises InputError when the menus of an item do not connect.
        """
        items, recoded, pruned = prune(schema, np.asarray(codes))
        schema = Schema(items)
        unique, inverse = unique_rows(recoded, [item.size for item in items])
        counts = np.asarray(counts, dtype=np.float64)
        n_u = np.bincount(inverse, counts, len(unique))
        weights, scaled = n_u, counts
        if design is not None:
            scaled = counts * design * (counts.sum() / (counts * design).sum())
            weights = np.bincount(inverse, scaled, len(unique))
        cells = _cross(inverse, counts, scaled, groups) if groups is not None else None
        return cls(
            schema,
            _compact(unique, items),
            n_u,
            weights,
            inverse,
            None,
            cells,
            account or Account(),
            notes + pruned,
        )

    def align(self, schema: Schema) -> Profiles:
        """Return these rows in the items and outcomes of `schema`, keeping their own menus.

        Items that are absent here become missing. Raises InputError for items and outcomes `schema` does not have.
        """
        faults: list[Fault] = []
        for item in self.schema.items:
            faults += _unknown(item, schema)
        if faults:
            raise InputError(*faults)
        mine = {item.name: j for j, item in enumerate(self.schema.items)}
        columns, items = [], []
        for target in schema.items:
            if target.name not in mine:
                items.append(Item(target.name, target.outcomes, ()))
                columns.append(np.zeros(len(self), dtype=np.int64))
                continue
            j = mine[target.name]
            item, remap = translate(self.schema.items[j], target)
            items.append(item)
            columns.append(remap[self.codes[:, j]])
        codes = np.column_stack(columns) if columns else np.zeros((len(self), 0), dtype=np.int64)
        return replace(self, schema=Schema(tuple(items)), codes=_compact(codes, items))

    def shards(self, n: int) -> tuple[Profiles, ...]:
        """Return n contiguous parts of nearly equal numbers of profiles (fewer when there are fewer profiles)."""
        edges = np.linspace(0, len(self), max(1, min(n, len(self))) + 1).astype(int)
        return tuple(
            Profiles(
                self.schema,
                self.codes[a:b],
                self.counts[a:b],
                self.weights[a:b] if self.design else self.counts[a:b],
            )
            for a, b in zip(edges[:-1], edges[1:], strict=True)
        )

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
        parts = []
        for j, item in enumerate(self.schema.items):
            column = self.codes[:, j].astype(np.int64)
            shown = np.flatnonzero(column != MISSING)
            pairs = np.array(item.codes, dtype=np.int64).reshape(-1, 2)[column[shown] - 1]
            on_menu = item.lookup >= 0
            labels = ["|".join(map(str, item.menu_labels(m))) for m in range(len(item.menus))]
            for option, label in enumerate(item.outcomes):
                chosen = pd.array(pairs[:, 1] == option, dtype="boolean")
                chosen[~on_menu[pairs[:, 0], option]] = pd.NA
                parts.append(
                    pd.DataFrame(
                        {
                            "profile": shown,
                            "item": item.name,
                            "menu": [labels[m] for m in pairs[:, 0]],
                            "option": pd.Series([label] * len(shown), dtype=object),
                            "chosen": chosen,
                            "count": self.counts[shown],
                            "_order": j,
                        }
                    )
                )
        columns = ["profile", "item", "menu", "option", "chosen", "count"]
        if not parts:
            return pd.DataFrame(columns=columns)
        long = pd.concat(parts, ignore_index=True).sort_values(["profile", "_order"], kind="stable")
        return long[columns].reset_index(drop=True)


def concat(parts: Sequence[Profiles]) -> Profiles:
    """Return the profiles of all parts together; items, outcomes and menus are the union.

    Design weights are kept as they stand. Raises InputError when two parts disagree on the items.
    """
    if not parts:
        raise InputError(Fault("no profiles to put together", rule="Give at least one"))
    names = parts[0].schema.names
    for i, part in enumerate(parts):
        if set(part.schema.names) != set(names):
            raise InputError(
                Fault(
                    f"part {i} has items {', '.join(map(repr, part.schema.names))}",
                    rule=f"All parts have the items of part 0: {', '.join(map(repr, names))}",
                )
            )
    schema = Schema(tuple(_union([part.schema.item(name) for part in parts]) for name in names))
    codes = []
    for part in parts:
        columns = []
        for item in schema.items:
            mine = part.schema.item(item.name)
            remap = translate(mine, item, into=item)[1]
            columns.append(remap[part.codes[:, part.schema.names.index(item.name)]])
        codes.append(np.column_stack(columns))
    counts = np.concatenate([part.counts for part in parts])
    design = None
    if any(part.design for part in parts):
        design = np.concatenate([part.weights / part.counts for part in parts])
    account = sum((part.account for part in parts), Account())
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    whole = Profiles.from_codes(schema, np.vstack(codes), counts, design=design, account=account, notes=notes)
    return replace(whole, index=None)


def unique_rows(codes: NDArray[Any], sizes: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct rows of (R, J) codes in lexicographic order and the (R,) index of each row in them.

    sizes: number of codes of each item. Columns are packed into one integer key; when it would overflow, the key
    so far is replaced by its rank, which keeps the order.
    """
    key = np.zeros(len(codes), dtype=np.int64)
    room = 1
    for j, size in enumerate(sizes):
        if room * size >= 2**62:
            key, _ = _rank(key)
            room = len(codes) + 1
        key = key * size + codes[:, j]
        room *= size
    inverse, number = _rank(key)
    first = np.empty(number, dtype=np.int64)
    first[inverse[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return np.asarray(codes[first], dtype=np.int64), inverse


def _rank(key: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    found, distinct = pd.factorize(key)
    rank = np.empty(len(distinct), dtype=np.int64)
    rank[np.argsort(np.asarray(distinct), kind="stable")] = np.arange(len(distinct))
    return rank[found], len(distinct)


def translate(item: Item, target: Item, into: Item | None = None) -> tuple[Item, NDArray[np.int64]]:
    """Return `item` in the outcomes of `target`, and the map from its codes to the new ones.

    into: an item that already has all the menus; by default the result has the menus of `item` alone, or the full
    one of `target` when no menus were stated.
    """
    position = [target.outcomes.index(label) for label in item.outcomes]
    full = tuple(range(len(target.outcomes)))
    menus = [
        full if item.plain else tuple(sorted(position[option] for option in menu)) for menu in item.menus
    ]
    if into is None:
        into = Item(target.name, target.outcomes, tuple(dict.fromkeys(menus)), item.plain and target.plain)
    number = {menu: m for m, menu in enumerate(into.menus)}
    remap = [MISSING, *(into.lookup[number[menus[m]], position[option]] for m, option in item.codes)]
    return into, np.array(remap, dtype=np.int64)


def _union(items: Sequence[Item]) -> Item:
    orders = {item.outcomes for item in items}
    labels = dict.fromkeys(label for item in items for label in item.outcomes)
    outcomes = orders.pop() if len(orders) == 1 else tuple(sorted(labels, key=label_order))
    if all(item.plain for item in items):
        return Item.full(items[0].name, outcomes)
    blank = Item(items[0].name, outcomes, ())
    menus = {menu for item in items for menu in translate(item, blank)[0].menus}
    return replace(blank, menus=tuple(sorted(menus, reverse=True)))


def _unknown(item: Item, schema: Schema) -> list[Fault]:
    from .errors import nearest

    known = {target.name: target for target in schema.items}
    if item.name not in known:
        return [
            Fault(f"item {item.name!r} is not in the fit", rule=f"Its items are {', '.join(map(repr, known))}",
                  nearest=nearest(item.name, known))
        ]  # fmt: skip
    outcomes = known[item.name].outcomes
    return [
        Fault(
            f"outcome {label!r} was not seen when the model was fitted",
            where=f"item {item.name!r}",
            rule=f"Its outcomes are {', '.join(map(repr, outcomes))}",
            nearest=nearest(label, outcomes),
            remedy="Recode it, or make it missing",
        )
        for label in item.outcomes
        if label not in outcomes
    ]


def _compact(codes: NDArray[Any], items: Sequence[Item]) -> NDArray[Any]:
    largest = max((item.size for item in items), default=1)
    kind = np.uint8 if largest <= 2**8 else np.uint16 if largest <= 2**16 else np.uint32
    return np.ascontiguousarray(codes, dtype=kind)


def _cross(
    inverse: NDArray[np.int64],
    counts: NDArray[np.float64],
    weights: NDArray[np.float64],
    groups: pd.DataFrame,
) -> Cells:
    labels = groups.reset_index(drop=True)
    names = list(labels.columns)
    number = labels.groupby(names, sort=True, dropna=False, observed=True).ngroup().to_numpy()
    table = labels.assign(_g=number).drop_duplicates("_g").sort_values("_g")[names].reset_index(drop=True)
    key = inverse * len(table) + number
    where, number_of_cells = _rank(key)
    row = np.zeros(number_of_cells, dtype=np.int64)
    group = np.zeros(number_of_cells, dtype=np.int64)
    row[where], group[where] = inverse, number
    return Cells(
        row,
        group,
        np.bincount(where, counts, number_of_cells),
        np.bincount(where, weights, number_of_cells),
        table,
    )


def _check_names(
    names: Sequence[str],
    columns: Columns,
    groups: Sequence[str],
    menus: Mapping[str, Any],
    levels: Mapping[str, Any],
) -> None:
    faults = [missing_column(name, "items", list(columns.data)) for name in names if name not in columns.data]
    faults += [
        missing_column(name, "groups", list(columns.data)) for name in groups if name not in columns.data
    ]
    faults += [
        Fault(
            f"item {name!r} is listed {list(names).count(name)} times", where="items", rule="Items are unique"
        )
        for name in dict.fromkeys(n for n in names if list(names).count(n) > 1)
    ]
    for role, given in (("menus", menus), ("levels", levels)):
        faults += [missing_column(name, role, list(names)) for name in given if name not in names]
    if not names:
        faults.append(Fault("there are no items", where="items", rule="At least one column is needed"))
    if faults:
        raise InputError(*faults)


def _encode_all(
    names: Sequence[str],
    columns: Columns,
    levels: Mapping[str, Sequence[Any]],
    menus: Mapping[str, Any],
    used: NDArray[np.bool_],
) -> list[tuple[Item, NDArray[np.int64]]]:
    coded, faults = [], []
    for name in names:
        try:
            coded.append(encode_item(name, columns, levels.get(name), menus.get(name), used))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(*faults)
    return coded


def _read_weights(given: Any, role: str, columns: Columns) -> Any:
    """Return (N,) float weights, ones for frequencies not given, None for design weights not given."""
    if given is None:
        return np.ones(len(columns)) if role == "weights" else None
    column = columns.get(given, role) if isinstance(given, str) else pd.Series(np.asarray(given).ravel())
    if len(column) != len(columns):
        raise InputError(
            Fault(f"{len(column)} weights for {len(columns)} rows", where=role, rule="Give one weight a row")
        )
    values = np.asarray(pd.to_numeric(column, errors="coerce").astype("float64"))
    faults = []
    for wrong, what in (
        (~np.isfinite(values), "not a number"),
        (values < 0, "negative"),
    ):
        bad = np.flatnonzero(wrong)
        if len(bad):
            more = f" ({len(bad) - 1} more rows like it)" if len(bad) > 1 else ""
            faults.append(
                Fault(
                    f"the weight of row {plain_label(columns.rows[bad[0]])!r} is {plain_label(column.iloc[bad[0]])!r}, "
                    f"which is {what}{more}",
                    where=role,
                    rule="Weights are finite and not negative",
                    remedy="Give rows that should not count a weight of 0",
                )
            )
    if faults:
        raise InputError(*faults)
    return values


def _account(used: NDArray[np.bool_]) -> Account:
    kept = int(used.sum())
    return Account(
        (Step("Rows read", "rows", len(used), {"used": kept, "set aside, weight zero": len(used) - kept}),)
    )
