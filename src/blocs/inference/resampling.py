"""Resampling: the weights that the profiles have in replicates of a nonparametric bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..profiles import Profiles
from .clusters import Clusters

__all__ = ["ByPart", "by_part", "generator", "resampled"]

Floats = NDArray[np.float64]


def generator(seed: int, number: int) -> np.random.Generator:
    """Return the random numbers of a replicate: those of number b of a seed are always the same."""
    return np.random.default_rng([seed, number])


@dataclass(frozen=True)
class ByPart:
    """The weights of the profiles in replicates, part by part, so that each can be drawn where the part is.

    seed: of all replicates; rows (S,): number of rows that each of the S parts stands for. How many of them a part has
    in a replicate is a multinomial of these numbers; which ones, a multinomial within the part.
    """

    seed: int
    rows: tuple[float, ...]

    def of_part(self, number: int, part: Profiles, which: range) -> Floats:
        """Return the (u, b) weights of the profiles of a part; number: of the part, from 0."""
        each, rows = _split(part)
        chances, shares, n = rows / rows.sum(), np.array(self.rows) / sum(self.rows), round(sum(self.rows))
        if len(self.rows) == 1:
            return np.column_stack([generator(self.seed, b).multinomial(n, chances) * each for b in which])
        drawn = [generator(self.seed, b).multinomial(n, shares)[number] for b in which]
        keys = ([self.seed, b, 1 + number] for b in which)  # with a 0 at the end they would be those of the replicates
        own = (np.random.default_rng(key).multinomial(times, chances) for key, times in zip(keys, drawn, strict=True))
        return np.column_stack([times * each for times in own])


def _split(part: Profiles) -> tuple[Floats, Floats]:
    """Return the weight of each row that a profile is taken for, and the number of them."""
    each = part.squares / part.weights
    return each, np.asarray(part.weights / each)


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
    parts = profiles.parts
    drawn = by_part(profiles, seed)
    return lambda which: np.concatenate([drawn.of_part(s, part, which) for s, part in enumerate(parts)])


def by_part(profiles: Profiles, seed: int) -> ByPart:
    """Return how the weights of profiles are drawn part by part; raises UnsupportedError as `resampled`."""
    if not (profiles.counts == np.rint(profiles.counts)).all():
        raise UnsupportedError(
            "A bootstrap is not available for weights that are not whole numbers: it draws observations. Sampling "
            "weights are design_weights=."
        )
    return ByPart(seed, tuple(float(_split(part)[1].sum()) for part in profiles.parts))


def _by_cluster(profiles: Profiles, clusters: Clusters, seed: int) -> Callable[[range], Floats]:
    even = np.full(clusters.number, 1 / clusters.number)

    def weights(b: int) -> Floats:
        times = generator(seed, b).multinomial(clusters.number, even)
        drawn = times[clusters.cluster] * clusters.weights
        return np.bincount(clusters.row, drawn, len(profiles)).astype(np.float64)

    return lambda which: np.column_stack([weights(b) for b in which])
