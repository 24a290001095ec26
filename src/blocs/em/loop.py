"""The EM loop: E-step, M-step, stopping rule. All starts iterate side by side; each leaves when it has converged.

The parameters returned are the ones whose log-likelihood is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..engines import Engine
from ..kernels.changes import changes
from ..kernels.stopping import FIXED, nothing_left, still_to_come
from ..model.mixture import Mixture, Params, Stats
from .ends import EMResult, Progress, StoppingRule, Targets, refuse_impossible
from .replicate_shards import OfStarts
from .simplices import run_simplices
from .traces import Traces

__all__ = ["Compiled", "EMResult", "PlainEM", "Progress", "Stepper", "StoppingRule", "Update", "run_em"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NOBODY = 1e-15
"""Share of the observations up to which a type has none of them: rounding makes as much."""


class Update(NamedTuple):
    """What a stepper decides in an iteration, for all starts.

    Parameters
    ----------
    next : Params
        The parameters of the next iteration.
    em : Params
        The EM step, which the stopping rule measures.
    accepted : (S,) bool
        Which starts accept this iteration's parameters; the others return to the last accepted ones.
    remaining : (S,) float
        Projected remaining gain in log-likelihood.
    gradient : (S,) float, optional
        Norm of the gradient per observation, where the stepper computes it.
    """

    next: Params
    em: Params
    accepted: Bools
    remaining: Floats
    gradient: Floats | None = None


class Stepper(Protocol):
    """From parameters and their statistics to the next parameters, for all starts at once."""

    def __call__(self, params: Params, stats: Stats, value: Floats) -> Update:
        """Return the next parameters and what this iteration says about convergence."""
        ...

    def keep(self, which: NDArray[np.int64]) -> None:
        """Drop the starts that are not at these positions."""
        ...


class Compiled(NamedTuple):
    """The steps of models of shares and categories, which are compiled code together with the loop; see `simplices`.

    Parameters
    ----------
    faster : bool
        Whether they are quasi-Newton steps.
    """

    faster: bool


class PlainEM:
    """EM without acceleration: the next parameters are those of the M-step."""

    def __init__(self, mixture: Mixture) -> None:
        self.mixture = mixture
        self.values: list[Floats] = []

    def __call__(self, params: Params, stats: Stats, value: Floats) -> Update:
        """Return the M-step; the likelihood never falls, so every start accepts it."""
        step = self.mixture.mstep(params, stats)
        self.values = [*self.values[-2:], value]
        return Update(step, step, np.ones(params.starts, dtype=bool), still_to_come(np.stack(self.values, axis=1)))

    def keep(self, which: NDArray[np.int64]) -> None:
        """Drop the starts that are not at these positions."""
        self.values = [value[which] for value in self.values]


def run_em(
    mixture: Mixture,
    engine: Engine,
    placed: Any,
    params: Params,
    rule: StoppingRule,
    stepper: Stepper | Compiled | None = None,
    watch: Callable[[Progress], None] | None = None,
    interrupt: Event | None = None,
    own_weights: bool = False,
    first: int = 0,
    targets: Targets | None = None,
) -> EMResult:
    """Iterate every start until it has converged, or may not go on.

    Parameters
    ----------
    mixture : Mixture
        The model.
    engine : Engine
        Where the sums over the data are computed.
    placed : object
        The data as `engine.place` returned them.
    params : Params
        Starting values of S starts.
    rule : StoppingRule
        When a start stops.
    stepper : Stepper, optional
        How the next parameters are found; plain EM by default.
    watch : callable, optional
        Called with a `Progress` after every iteration, or after up to 50 where data are small.
    interrupt : threading.Event, optional
        When it is set, starts that have not converged end with status "interrupted" and their last accepted parameters.
    own_weights : bool
        Whether every start has weights of its own, which are those of the rows as they were placed (`StartWeights`).
    first : int
        Number of the first start, for what an error says.
    targets : Targets, optional
        Values that starts are to reach, else they are left.

    Returns
    -------
    EMResult

    Raises
    ------
    InputError
        If a start is impossible: its log-likelihood is minus infinity.
    """
    if isinstance(stepper, Compiled) or (stepper is None and mixture.simplices is not None):
        faster = stepper is not None and stepper.faster
        return run_simplices(
            mixture, engine, placed, params, rule, faster, watch, interrupt, own_weights, first, targets
        )  # fmt: skip
    stepper = stepper or PlainEM(mixture)
    out, traces = _empty_result(params), Traces(params.starts)
    active = np.arange(params.starts)
    accepted = params  # the last accepted parameters of each active start
    step, look = 0, targets.next(0) if targets else rule.steps
    while len(active):
        task = mixture.task(params)
        stats = engine.sum(OfStarts(task, active) if own_weights else task, placed)
        value = stats.loglik + mixture.log_prior(params)
        step += 1
        if step == 1:
            refuse_impossible(value, mixture.types, first)
        update = stepper(params, stats, value)
        accepted = accepted.replaced(params, update.accepted)
        change, fixed = changes(update.em.rows(), params.rows(), FIXED, _present(params, stats))
        _record(out, traces, active, update, stats.loglik, value, change)
        interrupted = interrupt is not None and interrupt.is_set()
        ending = update.accepted & nothing_left(
            fixed, change, traces.values, traces.count, active, rule.change, rule.gain
        )
        converged = _converged(update, change, rule) | ending
        left = np.zeros(len(active), dtype=bool)
        if targets and step == look:
            left, look = targets.out_of_reach(active, traces.values, traces.count), targets.next(step)
        ended = converged | left | interrupted | (step >= rule.steps)
        if ended.any():
            otherwise = "interrupted" if interrupted else "step_limit"
            for i in np.flatnonzero(ended):
                out.status[active[i]] = "converged" if converged[i] else "given_up" if left[i] else otherwise
            _put(out.params, active[ended], accepted.take(ended))
            out.iterations[active[ended]] = step
            kept = np.flatnonzero(~ended)
            stepper.keep(kept)
            active, accepted = active[kept], accepted.take(kept)
            update = update._replace(next=update.next.take(kept))
        params = update.next
        if watch is not None:
            remaining = float(update.remaining[~ended].max()) if len(active) else 0.0
            watch(Progress(step, len(active), float(out.value.max()), out.value.copy(), remaining))
    out.trace[:] = traces.lists()
    return out


def _converged(update: Update, change: Floats, rule: StoppingRule) -> Bools:
    """Return (S,) which starts have converged by the rule; change: of their EM step."""
    gradient = 0.0 if update.gradient is None else update.gradient
    within = (update.remaining <= rule.gain) & (change <= rule.change) & (gradient <= rule.gradient)
    return np.asarray(update.accepted & within)


def _present(params: Params, stats: Stats) -> Bools:
    """Return (S, K) which types have a share of the observations above rounding.

    The parameters of another are those of the rows it explains least badly, and may wander without an end.
    """
    totals = stats.totals.reshape(params.starts, params.types)
    return np.asarray(~(totals <= NOBODY * totals.sum(axis=1, keepdims=True)))  # NaN is present


def _empty_result(params: Params) -> EMResult:
    s = params.starts
    copy = params.each(np.copy)
    low = np.full(s, -np.inf)
    status, trace = ["step_limit"] * s, [list[float]() for _ in range(s)]
    return EMResult(copy, low, low.copy(), np.zeros(s, np.int64), status, trace, np.zeros(s), np.full(s, np.nan))


def _record(
    out: EMResult, traces: Traces, active: NDArray[np.int64], update: Update, loglik: Floats, value: Floats,
    change: Floats,
) -> None:  # fmt: skip
    """Write down the values of the starts that accepted the iteration."""
    which = update.accepted
    at = active[which]
    out.loglik[at], out.value[at], out.change[at] = loglik[which], value[which], change[which]
    if update.gradient is not None:
        out.gradient[at] = update.gradient[which]
    traces.add(at, value[which])


def _put(target: Params, starts: NDArray[np.int64], source: Params) -> None:
    for block, new in zip(target.blocks, source.blocks, strict=True):
        block[:, starts] = new
