"""Relative entropy: how clearly the posteriors tell the types apart (formulas: criteria and entropy)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["posterior_entropy"]


def posterior_entropy(zeta: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return sum_u w_u H(zeta_u), H(p) = - sum_k p_k log p_k, of (U, K) posteriors with weights (U,)."""
    logs = np.log(np.where(zeta > 0, zeta, 1.0))
    return -float((weights * (zeta * logs).sum(axis=1)).sum())
