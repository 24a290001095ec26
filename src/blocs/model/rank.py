"""Rank of scores: how many parameters the probabilities of rows determine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["rank_of"]

Floats = NDArray[np.float64]
SMALL = 1e-10
"""Values below this, of the largest, are 0, where scores are exact."""
MANY = 1_000
"""Columns from which on singular values are not computed."""
MORE = 100
"""Rows more than columns to which many rows are summed up."""


def rank_of(scores: Floats) -> int:
    """Return the rank of (U, P) scores without rows that are not finite, whose columns are brought to one length.

    Of more rows than P + 100 so many sums with random weights have the same rank. Singular values say it; of many
    columns the diagonal of R of a QR decomposition of random mixtures of the columns, of which the first as many as the
    rank are independent, and the others depend on these: three times as fast.
    """
    scores = scores[np.isfinite(scores).all(axis=1)]
    size = np.sqrt((scores**2).sum(axis=0))
    scores = _summed(scores / np.where(size > 0, size, 1.0))
    columns = scores.shape[1]
    if columns <= MANY:
        values = np.linalg.svd(scores, compute_uv=False)
    else:
        mixed = scores @ np.random.default_rng(1).normal(size=(columns, columns))
        values = np.abs(np.diagonal(np.linalg.qr(mixed, mode="r")))
    return int((values > SMALL * max(values.max(initial=0.0), 1e-300)).sum())


def _summed(scores: Floats) -> Floats:
    """Return (P + 100, P) sums of the rows, each of which goes into one of them."""
    most = scores.shape[1] + MORE
    if len(scores) <= most:
        return scores
    out, signs = np.zeros((most, scores.shape[1])), np.random.default_rng(0).normal(size=len(scores))
    for first in range(0, len(scores), most):
        part = scores[first : first + most]
        out[: len(part)] += signs[first : first + most, None] * part
    return out
