"""How starts end: the stopping rule, what is shown meanwhile, and where each has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..model.mixture import Params

__all__ = ["EMResult", "Progress", "StoppingRule", "Targets", "refuse_impossible"]

Floats = NDArray[np.float64]

FIRST = 200
"""Iterations after which starts are looked at first, at least; then after twice as many as were made before."""
TIMES = 2.0
"""A start is left when what the last half of its iterations gained, so many times, would not bring it to its target."""


@dataclass(frozen=True)
class StoppingRule:
    """When a start stops. It has converged when `gain`, `change` and `gradient` are all met.

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


class Targets(NamedTuple):
    """Values that starts are to reach: one that cannot be expected to is left, as "given_up".

    On a ridge of the likelihood the gain of an iteration says little about what is still to come: it is small, and so
    for thousands of iterations. What half of all iterations has gained says more: where the value approaches its end as
    a power of the number of iterations, what is to come is a multiple of that.

    Parameters
    ----------
    values : (S,) float
        The value that each start is to reach.
    traces : sequence of sequences of float
        Values of the iterations that each start accepted before this run.
    before : int
        Iterations made before this run; the most of all starts.
    """

    values: Floats
    traces: Sequence[Sequence[float]]
    before: int

    def take(self, which: slice) -> Targets:
        """Return those of some starts."""
        return self._replace(values=self.values[which], traces=self.traces[which])

    def next(self, iteration: int) -> int:
        """Return after which iteration of this run starts are looked at next."""
        at = 0
        while at <= iteration:
            at += max(FIRST, 2 * (self.before + at))
        return at

    def out_of_reach(self, which: NDArray[np.int64], traces: Floats, count: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return (A,) which of the starts in which, (A,), are left; traces (S, T): of this run, count (S,) of each."""
        return np.array([self._left(s, traces[s, : count[s]]) for s in which.tolist()], dtype=bool)

    def _left(self, s: int, trace: Floats) -> bool:
        earlier, n = self.traces[s], len(self.traces[s]) + len(trace)
        if not n:
            return False
        value, half = trace[-1] if len(trace) else earlier[-1], n // 2
        gained = value - (earlier[half] if half < len(earlier) else trace[half - len(earlier)])
        return bool(value + TIMES * gained < self.values[s])


@dataclass(frozen=True)
class Progress:
    """What the `watch` function of a fit receives: after every iteration, or after up to 50 where data are small.

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
        "converged", "step_limit", "given_up" or "interrupted".
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
    def not_begun(cls, params: Params) -> EMResult:
        """Return starts that an interrupt keeps from beginning."""
        s = params.starts
        low, zero = np.full(s, -np.inf), np.zeros(s)
        status, trace = ["interrupted"] * s, [list[float]() for _ in range(s)]
        return cls(params, low, low.copy(), np.zeros(s, np.int64), status, trace, zero, np.full(s, np.nan))

    @classmethod
    def stack(cls, parts: Sequence[EMResult]) -> EMResult:
        """Put the starts of several runs side by side."""
        values = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _BY_START}
        status, trace = [s for part in parts for s in part.status], [t for part in parts for t in part.trace]
        return cls(params=Params.stack([part.params for part in parts]), status=status, trace=trace, **values)


_BY_START = ("loglik", "value", "iterations", "change", "gradient")


def refuse_impossible(value: Floats, types: int, first: int) -> None:
    """Raise InputError where the first value of a start, (S,), is not finite; first: number of the first start."""
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
