"""The same shares pi for everybody: pi_k = expected total of type k / N (000 eq. 2.9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Shares"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shares:
    """Type shares, (S, K): S starts of K types. pseudo: Dirichlet pseudo-count of every type."""

    types: int
    pseudo: float = 0.0

    def prior(self, shares: Floats) -> Floats:
        """Return (1, S * K) probabilities of the types: one group, everybody."""
        return shares.reshape(1, -1)

    def mstep(self, shares: Floats, totals: Floats) -> Floats:
        """Return the shares that maximise the expected log-likelihood of (1, S * K) expected type totals."""
        c = totals.reshape(-1, self.types) + self.pseudo
        return np.asarray(c / c.sum(axis=1, keepdims=True))

    def log_prior(self, shares: Floats) -> Floats:
        """Return (S,) log Dirichlet density of the shares, up to a constant."""
        if not self.pseudo:
            return np.zeros(len(shares))
        with np.errstate(divide="ignore"):
            return np.asarray(self.pseudo * np.log(shares).sum(axis=1))

    @property
    def free(self) -> int:
        """Free parameters."""
        return self.types - 1
