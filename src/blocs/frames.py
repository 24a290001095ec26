"""Any table to columns of codes: pandas, Polars, pyarrow, DuckDB relations, numpy arrays, dicts of columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .errors import Fault, InputError, nearest
from .schema import Item, Label, label_order, plain_label

__all__ = ["Columns", "encode_item", "read_columns"]

Menus = Any  # one set of labels | one set per row | name of a column of sets | (column name, {value: set})
SHOWN = 3  # how many offending rows an error names


@dataclass(frozen=True)
class Columns:
    """Columns of one table, by name, with the labels of its rows."""

    data: Mapping[str, pd.Series[Any]]
    declared: Mapping[str, tuple[Label, ...]]  # levels that the column's own type lists
    rows: pd.Index[Any]

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, name: str, role: str) -> pd.Series[Any]:
        """Return one column; raise InputError naming the nearest column when there is none."""
        if name not in self.data:
            raise InputError(missing_column(name, role, self.data))
        return self.data[name]


def missing_column(name: str, role: str, known: Collection[str]) -> Fault:
    """Return the fault of a column that the table does not have."""
    return Fault(
        f"there is no column {name!r}",
        where=role,
        rule=f"The columns are {', '.join(map(repr, known))}"
        if len(known) <= 20
        else f"The table has {len(known)} columns",
        nearest=nearest(name, known),
    )


def read_columns(frame: Any, names: Sequence[str] | None = None) -> Columns:
    """Return the columns of any table; `names` names those of a numpy array.

    Raises InputError for duplicated column names, columns of unequal length and kinds of tables not known.
    """
    if isinstance(frame, np.ndarray):
        frame = _array_columns(frame, names)
    if isinstance(frame, Mapping):
        return _mapping_columns(frame)
    _refuse_duplicates(frame)
    try:
        table = nw.from_native(frame)
    except TypeError:
        raise InputError(
            Fault(
                f"a table of type {type(frame).__name__} cannot be read",
                rule="Tables are pandas, Polars, pyarrow, DuckDB relations, two-dimensional numpy arrays and "
                "dicts of columns",
            )
        ) from None
    if isinstance(table, nw.LazyFrame):
        table = table.collect()
    is_pandas = isinstance(frame, pd.DataFrame)
    data: dict[str, pd.Series[Any]] = {}
    declared: dict[str, tuple[Label, ...]] = {}
    for name in table.columns:
        series = frame[name] if is_pandas else table[name].to_pandas()
        if isinstance(series.dtype, pd.CategoricalDtype):
            # pandas categoricals and Polars enums list their levels; other dictionaries only happen to hold them
            if is_pandas or isinstance(table[name].dtype, nw.Enum):
                declared[str(name)] = tuple(plain_label(v) for v in series.cat.categories)
            series = series.astype(object)
        data[str(name)] = series
    rows = frame.index if is_pandas else pd.RangeIndex(len(table))
    return Columns(data, declared, rows)


def _array_columns(array: NDArray[Any], names: Sequence[str] | None) -> dict[str, Any]:
    if array.ndim != 2:
        raise InputError(
            Fault(f"the array has {array.ndim} dimensions", rule="A table of items has two: rows and items")
        )
    names = list(names) if names is not None else [f"item{j}" for j in range(1, array.shape[1] + 1)]
    if len(names) != array.shape[1]:
        raise InputError(
            Fault(f"{len(names)} names for {array.shape[1]} columns", where="items", rule="One name a column")
        )
    _refuse_repeats(names)
    return {name: array[:, j] for j, name in enumerate(names)}


def _mapping_columns(mapping: Mapping[Any, Any]) -> Columns:
    frames = {str(name): pd.Series(_one_dimensional(name, column)) for name, column in mapping.items()}
    lengths = {name: len(column) for name, column in frames.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name!r} has {n}" for name, n in lengths.items())
        raise InputError(
            Fault(f"the columns differ in length: {told}", rule="All columns have one value a row")
        )
    declared = {
        name: tuple(plain_label(v) for v in column.cat.categories)
        for name, column in frames.items()
        if isinstance(column.dtype, pd.CategoricalDtype)
    }
    data = {name: c.astype(object) if name in declared else c for name, c in frames.items()}
    return Columns(data, declared, pd.RangeIndex(next(iter(lengths.values()), 0)))


def _one_dimensional(name: Any, column: Any) -> Any:
    if isinstance(column, pd.Series):
        return column.reset_index(drop=True)
    if isinstance(column, np.ndarray) and column.ndim != 1:
        raise InputError(Fault(f"column {name!r} has {column.ndim} dimensions", rule="A column has one"))
    return column if isinstance(column, np.ndarray) else list(column)


def _refuse_duplicates(frame: Any) -> None:
    if hasattr(frame, "column_names"):
        _refuse_repeats(list(frame.column_names))  # pyarrow
    elif hasattr(frame, "columns"):
        _refuse_repeats([str(c) for c in frame.columns])


def _refuse_repeats(names: Sequence[str]) -> None:
    repeated = [name for name, n in Counter(names).items() if n > 1]
    if repeated:
        raise InputError(
            *(
                Fault(f"column {name!r} appears {names.count(name)} times", rule="Column names are unique",
                      remedy="Rename or drop the copies")
                for name in repeated
            )
        )  # fmt: skip


def encode_item(
    name: str, columns: Columns, levels: Sequence[Any] | None, menus: Menus, used: NDArray[np.bool_]
) -> tuple[Item, NDArray[np.int64]]:
    """Return one item and the (N,) int codes of its column, before pruning.

    levels: the outcomes, where the caller declares them; menus: what was on offer (see Profiles.from_table);
    used: (N,) bool, rows whose labels count when levels are found. Codes of other rows may be -1 (not codable).
    Raises InputError: levels not declared, outcomes not on their menus.
    """
    column = columns.get(name, "items")
    found, labels = _factorize(name, column)
    declared = tuple(plain_label(v) for v in levels) if levels is not None else columns.declared.get(name)
    offered = _read_menus(name, menus, columns) if menus is not None else None
    known = declared or _found_levels(labels, found, used, offered)
    position = {label: i for i, label in enumerate(known)}
    if declared:
        _refuse_unknown(name, [labels[i] for i in np.unique(found[used & (found >= 0)])], known, "declared")
        if offered is not None:
            _refuse_unknown(name, sorted(set().union(*offered.sets), key=label_order), known, "declared")
    to_position = np.array([position.get(label, -1) for label in labels] + [-1], dtype=np.int64)
    outcome = to_position[found]
    if offered is None:
        item = Item.full(name, known)
        return item, np.where(found < 0, 0, np.where(outcome < 0, -1, outcome + 1))
    sets = [tuple(sorted(position[label] for label in menu)) for menu in offered.sets]
    distinct = tuple(sorted({menu for menu in sets if menu}, reverse=True))
    item = Item(name, known, distinct)
    number = {menu: m for m, menu in enumerate(distinct)}
    of_row = np.array([number.get(menu, -1) for menu in sets], dtype=np.int64)[offered.of_row]
    codes = np.where((of_row < 0) | (outcome < 0), -1, item.lookup[of_row, outcome] if distinct else -1)
    _refuse_off_menu(
        name,
        columns.rows,
        used & (found >= 0) & (codes < 0),
        [labels[i] if i >= 0 else None for i in found],
        offered,
    )
    return item, np.where(found < 0, 0, codes)


def _factorize(name: str, column: pd.Series[Any]) -> tuple[NDArray[np.int64], list[Label]]:
    """Return (N,) positions in the list of labels, -1 where missing, and the labels in order of appearance."""
    try:
        found, uniques = pd.factorize(column.to_numpy(dtype=object) if column.dtype == bool else column)
    except TypeError:
        raise InputError(
            Fault("a cell holds a list or another value that cannot be a label", where=f"item {name!r}",
                  rule="Labels are text, numbers, true or false")
        ) from None  # fmt: skip
    raw = [plain_label(v) for v in uniques]
    if any(isinstance(v, float) and np.isinf(v) for v in raw):
        raise InputError(
            Fault(
                "a cell is infinite",
                where=f"item {name!r}",
                rule="Labels are text, finite numbers, true or false",
            )
        )
    labels = list(dict.fromkeys(raw))
    merged = (
        np.array([labels.index(v) for v in raw] + [-1], dtype=np.int64) if len(labels) < len(raw) else None
    )
    positions = np.asarray(found, dtype=np.int64)
    return (merged[positions] if merged is not None else positions), labels


def _found_levels(
    labels: list[Label], found: NDArray[np.int64], used: NDArray[np.bool_], offered: _Offered | None
) -> tuple[Label, ...]:
    seen = {labels[i] for i in np.unique(found[used]) if i >= 0}
    if offered is not None:
        seen |= set().union(*(offered.sets[i] for i in np.unique(offered.of_row[used])))
    return tuple(sorted(seen, key=label_order))


@dataclass(frozen=True)
class _Offered:
    """Distinct menus of an item as sets of labels, and (N,) which one each row had."""

    sets: list[frozenset[Label]]
    of_row: NDArray[np.int64]


def _read_menus(name: str, menus: Menus, columns: Columns) -> _Offered:
    n, where = len(columns), f"menus[{name!r}]"
    if isinstance(menus, str):
        menus = list(columns.get(menus, where))
    if isinstance(menus, tuple) and len(menus) == 2 and isinstance(menus[1], Mapping):
        return _coded_menus(where, columns.get(menus[0], where), menus[1])
    if isinstance(menus, set | frozenset) or not any(_is_set(m) for m in menus):
        return _Offered([_labels(menus)], np.zeros(n, dtype=np.int64))
    if len(menus) != n:
        raise InputError(
            Fault(
                f"{len(menus)} menus for {n} rows",
                where=where,
                rule="Give one set for all rows, or one set a row",
            )
        )
    number: dict[frozenset[Label], int] = {}
    of_row = np.empty(n, dtype=np.int64)
    seen: dict[Hashable, int] = {}
    for i, menu in enumerate(menus):
        key: Hashable = frozenset(menu) if _is_set(menu) else None
        if key not in seen:
            seen[key] = number.setdefault(_labels(menu) if _is_set(menu) else frozenset(), len(number))
        of_row[i] = seen[key]
    return _Offered(list(number), of_row)


def _coded_menus(where: str, column: pd.Series[Any], book: Mapping[Any, Any]) -> _Offered:
    found, uniques = pd.factorize(column)
    book = {plain_label(value): menu for value, menu in book.items()}
    values = [plain_label(v) for v in uniques]
    unknown = [v for v in values if v not in book]
    if unknown:
        raise InputError(
            *(
                Fault(f"menu code {v!r} is not explained", where=where, rule=f"The codes given are {', '.join(map(repr, book))}",
                      nearest=nearest(v, book))
                for v in unknown
            )
        )  # fmt: skip
    sets = [_labels(book[v]) for v in values] + [frozenset()]
    return _Offered(sets, np.where(np.asarray(found) < 0, len(values), found).astype(np.int64))


def _is_set(value: Any) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str | bytes)


def _labels(menu: Any) -> frozenset[Label]:
    return frozenset(plain_label(v) for v in menu)


def _refuse_unknown(name: str, labels: Sequence[Label], known: Sequence[Label], how: str) -> None:
    unknown = [label for label in labels if label not in set(known)]
    if unknown:
        raise InputError(
            *(
                Fault(f"outcome {label!r} is not {how}", where=f"item {name!r}",
                      rule=f"Its outcomes are {', '.join(map(repr, known))}", nearest=nearest(label, known))
                for label in unknown
            )
        )  # fmt: skip


def _refuse_off_menu(
    name: str, rows: pd.Index[Any], wrong: NDArray[np.bool_], labels: list[Label | None], offered: _Offered
) -> None:
    where = np.flatnonzero(wrong)
    if not len(where):
        return
    first = int(where[0])
    menu = offered.sets[int(offered.of_row[first])]
    told = ", ".join(repr(v) for v in sorted(menu, key=label_order)) or "nothing"
    more = f" ({len(where) - 1} more rows like it)" if len(where) > 1 else ""
    raise InputError(
        Fault(
            f"row {rows[first]!r} chose {labels[first]!r} from a menu of {told}{more}",
            where=f"item {name!r}",
            rule="An outcome must be on its row's menu",
            remedy="Correct the menus, or make the outcome missing",
        )
    )
