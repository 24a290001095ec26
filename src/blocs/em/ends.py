"""How starts end: the stopping rule, what is shown meanwhile, and where each has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..model.mixture import Params

__all__ = ["EMResult", "Progress", "StoppingRule", "refuse_impossible"]

Floats = NDArray[np.float64]


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
        "converged", "step_limit" or "interrupted".
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
