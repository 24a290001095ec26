"""Classification: how many observations of each type have which type as their most probable one, and how clearly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Mixture, Params
from ..profiles import Profiles

__all__ = ["Classification", "by_most_probable", "classified"]

Floats = NDArray[np.float64]
ROWS = 16_384
"""Profiles whose posteriors are in memory at once."""


@dataclass(frozen=True)
class Classification:
    """How clearly observations belong to types.

    sums: (K, K) float, expected observations of type k (rows) whose most probable type is m (columns); squares: sum of
    the squared posteriors over observations and types.
    """

    sums: Floats
    squares: float

    def __add__(self, other: Classification) -> Classification:
        return Classification(self.sums + other.sums, self.squares + other.squares)

    @property
    def of_types(self) -> Floats:
        """(K, K) P(most probable type | type): each row adds to 1, or is 0 for an empty type."""
        return _parts(self.sums, self.sums.sum(axis=1, keepdims=True), 0.0)

    @property
    def of_assigned(self) -> Floats:
        """(K, K) mean posteriors: row m of those whose most probable type is m; nan without any."""
        assigned = self.sums.T
        return _parts(assigned, assigned.sum(axis=1, keepdims=True), np.nan)

    @property
    def assigned(self) -> Floats:
        """(K,) share of the observations whose most probable type is m."""
        return np.asarray(self.sums.sum(axis=0) / self.sums.sum())

    @property
    def error(self) -> float:
        """Share of the observations that the most probable type is expected to get wrong."""
        return float(1 - np.trace(self.sums) / self.sums.sum())

    @property
    def reduction(self) -> float | None:
        """Share of the errors of calling everything the largest type that the answers take away; None for one type."""
        without = 1 - float(self._shares.max())
        return 1 - self.error / without if without > 0 else None

    @property
    def gini_r2(self) -> float | None:
        """1 - mean (1 - sum zeta^2) / (1 - sum pi^2), pi the mean posteriors; None for one type."""
        without = 1 - float((self._shares**2).sum())
        return 1 - (1 - self.squares / float(self.sums.sum())) / without if without > 0 else None

    @property
    def _shares(self) -> Floats:
        return np.asarray(self.sums.sum(axis=1) / self.sums.sum())


def classified(mixture: Mixture, params: Params, rows: Profiles) -> Classification:
    """Return the classification of rows by one start, with their weights; those of parts add."""
    parts = rows.shards(-(-len(rows) // ROWS))
    return reduce(add, (by_most_probable(mixture.posterior(params, part)[1], part.weights) for part in parts))


def by_most_probable(zeta: Floats, weights: Floats) -> Classification:
    """Return the classification of (U, K) posteriors with (U,) weights."""
    chosen = zeta.argmax(axis=1)[:, None] == np.arange(zeta.shape[1])
    return Classification((zeta * weights[:, None]).T @ chosen, float(((zeta**2).sum(axis=1) * weights).sum()))


def _parts(sums: Floats, total: Floats, empty: float) -> Floats:
    return np.asarray(np.where(total > 0, sums / np.where(total > 0, total, 1.0), empty))
