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

from .jit import njit
from .logit import ascend
from .rescue import INNER

__all__ = ["Look", "Simplices", "look", "mstep", "parameters", "table", "tangent"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FLOOR = 1e-9  # least curvature, per observation: a type nobody is expected in has none

_outer: Any = njit(cache=True, nogil=True, error_model="numpy")
_inner: Any = njit(**INNER)


class Simplices(NamedTuple):
    """Which rows of the parameters make a simplex, and what was on offer: item by item, menu by menu.

    Row 0 of the parameters (R, S, K) has the shares. Item j has rows first[j]..first[j + 1] - 1 and menus
    menus[j]..menus[j + 1] - 1; menu m offers the outcomes option[bounds[m]]..option[bounds[m + 1] - 1], counted from
    the item's first row, in ascending order, whose rows in a table of codes are code[...] there: -1 for a menu of all
    outcomes that nobody was offered, and that a prior is about. codes: rows C of such a table. pseudo: pseudo-count of
    each outcome of item j, and last of a share.
    """

    first: Ints
    menus: Ints
    bounds: Ints
    option: Ints
    code: Ints
    pseudo: Floats
    codes: int


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
def _table(theta, first, menus, bounds, option, code, out):
    starts, types = theta.shape[1], theta.shape[2]
    for j in range(first.shape[0] - 1):
        for m in range(menus[j], menus[j + 1]):
            if code[bounds[m]] < 0:
                continue
            plain = menus[j + 1] - menus[j] == 1 and bounds[m + 1] - bounds[m] == first[j + 1] - first[j]
            for s in range(starts):
                for k in range(types):
                    among = 0.0
                    for o in range(bounds[m], bounds[m + 1]):
                        among += theta[first[j] + option[o], s, k]
                    if plain:
                        among = 1.0
                    for o in range(bounds[m], bounds[m + 1]):
                        p = theta[first[j] + option[o], s, k]
                        out[code[o], s * types + k] = p / among if among > 0.0 else 1.0 / (bounds[m + 1] - bounds[m])


@_inner
def _write(theta, em, c, expected, n, floor, row, k, across, s, point, towards, ascent, metric):
    """Write coordinates, gradient and inverse information of one simplex, whose first entry is theta[row, s, k].

    across: whether its entries are types of one row, not rows of one type; c: counted choices of every outcome,
    expected: those expected at theta, n: their sum. The rows of point and the others are (R, K) laid out flat.
    """
    types = theta.shape[2]
    for i in range(c.shape[0]):
        r, t = (row, k + i) if across else (row + i, k)
        at, p = r * types + t, theta[r, s, t]
        root = np.sqrt(p)
        point[s, at], towards[s, at] = root, np.sqrt(em[r, s, t])
        ascent[s, at] = 2.0 * (c[i] - expected[i]) / (root if root > 0.0 else 1.0)
        metric[s, at] = 1.0 / max(4.0 * (expected[i] / p if p > 0.0 else n), floor)


@_outer
def _shares(theta, totals, pseudo, whole, n, em, point, towards, ascent, metric):
    """The M-step of the shares and, if asked for the whole, what a quasi-Newton step needs of them."""
    types = theta.shape[2]
    c, expected = np.empty(types), np.empty(types)
    for s in range(theta.shape[1]):
        n[s] = 0.0
        for k in range(types):
            n[s] += totals[0, s * types + k]
            c[k] = totals[0, s * types + k] + pseudo
        among = 0.0
        for k in range(types):
            among += c[k]
        for k in range(types):
            em[0, s, k], expected[k] = c[k] / among, among * theta[0, s, k]
        if whole:
            _write(theta, em, c, expected, among, FLOOR * among, 0, 0, True, s, point, towards, ascent, metric)


@_inner
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


@_outer
def _items(
    theta, counts, first, menus, bounds, option, code, pseudo, floors, whole, em, point, towards, ascent, metric
):  # fmt: skip
    """The M-step of every item and, if asked for the whole, what a quasi-Newton step needs of it."""
    starts, types = theta.shape[1], theta.shape[2]
    most = 1  # outcomes, menus, and options of all menus of an item
    for j in range(first.shape[0] - 1):
        most = max(most, first[j + 1] - first[j], menus[j + 1] - menus[j], bounds[menus[j + 1]] - bounds[menus[j]])
    space, places = np.empty((7, most)), np.empty(most + 1, np.int64)
    for j in range(first.shape[0] - 1):
        row, size, offered = first[j], first[j + 1] - first[j], menus[j + 1] - menus[j]
        if size == 0:
            continue
        begin, end = bounds[menus[j]], bounds[menus[j + 1]]
        options, codes, here = option[begin:end], code[begin:end], places[: offered + 1]
        for m in range(offered + 1):
            here[m] = bounds[menus[j] + m] - begin
        plain = offered == 1 and options.shape[0] == size  # one menu of all outcomes
        p, c, expected = space[0, :size], space[1, :size], space[2, :size]
        slope, move = space[3, :size], space[4, :size]
        count, total, weight = space[5, : end - begin], space[6, :offered], np.empty((0 if plain else size, size))
        for s in range(starts):
            for k in range(types):
                for i in range(size):
                    p[i], c[i] = theta[row + i, s, k], 0.0
                n = 0.0
                for m in range(offered):
                    total[m] = 0.0
                    for o in range(here[m], here[m + 1]):
                        count[o] = pseudo[j] if codes[o] < 0 else counts[codes[o], s * types + k]
                        if plain:
                            count[o] += pseudo[j]
                        total[m] += count[o]
                        c[options[o]] += count[o]
                    n += total[m]
                if whole and plain:
                    for i in range(size):
                        expected[i] = n * p[i]
                elif whole:
                    _expect(p, total, here, options, expected)
                if n > 0.0 and plain:  # where n is 0 there is nothing to learn: parameters stay
                    for i in range(size):
                        p[i] = c[i] / n
                elif n > 0.0:
                    ascend(p, c, n, count, total, here, options, slope, weight, move)
                for i in range(size):
                    em[row + i, s, k] = p[i]
                if whole:
                    floor = FLOOR * floors[s]
                    _write(theta, em, c, expected, n, floor, row, k, False, s, point, towards, ascent, metric)


@_outer
def _parameters(y, first, em, which, out):
    """Write the parameters at coordinates (S, R * K) to out (R, S, K), and those of em where a start is not chosen."""
    types = out.shape[2]
    for s in range(out.shape[1]):
        if not which[s]:
            for r in range(out.shape[0]):
                for k in range(types):
                    out[r, s, k] = em[r, s, k]
            continue
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


@_outer
def _tangent(y, v, first, types):
    """Take away from directions v (S, R * K) at y what changes the length of a simplex's coordinates."""
    for s in range(y.shape[0]):
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


def table(theta: Floats, simplices: Simplices) -> Floats:
    """Return (C, S * K) probabilities of all codes, 1 for MISSING, from (R, S, K) parameters.

    Where a whole menu has probability 0 it is even.
    """
    out = np.ones((simplices.codes, theta.shape[1] * theta.shape[2]))
    _table(np.ascontiguousarray(theta), *simplices[:5], out)
    return out


def mstep(theta: Floats, totals: Floats, counts: Floats, simplices: Simplices) -> Floats:
    """Return the (R, S, K) parameters that maximise the expected log-likelihood.

    totals: (1, S * K) expected totals of the types; counts: (C, S * K) of the codes; theta: where they are now, for
    items with several menus, and those that nobody of a type answers.
    """
    return look(theta, totals, counts, simplices, whole=False).em


def look(theta: Floats, totals: Floats, counts: Floats, simplices: Simplices, whole: bool = True) -> Look:
    """Return what a quasi-Newton step sees; without the whole the EM step and n alone."""
    rows, starts, types = theta.shape
    em, n = np.empty(theta.shape), np.empty(starts)
    shape = (starts, rows * types) if whole else (0, 0)
    point, towards, ascent, metric = np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape)
    *tables, pseudo, _ = simplices
    theta, totals, counts = np.ascontiguousarray(theta), np.ascontiguousarray(totals), np.ascontiguousarray(counts)
    _shares(theta, totals, pseudo[-1], whole, n, em, point, towards, ascent, metric)
    floors = n + types * pseudo[-1]
    _items(theta, counts, *tables, pseudo, floors, whole, em, point, towards, ascent, metric)
    if whole:
        ascent /= n[:, None]
        metric *= n[:, None]
    return Look(em, point, towards, ascent, metric, n)


def parameters(y: Floats, em: Floats, which: Bools, simplices: Simplices) -> Floats:
    """Return (R, S, K) parameters at (S, R * K) coordinates of the starts in which, (S,); of the others those of em."""
    out = np.empty(em.shape)
    _parameters(y, simplices.first, np.ascontiguousarray(em), which, out)
    return out


def tangent(y: Floats, v: Floats, types: int, simplices: Simplices) -> Floats:
    """Return directions (S, R * K) at coordinates y without what only changes the length of a simplex's coordinates."""
    out = v.copy()
    _tangent(y, out, simplices.first, types)
    return out
