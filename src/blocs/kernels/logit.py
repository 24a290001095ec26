"""The choice M-step: intercept-only conditional logits by safeguarded Newton, all items and columns in one call.

For one item and one column maximise the concave  f(psi) = sum_l c_l psi_l - sum_S C_S log sum_{l in S} exp(psi_l)
(formulas: choice M-step; c expected counts by outcome, C by menu). The cost depends on menus, not on voters.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["solve"]

STEPS = 50
GRADIENT = 1e-12  # per unit of weight


@njit(cache=True, nogil=True, error_model="numpy")
def _value(mu, c, total, first, last, menu_start, options, zero):  # type: ignore[no-untyped-def]
    """f at mu = exp(psi), up to a constant; menus first..last."""
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


@njit(cache=True, nogil=True, error_model="numpy")
def _derivatives(mu, c, total, first, last, menu_start, options, zero, gradient, hessian):  # type: ignore[no-untyped-def]
    """Gradient of f, its negative Hessian, and in the return value the largest |gradient|; also sum C_S / den_S."""
    gradient[:] = c
    hessian[:] = 0.0
    for m in range(first, last):
        if total[m] <= 0.0:
            continue
        among = 0.0
        for o in range(menu_start[m], menu_start[m + 1]):
            among += mu[options[o] - zero]
        for o in range(menu_start[m], menu_start[m + 1]):
            a = options[o] - zero
            pa = mu[a] / among
            gradient[a] -= total[m] * pa
            hessian[a, a] += total[m] * pa
            for q in range(menu_start[m], menu_start[m + 1]):
                b = options[q] - zero
                hessian[a, b] -= total[m] * pa * mu[b] / among
    return np.max(np.abs(gradient))


@njit(cache=True, nogil=True, error_model="numpy")
def _normalise(mu, c, out):  # type: ignore[no-untyped-def]
    """Write mu with sum 1 into out; an option somebody chose keeps a positive probability."""
    total = mu.sum()
    for i in range(mu.shape[0]):
        out[i] = mu[i] / total
        if c[i] > 0.0 and out[i] < 1e-300:
            out[i] = 1e-300


@njit(cache=True, nogil=True, error_model="numpy")
def _cholesky_solve(a, b, x):  # type: ignore[no-untyped-def]
    """Solve a x = b for a small positive definite a, overwritten; a pivot lost to rounding moves nothing."""
    n = b.shape[0]
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j]
            for q in range(j):
                s -= a[i, q] * a[j, q]
            if i == j:
                a[i, i] = np.sqrt(s) if s > 1e-290 else np.inf
            else:
                a[i, j] = s / a[j, j]
    for i in range(n):
        s = b[i]
        for q in range(i):
            s -= a[i, q] * x[q]
        x[i] = s / a[i, i]
    for i in range(n - 1, -1, -1):
        s = x[i]
        for q in range(i + 1, n):
            s -= a[q, i] * x[q]
        x[i] = s / a[i, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _ascend(mu, c, total, first, last, menu_start, options, zero, gradient, hessian, step, trial):  # type: ignore[no-untyped-def]
    """Maximise f for one item and column in place; mu holds the start and gets the answer, summing to 1."""
    n = c.sum()
    if n <= 0.0:
        return  # no expected choices: nothing to learn, parameters stay
    size = c.shape[0]
    base = 0
    for i in range(size):
        if c[i] <= 0.0:
            mu[i] = 0.0  # never chosen: f rises all the way down
        if c[i] > c[base]:
            base = i
    _normalise(mu, c, mu)
    value = _value(mu, c, total, first, last, menu_start, options, zero)
    for _ in range(STEPS):
        largest = _derivatives(mu, c, total, first, last, menu_start, options, zero, gradient, hessian)
        if largest <= GRADIENT * n:
            break
        # Newton in psi with the most chosen option as baseline; rows of options without a parameter are idle
        for i in range(size):
            if i == base or c[i] <= 0.0:
                hessian[i, :] = 0.0
                hessian[:, i] = 0.0
                hessian[i, i] = 1.0
                gradient[i] = 0.0
            else:
                hessian[i, i] *= 1.0 + 1e-12
        _cholesky_solve(hessian, gradient, step)
        reach = np.max(np.abs(step))
        scale = min(1.0, 5.0 / reach) if reach > 0.0 else 1.0
        risen = False
        for _half in range(30):
            for i in range(size):
                trial[i] = mu[i] * np.exp(scale * step[i])
            candidate = _value(trial, c, total, first, last, menu_start, options, zero)
            if candidate > value:
                _normalise(trial, c, mu)
                value = _value(mu, c, total, first, last, menu_start, options, zero)
                risen = True
                break
            scale *= 0.5
        if not risen:
            break


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(mu, c, total, item_start, item_menu, menu_start, options):  # type: ignore[no-untyped-def]
    widest = 0
    for j in range(item_start.shape[0] - 1):
        widest = max(widest, item_start[j + 1] - item_start[j])
    work = np.empty((4, widest))
    here = np.empty((2, widest))
    square = np.empty((widest, widest))
    for j in range(item_start.shape[0] - 1):
        a, b = item_start[j], item_start[j + 1]
        size = b - a
        hessian = np.ascontiguousarray(square[:size, :size])
        for w in range(mu.shape[1]):
            x, cc = here[0, :size], here[1, :size]
            x[:] = mu[a:b, w]
            cc[:] = c[a:b, w]
            _ascend(
                x, cc, total[:, w], item_menu[j], item_menu[j + 1], menu_start, options, a,
                work[0, :size], hessian, work[1, :size], work[2, :size],
            )  # fmt: skip
            mu[a:b, w] = x


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
    out = np.ascontiguousarray(mu).copy()
    _solve(out, np.ascontiguousarray(c), np.ascontiguousarray(total), item_start, item_menu, menu_start, options)
    return out
