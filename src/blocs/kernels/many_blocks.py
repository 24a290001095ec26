"""A pass over profiles of very many blocks, compiled: hundreds or thousands of items.

Their likelihoods lie below the smallest number, and their tables do not fit in a cache. So profiles are taken in tiles,
and a tile is multiplied by a few blocks at a time, whose tables stay near meanwhile; types that have become small get a
factor and an exponent (see `rescue`). The posteriors are added to the sums of a few blocks at a time as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import INNER, njit
from .lanes import add, divide, load, logarithm, multiply, peek, poke, some_fell, splat, store, sum_lanes
from .rescue import LOW, TOGETHER, raised, together

__all__ = ["of_many_blocks", "rows_of_tile"]

TILE = 2**16
"""Numbers of a tile: its products take half of a second-level cache. Tables take more, and are read once a tile."""

_inner: Any = njit(**INNER)


@_inner
def rows_of_tile(width):
    """Return how many profiles a tile has, a multiple of 8; no bit depends on it."""
    return max(64, TILE // width // 8 * 8)


@_inner
def _note(fell, exponent, place, width):
    """Note that a type of a profile got an exponent; the first time all its exponents are 0."""
    if not fell[place]:
        fell[place] = 1
        for i in range(place * width, place * width + width):
            exponent[i] = 0.0


@_inner
def _totals(joint, exponent, fell, place, types, depth, step, total, shift):
    """Write the sums over the types of a profile's products, and the logs of their factors: (step,) from place * step.

    Types are added one after the other in both layouts, for the same bits.
    """
    first, at = place * depth * 8, place * step
    if fell[place]:
        for lane in range(step):
            total[at + lane], shift[at + lane] = together(joint, exponent, first + lane, step, types)
        return
    if step == 8:
        among = splat(0.0)
        for k in range(types):
            among = add(among, load(joint, first + 8 * k))
        store(total, at, among)
        store(shift, at, splat(0.0))
        return
    alone = 0.0
    for k in range(types):
        alone += joint[first + k]
    total[at], shift[at] = alone, 0.0


@_inner
def _likelihoods(total, shift, fell, rows, step, weights, begin, each, n, loglik):
    """Add the log-likelihoods of a tile's profiles, every eighth together, to loglik; write weight / total to total.

    A vector has a profile under eight starts, or eight profiles under one; begin: the first profile; n (8,) is scratch.
    """
    for at in range(rows, -(-rows // 8) * 8):  # the last vector of one start
        if step == 1:
            total[at], shift[at] = 1.0, 0.0
    for at in range(0, rows * step, 8):
        for lane in range(8):
            if step == 8:
                n[lane] = weights[begin * 8 + at + lane] if each else weights[begin + at // 8]
            else:
                n[lane] = weights[begin + at + lane] if at + lane < rows else 0.0
            if n[lane] == 0.0:  # a profile that does not count may be impossible
                shift[at + lane] = 0.0
        logs = multiply(load(n, 0), add(logarithm(load(total, at)), load(shift, at)))
        slot = at % 64 if step == 8 else 0
        store(loglik, slot, add(load(loglik, slot), logs))
        store(total, at, divide(load(n, 0), load(total, at)))


@_inner
def _tile(
    tables, sums, left, right, leaves, run_row, run_start, others, blocks, by_u, by_block, weights, run, begin, end,
    types, depth, step, each, loglik, joint, exponent, fell, total, shift, parts,
):  # fmt: skip
    """Add the profiles begin..end - 1 to sums, and their log-likelihoods, every eighth together, to loglik.

    run: the run that `begin` is in; joint, exponent (rows * width,), fell (rows,), total, shift (rows * step,) and
    parts (16,) are scratch.
    """
    width, none = depth * 8, np.int64(0)  # constants would be compiled for by themselves
    n, was, alive = parts[:8], parts[8:], np.empty(width)
    for i in range(width):  # types that there are not have probability 0 from the first
        alive[i] = 1.0 if step == 8 or i < types else 0.0
    r = run
    for u in range(begin, end):  # the first block; here and below nothing is called but where types have become small
        while run_start[r + 1] <= u:
            r += 1
        row, place = np.int64(peek(run_row, r)) * width, u - begin
        poke(fell, place, 0)
        for i in range(0, width, 8):
            zeta = load(tables, row + i)
            store(joint, place * width + i, zeta)
            if some_fell(zeta, load(alive, i), LOW):
                _note(fell, exponent, place, width)
                store(was, 0, load(alive, i))
                raised(
                    tables, left, right, leaves, width, row // width, others, u * by_u, by_block, none, none, i,
                    place * width + i, was, joint, exponent,
                )  # fmt: skip
    for first in range(none, blocks, TOGETHER):
        last = min(first + TOGETHER, blocks)
        for u in range(begin, end):
            for i in range(0, width, 8):
                at = (u - begin) * width + i
                before = load(joint, at)
                zeta = before
                for b in range(first, last):
                    zeta = multiply(zeta, load(tables, np.int64(peek(others, u * by_u + b * by_block)) * width + i))
                store(joint, at, zeta)
                if some_fell(zeta, before, LOW):
                    _note(fell, exponent, u - begin, width)
                    store(was, 0, before)
                    raised(
                        tables, left, right, leaves, width, none - 1, others, u * by_u, by_block, first, last, i, at,
                        was, joint, exponent,
                    )  # fmt: skip
    for place in range(end - begin):
        _totals(joint, exponent, fell, place, types, depth, step, total, shift)
    _likelihoods(total, shift, fell, end - begin, step, weights, begin, each, n, loglik)
    r = run
    for u in range(begin, end):
        place = u - begin
        while run_start[r + 1] <= u:
            r += 1
        row = np.int64(run_row[r]) * width
        scale = load(total, place * 8) if step == 8 else splat(peek(total, place))
        for i in range(0, width, 8):
            zeta = multiply(load(joint, place * width + i), scale)
            store(joint, place * width + i, zeta)
            store(sums, row + i, add(load(sums, row + i), zeta))
    for first in range(0, blocks, TOGETHER):
        last = min(first + TOGETHER, blocks)
        for u in range(begin, end):
            for i in range(0, width, 8):
                zeta = load(joint, (u - begin) * width + i)
                for b in range(first, last):
                    at = np.int64(peek(others, u * by_u + b * by_block)) * width + i
                    store(sums, at, add(load(sums, at), zeta))


@_inner
def of_many_blocks(
    tables, sums, left, right, leaves, run_row, run_start, others, size, blocks, by_u, by_block, weights, types, depth,
    step, each, loglik, joint, exponent, fell, total, shift, parts,
):  # fmt: skip
    """Add every profile's expected counts to sums; write the log-likelihoods of eight starts, or one, to loglik.

    step: 8 for eight starts, 1 for one; weights: (U,), or where `each` and eight (U * 8,), those of eight starts side
    by side; loglik (64,), joint, exponent, fell, total, shift and parts: as in `_tile`.
    """
    loglik[:] = 0.0
    rows, run = rows_of_tile(depth * 8), np.int64(0)
    for begin in range(0, size, rows):
        while run_start[run + 1] <= begin:
            run += 1
        _tile(
            tables, sums, left, right, leaves, run_row, run_start, others, blocks, by_u, by_block, weights, run, begin,
            min(begin + rows, size), types, depth, step, each and step == 8, loglik, joint, exponent, fell, total,
            shift, parts,
        )  # fmt: skip
    if step == 8:
        for lane in range(8):
            even = (loglik[lane] + loglik[32 + lane]) + (loglik[16 + lane] + loglik[48 + lane])
            odd = (loglik[8 + lane] + loglik[40 + lane]) + (loglik[24 + lane] + loglik[56 + lane])
            loglik[lane] = even + odd
    else:
        loglik[0] = sum_lanes(load(loglik, 0))
