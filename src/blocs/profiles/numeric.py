"""Columns as numbers, every cell that is none refused by name; and what a description of columns reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, more
from ..core.lazy import lazy_import
from ..core.schema import Item, plain_label
from .frames import Columns

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Described", "finite_numbers", "names_of", "whole_numbers"]

Floats = NDArray[np.float64]


class Described(NamedTuple):
    """What a description read: the item; codes (N,) int, 0 where missing; values (N, D) of measurements, or None; and
    notes on what was left out."""

    item: Item
    codes: NDArray[Any]
    values: Floats | None = None
    notes: tuple[str, ...] = ()


def names_of(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names of columns; a text is one name, not the names of its letters.

    Raises InputError for what holds no names, and for a column that is named twice.
    """
    if isinstance(columns, str):
        return (columns,)
    if not isinstance(columns, Iterable):
        raise InputError(Fault(f"it is {columns!r}", argument="columns", rule="It is a list of the names of columns"))
    names = tuple(columns)
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise InputError(Fault(f"column {twice[0]!r} is named twice", argument="columns", rule="Each is named once"))
    return names


def finite_numbers(item: str, name: str, columns: Columns) -> Floats:
    """Return one column as (N,) float, NaN where missing; raise InputError naming the first row that is no number."""
    column = columns.get(name, where=f"item {item!r}")
    if column.dtype == np.float64:  # as it is: large tables are not copied
        plain = np.asarray(column.to_numpy(), dtype=np.float64)
        _refuse(item, name, columns, np.isinf(plain), "Its values are finite numbers")
        return plain
    numbers = pd.to_numeric(column, errors="coerce")
    values: Floats = np.array(numbers.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    wrong = (np.isnan(values) & column.notna().to_numpy()) | np.isinf(values)
    _refuse(item, name, columns, wrong, "Its values are finite numbers")
    return values


def whole_numbers(item: str, name: str, columns: Columns) -> Floats:
    """As finite_numbers, for counts 0, 1, 2, ..."""
    values = finite_numbers(item, name, columns)
    wrong = ((values < 0) | (values != np.rint(values))) & ~np.isnan(values)
    _refuse(item, name, columns, wrong, "Counts are 0, 1, 2, ...")
    return values


def _refuse(item: str, name: str, columns: Columns, wrong: NDArray[np.bool_], rule: str) -> None:
    rows = np.flatnonzero(wrong)
    if len(rows):
        value = plain_label(columns.data[name].iloc[rows[0]])
        row = plain_label(columns.rows[rows[0]])
        raise InputError(
            Fault(
                f"row {row!r} of column {name!r} is {value!r}{more(len(rows) - 1)}", where=f"item {item!r}", rule=rule
            )
        )
