"""Climber: starts climbed on one data set, in batches side by side, with all threads.

Batches and shards depend on the data and the number of starts alone, never on threads or time, so neither do results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines import Engine, Serial, engine
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .loop import Climb, Progress, Rule, climb
from .quasi_newton import stepper

__all__ = ["ROWS_PER_SHARD", "Climber", "End", "best_first", "continued"]

Floats = NDArray[np.float64]

ROWS_PER_SHARD = 65_536  # fixed, so that sums do not depend on the number of threads
CELLS = 400_000  # profiles x columns of a batch of starts: one pass takes about a millisecond
COLUMNS = (96, 512)  # fewest and most columns (types of all starts) of a batch
PARAMETERS = 50_000  # parameters of all starts of a batch at most, as what is remembered of each step has to be held


@dataclass(frozen=True)
class End:
    """Where one start ended.

    number: of the start; params: its parameters (one start); loglik, value: log-likelihood without and with the log
    prior; steps: passes over the data on its way; status: converged, step_limit, interrupted, given_up, duplicate
    (of a better start) or stopped_short; trace: values after each pass that rose; gradient: norm per observation, None
    where not known; twin: the start that a duplicate is on the way with, whose end counts as its own; arrived:
    log-likelihood where its own climb arrived, if an exchange led on from there.
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
    arrived: float | None = None


@dataclass(frozen=True)
class Climber:
    """A data set laid out for climbing.

    size: how many starts are climbed side by side; threads: for batches of small data, while `where` has those for
    the shards of large data; watch: see Progress; halt: set to stop.
    """

    mixture: Mixture
    accelerate: str
    size: int
    threads: int
    where: Engine
    placed: Any
    watch: Callable[[Progress], None] | None
    halt: Event

    @classmethod
    def on(
        cls,
        mixture: Mixture,
        profiles: Profiles,
        starts: int,
        accelerate: str,
        jobs: int,
        watch: Callable[[Progress], None] | None,
        halt: Event,
    ) -> Climber:
        """Lay out the profiles for about that many starts."""
        few, most = COLUMNS
        columns = min(max(CELLS // len(profiles), few), most)
        size = max(1, min(columns // mixture.types, PARAMETERS // max(1, mixture.free)))
        shards = -(-len(profiles) // ROWS_PER_SHARD)
        large = shards > 1 or starts <= size
        where = engine(jobs) if large else Serial()
        placed = where.place(mixture.place(profiles, shards))
        return cls(mixture, accelerate, size, 1 if large else jobs, where, placed, watch, halt)

    def climb(self, numbers: Sequence[int], params: Params, rule: Rule, least: Floats | None = None) -> list[End]:
        """Climb the starts of these numbers from their parameters until the rule is met; least: see em.climb."""
        cuts = [slice(a, a + self.size) for a in range(0, len(numbers), self.size)]

        def batch(cut: slice) -> list[End]:
            return self._batch(list(numbers)[cut], params.take(cut), rule, None if least is None else least[cut])

        if self.threads == 1 or len(cuts) == 1:
            return [end for cut in cuts for end in batch(cut)]
        with ThreadPoolExecutor(self.threads, thread_name_prefix="blocs") as pool:
            return [end for done in pool.map(batch, cuts) for end in done]

    def climb_on(self, ends: Sequence[End], rule: Rule, least: Floats | None = None) -> list[End]:
        """Climb on from where these ended, if they have not arrived; least: (len(ends),) values that are worth it."""
        going = [e for e in ends if e.status == "step_limit"]
        if not going:
            return list(ends)
        worth = None if least is None else least[[e.status == "step_limit" for e in ends]]
        then = self.climb([e.number for e in going], Params.stack([e.params for e in going]), rule, worth)
        at = {first.number: continued(first, end) for first, end in zip(going, then, strict=True)}
        return [at.get(e.number, e) for e in ends]

    def _batch(self, numbers: Sequence[int], params: Params, rule: Rule, least: Floats | None) -> list[End]:
        made = stepper(self.accelerate, self.mixture)
        watch = None if self.watch is None else _numbered(self.watch, numbers)
        done = climb(self.mixture, self.where, self.placed, params, rule, made, watch, self.halt, least)
        return [_end(number, done, i) for i, number in enumerate(numbers)]


def best_first(ends: Sequence[End]) -> list[End]:
    """Return the ends by value, highest first, then by number."""
    return sorted(ends, key=lambda e: (-e.value, e.number))


def continued(first: End, then: End) -> End:
    """Return the end of a start that went on from its first end."""
    steps, trace = first.steps + then.steps, first.trace + then.trace
    return replace(then, number=first.number, steps=steps, trace=trace, arrived=first.arrived)


def _numbered(watch: Callable[[Progress], None], numbers: Sequence[int]) -> Callable[[Progress], None]:
    return lambda seen: watch(replace(seen, numbers=tuple(numbers)))


def _end(number: int, done: Climb, i: int) -> End:
    gradient = None if np.isnan(done.gradient[i]) else float(done.gradient[i])
    where = done.params.take(slice(i, i + 1))
    loglik, value, steps = float(done.loglik[i]), float(done.value[i]), int(done.steps[i])
    return End(number, where, loglik, value, steps, done.status[i], tuple(done.trace[i]), gradient)
