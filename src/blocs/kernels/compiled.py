"""The kernels compiled: same answers as `plain`, one pass over the profiles, nothing allocated per profile.

The work is done in packs of eight lanes (see `lanes`). The lanes are the types of one start, or, when there are
starts enough, the same type of eight starts; either way a table row is `depth` times eight numbers, and every pack
is a problem of its own whose tables stay in the cache. Per pack and shard:

1. `_up`: tables of sub-profile probabilities (see `plan`), the type probabilities among them.
2. `_profiles`: per profile the product of one row per block, its sum (the likelihood), the posteriors, added to the
   expected counts of the same rows.
3. `_down`: expected counts back from sub-profiles to codes and groups.

Probabilities are at most 1, so a type that underflows has a joint probability below 1e-308; while the profile's
likelihood stays above 1e-200 that is below 1e-100 of it and changes nothing. A profile with a smaller likelihood is
done again with one binary exponent per type (`_rescue`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .lanes import add, divide, load, logarithm, multiply, some_below, splat, store, sum_lanes
from .plain import Floats, Sums
from .plan import Plan, find, trivial

__all__ = ["expect", "is_cached", "posterior", "prepare", "scatter"]

SMALL = 1e-200  # below this likelihood a profile is done again with exponents
STEP = 2.0**500  # one unit of exponent
LOG_STEP = 500 * np.log(2.0)
LOW = 2.0**-500
TINY = 2.0**-200
BUFFER = 512  # likelihoods whose logarithms are taken together
ONCE = 2**14  # profiles whose posteriors are taken together

_OUTER: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
_INNER: dict[str, Any] = _OUTER | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_outer: Any = njit(**_OUTER)
_inner: Any = njit(**_INNER)  # called by compiled code only


@_inner
def _up(tables, left, right, leaves, width):  # type: ignore[no-untyped-def]
    for r in range(left.shape[0]):
        for i in range(0, width, 8):
            row = multiply(load(tables, left[r] * width + i), load(tables, right[r] * width + i))
            store(tables, (leaves + r) * width + i, row)


@_inner
def _down(sums, left, right, leaves, width):  # type: ignore[no-untyped-def]
    for r in range(left.shape[0] - 1, -1, -1):
        for i in range(0, width, 8):
            row = load(sums, (leaves + r) * width + i)
            a, b = left[r] * width + i, right[r] * width + i
            store(sums, a, add(load(sums, a), row))
            store(sums, b, add(load(sums, b), row))


@_inner
def _rescue(tables, left, right, leaves, width, first, others, u, joint, exponent, lane, step, types):  # type: ignore[no-untyped-def]
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
def _flush(likelihoods, weights):  # type: ignore[no-untyped-def]
    """Return the sum of weights times log likelihoods, over whole buffers; reset both to 1 and 0."""
    total = splat(0.0)
    for i in range(0, BUFFER, 8):
        total = add(total, multiply(load(weights, i), logarithm(load(likelihoods, i))))
        store(likelihoods, i, splat(1.0))
        store(weights, i, splat(0.0))
    return sum_lanes(total)


@_inner
def _profiles_one(tables, sums, left, right, leaves, run_row, run_start, others, weights, types, scratch):  # type: ignore[no-untyped-def]
    """`_profiles` for one start of at most 8 types: everything stays in registers. Return the log-likelihood."""
    joint, exponent = scratch[:8], scratch[8:16]
    likelihoods, n = scratch[16 : 16 + BUFFER], scratch[16 + BUFFER : 16 + 2 * BUFFER]
    store(joint, 0, splat(0.0))
    for i in range(0, BUFFER, 8):
        store(likelihoods, i, splat(1.0))
        store(n, i, splat(0.0))
    loglik = 0.0
    filled = 0
    width, zero, one = np.int64(8), np.int64(0), np.int64(1)
    for r in range(run_row.shape[0]):
        row = np.int64(run_row[r])
        first = load(tables, row * 8)
        expected = splat(0.0)
        for u in range(run_start[r], run_start[r + 1]):
            zeta = first
            if others.shape[1] == 2:  # the usual case, without a loop
                zeta = multiply(zeta, load(tables, others[u, 0] * 8))
                zeta = multiply(zeta, load(tables, others[u, 1] * 8))
            else:
                for b in range(others.shape[1]):
                    zeta = multiply(zeta, load(tables, others[u, b] * 8))
            likelihood = sum_lanes(zeta)
            if not likelihood >= SMALL:
                likelihood, factor = _rescue(
                    tables, left, right, leaves, width, row, others, u, joint, exponent, zero, one, types
                )
                zeta = load(joint, 0)
                loglik += weights[u] * factor
            likelihoods[filled] = likelihood
            n[filled] = weights[u]
            filled += 1
            if filled == BUFFER:
                loglik += _flush(likelihoods, n)
                filled = 0
            zeta = multiply(zeta, splat(weights[u] / likelihood))
            expected = add(expected, zeta)
            if others.shape[1] == 2:
                at = others[u, 0] * 8
                store(sums, at, add(load(sums, at), zeta))
                at = others[u, 1] * 8
                store(sums, at, add(load(sums, at), zeta))
            else:
                for b in range(others.shape[1]):
                    at = others[u, b] * 8
                    store(sums, at, add(load(sums, at), zeta))
        store(sums, row * 8, add(load(sums, row * 8), expected))
    return loglik + _flush(likelihoods, n)


@_outer
def _profiles(  # type: ignore[no-untyped-def]
    tables, sums, left, right, leaves, run_row, run_start, others, weights, types, depth, by_start, scratch, keep
):  # fmt: skip
    """Add every profile's expected counts to sums and its log-likelihood to the first 8 places of scratch.

    keep: (U * (8 + width),) to write each profile's log-likelihood and posteriors to instead, or empty.
    """
    width = depth * 8
    step = np.int64(8) if by_start else np.int64(1)
    loglik, value, shift = scratch[:8], scratch[8:16], scratch[16:24]
    exponent, joint = scratch[24 : 24 + width], scratch[24 + width : 24 + 2 * width]
    store(loglik, 0, splat(0.0))
    for r in range(run_row.shape[0]):
        row = np.int64(run_row[r])
        first = row * width
        for u in range(run_start[r], run_start[r + 1]):
            total = splat(0.0)
            for i in range(0, width, 8):
                zeta = load(tables, first + i)
                if others.shape[1] == 2:
                    zeta = multiply(zeta, load(tables, others[u, 0] * width + i))
                    zeta = multiply(zeta, load(tables, others[u, 1] * width + i))
                else:
                    for b in range(others.shape[1]):
                        zeta = multiply(zeta, load(tables, others[u, b] * width + i))
                store(joint, i, zeta)
                total = add(total, zeta)
            if not by_start:
                total = splat(sum_lanes(total))
            store(shift, 0, splat(0.0))
            if some_below(total, SMALL):
                store(value, 0, total)
                for lane in range(8):
                    if not value[lane] >= SMALL and lane < step:
                        value[lane], shift[lane] = _rescue(
                            tables, left, right, leaves, width, row, others, u, joint, exponent, lane, step, types
                        )
                if by_start:
                    total = load(value, 0)
                else:
                    total = splat(value[0])
            log = add(logarithm(total), load(shift, 0))
            if keep.shape[0] > 0:
                store(keep, u * (8 + width), log)
                for i in range(0, width, 8):
                    store(keep, u * (8 + width) + 8 + i, divide(load(joint, i), total))
                continue
            n = splat(weights[u])
            store(loglik, 0, add(load(loglik, 0), multiply(n, log)))
            scale = divide(n, total)
            for i in range(0, width, 8):
                zeta = multiply(load(joint, i), scale)
                store(sums, first + i, add(load(sums, first + i), zeta))
                if others.shape[1] == 2:
                    at = others[u, 0] * width + i
                    store(sums, at, add(load(sums, at), zeta))
                    at = others[u, 1] * width + i
                    store(sums, at, add(load(sums, at), zeta))
                else:
                    for b in range(others.shape[1]):
                        at = others[u, b] * width + i
                        store(sums, at, add(load(sums, at), zeta))


@_outer
def _expect(  # type: ignore[no-untyped-def]
    left, right, leaves, run_row, run_start, others, weights, leaf, types, depth, by_start, work, loglik, expected
):  # fmt: skip
    """`expect` for every pack; leaf, expected: (packs * leaves * width,); loglik: (packs * 8,); work: scratch."""
    width = depth * 8
    size, bottom = (leaves + left.shape[0]) * width, leaves * width
    tables, sums, scratch, nothing = work[:size], work[size : 2 * size], work[2 * size :], work[:0]
    for pack in range(loglik.shape[0] // 8):
        for i in range(0, bottom, 8):
            store(tables, i, load(leaf, pack * bottom + i))
        for i in range(0, size, 8):
            store(sums, i, splat(0.0))
        _up(tables, left, right, leaves, width)
        if width == 8 and not by_start:
            loglik[pack * 8] = _profiles_one(
                tables, sums, left, right, leaves, run_row, run_start, others, weights, types, scratch
            )
        else:
            _profiles(
                tables, sums, left, right, leaves, run_row, run_start, others, weights, types, depth, by_start,
                scratch, nothing,
            )  # fmt: skip
            store(loglik, pack * 8, load(scratch, 0))
        _down(sums, left, right, leaves, width)
        for i in range(0, bottom, 8):
            store(expected, pack * bottom + i, load(sums, i))


@_outer
def _scatter(codes, offsets, zeta, counts):  # type: ignore[no-untyped-def]
    for u in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            c = offsets[j] + np.int64(codes[u, j])
            for w in range(zeta.shape[1]):
                counts[c, w] += zeta[u, w]


def _aligned(size: int) -> Floats:
    """Return (size,) uninitialised numbers that begin on a cache line, so that no vector straddles two."""
    raw = np.empty(size + 8)
    skip = -(raw.__array_interface__["data"][0] // 8) % 8
    return raw[skip : skip + size]


def _scratch(depth: int) -> int:
    return 24 + 16 * depth + 2 * BUFFER


class _Layout(NamedTuple):
    """How the W = S * K columns of a table lie in packs of lanes."""

    starts: int
    types: int
    by_start: bool

    @classmethod
    def of(cls, width: int, types: int) -> _Layout:
        """Choose what wastes fewer lanes: a type of eight starts, or the types of one start."""
        starts = width // types
        return cls(starts, types, starts > 1 and -(-starts // 8) * types <= starts * -(-types // 8))

    @property
    def packs(self) -> int:
        return -(-self.starts // 8) if self.by_start else self.starts

    @property
    def depth(self) -> int:
        return self.types if self.by_start else -(-self.types // 8)

    def pack(self, *tables: Floats) -> Floats:
        """Return (packs * rows * depth * 8,) the rows of the tables, (C, W) each; idle types are 0, idle starts 1."""
        rows = sum(map(len, tables))
        whole = np.ones((rows, self.packs * 8, self.types)) if self.by_start else np.zeros(
            (rows, self.starts, self.depth * 8)
        )
        row = 0
        for table in tables:
            whole[row : row + len(table), : self.starts, : self.types] = table.reshape(
                len(table), self.starts, self.types
            )
            row += len(table)
        if self.by_start:
            return whole.reshape(rows, self.packs, 8, self.types).transpose(1, 0, 3, 2).ravel()
        return whole.transpose(1, 0, 2).ravel()

    def unpack(self, packed: Floats, rows: int) -> Floats:
        """Return (rows, W), the way back."""
        if self.by_start:
            whole = packed.reshape(self.packs, rows, self.types, 8).transpose(1, 0, 3, 2).reshape(rows, -1, self.types)
        else:
            whole = packed.reshape(self.starts, rows, self.depth * 8).transpose(1, 0, 2)
        return np.ascontiguousarray(whole[:, : self.starts, : self.types]).reshape(rows, -1)


def is_cached() -> bool:
    """Return whether compiled code lies on disk, so that the first call need not compile (a few seconds)."""
    path, line = _expect.stats.cache_path, _expect.py_func.__code__.co_firstlineno
    return path is not None and any(Path(path).glob(f"compiled._expect-{line}.*.nbi"))


def prepare(
    codes: NDArray[Any], offsets: NDArray[np.int64], group: NDArray[Any], groups: int, types: int
) -> Plan:
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
    u, starts = len(codes), prior.shape[1] // types
    layout = _Layout(starts, types, by_start=False)
    width = layout.depth * 8
    loglik, zeta = np.empty((u, starts)), np.empty((u, starts, types))
    leaf = layout.pack(table, prior).reshape(starts, -1)
    scratch, nothing = np.empty(_scratch(layout.depth)), np.empty(0)
    for a in range(0, u, ONCE):
        b = min(a + ONCE, u)
        plan = trivial(codes[a:b], offsets, group[a:b], len(prior))
        keep = np.empty((b - a) * (8 + width))
        for s in range(starts):
            _profiles(leaf[s], nothing, *plan, nothing, types, layout.depth, False, scratch, keep)
            rows = keep.reshape(b - a, 8 + width)
            loglik[a:b, s], zeta[a:b, s] = rows[:, 0], rows[:, 8 : 8 + types]
    return loglik, zeta.reshape(u, starts * types)


def scatter(codes: NDArray[Any], offsets: NDArray[np.int64], zeta: Floats) -> Floats:
    """As plain.scatter."""
    counts = np.zeros((int(offsets[-1]), zeta.shape[1]))
    _scatter(codes, offsets, np.ascontiguousarray(zeta), counts)
    return counts


def expect(
    codes: NDArray[Any],
    offsets: NDArray[np.int64],
    table: Floats,
    prior: Floats,
    group: NDArray[Any],
    types: int,
    weights: Floats,
    plan: Plan | None = None,
) -> Sums:
    """As plain.expect; plan: what `prepare` found, without it one pass is made without tables."""
    if plan is None:
        plan = trivial(codes, offsets, group, len(prior))
    layout = _Layout.of(prior.shape[1], types)
    leaf = layout.pack(table, prior)
    loglik, expected = np.empty(layout.packs * 8), np.empty_like(leaf)
    work = _aligned(2 * plan.rows * layout.depth * 8 + _scratch(layout.depth))
    _expect(*plan, weights, leaf, types, layout.depth, layout.by_start, work, loglik, expected)
    counts = layout.unpack(expected, plan.leaves)
    value = loglik[: layout.starts] if layout.by_start else loglik[::8].copy()
    return Sums(value, counts[len(table) :], counts[: len(table)])
