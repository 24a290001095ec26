"""Assignment: which row goes to which column, one to one, so that the sum is smallest.

Types of two fits are matched by it. SciPy has it as well, in a module that takes longer to load than a small fit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["assigned"]

Floats = NDArray[np.float64]


def assigned(cost: Floats) -> list[tuple[int, int]]:
    """Return the pairs (row, column) of a matrix, one to one and as many as there can be, with the smallest sum.

    Pairs come in the order of the rows. Rows are placed one after the other, each by the shortest way over columns that
    rows before it have; prices of rows and columns keep what such a way costs from being negative (Kuhn and Munkres).
    """
    cost = np.asarray(cost, dtype=np.float64)
    if not np.isfinite(cost).all():
        raise ValueError("a cost is no finite number")
    if len(cost) > cost.shape[1]:
        return sorted((row, column) for column, row in assigned(cost.T))
    rows, columns = cost.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    owner, before = np.full(columns, -1), np.empty(columns, dtype=np.int64)
    for new in range(rows):
        away, seen, row, free, so_far = np.full(columns, np.inf), np.zeros(columns, dtype=bool), new, -1, 0.0
        while free < 0:
            way = so_far + cost[row] - row_price[row] - column_price
            shorter = ~seen & (way < away)
            away[shorter], before[shorter] = way[shorter], row
            column = int(np.argmin(np.where(seen, np.inf, away)))
            seen[column], so_far = True, float(away[column])
            row = int(owner[column])
            free = column if row < 0 else -1
        passed = np.flatnonzero(seen & (owner >= 0))
        row_price[new] += so_far
        row_price[owner[passed]] += so_far - away[passed]
        column_price[passed] -= so_far - away[passed]
        while free >= 0:  # every row on the way moves on by one
            row = int(before[free])
            following = int(np.flatnonzero(owner == row)[0]) if row != new else -1
            owner[free], free = row, following
    return sorted((int(row), column) for column, row in enumerate(owner) if row >= 0)
