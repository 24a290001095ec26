"""Spikes: types of measurements on so few rows that the likelihood there says nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .mixture import Mixture, Params

__all__ = ["spikes"]


def spikes(mixture: Mixture, params: Params, n: float) -> NDArray[np.bool_]:
    """Return (S,) which starts have a spike for a type (`Family.collapsed`); of `n` observations type k has n pi_k."""
    out = np.zeros(params.starts, dtype=bool)
    if not mixture.schema.measured:
        return out
    rows = n * params.shares
    for family, theta in zip(mixture.families, params.columns()[1:], strict=True):
        out |= family.collapsed(theta, rows).any(axis=1)
    return out
