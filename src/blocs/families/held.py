"""A family of categories in which one probability of one type is held at a value, for profile likelihoods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.lazy import lazy_import

if TYPE_CHECKING:
    from scipy import optimize

    from .categorical import Categorical
else:
    optimize = lazy_import("scipy.optimize")

__all__ = ["Held"]

Floats = NDArray[np.float64]
SMALLEST = 1e-300
"""Probability that one of 0 counts as, where logarithms are taken."""


@dataclass(frozen=True)
class Held:
    """The family with mu_l of one item and type (column) at a value, on the menu of all outcomes of the item.

    rows: those of the item in mu; outcome: l among them. All else is the family's own. With the scores h_m by log mu_m
    of the family, those that are left are h_m + h_l mu_m / (1 - mu_l), as log mu_l follows the sum of the others.
    """

    family: Categorical
    rows: slice
    outcome: int
    column: int
    value: float

    def __getattr__(self, name: str) -> Any:
        return getattr(self.family, name)

    def put(self, mu: Floats) -> Floats:
        """Return mu with the probability at its value, the others of the item in their proportions."""
        out = mu.copy()
        own = out[self.rows, self.column].copy()
        own[self.outcome] = 0.0
        total = own.sum()
        even = (np.arange(len(own)) != self.outcome) / (len(own) - 1)
        own = (1 - self.value) * (own / total if total > 0 else even)
        own[self.outcome] = self.value
        out[self.rows, self.column] = own
        return out

    def mstep(self, mu: Floats, counts: Floats) -> Floats:
        """Return mu that raise the expected log-likelihood with the probability at its value."""
        out = self.family.mstep(mu, counts)
        own = self.family.offer.by_outcome(counts)[self.rows, self.column] + self.family.pseudo
        if self.family.offer.full:
            out[self.rows, self.column] = np.maximum(own, 0.0)
            return self.put(out)
        out[self.rows, self.column] = mu[self.rows, self.column]
        return self._solved(out, counts)

    def _solved(self, mu: Floats, counts: Floats) -> Floats:
        """Return mu with the other probabilities of the item at their maximum, by search from where they are."""
        others = np.delete(np.arange(self.rows.start, self.rows.stop), self.outcome)

        def at(eta: Floats) -> Floats:
            moved = mu.copy()
            moved[others, self.column] = np.exp(eta - eta.max())
            return self.put(moved)

        def lost(eta: Floats) -> tuple[float, Floats]:
            there = at(eta)
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = self.family.log_table(there)[:, self.column]
                value = float(np.where(counts[:, self.column] > 0, counts[:, self.column] * logs, 0.0).sum())
                value += float(self.family.log_prior(there)[self.column])
            return -value, -self._scores(there, counts)[others, self.column]

        start = np.log(np.maximum(mu[others, self.column], SMALLEST))
        found = optimize.minimize(lost, start, jac=True, method="BFGS")
        return at(found.x) if found.fun <= lost(start)[0] else mu

    def _scores(self, mu: Floats, counts: Floats) -> Floats:
        """Return (M, W) scores by log mu, of the other outcomes of the item only."""
        h = self.family.slope(mu, counts)[0] * np.sqrt(mu) / 2
        own, p = h[self.rows, self.column], mu[self.rows, self.column]
        own = own + own[self.outcome] * p / max(1 - self.value, SMALLEST)
        own[self.outcome] = 0.0
        h[self.rows, self.column] = own
        return np.asarray(h)

    # Coordinates of quasi-Newton steps: the family's own, with the probability put back

    @property
    def charted(self) -> Held:
        """The family itself."""
        return self

    def unchart(self, y: Floats) -> Floats:
        """Return mu at any coordinates."""
        return self.put(self.family.unchart(y))

    def slope(self, mu: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Return (M, W) gradient in the coordinates, and the complete-data curvature of the family."""
        root = np.sqrt(mu)
        return 2 * self._scores(mu, counts) / np.where(root > 0, root, 1.0), self.family.slope(mu, counts)[1]
