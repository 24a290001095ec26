"""Any table to columns: pandas, Polars, pyarrow, DuckDB relations, numpy arrays, dicts of columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.distinct import WITHOUT_LEVELS, factorize
from ..core.errors import Fault, InputError, counted, missing_column, more
from ..core.lazy import lazy_import
from ..core.missing_codes import MissingCodes, without_codes
from ..core.schema import Label, plain_label

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd
    import pyarrow as pa
else:
    nw, pd, pa = lazy_import("narwhals"), lazy_import("pandas"), lazy_import("pyarrow")

__all__ = ["Columns", "read_columns"]


@dataclass(frozen=True)
class Columns:
    """Columns of one table, by name, with the labels of its rows.

    data: a column may be categorical, which `get` undoes; declared: the levels that a column's own type lists;
    labelled: whether the labels of the rows are the table's own; source: the file it was read from, if a frame's
    `attrs` say so; kept: which rows these are of a larger table.
    """

    data: Mapping[str, pd.Series[Any]] = field(repr=False)
    declared: Mapping[str, tuple[Label, ...]]
    rows: pd.Index[Any] = field(repr=False)
    labelled: bool = False
    source: str = ""
    kept: NDArray[np.bool_] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, name: str, argument: str = "", where: str = "") -> pd.Series[Any]:
        """Return one column; raise InputError naming the nearest column when there is none."""
        if name not in self.data:
            raise InputError(missing_column(name, argument, self.data, where))
        column = self.data[name]
        return column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column

    def factorized(self, name: str, argument: str = "") -> tuple[NDArray[np.int64], Any]:
        """Return (N,) places of one column among its distinct values, -1 where missing, and these; see `factorize`."""
        if name not in self.data:
            raise InputError(missing_column(name, argument, self.data))
        column = self.data[name]
        return factorize(column.astype(object) if column.dtype == bool else column)

    def take(self, kept: NDArray[np.bool_]) -> Columns:
        """Return the rows where `kept`, (N,) bool, is true."""
        if kept.all():
            return self
        data = {name: column[kept] for name, column in self.data.items()}
        return replace(self, data=data, rows=self.rows[kept], kept=kept)

    def in_order(self, given: Any, argument: str, key: str = "") -> Any:
        """Return one value a row in the order of the rows: a pandas Series by its labels, where the rows have some.

        Raises InputError for a Series that does not have a value for each label.
        """
        if not (self.labelled and isinstance(given, pd.Series)) or given.index.equals(self.rows):
            return given
        absent = ~self.rows.isin(given.index)
        if given.index.is_unique and not absent.any():
            return given.reindex(self.rows)
        lacks = "it has labels more than once"
        if absent.any():
            lacks = f"it has no label {plain_label(self.rows[absent][0])!r}{more(int(absent.sum()) - 1)}"
        raise InputError(
            Fault(f"its index is not that of the table: {lacks}", argument=argument, key=key,
                  rule="The values of a Series belong to the rows with their labels",
                  remedy="Give its values, `.to_numpy()`, if they are in the order of the rows")
        )  # fmt: skip

    def without(self, codes: MissingCodes, others: set[str]) -> Columns:
        """Return the columns with a missing cell wherever a code stands, except in `others`."""
        data = {name: c if name in others else without_codes(c, codes) for name, c in self.data.items()}
        declared = {
            name: levels if name in others else tuple(level for level in levels if level not in codes)
            for name, levels in self.declared.items()
        }
        return replace(self, data=data, declared=declared)


def read_columns(frame: Any, names: Sequence[str] | None = None) -> Columns:
    """Return the columns of any table; `names` names those of a numpy array.

    Raises InputError for duplicated column names, columns of unequal length and tables of another kind.
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
    kinds = dict(table.collect_schema())  # before collecting: Arrow forgets that a DuckDB enum lists its levels
    if isinstance(table, nw.LazyFrame):
        table = table.collect()
    data, declared = {}, {}
    for name in table.columns:
        column, levels = _plain_column(table.get_column(name), kinds[name])
        data[str(name)] = column
        if levels is not None:
            declared[str(name)] = levels
    if isinstance(frame, pd.DataFrame):
        if frame.attrs.get(WITHOUT_LEVELS):
            declared = {}
        return Columns(data, declared, frame.index, True, str(frame.attrs.get("source", "")))
    return Columns(data, declared, pd.RangeIndex(len(table)))


def _plain_column(series: nw.Series[Any], kind: Any) -> tuple[pd.Series[Any], tuple[Label, ...] | None]:
    """Return a column as pandas holds it, without its index, and the levels its type declares.

    pandas categoricals and enums list their levels; other dictionaries only happen to hold them.
    """
    native = series.to_native()
    own = isinstance(native, pd.Series)
    if kind.is_integer() and not own and series.null_count():
        return pd.Series(series.to_list(), dtype="Int64"), None  # as floats, large integers would run together
    # native: narwhals would read the nulls of an Arrow dictionary as its last value
    column = native if own else native.to_pandas()
    column = column.set_axis(pd.RangeIndex(len(column)))  # shares the cells, which reset_index copies
    levels = None
    if isinstance(column.dtype, pd.CategoricalDtype) and own:
        levels = tuple(plain_label(v) for v in column.cat.categories)
    if isinstance(kind, nw.Enum) and not own:
        levels = tuple(plain_label(v) for v in kind.categories)
    return column, levels


def _array_columns(array: NDArray[Any], names: Sequence[str] | None) -> dict[str, Any]:
    if array.ndim != 2:
        raise InputError(
            Fault(f"the array has {counted(array.ndim, 'dimension')}", rule="A table of items has two: rows and items")
        )
    names = list(names) if names is not None else [f"item{j}" for j in range(1, array.shape[1] + 1)]
    if len(names) != array.shape[1]:
        raise InputError(
            Fault(
                f"{counted(len(names), 'name')} for {counted(array.shape[1], 'column')}",
                argument="items",
                rule="One name for each column",
            )
        )
    _refuse_repeats(names)
    return {name: array[:, j] for j, name in enumerate(names)}


def _mapping_columns(mapping: Mapping[Any, Any]) -> Columns:
    _refuse_repeats([str(name) for name in mapping])
    data, declared = {}, {}
    for name, given in mapping.items():
        column, levels = _one_column(name, given)
        data[str(name)] = column
        if levels is not None:
            declared[str(name)] = levels
    lengths = {name: len(column) for name, column in data.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name!r} has {n}" for name, n in lengths.items())
        raise InputError(
            Fault(f"the columns differ in length: {listed}", rule="All columns have one value for each row")
        )
    index = _common_index({str(name): given.index for name, given in mapping.items() if isinstance(given, pd.Series)})
    if index is not None:
        return Columns(data, declared, index, True)
    return Columns(data, declared, pd.RangeIndex(next(iter(lengths.values()), 0)))


def _common_index(indexes: Mapping[str, pd.Index[Any]]) -> pd.Index[Any] | None:
    """Return the index that all pandas Series among the columns have; raise InputError where they differ."""
    names = list(indexes)
    other = next((name for name in names if not indexes[name].equals(indexes[names[0]])), None)
    if other is not None:
        raise InputError(
            Fault(f"the columns {names[0]!r} and {other!r} are Series with different indexes",
                  rule="Values with one label are one row", remedy="Join them as a DataFrame, or give their values, "
                  "`.to_numpy()`, if they are in the same order")
        )  # fmt: skip
    return indexes[names[0]] if names else None


def _one_column(name: Any, column: Any) -> tuple[pd.Series[Any], tuple[Label, ...] | None]:
    if isinstance(column, str | bytes) or not hasattr(column, "__iter__"):
        fault = Fault(f"column {name!r} is the one value {column!r}", rule="A column has one value for each row")
        raise InputError(fault)
    if isinstance(column, pd.Categorical):
        column = pd.Series(column)
    if hasattr(column, "to_pandas") and not hasattr(column, "dtype"):
        column = column.to_pandas(integer_object_nulls=True)  # pyarrow
        return (column if isinstance(column, pd.Series) else pd.Series(column)).astype(object), None
    if isinstance(column, np.ndarray) and column.ndim != 1:
        raise InputError(Fault(f"column {name!r} has {counted(column.ndim, 'dimension')}", rule="A column has one"))
    if isinstance(column, np.ndarray):
        return _of_array(column), None
    try:
        series = nw.from_native(column, series_only=True)
    except TypeError:
        return pd.Series(list(column)), None
    return _plain_column(series, series.dtype)


def _of_array(column: NDArray[Any]) -> pd.Series[Any]:
    """Return a column of an array without a look at each of its texts, which is what pandas takes the longest for."""
    if column.dtype.kind != "U" or not column.size or isinstance(column, np.ma.MaskedArray):
        return pd.Series(column, dtype=column.dtype if column.dtype == object else None)
    cells = np.ascontiguousarray(column)  # texts of one width: what is equal has equal bytes
    of_width = pa.binary(cells.itemsize)
    coded = pa.FixedSizeBinaryArray.from_buffers(of_width, len(cells), [None, pa.py_buffer(cells)]).dictionary_encode()
    words = np.frombuffer(b"".join(coded.dictionary.to_pylist()), dtype=cells.dtype)
    places: NDArray[np.int32] = np.asarray(coded.indices)
    return pd.Series(pd.Categorical.from_codes(places, pd.Index(words.astype(object))))


def _refuse_duplicates(frame: Any) -> None:
    if hasattr(frame, "column_names"):
        _refuse_repeats(list(frame.column_names))  # pyarrow
    elif not hasattr(frame, "collect_schema") and hasattr(frame, "columns"):  # Polars has no duplicates
        _refuse_repeats([str(c) for c in frame.columns])


def _refuse_repeats(names: Sequence[str]) -> None:
    repeated = [name for name, n in Counter(names).items() if n > 1]
    if repeated:
        raise InputError(
            *(
                Fault(f"column {name!r} appears {counted(names.count(name), 'time')}", rule="Column names are unique",
                      remedy="Rename or drop the copies")
                for name in repeated
            )
        )  # fmt: skip
