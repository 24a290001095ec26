"""What an iteration does with the sums of the E-step, where parameters are shares and categories, in compiled code.

The M-step, the acceleration and the stopping rule of all starts that still iterate, in one call: `step`. Where data are
small even that call, and the one of the E-step, would take longer than what they do: `iterate` makes many iterations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compiled import expect_eight
from .jit import INNER, OUTER, njit
from .quasi import (
    DENSE,
    FLAT,
    MEMORY,
    WARMUP,
    accept_one,
    begin_matrix,
    direction_one,
    reach_one,
    remember_one,
)
from .simplices import look_choices, look_plain, parameters_one, tangent_one, write_table
from .stopping import FACTOR, FIXED, GIVE_UP_AFTER, aitken, nothing_left_one

__all__ = ["CONVERGED", "GIVEN_UP", "LIMIT", "MORE", "RUNNING", "Rule", "Starts", "iterate", "step"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

RUNNING, CONVERGED, GIVEN_UP, LIMIT = 0, 1, 2, 3
"""Why a start has ended, or that it has not."""
MORE = -1
"""What `step` returns where arrays have to be enlarged first."""

_outer: Any = njit(**OUTER)
_inner: Any = njit(**INNER)
_inline: Any = njit(inline="always", **INNER)


class Rule(NamedTuple):
    """The stopping rule: the largest gain, change and gradient, and iterations at most; see `em.loop.StoppingRule`."""

    gain: float
    change: float
    gradient: float
    steps: int


class Starts(NamedTuple):
    """S starts on their way; R rows of parameters of K types, P = R * K coordinates.

    theta: (R, S, K) parameters of this iteration; em: the EM step from there; best, towards: the last accepted
    parameters, and the EM step from there. value, loglik: (S,) at `best`; change: (S,) the most that the EM step
    changes a parameter there; gradient: (S,) norm per observation, NaN where it is not computed; remaining: (S,)
    projected gain. trace: (S, T) values of the accepted iterations, `accepted` of them; ended: (S,) why a start has
    ended, after `iterations`; target: (S,) what it has to reach.

    For quasi-Newton steps (see `quasi`), point, goal, ascent and metric (S, P) at `best`, and `new` (4, S, P) the same
    at theta; n: (S,) observations; predicted, by_em, radius: (S,); moved: (3, S, P) step, fall of the gradient, and
    direction. s, y (S, m, P), rho (S, m), pairs (S,): what is remembered of the curvature, and matrices (D, P, P), of
    which the first `used` (1,) are in use, at place (S,).
    """

    theta: Floats
    em: Floats
    best: Floats
    towards: Floats
    value: Floats
    loglik: Floats
    change: Floats
    gradient: Floats
    remaining: Floats
    trace: Floats
    accepted: Ints
    ended: Ints
    iterations: Ints
    target: Floats
    point: Floats
    goal: Floats
    ascent: Floats
    metric: Floats
    new: Floats
    n: Floats
    predicted: Floats
    by_em: Bools
    radius: Floats
    moved: Floats
    s: Floats
    y: Floats
    rho: Floats
    pairs: Ints
    rows: Ints
    matrices: Floats
    used: Ints
    place: Ints


@_inner
def _full(which, faster, starts):
    """Whether arrays have to be enlarged before another iteration."""
    matrices = starts.used[0]
    for at in range(which.shape[0]):
        s = which[at]
        if starts.accepted[s] == starts.trace.shape[1]:
            return True
        if not faster:
            continue
        memory = starts.s.shape[1]
        if memory < MEMORY and starts.pairs[s] >= memory:
            return True
        if starts.point.shape[1] <= DENSE and starts.place[s] < 0 and starts.pairs[s] + 1 >= MEMORY:
            matrices += 1
    return matrices > starts.matrices.shape[0]


@_inner
def _copy(old, new, s):
    """Write the parameters (R, S, K) of start s from old to new."""
    for r in range(old.shape[0]):
        for k in range(old.shape[2]):
            new[r, s, k] = old[r, s, k]


@_inner
def _change(new, old, s):
    """Return the largest difference of start s, and whether all are next to nothing; NaN stays."""
    change, fixed = 0.0, True
    for r in range(new.shape[0]):
        for k in range(new.shape[2]):
            away = abs(new[r, s, k] - old[r, s, k])
            if away > change or np.isnan(away):
                change = away
            fixed &= away <= FIXED * max(1.0, abs(old[r, s, k]))
    return change, fixed


@_inner
def _begin(s, value, starts):
    """The first iteration of a start that will be accelerated: EM's step follows."""
    for i in range(starts.point.shape[1]):
        starts.point[s, i], starts.goal[s, i] = starts.new[0, s, i], starts.new[1, s, i]
        starts.ascent[s, i], starts.metric[s, i] = starts.new[2, s, i], starts.new[3, s, i]
    starts.value[s] = value


@_inner
def _learn(s, starts, space):
    """Take in how the gradient of start s has changed along its last step."""
    step, fall = starts.moved[0], starts.moved[1]
    here, there, further, _ = space
    remember_one(
        s, step, fall, step, fall, starts.metric, starts.s, starts.y, starts.rho, starts.pairs, starts.rows,
        starts.matrices, starts.place, here, there, further,
    )  # fmt: skip
    if starts.point.shape[1] <= DENSE and starts.place[s] < 0 and starts.pairs[s] >= MEMORY:
        starts.place[s] = starts.used[0]
        starts.used[0] += 1
        begin_matrix(
            s, starts.metric, starts.s, starts.y, starts.pairs, starts.rows, starts.matrices[starts.place[s]], here,
            there, further,
        )  # fmt: skip


@_inner
def _leap(s, may, first, starts, space):
    """Write the next parameters of start s by a quasi-Newton step, or EM's; return the projected gain."""
    way, (v, w, _, alpha) = starts.moved[2], space
    rate = direction_one(
        s, starts.ascent, starts.metric, starts.s, starts.y, starts.rho, starts.pairs, starts.rows, starts.matrices,
        starts.place, way, alpha, v, w,
    )  # fmt: skip
    tangent_one(s, starts.point, way, first, starts.theta.shape[2])  # else it would be cut for nothing
    # where EM's own step is long the optimum is far and the gradient misleads: EM's step is taken
    remaining = reach_one(
        s, way, rate, starts.n, starts.point, starts.goal, starts.radius, may, starts.moved[0], starts.predicted,
        starts.by_em,
    )  # fmt: skip
    if starts.by_em[s]:
        _copy(starts.towards, starts.theta, s)
    else:
        parameters_one(s, starts.moved[0], first, starts.theta)
    return remaining


@_inner
def _norm(s, starts):
    """Return the largest gradient of start s in log-odds, per observation."""
    norm = 0.0
    for i in range(starts.point.shape[1]):
        norm = max(norm, abs(starts.ascent[s, i] * starts.point[s, i] / 2))
    return norm


@_inner
def _one(s, iteration, value, loglik, first, starts, rule, faster, space):
    """The iteration of start s, whose value is known: what follows, and whether it ends."""
    change, fixed = _change(starts.em, starts.theta, s)
    accepted, gain = True, 0.0
    if faster and iteration > 1:
        accepted, gain = accept_one(
            s, value, starts.n, starts.new[0], starts.new[1], starts.new[2], starts.new[3], starts.value,
            starts.predicted, starts.by_em, starts.radius, starts.point, starts.goal, starts.ascent, starts.metric,
            starts.moved[0], starts.moved[1],
        )  # fmt: skip
    if accepted:
        starts.value[s], starts.loglik[s], starts.change[s] = value, loglik, change
        starts.trace[s, starts.accepted[s]] = value
        starts.accepted[s] += 1
        _copy(starts.theta, starts.best, s)
        _copy(starts.em, starts.towards, s)
    remaining, gradient = np.inf, 0.0
    if not faster:
        remaining = aitken(starts.trace[s], starts.accepted[s])
        _copy(starts.em, starts.theta, s)
    elif iteration == 1:
        _begin(s, value, starts)
        _copy(starts.em, starts.theta, s)
    else:
        if accepted:
            _learn(s, starts, space)
        remaining = max(_leap(s, accepted and iteration > WARMUP, first, starts, space), gain)
        gradient = _norm(s, starts)
        if starts.pairs[s] < WARMUP and gradient > FLAT:  # curvature has not been measured, and a gradient is left
            remaining = np.inf
        if accepted:
            starts.gradient[s] = gradient
    starts.remaining[s] = remaining
    met = remaining <= rule.gain and change <= rule.change and gradient <= rule.gradient
    if accepted and (
        met or nothing_left_one(fixed, change, starts.trace[s], starts.accepted[s], rule.change, rule.gain)
    ):
        return CONVERGED
    if accepted and iteration >= GIVE_UP_AFTER and value + FACTOR * remaining < starts.target[s]:
        return GIVEN_UP
    return LIMIT if iteration >= rule.steps else RUNNING


@_outer
def step(which, iteration, loglik, prior, totals, counts, simplices, choices, starts, rule, faster):
    """Do what an iteration does after its E-step, for the starts in which, (A,); return how many of them go on.

    loglik, prior: (A,); totals (1, A * K), counts (C, A * K): sums of the E-step at their theta; choices: the items
    with menus, or None; faster: whether steps are accelerated. The starts that go on are the first of `which`
    afterwards. Where arrays have to be enlarged first nothing is done, and `MORE` is returned.
    """
    if _full(which, faster, starts):
        return MORE
    first, menus, bounds, option, code, pseudo, _, plain, _ = simplices
    point, towards, ascent, metric = starts.new[0], starts.new[1], starts.new[2], starts.new[3]
    look_plain(
        starts.theta, which, totals, counts, first, menus, bounds, code, pseudo, plain, faster, starts.n, starts.em,
        point, towards, ascent, metric,
    )  # fmt: skip
    if choices is not None:
        look_choices(
            starts.theta, which, counts, first, menus, bounds, option, code, pseudo, choices, faster, starts.n,
            starts.em, point, towards, ascent, metric,
        )  # fmt: skip
    width, left = starts.point.shape[1], 0
    space = np.empty(width), np.empty(width), np.empty(width), np.empty(MEMORY)
    for at in range(which.shape[0]):
        s = which[at]
        starts.ended[s] = _one(
            s, iteration, loglik[at] + prior[at], loglik[at], first, starts, rule, faster, space
        )  # fmt: skip
        if starts.ended[s] == RUNNING:
            which[left] = s
            left += 1
        else:
            starts.iterations[s] = iteration
    return left


@_outer
def iterate(data, rows, of, each, which, iteration, passes, simplices, choices, starts, rule, faster):
    """Make iterations of the starts in which, (A,), until `passes` are made, none goes on or arrays are full.

    data: arrays of a plan; rows, of, each: weights, see `compiled.expect_eight`; iteration: the last one that was made.
    Return the last one, and how many starts go on; they are the first of `which` afterwards.
    """
    types, left, end = starts.theta.shape[2], which.shape[0], iteration + passes
    while left > 0 and iteration < end:
        among, width = which[:left], left * types
        table, loglik, zero = np.ones((simplices.codes, width)), np.empty(left), np.zeros(left)
        prior, totals, counts = np.empty((1, width)), np.empty((1, width)), np.empty((simplices.codes, width))
        own = np.zeros(left, np.int64)
        for at in range(left):
            own[at] = of[among[at]]
            for k in range(types):
                prior[0, at * types + k] = starts.theta[0, among[at], k]
        write_table(
            starts.theta, among, simplices.first, simplices.menus, simplices.bounds, simplices.option, simplices.code,
            table,
        )  # fmt: skip
        expect_eight(*data, rows, own, each, table, prior, types, loglik, totals, counts, 0, left)
        goes_on = step(among, iteration + 1, loglik, zero, totals, counts, simplices, choices, starts, rule, faster)
        if goes_on == MORE:
            break
        iteration, left = iteration + 1, goes_on
    return iteration, left
