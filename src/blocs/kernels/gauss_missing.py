"""Rows with missing cells under a normal density: the missing cells are integrated out, their moments expected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import OUTER, njit

__all__ = ["log_density", "moments"]

Floats = NDArray[np.float64]
LOG_2PI = float(np.log(2 * np.pi))


@njit(**OUTER)
def _factorise(cov, known, count, low):
    """Cholesky factor of the known cells' covariance, into low (count, count)."""
    for i in range(count):
        for j in range(i + 1):
            s = cov[known[i], known[j]]
            for q in range(j):
                s -= low[i, q] * low[j, q]
            low[i, j] = np.sqrt(max(s, 1e-300)) if i == j else s / low[j, j]


@njit(**OUTER)
def _sort(row, known, gone):
    """List the known and the missing cells of a row; return how many are known."""
    a = b = 0
    for j in range(row.shape[0]):
        if np.isnan(row[j]):
            gone[b] = j
            b += 1
        else:
            known[a] = j
            a += 1
    return a


@njit(**OUTER)
def _log_density(x, centre, scale, mean, cov, out):
    n, d = x.shape
    known, gone = np.empty(d, np.int64), np.empty(d, np.int64)
    low, y = np.empty((d, d)), np.empty(d)
    for u in range(n):
        a = _sort(x[u], known, gone)
        for w in range(mean.shape[0]):
            _factorise(cov[w], known, a, low)
            value = 0.0
            for i in range(a):
                j = known[i]
                s = (x[u, j] - centre[j]) / scale[j] - mean[w, j]
                for q in range(i):
                    s -= low[i, q] * y[q]
                y[i] = s / low[i, i]
                value -= 0.5 * (y[i] * y[i] + LOG_2PI) + np.log(low[i, i] * scale[j])
            out[u, w] = value


@njit(**OUTER)
def _moments(x, centre, scale, mean, cov, zeta, diagonal, out):
    n, d = x.shape
    known, gone = np.empty(d, np.int64), np.empty(d, np.int64)
    low, v = np.empty((d, d)), np.empty((d, d))
    y, apart = np.empty(d), np.empty(d)
    spread = np.empty((d, d))
    for u in range(n):
        a = _sort(x[u], known, gone)
        for w in range(mean.shape[0]):
            z = zeta[u, w]
            if z == 0.0:
                continue
            _factorise(cov[w], known, a, low)
            for i in range(a):
                j = known[i]
                apart[j] = (x[u, j] - centre[j]) / scale[j] - mean[w, j]
                s = apart[j]
                for q in range(i):
                    s -= low[i, q] * y[q]
                y[i] = s / low[i, i]
            spread[:] = 0.0
            for g in range(d - a):  # v = low^-1 cov[known, gone]; expectation v'y, covariance cov - v'v
                j = gone[g]
                e = 0.0
                for i in range(a):
                    s = cov[w, known[i], j]
                    for q in range(i):
                        s -= low[i, q] * v[g, q]
                    v[g, i] = s / low[i, i]
                    e += v[g, i] * y[i]
                apart[j] = e
            for g in range(d - a):
                for h in range(d - a):
                    s = cov[w, gone[g], gone[h]]
                    for i in range(a):
                        s -= v[g, i] * v[h, i]
                    spread[gone[g], gone[h]] = s
            out[0, w] += z
            p = 1 + d
            for j in range(d):
                out[1 + j, w] += z * apart[j]
                for q in range(j if diagonal else 0, j + 1):
                    out[p, w] += z * (apart[j] * apart[q] + spread[j, q])
                    p += 1


def log_density(x: Floats, centre: Floats, scale: Floats, mean: Floats, cov: Floats) -> Floats:
    """Return (n, W) log-densities of the known cells of (n, D) rows; 0 for rows with none."""
    out = np.empty((len(x), len(mean)))
    _log_density(x, centre, scale, mean, cov, out)
    return out


def moments(
    x: Floats, centre: Floats, scale: Floats, mean: Floats, cov: Floats, zeta: Floats, diagonal: bool, out: Floats
) -> None:
    """Add expected moments about the means to `out`, as gauss.moments: missing cells by their conditional moments."""
    _moments(x, centre, scale, mean, cov, zeta, diagonal, out)
