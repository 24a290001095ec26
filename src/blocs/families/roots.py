"""Coordinates in which quasi-Newton steps see a normal block: means, and roots of covariances above their floor.

With Sigma = floor I + R R, R symmetric, the floor is an ordinary point where the slope vanishes, as a probability of 0
is in y = sqrt(p). A step moves R by E; in the frame of Sigma's eigenvectors (eigenvalues l, roots r) the complete-data
information is diagonal: n / l_i for the mean, n (r_i + r_j)^2 / (2 l_i l_j) for E_ij (formulas: "Faster than EM").
Symmetric matrices are packed with sqrt(2) at the entries off the diagonal, so that frames turn by rotations.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["chart", "slope", "turn", "unchart"]

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


def _spectrum(covariances: Floats, floor: float) -> tuple[Floats, Floats, Floats]:
    """Return (W, D) eigenvalues, rising, and their roots above the floor, and (W, D, D) eigenvectors."""
    value, vector = np.linalg.eigh(covariances)
    value = np.where(value - floor > ROUNDING * value[:, -1:], value, floor)
    return value, np.sqrt(value - floor), vector


def chart(covariances: Floats, floor: float) -> Floats:
    """Return (D(D+1)/2, W) packed roots R of (W, D, D) covariances."""
    _, root, vector = _spectrum(covariances, floor)
    return _pack((vector * root[:, None, :]) @ vector.transpose(0, 2, 1))


def unchart(y: Floats, d: int, floor: float) -> Floats:
    """Return (W, D, D) covariances of packed roots."""
    root = _unpack(y, d)
    return root @ root + floor * np.eye(d)


def turn(y: Floats, d: int, v: Floats, back: bool) -> Floats:
    """Return (D + D(D+1)/2, W) directions in the frame of the eigenvectors of the roots y, or back from it."""
    q = np.linalg.eigh(_unpack(y, d))[1]
    q = q.transpose(0, 2, 1) if back else q
    mean = np.einsum("wij,iw->jw", q, v[:d])
    return np.concatenate([mean, _pack(q.transpose(0, 2, 1) @ _unpack(v[d:], d) @ q)])


def slope(covariances: Floats, floor: float, n: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Return the gradient of the expected log-likelihood and, in the frame, its complete-data curvature.

    n (W,), first (W, D), second (W, D, D): weight and moments about the means; both answers (D + D(D+1)/2, W). Where
    the likelihood wants less than the floor allows, the curvature of R R itself is added: the root then goes to 0.
    """
    value, root, vector = _spectrum(covariances, floor)
    inside = vector.transpose(0, 2, 1) @ second @ vector  # moments in the frame
    among = value[:, :, None] * value[:, None, :]
    excess = inside.copy()
    d = value.shape[1]
    excess[:, np.arange(d), np.arange(d)] -= n[:, None] * value
    by_cov = 0.5 * excess / among
    sums = root[:, :, None] + root[:, None, :]
    mean = np.einsum("wij,wj->iw", vector, np.einsum("wij,wi->wj", vector, first) / value)
    by_root = vector @ (sums * by_cov) @ vector.transpose(0, 2, 1)
    down = np.diagonal(by_cov, axis1=1, axis2=2)
    curve = 0.5 * n[:, None, None] * sums**2 / among + np.maximum(0.0, -(down[:, :, None] + down[:, None, :]))
    i, j, _ = _lower(d)
    return np.concatenate([mean, _pack(by_root)]), np.concatenate([(n[:, None] / value).T, curve[:, i, j].T])
