"""Free parameters: numbers without bounds for parameters that have some, and log-odds for probabilities that sum to 1.

Two bounds: the logit; one: the logarithm of the distance to it; none: the parameter itself. Probabilities p_0, p_1, ...
that sum to 1: psi_l = log p_l - log p_0, as in the conditional logit (formulas).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Label
from .protocol import FreeParameter

__all__ = ["Unbounded", "derivatives", "from_log_odds", "log_odds", "log_odds_of"]

Floats = NDArray[np.float64]
SMALLEST = 1e-300
"""Probability that one of 0 counts as, where logarithms are taken."""
STEP = 1e-5
"""Of central differences, times the size of a parameter where that is above 1."""


class Unbounded:
    """Numbers without bounds for parameters (m, W) that have (low, high) each.

    inside: how near to a bound a parameter counts as, as a share of the range where there are two bounds.
    """

    def __init__(self, bounds: Sequence[tuple[float, float]], inside: float = SMALLEST) -> None:
        sides = zip(*bounds, strict=True) if bounds else ((), ())
        self.low, self.high = (np.array(side, dtype=np.float64).reshape(-1, 1) for side in sides)
        self.inside, self.below_one = inside, min(1 - inside, float(np.nextafter(1.0, 0.0)))
        self.two = np.isfinite(self.low) & np.isfinite(self.high)
        self.above = np.isfinite(self.low) & ~self.two
        self.below = np.isfinite(self.high) & ~self.two
        self.start = np.where(np.isfinite(self.low), self.low, 0.0)
        self.end = np.where(np.isfinite(self.high), self.high, 0.0)
        self._any_two, self._any_one = bool(self.two.any()), bool((self.above | self.below).any())

    def words(self) -> list[str]:
        """Return what the free number of each parameter is of it, with a space behind, or nothing."""
        two = ["logit of " if two else "" for two in self.two.ravel()]
        return ["log of " if one else word for one, word in zip((self.above | self.below).ravel(), two, strict=True)]

    def out(self, t: Floats) -> Floats:
        """Return free numbers of parameters."""
        width = np.where(self.two, self.end - self.start, 1.0)
        p = np.clip((t - self.start) / width, self.inside, self.below_one)
        u = np.where(self.two, np.log(p) - np.log1p(-p), t)
        u = np.where(self.above, np.log(np.maximum(t - self.start, self.inside)), u)
        return np.where(self.below, -np.log(np.maximum(self.end - t, self.inside)), u)

    def back(self, u: Floats, far: float = 40.0) -> Floats:
        """Return parameters of free numbers; far: a logit beyond which a parameter does not get nearer to a bound."""
        t = np.array(u, dtype=np.float64)
        if self._any_two:  # M-steps ask this a hundred thousand times, and most families have one kind of bounds
            bounded = np.minimum(np.maximum(u, -far), far)
            t = np.where(self.two, self.start + (self.end - self.start) / (1 + np.exp(-bounded)), t)
        if self._any_one:
            distance = np.minimum(np.maximum(u, -200.0), 200.0)
            t = np.where(self.above, self.start + np.exp(distance), t)
            t = np.where(self.below, self.end - np.exp(-distance), t)
        return t

    def slope(self, t: Floats) -> Floats:
        """Return the derivative of parameters by free numbers."""
        width = np.where(self.two, self.end - self.start, 1.0)
        out = np.where(self.two, (t - self.start) * (self.end - t) / width, 1.0)
        out = np.where(self.above, t - self.start, out)
        return np.where(self.below, self.end - t, out)


def log_odds(p: Floats) -> Floats:
    """Return (L - 1, W) log-odds against the first of (L, W) probabilities; 0 counts as the smallest number."""
    logs = np.log(np.maximum(p, SMALLEST))
    return np.asarray(logs[1:] - logs[:1])


def log_odds_of(item: str, outcomes: Sequence[Label]) -> list[FreeParameter]:
    """Return what the log-odds of the outcomes of an item against its first are."""
    return [
        FreeParameter(item, f"log-odds of {outcome} against {outcomes[0]}", outcome, outcomes[0])
        for outcome in outcomes[1:]
    ]


def from_log_odds(psi: Floats) -> Floats:
    """Return (L, W) probabilities of (L - 1, W) log-odds."""
    every = np.concatenate([np.zeros((1, psi.shape[1])), psi])
    p = np.exp(every - every.max(axis=0))
    return np.asarray(p / p.sum(axis=0))


def derivatives(function: Callable[[Floats], Floats], at: Floats, step: float = STEP) -> Floats:
    """Return (..., f, W) central differences of a function of (f, W) -> (..., W), along each row of `at`."""
    out = []
    for i in range(len(at)):
        move = np.zeros_like(at)
        move[i] = step * np.maximum(np.abs(at[i]), 1.0)
        out.append((function(at + move) - function(at - move)) / (2 * move[i]))
    return np.stack(out, axis=-2) if out else np.zeros((*function(at).shape[:-1], 0, at.shape[1]))
