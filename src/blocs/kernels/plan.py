"""Profiles of profiles: which tables of sub-profile probabilities the compiled kernel keeps (fact 4 of the design).

The items of a shard are cut into blocks of neighbouring items. The distinct sub-profiles of a block are numbered, and
each is one row of a table that is filled once per pass; a profile is then the product of one row per block. Rows are
built from shorter ones: a sub-profile is a shorter sub-profile (`left`) times one more code (`right`), so that each
costs one multiplication on the way up and two additions on the way down, when expected counts return to the codes.

Profiles come in lexicographic order, so the first block changes slowly: it is held as runs, read and written once per
run, and may be long. The other blocks are read at random for every profile and must stay in the nearest cache.

Table rows 0..C - 1 are the codes of all items, C..C + G - 1 the groups (one more item, as it were), then come the
longer sub-profiles. Menus and missing items are codes like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Plan", "find", "trivial"]

Ints = NDArray[np.int64]

NEAR = 48 * 1024
"""Bytes that the tables of the randomly read blocks may take together: about a first-level cache."""
SHARE = 4
"""A sub-profile must serve at least this many profiles on average, else a table saves nothing."""
FIRST_SHARE = 12
"""The same for runs of the first block, which also cost a loop."""


class Plan(NamedTuple):
    """Tables and where each profile finds its rows in them; R table rows, of which the first `leaves` are codes.

    left, right: (R - leaves,) int32, row r is row left[r - leaves] times row right[r - leaves], both before r;
    leaves: C + G; run_row: (runs,) int32, table row of the first block, and run_start: (runs + 1,) int64 its
    profiles; others: (U, B) uint16 or uint32, table rows of the other blocks.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    leaves: int
    run_row: NDArray[np.int32]
    run_start: NDArray[np.int64]
    others: NDArray[Any]

    @property
    def rows(self) -> int:
        """Number of table rows R."""
        return self.leaves + len(self.left)


def trivial(codes: NDArray[Any], offsets: NDArray[np.int64], group: NDArray[Any], groups: int) -> Plan:
    """Return the plan without tables: every item is a block. Quick to make, for data that are passed over once."""
    leaves = int(offsets[-1]) + groups
    return _plan([start + column for start, column, _ in _columns(codes, offsets, group, groups)], [], leaves)


def find(
    codes: NDArray[Any],
    offsets: NDArray[np.int64],
    group: NDArray[Any],
    groups: int,
    types: int,
    first_share: int = FIRST_SHARE,
    share: int = SHARE,
) -> Plan:
    """Return the plan for (U, J) codes; group: (U,) int, one of `groups`; types: K, for the width of a table row.

    Blocks grow item by item while the sub-profiles of a longer one are few enough for the number of profiles and for
    the cache.
    """
    near = NEAR // (2 * 8 * -(-types // 8) * 8)  # a row of probabilities and a row of expected counts
    columns = list(_columns(codes, offsets, group, groups))
    rows = int(offsets[-1]) + groups
    nodes: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    blocks: list[NDArray[np.int64]] = []
    room = len(codes) // first_share
    base, key, size = columns[0]  # the block being grown: a profile has row base + key, and key < size
    for start, column, values in columns[1:]:
        pairs, longer = _pairs(key, size, column, values)
        if len(pairs) > max(room, size):  # as many rows as before, as with one group, is always worth it
            blocks.append(base + key)
            base, key, size = start, column, values
            room = min(len(codes) // share, near)
            continue
        nodes.append((base + pairs // values, start + pairs % values))
        base, key, size = rows, longer, len(pairs)
        rows += size
    return _plan([*blocks, base + key], nodes, int(offsets[-1]) + groups)


def _columns(
    codes: NDArray[Any], offsets: NDArray[np.int64], group: NDArray[Any], groups: int
) -> Iterator[tuple[int, Ints, int]]:
    """First table row, (U,) values and number of values of every item, and of the group as one more."""
    for j, (start, stop) in enumerate(pairwise(offsets)):
        yield int(start), codes[:, j].astype(np.int64), int(stop - start)
    yield int(offsets[-1]), group.astype(np.int64), groups


def _pairs(key: Ints, size: int, column: Ints, values: int) -> tuple[Ints, Ints]:
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
    others = np.empty((u, len(blocks) - 1), dtype=np.uint16 if rows <= 2**16 else np.uint32)
    for b, block in enumerate(blocks[1:]):
        others[:, b] = block
    none = np.zeros(0, dtype=np.int64)
    left = np.concatenate([none, *(side for side, _ in nodes)]).astype(np.int32)
    right = np.concatenate([none, *(side for _, side in nodes)]).astype(np.int32)
    return Plan(left, right, leaves, first[run_start[:-1]].astype(np.int32), run_start.astype(np.int64), others)
