"""BatchRunner: runs the starts of one data set in batches side by side, with all threads.

Shards depend on the data alone, and a start ends at the same bits in any batch, so results never depend on threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from threading import Event
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.limits import ROWS_PER_SHARD
from ..engines import Disk, Engine, Serial
from ..engines import engine as engine_for
from ..model.mixture import Mixture, Params, Stats
from ..model.spikes import spikes
from ..profiles import Profiles
from .ends import Targets
from .finished import Finished
from .kept import placed as placed_rows
from .loop import EMResult, Progress, StoppingRule, run_em
from .quasi_newton import stepper
from .stored_shards import stored_shards

__all__ = ["ENOUGH", "ROWS_PER_SHARD", "BatchRunner", "StartResult", "best_first", "best_of", "continued", "numbered"]

Floats = NDArray[np.float64]

CELLS = 400_000
"""Profiles x columns of a batch of starts: one iteration takes about a millisecond."""
ENOUGH = 80_000
"""Profiles x columns from which a batch is worth a thread of its own: Python's part of an iteration is not shared."""
COLUMNS = (96, 512)
"""Fewest and most columns (types of all starts) of a batch."""
PARAMETERS = 50_000
"""Parameters of all starts of a batch at most, because the quasi-Newton memory holds many copies of them."""


class StartResult(NamedTuple):
    """Where one start ended.

    Parameters
    ----------
    number : int
        Number of the start, from 0.
    params : Params
        Its parameters (one start).
    loglik, value : float
        Log-likelihood without and with the log prior.
    iterations : int
        Iterations that led there.
    status : str
        converged, step_limit, interrupted, given_up, duplicate (of a better start) or stopped_short.
    trace : tuple of float
        Values of the accepted iterations.
    gradient : float, optional
        Norm of the gradient per observation, None where it is not computed.
    duplicate_of : int, optional
        The start that is on the way to the same optimum, whose end counts as that of this one.
    arrived : float, optional
        Log-likelihood where its own iterations ended, if a move of types led on from there.
    singular : bool
        Whether a covariance is singular but for rounding, or would be without one of its type's rows: the value says
        nothing (`model/spikes.py`).
    """

    number: int
    params: Params
    loglik: float
    value: float
    iterations: int
    status: str
    trace: tuple[float, ...]
    gradient: float | None = None
    duplicate_of: int | None = None
    arrived: float | None = None
    singular: bool = False


@dataclass(frozen=True)
class BatchRunner:
    """A data set placed for iterations.

    Parameters
    ----------
    mixture : Mixture
        The model.
    accelerate : str
        A name in `quasi_newton.STEPPERS`.
    size : int
        How many starts a batch holds at most.
    cells : int
        Profiles x types: the work of a start in an iteration.
    n : float
        Number of observations.
    jobs : int
        Number of threads: for the batches where there is one shard, else for the shards.
    engine : Engine
        Where the sums over the data are computed.
    placed : object
        The data as `engine.place` returned them.
    watch : callable, optional
        Called with a `Progress` after every iteration, or after up to 50 where data are small.
    interrupt : threading.Event
        Set to stop.
    finished : Finished, optional
        Where batches that ended are kept, and found again.
    many_shards : bool
        Whether passes take long enough to be kept, too.
    """

    mixture: Mixture
    accelerate: str
    size: int
    cells: int
    n: float
    jobs: int
    engine: Engine
    placed: Any
    watch: Callable[[Progress], None] | None
    interrupt: Event
    finished: Finished | None = None
    many_shards: bool = False

    @classmethod
    def of(
        cls,
        mixture: Mixture,
        profiles: Profiles,
        accelerate: str,
        jobs: int,
        watch: Callable[[Progress], None] | None,
        interrupt: Event,
        engine: Engine | None = None,
        finished: Finished | None = None,
    ) -> BatchRunner:
        """Place the profiles; engine: where they are summed, by default on this machine."""
        fewest, most = COLUMNS
        columns = min(max(CELLS // len(profiles), fewest), most)
        size = max(1, min(columns // mixture.types, PARAMETERS // max(1, mixture.free)))
        stored = stored_shards(mixture, profiles)
        shards = stored or placed_rows(mixture, profiles)
        many = len(shards) > 1
        together = 1 if engine is not None or many else jobs
        engine = engine or (Disk(jobs) if stored else engine_for(jobs) if many else Serial())
        placed = engine.place(shards)
        if stored and profiles.source is not None:
            profiles.source.leave_memory()
        cells = len(profiles) * mixture.types
        n = float(profiles.weights.sum())
        return cls(mixture, accelerate, size, cells, n, together, engine, placed, watch, interrupt, finished, many)

    def run(
        self, numbers: Sequence[int], params: Callable[[slice], Params], rule: StoppingRule,
        all_of_them: bool = False, targets: Targets | None = None,
    ) -> list[StartResult]:  # fmt: skip
        """Run the starts of these numbers until the rule is met.

        params: from positions among the numbers to the parameters there, which may be drawn when their batch begins;
        all_of_them: whether batches that an interrupt finds waiting are begun all the same,
        as the first one is; targets: of the starts at these positions, which are left where they are out of reach.
        """
        cuts = self._cuts(len(numbers))
        kept = None if self.finished is None else self.finished.run()

        def batch(cut: slice) -> list[StartResult]:
            if self.interrupt.is_set() and not all_of_them and cut.start > 0:
                return []
            own = list(numbers[cut])

            def compute(own: Sequence[int]) -> EMResult:
                of_batch = targets and targets.take(cut)
                if kept is None or not self.many_shards:
                    return self._batch(own, params(cut), rule, of_batch)
                engine = kept.engine(self.engine, own)
                result = replace(self, engine=engine)._batch(own, params(cut), rule, of_batch)
                if not self.interrupt.is_set():
                    engine.drop()
                return result

            result = compute(own) if kept is None else kept.result(compute, own)
            return _start_results(own, result, spikes(self.mixture, result.params, self.n))

        if self.jobs == 1 or len(cuts) == 1:
            return [result for cut in cuts for result in batch(cut)]
        with ThreadPoolExecutor(self.jobs, thread_name_prefix="blocs") as pool:
            return [result for results in pool.map(batch, cuts) for result in results]

    def _cuts(self, starts: int) -> list[slice]:
        """Return even batches, as few as fit; where they are large enough one a thread, or a multiple of that."""
        if not starts:
            return []
        least = -(-starts // self.size)
        worth = min(self.jobs, starts, max(1, starts * self.cells // ENOUGH))
        batches = worth * -(-least // worth)
        edges = [starts * i // batches for i in range(batches + 1)]
        return [slice(a, b) for a, b in pairwise(edges) if b > a]

    def evaluate(self, params: Params) -> Stats:
        """Return the expected sufficient statistics of all rows."""
        stats: Stats = self.engine.sum(self.mixture.task(params), self.placed)
        return stats

    def resume(
        self, results: Sequence[StartResult], rule: StoppingRule, targets: NDArray[np.float64] | None = None
    ) -> list[StartResult]:
        """Continue the starts that ended at a limit of iterations; targets: (len(results),) values, see `Targets`."""
        limited = [result.status == "step_limit" for result in results]
        if not any(limited):
            return list(results)
        before = [result for result, again in zip(results, limited, strict=True) if again]
        first_ends = {result.number: result for result in before}
        reach = None
        if targets is not None:
            done = max(result.iterations for result in before)
            reach = Targets(targets[np.array(limited)], [result.trace for result in before], done)
        after = self.run(list(first_ends), Params.stack([r.params for r in before]).take, rule, targets=reach)
        by_number = {then.number: continued(first_ends[then.number], then) for then in after}
        return [by_number.get(result.number, result) for result in results]

    def _batch(
        self, numbers: Sequence[int], params: Params, rule: StoppingRule, targets: Targets | None
    ) -> EMResult:
        watch = None if self.watch is None else numbered(self.watch, numbers)
        made = stepper(self.accelerate, self.mixture)
        return run_em(
            self.mixture, self.engine, self.placed, params, rule, made, watch, self.interrupt, targets=targets
        )  # fmt: skip


def best_first(results: Sequence[StartResult]) -> list[StartResult]:
    """Return the results by value, highest first, then by number; those with a singular covariance last."""
    return sorted(results, key=lambda result: (result.singular, -result.value, result.number))


def best_of(results: Sequence[StartResult]) -> StartResult:
    """Return the best result of a start of its own that was not stopped short."""
    return best_first([r for r in results if r.duplicate_of is None and r.status != "stopped_short"])[0]


def continued(first: StartResult, then: StartResult) -> StartResult:
    """Return the result of a start that went on from its first result."""
    iterations, trace = first.iterations + then.iterations, first.trace + then.trace
    return then._replace(number=first.number, iterations=iterations, trace=trace, arrived=first.arrived)


def numbered(watch: Callable[[Progress], None], numbers: Sequence[int]) -> Callable[[Progress], None]:
    """Return `watch` with the numbers of the starts of a batch in what it receives."""
    return lambda progress: watch(replace(progress, numbers=tuple(numbers)))


def _start_results(numbers: Sequence[int], result: EMResult, singular: NDArray[np.bool_]) -> list[StartResult]:
    lists = (values.tolist() for values in (result.loglik, result.value, result.iterations, result.gradient, singular))
    each = zip(numbers, *lists, result.status, result.trace, strict=True)
    return [
        StartResult(
            number, result.params.take(slice(i, i + 1)), loglik, value, iterations, status, tuple(trace),
            None if np.isnan(gradient) else gradient, singular=alone,
        )
        for i, (number, loglik, value, iterations, gradient, alone, status, trace) in enumerate(each)
    ]  # fmt: skip
