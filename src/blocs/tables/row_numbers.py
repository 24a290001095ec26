"""Numbers for the distinct rows of a few columns, given out as the rows come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["RowNumbers"]

_LARGEST = 2**62
"""Bound of a key that is made of the codes of several columns."""
_FEW = 2**20
"""Keys up to which each is looked up in a list of all of them, which is quicker than hashing."""


class RowNumbers:
    """Numbers from 0 for the distinct rows of some columns of text, those of a block together; null counts as "".

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
        words = [_words(column, first) for column in columns]
        seen = self._number
        number = np.array([seen.setdefault(row, len(seen)) for row in zip(*words, strict=True)], dtype=np.int32)
        counts = np.zeros(len(seen), dtype=np.int64)
        counts[: len(self.counts)] = self.counts
        np.add.at(counts, number, np.bincount(place, minlength=len(number)))
        self.counts = counts
        return number[place]


def _words(column: pa.DictionaryArray, rows: NDArray[np.int64]) -> list[str]:
    """Return the words in some rows of a column; a dictionary has no more words than there are distinct rows."""
    words = [word or "" for word in column.dictionary.to_pylist()] + [""]
    return [words[i] for i in _indices(column)[rows].tolist()]


def _indices(column: pa.DictionaryArray) -> NDArray[np.int32]:
    """Return the (R,) positions in the dictionary, behind its last word for null; int8 may be too small for that."""
    index = column.indices.cast(pa.int32())
    filled = index.fill_null(len(column.dictionary)) if column.null_count else index
    positions: NDArray[np.int32] = filled.to_numpy()
    return positions


def _distinct(columns: Sequence[pa.DictionaryArray]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the (R,) position of each row among the distinct ones, and a row of each of these."""
    sizes = [len(column.dictionary) + 1 for column in columns]
    key: NDArray[Any] = np.zeros(len(columns[0]), dtype=np.int32 if math.prod(sizes) < 2**31 else np.int64)
    bound = 1
    for column, size in zip(columns, sizes, strict=True):
        if size == 2 and not column.null_count:  # one word in all rows
            continue
        if bound * size >= _LARGEST:
            key, distinct = pd.factorize(key)
            bound = len(distinct)
        key *= size
        key += _indices(column)
        bound *= size
    place, number = _ranked(key, bound) if bound <= _FEW else _hashed(key)
    first = np.empty(number, dtype=np.int64)
    first[place] = np.arange(len(place))
    return place, first


def _hashed(key: NDArray[Any]) -> tuple[NDArray[np.int64], int]:
    """Return the (R,) place of each key among the distinct ones, and how many these are."""
    place, distinct = pd.factorize(key)
    return place, len(distinct)


def _ranked(key: NDArray[Any], bound: int) -> tuple[NDArray[np.int64], int]:
    """As `_hashed`, for keys below a bound; those that are not there take memory."""
    present = np.zeros(bound, dtype=bool)
    present[key] = True
    rank = np.cumsum(present) - 1
    return rank[key], int(rank[-1]) + 1
