"""A pass over the profiles of a shard, compiled: what `compiled` does with its tables.

tables, sums: (rows * width,) rows of probabilities and of expected counts, width = depth * 8 (see `compiled`);
data: run_row, run_start and others, where each profile finds its rows (see `plan`), and its weight.

Profiles are worked off in chunks: first the likely ones, with no call and no rare case inside the loop; then the
logarithms of their likelihoods, eight at a time; then the unlikely ones (see `rescue`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import njit
from .lanes import add, divide, load, logarithm, multiply, peek, poke, some_below, splat, store, sum_lanes
from .rescue import INNER, SMALL, careful

__all__ = ["CHUNK", "down", "profiles", "up"]

CHUNK = 4096

_inner: Any = njit(**INNER)
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


@_inline
def _shallow(tables, sums, data, run, begin, end, likelihood, later, blocks):
    """`_likely` for one start of at most 8 types: everything stays in registers. blocks: columns of `others`."""
    run_row, run_start, others, weights = data
    u, unlikely = begin, 0
    while u < end:
        row, stop = np.int64(peek(run_row, run)) * 8, min(peek(run_start, run + 1), end)
        first, expected = load(tables, row), splat(0.0)
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
        store(sums, row, add(load(sums, row), expected))
        u, run = stop, run + 1
    return unlikely


@_inline
def _deep(tables, sums, data, run, begin, end, likelihood, later, depth, by_start, joint, loglik):
    """`_likely` for more types or for eight starts."""
    run_row, run_start, others, weights = data
    u, unlikely, width, blocks = begin, 0, depth * 8, others.shape[1]
    logs = splat(0.0)
    while u < end:
        row, stop = np.int64(peek(run_row, run)) * width, min(peek(run_start, run + 1), end)
        for v in range(u, stop):
            among = splat(0.0)
            for i in range(0, width, 8):
                zeta = load(tables, row + i)
                for b in range(blocks):
                    zeta = multiply(zeta, load(tables, np.int64(peek(others, v * blocks + b)) * width + i))
                store(joint, i, zeta)
                among = add(among, zeta)
            p = sum_lanes(among)
            if not by_start:
                among = splat(p)
            if some_below(among, SMALL):
                poke(likelihood, v - begin, 1.0)
                poke(later, unlikely, v)
                unlikely += 1
                continue
            n = splat(peek(weights, v))
            if by_start:
                logs = add(logs, multiply(n, logarithm(among)))
            else:
                poke(likelihood, v - begin, p)
            scale = divide(n, among)
            for i in range(0, width, 8):
                zeta = multiply(load(joint, i), scale)
                store(sums, row + i, add(load(sums, row + i), zeta))
                for b in range(blocks):
                    at = np.int64(peek(others, v * blocks + b)) * width + i
                    store(sums, at, add(load(sums, at), zeta))
        u, run = stop, run + 1
    store(loglik, 0, add(load(loglik, 0), logs))
    return unlikely


@_inner
def _likely(tables, sums, data, run, begin, end, likelihood, later, depth, by_start, joint, loglik):
    """Add the likely ones of the profiles begin..end - 1 to sums; return the number of the others.

    run: the run that `begin` is in; later: (CHUNK,) gets the numbers of the unlikely; likelihood: (CHUNK,) gets the
    likelihoods under one start, 1 for the unlikely; loglik: (8,) gets the log-likelihoods of eight starts added.
    """
    if depth == 1 and not by_start:
        blocks = data[2].shape[1]
        if blocks == 1:  # numbers that are known when this is compiled make the inner loops disappear
            return _shallow(tables, sums, data, run, begin, end, likelihood, later, 1)
        if blocks == 2:
            return _shallow(tables, sums, data, run, begin, end, likelihood, later, 2)
        if blocks == 3:
            return _shallow(tables, sums, data, run, begin, end, likelihood, later, 3)
        return _shallow(tables, sums, data, run, begin, end, likelihood, later, blocks)
    return _deep(tables, sums, data, run, begin, end, likelihood, later, depth, by_start, joint, loglik)


@_inline
def profiles(
    tables, sums, left, right, leaves, run_row, run_start, others, weights, types, depth, by_start, loglik, work
):  # fmt: skip
    """Add every profile's expected counts to sums; write the log-likelihood of eight starts, or of one, to loglik (8,).

    work: space for 16 + CHUNK + 2 * width numbers.
    """
    data, width, blocks = (run_row, run_start, others, weights), depth * 8, others.shape[1]
    total, shift, likelihood = work[:8], work[8:16], work[16 : 16 + CHUNK]
    joint, exponent = work[16 + CHUNK : 16 + CHUNK + width], work[16 + CHUNK + width :]
    later = np.empty(CHUNK, np.int64)
    share = 1.0 if by_start else 0.125  # of a log-likelihood in each lane
    store(loglik, 0, splat(0.0))
    run = 0
    for begin in range(0, weights.shape[0], CHUNK):
        end = min(begin + CHUNK, weights.shape[0])
        while run_start[run + 1] <= begin:
            run += 1
        unlikely = _likely(tables, sums, data, run, begin, end, likelihood, later, depth, by_start, joint, loglik)
        if not by_start:
            logs, whole = splat(0.0), begin + (end - begin) // 8 * 8
            for u in range(begin, whole, 8):
                logs = add(logs, multiply(load(weights, u), logarithm(load(likelihood, u - begin))))
            for u in range(whole, end):
                logs = add(logs, multiply(splat(weights[u] * share), logarithm(splat(likelihood[u - begin]))))
            store(loglik, 0, add(load(loglik, 0), logs))
        for u in later[:unlikely]:
            while run_start[run + 1] <= u:
                run += 1
            row, n = np.int64(run_row[run]), weights[u]
            careful(tables, left, right, leaves, row, others, u, types, depth, by_start, total, shift, joint, exponent)
            logs = multiply(splat(n * share), add(logarithm(load(total, 0)), load(shift, 0)))
            store(loglik, 0, add(load(loglik, 0), logs))
            scale = divide(splat(n), load(total, 0))
            for i in range(0, width, 8):
                zeta = multiply(load(joint, i), scale)
                store(sums, row * width + i, add(load(sums, row * width + i), zeta))
                for b in range(blocks):
                    at = np.int64(others[u, b]) * width + i
                    store(sums, at, add(load(sums, at), zeta))
    if not by_start:
        store(loglik, 0, splat(sum_lanes(load(loglik, 0))))
