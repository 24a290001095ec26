"""Random starts: one generator each, the same for any order of the rows and any number of starts.

Random numbers are drawn start by start, and what follows from them is computed for several starts at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from ..core.errors import named
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .distances import Distances, draw_rows, known_types

__all__ = ["METHODS", "DistinctStarts", "draw", "draw_probabilities"]

Floats = NDArray[np.float64]
Generators = Sequence[np.random.Generator]
Method = Callable[[Mixture, Profiles, Generators], Params]

TOGETHER = 100_000
"""Rows x types x starts that are drawn at once; more have no gain, and take memory."""
DRAWS = 10
"""Draws of a start, at most, that may begin where one before it does; after them, its posteriors are random."""


def draw(method: str, mixture: Mixture, profiles: Profiles, seed: int, numbers: range) -> Params:
    """Return the parameters of the starts with the given numbers.

    Start number i of a seed is the same whatever other starts are drawn with it. Raises InputError for an unknown
    method.
    """
    make = named(METHODS, method, "method", "start method", "methods")
    return _drawn(make, mixture, profiles, [_generator(seed, i) for i in numbers])


def _generator(seed: int, number: int) -> np.random.Generator:
    """Return the random numbers of one start."""
    return np.random.default_rng([seed, number])


def _drawn(make: Method, mixture: Mixture, profiles: Profiles, rngs: Generators) -> Params:
    """Return one start for each generator, several computed at once where they have the same bits as alone."""
    each = max(1, TOGETHER // (len(profiles) * mixture.types)) if mixture.simplices and mixture.types > 1 else 1
    return Params.stack([make(mixture, profiles, rngs[a : a + each]) for a in range(0, len(rngs), each)])


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
            if len(self.drawn) < numbers.stop:
                self._draw(range(len(self.drawn), numbers.stop))
        return Params.stack(self.drawn[numbers.start : numbers.stop])

    def _draw(self, numbers: range) -> None:
        """Draw the starts with these numbers, which are the next.

        Each is the first of its draws whose values no start before it has. Which one that is is known when those before
        it are, and draws that turn out not to be needed change nothing.
        """
        make = named(METHODS, self.method, "method", "start method", "methods")
        rngs = [_generator(self.seed, number) for number in numbers]
        draws = [list[tuple[bytes, Params]]() for _ in numbers]
        short, chosen = list(range(len(numbers))), list[tuple[bytes, Params]]()
        while short:
            for method, own in (
                (make, [i for i in short if len(draws[i]) < DRAWS]),
                (_posteriors, [i for i in short if len(draws[i]) == DRAWS]),
            ):
                if own:
                    params = _drawn(method, self.mixture, self.profiles, [rngs[i] for i in own])
                    for s, (i, values) in enumerate(zip(own, self._values(params), strict=True)):
                        draws[i].append((values, params.take(slice(s, s + 1))))
            short, chosen = self._chosen(draws)
        self.known.update(values for values, _ in chosen)
        self.drawn.extend(params for _, params in chosen)

    def _chosen(self, draws: Sequence[Sequence[tuple[bytes, Params]]]) -> tuple[list[int], list[tuple[bytes, Params]]]:
        """Return the positions of the starts that have to be drawn again, and the draws that the others begin with."""
        known, short, chosen = set(self.known), list[int](), list[tuple[bytes, Params]]()
        for i, of_start in enumerate(draws):
            last = of_start[DRAWS:]  # is taken in any case
            draw = next((draw for draw in of_start if draw[0] not in known), *last[:1] or (None,))
            if draw is None:
                short.append(i)
            else:
                known.add(draw[0])
                chosen.append(draw)
        return short, chosen

    def _values(self, params: Params) -> list[bytes]:
        """Return the values of each start up to rounding, and up to the order of the types where they have no names."""
        with np.errstate(over="ignore"):
            rounded = params.rows().astype(np.float32)
        types = np.ascontiguousarray(rounded.transpose(1, 2, 0))
        columns = [[column.tobytes() for column in start] for start in types]
        return [b"".join(start if self.mixture.names_types else sorted(start)) for start in columns]


def _posteriors(mixture: Mixture, profiles: Profiles, rngs: Generators) -> Params:
    """Random posteriors: zeta of every profile uniform on the simplex."""
    draws = np.array([rng.standard_exponential((len(profiles), mixture.types)) for rng in rngs])
    return _from_posteriors(mixture, profiles, draws / draws.sum(axis=2, keepdims=True))


def _from_posteriors(mixture: Mixture, profiles: Profiles, zeta: Floats) -> Params:
    """Return the starts of the M-steps from posteriors (S, U, K)."""
    return mixture.from_posteriors(profiles, zeta.transpose(1, 0, 2).reshape(len(profiles), -1))


def draw_probabilities(mixture: Mixture, profiles: Profiles, rngs: Generators) -> Params:
    """Random probabilities, uniform on the simplex of every item, and equal shares; means at random rows."""
    starts = []
    for rng in rngs:
        centres = draw_rows(profiles, profiles.weights, rng, mixture.types) if profiles.values is not None else None
        starts.append(mixture.random(profiles, rng, centres))
    return Params.stack(starts)


def _hard(mixture: Mixture, profiles: Profiles, rngs: Generators) -> Params:
    """The start of the source (000 "EM Implementation"): every voter to one type at random, parameters by sample means.

    Begins near the one-type saddle and is slow; kept to compare with.
    """
    voters = np.maximum(np.rint(profiles.counts), 1).astype(np.int64)
    drawn = np.array([rng.multinomial(voters, np.full(mixture.types, 1.0 / mixture.types)) for rng in rngs])
    return _from_posteriors(mixture, profiles, drawn / voters[:, None])


def _modes(mixture: Mixture, profiles: Profiles, rngs: Generators) -> Params:
    """K profiles far from one another, and posteriors that fall with the distance from them (k-modes++)."""
    distances, known = Distances.of(mixture, profiles), known_types(mixture, profiles)
    draws = np.array([rng.random((mixture.types, distances.trials)) for rng in rngs])
    return _from_posteriors(mixture, profiles, distances.memberships(profiles, profiles.weights, draws, known))


def _mixed(mixture: Mixture, profiles: Profiles, rngs: Generators) -> Params:
    """Modes or random probabilities, each with probability 1/2: the first find clear types, the second rare ones."""
    modes = np.array([rng.random() < 0.5 for rng in rngs])
    made = [
        method(mixture, profiles, [rngs[i] for i in np.flatnonzero(which).tolist()])
        for method, which in ((_modes, modes), (draw_probabilities, ~modes))
        if which.any()
    ]
    return Params.stack(made).take(np.argsort(np.argsort(~modes, kind="stable")))


METHODS: dict[str, Method] = {
    "mixed": _mixed,
    "modes": _modes,
    "posteriors": _posteriors,
    "probabilities": draw_probabilities,
    "hard": _hard,
}
"""Start methods by the name that `blocs.fit(method=)` knows."""
