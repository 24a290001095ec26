"""Resampling: the weights that the profiles have in replicates of a nonparametric bootstrap."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..profiles import Profiles
from .clusters import Clusters

__all__ = ["generator", "resampled"]

Floats = NDArray[np.float64]


def generator(seed: int, number: int) -> np.random.Generator:
    """Return the random numbers of a replicate: those of number b of a seed are always the same."""
    return np.random.default_rng([seed, number])


def resampled(profiles: Profiles, clusters: Clusters | None, seed: int) -> Callable[[range], Floats]:
    """Return a function from the numbers of replicates to the (U, b) weights of the profiles in them.

    Observations are drawn with replacement, as many as there are: a multinomial of the counts. Of clusters, whole ones
    are drawn. With sampling weights a profile's rows are drawn and keep their weights; of rows with several weights
    only the sum w_u and the sum of squares q_u are known, and the profile is taken for w_u^2 / q_u rows of weight
    q_u / w_u, which have both.

    Raises UnsupportedError for counts that are not whole.
    """
    if clusters is not None:
        return _by_cluster(profiles, clusters, seed)
    if not (profiles.counts == np.rint(profiles.counts)).all():
        raise UnsupportedError(
            "A bootstrap is not available for weights that are not whole numbers: it draws observations. Sampling "
            "weights are design_weights=."
        )
    each = profiles.squares / profiles.weights
    rows = profiles.weights / each
    number, chances = round(float(rows.sum())), rows / rows.sum()
    return lambda which: np.column_stack([generator(seed, b).multinomial(number, chances) * each for b in which])


def _by_cluster(profiles: Profiles, clusters: Clusters, seed: int) -> Callable[[range], Floats]:
    even = np.full(clusters.number, 1 / clusters.number)

    def weights(b: int) -> Floats:
        times = generator(seed, b).multinomial(clusters.number, even)
        drawn = times[clusters.cluster] * clusters.weights
        return np.bincount(clusters.row, drawn, len(profiles)).astype(np.float64)

    return lambda which: np.column_stack([weights(b) for b in which])
