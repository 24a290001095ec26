"""The EM loop where parameters are shares and categories: what follows an E-step is one call of compiled code.

Where one shard is small, many iterations are one call.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines import Engine, Serial
from ..kernels import quasi, simplices, steps
from ..kernels.compiled import SMALL
from ..kernels.shard import Shard, StartWeights
from ..kernels.simplices import Simplices
from ..kernels.steps import Starts
from ..model.mixture import EStep, Mixture, Params
from .ends import EMResult, Progress, StoppingRule, refuse_impossible

__all__ = ["run_simplices"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TRACE, PAIRS = 128, 20
"""Iterations and pairs that memory is reserved for at the beginning; all pairs where they are few numbers."""
FEW = 500_000
PASSES = 50
"""Iterations of one call at most: between calls progress is shown and an interrupt is seen."""
STATUS = {steps.CONVERGED: "converged", steps.GIVEN_UP: "given_up", steps.LIMIT: "step_limit"}


def run_simplices(
    mixture: Mixture,
    engine: Engine,
    placed: Any,
    params: Params,
    rule: StoppingRule,
    faster: bool,
    watch: Callable[[Progress], None] | None,
    interrupt: Event | None,
    target: Floats | None,
    placed_for: Callable[[Ints], Any] | None,
    first: int,
) -> EMResult:
    """Iterate as `run_em` does; faster: whether by quasi-Newton steps."""
    table = mixture.simplices
    assert table is not None
    choices = table.choices if len(table.choices) else None
    starts, limits = _begin(params, target, faster), steps.Rule(rule.gain, rule.change, rule.gradient, rule.steps)
    which, iteration, whole = np.arange(params.starts), 0, _whole(mixture, engine, placed, params.starts)
    while len(which):
        before = len(which)
        if whole is not None and iteration:
            passes = min(PASSES, rule.steps - iteration)
            now, left = steps.iterate(*whole, which, iteration, passes, table, choices, starts, limits, faster)
            if now == iteration:
                starts = _enlarged(starts)
            iteration = now
        else:
            stats, iteration = engine.sum(_task(mixture, table, starts.theta, which), placed), iteration + 1
            prior = mixture.log_prior(params.from_rows(starts.theta[:, which]))
            if iteration == 1:
                refuse_impossible(stats.loglik + prior, mixture.types, first)
            sums = stats.loglik, prior, np.ascontiguousarray(stats.totals), np.ascontiguousarray(stats.counts)
            while (left := steps.step(which, iteration, *sums, table, choices, starts, limits, faster)) == steps.MORE:
                starts = _enlarged(starts)
        interrupted = interrupt is not None and interrupt.is_set()
        which = which[:left]
        if interrupted:
            starts.iterations[which] = iteration
            which = which[:0]
        elif placed_for is not None and 0 < left < before and whole is None:
            placed = placed_for(which)
        if watch is not None:
            remaining = float(starts.remaining[which].max(initial=0.0))
            watch(Progress(iteration, len(which), float(starts.value.max()), starts.value.copy(), remaining))
    return _ends(params, starts)


def _whole(mixture: Mixture, engine: Engine, placed: Any, starts: int) -> tuple[Any, ...] | None:
    """Return the arrays of the shard, and its weights, where it is the only one and small; None elsewhere."""
    if not isinstance(engine, Serial) or len(placed) != 1 or mixture.kernel != "compiled" or mixture.pseudo:
        return None
    shard: Shard = placed[0]
    if shard.plan is None or shard.plan.many or len(shard.codes) * mixture.types > SMALL:
        return None
    if isinstance(shard.weights, StartWeights):
        return shard.plan.arrays, np.ascontiguousarray(shard.weights.rows), shard.weights.of, True
    return shard.plan.arrays, np.ascontiguousarray(shard.weights[None]), np.zeros(starts, np.int64), False


def _task(mixture: Mixture, table: Simplices, theta: Floats, which: Ints) -> EStep:
    """Return the E-step at the parameters (R, S, K) of some starts."""
    shares = np.ascontiguousarray(theta[0, which]).reshape(1, -1)
    codes = simplices.table(theta, table, which)
    return EStep(mixture.membership, shares, mixture.schema.offsets, mixture.types, mixture.kernel, table=codes)


def _begin(params: Params, target: Floats | None, faster: bool) -> Starts:
    """Return starts that have not begun."""
    theta = np.array(params.rows(), order="C")
    rows, s, types = theta.shape
    width = rows * types if faster else 0
    pairs = quasi.MEMORY if s * width * quasi.MEMORY <= FEW else PAIRS
    low = np.full(s, -np.inf)
    flat = np.zeros((4, s, width))
    return Starts(
        theta, theta.copy(), theta.copy(), theta.copy(), low, low.copy(), np.zeros(s), np.full(s, np.nan),
        np.full(s, np.inf), np.full((s, TRACE), -np.inf), np.zeros(s, np.int64), np.zeros(s, np.int64),
        np.zeros(s, np.int64), low.copy() if target is None else np.array(target, dtype=np.float64),
        flat[0], flat[1], flat[2], flat[3],
        np.empty((4, s, width)), np.empty(s), np.zeros(s), np.ones(s, dtype=np.bool_), np.full(s, quasi.RADIUS),
        np.empty((3, s, width)), np.empty((s, pairs, width)), np.empty((s, pairs, width)), np.empty((s, pairs)),
        np.zeros(s, np.int64), np.arange(s), np.empty((0, width, width)), np.zeros(1, np.int64), np.full(s, -1),
    )  # fmt: skip


def _enlarged(starts: Starts) -> Starts:
    """Return the starts with space for more iterations, pairs and matrices where it may be short."""
    trace = starts.trace
    if (starts.accepted == trace.shape[1]).any():
        starts = starts._replace(trace=np.pad(trace, ((0, 0), (0, trace.shape[1])), constant_values=-np.inf))
    memory, width = starts.s.shape[1], starts.point.shape[1]
    if memory < quasi.MEMORY and (starts.pairs >= memory).any():
        more = min(memory, quasi.MEMORY - memory)
        s, y = (np.pad(a, ((0, 0), (0, more), (0, 0))) for a in (starts.s, starts.y))
        starts = starts._replace(s=s, y=y, rho=np.pad(starts.rho, ((0, 0), (0, more))))
    running = (starts.ended == steps.RUNNING) & (starts.place < 0)
    soon = int((running & (starts.pairs + 1 >= quasi.MEMORY)).sum())
    short = int(starts.used[0]) + soon - len(starts.matrices)
    if short > 0 and width <= quasi.DENSE:
        starts = starts._replace(matrices=np.concatenate([starts.matrices, np.empty((short, width, width))]))
    return starts


def _ends(params: Params, starts: Starts) -> EMResult:
    """Return where the starts have ended."""
    status = [STATUS.get(ended, "interrupted") for ended in starts.ended.tolist()]
    trace = [row[:n].tolist() for row, n in zip(starts.trace, starts.accepted.tolist(), strict=True)]
    found = params.from_rows(starts.best)
    return EMResult(
        found, starts.loglik, starts.value, starts.iterations, status, trace, starts.change, starts.gradient
    )
