"""The M-step of families without a closed form: the expected log-likelihood maximised by L-BFGS-B (002 §3.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["maximise"]

Floats = NDArray[np.float64]
INSIDE = 1e-9
"""How far from a bound the search stays."""


def maximise(
    log_prob: Callable[[Floats, Floats], Floats],
    score: Callable[[Floats, Floats], Floats | None],
    x: Floats,
    counts: Floats,
    theta: Floats,
    bounds: Sequence[tuple[float, float]],
) -> Floats:
    """Return (m, W) parameters, column by column, that maximise sum_l counts_l log_prob(x_l); never below `theta`.

    score: derivatives (m, L, 1), or None for central differences; bounds: (low, high) of each parameter.
    """
    out = theta.copy()
    limits = [(low + INSIDE, high - INSIDE) for low, high in bounds]
    for w in range(theta.shape[1]):
        c = counts[:, w]
        if c.sum() > 0:
            out[:, w] = _column(log_prob, score, x[c > 0], c[c > 0], theta[:, w], limits)
    return out


def _column(
    log_prob: Callable[[Floats, Floats], Floats],
    score: Callable[[Floats, Floats], Floats | None],
    x: Floats,
    c: Floats,
    theta: Floats,
    limits: Sequence[tuple[float, float]],
) -> Floats:
    from scipy.optimize import minimize  # slow to import, and seldom needed

    total = c.sum()

    def loss(t: Floats) -> float:
        value = -float(c @ log_prob(x, t[:, None])[:, 0]) / total
        return value if np.isfinite(value) else 1e300

    def slope(t: Floats) -> Floats:
        given = score(x, t[:, None])
        return _differences(loss, t, limits) if given is None else -np.asarray(given[:, :, 0] @ c) / total

    low, high = np.array(limits).T
    start = np.clip(theta, low, high)
    found = minimize(loss, start, jac=slope, method="L-BFGS-B", bounds=limits, options={"ftol": 1e-15, "gtol": 1e-9})
    return np.asarray(found.x) if found.fun < loss(theta) else theta


def _differences(loss: Callable[[Floats], float], t: Floats, limits: Sequence[tuple[float, float]]) -> Floats:
    """Central differences; one-sided at a bound."""
    out = np.empty_like(t)
    for i, (low, high) in enumerate(limits):
        step = 6e-6 * max(abs(t[i]), 1e-2)
        up, down = t.copy(), t.copy()
        up[i], down[i] = min(t[i] + step, high), max(t[i] - step, low)
        out[i] = (loss(up) - loss(down)) / (up[i] - down[i])
    return out
