"""Whether a start has nothing left to gain that can be seen: where rounding keeps the stopping rule from being met.

Near a singular covariance a gradient is a rounding error times a large inverse, and never looks like 0; on a saddle the
curvature says that there is more to gain, and no step gains it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .traces import Traces

__all__ = ["FIXED", "nothing_left"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

AFTER = 10
"""Iterations before that: the gradient, which is reported, is known by then."""
RESOLUTION = 1e-13
"""Share of a log-likelihood that its sums resolve; less where a covariance is nearly singular."""
FIXED = 1e-12
"""An EM step that changes every parameter by no more than this share of it (or of 1) leads nowhere."""
SMALL = 1e-3
"""Share of the rule's change that an EM step may make where the likelihood falls."""
FLAT = 300
"""Accepted iterations that must together bring more than a small part of the rule's gain."""
PART = 1e-2
"""That part: EM that closes a share of 1e-4 of its distance an iteration then has less than the rule's gain to go."""


def nothing_left(
    fixed: Bools, change: Floats, traces: Traces, which: Ints, most_change: float, most_gain: float
) -> Bools:
    """Return (S,) whether a start that has just accepted parameters may end although the stopping rule is not met.

    fixed: (S,) whether the EM step leaves all of them where they are; change: (S,) the most that it changes one;
    traces: the values of the iterations that each start accepted, and which (S,) of the starts there these are;
    most_change, most_gain: what the stopping rule allows.

    One of three holds. EM leads nowhere. EM has led to a lower value, which it does where rounding decides alone. Or
    many iterations have gained next to nothing.
    """
    late = traces.count[which] >= AFTER
    if np.isinf(most_change) or not late.any():  # a rule that asks for gains alone is met in the end
        return np.zeros(len(which), dtype=bool)
    if not (change <= most_change).any():
        return late & fixed
    last, before, long_ago = (traces.ago(which, back) for back in (1, 2, FLAT))
    fell = (last < before - RESOLUTION * np.abs(last)) & (change <= SMALL * most_change)
    flat = (last <= long_ago + PART * most_gain) & (change <= most_change)
    return np.asarray(late & (fell | flat | fixed))
