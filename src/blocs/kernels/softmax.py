"""Probabilities of types that depend on covariates, their gradient and information, and a safe Newton step; compiled.

Sums run over the rows in their order for every start by itself: the same bits in any batch, and no library of linear
algebra decides one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import MERGED, OUTER, njit

__all__ = ["NOTHING", "RIDGE", "newton", "probabilities", "solve", "sums", "to_shares"]

Floats = NDArray[np.float64]
RIDGE = 1e-12
"""Added to the information, per observation: a type that nobody is of has none."""
NOTHING = 1e-16
"""Gain of a step, per observation, that is none: where a column separates types its coefficient would grow for ever."""


@njit(**MERGED)
def to_shares(p, top):
    """Turn log-odds, of which the largest is `top`, into probabilities that sum to 1."""
    total = 0.0
    for k in range(p.shape[0]):
        p[k] = np.exp(p[k] - top)
        total += p[k]
    for k in range(p.shape[0]):
        p[k] /= total


@njit(**MERGED)
def _softmax(x, gamma, g, first, p):
    """Write the probabilities of the types, with coefficients from column `first`, in row g."""
    top = -np.inf
    for k in range(p.shape[0]):
        eta = 0.0
        for q in range(x.shape[1]):
            eta += x[g, q] * gamma[q, first + k]
        p[k] = eta
        top = max(top, eta)
    to_shares(p, top)


@njit(**OUTER)
def _probabilities(x, gamma, types, out):
    p = np.empty(types)
    for g in range(x.shape[0]):
        for first in range(0, gamma.shape[1], types):
            _softmax(x, gamma, g, first, p)
            for k in range(types):
                out[g, first + k] = p[k]


@njit(**OUTER)
def _sums(x, gamma, totals, types, out):
    size, others = x.shape[1], types - 1
    products, p = np.empty(size * (size + 1) // 2), np.empty(types)
    hessian = np.zeros((gamma.shape[1] // types, others * (others + 1) // 2, len(products)))
    for g in range(x.shape[0]):
        at = 0
        for q in range(size):
            for r in range(q + 1):
                products[at] = x[g, q] * x[g, r]
                at += 1
        for start in range(hessian.shape[0]):
            first, n = start * types, 0.0
            for k in range(types):
                n += totals[g, first + k]
            if n == 0.0:
                continue
            _softmax(x, gamma, g, first, p)
            pair = 0
            for k in range(types):
                rest = totals[g, first + k] - n * p[k]
                out[0, first + k] += totals[g, first + k]
                out[1, first + k] += n * p[k]
                for q in range(size):
                    out[2 + q, first + k] += x[g, q] * rest
                for j in range(1, k + 1):
                    v = n * p[j] * ((1.0 if j == k else 0.0) - p[k])
                    for i in range(len(products)):
                        hessian[start, pair, i] += v * products[i]
                    pair += 1
    for start in range(hessian.shape[0]):
        for k in range(1, types):
            for j in range(1, types):
                low, high = min(j, k) - 1, max(j, k) - 1
                for q in range(size):
                    for r in range(size):
                        i = max(q, r) * (max(q, r) + 1) // 2 + min(q, r)
                        value = hessian[start, high * (high + 1) // 2 + low, i]
                        out[2 + size + (q * size + r) * types + j, start * types + k] = value


@njit(**OUTER)
def solve(a, b):
    """Write the solution of a positive definite system over b; a is overwritten by its lower factor."""
    d = a.shape[0]
    for i in range(d):
        for j in range(i + 1):
            rest = a[i, j]
            for k in range(j):
                rest -= a[i, k] * a[j, k]
            a[i, j] = np.sqrt(rest) if i == j else rest / a[j, j]
        for k in range(i):
            b[i] -= a[i, k] * b[k]
        b[i] /= a[i, i]
    for i in range(d - 1, -1, -1):
        for k in range(i + 1, d):
            b[i] -= a[k, i] * b[k]
        b[i] /= a[i, i]


@njit(**OUTER)
def _newton(stats, largest, types, gamma):
    """Add the step to (Q, W) coefficients; the first type of every start keeps its own."""
    size, others = largest.shape[0], types - 1
    a, b = np.empty((size * others, size * others)), np.empty(size * others)
    for first in range(0, gamma.shape[1], types):
        n = 0.0
        for k in range(types):
            n += stats[0, first + k]
        for k in range(others):
            for q in range(size):
                b[k * size + q] = stats[2 + q, first + 1 + k]
                for j in range(others):
                    for r in range(size):
                        row = 2 + size + (q * size + r) * types + j + 1
                        a[k * size + q, j * size + r] = stats[row, first + 1 + k]
                a[k * size + q, k * size + q] += RIDGE * n
        solve(a, b)
        spread, gain = 0.0, 0.0
        for q in range(size):
            low, high = 0.0, 0.0
            for k in range(others):
                gain += b[k * size + q] * stats[2 + q, first + 1 + k]
                low, high = min(low, b[k * size + q]), max(high, b[k * size + q])
            spread += largest[q] * (high - low)
        if not gain > NOTHING * n:
            continue
        length = np.log1p(spread) / spread if spread > 0.0 else 1.0
        for k in range(others):
            for q in range(size):
                gamma[q, first + 1 + k] += length * b[k * size + q]


def probabilities(x: Floats, gamma: Floats, types: int) -> Floats:
    """Return (G, W) probabilities of the types: x (G, Q), gamma (Q, W), softmax over the types of each start."""
    out = np.empty((len(x), gamma.shape[1]))
    _probabilities(x, np.ascontiguousarray(gamma), types, out)
    return out


def sums(x: Floats, gamma: Floats, totals: Floats, types: int) -> Floats:
    """Return (2 + Q + Q Q K, W) sums over rows with (G, W) expected totals of the types.

    Row 0: the totals; 1: the numbers that the probabilities expect; then Q rows of the gradient by the coefficients;
    then row (q Q + r) K + j of the information about coefficient q of a column's type and r of type j, where neither is
    the first type.
    """
    size = x.shape[1]
    out = np.zeros((2 + size + size * size * types, gamma.shape[1]))
    _sums(x, np.ascontiguousarray(gamma), np.ascontiguousarray(totals), types, out)
    return out


def newton(stats: Floats, gamma: Floats, largest: Floats, types: int) -> Floats:
    """Return coefficients (Q, W) after a step that never lowers the expected log-likelihood.

    Along a Newton step d the linear predictors of a row differ between types by at most r; largest (Q,): the largest
    absolute value of each column gives a bound r for all rows. The curvature then grows by at most exp(r t) over the
    part t of the step, and the gain is at least d'Hd (t - (exp(r t) - r t - 1) / r^2), largest at t = log(1 + r) / r.
    """
    out = np.array(gamma, order="C")
    _newton(np.ascontiguousarray(stats), largest, types, out)
    return out
