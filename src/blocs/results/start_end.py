"""StartEnd: where one start of a fit ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["StartEnd", "ends_of"]


@dataclass(frozen=True)
class StartEnd:
    """Where one start ended.

    Attributes
    ----------
    start : int
        Number of the start, from 0.
    loglik : float
        Log-likelihood.
    iterations : int
        Iterations that led there.
    status : str
        converged, step_limit, interrupted, given_up, duplicate (of a better start), stopped_short, or singular (set
        aside: a covariance collapsed on a few rows, where the likelihood has no maximum).
    best : bool
        Whether that is the best optimum.
    arrived : float or None
        Log-likelihood where its own iterations converged, if a move led on from there.
    trace : tuple of float
        Log-likelihood (log posterior with a prior) after each iteration; empty where it is not kept.
    """

    start: int
    loglik: float
    iterations: int
    status: str
    best: bool
    arrived: float | None = None
    trace: tuple[float, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        """Return all but the trace, as a row of a table and in the file of a fit."""
        return {name: value for name, value in vars(self).items() if name != "trace"}


def ends_of(data: Mapping[str, Any]) -> tuple[StartEnd, ...]:
    """Return the ends in a saved fit; up to format 3 it says only how many are the best, not which.

    Files of earlier versions have no traces but that of the best start.
    """
    nearest = sorted(data["starts"], key=lambda end: abs(end["loglik"] - data["loglik"]))
    best = {end["start"] for end in nearest[: data["hits"]]}
    traces = data.get("traces") or [()] * len(data["starts"])
    return tuple(
        StartEnd(**{"best": end["start"] in best, **end, "trace": tuple(trace)})
        for end, trace in zip(data["starts"], traces, strict=True)
    )
