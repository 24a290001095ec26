"""Local search: moves out of poor optima, with random numbers of their own, until none leads higher.

EM converges to the optimum of the basin it began in, often with two types where the data have one and one where they
have two. As a start is just more types, all candidates that the moves make of an optimum are run side by side: a few
iterations of EM show which are worth more, and the best are run until they converge. From every optimum each move is
tried once; from the few best, where data are not large, once more with other random numbers and more moves, also where
the first ones led higher: the way to the best optimum may begin where another way did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .batches import BatchRunner, StartResult, best_first, continued
from .growth import Growth
from .insertion import CENTRES, insertions, replacements
from .loop import StoppingRule
from .optima import same_value
from .promise import run_while_promising
from .resamplings import SAMPLES, resamplings
from .split_merge import splits

__all__ = ["LocalSearch", "Optimum"]

Bools = NDArray[np.bool_]
Move = Callable[[Mixture, Profiles, Params, np.random.Generator], Params]

ROUNDS: Sequence[Sequence[Move]] = ((splits, insertions), (splits, insertions, replacements, resamplings))
"""The moves of the rounds from one optimum, each with random numbers of its own; later rounds are as the last."""
ROUNDS_OF_LARGE: Sequence[Sequence[Move]] = ((splits,),)
"""The same where data are large."""
LARGE = 5_000_000
"""Profiles x types x candidates of the last round from which data are large."""
CANDIDATES: dict[Move, Callable[[int], int]] = {
    splits: lambda types: types * (types - 1),
    insertions: lambda types: types * CENTRES,
    replacements: lambda types: types * CENTRES,
    resamplings: lambda types: 2 * SAMPLES,
}
"""How many candidates each move makes of an optimum, by the number of types."""
TRIALS = ((10, 12), (15, 4))
"""(iterations of EM, candidates that go on) of each trial of the candidates of one move."""
LAST_TRIAL = (12, 2)
"""Accelerated iterations after that, and how many candidates for each move are then run until they converge."""
BEGUN = 100
"""Accelerated iterations of starts made of a solution with one type less, before the best is run on and others left."""
GROWN = (0, 0)
"""The key of the optimum that these come to; no start and no move has it."""
OPTIMA = 12
"""Optima that moves are tried from at first, the best: where starts end in more, the likelihood is flat."""
FOLLOWED = 6
"""Optima, the best, from which the second round is tried, whether moves led on from there or not."""
NEAR = 5.0
"""Log-likelihood units below the best optimum of those optima at most."""
AGAIN = 2
"""How often the second round is tried from each where they are half of `FOLLOWED`, or fewer."""
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
    growth : Growth, optional
        A solution with one type less, of which `grown` makes an optimum.
    """

    runner: BatchRunner
    profiles: Profiles
    rule: StoppingRule
    seed: int
    growth: Growth | None = None

    def improve(
        self, results: Sequence[StartResult], known: Sequence[Optimum] = ()
    ) -> tuple[list[StartResult], tuple[Optimum, ...]]:
        """Return where starts end that converged at `results`, best first, after all moves; and the optima.

        known: what it returned about the optima before.
        """
        optima = [*known, *_new(results, known)]
        _lead_to_grown(optima)
        while (chosen := self._next(optima)) and not self.runner.interrupt.is_set():
            better = self._better([optima[i] for i in chosen])
            for i, to in zip(chosen, better, strict=True):
                better_yet = max(filter(None, (optima[i].better, to)), key=_value, default=None)
                optima[i] = optima[i]._replace(rounds=optima[i].rounds + 1, better=better_yet)
                if to is not None and _find(optima, to.value) is None:
                    optima.append(Optimum(to, (*optima[i].key, optima[i].rounds)))
        return [_followed(result, optima) for result in results], tuple(optima)

    @cached_property
    def grown(self) -> tuple[Optimum, ...]:
        """The best optimum that starts made of a solution with one type less come to, none without one."""
        if self.growth is None:
            return ()
        mixture = self.runner.mixture
        rng = np.random.default_rng([self.seed, mixture.types, *GROWN, 0, 1])  # not that of a start or of a move
        made = self.growth.starts(mixture, self.profiles, rng)
        begun = [StartResult(s, made.take(slice(s, s + 1)), 0, 0, 0, "step_limit", ()) for s in range(made.starts)]
        first, *others = best_first(self._run(begun, BEGUN, self.runner.accelerate))
        first = self.runner.resume([first], self.rule)[0]
        others = run_while_promising(self.runner, others, self.rule, np.full(len(others), first.value))
        ended = best_first([end for end in (first, *others) if end.status == "converged"])
        return (Optimum(ended[0], GROWN),) if ended else ()

    @property
    def rounds(self) -> Sequence[Sequence[Move]]:
        """The moves of the rounds, by the size of the data."""
        types = self.runner.mixture.types
        candidates = sum(CANDIDATES[move](types) for move in ROUNDS[-1])
        return ROUNDS if len(self.profiles) * types * candidates <= LARGE else ROUNDS_OF_LARGE

    def _next(self, optima: Sequence[Optimum]) -> list[int]:
        """Return the positions of the optima that moves are tried from next, none when the search is over."""
        rank = sorted((optimum.result.singular, -optimum.result.value, i) for i, optimum in enumerate(optima))
        near = [i for _, value, i in rank if value <= rank[0][1] + NEAR]
        new = [i for i, optimum in enumerate(optima) if optimum.rounds == 0 and (i in near or len(optimum.key) == 1)]
        best = near[:FOLLOWED]
        again = AGAIN if len(best) * AGAIN <= FOLLOWED else 1
        return new or [i for i in best if optima[i].rounds < 1 + again * (len(self.rounds) - 1)]

    def _better(self, optima: Sequence[Optimum]) -> list[StartResult | None]:
        """Return the better optimum that the best move from each leads to, None where there is none."""
        made = [(i, params) for i, optimum in enumerate(optima) for params in self._candidates(optimum)]
        old = [optimum.result for optimum in optima]
        of = np.repeat([i for i, _ in made], [params.starts for _, params in made])  # optimum of each candidate
        by = np.repeat(np.arange(len(made)), [params.starts for _, params in made])  # and the move that made it
        stacked = Params.stack([params for _, params in made])
        tried = [StartResult(c, stacked.take(slice(c, c + 1)), 0, 0, 0, "step_limit", ()) for c in range(len(of))]
        for iterations, few in TRIALS:
            tried = self._run(tried, iterations, "none")
            tried = [c for m, (i, _) in enumerate(made) for c in _promising(tried, by == m, few, old[i].value)]
        iterations, few = LAST_TRIAL
        tried = self._run(tried, iterations, self.runner.accelerate)
        few *= len(made) // len(optima)
        tried = [c for i, result in enumerate(old) for c in _promising(tried, of == i, few, result.value)]
        lowest = max((r.value for r in old if not r.singular), default=-np.inf) - NEAR
        targets = np.array([max(lowest, old[of[c.number]].value) for c in tried])
        ended = run_while_promising(self.runner, tried, self.rule, targets)
        ended = [c for c in ended if c.status == "converged"]
        return [self._best(result, [c for c in ended if of[c.number] == i]) for i, result in enumerate(old)]

    def _candidates(self, optimum: Optimum) -> list[Params]:
        """Return the candidates that each move of the next round from an optimum makes."""
        mixture, params = self.runner.mixture, optimum.result.params
        rng = np.random.default_rng([self.seed, mixture.types, *optimum.key, optimum.rounds + 1])
        moves = self.rounds[min(optimum.rounds, len(self.rounds) - 1)]
        return [move(mixture, self.profiles, params, rng) for move in moves]

    def _run(self, candidates: Sequence[StartResult], iterations: int, accelerate: str) -> list[StartResult]:
        rule = replace(self.rule, steps=min(iterations, self.rule.steps))
        return replace(self.runner, accelerate=accelerate).resume(candidates, rule)

    def _best(self, old: StartResult, ended: Sequence[StartResult]) -> StartResult | None:
        """Return the best candidate that is better than the old optimum, None where there is none."""
        regular = [new for new in ended if old.singular or not new.singular]  # a spike is no better description
        better = [new for new in regular if _higher(new.value, old.value)]
        return max(better, key=lambda new: (new.value, -new.number), default=None)


def _new(results: Sequence[StartResult], known: Sequence[Optimum]) -> list[Optimum]:
    """Return what is not known yet of the best optima that results are at, moves from the known ones included."""
    best: list[float] = []
    for value in sorted([o.result.value for o in known] + [r.value for r in results], reverse=True):
        if len(best) < OPTIMA and not any(same_value(other, value) for other in best):
            best.append(value)
    first = [min((r for r in results if same_value(r.value, value)), key=_number, default=None) for value in best]
    return [Optimum(r, (r.number,)) for r in first if r is not None and _find(known, r.value) is None]


def _lead_to_grown(optima: list[Optimum]) -> None:
    """Let the best optimum of the starts lead to the one that was grown, where that is better."""
    grown = next((optimum.result for optimum in optima if optimum.key == GROWN), None)
    own = [i for i, optimum in enumerate(optima) if len(optimum.key) == 1]
    if grown is None or not own:
        return
    at = min(own, key=lambda i: (optima[i].result.singular, -optima[i].result.value))
    old, better = optima[at].result, optima[at].better
    regular = old.singular or not grown.singular  # a spike is no better description
    if regular and _higher(grown.value, old.value) and (better is None or better.value < grown.value):
        optima[at] = optima[at]._replace(better=grown)


def _number(result: StartResult) -> int:
    return result.number


def _value(result: StartResult) -> float:
    return result.value


def _find(known: Sequence[Optimum], value: float) -> Optimum | None:
    """Return the optimum of that value: of two with one value, one is enough to try moves from."""
    return next((optimum for optimum in known if same_value(optimum.result.value, value)), None)


def _followed(result: StartResult, known: Sequence[Optimum]) -> StartResult:
    """Follow the moves from one optimum to the last."""
    optimum = _find(known, result.value)
    arrived = result.loglik if result.arrived is None else result.arrived
    while optimum is not None and optimum.better is not None:
        better = optimum.better
        higher = tuple(value for value in better.trace if value > result.value)  # a candidate begins lower
        result = continued(result, better._replace(trace=higher))._replace(arrived=arrived)
        optimum = _find(known, result.value)
    return result


def _promising(results: Sequence[StartResult], which: Bools, few: int, old: float) -> list[StartResult]:
    """Return the best of some candidates, leaving out those on the way to one optimum, or back to the old one.

    which: (C,) bool, by the numbers of the candidates; old: value of the optimum that they leave.
    """
    best: list[StartResult] = []
    for result in best_first([result for result in results if which[result.number]]):
        back = old - APART < result.value and not _higher(result.value, old)
        if len(best) < few and not back and (not best or best[-1].value - result.value > APART):
            best.append(result)
    return best


def _higher(new: float, old: float) -> bool:
    return new > old and not same_value(new, old)
