"""Random starts: one generator each, the same for any order of the rows and any number of starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from ..core.errors import named
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .distances import Distances, draw_rows, known_types
from .duplicates import ordered

__all__ = ["METHODS", "DistinctStarts", "draw", "draw_probabilities"]

DRAWS = 10
"""Draws of a start, at most, that may begin where one before it does; after them, its posteriors are random."""


def draw(method: str, mixture: Mixture, profiles: Profiles, seed: int, numbers: range) -> Params:
    """Return the parameters of the starts with the given numbers.

    Start number i of a seed is the same whatever other starts are drawn with it. Raises InputError for an unknown
    method.
    """
    make = named(METHODS, method, "method", "start method", "methods")
    return Params.stack([make(mixture, profiles, np.random.default_rng([seed, i])) for i in numbers])


@dataclass(frozen=True)
class DistinctStarts:
    """The starts of one fit: drawn in the order of their numbers, no two with the same values.

    On tables of few distinct rows two starts may draw the same centres. They end at one optimum, whichever it is, and
    that says nothing of it. Such a start is drawn again, from the same random numbers further on.

    Parameters
    ----------
    method : str
        A name in `METHODS`.
    mixture : Mixture
        The model.
    profiles : Profiles
        The rows.
    seed : int
        Of the random numbers.
    """

    method: str
    mixture: Mixture
    profiles: Profiles
    seed: int
    drawn: list[Params] = field(default_factory=list, init=False, repr=False)
    known: set[bytes] = field(default_factory=set, init=False, repr=False)
    lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def __call__(self, numbers: range) -> Params:
        """Return the parameters of the starts with these numbers, the same in whatever order they are asked for.

        Raises InputError for an unknown method.
        """
        with self.lock:
            while len(self.drawn) < numbers.stop:
                self.drawn.append(self._next())
        return Params.stack(self.drawn[numbers.start : numbers.stop])

    def _next(self) -> Params:
        """Draw the next start."""
        make = named(METHODS, self.method, "method", "start method", "methods")
        rng = np.random.default_rng([self.seed, len(self.drawn)])
        for method in (*[make] * DRAWS, _posteriors):
            params = method(self.mixture, self.profiles, rng)
            if (values := self._values(params)) not in self.known:
                break
        self.known.add(values)
        return params

    def _values(self, params: Params) -> bytes:
        """Return the values of a start up to rounding, and up to the order of the types where they have no names."""
        with np.errstate(over="ignore"):
            rounded = params.each(lambda block: block.astype(np.float32))
        return (rounded if self.mixture.names_types else ordered(rounded)).vector().tobytes()


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
