"""The stopping rule beyond its three limits: what is left to gain, and where rounding keeps the limits from being met.

Near a singular covariance a gradient is a rounding error times a large inverse, and never looks like 0; on a saddle the
curvature says that there is more to gain, and no step gains it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jit import INNER, OUTER, njit

__all__ = ["AFTER", "FIXED", "LONG", "aitken", "nothing_left", "nothing_left_one", "still_to_come"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ROUNDING = 1e-15
"""Relative rounding error of a difference of log-likelihoods."""
AFTER = 10
"""Iterations before anything else than the limits ends a start: the gradient, which is reported, is known by then."""
RESOLUTION = 1e-13
"""Share of a log-likelihood that its sums resolve; less where a covariance is nearly singular."""
FIXED = 1e-12
"""An EM step that changes every parameter by no more than this share of it (or of 1) leads nowhere."""
SMALL = 1e-3
"""Share of the rule's change that an EM step may make where the likelihood falls."""
LONG = 300
"""Accepted iterations that must together bring more than a small part of the rule's gain."""
PART = 1e-2
"""That part: EM that closes a share of 1e-4 of its distance an iteration then has less than the rule's gain to go."""

_outer: Any = njit(**OUTER)
_leaf: Any = njit(_nrt=False, **INNER)


@_leaf
def aitken(trace, s, count):
    """Return the gain still to come if gains go on falling at the last rate, g r / (1 - r).

    trace: (S, T), of which start s has `count` values.
    """
    if count < 3:
        return np.inf
    older, last = trace[s, count - 2] - trace[s, count - 3], trace[s, count - 1] - trace[s, count - 2]
    noise = ROUNDING * abs(trace[s, count - 1])
    if last <= noise and older <= noise:
        return 0.0
    ratio = min(max(last / older, 0.0), 1 - 1e-9) if older > noise else 0.0
    return max(last, last * ratio / (1 - ratio))


@_leaf
def nothing_left_one(fixed, change, trace, s, count, most_change, most_gain):
    """`nothing_left` for start s, which has `count` values in the trace (S, T)."""
    if count < AFTER or np.isinf(most_change):  # a rule that asks for gains alone is met in the end
        return False
    if fixed:
        return True
    if not change <= most_change:
        return False
    last, before = trace[s, count - 1], trace[s, count - 2]
    fell = last < before - RESOLUTION * abs(last) and change <= SMALL * most_change
    return fell or (count >= LONG and last <= trace[s, count - LONG] + PART * most_gain)


@_outer
def _still_to_come(values, out):
    for s in range(values.shape[0]):
        out[s] = aitken(values, s, values.shape[1])


def still_to_come(values: Floats) -> Floats:
    """Return (S,) the gain still to come, projected from the last values (S, T) of every start."""
    out = np.empty(len(values))
    _still_to_come(values, out)
    return out


@_outer
def _nothing_left(fixed, change, values, count, which, most_change, most_gain, out):
    for at in range(which.shape[0]):
        s = which[at]
        out[at] = nothing_left_one(fixed[at], change[at], values, s, count[s], most_change, most_gain)


def nothing_left(
    fixed: Bools, change: Floats, values: Floats, count: Ints, which: Ints, most_change: float, most_gain: float
) -> Bools:
    """Return (A,) whether a start that has just accepted parameters may end although the stopping rule is not met.

    fixed: (A,) whether the EM step leaves all of them where they are; change: (A,) the most that it changes one;
    values: (S, T) of the iterations that each start accepted, count (S,) of them, and which (A,) of the starts these
    are; most_change, most_gain: what the stopping rule allows.

    One of three is true. EM leads nowhere. EM has led to a lower value, which it does where rounding decides alone. Or
    many iterations have gained next to nothing.
    """
    out = np.empty(len(which), dtype=np.bool_)
    _nothing_left(fixed, change, values, count, which, most_change, most_gain, out)
    return out
