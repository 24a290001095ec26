"""Numbers for the distinct rows of a few columns, given out as the rows come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["RowNumbers"]

_LARGEST = 2**62
"""Bound of a key that is made of the codes of several columns."""


class RowNumbers:
    """Numbers from 0 for the distinct rows of some columns of text, in order of appearance; null counts as "".

    Examples
    --------
    >>> numbers = RowNumbers()
    >>> party = pa.array(["DEM", None, "DEM"]).dictionary_encode()
    >>> numbers.add([party]).tolist(), numbers.rows, numbers.counts.tolist()
    ([0, 1, 0], [('DEM',), ('',)], [2, 1])
    """

    def __init__(self) -> None:
        self._number: dict[tuple[str, ...], int] = {}
        self.counts: NDArray[np.int64] = np.zeros(0, np.int64)
        """(numbers given out,) how many rows have each number."""

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The distinct rows, by number."""
        return list(self._number)

    def add(self, columns: Sequence[pa.DictionaryArray]) -> NDArray[np.int32]:
        """Return the (R,) numbers of R further rows, given as columns with dictionaries."""
        place, first = _distinct(columns)
        words = [column.take(pa.array(first)).cast(pa.string()).fill_null("").to_pylist() for column in columns]
        seen = self._number
        number = np.array([seen.setdefault(row, len(seen)) for row in zip(*words, strict=True)], dtype=np.int32)
        counts = np.zeros(len(seen), dtype=np.int64)
        counts[: len(self.counts)] = self.counts
        np.add.at(counts, number, np.bincount(place, minlength=len(number)))
        self.counts = counts
        return number[place]


def _distinct(columns: Sequence[pa.DictionaryArray]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the (R,) position of each row among the distinct ones, and a row of each of these."""
    key, bound = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        size = len(column.dictionary) + 1
        if bound * size >= _LARGEST:
            key, distinct = pd.factorize(key)
            bound = len(distinct)
        key *= size
        key += column.indices.fill_null(size - 1).to_numpy()
        bound *= size
    place, distinct = pd.factorize(key)
    first = np.empty(len(distinct), dtype=np.int64)
    first[place] = np.arange(len(place))
    return place, first
