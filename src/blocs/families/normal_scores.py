"""Derivatives of normal log-densities by means and by covariances that are linear in their parameters.

Sigma = sum_a theta_a B_a with symmetric (P, D, D) matrices B: one for every entry of the lower triangle (full), one a
variance (diag, tied-diag), or the identity (spherical). With the known cells o of a row, y = x_o - mu_o and
Lambda = Sigma_oo^-1 (0 at the missing cells):

    d log p / d mu      = Lambda y
    d log p / d theta_a = (y' Lambda B_a Lambda y - tr(Lambda B_a)) / 2

A row without any known cell says nothing. Rows with the same missing cells are worked off together.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["basis", "information", "scores"]

Floats = NDArray[np.float64]


def basis(form: str, d: int) -> Floats:
    """Return (P, D, D) the matrices B of a form of covariance."""
    if form == "spherical":
        return np.eye(d)[None]
    i, j = (np.arange(d), np.arange(d)) if form in ("diag", "tied-diag") else np.tril_indices(d)
    out = np.zeros((len(i), d, d))
    out[np.arange(len(i)), i, j] = out[np.arange(len(i)), j, i] = 1.0
    return out


def scores(x: Floats, means: Floats, covariances: Floats, b: Floats) -> Floats:
    """Return (n, D + P, W) derivatives of each row's log-density; x (n, D) with NaN where missing, in units.

    means (W, D); covariances (W, D, D); b: see `basis`.
    """
    out = np.zeros((len(x), x.shape[1] + len(b), len(means)))
    for rows, known in _patterns(x):
        for w, inverse in enumerate(_inverses(covariances, known)):
            v = np.where(known, x[rows] - means[w], 0.0) @ inverse
            squares = (v[:, :, None] * v[:, None, :]).reshape(len(v), -1) @ b.reshape(len(b), -1).T  # v' B_a v
            by_covariance = 0.5 * (squares - np.einsum("ij,aji->a", inverse, b))
            out[rows, :, w] = np.concatenate([v, by_covariance], axis=1)
    return out


def information(x: Floats, zeta: Floats, means: Floats, covariances: Floats, b: Floats) -> Floats:
    """Return (D + P, D + P, W) minus the second derivatives, summed over the rows with weights zeta (n, W).

    With n, m and S the sums of zeta, zeta y and zeta y y': n Lambda for the means, Lambda B_a Lambda m between means
    and covariances, tr(Lambda B_a Lambda B_b Lambda S) - n tr(Lambda B_a Lambda B_b) / 2 for covariances.
    """
    d = x.shape[1]
    out = np.zeros((d + len(b), d + len(b), len(means)))
    for rows, known in _patterns(x):
        for w, inverse in enumerate(_inverses(covariances, known)):
            z, y = zeta[rows, w], np.where(known, x[rows] - means[w], 0.0)
            n, first, second = z.sum(), z @ y, (z[:, None] * y).T @ y
            left = inverse @ b  # (P, D, D) Lambda B_a
            out[:d, :d, w] += n * inverse
            cross = left @ inverse @ first
            out[:d, d:, w] += cross.T
            out[d:, :d, w] += cross
            pairs = np.einsum("aij,bjk,ki->ab", left, left, inverse @ second)
            out[d:, d:, w] += 0.5 * (pairs + pairs.T) - 0.5 * n * np.einsum("aij,bji->ab", left, left)
    return out


def _patterns(x: Floats) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Give the rows of each pattern of known cells (D,) that has any."""
    patterns, which = np.unique(~np.isnan(x), axis=0, return_inverse=True)
    for i, known in enumerate(patterns):
        if known.any():
            yield np.flatnonzero(which.ravel() == i), known


def _inverses(covariances: Floats, known: NDArray[np.bool_]) -> Floats:
    """Return (W, D, D) inverses of the covariances of the known cells, 0 elsewhere."""
    at = np.flatnonzero(known)
    out = np.zeros_like(covariances)
    out[:, at[:, None], at] = np.linalg.inv(covariances[:, at[:, None], at])
    return out
