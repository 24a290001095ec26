"""Classification: how many observations of each type have which type as their most probable one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Mixture, Params
from ..profiles import Profiles

__all__ = ["Classification", "by_most_probable", "classified", "classified_sums"]

Floats = NDArray[np.float64]
ROWS = 16_384
"""Profiles whose posteriors are in memory at once."""


class Classification(NamedTuple):
    """sums: (K, K) float, expected observations of type k (rows) whose most probable type is m (columns)."""

    sums: Floats

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


def classified(mixture: Mixture, params: Params, profiles: Profiles) -> Classification:
    """Return the classification of profiles by one start, with their weights."""
    return Classification(sum((classified_sums(mixture, params, part) for part in profiles.parts), start=np.zeros(())))


def classified_sums(mixture: Mixture, params: Params, rows: Profiles) -> Floats:
    """Return the sums of a `Classification` over some rows; they add."""
    parts = rows.shards(-(-len(rows) // ROWS))
    each = [by_most_probable(mixture.posterior(params, part)[1], part.weights).sums for part in parts]
    return np.asarray(np.sum(each, axis=0))


def by_most_probable(zeta: Floats, weights: Floats) -> Classification:
    """Return the classification of (U, K) posteriors with (U,) weights."""
    chosen = zeta.argmax(axis=1)[:, None] == np.arange(zeta.shape[1])
    return Classification((zeta * weights[:, None]).T @ chosen)


def _parts(sums: Floats, total: Floats, empty: float) -> Floats:
    return np.asarray(np.where(total > 0, sums / np.where(total > 0, total, 1.0), empty))
