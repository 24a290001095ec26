"""Shard: the arrays of a contiguous part of the profiles, as kernels and engines see them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Shard"]


class Shard(NamedTuple):
    """codes (U, J) unsigned int; group (U,) int, row of the prior; weights (U,) float; values: (U, D) float
    of the measured items, or None.

    plan: what the kernel found out about the codes beforehand (its `prepare`), or None.
    """

    codes: NDArray[Any]
    group: NDArray[np.int32]
    weights: NDArray[np.float64]
    plan: Any = None
    values: NDArray[np.float64] | None = None
