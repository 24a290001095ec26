"""The quasi-Newton direction, for all starts in one call: limited-memory BFGS by the two-loop recursion."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["direction"]


@njit(cache=True, nogil=True, error_model="numpy")
def _direction(g, h, s, y, rho, n, d, rise):  # type: ignore[no-untyped-def]
    memory = s.shape[1]
    width = g.shape[1]
    alpha = np.empty(memory)
    for start in range(g.shape[0]):
        q = d[start]
        for i in range(width):
            q[i] = g[start, i]
        used = min(n[start], memory)
        for back in range(used):
            m = (n[start] - 1 - back) % memory
            a = 0.0
            for i in range(width):
                a += s[start, m, i] * q[i]
            a *= rho[start, m]
            alpha[m] = a
            for i in range(width):
                q[i] -= a * y[start, m, i]
        for i in range(width):
            q[i] *= h[start, i]
        for forth in range(used):
            m = (n[start] - used + forth) % memory
            b = 0.0
            for i in range(width):
                b += y[start, m, i] * q[i]
            b = alpha[m] - b * rho[start, m]
            for i in range(width):
                q[i] += b * s[start, m, i]
        total = 0.0
        for i in range(width):
            total += q[i] * g[start, i]
        rise[start] = total


def direction(
    g: NDArray[np.float64],
    h: NDArray[np.float64],
    s: NDArray[np.float64],
    y: NDArray[np.float64],
    rho: NDArray[np.float64],
    n: NDArray[Any],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (S, P) directions of ascent and (S,) their slopes, direction . gradient.

    g: (S, P) gradient; h: (S, P) diagonal first guess of the inverse curvature; s, y: (S, m, P) steps and falls of
    the gradient along them, the newest at n - 1 modulo m; rho: (S, m) 1 / (s . y); n: (S,) how many there were.
    """
    d, rise = np.empty_like(g), np.empty(len(g))
    _direction(np.ascontiguousarray(g), np.ascontiguousarray(h), s, y, rho, n, d, rise)
    return d, rise
