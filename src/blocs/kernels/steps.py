"""What an iteration does with the sums of the E-step, where parameters are shares and categories, in compiled code.

The M-step, the acceleration and the stopping rule of all starts that still iterate, in one call: `step`. Where data are
small even that call, and the one of the E-step, would take longer than what they do: `iterate` makes many iterations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compiled import expect_eight
from .jit import INNER, MERGED, OUTER, njit
from .logit import NEAR
from .quasi import (
    DENSE,
    MEMORY,
    NO_GRADIENT,
    WARMUP,
    accept_one,
    begin_matrix,
    direction_one,
    reach_one,
    remember_one,
)
from .simplices import look, parameters_one, tangent_one, write_table
from .stopping import FIXED, aitken, nothing_left_one

__all__ = [
    "BEST", "CONVERGED", "EACH", "EM", "KNOWN", "LEFT", "LIMIT", "MORE", "NEW", "RUNNING", "THETA", "Rule", "Starts",
    "iterate", "step",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

RUNNING, CONVERGED, LIMIT, LEFT = 0, 1, 2, 3
"""Why a start has ended, or that it has not; `step` leaves none."""
MORE = -1
"""What `step` returns where arrays have to be enlarged first."""

_outer: Any = njit(**OUTER)
_inner: Any = njit(**INNER)
_leaf: Any = njit(_nrt=False, **INNER)
_inline: Any = njit(**MERGED)


class Rule(NamedTuple):
    """The stopping rule: the largest gain, change and gradient, and iterations at most; see `em.loop.StoppingRule`."""

    gain: float
    change: float
    gradient: float
    steps: int


EACH = np.dtype([
    ("value", "f8"), ("loglik", "f8"), ("change", "f8"), ("gradient", "f8"), ("remaining", "f8"),
    ("predicted", "f8"), ("radius", "f8"), ("by_em", "?"), ("ended", "i8"), ("iterations", "i8"), ("accepted", "i8"),
    ("pairs", "i8"), ("place", "i8"),
])  # fmt: skip
"""The numbers of a start.

value, loglik: at its last accepted parameters; change: the most that the EM step changes a parameter there; gradient:
its norm per observation, NaN where it is not computed; remaining: projected gain.
predicted, radius, by_em: of the last step, see `quasi`. ended: why it has ended, after `iterations`; accepted: how many
of these it has accepted; pairs: how many pairs of step and gradient change there were; place: of its matrix, or -1.
"""
THETA, EM, BEST, TOWARDS = 0, 1, 2, 3
"""Where in `Starts.params` this iteration's parameters are, the EM step from there, the last accepted, theirs."""
NEW, KNOWN, STEP, FALL, WAY = 0, 4, 8, 9, 10
"""Where in `Starts.coordinates` point, EM's, ascent and metric are: this iteration's, the last accepted; and a step."""


class Starts(NamedTuple):
    """S starts on their way; R rows of parameters of K types, P = R * K coordinates, 0 without acceleration.

    each: (S,) of `EACH`; n: (S,) observations; params: (4, R, S, K) and coordinates: (11, S, P), see above; trace:
    (S, T) values of the accepted iterations; s, y (S, m, P), rho (S, m): what is remembered of the curvature, and
    matrices (D, P, P), of which the first `used` (1,) are in use.
    """

    each: NDArray[np.void]
    n: Floats
    params: Floats
    coordinates: Floats
    trace: Floats
    s: Floats
    y: Floats
    rho: Floats
    matrices: Floats
    used: Ints


@_leaf
def _full(which, faster, starts):
    """Whether arrays have to be enlarged before another iteration."""
    matrices, memory = starts.used[0], starts.s.shape[1]
    for at in range(which.shape[0]):
        own = starts.each[which[at]]
        if own.accepted == starts.trace.shape[1] or (faster and memory < MEMORY and own.pairs >= memory):
            return True
        if faster and starts.s.shape[2] <= DENSE and own.place < 0 and own.pairs + 1 >= MEMORY:
            matrices += 1
    return matrices > starts.matrices.shape[0]


@_leaf
def _copy(params, old, new, s):
    """Copy the parameters of start s from one place of (4, R, S, K) to another."""
    for r in range(params.shape[1]):
        for k in range(params.shape[3]):
            params[new, r, s, k] = params[old, r, s, k]


@_leaf
def _change(params, s):
    """Return the most that the EM step changes a parameter of start s, and whether all next to nothing; NaN stays."""
    change, fixed = 0.0, True
    for r in range(params.shape[1]):
        for k in range(params.shape[3]):
            old = params[THETA, r, s, k]
            away = abs(params[EM, r, s, k] - old)
            if away > change or np.isnan(away):
                change = away
            fixed &= away <= FIXED * max(1.0, abs(old))
    return change, fixed


@_leaf
def _learn(s, starts, space):
    """Take in how the gradient of start s has changed along its last step."""
    own, (here, there, further, _) = starts.each[s], space
    step, fall, metric = starts.coordinates[STEP], starts.coordinates[FALL], starts.coordinates[KNOWN + 3]
    if remember_one(
        s, step, fall, step, fall, metric, starts.s, starts.y, starts.rho, own.pairs, s, starts.matrices, own.place,
        here, there, further,
    ):  # fmt: skip
        own.pairs += 1
    if starts.s.shape[2] <= DENSE and own.place < 0 and own.pairs >= MEMORY:
        own.place = starts.used[0]
        starts.used[0] += 1
        begin_matrix(
            s, metric, starts.s, starts.y, own.pairs, s, starts.matrices[own.place], here, there, further
        )  # fmt: skip


@_leaf
def _leap(s, may, first, starts, space):
    """Write the next parameters of start s by a quasi-Newton step, or EM's; return projected gain and gradient."""
    own, coordinates, (v, w, _, alpha) = starts.each[s], starts.coordinates, space
    point, ascent, way, trial = coordinates[KNOWN], coordinates[KNOWN + 2], coordinates[WAY], coordinates[STEP]
    rate = direction_one(
        s, ascent, coordinates[KNOWN + 3], starts.s, starts.y, starts.rho, own.pairs, s, starts.matrices, own.place,
        way, alpha, v, w,
    )  # fmt: skip
    tangent_one(s, point, way, first, starts.params.shape[3])  # else it would be cut for nothing
    # where EM's own step is long the optimum is far and the gradient misleads: EM's step is taken
    remaining, predicted, by_em = reach_one(
        s, way, rate, starts.n[s], point, coordinates[KNOWN + 1], own.radius, may, trial
    )  # fmt: skip
    own.predicted, own.by_em = predicted, by_em
    if by_em:
        _copy(starts.params, TOWARDS, THETA, s)
    else:
        parameters_one(s, trial, first, starts.params[THETA])
    norm = 0.0  # in log-odds, per observation
    for i in range(point.shape[1]):
        norm = max(norm, abs(ascent[s, i] * point[s, i] / 2))
    return remaining, norm


@_inline
def _one(s, iteration, value, loglik, first, starts, rule, faster, space):
    """The iteration of start s, whose value is known: what follows. Return why it ends, or that it does not."""
    own, params, coordinates = starts.each[s], starts.params, starts.coordinates
    change, fixed = _change(params, s)
    accepted, gain = True, 0.0
    if faster and iteration > 1:
        accepted, radius = accept_one(
            s, value, own.value, starts.n[s] * own.predicted, own.by_em, own.radius, coordinates[NEW:KNOWN],
            coordinates[KNOWN:STEP], coordinates[STEP], coordinates[FALL],
        )  # fmt: skip
        own.radius = radius
    elif faster:
        for part in range(KNOWN):
            for i in range(coordinates.shape[2]):
                coordinates[KNOWN + part, s, i] = coordinates[NEW + part, s, i]
    if accepted:
        gain = value - own.value
        own.value, own.loglik, own.change = value, loglik, change
        starts.trace[s, own.accepted] = value
        own.accepted += 1
        _copy(params, THETA, BEST, s)
        _copy(params, EM, TOWARDS, s)
    remaining, gradient = np.inf, 0.0
    if not faster:
        remaining = aitken(starts.trace, s, own.accepted)
    if not faster or iteration == 1:
        _copy(params, EM, THETA, s)
    else:
        if accepted:
            _learn(s, starts, space)
        remaining, gradient = _leap(s, accepted and iteration > WARMUP, first, starts, space)
        remaining = max(remaining, gain)
        if own.pairs < WARMUP and gradient > NO_GRADIENT:  # curvature has not been measured, and a gradient is left
            remaining = np.inf
        if accepted:
            own.gradient = gradient
    own.remaining = remaining
    met = remaining <= rule.gain and change <= rule.change and gradient <= rule.gradient
    if accepted and (
        met or nothing_left_one(fixed, change, starts.trace, s, own.accepted, rule.change, rule.gain)
    ):
        return CONVERGED
    return LIMIT if iteration >= rule.steps else RUNNING


@_outer
def step(which, iteration, loglik, prior, first, starts, rule, faster):
    """Do what an iteration does after `simplices.look`, for the starts in which, (A,); return how many of them go on.

    loglik, prior: (A,); first: as in `Simplices`; faster: whether steps are accelerated. The starts that go on are the
    first of `which` afterwards. Where arrays have to be enlarged first nothing is done, and `MORE` is returned.
    """
    if _full(which, faster, starts):
        return MORE
    width, left = starts.coordinates.shape[2], 0
    space = np.empty(width), np.empty(width), np.empty(width), np.empty(MEMORY)
    for at in range(which.shape[0]):
        s = which[at]
        own = starts.each[s]
        own.ended = _one(
            s, iteration, loglik[at] + prior[at], loglik[at], first, starts, rule, faster, space
        )  # fmt: skip
        if own.ended == RUNNING:
            which[left] = s
            left += 1
        else:
            own.iterations = iteration
    return left


@_outer
def iterate(data, rows, of, each, which, iteration, passes, simplices, choices, starts, rule, faster):
    """Make iterations of the starts in which, (A,), until `passes` are made, none goes on or arrays are full.

    data: arrays of a plan; rows, of, each: weights, see `compiled.expect_eight`; iteration: the last one that was made.
    Return the last one, and how many starts go on; they are the first of `which` afterwards.
    """
    types, left, end = starts.params.shape[3], which.shape[0], iteration + passes
    theta = starts.params[THETA]
    while left > 0 and iteration < end:
        among, width = which[:left], left * types
        table, loglik, zero = np.ones((simplices.codes, width)), np.empty(left), np.zeros(left)
        prior, totals, counts = np.empty((1, width)), np.empty((1, width)), np.empty((simplices.codes, width))
        own = np.zeros(left, np.int64)
        for at in range(left):
            own[at] = of[among[at]]
            for k in range(types):
                prior[0, at * types + k] = theta[0, among[at], k]
        write_table(
            theta, among, simplices.first, simplices.menus, simplices.bounds, simplices.option, simplices.code, table
        )  # fmt: skip
        expect_eight(*data, rows, own, each, table, prior, types, loglik, totals, counts, 0, left)
        look(
            theta, among, totals, counts, simplices, choices, faster, starts.n, starts.params[EM],
            starts.coordinates[NEW], starts.coordinates[NEW + 1], starts.coordinates[NEW + 2],
            starts.coordinates[NEW + 3], NEAR,
        )  # fmt: skip
        goes_on = step(among, iteration + 1, loglik, zero, simplices.first, starts, rule, faster)
        if goes_on == MORE:
            break
        iteration, left = iteration + 1, goes_on
    return iteration, left
