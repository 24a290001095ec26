"""Rows drawn at random in proportion to weights, without arrays of all rows beside the weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["drawn_in_each", "drawn_places", "drawn_times"]

Floats = NDArray[np.float64]

ROWS_AT_A_TIME = 65_536


def drawn_places(probability: Floats, draws: Floats) -> NDArray[np.int64]:
    """Return where draws from [0, 1) fall in the distribution (U,), which need not sum to 1; a part at a time."""
    starts = np.arange(0, len(probability), ROWS_AT_A_TIME)
    ends = np.cumsum(np.add.reduceat(probability, starts))
    level = draws * ends[-1]
    if len(starts) == 1:
        return _places(probability, level)
    part = np.minimum(np.searchsorted(ends, level, side="right"), len(ends) - 1)
    places = np.empty(len(draws), dtype=np.int64)
    for i in np.unique(part):
        here, first = part == i, starts[i]
        before = ends[i - 1] if i else 0.0
        places[here] = first + _places(probability[first : first + ROWS_AT_A_TIME], level[here] - before)
    return places


def drawn_in_each(probability: Floats, draws: Floats) -> NDArray[np.int64]:
    """Return (S, T) where draws (S, T) fall in the distribution (S, U) of their row, as `drawn_places` has it."""
    if probability.shape[1] > ROWS_AT_A_TIME:
        return np.array([drawn_places(own, of_row) for own, of_row in zip(probability, draws, strict=True)])
    level = draws * np.add.reduceat(probability, [0], axis=1)
    below = np.cumsum(probability, axis=1)[:, None, :] <= level[:, :, None]
    return np.asarray(np.minimum(below.sum(axis=2), probability.shape[1] - 1))


def drawn_times(probability: Floats, draws: Floats) -> NDArray[np.int64]:
    """Return (U, S) how often each place is drawn by (n, S) draws: as often as `drawn_places` has it, but quicker.

    Sums of the probabilities are looked up among the draws in their order, not every draw among the sums.
    """
    sums = np.cumsum(probability)
    level = np.sort(draws.T * sums[-1], axis=1)
    below = np.array([np.searchsorted(own, sums[:-1], side="left") for own in level]).reshape(len(level), -1)
    return np.diff(below, axis=1, prepend=0, append=level.shape[1]).T


def _places(probability: Floats, level: Floats) -> NDArray[np.int64]:
    """Return where sums of the probabilities, in their order, first exceed the levels; the last place at most."""
    return np.minimum(np.searchsorted(np.cumsum(probability), level, side="right"), len(probability) - 1)
