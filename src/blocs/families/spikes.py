"""Spikes: normal types that are narrow on so few rows that their likelihood says nothing of the data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kernels.symmetric import eigen

__all__ = ["spikes"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
NARROW = 0.01
"""Variance of a type in some direction, as a share of that within the others, below which it is narrow."""
TINY = 1e-300


def spikes(covariances: Floats, rows: Floats, needed: int) -> Flags:
    """Return (S, K) which types one row keeps from collapse: narrow ones on fewer than needed + 1 rows.

    Without one of its rows the covariance of such a type would be singular, and the likelihood is as high as that row
    is near to the others in some direction, whatever the data are like (spurious maximisers: Day 1969; McLachlan and
    Peel 2000). A type as wide as the others is none, on however few rows.

    Parameters
    ----------
    covariances : (S, K, D, D) array of float
        Of each type of each start.
    rows : (S, K) array of float
        Expected rows of the types.
    needed : int
        Rows that a regular covariance needs.
    """
    out = np.zeros(rows.shape, dtype=bool)
    for s, k in zip(*np.nonzero((rows > 0) & (rows < needed + 1)), strict=True):
        others = np.arange(rows.shape[1]) != k
        weights = rows[s, others]
        if weights.sum() > 0:
            within = (covariances[s, others] * (weights / weights.sum())[:, None, None]).sum(axis=0)
            value, vector = (each[0] for each in eigen(within[None]))
            unit = vector / np.sqrt(np.maximum(value, TINY))  # directions in which the others have variance 1
            own = (unit[:, :, None, None] * covariances[s, k][:, None, :, None] * unit[None, None]).sum(axis=(0, 2))
            out[s, k] = eigen(((own + own.T) / 2)[None])[0].min() < NARROW
    return out
