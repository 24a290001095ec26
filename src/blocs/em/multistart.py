"""Random starts: short runs, the best finished, duplicate solutions recognised, more starts when they are needed.

Everything here depends on the data, the seed and the settings alone, never on threads or time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Event

import numpy as np

from ..core.errors import counted
from ..engines import Engine
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .batches import BatchRunner, StartResult, best_first
from .distances import SUBSAMPLE_ROWS
from .duplicates import mark_duplicates, with_values_of_originals
from .finished import Finished
from .growth import Growth
from .local_search import NEAR, LocalSearch, Optimum
from .loop import Progress, StoppingRule
from .optima import at_best, same_value
from .promise import run_while_promising
from .subsample import SUBSAMPLE_RULE, Subsample

__all__ = ["Multistart", "finish_by_size"]

SHORT = 100
"""Iterations of a short run: where the likelihood is not flat, starts have converged by then."""
SMALL = 2_000_000
"""Rows x types x starts up to which every start is finished: an iteration takes about a millisecond."""
SMALL_SUBSAMPLED = 500_000
"""The same where starts begin on a subsample, after which an iteration is over all rows."""
LARGE = 5_000_000
"""Rows x types x starts from which moves are tried from the best optimum only."""
CHEAP = 100_000
"""Rows x types x starts up to which further starts are another search where few came to the best optimum."""
REPLICATED = 2
"""Starts that reach the best optimum by their own iterations before no more are drawn."""
LED = 4
"""Starts that come to the best optimum, by moves or without, before further ones are no other search."""


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
    most : int, optional
        How many starts at most, while fewer than `REPLICATED` reached the best optimum; by default by the size of the
        data.
    moves_seed : int, optional
        Seed of the moves, None for none.
    watch : callable, optional
        Called with a `Progress` after every iteration, or after up to 50 where data are small.
    interrupt : threading.Event
        Set to stop.
    engine : Engine, optional
        Where all rows are summed; by default on this machine.
    finished : Finished, optional
        Where batches of starts that ended are kept, and found again.
    growth : Growth, optional
        A solution with one type less, of which starts are made as well.
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
    most: int | None
    moves_seed: int | None
    watch: Callable[[Progress], None] | None
    interrupt: Event
    engine: Engine | None = None
    finished: Finished | None = None
    growth: Growth | None = None

    def run(self) -> list[StartResult]:
        """Return where every start ended, in the order of their numbers."""
        on_subsample = self._on_subsample() if self.subsampled else None
        moves = self._moves(self.all_rows, self.rule) if on_subsample is None else None
        before: list[StartResult] = []  # of other searches
        results: list[StartResult] = []
        known: tuple[Optimum, ...] = () if moves is None else moves.grown
        most = self.starts
        while True:
            done = len(before) + len(results)
            more = range(done, min(most, 2 * done) or most)
            finish = max(1, -(-len(more) * self.finish // self.starts))
            best = max((r.value for r in (*results, *(o.result for o in known)) if not r.singular), default=-np.inf)
            new = self._run_starts(more, finish, best) if on_subsample is None else on_subsample.run(more, finish)
            moved, known = self._moved(results + new, moves, known)
            results = with_values_of_originals(moved)
            every = before + results
            if self.interrupt.is_set() or len(every) == 1:
                return every
            same = at_best(self.mixture, self.subsample, every, self.profiles.n)
            hits = sum(r.number in same and (self.subsampled or r.arrived is None) for r in every)
            anew = self.cheap and len(same) < LED
            most = self._most(anew)
            if hits >= REPLICATED or len(every) >= most:
                return every
            further, reached = min(most, 2 * len(every)) - len(every), counted(len(every), "start")
            self._notify(f"the best optimum was reached by {hits} of {reached}: {further} more")
            if anew:  # another search, which looks at nothing that these starts came to
                before, results, known = every, [], ()

    def _most(self, anew: bool) -> int:
        """Return how many starts there may be; anew: whether further ones are another search.

        On small tables and subsamples more of them cost little.
        """
        if self.most is not None:
            return self.most
        return self.starts * (4 if self.subsampled else 8 if anew else 2)

    @property
    def subsampled(self) -> bool:
        """Whether starts begin on a subsample; there those that moves led to the best optimum count as well."""
        return self.subsample is not self.profiles

    @property
    def cheap(self) -> bool:
        """Whether another search costs little."""
        return len(self.profiles) * self.mixture.types * self.starts <= CHEAP

    @property
    def large(self) -> bool:
        """Whether moves are tried from the best optimum only."""
        return len(self.profiles) * self.mixture.types * self.starts > LARGE

    @cached_property
    def all_rows(self) -> BatchRunner:
        """What runs starts on all rows; it takes memory and is made when it is needed."""
        return self._runner(self.profiles, self.engine)

    def _runner(self, profiles: Profiles, engine: Engine | None = None) -> BatchRunner:
        return BatchRunner.of(
            self.mixture, profiles, self.accelerate, self.jobs, self.watch, self.interrupt, engine, self.finished
        )

    def _moves(self, runner: BatchRunner, rule: StoppingRule, stage: str = "moves of types") -> LocalSearch | None:
        """Return the search by moves on the subsample."""
        if self.moves_seed is None or self.mixture.types == 1:
            return None
        return LocalSearch(self._staged(runner, stage), self.subsample, rule, self.moves_seed, self.growth)

    def _on_subsample(self) -> Subsample:
        """Return what runs starts and moves on the subsample first."""
        stage, runner = "starts on a subsample of rows", self._runner(self.subsample)
        rule = replace(SUBSAMPLE_RULE, steps=min(SUBSAMPLE_RULE.steps, self.rule.steps))
        moves, all_rows = self._moves(runner, rule, stage), lambda: self.all_rows
        staged = self._staged(runner, stage)
        return Subsample(
            self.mixture, self.profiles, self.subsample, staged, all_rows, moves, self.draw, rule, self.rule
        )

    def _staged(self, runner: BatchRunner, stage: str) -> BatchRunner:
        """Return the runner with its progress marked as part of a stage."""
        watch = self.watch
        return replace(runner, watch=watch and (lambda progress: watch(replace(progress, numbers=(), stage=stage))))

    def _run_starts(self, numbers: range, finish: int, best: float) -> list[StartResult]:
        """Run the starts of these numbers, the best `finish` of them until they converge.

        best: the highest value known, if there is any; starts but the first that cannot be expected to come near it are
        stopped, too.
        """
        rule = self.rule if finish >= len(numbers) and best == -np.inf else self.short
        results = self.all_rows.run(numbers, lambda cut: self.draw(numbers[cut]), rule)
        if rule is self.rule or self.interrupt.is_set():
            return results
        if finish < len(numbers):
            results = mark_duplicates(results, named=self.mixture.names_types)
        ranked = best_first([r for r in results if r.status == "step_limit"])
        left = replace(self.rule, steps=self.rule.steps - rule.steps)
        targets = np.full(len(ranked[:finish]), best - NEAR)
        targets[:1] = -np.inf  # moves begin where a start has converged
        if best == -np.inf:
            ends = self.all_rows.resume(ranked[:finish], left)
        else:
            ends = run_while_promising(self.all_rows, ranked[:finish], left, targets)
        stopped = [*ranked[finish:], *(r for r in ends if r.status == "given_up")]
        by_number = {r.number: r for r in (*ends, *(r._replace(status="stopped_short") for r in stopped))}
        return [by_number.get(r.number, r) for r in results]

    @property
    def short(self) -> StoppingRule:
        """The rule of short runs."""
        return replace(self.rule, steps=min(SHORT, self.rule.steps))

    def _moved(
        self, results: list[StartResult], moves: LocalSearch | None, known: tuple[Optimum, ...]
    ) -> tuple[list[StartResult], tuple[Optimum, ...]]:
        """Try moves from converged starts: from all, or from the best where data are large."""
        if moves is None:
            return results, known
        converged = best_first([r for r in results if r.status == "converged"])
        best = [r for r in converged if not self.large or same_value(r.value, converged[0].value)]
        ends, known = moves.improve(best, known)
        moved = {r.number: to for r, to in zip(best, ends, strict=True)}
        if self.interrupt.is_set():
            moved = {number: r._replace(status="interrupted") for number, r in moved.items()}
        arrived: dict[int | None, float] = {number: r.arrived for number, r in moved.items() if r.arrived is not None}
        return [moved.get(r.number, _arrived(r, arrived)) for r in results], known

    def _notify(self, note: str) -> None:
        if self.watch is not None:
            self.watch(Progress(0, 0, -np.inf, np.zeros(0), note=note))


def finish_by_size(profiles: int, types: int, starts: int) -> int:
    """How many starts are finished when the caller does not say: all, or half (at least 5) where data are not small."""
    small = SMALL if profiles <= SUBSAMPLE_ROWS else SMALL_SUBSAMPLED
    return starts if profiles * types * starts <= small else min(starts, max(5, -(-starts // 2)))


def _arrived(result: StartResult, arrived: Mapping[int | None, float]) -> StartResult:
    """Return the result; a duplicate of a start that moves led on arrived where that one did."""
    of_original = arrived.get(result.duplicate_of)
    return result if of_original is None else result._replace(arrived=of_original)
