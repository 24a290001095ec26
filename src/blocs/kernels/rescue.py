"""One profile, however unlikely, compiled: with a binary exponent per type where products of probabilities underflow.

Probabilities are at most 1, so a type that underflows has a joint probability below 1e-308; while the profile's
likelihood stays above `SMALL` that is below 1e-100 of it and changes nothing. A profile with a smaller likelihood is
worked off here, code by code.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import njit
from .lanes import add, load, multiply, peek, splat, store, sum_lanes

__all__ = ["INNER", "SMALL", "careful"]

SMALL = 1e-200  # below this likelihood exponents are needed
STEP = 2.0**500  # one unit of exponent
LOG_STEP = 500 * np.log(2.0)
LOW = 2.0**-500
TINY = 2.0**-200

INNER: dict[str, Any] = {
    "cache": True, "nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True,
}  # fmt: skip
"""numba's options of functions that are called by compiled code only."""
_inner: Any = njit(**INNER)


@_inner
def _rescue(tables, left, right, leaves, width, first, others, u, joint, exponent, lane, step, types):
    """Write joint (lane, lane + step, ...) of profile u up to a common factor; return its sum and log factor.

    A profile that is impossible under every type has sum 1, log factor -inf and joint 0. exponent: (types,) scratch.
    """
    largest = -(2.0**62)
    for k in range(types):
        at = lane + k * step
        x, e = 1.0, 0.0
        for b in range(-1, others.shape[1]):
            row = first
            if b >= 0:
                row = np.int64(others[u, b])
            while x > 0.0 and row >= 0:  # code by code along the chain of ever shorter sub-profiles
                code, row = row, np.int64(-1)
                if code >= leaves:
                    row = np.int64(left[code - leaves])
                    code = np.int64(right[code - leaves])
                p = tables[code * width + at]
                if p < TINY:
                    p *= STEP
                    e -= 1.0
                x *= p
                if x < LOW:
                    x *= STEP
                    e -= 1.0
                elif x > 1.0:
                    x *= LOW
                    e += 1.0
        joint[at] = x
        exponent[k] = e
        if x > 0.0 and e > largest:
            largest = e
    total = 0.0
    for k in range(types):
        at = lane + k * step
        shift = largest - exponent[k]
        if shift == 1.0:
            joint[at] *= LOW
        elif shift != 0.0:
            joint[at] = 0.0
        total += joint[at]
    if total > 0.0:
        return total, largest * LOG_STEP
    return 1.0, -np.inf


@_inner
def careful(tables, left, right, leaves, row, others, u, types, depth, by_start, total, shift, joint, exponent):
    """Write the joint probabilities (depth * 8,) of profile u up to a factor, their total (8,), and log factors (8,).

    row: its row of the first block. A lane of total and shift is a start; for one start all are the same.
    """
    width = depth * 8
    among = splat(0.0)
    for i in range(0, width, 8):
        zeta = load(tables, row * width + i)
        for b in range(others.shape[1]):
            zeta = multiply(zeta, load(tables, np.int64(peek(others, u * others.shape[1] + b)) * width + i))
        store(joint, i, zeta)
        among = add(among, zeta)
    store(total, 0, among if by_start else splat(sum_lanes(among)))
    store(shift, 0, splat(0.0))
    step = np.int64(8) if by_start else np.int64(1)
    for lane in range(step):
        if not total[lane] >= SMALL:
            total[lane], shift[lane] = _rescue(
                tables, left, right, leaves, width, row, others, u, joint, exponent, lane, step, types
            )
    if not by_start:
        store(total, 0, splat(total[0]))
        store(shift, 0, splat(shift[0]))
