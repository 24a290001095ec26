"""Assignment: which row goes to which column, one to one, so that the sum is smallest; it matches types of fits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["assigned"]


def assigned(cost: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the pairs (row, column) of a matrix, one to one and as many as there can be, with the smallest sum."""
    from scipy.optimize import linear_sum_assignment  # takes longer to load than a small fit

    return [(int(row), int(column)) for row, column in zip(*linear_sum_assignment(cost), strict=True)]
