"""The kernels compiled: same answers as `plain`, one pass over the profiles, nothing allocated per profile.

The work is done in packs of eight lanes (see `lanes`). The lanes are the types of one start, or, when there are
starts enough, the same type of eight starts; either way a table row is `depth` times eight numbers, and every pack
is a problem of its own whose tables stay in the cache. A start gets the same bits in either layout, whatever starts
there are beside it. Per pack and shard:

1. `up`: tables of sub-profile probabilities (see `plan`), the type probabilities among them.
2. `profiles`: per profile the product of one row per block, its sum (the likelihood), the posteriors, added to the
   expected counts of the same rows.
3. `down`: expected counts back from sub-profiles to codes and groups.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jit import INNER, OUTER, njit
from .lanes import add, divide, load, logarithm, splat, store
from .many_blocks import of_many_blocks, rows_of_tile
from .passes import CHUNK, down, of_eight, of_few_types, of_more_types, up
from .plain import Floats, Sums
from .plan import Plan, find, trivial
from .rescue import careful
from .shard import StartWeights

__all__ = ["SMALL", "expect", "expect_eight", "posterior", "prepare", "scatter"]

ONCE = 2**12  # profiles whose posteriors are taken together
SMALL = 2**12  # profiles x types up to which eight starts are computed even for one: no other kernel is compiled for it
BESIDE = 3  # vectors that take as long as what eight starts side by side take for a profile beside its vectors

_outer: Any = njit(**OUTER)
_inner: Any = njit(**INNER)


@_inner
def _aligned(size):
    """Return (size,) uninitialised numbers that begin on a cache line, so that no vector straddles two."""
    raw = np.empty(size + 8)
    skip = -(raw.ctypes.data // 8) % 8
    return raw[skip : skip + size]


@_inner
def _columns(pack, starts, types, depth, step):
    """Return (depth * 8,) the column s * K + k that each lane of a pack computes, -1 for none.

    step: 8 for the same type of eight starts side by side, 1 for the types of one start.
    """
    column = np.full(depth * 8, -1)
    for i in range(depth * 8):
        start, kind = (pack * 8 + i % 8, i // 8) if step == 8 else (pack, i)
        if start < starts and kind < types:
            column[i] = start * types + kind
    return column


@_inner
def _fill(tables, row, values, column, idle):
    """Write a pack's columns of values (rows, W) to the table rows from `row` on."""
    at = row * column.shape[0]
    for r in range(values.shape[0]):
        for i in range(column.shape[0]):
            tables[at] = values[r, column[i]] if column[i] >= 0 else idle
            at += 1


@_inner
def _fetch(sums, row, values, column):
    """The way back: write the sums to a pack's columns of values (rows, W)."""
    at = row * column.shape[0]
    for r in range(values.shape[0]):
        for i in range(column.shape[0]):
            if column[i] >= 0:
                values[r, column[i]] = sums[at]
            at += 1


@_inner
def _beside(rows, of, first, lanes, out):
    """Write the weights of `lanes` starts from `first` on to out, the weights of one profile beside one another."""
    for lane in range(lanes):
        row = rows[of[first + lane]] if first + lane < of.shape[0] else rows[0]
        used = 1.0 if first + lane < of.shape[0] else 0.0
        for u in range(row.shape[0]):
            out[u * lanes + lane] = row[u] * used


@_inner
def _begin(pack, table, prior, types, depth, step, tables, sums, left, right, leaves):
    """Fill a pack's tables, and set its sums to 0; return its columns."""
    column, zero, idle = _columns(pack, prior.shape[1] // types, types, depth, step), np.int64(0), 1.0 * (step == 8)
    _fill(tables, zero, table, column, idle)  # idle starts 1, idle types 0
    _fill(tables, table.shape[0], prior, column, idle)
    for i in range(0, sums.shape[0], 8):
        store(sums, i, splat(0.0))
    up(tables, left, right, leaves, depth * 8)
    return column


@_inner
def _end(column, sums, left, right, leaves, totals, counts):
    """Bring a pack's sums back to totals and counts as in `Sums`."""
    down(sums, left, right, leaves, column.shape[0])
    _fetch(sums, np.int64(0), counts, column)
    _fetch(sums, counts.shape[0], totals, column)


@_outer
def expect_eight(
    left, right, leaves, run_row, run_start, others, count, blocks, by_u, by_block, rows, of, each, table, prior, types,
    loglik, totals, counts, begin, end,
):  # fmt: skip
    """`expect` of the starts begin..end - 1, eight side by side in every pack; loglik (S,).

    rows, of: as in `StartWeights`; each: whether starts have weights of their own, else they have those of row 0;
    begin is a multiple of 8.
    """
    step, width = np.int64(8), types * 8
    size = (leaves + left.shape[0]) * width
    tables, sums, joint, exponent = _aligned(size), _aligned(size), _aligned(width), _aligned(width)
    of_starts, logs, parts = _aligned(np.int64(64)), _aligned(np.int64(64)), _aligned(np.int64(64))
    later, lanes = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int64)
    weights = _aligned(count * 8) if each else rows[0]
    for pack in range(begin // 8, (end + 7) // 8):
        column = _begin(pack, table, prior, types, types, step, tables, sums, left, right, leaves)
        if each:
            _beside(rows, of, pack * 8, step, weights)
        of_eight(
            tables, sums, (left, right, leaves), (run_row, run_start, others, blocks, weights), count, types, each,
            of_starts, (logs, parts, joint, exponent, later, lanes),
        )  # fmt: skip
        for s in range(pack * 8, min(pack * 8 + 8, end)):
            loglik[s] = of_starts[s - pack * 8]
        _end(column, sums, left, right, leaves, totals, counts)


@_outer
def _expect_few_types(
    left, right, leaves, run_row, run_start, others, count, blocks, by_u, by_block, rows, of, each, table, prior, types,
    loglik, totals, counts, begin, end,
):  # fmt: skip
    """As `expect_eight`, one start after the other, of at most 8 types each."""
    step, depth = np.int64(1), np.int64(1)
    size = (leaves + left.shape[0]) * depth * 8
    tables, sums, joint, exponent = _aligned(size), _aligned(size), _aligned(depth * 8), _aligned(depth * 8)
    of_start, parts, likelihood = _aligned(np.int64(64)), _aligned(np.int64(64)), _aligned(np.int64(CHUNK))
    later = np.empty(CHUNK, np.int64)
    for s in range(begin, end):
        column = _begin(s, table, prior, types, depth, step, tables, sums, left, right, leaves)
        of_few_types(
            tables, sums, (left, right, leaves), (run_row, run_start, others, blocks, rows[of[s]]), count, types,
            of_start, (parts, joint, exponent, likelihood, later),
        )  # fmt: skip
        loglik[s] = of_start[0]
        _end(column, sums, left, right, leaves, totals, counts)


@_outer
def _expect_more_types(
    left, right, leaves, run_row, run_start, others, count, blocks, by_u, by_block, rows, of, each, table, prior, types,
    loglik, totals, counts, begin, end,
):  # fmt: skip
    """As `expect_eight`, one start after the other, of more than 8 types each."""
    step, depth = np.int64(1), (types + 7) // 8
    size = (leaves + left.shape[0]) * depth * 8
    tables, sums, joint, exponent = _aligned(size), _aligned(size), _aligned(depth * 8), _aligned(depth * 8)
    of_start, parts, likelihood = _aligned(np.int64(64)), _aligned(np.int64(64)), _aligned(np.int64(CHUNK))
    later = np.empty(CHUNK, np.int64)
    for s in range(begin, end):
        column = _begin(s, table, prior, types, depth, step, tables, sums, left, right, leaves)
        of_more_types(
            tables, sums, (left, right, leaves), (run_row, run_start, others, blocks, rows[of[s]]), count, types, depth,
            of_start, (parts, joint, exponent, likelihood, later),
        )  # fmt: skip
        loglik[s] = of_start[0]
        _end(column, sums, left, right, leaves, totals, counts)


@_outer
def _expect_many_blocks(
    left, right, leaves, run_row, run_start, others, count, blocks, by_u, by_block, rows, of, each, table, prior, types,
    loglik, totals, counts, begin, end, step,
):  # fmt: skip
    """As `expect_eight` for profiles of very many blocks; step: 8 for eight starts side by side, 1 for one."""
    depth = types if step == 8 else (types + 7) // 8
    size, at_once = (leaves + left.shape[0]) * depth * 8, rows_of_tile(depth * 8)
    most = at_once * depth * 8
    tables, sums, joint, exponent = _aligned(size), _aligned(size), _aligned(most), _aligned(most)
    of_starts, parts, fell = _aligned(np.int64(64)), _aligned(np.int64(16)), np.empty(at_once, np.int64)
    total, shift = _aligned(at_once * step), _aligned(at_once * step)
    weights = _aligned(count * 8) if each and step == 8 else rows[0]
    for pack in range(begin // step, (end + step - 1) // step):
        column = _begin(pack, table, prior, types, depth, step, tables, sums, left, right, leaves)
        if each and step == 8:
            _beside(rows, of, pack * 8, step, weights)
        elif each:
            weights = rows[of[pack]]
        of_many_blocks(
            tables, sums, left, right, leaves, run_row, run_start, others, count, blocks, by_u, by_block, weights,
            types, depth, step, each, of_starts, joint, exponent, fell, total, shift, parts,
        )  # fmt: skip
        for s in range(pack * step, min(pack * step + step, end)):
            loglik[s] = of_starts[s - pack * step]
        _end(column, sums, left, right, leaves, totals, counts)


@_outer
def _posterior(
    left, right, leaves, run_row, run_start, others, _, blocks, by_u, by_block, table, prior, types, loglik, zeta
):  # fmt: skip
    """`posterior` with a plan without tables; loglik (U, S), zeta (U, S * K)."""
    depth, step = (types + 7) // 8, np.int64(1)
    width = depth * 8
    tables, joint, exponent = _aligned(leaves * width), _aligned(width), _aligned(width)
    total, shift, before = _aligned(8), _aligned(8), _aligned(8)
    for s in range(loglik.shape[1]):
        column = _columns(s, loglik.shape[1], types, depth, step)
        _fill(tables, np.int64(0), table, column, 0.0)
        _fill(tables, table.shape[0], prior, column, 0.0)
        for run in range(run_row.shape[0]):
            for u in range(run_start[run], run_start[run + 1]):
                careful(
                    tables, left, right, leaves, np.int64(run_row[run]), others, u * by_u, by_block, blocks,
                    types, depth, step, total, shift, joint, exponent, before,
                )  # fmt: skip
                for i in range(0, width, 8):
                    store(joint, i, divide(load(joint, i), load(total, 0)))
                store(total, 0, add(logarithm(load(total, 0)), load(shift, 0)))
                loglik[u, s] = total[0]
                for k in range(types):
                    zeta[u, s * types + k] = joint[k]


@_outer
def _scatter(codes, offsets, zeta, by, counts):
    columns = zeta.shape[1]
    products = np.empty(counts.shape[1])
    for u in range(codes.shape[0]):
        for b in range(by.shape[1]):
            for a in range(columns):
                products[b * columns + a] = zeta[u, a] * by[u, b]
        for j in range(codes.shape[1]):
            c = offsets[j] + np.int64(codes[u, j])
            for w in range(products.shape[0]):
                counts[c, w] += products[w]


def prepare(codes: NDArray[Any], offsets: NDArray[np.int64], group: NDArray[Any], groups: int, types: int) -> Plan:
    """Return what `expect` wants to know about the profiles beforehand, found once per data set."""
    return find(codes, offsets, group, groups, types)


def posterior(
    codes: NDArray[Any],
    offsets: NDArray[np.int64],
    table: Floats,
    prior: Floats,
    group: NDArray[Any],
    types: int,
) -> tuple[Floats, Floats]:
    """As plain.posterior."""
    loglik, zeta = np.empty((len(codes), prior.shape[1] // types)), np.empty((len(codes), prior.shape[1]))
    table, prior = np.ascontiguousarray(table), np.ascontiguousarray(prior)
    for a in range(0, len(codes), ONCE):
        part = slice(a, a + ONCE)
        plan = trivial(codes[part], offsets, group[part], len(prior))
        _posterior(*plan.arrays, table, prior, types, loglik[part], zeta[part])
    return loglik, zeta


def scatter(codes: NDArray[Any], offsets: NDArray[np.int64], zeta: Floats, by: Floats | None = None) -> Floats:
    """As plain.scatter."""
    by = np.ones((len(codes), 1)) if by is None else np.ascontiguousarray(by)
    counts = np.zeros((int(offsets[-1]), by.shape[1] * zeta.shape[1]))
    _scatter(codes, offsets, np.ascontiguousarray(zeta), by, counts)
    return counts


def expect(
    codes: NDArray[Any],
    offsets: NDArray[np.int64],
    table: Floats,
    prior: Floats,
    group: NDArray[Any],
    types: int,
    weights: Floats | StartWeights,
    plan: Plan | None = None,
) -> Sums:
    """As plain.expect; plan: what `prepare` found, without it one pass is made without tables."""
    if plan is None:
        plan = trivial(codes, offsets, group, len(prior))
    starts = prior.shape[1] // types
    sums = Sums(np.empty(starts), np.empty(prior.shape), np.empty(table.shape))
    table, prior = np.ascontiguousarray(table), np.ascontiguousarray(prior)
    each = isinstance(weights, StartWeights)
    rows, of = weights if isinstance(weights, StartWeights) else (weights[None], np.zeros(starts, np.int64))
    data = (*plan.arrays, np.ascontiguousarray(rows), of, each, table, prior, types, *sums)
    beside = beside_one_another(starts, types, len(codes))
    for begin, end, eight in ((0, beside, True), (beside, starts, False)):
        if begin == end:
            continue
        if plan.many:
            _expect_many_blocks(*data, begin, end, 8 if eight else 1)
        elif eight:
            expect_eight(*data, begin, end)
        elif types <= 8:
            _expect_few_types(*data, begin, end)
        else:
            _expect_more_types(*data, begin, end)
    return sums


def beside_one_another(starts: int, types: int, profiles: int) -> int:
    """Return how many starts, the first, are computed eight at a time: what takes fewer vectors.

    A start gets the same bits either way. The last eight may be fewer, with idle lanes.
    """
    each, rest, eight = -(-types // 8), starts % 8, types + BESIDE
    if eight < rest * each or profiles * types <= SMALL:
        return starts
    return starts - rest if eight < 8 * each else 0
