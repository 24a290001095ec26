"""Sums of products in a fixed order, column by column: those of a BLAS depend on its threads and on the processor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import OUTER, njit

__all__ = ["products"]

Floats = NDArray[np.float64]


@njit(**OUTER)
def _products(x, counts, out):
    for row in range(x.shape[0]):
        for q in range(x.shape[1]):
            for w in range(counts.shape[1]):
                out[q, w] += x[row, q] * counts[row, w]


def products(x: Floats, counts: Floats) -> Floats:
    """Return (q, W) sums over l of x_lq counts_lw, from (L, q) numbers and (L, W) counts."""
    out = np.zeros((x.shape[1], counts.shape[1]))
    _products(np.ascontiguousarray(x), np.ascontiguousarray(counts), out)
    return out
