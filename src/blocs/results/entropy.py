"""Entropy R2: how clearly the posteriors tell the types apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["entropy_r2"]


def entropy_r2(zeta: NDArray[np.float64], weights: NDArray[np.float64]) -> float | None:
    """Return entropy R2 = 1 - sum_u n_u H(zeta_u) / (N log K) of (U, K) posteriors; None for one type."""
    types = zeta.shape[1]
    if types == 1:
        return None
    logs = np.log(np.where(zeta > 0, zeta, 1.0))
    return float(1 + weights @ (zeta * logs).sum(axis=1) / (weights.sum() * np.log(types)))
