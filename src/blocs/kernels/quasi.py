"""Quasi-Newton steps of all starts in one call: what is remembered of the last step, the direction, how far to go.

The direction is limited-memory BFGS by the two-loop recursion, or BFGS with the whole matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jit import njit
from .lanes import add, load, multiply, peek, splat, sum_lanes

__all__ = ["direction", "reach", "remember", "times", "update"]


@njit(inline="always", cache=True, nogil=True, error_model="numpy")
def _dot(a, at, b, there, size):
    """Return the sum of a[at + i] b[there + i] over i < size, of contiguous arrays laid out flat; eight i at a time."""
    sums, whole = splat(0.0), size // 8 * 8
    for i in range(0, whole, 8):
        sums = add(sums, multiply(load(a, at + i), load(b, there + i)))
    total = sum_lanes(sums)
    for i in range(whole, size):
        total += peek(a, at + i) * peek(b, there + i)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _back(d, s, y, rho, n, rows, alpha):
    """The first loop, from the newest pair to the oldest."""
    memory, width = s.shape[1], d.shape[1]
    for start in range(d.shape[0]):
        q, row = d[start], rows[start]
        for back in range(min(n[start], memory)):
            m = (n[start] - 1 - back) % memory
            a = _dot(s, (row * memory + m) * width, d, start * width, width) * rho[row, m]
            alpha[start, m] = a
            for i in range(width):
                q[i] -= a * y[row, m, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _forth(d, s, y, rho, n, rows, alpha):
    """The second loop, from the oldest pair to the newest."""
    memory, width = s.shape[1], d.shape[1]
    for start in range(d.shape[0]):
        q, row = d[start], rows[start]
        used = min(n[start], memory)
        for forth in range(used):
            m = (n[start] - used + forth) % memory
            b = _dot(y, (row * memory + m) * width, d, start * width, width)
            b = alpha[start, m] - b * rho[row, m]
            for i in range(width):
                q[i] += b * s[row, m, i]


def direction(
    g: NDArray[np.float64],
    h: NDArray[np.float64],
    s: NDArray[np.float64],
    y: NDArray[np.float64],
    rho: NDArray[np.float64],
    n: NDArray[Any],
    rows: NDArray[np.int64],
    turn: Callable[[NDArray[np.float64], bool], NDArray[np.float64]] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (S, P) directions of ascent and (S,) their slopes, direction . gradient.

    g: (S, P) gradient; h: (S, P) diagonal first guess of the inverse curvature; s, y: (R, m, P) steps and falls of
    the gradient along them, the newest at n - 1 modulo m; rho: (R, m) 1 / (s . y); n: (S,) how many there were; rows:
    (S,) where in s, y and rho each start has its own; turn: leads to the frame in which the first guess is diagonal,
    and back (True).
    """
    d, alpha = np.array(g, order="C"), np.empty((len(g), rho.shape[1]))
    _back(d, s, y, rho, n, rows, alpha)
    d = np.ascontiguousarray(d * h if turn is None else turn(turn(d, False) * h, True))
    _forth(d, s, y, rho, n, rows, alpha)
    return d, (d * g).sum(axis=1)


@njit(cache=True, nogil=True, error_model="numpy")
def remember(rose, step, fall, size, s, y, rho, n, rows):
    """Keep the pairs step, fall (S, P) of the starts that rose, where the likelihood curves down along the step.

    size: (S,) product of the norms of step and fall; s, y, rho, n, rows: as in `direction`, written in place.
    """
    memory, width = s.shape[1], s.shape[2]
    for start in range(rose.shape[0]):
        if not rose[start]:
            continue
        curve = 0.0
        for i in range(width):
            curve += step[start, i] * fall[start, i]
        if curve > 1e-10 * size[start]:
            m, row = n[start] % memory, rows[start]
            s[row, m] = step[start]
            y[row, m] = fall[start]
            rho[row, m] = 1.0 / curve
            n[start] += 1


@njit(inline="always", cache=True, nogil=True, error_model="numpy")
def _times(matrix, v, out):
    """Write a symmetric (P, P) matrix times v (P,) to out."""
    out[:] = 0.0
    for i in range(v.shape[0]):
        at = v[i]
        for j in range(v.shape[0]):
            out[j] += at * matrix[i, j]


@njit(cache=True, nogil=True, error_model="numpy")
def times(v, matrices, place):
    """Return v (S, P), multiplied by matrices[place[start]] (P, P) where a start has a place, -1 if it has none."""
    out = v.copy()
    for start in range(v.shape[0]):
        if place[start] >= 0:
            _times(matrices[place[start]], v[start], out[start])
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def update(rose, steps, falls, matrices, place, n):
    """BFGS: let the inverse curvature of the starts that rose lead from the fall (S, P) to the step (S, P).

    matrices, place: as in `times`, written in place; n: (S,) how many pairs there were. A pair counts where there is
    curvature along it.
    """
    width = steps.shape[1]
    towards = np.empty(width)
    for start in range(steps.shape[0]):
        if not rose[start] or place[start] < 0:
            continue
        matrix, step, fall = matrices[place[start]], steps[start], falls[start]
        curve, long, steep = 0.0, 0.0, 0.0
        for i in range(width):
            curve += step[i] * fall[i]
            long += step[i] * step[i]
            steep += fall[i] * fall[i]
        if not curve > 1e-10 * np.sqrt(long * steep):
            continue
        _times(matrix, fall, towards)
        along = 0.0
        for i in range(width):
            along += fall[i] * towards[i]
        scale = (1.0 + along / curve) / curve
        for i in range(width):
            a, b = scale * step[i] - towards[i] / curve, step[i] / curve
            for j in range(width):
                matrix[i, j] += a * step[j] - b * towards[j]
        n[start] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def reach(way, at, em, bound, trial):
    """Write how far every start goes to trial (S, P); return (S,) the part of `way` that is, and EM's own leap.

    at, em: (S, P) where the starts are and where EM would take them; bound: (S,) how far a coordinate may move, times
    its size where that is above 1. EM's leap is measured the same way.
    """
    part, leap = np.ones(way.shape[0]), np.zeros(way.shape[0])
    for start in range(way.shape[0]):
        far = 0.0
        for i in range(way.shape[1]):
            size = max(1.0, abs(at[start, i]))
            far = max(far, abs(way[start, i]) / size)
            leap[start] = max(leap[start], abs(em[start, i] - at[start, i]) / size)
        if far > bound[start]:
            part[start] = bound[start] / far
        for i in range(way.shape[1]):
            trial[start, i] = at[start, i] + part[start] * way[start, i]
    return part, leap
