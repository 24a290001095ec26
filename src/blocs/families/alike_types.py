"""alike_types: the types that may change places under constraints."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from .constraints import INDEPENDENT, Constraint

__all__ = ["alike_types"]


def alike_types(constraints: Sequence[Constraint], types: int) -> NDArray[np.int64]:
    """Return (K,) for each type the first that it may change places with, itself or one before it.

    Two may where the constraints are the same after it, whatever labels are called: all types of which the constraints
    say nothing, and those of which they say the same.
    """
    first, numbers = np.zeros(types, dtype=np.int64), {c.type - 1 for c in constraints}
    rest = [k for k in range(types) if k not in numbers]
    first[rest] = rest[:1]
    meaning, found = _meaning(constraints, 0, 0), list[int]()
    for k in sorted(numbers):
        first[k] = next((m for m in found if _meaning(constraints, k, m) == meaning), k)
        found += [k] if first[k] == k else []
    return first


def _meaning(constraints: Sequence[Constraint], one: int, other: int) -> set[Hashable]:
    """Return what constraints say where two types have changed places: values, and sets of equal probabilities."""
    places, equal, out = {one: other, other: one}, dict[str, list[Hashable]](), set[Hashable]()
    for item, number, outcome, equals in constraints:
        cell = (item, places.get(number - 1, number - 1), outcome)
        if isinstance(equals, str) and equals != INDEPENDENT:
            equal.setdefault(equals, []).append(cell)
        else:
            out.add((*cell, equals))
    return out | {frozenset(cells) for cells in equal.values()}
