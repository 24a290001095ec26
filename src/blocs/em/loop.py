"""The loop: E-step, stopping, M-step. All starts climb side by side; each leaves when it has arrived.

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
from ..model.mixture import Mixture, Params, Stats

__all__ = ["Climb", "Move", "Plain", "Progress", "Rule", "Stepper", "climb", "merge", "same_optimum"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DOUBT = 10.0
"""A start is given up when its projected gain times this would not bring it to the value it has to beat."""
PATIENCE = 60
"""Passes before that: at first a start may creep along a saddle that it then leaves."""
NOISE = 1e-15
"""Relative rounding error of a difference of log-likelihoods."""


@dataclass(frozen=True)
class Rule:
    """When to stop.

    gain: projected remaining gain in log-likelihood units; change: largest change an EM step makes to a parameter;
    gradient: norm of the gradient per observation, where the stepper knows it; all must hold. steps: passes over the
    data at most.
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


def same_optimum(value: float, best: float) -> bool:
    """Whether a log-likelihood is that of the best optimum, up to what stopping leaves."""
    return bool(value >= best - 1e-3 - 1e-9 * abs(best))


class Move(NamedTuple):
    """What a stepper decides after a pass, for all starts.

    next: the next parameters; em: the EM step; rose: (S,) which starts rose to the pass's value (others go back);
    left: (S,) log-likelihood still to be gained, as far as can be seen; gradient: (S,) norm of the gradient per
    observation, where the stepper knows it.
    """

    next: Params
    em: Params
    rose: Bools
    left: Floats
    gradient: Floats | None = None


class Stepper(Protocol):
    """How to move: from parameters and their statistics to the next parameters, for all starts at once."""

    def __call__(self, params: Params, stats: Stats, value: Floats) -> Move:
        """Return the next parameters and what is known about this pass."""
        ...

    def keep(self, which: NDArray[np.int64]) -> None:
        """Forget the starts that are not at these positions."""
        ...


class Plain:
    """EM itself: the next parameters are the M-step's."""

    def __init__(self, mixture: Mixture) -> None:
        self.mixture = mixture
        self.values: list[Floats] = []

    def __call__(self, params: Params, stats: Stats, value: Floats) -> Move:
        """Return the M-step; likelihood never falls, so every start rose."""
        step = self.mixture.mstep(params, stats)
        self.values = [*self.values[-2:], value]
        return Move(step, step, np.ones(params.starts, dtype=bool), _aitken(self.values))

    def keep(self, which: NDArray[np.int64]) -> None:
        """Forget the starts that are not at these positions."""
        self.values = [value[which] for value in self.values]


def _aitken(values: Sequence[Floats]) -> Floats:
    """Return (S,) the gain still to come if gains go on falling at the last rate: g r / (1 - r)."""
    if len(values) < 3:
        return np.full(len(values[-1]), np.inf)
    older, last = values[-2] - values[-3], values[-1] - values[-2]
    noise = NOISE * np.abs(values[-1])
    ratio = np.clip(last / np.where(older > noise, older, np.inf), 0.0, 1 - 1e-9)
    still = np.maximum(last, last * ratio / (1 - ratio))
    return np.where((last <= noise) & (older <= noise), 0.0, still)


@dataclass(frozen=True)
class Progress:
    """What a watcher sees after every pass.

    step: pass number; climbing: starts still climbing; best: best value; values: (S,) of all starts of the batch;
    left: log-likelihood that the slowest start still expects to gain; numbers: the batch's starts; note: something
    to tell the user, in a message of its own; stage: what the climb is part of, when these are not the starts.
    """

    step: int
    climbing: int
    best: float
    values: Floats
    left: float = np.inf
    numbers: tuple[int, ...] = ()
    note: str = ""
    stage: str = ""


@dataclass
class Climb:
    """Where the starts ended: params, loglik (S,), value (S,) with log prior, steps (S,), status (S), trace (S lists).

    The trace holds the values of passes that were kept; change (S,) is the largest move of a last EM step; gradient
    (S,) its norm per observation at the end, NaN where the stepper does not know it.
    """

    params: Params
    loglik: Floats
    value: Floats
    steps: NDArray[np.int64]
    status: list[str]
    trace: list[list[float]]
    change: Floats
    gradient: Floats


def climb(
    mixture: Mixture,
    engine: Engine,
    placed: Any,
    params: Params,
    rule: Rule,
    stepper: Stepper | None = None,
    watch: Callable[[Progress], None] | None = None,
    halt: Event | None = None,
    least: Floats | None = None,
) -> Climb:
    """Climb from every start until `rule` is met.

    least: (S,) values worth reaching: a start that cannot be expected to get there ends with status "given_up". When
    `halt` is set the climb ends where it is: starts that had not arrived get status "interrupted" and their last
    parameters that rose. Raises InputError when a start is impossible (log-likelihood -inf).
    """
    stepper = stepper or Plain(mixture)
    out = _blank(params)
    alive = np.arange(params.starts)
    best = params  # last parameters of each start still climbing that rose
    step = 0
    while len(alive):
        stats = engine.sum(mixture.task(params), placed)
        value = stats.loglik + mixture.log_prior(params)
        step += 1
        if step == 1:
            _refuse_impossible(value, mixture.types)
        move = stepper(params, stats, value)
        best = merge(best, params, move.rose)
        change = _change(move.em, params)
        _record(out, alive, move.rose, stats.loglik, value, change)
        arrived = move.rose & (move.left <= rule.gain) & (change <= rule.change)
        if move.gradient is not None:
            arrived &= move.gradient <= rule.gradient
            out.gradient[alive[move.rose]] = move.gradient[move.rose]
        halted = halt is not None and halt.is_set()
        vain = np.zeros(len(alive), dtype=bool) if least is None else value + DOUBT * move.left < least[alive]
        vain &= move.rose & ~arrived & (step >= PATIENCE)
        ended = arrived | vain | (step >= rule.steps) | halted
        if ended.any():
            for i in np.flatnonzero(ended):
                why = "given_up" if vain[i] else "interrupted" if halted else "step_limit"
                out.status[alive[i]] = "converged" if arrived[i] else why
            _put(out.params, alive[ended], best.take(ended))
            out.steps[alive[ended]] = step
            left = np.flatnonzero(~ended)
            stepper.keep(left)
            alive, best, move = alive[left], best.take(left), move._replace(next=move.next.take(left))
        params = move.next
        if watch is not None:
            watch(Progress(step, len(alive), float(out.value.max()), out.value.copy(), _most(move.left, ended)))
    return out


def _blank(params: Params) -> Climb:
    s = params.starts
    copy = Params(params.shares.copy(), tuple(b.copy() for b in params.blocks))
    low = np.full(s, -np.inf)
    status, trace = ["step_limit"] * s, [list[float]() for _ in range(s)]
    return Climb(copy, low, low.copy(), np.zeros(s, np.int64), status, trace, np.zeros(s), np.full(s, np.nan))


def _change(new: Params, old: Params) -> Floats:
    """Return (S,) the largest difference of a parameter."""
    most: Floats = np.abs(new.shares - old.shares).max(axis=1)
    for a, b in zip(new.blocks, old.blocks, strict=True):
        most = np.maximum(most, np.abs(a - b).max(axis=(0, 2), initial=0.0))
    return most


def _most(left: Floats, ended: Bools) -> float:
    return float(left[~ended].max()) if not ended.all() else 0.0


def _record(out: Climb, alive: NDArray[np.int64], rose: Bools, loglik: Floats, value: Floats, change: Floats) -> None:
    kept = alive[rose]
    out.loglik[kept], out.value[kept], out.change[kept] = loglik[rose], value[rose], change[rose]
    for a, v in zip(kept, value[rose], strict=True):
        out.trace[a].append(float(v))


def merge(old: Params, new: Params, which: Bools) -> Params:
    """Return the new parameters of the starts in `which`, (S,) bool, and the old ones of the others."""
    if which.all():
        return new
    return Params(
        np.where(which[:, None], new.shares, old.shares),
        tuple(np.where(which[None, :, None], n, o) for n, o in zip(new.blocks, old.blocks, strict=True)),
    )


def _put(target: Params, where: NDArray[np.int64], source: Params) -> None:
    target.shares[where] = source.shares
    for block, new in zip(target.blocks, source.blocks, strict=True):
        block[:, where] = new


def _refuse_impossible(value: Floats, types: int) -> None:
    if not np.isfinite(value).all():
        raise InputError(
            Fault(
                f"start {int(np.flatnonzero(~np.isfinite(value))[0])} gives some rows probability 0 under all "
                f"{types} types",
                where="starting values",
                rule="Every row must be possible under some type",
                remedy="Avoid starting probabilities of exactly 0",
            )
        )
