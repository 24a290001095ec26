"""Symmetric matrices, one for each type, compiled: eigenvalues and triangular factors, the same bits on any processor.

Those of LAPACK depend on the threads of its BLAS and on the processor. Eigenvalues are found by rotations (Jacobi),
which keep the digits of small ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import INNER, OUTER, njit

__all__ = ["eigen", "whitening"]

Floats = NDArray[np.float64]

SWEEPS = 60
"""Rounds of rotations at most; about seven are enough."""
ROUNDING = 2.0**-53
NOTHING = 1e-20
"""An entry off the diagonal that is this part of the largest is none."""


@njit(**INNER)
def _rotate(a, v, p, q):
    """Turn rows and columns p and q of `a` (D, D) so that a[p, q] vanishes; the rows of v (D, D) turn with them."""
    slope = (a[q, q] - a[p, p]) / (2.0 * a[p, q])
    tangent = 1.0 / (abs(slope) + np.sqrt(slope * slope + 1.0))
    if slope < 0.0:
        tangent = -tangent
    cosine = 1.0 / np.sqrt(tangent * tangent + 1.0)
    sine = tangent * cosine
    a[p, p] -= tangent * a[p, q]
    a[q, q] += tangent * a[p, q]
    a[p, q] = a[q, p] = 0.0
    for i in range(a.shape[0]):
        if i not in (p, q):
            x, y = a[p, i], a[q, i]
            a[p, i] = a[i, p] = cosine * x - sine * y
            a[q, i] = a[i, q] = sine * x + cosine * y
        x, y = v[p, i], v[q, i]
        v[p, i], v[q, i] = cosine * x - sine * y, sine * x + cosine * y


@njit(**OUTER)
def _eigen(matrices, value, vector):
    d = matrices.shape[1]
    a, v = np.empty((d, d)), np.empty((d, d))
    for w in range(matrices.shape[0]):
        largest = 0.0
        for i in range(d):
            for j in range(d):
                a[i, j], v[i, j] = matrices[w, i, j], 1.0 if i == j else 0.0
                largest = max(largest, abs(a[i, j]))
        for _ in range(SWEEPS):
            turned = False
            for p in range(d):
                for q in range(p + 1, d):
                    size = abs(a[p, q])
                    if size > ROUNDING * np.sqrt(abs(a[p, p] * a[q, q])) and size > NOTHING * largest:
                        _rotate(a, v, p, q)
                        turned = True
            if not turned:
                break
        for i in range(d):  # in ascending order
            place = 0
            for j in range(d):
                place += a[j, j] < a[i, i] or (a[j, j] == a[i, i] and j < i)
            value[w, place] = a[i, i]
            for j in range(d):
                vector[w, j, place] = v[i, j]


@njit(**OUTER)
def _whitening(matrices, factor, half):
    """Write the packed inverse of each matrix's lower factor, and the sum of the logs of the factor's diagonal."""
    d = matrices.shape[1]
    low, inverse = np.zeros((d, d)), np.zeros((d, d))
    for w in range(matrices.shape[0]):
        half[w] = 0.0
        for i in range(d):
            for j in range(i + 1):
                rest = matrices[w, i, j]
                for k in range(j):
                    rest -= low[i, k] * low[j, k]
                if i == j:
                    if not rest > 0.0:
                        return False
                    low[i, i] = np.sqrt(rest)
                else:
                    low[i, j] = rest / low[j, j]
            half[w] += np.log(low[i, i])
        at = 0
        for i in range(d):
            for j in range(i + 1):
                rest = 1.0 if i == j else 0.0
                for k in range(j, i):
                    rest -= low[i, k] * inverse[k, j]
                inverse[i, j] = rest / low[i, i]
                factor[w, at] = inverse[i, j]
                at += 1
    return True


def eigen(matrices: Floats) -> tuple[Floats, Floats]:
    """Return (W, D) eigenvalues, rising, and (W, D, D) eigenvectors in columns, of (W, D, D) symmetric matrices."""
    value, vector = np.empty(matrices.shape[:2]), np.empty(matrices.shape)
    _eigen(np.ascontiguousarray(matrices), value, vector)
    return value, vector


def whitening(matrices: Floats) -> tuple[Floats, Floats]:
    """Return (W, D(D+1)/2) packed rows of the inverse of the lower factor L, A = L L', and (W,) log det L.

    Raises LinAlgError where a matrix is not positive definite.
    """
    w, d = matrices.shape[:2]
    factor, half = np.empty((w, d * (d + 1) // 2)), np.empty(w)
    if not _whitening(np.ascontiguousarray(matrices), factor, half):
        raise np.linalg.LinAlgError("a covariance is not positive definite")
    return factor, half
