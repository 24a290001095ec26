"""Exchange: the way out of a poor optimum. One type is dissolved among the others, another is split in two.

EM rises to the optimum of the basin it began in and stays there, often with two types where the data have one and one
where they have two. Split-and-merge moves (Ueda, Nakano, Ghahramani and Hinton 2000) repair that. As a start is just
more types, every pair (dissolved, split) is tried side by side: a few passes show which are worth more, and the best
are climbed to the end. An optimum from which no exchange leads up is where a start ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..families import Family
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .batches import Climber, End, best_first, continued
from .distances import Nearness
from .loop import Rule, same_optimum

__all__ = ["Exchange", "candidates"]

Floats = NDArray[np.float64]

TRIALS = ((8, 16), (12, 4), (12, 2))
"""Passes of a trial and how many candidates go on from it, the last ones to the end; without what would keep all."""
OPTIMA = 12
"""Optima that are left at a time, the best first: where starts end in more, the likelihood is flat, not rough."""
NUMBERS = 100_000
"""Posteriors of candidates that are held at a time."""
APART = 1e-2
"""Log-likelihood units between candidates that are not on the way to one optimum."""
KEPT = 1e-3
"""Part of the old parameters in those of a candidate, so that no row that was possible becomes impossible."""


@dataclass(frozen=True)
class Exchange:
    """Exchanges from the optima of one data set; each optimum is left once, whichever starts reached it."""

    climber: Climber
    profiles: Profiles
    rule: Rule
    seed: int
    _known: list[tuple[float, End | None]] = field(default_factory=list)

    def settle(self, ends: Sequence[End]) -> list[End]:
        """Return where starts end that arrived at `ends`, best first, and exchange types while that leads up."""
        new = self._unknown(ends)[:OPTIMA]
        while new and not self.climber.halt.is_set():
            better = self._better(new)
            self._known.extend((end.value, to) for end, to in zip(new, better, strict=True))
            new = self._unknown([end for end in better if end is not None])
        return [self._settled(end) for end in ends]

    def _unknown(self, ends: Sequence[End]) -> list[End]:
        """Return one end for each optimum that has not been left yet."""
        new: list[End] = []
        for end in ends:
            if self._at(end.value) is None and not any(_same(end.value, other.value) for other in new):
                new.append(end)
        return new

    def _at(self, value: float) -> tuple[float, End | None] | None:
        return next((known for known in self._known if _same(known[0], value)), None)

    def _settled(self, end: End) -> End:
        """Follow the exchanges from one end."""
        at, arrived = self._at(end.value), end.loglik
        while at is not None and at[1] is not None:
            higher = tuple(value for value in at[1].trace if value > end.value)  # a candidate begins lower
            end = replace(continued(end, replace(at[1], trace=higher)), arrived=arrived)
            at = self._at(end.value)
        return end

    def _better(self, ends: Sequence[End]) -> list[End | None]:
        """Return the better optimum that the best exchange from each end leads to, None where there is none."""
        made = Params.stack([self._candidates(end) for end in ends])
        each = made.starts // len(ends)
        going = [End(i, made.take(slice(i, i + 1)), 0, 0, 0, "step_limit", ()) for i in range(made.starts)]
        for passes, few in (trial for trial in TRIALS if each > trial[1]):
            going = self.climber.climb_on(going, replace(self.rule, steps=min(passes, self.rule.steps)))
            mine = [[e for e in going if e.number // each == i] for i in range(len(ends))]
            going = [e for i, end in enumerate(ends) for e in _promising(mine[i], few, end.value)]
        least = np.array([ends[e.number // each].value for e in going])
        done = [e for e in self.climber.climb_on(going, self.rule, least) if e.status == "converged"]
        return [self._best(end, [e for e in done if e.number // each == i]) for i, end in enumerate(ends)]

    def _candidates(self, end: End) -> Params:
        mixture = self.climber.mixture
        rng = np.random.default_rng([self.seed, mixture.types])  # the same whatever other ends there are
        return candidates(mixture, self.profiles, end.params, rng)

    def _best(self, end: End, done: Sequence[End]) -> End | None:
        """Return the best that is better than the end, None where there is none."""
        fair = [e for e in done if not same_optimum(end.value, e.value) and not self._singular(e, end)]
        return max(fair, key=lambda e: (e.value, -e.number), default=None)

    def _singular(self, new: End, old: End) -> bool:
        """Whether a covariance fell to its floor: a spike on a few rows, not a better description of them."""
        families = self.climber.mixture.families
        now, before = ([_at_floor(f, b[:, 0]) for f, b in zip(families, e.params.blocks, strict=True)]
                       for e in (new, old))  # fmt: skip
        return any(a and not b for a, b in zip(now, before, strict=True))


def _at_floor(family: Family, theta: Floats) -> bool:
    return any(edge.kind == "floor" for edge in family.edges(theta))


def _same(a: float, b: float) -> bool:
    return same_optimum(a, b) and same_optimum(b, a)


def _promising(ends: Sequence[End], few: int, old: float) -> list[End]:
    """Return the best, leaving out those on the way to one optimum, or back to the old one (its value)."""
    best: list[End] = []
    for end in best_first(ends):
        back = old - APART < end.value and same_optimum(old, end.value)
        if len(best) < few and not back and (not best or best[-1].value - end.value > APART):
            best.append(end)
    return best


def candidates(mixture: Mixture, profiles: Profiles, params: Params, rng: np.random.Generator) -> Params:
    """Return K (K - 1) starts: every way to dissolve one type of one start's `params` and split another.

    The dissolved type's rows go to the others by their posteriors; the split type's to two centres far apart in it.
    """
    zeta, near = mixture.posterior(params, profiles)[1], Nearness.of(mixture, profiles)
    types = range(mixture.types)
    half = np.empty(zeta.T.shape)  # the first of the two, of every type
    for k in types:
        half[k] = near.memberships(profiles, profiles.weights * zeta[:, k], rng, 2)[:, 0]
    made, each = [], max(1, NUMBERS // zeta.size)
    for gone in types:
        rest = zeta.copy()
        rest[:, gone] = 0.0
        left = rest.sum(axis=1)
        none = left <= 1e-12
        rest[none], left[none] = 1.0, mixture.types - 1
        rest /= left[:, None]
        others = [k for k in types if k != gone]
        for some in (others[a : a + each] for a in range(0, len(others), each)):
            tried = np.repeat(rest[:, None, :], len(some), axis=1)
            for s, k in enumerate(some):
                tried[:, s, k] = rest[:, k] * half[k]
                tried[:, s, gone] = rest[:, k] * (1 - half[k])
            made.append(mixture.from_posteriors(profiles, tried.reshape(len(zeta), -1)))
    return Params.stack(made).toward(params, KEPT)
