"""A pass over the profiles of a shard, compiled: what `compiled` does with its tables.

tables, sums: (rows * width,) rows of probabilities and of expected counts, width = depth * 8 (see `compiled`);
data: run_row, run_start and others, where each profile finds its rows (see `plan`), and its weight.

Profiles are worked off in chunks: first the likely ones, with no call and no rare case inside the loop; then the
logarithms of their likelihoods, eight at a time; then the unlikely ones (see `rescue`). Profiles of very many blocks
are all unlikely (see `many_blocks`). All layouts add the same numbers in the same order, for the same bits. Each is a
function of its own, so that a fit waits for the compilation of those that it needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import INNER, MERGED, njit
from .lanes import add, divide, load, logarithm, multiply, peek, poke, some_below, splat, store, sum_lanes
from .rescue import SMALL, careful

__all__ = ["CHUNK", "down", "of_eight", "of_few_types", "of_more_types", "up"]

CHUNK = 4096

_inner: Any = njit(**INNER)
_merged: Any = njit(**MERGED)
_inline: Any = njit(inline="always", **INNER)


@_inner
def up(tables, left, right, leaves, width):
    """Fill the table rows of sub-profiles."""
    for r in range(left.shape[0]):
        for i in range(0, width, 8):
            row = multiply(load(tables, left[r] * width + i), load(tables, right[r] * width + i))
            store(tables, (leaves + r) * width + i, row)


@_inner
def down(sums, left, right, leaves, width):
    """Bring the sums of sub-profiles back to codes and groups."""
    for r in range(left.shape[0] - 1, -1, -1):
        for i in range(0, width, 8):
            row = load(sums, (leaves + r) * width + i)
            a, b = left[r] * width + i, right[r] * width + i
            store(sums, a, add(load(sums, a), row))
            store(sums, b, add(load(sums, b), row))


@_merged
def _fold(parts):
    """Return the sum of eight vectors (64,), in the order in which `sum_lanes` adds lanes."""
    even = add(add(load(parts, 0), load(parts, 32)), add(load(parts, 16), load(parts, 48)))
    odd = add(add(load(parts, 8), load(parts, 40)), add(load(parts, 24), load(parts, 56)))
    return add(even, odd)


@_inline
def _product(tables, others, row, v, i, width, blocks):
    """Return the product of the table rows of profile v, from place i on; row: where its first row begins."""
    zeta = load(tables, row + i)
    for b in range(blocks):
        zeta = multiply(zeta, load(tables, np.int64(peek(others, v * blocks + b)) * width + i))
    return zeta


@_inner
def _leave_out(parts):
    """Leave the starts to which a profile is unlikely to the careful pass: likelihood 1, weight 0; return their bits.

    parts: (8,) likelihoods, then (8,) weights.
    """
    out = 0
    for lane in range(8):
        if not parts[lane] >= SMALL:
            parts[lane], parts[8 + lane] = 1.0, 0.0
            out |= 1 << lane
    return out


@_merged
def _shallow(tables, sums, data, run, begin, end, likelihood, later, blocks):
    """Add the likely ones of the profiles begin..end - 1 to sums, under one start of at most 8 types; count the others.

    Everything stays in registers. run: the run that `begin` is in; blocks: columns of `others`; likelihood: (CHUNK,)
    gets the likelihoods, 1 for the unlikely, and later, (CHUNK,), the numbers of these.
    """
    run_row, run_start, others, _, weights = data
    u, unlikely = begin, 0
    while u < end:
        row, stop = np.int64(peek(run_row, run)) * 8, min(peek(run_start, run + 1), end)
        first, expected = load(tables, row), load(sums, row)
        for v in range(u, stop):
            zeta = first
            for b in range(blocks):
                zeta = multiply(zeta, load(tables, np.int64(peek(others, v * blocks + b)) * 8))
            p = sum_lanes(zeta)
            if not p >= SMALL:
                poke(likelihood, v - begin, 1.0)
                poke(later, unlikely, v)
                unlikely += 1
                continue
            poke(likelihood, v - begin, p)
            zeta = multiply(zeta, splat(peek(weights, v) / p))
            expected = add(expected, zeta)
            for b in range(blocks):
                at = np.int64(peek(others, v * blocks + b)) * 8
                store(sums, at, add(load(sums, at), zeta))
        store(sums, row, expected)
        u, run = stop, run + 1
    return unlikely


@_inline
def _double(tables, sums, data, run, begin, end, likelihood, later):
    """`_shallow` for 9 to 16 types: two vectors that stay in registers."""
    run_row, run_start, others, blocks, weights = data
    u, unlikely = begin, 0
    while u < end:
        row, stop = np.int64(peek(run_row, run)) * 16, min(peek(run_start, run + 1), end)
        expected, further = load(sums, row), load(sums, row + 8)
        for v in range(u, stop):
            zeta, more = load(tables, row), load(tables, row + 8)
            for b in range(blocks):
                at = np.int64(peek(others, v * blocks + b)) * 16
                zeta, more = multiply(zeta, load(tables, at)), multiply(more, load(tables, at + 8))
            p = sum_lanes(zeta) + sum_lanes(more)
            if not p >= SMALL:
                poke(likelihood, v - begin, 1.0)
                poke(later, unlikely, v)
                unlikely += 1
                continue
            poke(likelihood, v - begin, p)
            scale = splat(peek(weights, v) / p)
            zeta, more = multiply(zeta, scale), multiply(more, scale)
            expected, further = add(expected, zeta), add(further, more)
            for b in range(blocks):
                at = np.int64(peek(others, v * blocks + b)) * 16
                store(sums, at, add(load(sums, at), zeta))
                store(sums, at + 8, add(load(sums, at + 8), more))
        store(sums, row, expected)
        store(sums, row + 8, further)
        u, run = stop, run + 1
    return unlikely


@_inline
def _deep(tables, sums, data, run, begin, end, likelihood, later, depth, joint):
    """`_shallow` for any number of types."""
    run_row, run_start, others, blocks, weights = data
    u, unlikely, width = begin, 0, depth * 8
    while u < end:
        row, stop = np.int64(peek(run_row, run)) * width, min(peek(run_start, run + 1), end)
        for v in range(u, stop):
            p = 0.0
            for i in range(0, width, 8):
                zeta = _product(tables, others, row, v, i, width, blocks)
                store(joint, i, zeta)
                p += sum_lanes(zeta)
            if not p >= SMALL:
                poke(likelihood, v - begin, 1.0)
                poke(later, unlikely, v)
                unlikely += 1
                continue
            poke(likelihood, v - begin, p)
            scale = splat(peek(weights, v) / p)
            for i in range(0, width, 8):
                zeta = multiply(load(joint, i), scale)
                store(sums, row + i, add(load(sums, row + i), zeta))
                for b in range(blocks):
                    at = np.int64(peek(others, v * blocks + b)) * width + i
                    store(sums, at, add(load(sums, at), zeta))
        u, run = stop, run + 1
    return unlikely


@_inline
def _eight(tables, sums, data, run, begin, end, later, lanes, types, each, joint, parts, logs):
    """`_shallow` for eight starts.

    lanes: (CHUNK,) gets for each unlikely profile the bits of the starts to which it is unlikely; logs: (64,) gets the
    log-likelihoods added, those of every eighth profile together.
    """
    run_row, run_start, others, blocks, weights = data
    u, unlikely, width = begin, 0, types * 8
    while u < end:
        row, stop = np.int64(peek(run_row, run)) * width, min(peek(run_start, run + 1), end)
        for v in range(u, stop):
            among = splat(0.0)
            for eight in range(0, width, 64):  # types are added as `sum_lanes` adds lanes, for the same bits
                a0, a1, a2, a3 = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
                for i in range(eight, min(eight + 64, width), 8):
                    zeta = _product(tables, others, row, v, i, width, blocks)
                    store(joint, i, zeta)
                    added = add(a0, zeta)  # to every fourth: the four sums take turns
                    a0 = a1
                    a1 = a2
                    a2 = a3
                    a3 = added
                among = add(among, add(add(a0, a2), add(a1, a3)))
            n = load(weights, v * 8) if each else splat(peek(weights, v))
            if some_below(among, SMALL):
                store(parts, 0, among)
                store(parts, 8, n)
                poke(later, unlikely, v)
                poke(lanes, unlikely, _leave_out(parts))
                unlikely += 1
                among, n = load(parts, 0), load(parts, 8)
            at = (v - begin) % 8 * 8
            store(logs, at, add(load(logs, at), multiply(n, logarithm(among))))
            scale = divide(n, among)
            for i in range(0, width, 8):
                zeta = multiply(load(joint, i), scale)
                store(sums, row + i, add(load(sums, row + i), zeta))
                for b in range(blocks):
                    at = np.int64(peek(others, v * blocks + b)) * width + i
                    store(sums, at, add(load(sums, at), zeta))
        u, run = stop, run + 1
    return unlikely


@_merged
def _add_unlikely(tables, sums, tree, data, row, u, slot, bits, types, depth, step, each, loglik, space):
    """Add profile u to the sums of the starts that `bits` names, and to place `slot` of the eight of loglik.

    row: table row of its first block; step: 8 for eight starts, 1 for one.
    """
    left, right, leaves = tree
    _, _, others, blocks, weights = data
    joint, exponent, parts = space
    width, total, shift, n = depth * 8, parts[:8], parts[8:16], parts[16:24]
    careful(
        tables, left, right, leaves, row, others, u * blocks, np.int64(1), blocks, types, depth, step, total, shift,
        joint, exponent, parts[24:],
    )  # fmt: skip
    for lane in range(8):
        n[lane] = weights[u * 8 + lane] if each else weights[u]
        if not bits >> lane & 1:
            n[lane] = 0.0
        if n[lane] == 0.0:  # a profile that does not count may be impossible
            shift[lane] = 0.0
    logs = multiply(load(n, 0), add(logarithm(load(total, 0)), load(shift, 0)))
    if step == 8:
        store(loglik, slot * 8, add(load(loglik, slot * 8), logs))
    else:
        store(shift, 0, logs)
        loglik[slot] += shift[0]
    scale = divide(load(n, 0), load(total, 0))
    for i in range(0, width, 8):
        zeta = multiply(load(joint, i), scale)
        store(sums, row * width + i, add(load(sums, row * width + i), zeta))
        for b in range(blocks):
            at = np.int64(peek(others, u * blocks + b)) * width + i
            store(sums, at, add(load(sums, at), zeta))


@_merged
def _run_of(u, run, run_start):
    """Return the run that profile u is in, from a run that is not after it."""
    while run_start[run + 1] <= u:
        run += 1
    return run


@_merged
def of_eight(tables, sums, tree, data, size, types, each, loglik, space):
    """Add every profile's expected counts under eight starts to sums; write their log-likelihoods to loglik (64,).

    each: whether weights are (size * 8,), those of eight starts side by side, else (size,).
    """
    run_row, run_start = data[0], data[1]
    logs, parts, joint, exponent, later, lanes = space
    loglik[:] = 0.0
    run = np.int64(0)
    for begin in range(0, size, CHUNK):
        run = _run_of(begin, run, run_start)
        logs[:] = 0.0
        end = min(begin + CHUNK, size)
        unlikely = _eight(tables, sums, data, run, begin, end, later, lanes, types, each, joint, parts, logs)
        for i in range(0, 64, 8):
            store(loglik, i, add(load(loglik, i), load(logs, i)))
        first = run
        for i in range(unlikely):
            first = _run_of(later[i], first, run_start)
            _add_unlikely(
                tables, sums, tree, data, np.int64(run_row[first]), later[i], (later[i] - begin) % 8, lanes[i], types,
                types, np.int64(8), each, loglik, (joint, exponent, parts),
            )  # fmt: skip
    store(loglik, 0, _fold(loglik))


@_inner
def _end_chunk(tables, sums, tree, data, run, begin, end, unlikely, types, depth, loglik, space):
    """Add the logarithms of the likelihoods of a chunk's likely profiles, and its unlikely profiles, under one start.

    Logarithms of every eighth profile are added together; run: the one that `begin` is in.
    """
    run_row, run_start, _, _, weights = data
    parts, joint, exponent, likelihood, later = space
    logs, whole = splat(0.0), begin + (end - begin) // 8 * 8
    for u in range(begin, whole, 8):
        logs = add(logs, multiply(load(weights, u), logarithm(load(likelihood, u - begin))))
    for i in range(8):
        last = whole + i < end
        parts[i], parts[8 + i] = (weights[whole + i], likelihood[whole + i - begin]) if last else (0.0, 1.0)
    logs = add(logs, multiply(load(parts, 0), logarithm(load(parts, 8))))
    store(loglik, 0, add(load(loglik, 0), logs))
    for i in range(unlikely):
        run = _run_of(later[i], run, run_start)
        _add_unlikely(
            tables, sums, tree, data, np.int64(run_row[run]), later[i], (later[i] - begin) % 8, np.int64(255), types,
            depth, np.int64(1), False, loglik, (joint, exponent, parts),
        )  # fmt: skip


@_merged
def of_few_types(tables, sums, tree, data, size, types, loglik, space):
    """As `of_eight` for one start of at most 8 types; loglik: its first place is written."""
    run_start, blocks = data[1], data[3]
    likelihood, later = space[3], space[4]
    loglik[:] = 0.0
    run = np.int64(0)
    for begin in range(0, size, CHUNK):
        run = _run_of(begin, run, run_start)
        end = min(begin + CHUNK, size)
        if blocks == 1:  # numbers that are known when this is compiled make the inner loops disappear
            unlikely = _shallow(tables, sums, data, run, begin, end, likelihood, later, np.int64(1))
        elif blocks == 2:
            unlikely = _shallow(tables, sums, data, run, begin, end, likelihood, later, np.int64(2))
        elif blocks == 3:
            unlikely = _shallow(tables, sums, data, run, begin, end, likelihood, later, np.int64(3))
        else:
            unlikely = _shallow(tables, sums, data, run, begin, end, likelihood, later, blocks)
        _end_chunk(tables, sums, tree, data, run, begin, end, unlikely, types, np.int64(1), loglik, space)
    store(loglik, 0, splat(sum_lanes(load(loglik, 0))))


@_merged
def of_more_types(tables, sums, tree, data, size, types, depth, loglik, space):
    """As `of_few_types` for one start of more types."""
    run_start, joint = data[1], space[1]
    likelihood, later = space[3], space[4]
    loglik[:] = 0.0
    run = np.int64(0)
    for begin in range(0, size, CHUNK):
        run = _run_of(begin, run, run_start)
        end = min(begin + CHUNK, size)
        if depth == 2:
            unlikely = _double(tables, sums, data, run, begin, end, likelihood, later)
        else:
            unlikely = _deep(tables, sums, data, run, begin, end, likelihood, later, depth, joint)
        _end_chunk(tables, sums, tree, data, run, begin, end, unlikely, types, depth, loglik, space)
    store(loglik, 0, splat(sum_lanes(load(loglik, 0))))
