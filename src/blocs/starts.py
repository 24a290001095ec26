"""Where the climb begins: random starts, one generator each, the same for any row order and any number of starts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .accelerate import stepper
from .em import Rule, climb
from .engines import Serial
from .errors import named
from .mixture import Mixture, Params
from .nearness import Nearness, evidence, pick, sample
from .profiles import Profiles
from .room import give_back

__all__ = ["METHODS", "draw"]

MANY = 100_000
"""Rows of codes from which a start is drawn from some of them; a pass over measurements is far dearer."""
SEEN = 1e-3
"""Part of all rows' parameters in those of a start that was drawn from some rows."""
AHEAD = 100
"""Passes over the sample before the first pass over all rows, where rows are very many."""


def draw(method: str, mixture: Mixture, profiles: Profiles, seed: int, numbers: range) -> Params:
    """Return the parameters of the starts with the given numbers.

    Start number i of a seed is the same whatever other starts are drawn with it. Raises InputError for an unknown
    method.
    """
    make = named(METHODS, method, "method", "start method", "methods")
    drawn = Params.stack([_one(make, mixture, profiles, np.random.default_rng([seed, i])) for i in numbers])
    if len(profiles) > MANY:
        give_back()
    return drawn


def _one(
    make: Callable[[Mixture, Profiles, np.random.Generator], Params],
    mixture: Mixture,
    profiles: Profiles,
    rng: np.random.Generator,
) -> Params:
    """Draw a start; from very many rows draw it from some of them, and let it climb there first."""
    few = profiles.values is None and len(profiles) <= MANY
    part = profiles if few else sample(profiles, rng)
    params = make(mixture, part, rng)
    if part is profiles:
        return params
    rule = Rule(gain=1e-2, change=1e-3, gradient=1e-5, steps=AHEAD)
    ahead = climb(mixture, Serial(), mixture.place(part), params, rule, stepper("auto", mixture)).params
    if not profiles.codes.any():
        return ahead
    return ahead.toward(mixture.overall(profiles), SEEN)  # categories that are rare may be missing from the part


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
    """K profiles far from one another, and posteriors that fall with the distance from them (k-modes++)."""
    near, known = Nearness.of(mixture, profiles), evidence(mixture, profiles)
    zeta = near.memberships(profiles, profiles.weights, rng, mixture.types, known)
    return mixture.from_posteriors(profiles, zeta)


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
