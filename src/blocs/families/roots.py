"""Coordinates in which quasi-Newton steps see a normal block: means, and roots of covariances above their floor.

With Sigma = floor I + R R, R symmetric, the floor is an ordinary point where the slope vanishes, as a probability of 0
is in y = sqrt(p). A step moves R by E; in the frame of Sigma's eigenvectors (eigenvalues l, roots r) the complete-data
information is diagonal: n / l_i for the mean, n (r_i + r_j)^2 / (2 l_i l_j) for E_ij (formulas: "Faster than EM").
Symmetric matrices are packed with sqrt(2) at the entries off the diagonal, so that frames turn by rotations.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from ..kernels.symmetric import eigen

__all__ = ["chart", "slope", "turn", "turned", "unchart"]

Floats = NDArray[np.float64]
ROUNDING = 1e-14
"""Error of an eigenvalue, as a share of the largest: one that is no farther from the floor is at it. Else its root
would be the root of a rounding error, and the gradient by it, a multiple of 1 / floor, would never look like 0."""


@cache
def _lower(d: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return the places of the lower triangle of (D, D), and (D(D+1)/2, 1) what its entries are packed with."""
    i, j = np.tril_indices(d)
    return i, j, np.where(i == j, 1.0, np.sqrt(2))[:, None]


def _unpack(tail: Floats, d: int) -> Floats:
    """Return (W, D, D) symmetric matrices of (D(D+1)/2, W) packed ones."""
    i, j, factor = _lower(d)
    out = np.empty((tail.shape[1], d, d))
    out[:, i, j] = out[:, j, i] = (tail / factor).T
    return out


def _pack(matrices: Floats) -> Floats:
    i, j, factor = _lower(matrices.shape[1])
    return np.ascontiguousarray(matrices[:, i, j].T * factor)


@lru_cache(maxsize=8)
def _remembered(content: bytes, d: int) -> tuple[Floats, Floats]:
    value, vector = eigen(np.frombuffer(content).reshape(-1, d, d).copy())
    value.flags.writeable = vector.flags.writeable = False
    return value, vector


def _eigen(matrices: Floats) -> tuple[Floats, Floats]:
    """Return what `eigen` does, read-only: an iteration asks for the frames of one point up to five times."""
    return _remembered(matrices.tobytes(), matrices.shape[1])


def _spectrum(covariances: Floats, floor: float) -> tuple[Floats, Floats, Floats]:
    """Return (W, D) eigenvalues, rising, and their roots above the floor, and (W, D, D) eigenvectors."""
    value, vector = _eigen(covariances)
    value = np.where(value - floor > ROUNDING * value[:, -1:], value, floor)
    return value, np.sqrt(value - floor), vector


def chart(covariances: Floats, floor: float) -> Floats:
    """Return (D(D+1)/2, W) packed roots R of (W, D, D) covariances."""
    _, root, vector = _spectrum(covariances, floor)
    return _pack(turned(vector, root))


def turned(vector: Floats, value: Floats) -> Floats:
    """Return the (W, D, D) matrices of eigenvectors (W, D, D) and eigenvalues (W, D)."""
    return _product(vector * value[:, None, :], vector.transpose(0, 2, 1))


def _product(a: Floats, b: Floats) -> Floats:
    """Return (W, D, D) matrix products; those of a BLAS depend on its threads and on the processor."""
    return np.asarray(np.einsum("wij,wjk->wik", a, b, optimize=False))


def unchart(y: Floats, d: int, floor: float) -> Floats:
    """Return (W, D, D) covariances of packed roots."""
    root = _unpack(y, d)
    return _product(root, root) + floor * np.eye(d)


def turn(y: Floats, d: int, v: Floats, back: bool) -> Floats:
    """Return (D + D(D+1)/2, W) directions in the frame of the eigenvectors of the roots y, or back from it."""
    q = _eigen(_unpack(y, d))[1]
    q = np.ascontiguousarray(q.transpose(0, 2, 1)) if back else q
    mean = (q * v[:d].T[:, :, None]).sum(axis=1).T
    return np.concatenate([mean, _pack(_frame(q, _unpack(v[d:], d)))])


def _frame(vector: Floats, matrices: Floats) -> Floats:
    """Return (W, D, D) matrices in the frame of the eigenvectors."""
    return _product(_product(vector.transpose(0, 2, 1), matrices), vector)


def slope(covariances: Floats, floor: float, n: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Return the gradient of the expected log-likelihood and, in the frame, its complete-data curvature.

    n (W,), first (W, D), second (W, D, D): weight and moments about the means; both answers (D + D(D+1)/2, W). Where
    the likelihood wants less than the floor allows, the curvature of R R itself is added: the root then goes to 0.
    """
    value, root, vector = _spectrum(covariances, floor)
    inside = _frame(vector, second)  # moments
    among = value[:, :, None] * value[:, None, :]
    excess = inside.copy()
    d = value.shape[1]
    excess[:, np.arange(d), np.arange(d)] -= n[:, None] * value
    by_cov = 0.5 * excess / among
    sums = root[:, :, None] + root[:, None, :]
    mean = (vector * ((vector * first[:, :, None]).sum(axis=1) / value)[:, None, :]).sum(axis=2).T
    by_root = _frame(vector.transpose(0, 2, 1), sums * by_cov)
    down = np.diagonal(by_cov, axis1=1, axis2=2)
    curve = 0.5 * n[:, None, None] * sums**2 / among + np.maximum(0.0, -(down[:, :, None] + down[:, None, :]))
    i, j, _ = _lower(d)
    return np.concatenate([mean, _pack(by_root)]), np.concatenate([(n[:, None] / value).T, curve[:, i, j].T])
