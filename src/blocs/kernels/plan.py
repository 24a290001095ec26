"""Profiles of profiles: which tables of sub-profile probabilities the compiled kernel keeps (fact 4 of the design).

The items of a shard are cut into blocks of neighbouring items. The distinct sub-profiles of a block are numbered, and
each is one row of a table that is filled once per pass; a profile is then the product of one row per block. Rows are
built from shorter ones: a sub-profile is a shorter sub-profile (`left`) times one more code (`right`), so that each
costs one multiplication on the way up and two additions on the way down, when expected counts return to the codes.

Profiles come in lexicographic order, so the first block changes slowly: it is held as runs, read and written once per
run, and may be long. The other blocks are read at random for every profile and must stay in the nearer caches: the
fewer the better, then the more even, for a sum that is added to at every other profile waits for itself.

Table rows 0..C - 1 are the codes of all items, C..C + G - 1 the groups (one more item, as it were), then come the
longer sub-profiles. Menus and missing items are codes like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["MANY", "Plan", "find", "trivial"]

Ints = NDArray[np.int64]
Column = tuple[int, NDArray[Any], int]  # first table row, values, and number of values of an item

NEAR = 192 * 1024
"""Bytes that the tables of a block may take that is read at random: a good part of a second-level cache."""
SHARE = 16
"""A sub-profile must serve at least this many profiles on average, else a table row, or a run, does not pay."""
MANY = 32
"""Blocks from which profiles are worked off block by block, as their likelihoods cannot be expected to be numbers."""
SAMPLE = 2048
"""Profiles by which it is decided where to cut: at least four for every sub-profile of a block."""


class Plan(NamedTuple):
    """Tables and where each profile finds its rows in them; R table rows, of which the first `leaves` are codes.

    left, right: (R - leaves,) int32, row r is row left[r - leaves] times row right[r - leaves], both before r;
    leaves: C + G; run_row: (runs,) int32, table row of the first block, and run_start: (runs + 1,) int64 its
    profiles; others: (U, B) uint16 or uint32, table rows of the other blocks, where they lie in memory profile by
    profile, or block by block (`many`).
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    leaves: int
    run_row: NDArray[np.int32]
    run_start: NDArray[np.int64]
    others: NDArray[Any]

    @property
    def many(self) -> bool:
        """Whether there are so many blocks that profiles are worked off block by block."""
        return bool(self.others.shape[1] > MANY)

    @property
    def arrays(self) -> tuple[Any, ...]:
        """The arrays for the kernels: others laid out flat, and by how much the next profile and block are apart."""
        u, b = self.others.shape
        flat = (self.others.T if self.many else self.others).ravel()
        runs = self.run_row, self.run_start
        return self.left, self.right, self.leaves, *runs, flat, u, b, *((1, u) if self.many else (b, 1))

    @property
    def rows(self) -> int:
        """Number of table rows R."""
        return self.leaves + len(self.left)


def trivial(codes: NDArray[Any], offsets: NDArray[np.int64], group: NDArray[Any], groups: int) -> Plan:
    """Return the plan without tables: every item is a block. Quick to make, for data that are passed over once."""
    leaves = int(offsets[-1]) + groups
    columns = _columns(codes, offsets, group, groups)
    return _plan([start + column.astype(np.int64) for start, column, _ in columns], [], leaves)


def find(
    codes: NDArray[Any], offsets: NDArray[np.int64], group: NDArray[Any], groups: int, types: int, share: int = SHARE
) -> Plan:
    """Return the plan for (U, J) codes; group: (U,) int, one of `groups`; types: K, for the width of a table row."""
    near = NEAR // (2 * 8 * -(-types // 8) * 8)  # a row of probabilities and a row of expected counts
    room, leaves = len(codes) // share, int(offsets[-1]) + groups
    columns = list(_columns(codes, offsets, group, groups))
    first, nodes, used = _grow(columns, leaves, room)
    blocks, columns = [first], columns[used:]
    step = max(1, len(codes) // SAMPLE)
    sample = [(start, column[::step], values) for start, column, values in columns]
    for used in _cut(sample, min(room, near, SAMPLE // 4)):
        block, more, _ = _grow(columns[:used], leaves + sum(len(left) for left, _ in nodes))
        blocks, nodes, columns = [*blocks, block], nodes + more, columns[used:]
    return _plan(blocks, nodes, leaves)


def _cut(columns: list[Column], limit: int) -> list[int]:
    """Return how many columns each block takes: as few blocks as keep to the limit of sub-profiles, then even ones."""
    cut = _fill(columns, limit)
    while limit > 1 and len(more := _fill(columns, limit // 2)) == len(cut):
        cut, limit = more, limit // 2
    return cut


def _fill(columns: list[Column], limit: int) -> list[int]:
    """Return how many columns each block takes when every block takes as many as it can."""
    lengths: list[int] = []
    while columns:
        lengths.append(_grow(columns, 0, limit)[2])
        columns = columns[lengths[-1] :]
    return lengths


def _grow(columns: list[Column], rows: int, limit: float = np.inf) -> tuple[Ints, list[tuple[Ints, Ints]], int]:
    """Return each profile's row in the block of the first columns, the block's new rows, and how many columns it took.

    It takes columns while there are at most `limit` distinct sub-profiles. rows: number of its first new row.
    """
    base, key, size = columns[0]  # a profile has row base + key, and key < size
    key = key.astype(np.int64)
    nodes: list[tuple[Ints, Ints]] = []
    for used, (start, column, values) in enumerate(columns[1:], start=1):
        pairs, longer = _pairs(key, size, column, values)
        if len(pairs) > max(limit, size):  # as many rows as before, as with one group, is always worth it
            return base + key, nodes, used
        nodes.append((base + pairs // values, start + pairs % values))
        base, key, size = rows, longer, len(pairs)
        rows += size
    return base + key, nodes, len(columns)


def _columns(
    codes: NDArray[Any], offsets: NDArray[np.int64], group: NDArray[Any], groups: int
) -> Iterator[Column]:
    """Return every item as a column, and the group as one more: the first where rows come in the order of groups."""
    of_group = int(offsets[-1]), group, groups
    by_group = groups > 1 and bool((group[1:] >= group[:-1]).all())
    if by_group:
        yield of_group
    for j, (start, stop) in enumerate(pairwise(offsets)):
        yield int(start), codes[:, j], int(stop - start)
    if not by_group:
        yield of_group


def _pairs(key: Ints, size: int, column: NDArray[Any], values: int) -> tuple[Ints, Ints]:
    """Number the distinct pairs key * values + column in order: return the pairs and each profile's number."""
    pair = key * values + column
    if size * values > 4 * len(key) + 65536:
        found = np.unique(pair, return_inverse=True)
        return found[0], found[1].reshape(-1)
    seen = np.zeros(size * values, dtype=bool)
    seen[pair] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[pair]


def _plan(blocks: list[Ints], nodes: list[tuple[Ints, Ints]], leaves: int) -> Plan:
    first, u = blocks[0], len(blocks[0])
    change = np.flatnonzero(np.diff(first)) + 1
    run_start = np.concatenate([[0], change, [u]]) if u else np.zeros(1, dtype=np.int64)
    rows = leaves + sum(len(left) for left, _ in nodes)
    dtype = np.uint16 if rows <= 2**16 else np.uint32
    layout: Literal["F", "C"] = "F" if len(blocks) - 1 > MANY else "C"
    others: NDArray[Any] = np.empty((u, len(blocks) - 1), dtype=dtype, order=layout)
    for b, block in enumerate(blocks[1:]):
        others[:, b] = block
    none = np.zeros(0, dtype=np.int64)
    left = np.concatenate([none, *(side for side, _ in nodes)]).astype(np.int32)
    right = np.concatenate([none, *(side for _, side in nodes)]).astype(np.int32)
    return Plan(left, right, leaves, first[run_start[:-1]].astype(np.int32), run_start.astype(np.int64), others)
