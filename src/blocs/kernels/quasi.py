"""Quasi-Newton steps of all starts, compiled: whether the last is accepted, what is remembered of it, the next.

The direction is limited-memory BFGS by the two-loop recursion, or BFGS with the whole matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .jit import INNER, OUTER, njit
from .lanes import add, load, multiply, peek, splat, sum_lanes

__all__ = ["Pairs", "accept", "direction", "reach", "remember"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_outer: Any = njit(**OUTER)
_inline: Any = njit(inline="always", **INNER)


class Pairs(NamedTuple):
    """What is remembered of the curvature of S starts.

    s, y: (R, m, P) steps and falls of the gradient along them, the newest at n - 1 modulo m; rho: (R, m) 1 / (s . y);
    n: (S,) how many there were; rows: (S,) where in s, y and rho each start has its own. matrices: (D, P, P) inverse
    curvatures in the frame and in the units in which the first guess is the identity; place: (S,) where among them a
    start has its own, and takes in its pairs, -1 where it has none.
    """

    s: Floats
    y: Floats
    rho: Floats
    n: Ints
    rows: Ints
    matrices: Floats
    place: Ints


@_inline
def _dot(a, at, b, there, size):
    """Return the sum of a[at + i] b[there + i] over i < size, of contiguous arrays laid out flat; eight i at a time."""
    sums, whole = splat(0.0), size // 8 * 8
    for i in range(0, whole, 8):
        sums = add(sums, multiply(load(a, at + i), load(b, there + i)))
    total = sum_lanes(sums)
    for i in range(whole, size):
        total += peek(a, at + i) * peek(b, there + i)
    return total


@_inline
def _times(matrix, v, out):
    """Write a symmetric (P, P) matrix times v (P,) to out."""
    for i in range(v.shape[0]):
        out[i] = 0.0
    for i in range(v.shape[0]):
        at = v[i]
        for j in range(v.shape[0]):
            out[j] += at * matrix[i, j]


@_inline
def _back_one(start, d, s, y, rho, n, row, alpha):
    """The first loop of one start, from the newest pair to the oldest."""
    memory, width = s.shape[1], d.shape[1]
    for back in range(min(n[start], memory)):
        m = (n[start] - 1 - back) % memory
        a = _dot(s, (row * memory + m) * width, d, start * width, width) * rho[row, m]
        alpha[m] = a
        for i in range(width):
            d[start, i] -= a * y[row, m, i]


@_inline
def _forth_one(start, d, s, y, rho, n, row, alpha):
    """The second loop of one start, from the oldest pair to the newest."""
    memory, width = s.shape[1], d.shape[1]
    used = min(n[start], memory)
    for forth in range(used):
        m = (n[start] - used + forth) % memory
        b = alpha[m] - _dot(y, (row * memory + m) * width, d, start * width, width) * rho[row, m]
        for i in range(width):
            d[start, i] += b * s[row, m, i]


@_outer
def _back(d, s, y, rho, n, rows, alpha):
    for start in range(d.shape[0]):
        _back_one(start, d, s, y, rho, n, rows[start], alpha[start])


@_outer
def _forth(d, s, y, rho, n, rows, alpha):
    for start in range(d.shape[0]):
        _forth_one(start, d, s, y, rho, n, rows[start], alpha[start])


@_outer
def _direction(g, h, s, y, rho, n, rows, matrices, place, d, rate):
    width, alpha = g.shape[1], np.empty(rho.shape[1])
    v, w = np.empty(width), np.empty(width)
    for start in range(g.shape[0]):
        if place[start] >= 0:
            for i in range(width):
                v[i] = g[start, i] * np.sqrt(h[start, i])
            _times(matrices[place[start]], v, w)
            for i in range(width):
                d[start, i] = w[i] * np.sqrt(h[start, i])
        else:
            for i in range(width):
                d[start, i] = g[start, i]
            _back_one(start, d, s, y, rho, n, rows[start], alpha)
            for i in range(width):
                d[start, i] *= h[start, i]
            _forth_one(start, d, s, y, rho, n, rows[start], alpha)
        rate[start] = 0.0
        for i in range(width):
            rate[start] += d[start, i] * g[start, i]


def direction(
    g: Floats,
    h: Floats,
    pairs: Pairs,
    turn: Callable[[Floats, bool], Floats] | None = None,
) -> tuple[Floats, Floats]:
    """Return (S, P) directions of ascent and (S,) their slopes, direction . gradient.

    g: (S, P) gradient; h: (S, P) diagonal first guess of the inverse curvature; turn: leads to the frame in which the
    first guess is diagonal, and back (True); there are no matrices then.
    """
    s, y, rho, n, rows, matrices, place = pairs
    if turn is None:
        d, rate = np.empty(g.shape), np.empty(len(g))
        _direction(g, h, s, y, rho, n, rows, matrices, place, d, rate)
        return d, rate
    d, alpha = np.array(g, order="C"), np.empty((len(g), rho.shape[1]))
    _back(d, s, y, rho, n, rows, alpha)
    d = np.ascontiguousarray(turn(turn(d, False) * h, True))
    _forth(d, s, y, rho, n, rows, alpha)
    return d, (d * g).sum(axis=1)


@_inline
def _update(matrix, step, fall, curve, towards):
    """BFGS: let a matrix of inverse curvature lead from the fall to the step, whose product is curve."""
    _times(matrix, fall, towards)
    along = 0.0
    for i in range(step.shape[0]):
        along += fall[i] * towards[i]
    scale = (1.0 + along / curve) / curve
    for i in range(step.shape[0]):
        a, b = scale * step[i] - towards[i] / curve, step[i] / curve
        for j in range(step.shape[0]):
            matrix[i, j] += a * step[j] - b * towards[j]


@_outer
def _remember(rose, step, fall, along, drop, metric, s, y, rho, n, rows, matrices, place):
    memory, width = s.shape[1], s.shape[2]
    here, there, towards = np.empty(width), np.empty(width), np.empty(width)
    for start in range(rose.shape[0]):
        if not rose[start]:
            continue
        curve, long, steep = 0.0, 0.0, 0.0
        for i in range(width):
            root = np.sqrt(metric[start, i])
            here[i], there[i] = along[start, i] / root, drop[start, i] * root
            curve += here[i] * there[i]
            long += here[i] * here[i]
            steep += there[i] * there[i]
        if not curve > 1e-10 * np.sqrt(long * steep):
            continue
        if place[start] >= 0:
            _update(matrices[place[start]], here, there, curve, towards)
        else:
            m, row = n[start] % memory, rows[start]
            for i in range(width):  # numba takes seconds to compile an assignment of rows
                s[row, m, i], y[row, m, i] = step[start, i], fall[start, i]
            rho[row, m] = 1.0 / curve
        n[start] += 1


def remember(
    rose: Bools, step: Floats, fall: Floats, along: Floats, drop: Floats, metric: Floats, pairs: Pairs
) -> None:
    """Take in the pairs step, fall (S, P) of the starts that rose, where the likelihood curves down along the step.

    along, drop: the same in the frame in which the first guess is diagonal, metric; pairs: changed.
    """
    _remember(rose, step, fall, along, drop, metric, *pairs)


@_outer
def accept(
    value, n, point, towards, ascent, metric, old_value, predicted, by_em, radius, old_point, old_towards, old_ascent,
    old_metric, limits, step, fall, accepted, gain,
):  # fmt: skip
    """Decide which starts accept where they are, (S,) accepted, and move them there from their old point (S, P).

    value, point and the others are those of this iteration, and replace the old ones; step, fall: (S, P) how the
    point has changed, and the ascent, the other way; gain: (S,) of the value. The radius falls to a quarter where a
    step is not accepted, and doubles where it is, but not for EM's steps. limits: (largest radius, part of the
    predicted gain that a step must bring, relative rounding error of values).
    """
    largest, part, rounding = limits
    for start in range(value.shape[0]):
        least = old_value[start] - rounding * abs(old_value[start]) + part * n[start] * predicted[start]
        accepted[start] = by_em[start] or value[start] >= least
        gain[start] = value[start] - old_value[start] if accepted[start] else 0.0
        if not by_em[start]:
            radius[start] = min(largest, 2.0 * radius[start]) if accepted[start] else radius[start] / 4.0
        if not accepted[start]:
            continue
        old_value[start] = value[start]
        for i in range(point.shape[1]):
            step[start, i] = point[start, i] - old_point[start, i]
            fall[start, i] = old_ascent[start, i] - ascent[start, i]
            old_point[start, i], old_towards[start, i] = point[start, i], towards[start, i]
            old_ascent[start, i], old_metric[start, i] = ascent[start, i], metric[start, i]


@_outer
def reach(way, rate, n, at, em, radius, may, largest, trial, predicted, by_em, remaining):
    """Write how far every start goes along way (S, P) to trial (S, P), and whether it takes EM's step instead, by_em.

    rate: (S,) slope of the way; at, em: (S, P) where the starts are and where EM would take them; radius: (S,) how far
    a coordinate may move, times its size where that is above 1; may: (S,) which starts may take another step than EM's;
    largest: EM's step is taken where it is longer than that; predicted, remaining: (S,) gain per observation by that
    part of the way, and the gain that is projected on all of it.
    """
    for start in range(way.shape[0]):
        far, leap = 0.0, 0.0
        for i in range(way.shape[1]):
            size = max(1.0, abs(at[start, i]))
            far = max(far, abs(way[start, i]) / size)
            leap = max(leap, abs(em[start, i] - at[start, i]) / size)
        part = radius[start] / far if far > radius[start] else 1.0
        for i in range(way.shape[1]):
            trial[start, i] = at[start, i] + part * way[start, i]
        by_em[start] = not (may[start] and rate[start] > 0.0 and leap <= largest)
        predicted[start] = 0.0 if by_em[start] else rate[start] * part
        remaining[start] = 0.5 * n[start] * rate[start] if rate[start] >= 0.0 else np.inf
