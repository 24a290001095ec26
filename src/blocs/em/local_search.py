"""Local search: moves out of poor optima, in rounds of independent random numbers, until none leads higher.

EM converges to the optimum of the basin it began in, often with two types where the data have one and one where they
have two. As a start is just more types, all candidates that moves make of an optimum are run side by side: a few
iterations show which are worth more, and the best are run until they converge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..families import Family
from ..model.mixture import Params
from ..profiles import Profiles
from .batches import BatchRunner, StartResult, best_first, continued
from .insertion import insertions, replacements
from .loop import StoppingRule
from .optima import same_value
from .split_merge import splits

__all__ = ["LocalSearch", "Optimum"]

Floats = NDArray[np.float64]

ROUNDS = ((splits, insertions), (splits, insertions, replacements, splits, insertions))
"""What the rounds make candidates with."""
TRIALS = ((10, 12), (15, 4))
"""(iterations of EM, candidates that go on) of each trial of what one move made."""
LAST = (12, 2)
"""Accelerated iterations after that, and how many of an optimum's candidates, for each move, are run until they converge."""
OPTIMA = 12
"""Optima that moves are tried from at first, the best of the starts: where starts end in more, the likelihood is flat."""
FOLLOWED = 3
"""Optima, the best, from which more rounds are tried."""
APART = 1e-2
"""Log-likelihood units between candidates that are not on the way to one optimum."""


class Optimum(NamedTuple):
    """An optimum, and the moves that were tried from it.

    Parameters
    ----------
    result : StartResult
        Where the first start reached it.
    key : tuple of int
        That start's number, and the rounds that led on from there: what its random numbers are drawn by.
    rounds : int
        Rounds of moves that were tried.
    better : StartResult, optional
        Where the best move led, None if none led higher.
    """

    result: StartResult
    key: tuple[int, ...]
    rounds: int = 0
    better: StartResult | None = None


@dataclass(frozen=True)
class LocalSearch:
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
        Of the random numbers of the moves.
    """

    runner: BatchRunner
    profiles: Profiles
    rule: StoppingRule
    seed: int

    def improve(
        self, results: Sequence[StartResult], known: Sequence[Optimum] = ()
    ) -> tuple[list[StartResult], list[Optimum]]:
        """Return where starts end that converged at `results`, best first, after all moves; and the optima."""
        known = list(known)
        new: list[Optimum] = []
        for result in results:
            if len(new) < OPTIMA and _find([*known, *new], result.value) is None:
                new.append(Optimum(result, (result.number,)))
        known += new
        while not self.runner.interrupt.is_set():
            chosen = _next(known)
            if not chosen:
                break
            tried = [replace_better(known[i], to) for i, to in zip(chosen, self._better([known[i] for i in chosen]), strict=True)]
            for i, optimum in zip(chosen, tried, strict=True):
                known[i] = optimum
            for optimum in tried:
                if optimum.better is not None and _find(known, optimum.better.value) is None:
                    known.append(Optimum(optimum.better, (*optimum.key, optimum.rounds)))
        return [_followed(result, known) for result in results], known

    def _better(self, optima: Sequence[Optimum]) -> list[StartResult | None]:
        """Return the better optimum that the best move from each leads to, None where there is none."""
        made = [self._candidates(optimum) for optimum in optima]
        moves = [len(each) for each in made]
        of = np.concatenate([np.full(params.starts, i) for i, each in enumerate(made) for params in each])
        by = np.concatenate([np.full(params.starts, j) for j, params in enumerate(p for each in made for p in each)])
        stacked = Params.stack([params for each in made for params in each])
        tried = [StartResult(i, stacked.take(slice(i, i + 1)), 0, 0, 0, "step_limit", ()) for i in range(len(of))]
        plain = replace(self.runner, accelerate="none")
        for iterations, few in TRIALS:
            tried = plain.resume(tried, replace(self.rule, steps=min(iterations, self.rule.steps)))
            groups = [[c for c in tried if by[c.number] == j] for j in range(by.max() + 1)]
            tried = [c for g in groups if g for c in _promising(g, few, optima[of[g[0].number]].result.value)]
        tried = self.runner.resume(tried, replace(self.rule, steps=min(LAST[0], self.rule.steps)))
        tried = [
            c for i, old in enumerate(optima)
            for c in _promising([c for c in tried if of[c.number] == i], LAST[1] * moves[i], old.result.value)
        ]
        target = np.array([optima[of[c.number]].result.value for c in tried])
        ended = [c for c in self.runner.resume(tried, self.rule, target) if c.status == "converged"]
        return [
            self._best(old.result, [c for c in ended if of[c.number] == i]) for i, old in enumerate(optima)
        ]

    def _candidates(self, optimum: Optimum) -> list[Params]:
        mixture, params = self.runner.mixture, optimum.result.params
        rng = np.random.default_rng([self.seed, mixture.types, *optimum.key, optimum.rounds + 1])
        return [move(mixture, self.profiles, params, rng) for move in ROUNDS[optimum.rounds]]

    def _best(self, old: StartResult, ended: Sequence[StartResult]) -> StartResult | None:
        """Return the best candidate that is better than the old optimum, None where there is none."""
        better = [
            new for new in ended
            if new.value > old.value and not same_value(new.value, old.value) and not self._singular(new, old)
        ]  # fmt: skip
        return max(better, key=lambda new: (new.value, -new.number), default=None)

    def _singular(self, new: StartResult, old: StartResult) -> bool:
        """Whether a covariance fell to its floor: a spike on a few rows, not a better description of them."""
        families = self.runner.mixture.families
        after, before = (
            [_at_floor(family, theta) for family, theta in zip(families, r.params.columns()[1:], strict=True)]
            for r in (new, old)
        )
        return any(a and not b for a, b in zip(after, before, strict=True))


def replace_better(optimum: Optimum, better: StartResult | None) -> Optimum:
    return optimum._replace(rounds=optimum.rounds + 1, better=better)


def _next(known: Sequence[Optimum]) -> list[int]:
    """Return the positions of the optima from which moves are tried next, none when the search is over."""
    unmoved = [i for i, optimum in enumerate(known) if optimum.better is None]
    new = [i for i in unmoved if known[i].rounds == 0]
    best = sorted(unmoved, key=lambda i: (-known[i].result.value, i))[:FOLLOWED]
    return new or [i for i in best if known[i].rounds < len(ROUNDS)]


def _find(known: Sequence[Optimum], value: float) -> Optimum | None:
    return next((optimum for optimum in known if same_value(optimum.result.value, value)), None)


def _followed(result: StartResult, known: Sequence[Optimum]) -> StartResult:
    """Follow the moves from one optimum to the last."""
    optimum, arrived = _find(known, result.value), result.loglik
    while optimum is not None and optimum.better is not None:
        better = optimum.better
        higher = tuple(value for value in better.trace if value > result.value)  # a candidate begins lower
        result = replace(continued(result, replace(better, trace=higher)), arrived=arrived)
        optimum = _find(known, result.value)
    return result


def _at_floor(family: Family, theta: Floats) -> bool:
    return any(edge.kind == "floor" for edge in family.edges(theta))


def _promising(results: Sequence[StartResult], few: int, old: float) -> list[StartResult]:
    """Return the best, leaving out those on the way to one optimum, or back to the old one (its value)."""
    best: list[StartResult] = []
    for result in best_first(results):
        back = old - APART < result.value <= old + 1e-3
        if len(best) < few and not back and (not best or best[-1].value - result.value > APART):
            best.append(result)
    return best
