"""Covariates: what is known of each row beside its answers, as distinct rows of numbers and levels."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..core.missing_codes import looks_missing
from ..core.schema import Label, plain_label
from .frames import Columns
from .rows import keep_from_writing, unique_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Covariates", "covariates_of", "merged_rows", "numbers_in", "read_covariates",
           "words_among_numbers"]  # fmt: skip

Floats = NDArray[np.float64]
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
"""A number that is written in one way: 007 is a name."""
MANY = 10
"""Distinct numbers above which words without a digit among them are no further levels: 'refused' among incomes."""


@dataclass(frozen=True, eq=False)
class Covariates:
    """Distinct rows of covariates, and which of them each profile has.

    Parameters
    ----------
    names : tuple of str
        The V covariates.
    levels : tuple
        For each covariate the labels of its levels, in order; None where it is a number.
    values : (G, V) float
        The distinct rows, rising: numbers as they are, levels by their position from 0.
    row : (U,) int
        The row of `values` of each profile.
    """

    names: tuple[str, ...]
    levels: tuple[tuple[Label, ...] | None, ...]
    values: Floats
    row: NDArray[np.int32]

    def __post_init__(self) -> None:
        keep_from_writing(self, "values", "row")

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.__post_init__()

    def __repr__(self) -> str:
        return f"<Covariates {', '.join(self.names)}: {len(self.values):,} distinct rows>"

    def take(self, rows: Any) -> Covariates:
        """Return those of some of the profiles; all distinct rows are kept."""
        return replace(self, row=self.row[rows])

    def in_use(self) -> tuple[Covariates, NDArray[np.int32]]:
        """Return the covariates without the rows that no profile has, and (U,) the row of each profile in them."""
        used, inverse = np.unique(self.row, return_inverse=True)
        row = inverse.ravel().astype(np.int32)
        return replace(self, values=self.values[used], row=row), row

    def plain(self) -> dict[str, Any]:
        """Return names and levels as plain data for JSON."""
        return {"names": list(self.names), "levels": [None if of is None else list(of) for of in self.levels]}


def covariates_of(names: Sequence[str], levels: Sequence[tuple[Label, ...] | None], cells: Floats) -> Covariates:
    """Return the covariates of (R, V) cells without missing ones; levels that no row has are left out."""
    cells, kept = cells + 0.0, list[tuple[Label, ...] | None]()  # no -0
    for v, own in enumerate(levels):
        if own is None:
            kept.append(None)
            continue
        used, position = np.unique(cells[:, v], return_inverse=True)
        cells[:, v] = position.ravel()
        kept.append(tuple(own[int(at)] for at in used))
    values, row = np.unique(cells, axis=0, return_inverse=True)
    return Covariates(tuple(names), tuple(kept), values, row.ravel().astype(np.int32))


def read_covariates(
    columns: Columns, names: Sequence[str], arguments: Mapping[str, str] | None = None
) -> tuple[tuple[tuple[Label, ...] | None, ...], Floats]:
    """Return the levels of each covariate, and (N, V) its cells, NaN where missing; columns of every row of a table.

    arguments: that name them, for errors; "covariates" where there are none.

    Raises InputError with every covariate that is neither numbers nor text, or is numbers but for words, such as NA, by
    which other programs mark a missing cell.
    """
    levels: list[tuple[Label, ...] | None] = []
    cells, faults = np.full((len(columns), len(names)), np.nan), list[Fault]()
    for v, name in enumerate(names):
        column = columns.data[name]
        known = ~column.isna().to_numpy(dtype=bool)
        values = [_plain(value) for value in column.to_numpy(dtype=object)[known]]
        declared = columns.declared.get(name)
        argument = (arguments or {}).get(name, "covariates")
        own, fault = (declared, None) if declared is not None else _levels(name, values, argument)
        if fault is not None:
            faults.append(fault)
            continue
        levels.append(own)
        if own is None:
            cells[known, v] = [float(value) for value in values]
        else:
            position = {label: i for i, label in enumerate(own)}
            cells[known, v] = [position[value] for value in values]
    if faults:
        raise InputError(*faults)
    return tuple(levels), cells


def _plain(value: Any) -> Any:
    """Return numbers and text as plain ones, and anything else, such as a date, as it is."""
    if isinstance(value, Decimal):
        return plain_label(float(value))
    known: bool = isinstance(value, str | bool | np.bool_ | numbers.Real)
    return plain_label(value) if known else value


def _levels(name: str, values: Sequence[Any], argument: str) -> tuple[tuple[Label, ...] | None, Fault | None]:
    """Return the levels of values, None for numbers; or what is wrong with them."""
    if words := _words_among_numbers(values):
        return None, Fault(f"its cells are numbers and {', '.join(words)}", argument=argument, key=name,
                           rule="Other programs write this for a missing cell, and here all cells would be levels",
                           remedy=f"List {', '.join(words)} in `missing=`, or empty these cells; where it is a level, "
                           "give it another name")  # fmt: skip
    if all(isinstance(value, bool) for value in values):
        return tuple(sorted(set(values))), None
    if all(isinstance(value, numbers.Real) and not isinstance(value, bool) for value in values):
        if np.isfinite(np.array(values, dtype=np.float64)).all():
            return None, None
        return None, Fault("it holds a number that is not finite", argument=argument, key=name,
                           rule="Numbers are finite, and missing cells are empty")  # fmt: skip
    if all(isinstance(value, str) for value in values):
        return tuple(sorted(set(values))), None
    kinds = ", ".join(sorted({type(value).__name__ for value in values}))
    return None, Fault(f"it holds values of the kinds {kinds}", argument=argument, key=name,
                       rule="It is a column of numbers, or of text, whose distinct values are its levels",
                       remedy="Make it one of these")  # fmt: skip


def _words_among_numbers(values: Sequence[Any]) -> list[str]:
    """Return the words by which other programs mark a missing cell, where all other values are numbers."""
    words = {value for value in values if isinstance(value, str) and looks_missing(value)}
    others = {value for value in values if value not in words} if words else set()
    return sorted(words) if others and all(map(_is_number, others)) else []


def words_among_numbers(name: str, levels: Sequence[Label] | None, argument: str) -> list[Fault]:
    """Return what is wrong with levels that are to be used as they stand: words without a digit among many numbers.

    levels: of a column, None where it is a number. Groups and C(column) may have such levels: precincts 1 to 200 and
    one of absent voters.
    """
    words = {level for level in levels or () if isinstance(level, str) and not any(map(str.isdigit, level))}
    others = {*(levels or ())} - words
    if not words or len(others) <= max(MANY, len(words)) or not all(map(_is_number, others)):
        return []
    plain, quoted = ", ".join(sorted(words)), ", ".join(map(repr, sorted(words)))
    return [Fault(f"its cells are numbers and {quoted}", argument=argument, key=name,
                  rule="Every number would be a level of its own",
                  remedy=f"List {plain} in `missing=`, or empty these cells; write C({name}) where all are levels")]


def _is_number(value: Any) -> bool:
    if not isinstance(value, str):
        return isinstance(value, numbers.Real) and not isinstance(value, bool)
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def numbers_in(labels: pd.Series[Any]) -> pd.Series[Any]:
    """Return labels as numbers where all that are not missing are numbers in text."""
    known = labels.dropna()
    if len(known) and all(isinstance(label, str) and _NUMBER.fullmatch(label) for label in known):
        return labels.map(float, na_action="ignore")
    return labels


def merged_rows(
    codes: NDArray[Any], sizes: Sequence[int], covariates: Covariates | None
) -> tuple[NDArray[Any], NDArray[np.int64], Covariates | None]:
    """Return the distinct rows of (R, J) codes with covariates, (R,) which each is, and the covariates of them."""
    if covariates is None:
        return *unique_rows(codes, sizes), None
    both = np.column_stack([codes.astype(np.int64), covariates.row])
    unique, inverse = unique_rows(both, [*sizes, len(covariates.values)])
    return unique[:, :-1], inverse, replace(covariates, row=unique[:, -1].astype(np.int32))
