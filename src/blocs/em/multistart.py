"""Random starts: short runs, the best finished, duplicate solutions recognised, more starts when they are needed.

Everything here depends on the data, the seed and the settings alone, never on threads or time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from threading import Event

import numpy as np

from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .batches import BatchRunner, StartResult, best_first
from .duplicates import mark_duplicates, with_values_of_originals
from .loop import Progress, StoppingRule
from .local_search import LocalSearch, Optimum
from .optima import same_value
from .subsample import SUBSAMPLE_RULE, Subsample

__all__ = ["Multistart", "finish_by_size"]

SHORT = 50
"""Iterations of a short run."""
LARGE = 5_000_000
"""Rows x types x starts from which not every start is finished."""


@dataclass(frozen=True)
class Multistart:
    """All starts of one fit.

    Parameters
    ----------
    mixture : Mixture
        The model.
    profiles : Profiles
        All rows.
    subsample : Profiles
        The rows on which starts begin and moves are tried; `profiles` itself where there are not very many.
    rule : StoppingRule
        When a start stops.
    accelerate : str
        A name in `quasi_newton.STEPPERS`.
    jobs : int
        Number of threads.
    draw : callable
        From start numbers to their parameters.
    starts : int
        How many starts at first.
    finish : int
        How many of them are run until they converge.
    most : int
        How many starts at most, while the best optimum was reached once.
    moves_seed : int, optional
        Seed of the split-and-merge moves, None for none.
    watch : callable, optional
        Called with a `Progress` after every iteration.
    interrupt : threading.Event
        Set to stop.
    """

    mixture: Mixture
    profiles: Profiles
    subsample: Profiles
    rule: StoppingRule
    accelerate: str
    jobs: int
    draw: Callable[[range], Params]
    starts: int
    finish: int
    most: int
    moves_seed: int | None
    watch: Callable[[Progress], None] | None
    interrupt: Event

    def run(self) -> list[StartResult]:
        """Return where every start ended, in the order of their numbers."""
        moves: LocalSearch | None = None
        known: list[Optimum] = []
        run_starts: Callable[[range, int], list[StartResult]]
        if self.subsample is self.profiles:
            runner = self._runner(self.profiles)
            run_starts, moves = partial(self._run_starts, runner), self._moves(runner, self.rule)
        else:
            run_starts = self._on_subsample().run
        results: list[StartResult] = []
        while True:
            more = range(len(results), min(self.most, len(results) + max(self.starts, len(results))))
            finish = max(1, -(-len(more) * self.finish // self.starts))
            moved, known = self._moved(results + run_starts(more, finish), moves, known)
            results = with_values_of_originals(moved)
            if self.interrupt.is_set() or len(results) >= self.most or not _best_once(results):
                return results
            further = min(self.most, 2 * len(results)) - len(results)
            self._notify(f"the best optimum was reached once in {len(results)} starts: {further} more")

    def _runner(self, profiles: Profiles) -> BatchRunner:
        return BatchRunner.of(
            self.mixture, profiles, self.starts, self.accelerate, self.jobs, self.watch, self.interrupt
        )

    def _moves(
        self, runner: BatchRunner, rule: StoppingRule, stage: str = "split-and-merge moves"
    ) -> LocalSearch | None:
        """Return the split-and-merge moves on the subsample."""
        if self.moves_seed is None or self.mixture.types == 1:
            return None
        return LocalSearch(self._staged(runner, stage), self.subsample, rule, self.moves_seed)

    def _on_subsample(self) -> Subsample:
        """Return what runs starts and moves on the subsample first."""
        stage, runner = "starts on a subsample of rows", self._runner(self.subsample)
        rule = replace(SUBSAMPLE_RULE, steps=min(SUBSAMPLE_RULE.steps, self.rule.steps))
        moves, all_rows = self._moves(runner, rule, stage), cache(partial(self._runner, self.profiles))
        staged = self._staged(runner, stage)
        return Subsample(self.mixture, self.profiles, staged, all_rows, moves, self.draw, rule, self.rule)

    def _staged(self, runner: BatchRunner, stage: str) -> BatchRunner:
        """Return the runner with its progress marked as part of a stage."""
        watch = self.watch
        return replace(
            runner, watch=watch and (lambda progress: watch(replace(progress, numbers=(), stage=stage)))
        )

    def _run_starts(self, runner: BatchRunner, numbers: range, finish: int) -> list[StartResult]:
        """Run the starts of these numbers, the best `finish` of them until they converge."""
        rule = self.rule if finish >= len(numbers) else replace(self.rule, steps=min(SHORT, self.rule.steps))
        results = runner.run(numbers, self.draw(numbers), rule)
        if rule is self.rule or self.interrupt.is_set():
            return results
        results = mark_duplicates(results, named=self.mixture.names_types)
        ranked = best_first([r for r in results if r.status == "step_limit"])
        by_number = {r.number: replace(r, status="stopped_short") for r in ranked[finish:]}
        left = replace(self.rule, steps=max(0, self.rule.steps - SHORT))
        by_number |= {r.number: r for r in runner.resume(ranked[:finish], left)}
        return [by_number.get(r.number, r) for r in results]

    def _moved(
        self, results: list[StartResult], moves: LocalSearch | None, known: list[Optimum]
    ) -> tuple[list[StartResult], list[Optimum]]:
        """Try moves from converged starts: from all, or from the best where not every start is finished."""
        if moves is None:
            return results, known
        converged = best_first([r for r in results if r.status == "converged"])
        best = [r for r in converged if self.finish >= self.starts or same_value(r.value, converged[0].value)]
        ends, known = moves.improve(best, known)
        improved = {r.number: to for r, to in zip(best, ends, strict=True)}
        if self.interrupt.is_set():
            improved = {number: replace(r, status="interrupted") for number, r in improved.items()}
        return [improved.get(r.number, r) for r in results], known

    def _notify(self, note: str) -> None:
        if self.watch is not None:
            self.watch(Progress(0, 0, -np.inf, np.zeros(0), note=note))


def finish_by_size(profiles: int, types: int, starts: int) -> int:
    """How many starts are finished when the caller does not say: all, or half (at least 5) where data are large."""
    return starts if profiles * types * starts <= LARGE else min(starts, max(5, -(-starts // 2)))


def _best_once(results: Sequence[StartResult]) -> bool:
    """Whether just one start reached the best optimum although there are others."""
    best = max(r.value for r in results)
    return len(results) > 1 and sum(same_value(r.value, best) for r in results) == 1
