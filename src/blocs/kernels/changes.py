"""How far the parameters of each start are from others, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import OUTER, njit

__all__ = ["changes"]

Floats = NDArray[np.float64]


@njit(**OUTER)
def _changes(new, old, share, present, change, fixed):
    for s in range(new.shape[1]):
        change[s], fixed[s] = 0.0, True
    for r in range(new.shape[0]):
        for s in range(new.shape[1]):
            for k in range(new.shape[2]):
                if not present[s, k]:
                    continue
                away = abs(new[r, s, k] - old[r, s, k])
                if away > change[s] or np.isnan(away):  # NaN stays
                    change[s] = away
                fixed[s] &= away <= share * max(1.0, abs(old[r, s, k]))


def changes(
    new: Floats, old: Floats, share: float, present: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return (S,) the largest difference of (R, S, K) parameters, and whether all are less than a share of old or 1.

    present: (S, K) the types that count; what a type without anybody is like says nothing.
    """
    change, fixed = np.empty(new.shape[1]), np.empty(new.shape[1], dtype=np.bool_)
    _changes(np.ascontiguousarray(new), np.ascontiguousarray(old), share, present, change, fixed)
    return change, fixed
