"""Insertions and replacements: one type is dissolved, and another begins elsewhere.

A split only divides rows that one type has already. A small type that takes a few rows from each of the others is
found by beginning where it may be: around a row that is drawn, half of them among those that the optimum describes
badly, or at random.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .distances import SHARPNESS, Distances, draw_rows
from .initialization import draw_probabilities
from .split_merge import OLD_PART, dissolved

__all__ = ["CENTRES", "closeness", "insertions", "replacements"]

Floats = NDArray[np.float64]

CENTRES = 16
"""Rows that a type may begin around, and random types; each in place of every type."""
BADLY = 0.5
"""Rows that are described badly are drawn in proportion to weight x probability to the power of minus this."""
POSTERIORS = 100_000
"""Posteriors of candidates that are held at a time."""
LARGEST_LOG = 300.0
"""Largest logarithm of what these weights are multiplied by."""


def insertions(mixture: Mixture, profiles: Profiles, params: Params, rng: np.random.Generator) -> Params:
    """Return `CENTRES` K starts: every way to dissolve one type of one start's `params`, at each of the rows drawn.

    The new type has a row with probability exp(-distance from the centre); the rest goes to the other types by their
    posteriors.
    """
    (loglik, zeta), distances = mixture.posterior(params, profiles), Distances.of(mixture, profiles)
    worse = np.clip(BADLY * (np.median(loglik) - loglik), -LARGEST_LOG, LARGEST_LOG)
    drawn = [draw_rows(profiles, w, rng, CENTRES // 2) for w in (profiles.weights, profiles.weights * np.exp(worse))]
    near = closeness(distances, np.concatenate(drawn))
    made, each = [], max(1, POSTERIORS // zeta.size) if mixture.needs_rows else CENTRES
    for gone in range(mixture.types):
        rest = dissolved(zeta, gone)
        for part in (near[a : a + each].T for a in range(0, len(near), each)):
            made.append(mixture.from_products(profiles, rest, 1 - part, (gone, part)))
    return Params.stack(made).toward(params, OLD_PART)


def closeness(distances: Distances, centres: NDArray[np.int64]) -> Floats:
    """Return (C, U) exp(-distance from rows): items answered differently, and squared distance of numbers."""
    away = distances.differences(centres)
    return np.exp(-(away + SHARPNESS * distances.squares(centres) if distances.points.shape[1] else away))


def replacements(mixture: Mixture, profiles: Profiles, params: Params, rng: np.random.Generator) -> Params:
    """Return `CENTRES` K starts: every type's parameters replaced by those of a random type; shares stay."""
    random, own = draw_probabilities(mixture, profiles, [rng] * CENTRES), np.eye(mixture.types, dtype=bool)
    pairs = zip(params.families, random.families, strict=True)
    families = (np.where(own, new[:, :, None, :], old[:, :, None, :]) for old, new in pairs)
    shares = np.repeat(params.membership, CENTRES * mixture.types, axis=1)
    made = Params((shares, *(block.reshape(len(block), *shares.shape[1:]) for block in families)))
    return made.toward(params, OLD_PART)
