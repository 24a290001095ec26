"""The choice M-step: intercept-only conditional logits by safeguarded Newton, all items and columns in one call.

For one item and one column maximise the concave  f(psi) = sum_l c_l psi_l - sum_S C_S log sum_{l in S} exp(psi_l)
(formulas: choice M-step; c expected counts by outcome, C by menu). The cost depends on menus, not on voters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["solve"]

STEPS = 50
GRADIENT = 1e-12  # per unit of weight
NEAR = 1e-5  # the gradient from which Newton steps converge quadratically and only rounding hides the ascent
ROUNDING = 1e-14  # per unit of weight
FLOOR = 1e-300  # an option somebody chose keeps at least this probability

_OUTER: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
_INNER: dict[str, Any] = _OUTER | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_outer: Any = njit(**_OUTER)
_inner: Any = njit(**_INNER)  # called by compiled code only


@_inner
def _value(mu, c, total, first, last, menu_start, options, zero):  # type: ignore[no-untyped-def]
    """f at mu = exp(psi), up to a constant; menus first..last - 1, whose options count from zero."""
    value = 0.0
    for i in range(c.shape[0]):
        if c[i] > 0.0:
            value += c[i] * np.log(mu[i])
    for m in range(first, last):
        if total[m] > 0.0:
            among = 0.0
            for o in range(menu_start[m], menu_start[m + 1]):
                among += mu[options[o] - zero]
            value -= total[m] * np.log(among)
    return value


@_inner
def _derivatives(mu, c, total, first, last, menu_start, options, zero, gradient, hessian):  # type: ignore[no-untyped-def]
    """Write the gradient of f and its negative Hessian; return the largest |gradient|."""
    size = c.shape[0]
    for i in range(size):
        gradient[i] = c[i]
        for j in range(size):
            hessian[i, j] = 0.0
    for m in range(first, last):
        if total[m] <= 0.0:
            continue
        among = 0.0
        for o in range(menu_start[m], menu_start[m + 1]):
            among += mu[options[o] - zero]
        for o in range(menu_start[m], menu_start[m + 1]):
            a = options[o] - zero
            expected = total[m] * mu[a] / among
            gradient[a] -= expected
            hessian[a, a] += expected
            for q in range(menu_start[m], menu_start[m + 1]):
                b = options[q] - zero
                hessian[a, b] -= expected * mu[b] / among
    largest = 0.0
    for i in range(size):
        if abs(gradient[i]) > largest:
            largest = abs(gradient[i])
    return largest


@_inner
def _newton(c, base, gradient, hessian, step):  # type: ignore[no-untyped-def]
    """Write the Newton step in psi, hessian and gradient being used up; return its largest move.

    The base option and options without a parameter stay; a pivot lost to rounding moves nothing.
    """
    n = c.shape[0]
    for i in range(n):
        if i == base or c[i] <= 0.0:
            for j in range(n):
                hessian[i, j] = 0.0
                hessian[j, i] = 0.0
            hessian[i, i] = 1.0
            gradient[i] = 0.0
        else:
            hessian[i, i] *= 1.0 + 1e-12
    for i in range(n):  # Cholesky, in place
        for j in range(i + 1):
            s = hessian[i, j]
            for q in range(j):
                s -= hessian[i, q] * hessian[j, q]
            if i > j:
                hessian[i, j] = s / hessian[j, j]
            elif s > 1e-290:
                hessian[i, i] = np.sqrt(s)
            else:
                hessian[i, i] = np.inf
    for i in range(n):
        s = gradient[i]
        for q in range(i):
            s -= hessian[i, q] * step[q]
        step[i] = s / hessian[i, i]
    reach = 0.0
    for i in range(n - 1, -1, -1):
        s = step[i]
        for q in range(i + 1, n):
            s -= hessian[q, i] * step[q]
        step[i] = s / hessian[i, i]
        if abs(step[i]) > reach:
            reach = abs(step[i])
    return reach


@_inner
def _normalise(mu, c, out):  # type: ignore[no-untyped-def]
    """Write mu with sum 1 into out; an option never chosen gets 0, one somebody chose a positive probability."""
    total = 0.0
    for i in range(c.shape[0]):
        if c[i] > 0.0:
            total += mu[i]
    for i in range(c.shape[0]):
        if c[i] <= 0.0:
            out[i] = 0.0
        elif mu[i] < FLOOR * total:
            out[i] = FLOOR
        else:
            out[i] = mu[i] / total


@_inner
def _ascend(mu, c, total, first, last, menu_start, options, zero, gradient, hessian, step, trial):  # type: ignore[no-untyped-def]
    """Maximise f for one item and column in place; mu holds the start and gets the answer, summing to 1."""
    n, base = 0.0, 0
    for i in range(c.shape[0]):
        n += c[i]
        if c[i] > c[base]:
            base = i
    if n <= 0.0:
        return  # no expected choices: nothing to learn, parameters stay
    _normalise(mu, c, mu)
    value = _value(mu, c, total, first, last, menu_start, options, zero)
    before = np.inf
    for _ in range(STEPS):
        largest = _derivatives(mu, c, total, first, last, menu_start, options, zero, gradient, hessian)
        near = largest <= NEAR * n
        if largest <= GRADIENT * n or (near and largest > 0.5 * before):
            return
        before = largest
        reach = _newton(c, base, gradient, hessian, step)
        scale = 5.0 / reach if reach > 5.0 else 1.0
        risen = False
        for _half in range(30):
            for i in range(c.shape[0]):
                trial[i] = mu[i] * np.exp(scale * step[i])
            _normalise(trial, c, trial)
            candidate = _value(trial, c, total, first, last, menu_start, options, zero)
            if candidate > value or (near and candidate >= value - ROUNDING * n):
                value, risen = candidate, True
                for i in range(c.shape[0]):
                    mu[i] = trial[i]
                break
            scale *= 0.5
        if not risen:
            return


@_outer
def _solve(mu, c, total, item_start, item_menu, menu_start, options, work, square):  # type: ignore[no-untyped-def]
    """`solve` on transposed arrays: mu, c (W, M), total (W, menus); work (3, widest), square (widest, widest)."""
    for w in range(mu.shape[0]):
        for j in range(item_start.shape[0] - 1):
            a, b = item_start[j], item_start[j + 1]
            if b > a:
                _ascend(
                    mu[w, a:b], c[w, a:b], total[w], item_menu[j], item_menu[j + 1], menu_start, options, a,
                    work[0], square, work[1], work[2],
                )  # fmt: skip


def solve(
    mu: NDArray[np.float64],
    c: NDArray[np.float64],
    total: NDArray[np.float64],
    item_start: NDArray[np.int64],
    item_menu: NDArray[np.int64],
    menu_start: NDArray[np.int64],
    options: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return (M, W) mu that maximise f for every item and column, started from mu and never below it.

    c: (M, W) expected counts by outcome; total: (menus, W) by menu; item j has outcome rows
    item_start[j]..item_start[j + 1] and menus item_menu[j]..item_menu[j + 1]; menu m offers the outcome rows
    options[menu_start[m]]..options[menu_start[m + 1] - 1].
    """
    out = mu.T.copy(order="C")
    widest = int(np.diff(item_start).max(initial=0))
    _solve(
        out, np.ascontiguousarray(c.T), np.ascontiguousarray(total.T), item_start, item_menu, menu_start, options,
        np.empty((3, widest)), np.empty((widest, widest)),
    )  # fmt: skip
    return np.ascontiguousarray(out.T)
