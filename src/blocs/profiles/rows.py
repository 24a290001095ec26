"""Rows of codes as arrays: distinct rows, their order, and sums over them that do not depend on the input's order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.lazy import lazy_import

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = [
    "compact",
    "distinct_rows",
    "empty_rows",
    "exact_sum",
    "keep_from_writing",
    "narrowest",
    "rank",
    "read_only",
    "sum_by",
    "unique_rows",
    "unique_values",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PACKED = 8_192
"""Rows that are packed into keys at a time."""
FEW = 0.5
"""Keys are hashed where at most this share of a sample is distinct, else sorted, then faster and in less memory."""


def keep_from_writing(frozen: Any, *names: str) -> None:
    """Make arrays of a frozen dataclass read-only: views of those that it was given, which stay as they are.

    Fields that are one array stay one.
    """
    arrays = [getattr(frozen, name) for name in names]
    views = {id(array): read_only(array) for array in arrays}
    for name, array in zip(names, arrays, strict=True):
        object.__setattr__(frozen, name, views[id(array)])


def read_only(array: Any) -> Any:
    """Return a view of an array that raises ValueError when it is written into; itself where it already is one."""
    if array is None or not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def unique_rows(codes: NDArray[Any], sizes: Sequence[int]) -> tuple[NDArray[Any], Ints]:
    """Return the distinct rows of (R, J) codes in lexicographic order and the (R,) index of each row in them.

    sizes: number of codes of each item. Columns are packed into one integer key; when it would overflow, the key
    so far is replaced by its rank, which keeps the order.
    """
    key = np.zeros(len(codes), dtype=np.int64)
    bound, begin = 1, 0
    for j, size in enumerate(sizes):
        if bound * size >= 2**62:
            _pack(key, codes, sizes, begin, j)
            key, _ = rank(key)
            bound, begin = len(codes) + 1, j
        bound *= size
    _pack(key, codes, sizes, begin, len(sizes))
    inverse, number = rank(key)
    del key  # large data: its memory is needed
    first = np.empty(number, dtype=np.int64)
    first[inverse] = np.arange(len(codes))
    return codes.take(first, axis=0), inverse  # three times as quick as codes[first]


def _pack(key: Ints, codes: NDArray[Any], sizes: Sequence[int], begin: int, end: int) -> None:
    """Append the columns begin..end - 1 to the key, some rows at a time, which stay in a cache meanwhile."""
    for a in range(0, len(key), PACKED):
        part, rows = key[a : a + PACKED], codes[a : a + PACKED]
        for j in range(begin, end):
            part *= sizes[j]
            part += rows[:, j]


def rank(key: Ints) -> tuple[Ints, int]:
    """Return the (R,) rank of each value among the distinct values, and how many distinct values there are."""
    sample = key[:: len(key) // 4096 + 1]
    if len(np.unique(sample)) > FEW * len(sample):
        return _rank_by_sorting(key)
    place, distinct = pd.factorize(key)
    ranks = np.empty(len(distinct), dtype=np.int64)
    ranks[np.argsort(np.asarray(distinct), kind="stable")] = np.arange(len(distinct))
    return ranks[place], len(distinct)


def _rank_by_sorting(key: Ints) -> tuple[Ints, int]:
    """Rank by sorting; where a value and its place fit into one number, numbers are sorted, which is quicker."""
    bits = len(key).bit_length()
    if len(key) and int(key.min()) >= 0 and int(key.max()) < 2 ** (63 - bits):
        rising = key << bits
        rising |= np.arange(len(key))
        rising.sort()
        order = rising & (2**bits - 1)
        rising >>= bits
    else:
        order = np.argsort(key)
        rising = key[order]
    new = np.zeros(len(key), dtype=bool)
    np.not_equal(rising[1:], rising[:-1], out=new[1:])
    ranks = np.empty(len(key), dtype=np.int64)
    ranks[order] = np.cumsum(new, out=rising)
    return ranks, int(ranks.max(initial=-1)) + 1


def compact(codes: NDArray[Any], sizes: Sequence[int]) -> NDArray[Any]:
    """Return the codes in the smallest unsigned type that holds them."""
    return np.ascontiguousarray(codes, dtype=narrowest(sizes))


def narrowest(sizes: Sequence[int]) -> type[np.unsignedinteger[Any]]:
    """Return the smallest unsigned type that holds codes of items of these sizes."""
    largest = max(sizes, default=1)
    return np.uint8 if largest <= 2**8 else np.uint16 if largest <= 2**16 else np.uint32


def sum_by(where: Ints, values: Floats, number: int) -> Floats:
    """Return (number,) sums of (R,) values by `where`, the same bits for any order of the rows.

    Whole numbers add exactly in any order; others are added in the order of their size.
    """
    if not (values == np.rint(values)).all():
        order = np.lexsort((values, where))
        where, values = where[order], values[order]
    return np.bincount(where, values, number).astype(np.float64)


def exact_sum(values: Floats) -> float:
    """Return the sum of the values, rounded once, the same bits for any order."""
    return math.fsum(values)


def distinct_rows(codes: NDArray[Any], values: Floats) -> int:
    """Return how many rows of (R, J) codes with (R, D) values differ; missing values are alike."""
    rows = np.column_stack([codes.astype(np.float64), np.where(np.isnan(values), np.nan, values + 0.0)])  # no -0
    return len(np.unique(np.ascontiguousarray(rows).view(f"V{rows.itemsize * rows.shape[1]}")))


def empty_rows(codes: NDArray[Any], values: Floats | None) -> NDArray[np.bool_]:
    """Return (R,) whether every item of a row is missing: its (R, J) codes are 0, and its (R, D) values NaN."""
    without: NDArray[np.bool_] = ~np.asarray(codes.any(axis=1))
    return without if values is None else without & np.isnan(values).all(axis=1)


def unique_values(rows: Floats) -> tuple[Floats, Ints]:
    """Return the distinct rows of (N, m) numbers, rising, and the (N,) code of each: 1, 2, ..., 0 where one is NaN."""
    complete = ~np.isnan(rows).any(axis=1)
    values, inverse = np.unique(rows[complete], axis=0, return_inverse=True)
    codes = np.zeros(len(rows), dtype=np.int64)
    codes[complete] = inverse.ravel() + 1
    return values, codes
