"""Rows of codes as arrays: distinct rows, their order, and sums over them that do not depend on the input's order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["compact", "exact_sum", "rank", "sum_by", "unique_rows", "unique_values"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def unique_rows(codes: NDArray[Any], sizes: Sequence[int]) -> tuple[Ints, Ints]:
    """Return the distinct rows of (R, J) codes in lexicographic order and the (R,) index of each row in them.

    sizes: number of codes of each item. Columns are packed into one integer key; when it would overflow, the key
    so far is replaced by its rank, which keeps the order.
    """
    key = np.zeros(len(codes), dtype=np.int64)
    room = 1
    for j, size in enumerate(sizes):
        if room * size >= 2**62:
            key, _ = rank(key)
            room = len(codes) + 1
        key = key * size + codes[:, j]
        room *= size
    inverse, number = rank(key)
    first = np.empty(number, dtype=np.int64)
    first[inverse[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return np.asarray(codes[first], dtype=np.int64), inverse


def rank(key: Ints) -> tuple[Ints, int]:
    """Return the (R,) rank of each value among the distinct values, and how many distinct values there are."""
    found, distinct = pd.factorize(key)
    ranks = np.empty(len(distinct), dtype=np.int64)
    ranks[np.argsort(np.asarray(distinct), kind="stable")] = np.arange(len(distinct))
    return ranks[found], len(distinct)


def compact(codes: NDArray[Any], sizes: Sequence[int]) -> NDArray[Any]:
    """Return the codes in the smallest unsigned type that holds them."""
    largest = max(sizes, default=1)
    kind = np.uint8 if largest <= 2**8 else np.uint16 if largest <= 2**16 else np.uint32
    return np.ascontiguousarray(codes, dtype=kind)


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


def unique_values(rows: Floats) -> tuple[Floats, Ints]:
    """Return the distinct rows of (N, m) numbers, rising, and the (N,) code of each: 1, 2, ..., 0 where one is NaN."""
    known = ~np.isnan(rows).any(axis=1)
    values, inverse = np.unique(rows[known], axis=0, return_inverse=True)
    codes = np.zeros(len(rows), dtype=np.int64)
    codes[known] = inverse.ravel() + 1
    return values, codes
