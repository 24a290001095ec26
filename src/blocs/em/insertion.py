"""Insertion: one type is dissolved, and another begins around a row, with whatever rows are like it.

A split only divides rows that one type has already. A small type that takes a few rows from each of the others is
found by beginning where it may be: around a row that is drawn, half of them among those that the optimum describes
badly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .distances import SHARPNESS, Distances, draw_rows
from .split_merge import OLD_PART, POSTERIORS, dissolved

__all__ = ["insertions"]

Floats = NDArray[np.float64]

CENTRES = 8
"""Rows that a type may begin around; each with every type dissolved."""
BADLY = 0.5
"""Rows that are described badly are drawn in proportion to weight x probability to the power of minus this."""


def insertions(mixture: Mixture, profiles: Profiles, params: Params, rng: np.random.Generator) -> Params:
    """Return `CENTRES` K starts: every way to dissolve one type of one start's `params`, at each of the rows drawn.

    The new type has a row with probability exp(-distance from the centre); the rest goes to the other types by their
    posteriors.
    """
    (loglik, zeta), distances = mixture.posterior(params, profiles), Distances.of(mixture, profiles)
    badly = profiles.weights * np.exp(np.clip(BADLY * (np.median(loglik) - loglik), -300, 300))
    half = CENTRES // 2
    centres = np.concatenate([draw_rows(profiles, profiles.weights, rng, half), draw_rows(profiles, badly, rng, half)])
    near = np.array([_nearness(distances, int(centre)) for centre in centres])
    made, each = [], max(1, POSTERIORS // zeta.size)
    for k in range(mixture.types):
        rest = dissolved(zeta, k)
        for h in (near[a : a + each] for a in range(0, len(near), each)):
            posteriors = rest[:, None, :] * (1 - h.T[:, :, None])
            posteriors[:, :, k] = h.T
            made.append(mixture.from_posteriors(profiles, posteriors.reshape(len(zeta), -1)))
    return Params.stack(made).toward(params, OLD_PART)


def _nearness(distances: Distances, centre: int) -> Floats:
    """Return (U,) exp(-distance from a row): items answered differently, and squared distance of numbers."""
    away = distances.differences(centre)
    if distances.points.shape[1]:
        away = away + SHARPNESS * distances.squares(centre)
    return np.asarray(np.exp(-away))


def replacements(mixture: Mixture, profiles: Profiles, params: Params, rng: np.random.Generator) -> Params:
    """Return `CENTRES` K starts: every type's parameters replaced by those of random types."""
    made = []
    for _ in range(CENTRES):
        centres = draw_rows(profiles, profiles.weights, rng, mixture.types) if profiles.values is not None else None
        other = mixture.random(profiles, rng, centres)
        for k in range(mixture.types):
            blocks = [block.copy() for block in params.blocks]
            for block, new in zip(blocks[1:], other.blocks[1:], strict=True):
                block[:, :, k] = new[:, :, k]
            made.append(Params(tuple(blocks)))
    return Params.stack(made).toward(params, OLD_PART)
