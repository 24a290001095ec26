"""The choice model in compiled code: probabilities on menus, and the M-step of all items and columns in one call.

For one item and one column maximise the concave  f(psi) = sum_l c_l psi_l - sum_S C_S log sum_{l in S} exp(psi_l)
(formulas: choice M-step; c expected counts by outcome, C by menu). The cost depends on menus, not on voters.

Steps are of a length that cannot lower f, so none is tried and taken back, and f itself is never computed. Nothing is
lost to cancellation: minus the Hessian is the Laplacian of a graph, and options are eliminated one after the other by
adding positive numbers only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .jit import INNER, MERGED, OUTER, njit

__all__ = ["NEAR", "SHORT", "Menus", "ascend", "expected", "solve", "table"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEPS = 50
SHORT = 1e-7  # a Newton step of this range leaves an error of its square
NEAR = 1e-3  # of this one, less than the rules that iterations stop by look at
SMALL = 1e-18  # a gain, per unit of weight, after which there is nothing to gain
TINY = 1e-290  # links weaker than this, all together, are none
GAP = 1e-40  # an option somebody chose keeps this part of the next more probable one, or more in a long chain of them,
LEAST = 1e-280  # for the least probable one has to keep this part of the most probable

_outer: Any = njit(**OUTER)
_inner: Any = njit(**INNER)
_inline: Any = njit(**MERGED)


class Menus(NamedTuple):
    """What was on offer, item by item, menu by menu.

    Item j has outcome rows item_start[j]..item_start[j + 1] - 1 and menus item_menu[j]..item_menu[j + 1] - 1; menu m
    offers the outcome rows options[menu_start[m]]..options[menu_start[m + 1] - 1], in ascending order. In tables of
    codes options[o] of item j has row o + j + 1, since the code MISSING of every item comes first.
    """

    item_start: Ints
    item_menu: Ints
    menu_start: Ints
    options: Ints


@_inner
def _settle(p, c):
    """Give p sum 1: 0 for an option never chosen, positive for one that somebody chose.

    Options that lose against others wherever they meet drift to 0 together, and what they have in common would be lost
    when they underflow. They are held at GAP below the others instead, which costs f less than rounding does.
    """
    most, least = 0.0, np.inf
    for i in range(c.shape[0]):
        if c[i] > 0.0:
            most, least = max(most, p[i]), min(least, p[i])
        else:
            p[i] = 0.0
    if not least >= GAP * most or most == 0.0:
        _close(p, c)
    among = 0.0
    for i in range(c.shape[0]):
        among += p[i]
    for i in range(c.shape[0]):
        p[i] /= among


@_inner
def _next(p, c, here):
    """Return the most probable chosen option less probable than `here`, -1 where there is none."""
    below = -1.0
    for i in range(c.shape[0]):
        if c[i] > 0.0 and below < p[i] < here:
            below = p[i]
    return below


@_inline
def _range(p, c, gap):
    """Return the least probable chosen option when gaps are closed to `gap`; the most probable is 1."""
    least, here = 1.0, 1.0
    while True:
        below = _next(p, c, here)
        if below < 0.0:
            return least
        least *= max(below / here, gap)
        here = below


@_inner
def _close(p, c):
    """Close the gaps between chosen options from the most probable down, ratios below a gap staying as they are."""
    here = 0.0
    for i in range(c.shape[0]):
        here = max(here, p[i])
    for i in range(c.shape[0]):
        p[i] = p[i] / here if here > 0.0 else 1.0 * (c[i] > 0.0)
    gap, here = GAP, 1.0
    while _range(p, c, gap) < LEAST:
        gap *= 10.0
    while True:
        below = _next(p, c, here)
        if below < 0.0:
            return
        if below < gap * here:
            for i in range(c.shape[0]):
                if c[i] > 0.0 and p[i] < here:
                    p[i] = p[i] / below * gap * here if below > 0.0 else gap * here
            below = gap * here
        here = below


@_inline
def _scale(p, c, total, bounds, option, rate):
    """One step of minorisation, p_l = c_l / sum_S C_S / p(S): exact for one menu, and far leaps towards 0."""
    for i in range(c.shape[0]):
        rate[i] = 0.0
    for m in range(total.shape[0]):
        if total[m] > 0.0:
            among = 0.0
            for o in range(bounds[m], bounds[m + 1]):
                among += p[option[o]]
            each = total[m] / among
            for o in range(bounds[m], bounds[m + 1]):
                rate[option[o]] += each
    for i in range(c.shape[0]):
        if c[i] > 0.0:
            p[i] = c[i] / rate[i]
    _settle(p, c)


@_inline
def _newton(p, count, total, bounds, option, slope, weight, move):
    """Write the Newton step in psi, where the first option stays; return its range and twice what f should gain.

    move is space until it is written: the shares of a menu's options.
    """
    for a in range(p.shape[0]):
        slope[a] = 0.0
        for b in range(a):
            weight[a, b] = 0.0
    for m in range(total.shape[0]):
        if total[m] <= 0.0:
            continue
        among = 0.0
        for o in range(bounds[m], bounds[m + 1]):
            among += p[option[o]]
        for o in range(bounds[m], bounds[m + 1]):
            a, share = option[o], p[option[o]] / among
            move[a] = share
            for q in range(bounds[m], o):
                b, other = option[q], move[option[q]]
                flow = count[o] * other - count[q] * share  # sums of these are c_l - sum_S C_S p(l) / p(S)
                slope[a] += flow
                slope[b] -= flow
                weight[a, b] += total[m] * share * other
    gain = 0.0
    for a in range(p.shape[0] - 1, 0, -1):  # leave out option a and link its neighbours instead
        degree = 0.0
        for b in range(a):
            degree += weight[a, b]
        slope[a] = slope[a] / degree if degree > TINY else 0.0  # 0: nobody chose it, or nothing else
        gain += slope[a] * slope[a] * degree
        for b in range(a):
            weight[a, b] = weight[a, b] / degree if degree > TINY else 0.0
            slope[b] += weight[a, b] * slope[a] * degree
            for d in range(b):
                weight[b, d] += weight[a, b] * weight[a, d] * degree
    low, high = 0.0, 0.0
    move[0] = 0.0
    for a in range(1, p.shape[0]):
        move[a] = slope[a]
        for b in range(a):
            move[a] += weight[a, b] * move[b]
        low, high = min(low, move[a]), max(high, move[a])
    return high - low, gain


@_inner
def ascend(p, c, n, count, total, bounds, option, slope, weight, move, short):
    """Maximise f for one item and column; p holds the start and gets the answer, with sum 1.

    short: range of the Newton step that is the last. Every step brings f up.
    """
    _settle(p, c)
    _scale(p, c, total, bounds, option, slope)
    for _ in range(STEPS):
        reach, gain = _newton(p, count, total, bounds, option, slope, weight, move)
        part = 1.0 if reach <= 1.0 else np.log(1.0 + reach) / reach  # f rises: it is self-concordant
        for i in range(c.shape[0]):
            p[i] *= np.exp(part * move[i])
        _settle(p, c)
        if reach <= short or gain <= SMALL * n:
            return


@_outer
def _solve(mu, counts, item_start, item_menu, menu_start, options, out):
    for j in range(item_start.shape[0] - 1):
        zero, size, first, last = item_start[j], item_start[j + 1] - item_start[j], item_menu[j], item_menu[j + 1]
        if size == 0:
            continue
        code = menu_start[first] + j + 1
        bounds = menu_start[first : last + 1] - menu_start[first]
        option = options[menu_start[first] : menu_start[last]] - zero
        p, c, slope, move = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
        count, total, weight = np.empty(option.shape[0]), np.empty(last - first), np.empty((size, size))
        for w in range(mu.shape[1]):
            for i in range(size):
                p[i], c[i] = mu[zero + i, w], 0.0
            for m in range(last - first):
                total[m] = 0.0
                for o in range(bounds[m], bounds[m + 1]):
                    count[o] = counts[code + o, w]
                    total[m] += count[o]
                    c[option[o]] += count[o]
            n = total.sum()
            if n > 0.0:  # else nothing to learn: parameters stay
                ascend(p, c, n, count, total, bounds, option, slope, weight, move, SHORT)
            for i in range(size):
                out[zero + i, w] = p[i]


@_outer
def _table(mu, item_start, item_menu, menu_start, options, out):
    for j in range(item_menu.shape[0] - 1):
        for m in range(item_menu[j], item_menu[j + 1]):
            first, last = menu_start[m], menu_start[m + 1]
            for w in range(mu.shape[1]):
                among = 0.0
                for o in range(first, last):
                    among += mu[options[o], w]
                for o in range(first, last):
                    p = mu[options[o], w] / among if among > 0.0 else 1.0 / (last - first)
                    out[o + j + 1, w] = p


@_outer
def _expected(mu, counts, item_start, item_menu, menu_start, options, chosen, out):
    for j in range(item_menu.shape[0] - 1):
        for m in range(item_menu[j], item_menu[j + 1]):
            first, last = menu_start[m], menu_start[m + 1]
            for w in range(mu.shape[1]):
                among, total = 0.0, 0.0
                for o in range(first, last):
                    among += mu[options[o], w]
                    total += counts[o + j + 1, w]
                    chosen[options[o], w] += counts[o + j + 1, w]
                for o in range(first, last):
                    p = mu[options[o], w] / among if among > 0.0 else 1.0 / (last - first)
                    out[options[o], w] += total * p


def table(mu: Floats, menus: Menus) -> Floats:
    """Return (C, W) probabilities of all codes, 1 for MISSING, from (M, W) mu; even where a whole menu has mu = 0."""
    out = np.ones((len(menus.options) + len(menus.item_menu) - 1, mu.shape[1]))
    _table(np.ascontiguousarray(mu), *menus, out)
    return out


def expected(mu: Floats, counts: Floats, menus: Menus) -> tuple[Floats, Floats]:
    """Return (M, W) choices of every outcome from (C, W) counts by code: those counted, and those expected at mu."""
    chosen, out = np.zeros_like(mu, order="C"), np.zeros_like(mu, order="C")
    _expected(np.ascontiguousarray(mu), np.ascontiguousarray(counts), *menus, chosen, out)
    return chosen, out


def solve(mu: Floats, counts: Floats, menus: Menus) -> Floats:
    """Return the (M, W) mu that maximise f for every item and column, from (C, W) counts by code and a start mu."""
    out = np.empty_like(mu, order="C")
    _solve(np.ascontiguousarray(mu), np.ascontiguousarray(counts), *menus, out)
    return out
