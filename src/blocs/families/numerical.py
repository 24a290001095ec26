"""The M-step of families without a closed form: the expected log-likelihood is maximised by Newton steps (002 §3.3).

All types are maximised at once: one call of `log_prob` serves every column. Parameters move in coordinates without
bounds (log or logit of the distance to them); derivatives are those given, or central differences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..kernels.symmetric import eigen
from .free_parameters import Unbounded

__all__ = ["maximise"]

Floats = NDArray[np.float64]
Score = Callable[[Floats, Floats], Floats | None]
STEPS = 30
HALVINGS = 20
FARTHEST = 2.0  # the longest step, in free coordinates
DIFFERENCE = 1e-5
ENOUGH = 1e-14  # gain per unit of weight that is not worth another step
INSIDE = 1e-9  # how near to a bound the iterations may begin, as a share of the range


def maximise(
    log_prob: Callable[[Floats, Floats], Floats],
    score: Score,
    x: Floats,
    counts: Floats,
    theta: Floats,
    bounds: Sequence[tuple[float, float]],
) -> Floats:
    """Return (m, W) parameters that maximise sum_l counts_lw log_prob(x_l, theta_w), column by column.

    score: derivatives (m, L, W) of log_prob by the parameters, or None; bounds: (low, high) of each parameter. A
    column never ends below where it began, and columns without counts stay.
    """
    total = counts.sum(axis=0)
    share = counts / np.where(total > 0, total, 1.0)
    counted = share > 0
    free = Unbounded(bounds, INSIDE)

    def value(u: Floats) -> Floats:
        terms = np.where(counted, share * log_prob(x, free.back(u)), 0.0)
        out = np.asarray(terms.sum(axis=0))
        return np.where(np.isfinite(out), out, -np.inf)

    def gradient(u: Floats) -> Floats:
        t = free.back(u)
        given = score(x, t)
        if given is None:
            return _differences(value, u)
        return np.asarray((share[None] * given).sum(axis=1) * free.slope(t))

    u = free.out(theta)
    here = value(u)
    rising = total > 0  # every column by itself: it stops where it would without the others
    for _ in range(STEPS):
        step = _newton(gradient, u)
        reached, risen = _line(value, u, step, here)
        u = np.where(rising, reached, u)
        rising = rising & (risen - here > ENOUGH)
        here = np.where(rising, risen, here)
        if not rising.any():
            break
    with np.errstate(divide="ignore", invalid="ignore"):
        before = np.where(counted, share * log_prob(x, theta), 0.0).sum(axis=0)
    better = (total > 0) & ~(here <= before)
    return np.where(better, free.back(u), theta)


def _differences(function: Callable[[Floats], Floats], u: Floats) -> Floats:
    """Return (m, ...) central differences of a function of (m, W) along each parameter."""
    out = []
    for i in range(len(u)):
        move = np.zeros_like(u)
        move[i] = DIFFERENCE * np.maximum(np.abs(u[i]), 1.0)
        out.append((function(u + move) - function(u - move)) / (2 * move[i]))
    return np.array(out)


def _newton(gradient: Callable[[Floats], Floats], u: Floats) -> Floats:
    """Return (m, W) steps uphill: Newton's, with every curvature taken as one of a hill, none too long."""
    g = gradient(u)
    coarse = DIFFERENCE**0.5
    h = np.empty((u.shape[1], len(u), len(u)))
    for i in range(len(u)):
        move = np.zeros_like(u)
        move[i] = coarse * np.maximum(np.abs(u[i]), 1.0)
        h[:, i, :] = ((gradient(u + move) - gradient(u - move)) / (2 * move[i])).T
    h = np.nan_to_num(0.5 * (h + h.transpose(0, 2, 1)))
    curve, axis = eigen(h)
    along = (axis * np.nan_to_num(g).T[:, :, None]).sum(axis=1)
    steep = np.maximum(np.abs(curve), 1e-8 + 1e-6 * np.abs(curve).max(axis=1, keepdims=True))
    step = (axis * (along / steep)[:, None, :]).sum(axis=2).T
    longest = np.abs(step).max(axis=0)
    return np.asarray(step * np.minimum(1.0, FARTHEST / np.where(longest > 0, longest, 1.0)))


def _line(value: Callable[[Floats], Floats], u: Floats, step: Floats, here: Floats) -> tuple[Floats, Floats]:
    """Return the first point of each column's halved steps that is higher, and its value; else where it was."""
    best, height = u.copy(), here.copy()
    waiting = np.ones(u.shape[1], dtype=bool)
    for _ in range(HALVINGS):
        trial = np.where(waiting, u + step, best)
        reached = value(trial)
        up = waiting & (reached > height)
        best, height = np.where(up, trial, best), np.where(up, reached, height)
        waiting &= ~up
        if not waiting.any():
            break
        step = step * 0.5
    return best, height
