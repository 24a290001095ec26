"""Which starts are climbed how far: short climbs, the best finished, doubles recognised, more starts when needed.

Everything here depends on the data, the seed and the settings alone, never on threads or time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .accelerate import stepper
from .em import Climb, Progress, Rule, climb
from .engines import Engine, Serial, engine
from .mixture import Mixture, Params
from .profiles import Profiles

__all__ = ["End", "Search", "ordered", "same_optimum"]

ROWS_PER_SHARD = 65_536  # fixed, so that sums do not depend on the number of threads
CELLS = 400_000  # profiles x columns of a batch of starts: one pass takes about a millisecond
COLUMNS = (96, 512)  # fewest and most columns (types of all starts) of a batch
PARAMETERS = 50_000  # parameters of all starts of a batch at most, as what is remembered of each step has to be held
SHORT = 50  # passes of a short climb
LARGE = 5_000_000  # rows x types x starts from which not every start is finished
NEAR = 2e-3  # short climbs whose parameters differ by no more than this, and
CLOSE = 1e-2  # their log-likelihoods by no more than this, are on the way to one optimum


@dataclass(frozen=True)
class End:
    """Where one start ended.

    number: of the start; params: its parameters (one start); loglik, value: log-likelihood without and with the log
    prior; steps: passes over the data; status: converged, step_limit, interrupted, duplicate (of a better start) or
    stopped_short; trace: values after each pass that rose; gradient: norm per observation, None where not known;
    twin: the start that a duplicate is on the way with, whose end counts as its own.
    """

    number: int
    params: Params
    loglik: float
    value: float
    steps: int
    status: str
    trace: tuple[float, ...]
    gradient: float | None = None
    twin: int | None = None


@dataclass(frozen=True)
class Search:
    """A campaign of climbs on one data set.

    draw: start numbers -> their parameters; starts: how many at first; finish: how many of them are climbed to the
    end; cap: how many at most when the best optimum was reached once; watch: see Progress; halt: set to stop.
    """

    mixture: Mixture
    profiles: Profiles
    rule: Rule
    accelerate: str
    jobs: int
    draw: Callable[[range], Params]
    starts: int
    finish: int
    cap: int
    watch: Callable[[Progress], None] | None
    halt: Event

    def run(self) -> list[End]:
        """Return where every start ended, in the order of their numbers."""
        shards = -(-len(self.profiles) // ROWS_PER_SHARD)
        large = shards > 1 or self.starts <= self.batch
        where = engine(self.jobs) if large else Serial()
        placed = where.place(self.mixture.place(self.profiles, shards))
        ends: list[End] = []
        while True:
            more = range(len(ends), min(self.cap, len(ends) + max(self.starts, len(ends))))
            ends += self._round(more, where, placed, 1 if large else self.jobs)
            if self.halt.is_set() or len(ends) >= self.cap or not _lonely(ends):
                return ends
            self._say(f"the best optimum was reached once in {len(ends)} starts: {self._next(len(ends))} more")

    @property
    def batch(self) -> int:
        """How many starts are climbed side by side; it follows from the data, never from the threads."""
        few, most = COLUMNS
        columns = min(max(CELLS // len(self.profiles), few), most)
        return max(1, min(columns // self.mixture.types, PARAMETERS // max(1, self.mixture.free)))

    def _next(self, done: int) -> int:
        return min(self.cap, 2 * done) - done

    def _round(self, numbers: range, where: Engine, placed: Any, threads: int) -> list[End]:
        """Climb the starts of these numbers."""
        size = self.batch
        batches = [range(a, min(a + size, numbers.stop)) for a in range(numbers.start, numbers.stop, size)]
        few = max(1, -(-len(numbers) * self.finish // self.starts))
        rule = self.rule if few >= len(numbers) else replace(self.rule, steps=min(SHORT, self.rule.steps))
        ends = list(self._climb([(list(b), self.draw(b)) for b in batches], rule, where, placed, threads))
        if rule is self.rule or self.halt.is_set():
            return ends
        ends = _mark_doubles(ends)
        going = sorted((e for e in ends if e.status == "step_limit"), key=lambda e: (-e.value, e.number))
        best, rest = going[:few], {e.number for e in going[few:]}
        ends = [replace(e, status="stopped_short") if e.number in rest else e for e in ends]
        chosen = [best[a : a + size] for a in range(0, len(best), size)]
        jobs = [([e.number for e in batch], Params.stack([e.params for e in batch])) for batch in chosen]
        left = replace(self.rule, steps=max(0, self.rule.steps - SHORT))
        done = {e.number: e for e in self._climb(jobs, left, where, placed, threads)}
        ends = [_continued(e, done[e.number]) if e.number in done else e for e in ends]
        at = {e.number: e for e in ends}
        return [e if e.twin is None else replace(e, value=at[e.twin].value, loglik=at[e.twin].loglik) for e in ends]

    def _climb(
        self, jobs: Sequence[tuple[list[int], Params]], rule: Rule, where: Engine, placed: Any, threads: int
    ) -> Iterator[End]:
        """Climb batches of starts; small data use the threads for batches, large data for shards."""

        def one(job: tuple[list[int], Params]) -> list[End]:
            numbers, params = job
            watch = self._watching(numbers)
            made = stepper(self.accelerate, self.mixture)
            return _ends(numbers, climb(self.mixture, where, placed, params, rule, made, watch, self.halt))

        if threads == 1 or len(jobs) == 1:
            for job in jobs:
                yield from one(job)
            return
        with ThreadPoolExecutor(threads, thread_name_prefix="blocs") as pool:
            for done in pool.map(one, jobs):
                yield from done

    def _watching(self, numbers: list[int]) -> Callable[[Progress], None] | None:
        watch = self.watch
        if watch is None:
            return None
        return lambda seen: watch(replace(seen, numbers=tuple(numbers)))

    def _say(self, note: str) -> None:
        if self.watch is not None:
            self.watch(Progress(0, 0, -np.inf, np.zeros(0), note=note))


def finish_by_size(profiles: int, types: int, starts: int) -> int:
    """How many starts are finished when the caller does not say: all, or half (at least 5) where data are large."""
    return starts if profiles * types * starts <= LARGE else min(starts, max(5, -(-starts // 2)))


def same_optimum(value: float, best: float) -> bool:
    """Whether a log-likelihood is that of the best optimum, up to what stopping leaves."""
    return bool(value >= best - 1e-3 - 1e-9 * abs(best))


def ordered(params: Params) -> Params:
    """Order the types of one start by share, largest first; equal shares by their probabilities."""
    keys = [block[i, 0] for block in params.blocks for i in range(len(block))]
    order = np.lexsort([*(-key for key in reversed(keys)), -params.shares[0]])
    return Params(params.shares[:, order], tuple(block[:, :, order] for block in params.blocks))


def _lonely(ends: Sequence[End]) -> bool:
    """Whether just one start reached the best optimum although others climbed to the end."""
    best = max(e.value for e in ends)
    return len(ends) > 1 and sum(same_optimum(e.value, best) for e in ends) == 1


def _ends(numbers: Sequence[int], done: Climb) -> list[End]:
    return [
        End(
            number, done.params.take(slice(i, i + 1)), float(done.loglik[i]), float(done.value[i]), int(done.steps[i]),
            done.status[i], tuple(done.trace[i]), None if np.isnan(done.gradient[i]) else float(done.gradient[i]),
        )
        for i, number in enumerate(numbers)
    ]  # fmt: skip


def _continued(short: End, long: End) -> End:
    return replace(long, steps=short.steps + long.steps, trace=short.trace + long.trace)


def _mark_doubles(ends: Sequence[End]) -> list[End]:
    """Mark short climbs on the way to the optimum of a better one as its duplicates."""
    kept: list[tuple[End, NDArray[np.float64]]] = []
    twins: dict[int, int] = {}
    for end in sorted(ends, key=lambda e: (-e.value, e.number)):
        at = ordered(end.params).vector()[0]
        near = (e.number for e, other in kept if abs(end.value - e.value) <= CLOSE and abs(at - other).max() <= NEAR)
        twin = next(near, None) if end.status == "step_limit" else None
        if twin is None:
            kept.append((end, at))
        else:
            twins[end.number] = twin
    return [replace(e, status="duplicate", twin=twins[e.number]) if e.number in twins else e for e in ends]
