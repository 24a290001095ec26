"""Split-and-merge moves: the way out of a poor local optimum. One type is dissolved, another is split in two.

EM converges to the optimum of the basin it began in, often with two types where the data have one and one where they
have two. Split-and-merge moves (Ueda, Nakano, Ghahramani and Hinton 2000) repair that. As a start is just more types,
every pair (dissolved, split) is tried side by side: a few iterations show which are worth more, and the best are run
until they converge. An optimum that no move improves is where a start ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..families import Family
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .batches import BatchRunner, StartResult, best_first, continued
from .distances import Distances
from .loop import StoppingRule, same_optimum

__all__ = ["SplitMerge", "candidates"]

Floats = NDArray[np.float64]

TRIALS = ((8, 16), (12, 4), (12, 2))
"""(iterations, candidates that go on) of each trial, the last ones until they converge; a trial that would keep all
candidates is left out."""
OPTIMA = 12
"""Optima that moves are tried from at a time, the best first: where starts end in more, the likelihood is flat."""
POSTERIORS = 100_000
"""Posteriors of candidates that are held at a time."""
APART = 1e-2
"""Log-likelihood units between candidates that are not on the way to one optimum."""
OLD_PART = 1e-3
"""Part of the old parameters in those of a candidate, so that no row that was possible becomes impossible."""


@dataclass(frozen=True)
class SplitMerge:
    """Moves from the optima of one data set; from each optimum once, whichever starts reached it.

    Parameters
    ----------
    runner : BatchRunner
        Runs the candidates.
    profiles : Profiles
        The data that the runner holds.
    rule : StoppingRule
        When a candidate stops.
    seed : int
        Of the centres that split types are given.
    """

    runner: BatchRunner
    profiles: Profiles
    rule: StoppingRule
    seed: int
    _tried: list[tuple[float, StartResult | None]] = field(default_factory=list)  # value of an optimum, better one

    def improve(self, results: Sequence[StartResult]) -> list[StartResult]:
        """Return where starts end that converged at `results`, best first, after all moves that improve them."""
        new = self._untried(results)[:OPTIMA]
        while new and not self.runner.interrupt.is_set():
            better = self._better(new)
            self._tried.extend((result.value, to) for result, to in zip(new, better, strict=True))
            new = self._untried([result for result in better if result is not None])
        return [self._followed(result) for result in results]

    def _untried(self, results: Sequence[StartResult]) -> list[StartResult]:
        """Return one result for each optimum that moves have not been tried from."""
        new: list[StartResult] = []
        for result in results:
            if self._lookup(result.value) is None and not any(_same(result.value, other.value) for other in new):
                new.append(result)
        return new

    def _lookup(self, value: float) -> tuple[float, StartResult | None] | None:
        return next((tried for tried in self._tried if _same(tried[0], value)), None)

    def _followed(self, result: StartResult) -> StartResult:
        """Follow the moves from one optimum to the last."""
        tried, arrived = self._lookup(result.value), result.loglik
        while tried is not None and tried[1] is not None:
            higher = tuple(value for value in tried[1].trace if value > result.value)  # a candidate begins lower
            result = replace(continued(result, replace(tried[1], trace=higher)), arrived=arrived)
            tried = self._lookup(result.value)
        return result

    def _better(self, optima: Sequence[StartResult]) -> list[StartResult | None]:
        """Return the better optimum that the best move from each leads to, None where there is none."""
        made = Params.stack([self._candidates(optimum) for optimum in optima])
        each = made.starts // len(optima)
        tried = [StartResult(i, made.take(slice(i, i + 1)), 0, 0, 0, "step_limit", ()) for i in range(made.starts)]
        for iterations, few in (trial for trial in TRIALS if each > trial[1]):
            tried = self.runner.resume(tried, replace(self.rule, steps=min(iterations, self.rule.steps)))
            of_optimum = [[c for c in tried if c.number // each == i] for i in range(len(optima))]
            tried = [c for i, old in enumerate(optima) for c in _promising(of_optimum[i], few, old.value)]
        target = np.array([optima[c.number // each].value for c in tried])
        ended = [c for c in self.runner.resume(tried, self.rule, target) if c.status == "converged"]
        return [self._best(old, [c for c in ended if c.number // each == i]) for i, old in enumerate(optima)]

    def _candidates(self, optimum: StartResult) -> Params:
        mixture = self.runner.mixture
        rng = np.random.default_rng([self.seed, mixture.types])  # the same whatever other optima there are
        return candidates(mixture, self.profiles, optimum.params, rng)

    def _best(self, old: StartResult, ended: Sequence[StartResult]) -> StartResult | None:
        """Return the best candidate that is better than the old optimum, None where there is none."""
        better = [new for new in ended if not same_optimum(old.value, new.value) and not self._singular(new, old)]
        return max(better, key=lambda new: (new.value, -new.number), default=None)

    def _singular(self, new: StartResult, old: StartResult) -> bool:
        """Whether a covariance fell to its floor: a spike on a few rows, not a better description of them."""
        families = self.runner.mixture.families
        after, before = (
            [_at_floor(family, theta) for family, theta in zip(families, r.params.columns()[1:], strict=True)]
            for r in (new, old)
        )
        return any(a and not b for a, b in zip(after, before, strict=True))


def _at_floor(family: Family, theta: Floats) -> bool:
    return any(edge.kind == "singular" for edge in family.edges(theta))


def _same(a: float, b: float) -> bool:
    return same_optimum(a, b) and same_optimum(b, a)


def _promising(results: Sequence[StartResult], few: int, old: float) -> list[StartResult]:
    """Return the best, leaving out those on the way to one optimum, or back to the old one (its value)."""
    best: list[StartResult] = []
    for result in best_first(results):
        back = old - APART < result.value and same_optimum(old, result.value)
        if len(best) < few and not back and (not best or best[-1].value - result.value > APART):
            best.append(result)
    return best


def candidates(mixture: Mixture, profiles: Profiles, params: Params, rng: np.random.Generator) -> Params:
    """Return K (K - 1) starts: every way to dissolve one type of one start's `params` and split another.

    The dissolved type's rows go to the others by their posteriors; the split type's to two centres far apart in it.
    """
    zeta, distances = mixture.posterior(params, profiles)[1], Distances.of(mixture, profiles)
    types = range(mixture.types)
    half = np.empty(zeta.T.shape)  # the first of the two, of every type
    for k in types:
        half[k] = distances.memberships(profiles, profiles.weights * zeta[:, k], rng, 2)[:, 0]
    made, each = [], max(1, POSTERIORS // zeta.size)
    for dissolved in types:
        rest = _without(zeta, dissolved)
        others = [k for k in types if k != dissolved]
        for split in (others[a : a + each] for a in range(0, len(others), each)):
            posteriors = np.repeat(rest[:, None, :], len(split), axis=1)
            for s, k in enumerate(split):
                posteriors[:, s, k] = rest[:, k] * half[k]
                posteriors[:, s, dissolved] = rest[:, k] * (1 - half[k])
            made.append(mixture.from_posteriors(profiles, posteriors.reshape(len(zeta), -1)))
    return mixture.toward(Params.stack(made), params, OLD_PART)


def _without(zeta: Floats, dissolved: int) -> Floats:
    """Return (U, K) posteriors without one type: its part goes to the others as theirs do."""
    rest = zeta.copy()
    rest[:, dissolved] = 0.0
    total = rest.sum(axis=1)
    none = total <= 1e-12
    rest[none], total[none] = 1.0, zeta.shape[1] - 1
    return np.asarray(rest / total[:, None])
