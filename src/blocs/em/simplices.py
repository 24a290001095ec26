"""The EM loop where parameters are shares and categories: what follows an E-step is one call of compiled code.

Where one shard is small, many iterations are one call, once so many were made that its compilation is worth its time.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines import Engine, Serial
from ..kernels import quasi, simplices, steps
from ..kernels.compiled import SMALL
from ..kernels.logit import NEAR
from ..kernels.quasi import RADIUS
from ..kernels.shard import Shard, StartWeights
from ..kernels.simplices import Simplices
from ..kernels.steps import Starts
from ..model.estep import load
from ..model.mixture import EStep, Mixture, Params
from .ends import EMResult, Progress, StoppingRule, Targets, refuse_impossible
from .replicate_shards import OfStarts

__all__ = ["run_simplices"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TRACE, PAIRS = 128, 20
"""Iterations and pairs that memory is reserved for at the beginning; all pairs where they are few numbers."""
FEW = 500_000
PASSES = 50
"""Iterations at most between two times that progress is shown; also of one call, between which an interrupt is seen."""
WORK = 2_000_000
"""Rows x types x starts x iterations of these at most."""
WORTH = 5_000
"""Iterations of small data in a process before many are one call: to compile that call takes longer than these."""
_made = count()  # safe from several threads, and which call makes an iteration changes no bit of it
STATUS = {steps.CONVERGED: "converged", steps.LIMIT: "step_limit", steps.LEFT: "given_up"}


def run_simplices(
    mixture: Mixture,
    engine: Engine,
    placed: Any,
    params: Params,
    rule: StoppingRule,
    faster: bool,
    watch: Callable[[Progress], None] | None,
    interrupt: Event | None,
    own_weights: bool,
    first: int,
    targets: Targets | None,
) -> EMResult:
    """Iterate as `run_em` does; faster: whether by quasi-Newton steps."""
    table = mixture.simplices
    assert table is not None
    choices = table.choices if len(table.choices) else None
    starts, limits = _begin(params, faster), steps.Rule(rule.gain, rule.change, rule.gradient, rule.steps)
    which, iteration, pseudo = np.arange(params.starts), 0, mixture.pseudo
    shard: Shard | None = placed[0] if type(engine) is Serial and len(placed) == 1 else None
    whole = None if shard is None else _whole(mixture, shard, params.starts)
    shown, look = 0, targets.next(0) if targets else rule.steps + 1  # the first iteration is made in any case
    while len(which):
        passes = _passes(mixture, shard, len(which)) if iteration else 1
        if whole is not None and next(_made) >= WORTH:
            now, left = steps.iterate(
                *whole, which, iteration, min(passes, look - iteration), table, choices, starts, limits, faster
            )
            if now == iteration:
                starts = _enlarged(starts)
            if now == 1:
                refuse_impossible(starts.each["value"], mixture.types, first)
            iteration = now
        else:
            theta, iteration = starts.params[steps.THETA], iteration + 1
            loglik, *counted = _sums(mixture, table, theta, which, shard, own_weights, engine, placed)
            prior = mixture.log_prior(params.from_rows(theta[:, which])) if pseudo else np.zeros(len(which))
            if iteration == 1:
                refuse_impossible(loglik + prior, mixture.types, first)
            seen = starts.n, starts.params[steps.EM], *starts.coordinates[steps.NEW : steps.KNOWN]
            simplices.look(theta, which, *counted, table, choices, faster, *seen, NEAR)
            ended = which, iteration, loglik, prior, table.first
            while (left := steps.step(*ended, starts, limits, faster)) == steps.MORE:
                starts = _enlarged(starts)
        interrupted = interrupt is not None and interrupt.is_set()
        which = which[:left]
        if targets and iteration == look:
            which, look = _in_reach(targets, which, iteration, starts), targets.next(iteration)
        if interrupted:
            starts.each["iterations"][which] = iteration
            which = which[:0]
        if watch is not None and (iteration >= shown + passes or not len(which)):
            shown, values = iteration, starts.each["value"].copy()
            remaining = float(starts.each["remaining"][which].max(initial=0.0))
            watch(Progress(iteration, len(which), float(values.max()), values, remaining))
    return _ends(params, starts)


def _in_reach(targets: Targets, which: Ints, iteration: int, starts: Starts) -> Ints:
    """Return those of the starts in which that may reach their targets; the others end here."""
    left = targets.out_of_reach(which, starts.trace, np.ascontiguousarray(starts.each["accepted"]))
    starts.each["ended"][which[left]], starts.each["iterations"][which[left]] = steps.LEFT, iteration
    return which[~left]


def _passes(mixture: Mixture, shard: Shard | None, starts: int) -> int:
    """Return how many iterations are made before progress is shown: one unless the data are one shard, here."""
    return 1 if shard is None else max(1, min(PASSES, WORK // (len(shard.codes) * mixture.types * starts)))


def _whole(mixture: Mixture, shard: Shard, starts: int) -> tuple[Any, ...] | None:
    """Return the arrays of the only shard, and its weights, where it is small; None elsewhere."""
    if mixture.kernel != "compiled" or mixture.pseudo:
        return None
    if mixture.types == 1:  # has no iterations to speak of, which larger fits would compile this for
        return None
    if shard.plan is None or shard.plan.many or len(shard.codes) * mixture.types > SMALL:
        return None
    if isinstance(shard.weights, StartWeights):
        return shard.plan.arrays, np.ascontiguousarray(shard.weights.rows), shard.weights.of, True
    return shard.plan.arrays, np.ascontiguousarray(shard.weights[None]), np.zeros(starts, np.int64), False


def _sums(
    mixture: Mixture, table: Simplices, theta: Floats, which: Ints, shard: Shard | None, own_weights: bool,
    engine: Engine, placed: Any,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Return log-likelihoods, totals and counts of the E-step at the parameters (R, S, K) of some starts.

    shard: the only one, which the kernel is called for as it is: an engine would take longer than a small one's pass.
    """
    shares, codes = np.ascontiguousarray(theta[0, which]).reshape(1, -1), simplices.table(theta, table, which)
    offsets, types, kernel = mixture.schema.offsets, mixture.types, mixture.kernel
    if shard is None:
        task = EStep(mixture.membership, shares, offsets, types, kernel, table=codes)
        stats = engine.sum(OfStarts(task, which) if own_weights else task, placed)
        return stats.loglik, np.ascontiguousarray(stats.totals), np.ascontiguousarray(stats.counts)
    weights = shard.weights
    if isinstance(weights, StartWeights) and own_weights:
        weights = weights._replace(of=which)
    sums = load(kernel).expect(shard.codes, offsets, codes, shares, shard.group, types, weights, shard.plan)
    return sums.loglik, np.ascontiguousarray(sums.totals), np.ascontiguousarray(sums.counts)


def _begin(params: Params, faster: bool) -> Starts:
    """Return starts that have not begun."""
    theta = params.rows()
    rows, s, types = theta.shape
    width = rows * types if faster else 0
    pairs = quasi.MEMORY if s * width * quasi.MEMORY <= FEW else PAIRS
    each = np.zeros(s, dtype=steps.EACH)
    each["value"] = each["loglik"] = -np.inf
    each["gradient"], each["remaining"], each["radius"], each["by_em"], each["place"] = np.nan, np.inf, RADIUS, True, -1
    empty, remembered = np.empty, (s, pairs, width)
    return Starts(
        each, empty(s), np.repeat(theta[None], 4, axis=0), empty((11, s, width)), empty((s, TRACE)), empty(remembered),
        empty(remembered), empty(remembered[:2]), empty((0, width, width)), np.zeros(1, np.int64),
    )  # fmt: skip


def _enlarged(starts: Starts) -> Starts:
    """Return the starts with space for more iterations, pairs and matrices where it may be short."""
    each, trace = starts.each, starts.trace
    if (each["accepted"] == trace.shape[1]).any():
        starts = starts._replace(trace=np.concatenate([trace, np.empty(trace.shape)], axis=1))
    memory, width = starts.s.shape[1:]
    if memory < quasi.MEMORY and (each["pairs"] >= memory).any():
        more = min(memory, quasi.MEMORY - memory)
        s, y, rho = (np.concatenate([a, np.empty_like(a[:, :more])], axis=1) for a in (starts.s, starts.y, starts.rho))
        starts = starts._replace(s=s, y=y, rho=rho)
    soon = (each["ended"] == steps.RUNNING) & (each["place"] < 0) & (each["pairs"] + 1 >= quasi.MEMORY)
    short = int(starts.used[0]) + int(soon.sum()) - len(starts.matrices)
    if short > 0 and width <= quasi.DENSE:
        starts = starts._replace(matrices=np.concatenate([starts.matrices, np.empty((short, width, width))]))
    return starts


def _ends(params: Params, starts: Starts) -> EMResult:
    """Return where the starts have ended."""
    each = {name: np.ascontiguousarray(starts.each[name]) for name in steps.EACH.names or ()}
    status = [STATUS.get(ended, "interrupted") for ended in each["ended"].tolist()]
    trace = [row[:n].tolist() for row, n in zip(starts.trace, each["accepted"].tolist(), strict=True)]
    return EMResult(
        params.from_rows(starts.params[steps.BEST]), each["loglik"], each["value"], each["iterations"], status, trace,
        each["change"], each["gradient"],
    )  # fmt: skip
