"""The quasi-Newton direction, for all starts in one call: limited-memory BFGS by the two-loop recursion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["direction"]


@njit(cache=True, nogil=True, error_model="numpy")
def _back(d, s, y, rho, n, alpha):  # type: ignore[no-untyped-def]
    """The first loop, from the newest pair to the oldest."""
    memory, width = s.shape[1], d.shape[1]
    for start in range(d.shape[0]):
        q = d[start]
        for back in range(min(n[start], memory)):
            m = (n[start] - 1 - back) % memory
            a = 0.0
            for i in range(width):
                a += s[start, m, i] * q[i]
            a *= rho[start, m]
            alpha[start, m] = a
            for i in range(width):
                q[i] -= a * y[start, m, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _forth(d, s, y, rho, n, alpha):  # type: ignore[no-untyped-def]
    """The second loop, from the oldest pair to the newest."""
    memory, width = s.shape[1], d.shape[1]
    for start in range(d.shape[0]):
        q = d[start]
        used = min(n[start], memory)
        for forth in range(used):
            m = (n[start] - used + forth) % memory
            b = 0.0
            for i in range(width):
                b += y[start, m, i] * q[i]
            b = alpha[start, m] - b * rho[start, m]
            for i in range(width):
                q[i] += b * s[start, m, i]


def direction(
    g: NDArray[np.float64],
    h: NDArray[np.float64],
    s: NDArray[np.float64],
    y: NDArray[np.float64],
    rho: NDArray[np.float64],
    n: NDArray[Any],
    turn: Callable[[NDArray[np.float64], bool], NDArray[np.float64]] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (S, P) directions of ascent and (S,) their slopes, direction . gradient.

    g: (S, P) gradient; h: (S, P) diagonal first guess of the inverse curvature; s, y: (S, m, P) steps and falls of
    the gradient along them, the newest at n - 1 modulo m; rho: (S, m) 1 / (s . y); n: (S,) how many there were; turn:
    leads to the frame in which the first guess is diagonal, and back (True).
    """
    d, alpha = np.array(g, order="C"), np.empty(rho.shape)
    _back(d, s, y, rho, n, alpha)
    d = np.ascontiguousarray(d * h if turn is None else turn(turn(d, False) * h, True))
    _forth(d, s, y, rho, n, alpha)
    return d, (d * g).sum(axis=1)
