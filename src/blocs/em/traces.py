"""Traces: the values of the iterations that each start accepted, of all starts in one array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Traces"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST = 32
"""Iterations that the arrays can take at first; it is doubled as needed."""


class Traces:
    """The values that S starts had; written on as the iterations go.

    values: (S, n) float, of each start the first `count` of a row; count: (S,) int.
    """

    def __init__(self, starts: int) -> None:
        self.values = np.full((starts, FIRST), -np.inf)
        self.count = np.zeros(starts, dtype=np.int64)

    def add(self, at: Ints, values: Floats) -> None:
        """Append a value to the trace of each start in `at`."""
        if self.count.max(initial=0) == self.values.shape[1]:
            self.values = np.pad(self.values, ((0, 0), (0, self.values.shape[1])), constant_values=-np.inf)
        self.values[at, self.count[at]] = values
        self.count[at] += 1

    def lists(self) -> list[list[float]]:
        """Return the values of every start."""
        return [row[:n].tolist() for row, n in zip(self.values, self.count.tolist(), strict=True)]
