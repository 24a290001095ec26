"""Where the climb begins: random starts, one generator each, the same for any row order and any number of starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Fault, InputError, nearest
from .mixture import Mixture, Params
from .profiles import Profiles

__all__ = ["METHODS", "draw"]

Floats = NDArray[np.float64]


def draw(method: str, mixture: Mixture, profiles: Profiles, seed: int, numbers: range) -> Params:
    """Return the parameters of the starts with the given numbers.

    Start number i of a seed is the same whatever other starts are drawn with it. Raises InputError for an unknown
    method.
    """
    if method not in METHODS:
        raise InputError(
            Fault(
                f"there is no start method {method!r}",
                where="method",
                rule=f"The methods are {', '.join(map(repr, METHODS))}",
                nearest=nearest(method, METHODS),
            )
        )
    make = METHODS[method]
    return Params.stack([make(mixture, profiles, np.random.default_rng([seed, i])) for i in numbers])


def _posteriors(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """Random posteriors: zeta of every profile uniform on the simplex."""
    draws = rng.standard_exponential((len(profiles), mixture.types))
    return mixture.from_posteriors(profiles, draws / draws.sum(axis=1, keepdims=True))


def _probabilities(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """Random probabilities, uniform on the simplex of every item, and equal shares."""
    return mixture.random(profiles, rng)


def _hard(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """The seed's start (000 "EM Implementation"): every voter to one type at random, parameters by sample means.

    Begins near the one-type saddle and is slow; kept to compare with.
    """
    voters = np.maximum(np.rint(profiles.counts), 1).astype(np.int64)
    drawn = rng.multinomial(voters, np.full(mixture.types, 1.0 / mixture.types))
    return mixture.from_posteriors(profiles, drawn / voters[:, None])


def _modes(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """K profiles far from one another, each next drawn in proportion to weight x squared distance (k-modes++).

    The distance is the number of items answered differently; posteriors fall with it, evenly for missing items.
    """
    codes, weights = profiles.codes, profiles.weights
    distance = np.empty((len(profiles), mixture.types))
    chance = weights.copy()
    for k in range(mixture.types):
        total = chance.sum()
        centre = codes[rng.choice(len(codes), p=(chance if total > 0 else weights) / (total or weights.sum()))]
        distance[:, k] = _differences(codes, centre)
        chance = weights * distance[:, : k + 1].min(axis=1) ** 2
    zeta = np.exp(-(distance - distance.min(axis=1, keepdims=True)))
    return mixture.from_posteriors(profiles, zeta / zeta.sum(axis=1, keepdims=True))


def _differences(codes: NDArray[Any], centre: NDArray[Any]) -> Floats:
    """Return (U,) number of items answered differently; an item missing on either side differs by a half."""
    known = (codes != 0) & (centre != 0)
    return np.asarray(((codes != centre) & known).sum(axis=1) + 0.5 * (~known).sum(axis=1))


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
