"""One profile, however unlikely, compiled: with a binary exponent per type where products of probabilities underflow.

Probabilities are at most 1, so a type that underflows has a joint probability below 1e-308; while the profile's
likelihood stays above `SMALL` that is below 1e-100 of it and changes nothing. A profile with a smaller likelihood is
worked off here: a few blocks are multiplied at a time, and types that have become small get a factor and an exponent;
where so few blocks have made a type vanish, they are gone through code by code.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import INNER, njit
from .lanes import load, multiply, peek, some_fell, splat, store

__all__ = ["LOW", "SMALL", "TOGETHER", "careful", "raised", "together"]

SMALL = 1e-200  # below this likelihood exponents are needed
STEP = 2.0**500  # one unit of exponent
LOG_STEP = 500 * np.log(2.0)
LOW = 2.0**-500
VANISHED = 2.0**-960  # a product this small may have lost digits
TINY = 2.0**-200
TOGETHER = 16  # blocks that are multiplied before types are looked at

_inner: Any = njit(**INNER)


@_inner
def _walk(tables, left, right, leaves, width, row, at, x, e):
    """Return x times column `at` of a table row, code by code along the chain of ever shorter sub-profiles.

    The product is x 2**(500 e), of x and e as they are given and as they are returned.
    """
    while x > 0.0 and row >= 0:
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
    return x, e


@_inner
def raised(
    tables, left, right, leaves, width, first, others, at_u, by_block, begin, end, i, place, before, joint, exponent
):  # fmt: skip
    """Give factors and exponents to the types i..i + 7 that the last blocks made small.

    first: table row of the first block where it is one of them, -1 where not; begin, end: the others among them, of
    which the profile's are at at_u, at_u + by_block, ... of `others`; place: where the types are in joint and exponent;
    before: (8,) what the products were before these blocks.
    """
    for lane in range(8):
        at = place + lane
        if not (joint[at] < LOW and before[lane] > 0.0):
            continue
        if joint[at] > VANISHED:
            joint[at] *= STEP
            exponent[at] -= 1.0
            continue
        x, e = before[lane], exponent[at]
        if first >= 0:
            x, e = _walk(tables, left, right, leaves, width, first, i + lane, x, e)
        for b in range(begin, end):
            row = np.int64(peek(others, at_u + b * by_block))
            x, e = _walk(tables, left, right, leaves, width, row, i + lane, x, e)
        joint[at], exponent[at] = x, e


@_inner
def together(joint, exponent, lane, step, types):
    """Bring joint (lane, lane + step, ...) to one common factor; return their sum and the factor's log.

    A profile that is impossible under every type has sum 1, log factor -inf and joint 0.
    """
    largest = -(2.0**62)
    for k in range(types):
        at = lane + k * step
        if joint[at] > 0.0 and exponent[at] > largest:
            largest = exponent[at]
    total = 0.0
    for k in range(types):
        at = lane + k * step
        shift = largest - exponent[at]
        if shift == 1.0:
            joint[at] *= LOW
        elif shift != 0.0:
            joint[at] = 0.0
        total += joint[at]
    if total > 0.0:
        return total, largest * LOG_STEP
    return 1.0, -np.inf


@_inner
def careful(
    tables, left, right, leaves, row, others, at_u, by_block, blocks, types, depth, step, total, shift, joint,
    exponent, before,
):  # fmt: skip
    """Write the joint probabilities (depth * 8,) of a profile up to a factor, their total (8,), and log factors (8,).

    row: its row of the first block; its others are at at_u, at_u + by_block, ... of `others`; step: 8 for eight starts,
    1 for one. A lane of total and shift is a start; for one start all are the same. exponent (depth * 8,) and before
    (8,) are scratch.
    """
    width = depth * 8
    for i in range(0, width, 8):
        for lane in range(8):  # types that there are not have probability 0 from the first
            exponent[i + lane] = 0.0
            before[lane] = 1.0 if step == 8 or i + lane < types else 0.0
        zeta, first, begin, end = load(tables, row * width + i), row, np.int64(0), np.int64(0)
        while True:
            store(joint, i, zeta)
            if some_fell(zeta, load(before, 0), LOW):
                raised(
                    tables, left, right, leaves, width, first, others, at_u, by_block, begin, end, i, i, before, joint,
                    exponent,
                )  # fmt: skip
                zeta = load(joint, i)
            if end == blocks:
                break
            store(before, 0, zeta)
            first, begin, end = np.int64(-1), end, min(end + TOGETHER, blocks)
            for b in range(begin, end):
                zeta = multiply(zeta, load(tables, np.int64(peek(others, at_u + b * by_block)) * width + i))
    for lane in range(step):
        total[lane], shift[lane] = together(joint, exponent, lane, step, types)
    if step == 1:
        store(total, 0, splat(total[0]))
        store(shift, 0, splat(shift[0]))
