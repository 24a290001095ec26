"""Cells: profiles crossed with groups of voters, so that covariates cost one row a group and not one a voter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import counted
from ..core.lazy import lazy_import
from .rows import keep_from_writing, rank, sum_by

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Cells", "cross"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Cells:
    """Profiles crossed with groups: weighted (row, group) pairs, in order of row, then group.

    Parameters
    ----------
    row : (C,) int
        Profile of each cell.
    group : (C,) int
        Row of `table` of each cell.
    counts, weights : (C,) float
        As in Profiles.
    table : pandas.DataFrame
        One row of labels for each group.
    squared : (C,) float, optional
        As in Profiles.
    outcomes : tuple of str
        Columns of `table` that are outcomes to be compared by type, and neither groups nor clusters.
    """

    row: Ints
    group: Ints
    counts: Floats
    weights: Floats
    table: pd.DataFrame
    squared: Floats | None = None
    outcomes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of groups, without outcomes."""
        return tuple(str(name) for name in self.table.columns if name not in self.outcomes)

    def __post_init__(self) -> None:
        keep_from_writing(self, "row", "group", "counts", "weights", "squared")

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.__post_init__()

    def __repr__(self) -> str:
        groups = f"{counted(len(self.table), 'group')} by {', '.join(map(str, self.table.columns))}"
        return f"<Cells: {len(self.row):,} of {groups}>"

    def labels(self) -> pd.DataFrame:
        """Return the group labels of every cell, one row a cell."""
        return self.table.iloc[self.group].reset_index(drop=True)

    def by(self, names: Sequence[str]) -> tuple[Ints, pd.DataFrame]:
        """Return the (C,) group of each cell by some of the columns alone, and one row of labels for each group."""
        number, table = _number_groups(self.table[list(names)])
        return number[self.group], table

    def between(self, first: int, last: int) -> Cells:
        """Return the cells of profiles first .. last - 1, with the profiles numbered from 0; all groups are kept."""
        a, b = np.searchsorted(self.row, [first, last])
        squared = None if self.squared is None else self.squared[a:b]
        row, group, counts, weights = self.row[a:b] - first, self.group[a:b], self.counts[a:b], self.weights[a:b]
        return Cells(row, group, counts, weights, self.table, squared, self.outcomes)

    def renumber(self, new: Ints) -> Cells:
        """Return the cells after profile u became profile new[u]; equal ones are one."""
        place, number = rank(new[self.row] * len(self.table) + self.group)
        row, group = np.zeros(number, dtype=np.int64), np.zeros(number, dtype=np.int64)
        row[place], group[place] = new[self.row], self.group
        counts, weights = sum_by(place, self.counts, number), sum_by(place, self.weights, number)
        squared = None if self.squared is None else sum_by(place, self.squared, number)
        return Cells(row, group, counts, weights, self.table, squared, self.outcomes)


def cross(inverse: Ints, counts: Floats, weights: Floats, groups: pd.DataFrame, squared: Floats | None = None) -> Cells:
    """Return the cells of R rows: (R,) profile, count, weight and squared weight of each, and its group labels."""
    labels = groups.reset_index(drop=True)
    names = list(labels.columns)
    number, table = _number_groups(labels)
    key = inverse * len(table) + number
    where, cells = rank(key)
    row = np.zeros(cells, dtype=np.int64)
    group = np.zeros(cells, dtype=np.int64)
    row[where], group[where] = inverse, number
    squares = None if squared is None else sum_by(where, squared, cells)
    return Cells(row, group, sum_by(where, counts, cells), sum_by(where, weights, cells), table[names], squares)


def _number_groups(labels: pd.DataFrame) -> tuple[Ints, pd.DataFrame]:
    """Return the (R,) group of each row and the distinct label rows: numbers first, then text, missing last."""
    key = np.zeros(len(labels), dtype=np.int64)
    for name in labels.columns:
        place, distinct = pd.factorize(labels[name])
        plain = [v.item() if isinstance(v, np.generic) else v for v in distinct]
        order = sorted(range(len(plain)), key=lambda i: _sort_key(plain[i]))
        ranks = np.empty(len(plain) + 1, dtype=np.int64)
        ranks[order] = np.arange(len(plain))
        ranks[-1] = len(plain)  # factorize says -1 for missing
        key, _ = rank(key * (len(plain) + 1) + ranks[place])
    number, groups = rank(key)
    first = np.empty(groups, dtype=np.int64)
    first[number[::-1]] = np.arange(len(labels) - 1, -1, -1)
    return number, labels.iloc[first].reset_index(drop=True)


def _sort_key(value: object) -> tuple[bool, float, str]:
    if isinstance(value, int | float):
        return (False, float(value), "")
    return (True, 0.0, str(value))
