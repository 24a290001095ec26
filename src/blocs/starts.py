"""Where the climb begins: random starts, one generator each, the same for any row order and any number of starts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .accelerate import stepper
from .em import Rule, climb
from .engines import Serial
from .errors import named
from .mixture import Mixture, Params
from .nearness import Nearness, evidence, pick, sample
from .profiles import Profiles

__all__ = ["METHODS", "draw"]

Floats = NDArray[np.float64]
TRIALS = 5
"""Rows tried as the next centre of numbers; the one that leaves least distance is taken."""
AHEAD = 100
"""Passes over the sample before the first pass over all rows, where rows with measurements are many."""
SHARP = 2.0
"""How fast posteriors fall with the squared distance of numbers."""


def draw(method: str, mixture: Mixture, profiles: Profiles, seed: int, numbers: range) -> Params:
    """Return the parameters of the starts with the given numbers.

    Start number i of a seed is the same whatever other starts are drawn with it. Raises InputError for an unknown
    method.
    """
    make = named(METHODS, method, "method", "start method", "methods")
    return Params.stack([_one(make, mixture, profiles, np.random.default_rng([seed, i])) for i in numbers])


def _one(
    make: Callable[[Mixture, Profiles, np.random.Generator], Params],
    mixture: Mixture,
    profiles: Profiles,
    rng: np.random.Generator,
) -> Params:
    """Many rows of measurements: draw a start from some of them, and let it climb there first."""
    part = sample(profiles, rng)
    params = make(mixture, part, rng)
    if part is profiles:
        return params
    rule = Rule(gain=1e-2, change=1e-3, gradient=1e-5, steps=AHEAD)
    return climb(mixture, Serial(), mixture.place(part), params, rule, stepper("auto", mixture)).params


def _posteriors(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """Random posteriors: zeta of every profile uniform on the simplex."""
    draws = rng.standard_exponential((len(profiles), mixture.types))
    return mixture.from_posteriors(profiles, draws / draws.sum(axis=1, keepdims=True))


def _probabilities(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """Random probabilities, uniform on the simplex of every item, and equal shares; means at random rows."""
    centres = pick(profiles, profiles.weights, rng, mixture.types) if profiles.values is not None else None
    return mixture.random(profiles, rng, centres)


def _hard(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """The seed's start (000 "EM Implementation"): every voter to one type at random, parameters by sample means.

    Begins near the one-type saddle and is slow; kept to compare with.
    """
    voters = np.maximum(np.rint(profiles.counts), 1).astype(np.int64)
    drawn = rng.multinomial(voters, np.full(mixture.types, 1.0 / mixture.types))
    return mixture.from_posteriors(profiles, drawn / voters[:, None])


def _modes(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """K profiles far from one another, each next drawn in proportion to weight x squared distance (k-modes++).

    The distance is the number of items answered differently, evenly for missing items, and that of numbers in units
    of their spread; posteriors fall with it. A row known to be of a type is its centre.
    """
    weights, known, near = profiles.weights, evidence(mixture, profiles), Nearness.of(mixture, profiles)
    distance = np.empty((len(profiles), mixture.types))
    chance, nearest_gap = weights.copy(), np.full(len(weights), np.inf)
    centres = np.zeros(mixture.types, dtype=np.int64)
    for k in range(mixture.types):
        allowed = chance if known is None else chance * _own(known, k)
        tried = pick(profiles, allowed if allowed.sum() > 0 else weights, rng, TRIALS if near.points.shape[1] else 1)
        gaps = [np.minimum(nearest_gap, near.differences(c) ** 2 + near.squares(c)) for c in tried.tolist()]
        best = int(np.argmin([weights @ gap for gap in gaps]))
        centres[k], nearest_gap = tried[best], gaps[best]
        distance[:, k] = near.differences(int(centres[k]))
        chance = weights * nearest_gap
    if near.points.shape[1]:
        distance += SHARP * near.settled(centres, weights)
    zeta = np.exp(-(distance - distance.min(axis=1, keepdims=True)))
    if known is not None:
        zeta = np.where((zeta * known).sum(axis=1, keepdims=True) > 0, zeta * known, known)
    return mixture.from_posteriors(profiles, zeta / zeta.sum(axis=1, keepdims=True))


def _own(known: Floats, k: int) -> Floats:
    """Return (U,) how much rows speak for type k: rows of that type alone where there are some."""
    alone = (known[:, k] > 0) & ((known > 0).sum(axis=1) == 1)
    return np.where(alone, known[:, k], 0.0) if alone.any() else known[:, k]


def _mixed(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """Modes or random probabilities with even chances: the first find clear types, the second the unlikely ones."""
    return (_modes if rng.random() < 0.5 else _probabilities)(mixture, profiles, rng)


METHODS: dict[str, Callable[[Mixture, Profiles, np.random.Generator], Params]] = {
    "mixed": _mixed,
    "modes": _modes,
    "posteriors": _posteriors,
    "probabilities": _probabilities,
    "hard": _hard,
}
"""Start methods by name."""
