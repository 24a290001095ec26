"""Shares and categories of all items in compiled code: code tables, M-step and coordinates of all starts in one call.

Shares and the probabilities of an item are points on simplices. Where a model has nothing else, its parameters are one
array of rows, and one table says which rows make a simplex and which codes of which menus tell of them. What the
families and the membership compute part by part is computed here in one pass, with sums in a fixed order: a start has
the same bits whatever starts are beside it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .jit import INNER, MERGED, OUTER, njit
from .logit import SHORT, ascend

__all__ = [
    "Look", "Simplices", "look", "mstep", "parameters_one", "seen", "table", "tangent_one", "write_table",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FLOOR = 1e-9  # least curvature, per observation: a type nobody is expected in has none

_outer: Any = njit(**OUTER)
_inner: Any = njit(**INNER)
_leaf: Any = njit(_nrt=False, **INNER)
_inline: Any = njit(**MERGED)


class Simplices(NamedTuple):
    """Which rows of the parameters make a simplex, and what was on offer: item by item, menu by menu.

    Row 0 of the parameters (R, S, K) has the shares. Item j has rows first[j]..first[j + 1] - 1 and menus
    menus[j]..menus[j + 1] - 1; menu m offers the outcomes option[bounds[m]]..option[bounds[m + 1] - 1], counted from
    the item's first row, in ascending order, whose rows in a table of codes are code[...] there: -1 for a menu of all
    outcomes that nobody was offered, and that a prior is about. codes: rows C of such a table. pseudo: pseudo-count of
    each outcome of item j, and last of a share.
    plain: the items with one menu, of all outcomes; choices: the others.
    """

    first: Ints
    menus: Ints
    bounds: Ints
    option: Ints
    code: Ints
    pseudo: Floats
    codes: int
    plain: Ints
    choices: Ints


class Look(NamedTuple):
    """What a quasi-Newton step sees of all starts at given parameters.

    em: (R, S, K) the EM step; point, towards: (S, R * K) coordinates of the parameters and of the EM step; ascent:
    (S, R * K) gradient of the expected log-likelihood in the coordinates; metric: (S, R * K) inverse complete-data
    information; both per observation, of which there are n, (S,).
    """

    em: Floats
    point: Floats
    towards: Floats
    ascent: Floats
    metric: Floats
    n: Floats


@_outer
def write_table(theta, which, first, menus, bounds, option, code, out):
    """Write the probabilities of all codes, but for MISSING, under the starts in which, (A,), to out (C, A * K)."""
    types = theta.shape[2]
    for j in range(first.shape[0] - 1):
        for m in range(menus[j], menus[j + 1]):
            if code[bounds[m]] < 0:
                continue
            plain = menus[j + 1] - menus[j] == 1 and bounds[m + 1] - bounds[m] == first[j + 1] - first[j]
            for at in range(which.shape[0]):
                s = which[at]
                for k in range(types):
                    among = 0.0
                    for o in range(bounds[m], bounds[m + 1]):
                        among += theta[first[j] + option[o], s, k]
                    if plain:
                        among = 1.0
                    for o in range(bounds[m], bounds[m + 1]):
                        p = theta[first[j] + option[o], s, k]
                        out[code[o], at * types + k] = p / among if among > 0.0 else 1.0 / (bounds[m + 1] - bounds[m])


@_inner
def _write(s, at, p, to, c, expected, n, floor, whole, per, point, towards, ascent, metric):
    """Write coordinates, gradient and inverse information of one probability p, which the EM step takes to `to`.

    at: its place among the coordinates of start s; c: counted choices of it, expected: those expected at p; n: choices
    of all on its simplex; per: observations of the start. Without the whole nothing is written.
    """
    if not whole:
        return
    root = np.sqrt(p)
    point[s, at], towards[s, at] = root, np.sqrt(to)
    ascent[s, at] = 2.0 * (c - expected) / (root if root > 0.0 else 1.0) / per
    metric[s, at] = 1.0 / max(4.0 * (expected / p if p > 0.0 else n), floor) * per


@_inner
def _look_plain(
    theta, which, totals, counts, first, menus, bounds, code, pseudo, plain, whole, n, em, point, towards, ascent,
    metric,
):  # fmt: skip
    """The M-step of the shares and of plain items and, if asked for the whole, what a quasi-Newton step needs.

    Of the starts in which, (A,), whose totals (1, A * K) and counts (C, A * K) stand in this order.
    """
    types, own = theta.shape[2], pseudo[pseudo.shape[0] - 1]
    for at in range(which.shape[0]):
        s, here = which[at], at * types
        n[s], among = 0.0, 0.0
        for k in range(types):
            n[s] += totals[0, here + k]
            among += totals[0, here + k] + own
        for k in range(types):
            p, c = theta[0, s, k], totals[0, here + k] + own
            em[0, s, k] = c / among
            _write(
                s, k, p, c / among, c, among * p, among, FLOOR * among, whole, n[s], point, towards, ascent, metric
            )  # fmt: skip
    for item in range(plain.shape[0]):
        j = plain[item]
        row, size, begin = first[j], first[j + 1] - first[j], bounds[menus[j]]
        for at in range(which.shape[0]):
            s, here = which[at], at * types
            floor = FLOOR * (n[s] + types * own)
            for k in range(types):
                among = 0.0
                for i in range(size):
                    among += counts[code[begin + i], here + k] + pseudo[j]
                for i in range(size):
                    p, c = theta[row + i, s, k], counts[code[begin + i], here + k] + pseudo[j]
                    to = c / among if among > 0.0 else p  # where there is nothing to learn parameters stay
                    em[row + i, s, k] = to
                    _write(
                        s, (row + i) * types + k, p, to, c, among * p, among, floor, whole, n[s], point, towards,
                        ascent, metric,
                    )  # fmt: skip


@_inline
def _expect(p, total, bounds, option, expected):
    """Write the choices of every outcome that are expected at p, of (menus,) totals."""
    for i in range(p.shape[0]):
        expected[i] = 0.0
    for m in range(total.shape[0]):
        among = 0.0
        for o in range(bounds[m], bounds[m + 1]):
            among += p[option[o]]
        for o in range(bounds[m], bounds[m + 1]):
            share = p[option[o]] / among if among > 0.0 else 1.0 / (bounds[m + 1] - bounds[m])
            expected[option[o]] += total[m] * share


@_inner
def _look_choices(
    theta, which, counts, first, menus, bounds, option, code, pseudo, choices, whole, n, em, point, towards, ascent,
    metric, short,
):  # fmt: skip
    """`_look_plain` for items of several menus, or of one that leaves outcomes out; short: see `logit.ascend`."""
    types, own = theta.shape[2], pseudo[pseudo.shape[0] - 1]
    most = 1  # outcomes, menus, and options of all menus of an item
    for j in range(first.shape[0] - 1):
        most = max(most, first[j + 1] - first[j], menus[j + 1] - menus[j], bounds[menus[j + 1]] - bounds[menus[j]])
    space, places = np.empty((7, most)), np.empty(most + 1, np.int64)
    for item in range(choices.shape[0]):
        j = choices[item]
        row, size, offered = first[j], first[j + 1] - first[j], menus[j + 1] - menus[j]
        if size == 0:
            continue
        begin, end = bounds[menus[j]], bounds[menus[j + 1]]
        options, codes, here = option[begin:end], code[begin:end], places[: offered + 1]
        for m in range(offered + 1):
            here[m] = bounds[menus[j] + m] - begin
        p, c, expected = space[0, :size], space[1, :size], space[2, :size]
        slope, move = space[3, :size], space[4, :size]
        count, total, weight = space[5, : end - begin], space[6, :offered], np.empty((size, size))
        for at in range(which.shape[0]):
            s = which[at]
            floor = FLOOR * (n[s] + types * own)
            for k in range(types):
                for i in range(size):
                    p[i], c[i] = theta[row + i, s, k], 0.0
                among = 0.0
                for m in range(offered):
                    total[m] = 0.0
                    for o in range(here[m], here[m + 1]):
                        count[o] = pseudo[j] if codes[o] < 0 else counts[codes[o], at * types + k]
                        total[m] += count[o]
                        c[options[o]] += count[o]
                    among += total[m]
                if whole:
                    _expect(p, total, here, options, expected)
                if among > 0.0:  # else there is nothing to learn: parameters stay
                    ascend(p, c, among, count, total, here, options, slope, weight, move, short)
                for i in range(size):
                    em[row + i, s, k] = p[i]
                    _write(
                        s, (row + i) * types + k, theta[row + i, s, k], p[i], c[i], expected[i], among, floor, whole,
                        n[s], point, towards, ascent, metric,
                    )  # fmt: skip


@_outer
def look(
    theta, which, totals, counts, simplices, choices, whole, n, em, point, towards, ascent, metric, short,
):  # fmt: skip
    """Write what a quasi-Newton step sees of the starts in which, (A,), to the arrays of `Look`.

    totals (1, A * K), counts (C, A * K): expected at theta (R, S, K); choices: the items with menus, or None; without
    the whole the EM step and n alone; short: see `logit.ascend`.
    """
    first, menus, bounds, option, code, pseudo, _, plain, _ = simplices
    _look_plain(
        theta, which, totals, counts, first, menus, bounds, code, pseudo, plain, whole, n, em, point, towards, ascent,
        metric,
    )  # fmt: skip
    if choices is not None:
        _look_choices(
            theta, which, counts, first, menus, bounds, option, code, pseudo, choices, whole, n, em, point, towards,
            ascent, metric, short,
        )  # fmt: skip


@_leaf
def parameters_one(s, y, first, out):
    """Write the parameters of start s at coordinates (S, R * K) to out (R, S, K)."""
    types = out.shape[2]
    among = 0.0
    for k in range(types):
        among += y[s, k] * y[s, k]
    for k in range(types):
        out[0, s, k] = y[s, k] * y[s, k] / among
    for j in range(first.shape[0] - 1):
        for k in range(types):
            among = 0.0
            for r in range(first[j], first[j + 1]):
                among += y[s, r * types + k] * y[s, r * types + k]
            for r in range(first[j], first[j + 1]):
                out[r, s, k] = y[s, r * types + k] * y[s, r * types + k] / among


@_leaf
def tangent_one(s, y, v, first, types):
    """Take away from the direction of start s in v (S, R * K) at y what changes the length of a simplex's coordinates.

    That length is none of the parameters.
    """
    along = 0.0
    for k in range(types):
        along += y[s, k] * v[s, k]
    for k in range(types):
        v[s, k] -= along * y[s, k]
    for j in range(first.shape[0] - 1):
        for k in range(types):
            along = 0.0
            for r in range(first[j], first[j + 1]):
                along += y[s, r * types + k] * v[s, r * types + k]
            for r in range(first[j], first[j + 1]):
                v[s, r * types + k] -= along * y[s, r * types + k]


def table(theta: Floats, simplices: Simplices, which: Ints | None = None) -> Floats:
    """Return (C, A * K) probabilities of all codes, 1 for MISSING, from (R, S, K) parameters of the starts in which.

    which: (A,), by default all. Where a whole menu has probability 0 it is even.
    """
    which = np.arange(theta.shape[1]) if which is None else which
    out = np.ones((simplices.codes, len(which) * theta.shape[2]))
    write_table(np.ascontiguousarray(theta), which, *simplices[:5], out)
    return out


def mstep(theta: Floats, totals: Floats, counts: Floats, simplices: Simplices) -> Floats:
    """Return the (R, S, K) parameters that maximise the expected log-likelihood.

    totals: (1, S * K) expected totals of the types; counts: (C, S * K) of the codes; theta: where they are now, for
    items with several menus, and those that nobody of a type answers.
    """
    return seen(theta, totals, counts, simplices, whole=False).em


def seen(theta: Floats, totals: Floats, counts: Floats, simplices: Simplices, whole: bool = True) -> Look:
    """Return what a quasi-Newton step sees; without the whole the EM step and n alone."""
    rows, starts, types = theta.shape
    em, n = np.empty(theta.shape), np.empty(starts)
    shape = (starts, rows * types) if whole else (0, 0)
    point, towards, ascent, metric = np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape)
    theta, totals, counts = np.ascontiguousarray(theta), np.ascontiguousarray(totals), np.ascontiguousarray(counts)
    choices = simplices.choices if len(simplices.choices) else None
    which = np.arange(starts)
    look(theta, which, totals, counts, simplices, choices, whole, n, em, point, towards, ascent, metric, SHORT)
    return Look(em, point, towards, ascent, metric, n)
