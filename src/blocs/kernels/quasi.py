"""Quasi-Newton steps of all starts, compiled: whether the last is accepted, what is remembered of it, the next.

The direction is limited-memory BFGS by the two-loop recursion, or BFGS with the whole matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .jit import INNER, MERGED, OUTER, njit
from .lanes import add, load, multiply, peek, splat, sum_lanes

__all__ = [
    "DENSE",
    "MEMORY",
    "NO_GRADIENT",
    "RADIUS",
    "WARMUP",
    "Pairs",
    "accept",
    "accept_one",
    "begin_matrix",
    "direction",
    "direction_one",
    "reach",
    "reach_one",
    "remember",
    "remember_one",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WARMUP = 3
"""EM steps before the first quasi-Newton step."""
RADIUS = 0.1
"""Largest trust radius: how far a coordinate may move in one step, times its size if that is above 1."""
SUFFICIENT = 1e-4
"""Part of the predicted gain that an accepted step brings at least (Armijo's condition)."""
ROUNDING = 4e-15
"""Relative rounding error of a log-likelihood."""
NO_GRADIENT = 1e-13
"""A gradient per observation that is rounding error."""
MEMORY = 80
"""Pairs of step and gradient change at most."""
DENSE = 256
"""Coordinates up to which a start gets a matrix when its memory is full: a step then costs as much as it did before."""

_outer: Any = njit(**OUTER)
_leaf: Any = njit(_nrt=False, **INNER)
_inline: Any = njit(**MERGED)


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
    """The first loop of one start, from the newest of n pairs to the oldest."""
    memory, width = s.shape[1], d.shape[1]
    for back in range(min(n, memory)):
        m = (n - 1 - back) % memory
        a = _dot(s, (row * memory + m) * width, d, start * width, width) * rho[row, m]
        alpha[m] = a
        for i in range(width):
            d[start, i] -= a * y[row, m, i]


@_inline
def _forth_one(start, d, s, y, rho, n, row, alpha):
    """The second loop of one start, from the oldest pair to the newest."""
    memory, width = s.shape[1], d.shape[1]
    used = min(n, memory)
    for forth in range(used):
        m = (n - used + forth) % memory
        b = alpha[m] - _dot(y, (row * memory + m) * width, d, start * width, width) * rho[row, m]
        for i in range(width):
            d[start, i] += b * s[row, m, i]


@_outer
def _back(d, s, y, rho, n, rows, alpha):
    for start in range(d.shape[0]):
        _back_one(start, d, s, y, rho, n[start], rows[start], alpha[start])


@_outer
def _forth(d, s, y, rho, n, rows, alpha):
    for start in range(d.shape[0]):
        _forth_one(start, d, s, y, rho, n[start], rows[start], alpha[start])


@_leaf
def direction_one(start, g, h, s, y, rho, n, row, matrices, place, d, alpha, v, w):
    """Write the direction of a start to d (S, P) and return its slope.

    n, row, place: of this start, see `Pairs`; alpha, v, w: space for (m,), (P,), (P,).
    """
    width = g.shape[1]
    if place >= 0:
        for i in range(width):
            v[i] = g[start, i] * np.sqrt(h[start, i])
        _times(matrices[place], v, w)
        for i in range(width):
            d[start, i] = w[i] * np.sqrt(h[start, i])
    else:
        for i in range(width):
            d[start, i] = g[start, i]
        _back_one(start, d, s, y, rho, n, row, alpha)
        for i in range(width):
            d[start, i] *= h[start, i]
        _forth_one(start, d, s, y, rho, n, row, alpha)
    rate = 0.0
    for i in range(width):
        rate += d[start, i] * g[start, i]
    return rate


@_outer
def _direction(g, h, s, y, rho, n, rows, matrices, place, d, rate):
    alpha, v, w = np.empty(rho.shape[1]), np.empty(g.shape[1]), np.empty(g.shape[1])
    for start in range(g.shape[0]):
        rate[start] = direction_one(
            start, g, h, s, y, rho, n[start], rows[start], matrices, place[start], d, alpha, v, w
        )  # fmt: skip


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


@_inline
def _in_units(along, drop, metric, start, here, there):
    """Write a start's step and fall in the units in which the first guess is the identity; return their product.

    0 where the likelihood does not curve down along the step.
    """
    curve, long, steep = 0.0, 0.0, 0.0
    for i in range(along.shape[1]):
        root = np.sqrt(metric[start, i])
        here[i], there[i] = along[start, i] / root, drop[start, i] * root
        curve += here[i] * there[i]
        long += here[i] * here[i]
        steep += there[i] * there[i]
    return curve if curve > 1e-10 * np.sqrt(long * steep) else 0.0


@_leaf
def remember_one(start, step, fall, along, drop, metric, s, y, rho, n, row, matrices, place, here, there, towards):
    """Take in the pair of a start, and return whether it is one; here, there, towards: space for (P,)."""
    curve = _in_units(along, drop, metric, start, here, there)
    if curve == 0.0:
        return False
    if place >= 0:
        _update(matrices[place], here, there, curve, towards)
    else:
        m = n % s.shape[1]
        for i in range(s.shape[2]):  # numba takes seconds to compile an assignment of rows
            s[row, m, i], y[row, m, i] = step[start, i], fall[start, i]
        rho[row, m] = 1.0 / curve
    return True


@_leaf
def begin_matrix(start, metric, s, y, n, row, matrix, here, there, towards):
    """Write what the pairs of a start lead to, from the oldest to the newest, to a (P, P) matrix."""
    memory = s.shape[1]
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[0]):
            matrix[i, j] = 1.0 * (i == j)
    for back in range(memory, 0, -1):
        m, curve, long, steep = (n - back) % memory, 0.0, 0.0, 0.0
        for i in range(matrix.shape[0]):
            root = np.sqrt(metric[start, i])
            here[i], there[i] = s[row, m, i] / root, y[row, m, i] * root
            curve += here[i] * there[i]
            long += here[i] * here[i]
            steep += there[i] * there[i]
        if curve > 1e-10 * np.sqrt(long * steep):
            _update(matrix, here, there, curve, towards)


@_outer
def _remember(rose, step, fall, along, drop, metric, s, y, rho, n, rows, matrices, place):
    width = s.shape[2]
    here, there, towards = np.empty(width), np.empty(width), np.empty(width)
    for start in range(rose.shape[0]):
        if rose[start] and remember_one(
            start, step, fall, along, drop, metric, s, y, rho, n[start], rows[start], matrices, place[start], here,
            there, towards,
        ):  # fmt: skip
            n[start] += 1


def remember(
    rose: Bools, step: Floats, fall: Floats, along: Floats, drop: Floats, metric: Floats, pairs: Pairs
) -> None:
    """Take in the pairs step, fall (S, P) of the starts that rose, where the likelihood curves down along the step.

    along, drop: the same in the frame in which the first guess is diagonal, metric; pairs: changed.
    """
    _remember(rose, step, fall, along, drop, metric, *pairs)


@_leaf
def accept_one(start, value, old, predicted, by_em, radius, new, known, step, fall):
    """`accept` for one start; return whether it accepts, and its radius of trust then.

    value, old: its value and the last accepted one; predicted: gain that its step was to bring; new, known: (4, S, P)
    point, towards, ascent and metric of this iteration, and the last accepted ones.
    """
    accepted = by_em or value >= old - ROUNDING * abs(old) + SUFFICIENT * predicted
    if not by_em:
        radius = min(RADIUS, 2.0 * radius) if accepted else radius / 4.0
    if accepted:
        for i in range(step.shape[1]):
            step[start, i] = new[0, start, i] - known[0, start, i]
            fall[start, i] = known[2, start, i] - new[2, start, i]
            for part in range(4):
                known[part, start, i] = new[part, start, i]
    return accepted, radius


@_outer
def accept(value, n, new, known, old_value, predicted, by_em, radius, step, fall, accepted, gain):
    """Decide which starts accept where they are, (S,) accepted, and let them be known there.

    new: (4, S, P) point, towards, ascent and metric of this iteration; known: the last accepted ones, which these
    replace, as value (S,) replaces old_value; predicted: (S,) gain per observation that the step was to bring, n of
    them; step, fall: (S, P) how the point has changed, and the ascent, the other way; gain: (S,) of the value. The
    radius falls to a quarter where a step is not accepted, and doubles where it is, but not for EM's steps.
    """
    for start in range(value.shape[0]):
        old = old_value[start]
        accepted[start], radius[start] = accept_one(
            start, value[start], old, n[start] * predicted[start], by_em[start], radius[start], new, known, step, fall
        )  # fmt: skip
        gain[start] = value[start] - old if accepted[start] else 0.0
        if accepted[start]:
            old_value[start] = value[start]


@_leaf
def reach_one(start, way, rate, n, at, em, radius, may, trial):
    """`reach` for one start, whose rate this is and which may take another step than EM's.

    Return the gain that is projected on all of the way, the one of the step, and whether it takes EM's.
    """
    far, leap = 0.0, 0.0
    for i in range(way.shape[1]):
        size = max(1.0, abs(at[start, i]))
        far = max(far, abs(way[start, i]) / size)
        leap = max(leap, abs(em[start, i] - at[start, i]) / size)
    part = radius / far if far > radius else 1.0
    for i in range(way.shape[1]):
        trial[start, i] = at[start, i] + part * way[start, i]
    by_em = not (may and rate > 0.0 and leap <= RADIUS)
    return 0.5 * n * rate if rate >= 0.0 else np.inf, 0.0 if by_em else rate * part, by_em


@_outer
def reach(way, rate, n, at, em, radius, may, trial, predicted, by_em, remaining):
    """Write how far every start goes along way (S, P) to trial (S, P), and whether it takes EM's step instead, by_em.

    rate: (S,) slope of the way; at, em: (S, P) where the starts are and where EM would take them; radius: (S,) how far
    a coordinate may move, times its size where that is above 1; may: (S,) which starts may take another step than EM's,
    which is also taken where it is longer than `RADIUS`; predicted, remaining: (S,) gain per observation by that part
    of the way, and the gain that is projected on all of it.
    """
    for start in range(way.shape[0]):
        remaining[start], predicted[start], by_em[start] = reach_one(
            start, way, rate[start], n[start], at, em, radius[start], may[start], trial
        )  # fmt: skip
