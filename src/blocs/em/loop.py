"""The EM loop: E-step, stopping rule, M-step. All starts iterate side by side; each leaves when it has converged.

The parameters returned are the ones whose log-likelihood is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..engines import Engine
from ..kernels.changes import changes
from ..model.mixture import Mixture, Params, Stats
from .nothing_left import FIXED, nothing_left
from .replicate_shards import OfStarts
from .traces import Traces

__all__ = ["EMResult", "PlainEM", "Progress", "Stepper", "StoppingRule", "Update", "run_em"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GIVE_UP_FACTOR = 10.0
"""A start is given up when its projected gain times this would not bring it to its target."""
GIVE_UP_AFTER = 60
"""Iterations before that: at first a start may move slowly along a saddle that it then leaves."""
ROUNDING = 1e-15
"""Relative rounding error of a difference of log-likelihoods."""


@dataclass(frozen=True)
class StoppingRule:
    """When a start stops. `gain`, `change` and `gradient` must all hold for it to have converged.

    Parameters
    ----------
    gain : float
        Largest projected remaining gain, in log-likelihood units.
    change : float
        Largest change that an EM step makes to any parameter.
    gradient : float
        Largest norm of the gradient per observation, where the stepper computes it.
    steps : int
        Number of iterations at most.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    gain: float = 1e-6
    change: float = 1e-4
    gradient: float = 1e-8
    steps: int = 10_000

    def __post_init__(self) -> None:
        faults = [
            Fault(f"{name} is {value!r}", where="stopping", rule=f"It is {rule}")
            for name, value, good, rule in (
                ("gain", self.gain, self.gain > 0, "positive"),
                ("change", self.change, self.change > 0, "positive"),
                ("gradient", self.gradient, self.gradient > 0, "positive"),
                ("steps", self.steps, self.steps >= 0, "0 or more"),
            )
            if not good
        ]
        if faults:
            raise InputError(*faults)


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


class PlainEM:
    """EM without acceleration: the next parameters are those of the M-step."""

    def __init__(self, mixture: Mixture) -> None:
        self.mixture = mixture
        self.values: list[Floats] = []

    def __call__(self, params: Params, stats: Stats, value: Floats) -> Update:
        """Return the M-step; the likelihood never falls, so every start accepts it."""
        step = self.mixture.mstep(params, stats)
        self.values = [*self.values[-2:], value]
        return Update(step, step, np.ones(params.starts, dtype=bool), _aitken(self.values))

    def keep(self, which: NDArray[np.int64]) -> None:
        """Drop the starts that are not at these positions."""
        self.values = [value[which] for value in self.values]


def _aitken(values: Sequence[Floats]) -> Floats:
    """Return (S,) the gain still to come if gains go on falling at the last rate: g r / (1 - r)."""
    if len(values) < 3:
        return np.full(len(values[-1]), np.inf)
    older, last = values[-2] - values[-3], values[-1] - values[-2]
    noise = ROUNDING * np.abs(values[-1])
    ratio = np.clip(last / np.where(older > noise, older, np.inf), 0.0, 1 - 1e-9)
    remaining = np.maximum(last, last * ratio / (1 - ratio))
    return np.where((last <= noise) & (older <= noise), 0.0, remaining)


@dataclass(frozen=True)
class Progress:
    """What the `watch` function of a fit receives after every iteration.

    Parameters
    ----------
    step : int
        Number of the iteration, from 1.
    running : int
        How many starts of the batch still iterate.
    best : float
        Highest log-likelihood (log posterior with a prior) so far.
    values : (S,) float
        Highest log-likelihood of each start of the batch so far.
    remaining : float
        Largest projected remaining gain of the starts that still iterate.
    numbers : tuple of int
        Numbers of the starts of the batch.
    note : str
        A message for the user, which comes alone.
    stage : str
        What the iterations are part of, when they are not those of the starts themselves.
    """

    step: int
    running: int
    best: float
    values: Floats
    remaining: float = np.inf
    numbers: tuple[int, ...] = ()
    note: str = ""
    stage: str = ""


@dataclass
class EMResult:
    """Where the S starts of a run ended.

    Parameters
    ----------
    params : Params
        Parameters of all starts.
    loglik, value : (S,) float
        Log-likelihood without and with the log prior.
    iterations : (S,) int
        Iterations of each start.
    status : list of str
        "converged", "step_limit", "interrupted" or "given_up".
    trace : list of lists of float
        Values of the iterations that each start accepted.
    change : (S,) float
        Largest change of a parameter in the last EM step.
    gradient : (S,) float
        Norm of the gradient per observation, NaN where the stepper does not compute it.
    """

    params: Params
    loglik: Floats
    value: Floats
    iterations: NDArray[np.int64]
    status: list[str]
    trace: list[list[float]]
    change: Floats
    gradient: Floats

    @classmethod
    def stack(cls, parts: Sequence[EMResult]) -> EMResult:
        """Put the starts of several runs side by side."""
        values = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _BY_START}
        status, trace = [s for part in parts for s in part.status], [t for part in parts for t in part.trace]
        return cls(params=Params.stack([part.params for part in parts]), status=status, trace=trace, **values)


_BY_START = ("loglik", "value", "iterations", "change", "gradient")


def run_em(
    mixture: Mixture,
    engine: Engine,
    placed: Any,
    params: Params,
    rule: StoppingRule,
    stepper: Stepper | None = None,
    watch: Callable[[Progress], None] | None = None,
    interrupt: Event | None = None,
    target: Floats | None = None,
    own_weights: bool = False,
    first: int = 0,
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
        Called with a `Progress` after every iteration.
    interrupt : threading.Event, optional
        When it is set, starts that have not converged end with status "interrupted" and their last accepted parameters.
    target : (S,) float, optional
        Values to reach: a start that cannot be expected to reach its own ends with status "given_up".
    own_weights : bool
        Whether every start has weights of its own, which are those of the rows as they were placed (`StartWeights`).
    first : int
        Number of the first start, for what an error says.

    Returns
    -------
    EMResult

    Raises
    ------
    InputError
        If a start is impossible: its log-likelihood is minus infinity.
    """
    stepper = stepper or PlainEM(mixture)
    out, traces = _empty_result(params), Traces(params.starts)
    active = np.arange(params.starts)
    accepted = params  # the last accepted parameters of each active start
    step = 0
    while len(active):
        task = mixture.task(params)
        stats = engine.sum(OfStarts(task, active) if own_weights else task, placed)
        value = stats.loglik + mixture.log_prior(params)
        step += 1
        if step == 1:
            _refuse_impossible(value, mixture.types, first)
        update = stepper(params, stats, value)
        accepted = accepted.replaced(params, update.accepted)
        change, fixed = changes(update.em.rows(), params.rows(), FIXED)
        _record(out, traces, active, update, stats.loglik, value, change)
        out_of_reach: Bools | bool = False
        if target is not None and step >= GIVE_UP_AFTER:
            out_of_reach = _cannot_reach_target(update, value, target[active])
        interrupted = interrupt is not None and interrupt.is_set()
        ending = update.accepted & nothing_left(fixed, change, traces, active, rule.change, rule.gain)
        reasons = (_converged(update, change, rule) | ending, out_of_reach, interrupted, step >= rule.steps)
        ended = reasons[0] | reasons[1] | reasons[2] | reasons[3]
        if ended.any():
            status = _status(*reasons)
            for i in np.flatnonzero(ended):
                out.status[active[i]] = str(status[i])
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


def _cannot_reach_target(update: Update, value: Floats, target: Floats) -> Bools:
    """Return (S,) which starts cannot be expected to reach their targets."""
    return np.asarray(update.accepted & (value + GIVE_UP_FACTOR * update.remaining < target))


def _status(converged: Bools, out_of_reach: Bools | bool, interrupted: bool, limit: bool) -> NDArray[np.str_]:
    """Return (S,) why each start ends, the first reason that holds, empty where it goes on."""
    reasons = {"converged": converged, "given_up": out_of_reach, "interrupted": interrupted, "step_limit": limit}
    return np.select([np.broadcast_to(holds, converged.shape) for holds in reasons.values()], list(reasons), "")


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


def _refuse_impossible(value: Floats, types: int, first: int) -> None:
    if not np.isfinite(value).all():
        raise InputError(
            Fault(
                f"start {first + int(np.flatnonzero(~np.isfinite(value))[0])} gives some rows probability 0 under all "
                f"{types} types",
                where="starting values",
                rule="Every row must be possible under some type",
                remedy="Avoid starting probabilities of exactly 0",
            )
        )
