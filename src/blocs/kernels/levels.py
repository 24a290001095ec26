"""The sums and the Newton step of `softmax` where every level of a column has an intercept of its own; compiled.

No row has two levels, so the information about the intercepts is a block for each level, bordered by its products with
the coefficients of the other columns: its size grows with the number of levels and not with their square. The other
coefficients are solved for first, with the intercepts of each level eliminated (their Schur complement).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .jit import INNER, MERGED, OUTER, njit
from .softmax import NOTHING, RIDGE, solve, to_shares

__all__ = ["LevelSums", "newton", "parts_of", "probabilities", "sums"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class LevelSums(NamedTuple):
    """What `sums` returns, of p columns and G levels, by its parts; k and j are types, and the first has no entries.

    gradient (p, W): by the coefficients; information (p, p, K, W): of two columns, a type j and the type k of a column
    of W; by_level (G, W): the gradient by the intercepts; expected (G, W): the numbers that the probabilities expect in
    each level; levels (G, K, W): the information about two intercepts, of types j and k; border (G, p, K, W): about
    the intercept of type k and the coefficient of type j.
    """

    gradient: Floats
    information: Floats
    by_level: Floats
    expected: Floats
    levels: Floats
    border: Floats


@njit(**MERGED)
def _shares(x, level, gamma, intercepts, g, first, p):
    """Write the probabilities of the types, with coefficients from column `first`, in row g."""
    top = -np.inf
    for k in range(p.shape[0]):
        eta = intercepts[level[g], first + k]
        for q in range(x.shape[1]):
            eta += x[g, q] * gamma[q, first + k]
        p[k] = eta
        top = max(top, eta)
    to_shares(p, top)


@njit(**OUTER)
def _probabilities(x, level, gamma, intercepts, types, out):
    p = np.empty(types)
    for g in range(x.shape[0]):
        for first in range(0, intercepts.shape[1], types):
            _shares(x, level, gamma, intercepts, g, first, p)
            for k in range(types):
                out[g, first + k] = p[k]


@njit(**OUTER)
def _sums(x, level, gamma, intercepts, totals, types, head, information, by_level, expected, levels, border):
    size = x.shape[1]
    p = np.empty(types)
    for g in range(x.shape[0]):
        at = level[g]
        for first in range(0, intercepts.shape[1], types):
            n = 0.0
            for k in range(types):
                n += totals[g, first + k]
            if n == 0.0:
                continue
            _shares(x, level, gamma, intercepts, g, first, p)
            for k in range(types):
                rest = totals[g, first + k] - n * p[k]
                head[0, first + k] += totals[g, first + k]
                head[1, first + k] += n * p[k]
                by_level[at, first + k] += rest
                expected[at, first + k] += n * p[k]
                for q in range(size):
                    head[2 + q, first + k] += x[g, q] * rest
                if k == 0:
                    continue
                for j in range(1, k + 1):
                    v = n * p[j] * ((1.0 if j == k else 0.0) - p[k])
                    levels[at, j, first + k] += v
                    for q in range(size):
                        xv = x[g, q] * v
                        border[at, q, j, first + k] += xv
                        for r in range(q + 1):
                            information[q, r, j, first + k] += xv * x[g, r]
    for c in range(intercepts.shape[1]):  # of two types the later one's column has been written
        first, k = c - c % types, c % types
        for j in range(k + 1, types):
            for at in range(levels.shape[0]):
                levels[at, j, c] = levels[at, k, first + j]
                for q in range(size):
                    border[at, q, j, c] = border[at, q, k, first + j]
            for q in range(size):
                for r in range(q + 1):
                    information[q, r, j, c] = information[q, r, k, first + j]
        for j in range(types):
            for q in range(size):
                for r in range(q):
                    information[r, q, j, c] = information[q, r, j, c]


@njit(**INNER)
def _eliminate(first, by_level, levels, border, ridge, solved, schur, b):
    """Write in solved (G, K - 1, p (K - 1) + 1) the inverse of each level's block times its border, and its gradient.

    What the levels explain is taken from the information and the gradient of the other coefficients, schur and b.
    """
    number, others, wide = solved.shape[0], solved.shape[1], b.shape[0]
    size = border.shape[1]
    block, rhs = np.empty((others, others)), np.empty(others)
    for g in range(number):
        for c in range(wide + 1):
            for k in range(others):
                rhs[k] = by_level[g, first + 1 + k] if c == wide else border[g, c % size, 1 + c // size, first + 1 + k]
                for j in range(others):
                    block[k, j] = levels[g, j + 1, first + 1 + k]
                block[k, k] += ridge / number
            solve(block, rhs)
            for k in range(others):
                solved[g, k, c] = rhs[k]
        for c in range(wide):
            for k in range(others):
                v = border[g, c % size, 1 + c // size, first + 1 + k]
                b[c] -= v * solved[g, k, wide]
                for d in range(wide):
                    schur[c, d] -= v * solved[g, k, d]


@njit(**INNER)
def _write(first, gradient, by_level, largest, solved, b, step, moves):
    """Write the step of one start; return its gain and the largest difference of linear predictors that it makes."""
    size, others, wide = gradient.shape[0], solved.shape[1], b.shape[0]
    spread, gain, widest = 0.0, 0.0, 0.0
    for q in range(size):
        low, high = 0.0, 0.0
        for k in range(others):
            d = b[k * size + q]
            step[q, first + 1 + k] = d
            gain += d * gradient[q, first + 1 + k]
            low, high = min(low, d), max(high, d)
        spread += largest[q] * (high - low)
    for g in range(solved.shape[0]):
        low, high = 0.0, 0.0
        for k in range(others):
            d = solved[g, k, wide]
            for c in range(wide):
                d -= solved[g, k, c] * b[c]
            moves[g, first + 1 + k] = d
            gain += d * by_level[g, first + 1 + k]
            low, high = min(low, d), max(high, d)
        widest = max(widest, high - low)
    return gain, spread + widest


@njit(**OUTER)
def _newton(n, gradient, information, by_level, levels, border, largest, types, step, moves):
    """Write the step of the coefficients (p, W) and the intercepts (G, W); 0 for the first type of every start."""
    size, others = gradient.shape[0], types - 1
    wide = size * others
    solved, schur, b = np.empty((by_level.shape[0], others, wide + 1)), np.empty((wide, wide)), np.empty(wide)
    for first in range(0, by_level.shape[1], types):
        whole = 0.0
        for k in range(types):
            whole += n[first + k]
        for k in range(others):
            for q in range(size):
                b[k * size + q] = gradient[q, first + 1 + k]
                for j in range(others):
                    for r in range(size):
                        schur[k * size + q, j * size + r] = information[q, r, j + 1, first + 1 + k]
                schur[k * size + q, k * size + q] += RIDGE * whole
        _eliminate(first, by_level, levels, border, RIDGE * whole, solved, schur, b)
        solve(schur, b)
        gain, spread = _write(first, gradient, by_level, largest, solved, b, step, moves)
        length = 0.0
        if gain > NOTHING * whole:
            length = np.log1p(spread) / spread if spread > 0.0 else 1.0
        for k in range(others):
            for q in range(size):
                step[q, first + 1 + k] = length * step[q, first + 1 + k] if length > 0.0 else 0.0
            for g in range(by_level.shape[0]):
                moves[g, first + 1 + k] = length * moves[g, first + 1 + k] if length > 0.0 else 0.0


def probabilities(x: Floats, level: Ints, gamma: Floats, intercepts: Floats, types: int) -> Floats:
    """Return (R, W) probabilities of the types in rows of columns x (R, p) and levels (R,).

    gamma (p, W): coefficients; intercepts (G, W): of the levels; softmax over the types of each start.
    """
    out = np.empty((len(x), intercepts.shape[1]))
    _probabilities(x, level, np.ascontiguousarray(gamma), np.ascontiguousarray(intercepts), types, out)
    return out


def sums(x: Floats, level: Ints, gamma: Floats, intercepts: Floats, totals: Floats, types: int) -> Floats:
    """Return (2 + p + p p K + G (2 + K + p K), W) sums over rows with (R, W) expected totals of the types.

    Row 0: the totals; 1: the numbers that the probabilities expect; the others are the parts of `LevelSums`, in order.
    """
    number, size = len(intercepts), x.shape[1]
    out = np.zeros((2 + size + size * size * types + number * (2 + types + size * types), totals.shape[1]))
    of = parts_of(out, size, types)
    _sums(x, level, np.ascontiguousarray(gamma), np.ascontiguousarray(intercepts), np.ascontiguousarray(totals), types,
          out[: 2 + size], of.information, of.by_level, of.expected, of.levels, of.border)  # fmt: skip
    return out


def parts_of(stats: Floats, size: int, types: int) -> LevelSums:
    """Return the parts of sums, which are views of them; size: number of columns p."""
    wide = stats.shape[1]
    number = (len(stats) - 2 - size - size * size * types) // (2 + types + size * types)
    shapes = ((size,), (size, size, types), (number,), (number,), (number, types), (number, size, types))
    ends = np.cumsum([2, *(int(np.prod(shape)) for shape in shapes)]).tolist()
    each = zip(ends, ends[1:], shapes, strict=False)
    return LevelSums(*(stats[a:b].reshape(*shape, wide) for a, b, shape in each))


def newton(stats: Floats, largest: Floats, types: int) -> tuple[Floats, Floats]:
    """Return the (p, W) step of the coefficients and the (G, W) of the intercepts, as `softmax.newton` takes it.

    largest (p,): the largest absolute value of each column.
    """
    of = parts_of(np.ascontiguousarray(stats), len(largest), types)
    step, moves = np.zeros(of.gradient.shape), np.zeros(of.by_level.shape)
    _newton(stats[0], of.gradient, of.information, of.by_level, of.levels, of.border, largest, types, step, moves)
    return step, moves
