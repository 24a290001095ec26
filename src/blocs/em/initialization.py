"""Random starts: one generator each, the same for any order of the rows and any number of starts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.errors import named
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .distances import Distances, draw_rows, known_types

__all__ = ["METHODS", "draw", "draw_probabilities"]


def draw(method: str, mixture: Mixture, profiles: Profiles, seed: int, numbers: range) -> Params:
    """Return the parameters of the starts with the given numbers.

    Start number i of a seed is the same whatever other starts are drawn with it. Raises InputError for an unknown
    method.
    """
    make = named(METHODS, method, "method", "start method", "methods")
    return Params.stack([make(mixture, profiles, np.random.default_rng([seed, i])) for i in numbers])


def _posteriors(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """Random posteriors: zeta of every profile uniform on the simplex."""
    draws = rng.standard_exponential((len(profiles), mixture.types))
    return mixture.from_posteriors(profiles, draws / draws.sum(axis=1, keepdims=True))


def draw_probabilities(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """Random probabilities, uniform on the simplex of every item, and equal shares; means at random rows."""
    centres = draw_rows(profiles, profiles.weights, rng, mixture.types) if profiles.values is not None else None
    return mixture.random(profiles, rng, centres)


def _hard(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """The start of the source (000 "EM Implementation"): every voter to one type at random, parameters by sample means.

    Begins near the one-type saddle and is slow; kept to compare with.
    """
    voters = np.maximum(np.rint(profiles.counts), 1).astype(np.int64)
    drawn = rng.multinomial(voters, np.full(mixture.types, 1.0 / mixture.types))
    return mixture.from_posteriors(profiles, drawn / voters[:, None])


def _modes(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """K profiles far from one another, and posteriors that fall with the distance from them (k-modes++)."""
    distances, known = Distances.of(mixture, profiles), known_types(mixture, profiles)
    zeta = distances.memberships(profiles, profiles.weights, rng, mixture.types, known)
    return mixture.from_posteriors(profiles, zeta)


def _mixed(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """Modes or random probabilities, each with probability 1/2: the first find clear types, the second rare ones."""
    return (_modes if rng.random() < 0.5 else draw_probabilities)(mixture, profiles, rng)


METHODS: dict[str, Callable[[Mixture, Profiles, np.random.Generator], Params]] = {
    "mixed": _mixed,
    "modes": _modes,
    "posteriors": _posteriors,
    "probabilities": draw_probabilities,
    "hard": _hard,
}
"""Start methods by the name that `blocs.fit(method=)` knows."""
