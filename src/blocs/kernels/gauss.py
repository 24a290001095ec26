"""Normal log-densities and moments, compiled: tiles of rows that stay in cache, nothing allocated per row.

A tile is transposed, standardised and centred at a type's mean; every inner loop then runs along the tile. Moments
are taken about the current means, which all shards share: they add exactly, also when the data lie at 1e8.

x      (n, D) float     raw values, no NaN
centre, scale (D,)      units of the columns: the kernels see (x - centre) / scale
mean   (W, D)           means in these units
factor (W, D(D+1)/2)    rows of the inverse Cholesky factor of the covariance, packed; (W, D) 1/sd when diagonal
const  (W,)             log-density at the mean, in the units of the data
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import OUTER, njit

__all__ = ["log_density", "moments"]

Floats = NDArray[np.float64]
TILE = 256
PART = 64
"""The last tile is computed in full parts of this many rows: loops of any length would be slower."""
FAST = {"contract", "reassoc", "nsz"}


@njit(fastmath=FAST, **OUTER)
def _log_density(x, centre, scale, mean, factor, const, diagonal, out):
    n, d = x.shape
    columns, apart = np.empty((d, TILE)), np.empty((d, TILE))
    square, y = np.empty(TILE), np.empty(TILE)
    for first in range(0, n, TILE):
        m = min(TILE, n - first)
        size = (m + PART - 1) // PART * PART
        for i in range(m):
            for j in range(d):
                columns[j, i] = (x[first + i, j] - centre[j]) / scale[j]
        for w in range(mean.shape[0]):
            square[:] = 0.0
            for j in range(d):
                mu = mean[w, j]
                for i in range(size):
                    apart[j, i] = columns[j, i] - mu
            p = 0
            for r in range(d):
                f = factor[w, r] if diagonal else factor[w, p + r]
                for i in range(size):
                    y[i] = f * apart[r, i]
                if not diagonal:
                    for j in range(r):
                        f = factor[w, p + j]
                        for i in range(size):
                            y[i] += f * apart[j, i]
                    p += r + 1
                for i in range(size):
                    square[i] += y[i] * y[i]
            c = const[w]
            for i in range(m):
                out[first + i, w] += c - 0.5 * square[i]


@njit(fastmath=FAST, **OUTER)
def _moments(x, centre, scale, mean, zeta, diagonal, out):
    n, d = x.shape
    columns, apart = np.zeros((d, TILE)), np.empty((d, TILE))
    z, e = np.empty(TILE), np.empty(TILE)
    for first in range(0, n, TILE):
        m = min(TILE, n - first)
        size = (m + PART - 1) // PART * PART
        for i in range(m):
            for j in range(d):
                columns[j, i] = (x[first + i, j] - centre[j]) / scale[j]
        for w in range(mean.shape[0]):
            total = 0.0
            z[:] = 0.0
            for i in range(m):
                z[i] = zeta[first + i, w]
                total += z[i]
            if total == 0.0:
                continue
            out[0, w] += total
            p = 1 + d
            for j in range(d):
                mu = mean[w, j]
                s = 0.0
                for i in range(size):
                    a = columns[j, i] - mu
                    apart[j, i] = a
                    e[i] = z[i] * a
                    s += z[i] * a
                out[1 + j, w] += s
                for q in range(j if diagonal else 0, j + 1):
                    s = 0.0
                    for i in range(size):
                        s += e[i] * apart[q, i]
                    out[p, w] += s
                    p += 1


def log_density(x: Floats, centre: Floats, scale: Floats, mean: Floats, factor: Floats, const: Floats, diagonal: bool,
                out: Floats) -> None:  # fmt: skip
    """Add the (n, W) log-densities of the rows to `out` (002 eq. 26)."""
    _log_density(x, centre, scale, mean, factor, const, diagonal, out)


def moments(x: Floats, centre: Floats, scale: Floats, mean: Floats, zeta: Floats, diagonal: bool, out: Floats) -> None:
    """Add weights, first and second moments about the means to `out` (002 eqs. 29-31).

    zeta: (n, W) weighted posteriors; out: (1 + D + D(D+1)/2, W), or (1 + 2D, W) when diagonal.
    """
    _moments(x, centre, scale, mean, zeta, diagonal, out)
