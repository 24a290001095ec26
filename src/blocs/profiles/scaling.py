"""Units of measurements: the centre and scale of every column, in which means and covariances are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Item, Schema

__all__ = ["in_own_units", "units_of"]

Floats = NDArray[np.float64]
PART = 65_536


def in_own_units(items: tuple[Item, ...], values: Floats, counts: Floats) -> tuple[Item, ...]:
    """Return the items with the units of (R, D) values in their measured kinds; counts (R,) weigh the rows."""
    out = list(items)
    for j, first, last in Schema(items).measured:
        kind = items[j].kind
        assert kind is not None
        out[j] = replace(items[j], kind=replace(kind, units=units_of(values[:, first:last], counts)))
    return tuple(out)


def units_of(values: Floats, counts: Floats) -> tuple[tuple[float, float], ...]:
    """Return (centre, scale) of every column: weighted mean and standard deviation.

    The scale is 1 where the column does not vary, and 0 where it is missing in every row.
    """
    return tuple(_unit(column, counts) for column in values.T)


def _unit(column: Floats, counts: Floats) -> tuple[float, float]:
    """Work in parts: a large table leaves no memory for a copy of a column."""
    present = np.flatnonzero(~np.isnan(column[:PART]))
    if not len(present):
        rest = column[PART:]
        return _unit(rest, counts[PART:]) if len(rest) else (0.0, 0.0)
    first = float(column[present[0]])
    n, shift = _mean(column, counts, lambda x: x - first)
    centre = first + shift
    scale = float(np.sqrt(_mean(column, counts, lambda x: (x - centre) ** 2)[1])) if n else 0.0
    return centre, scale if scale > 1e-12 * max(abs(centre), 1e-300) else 1.0


def _mean(column: Floats, counts: Floats, of: Callable[[Floats], Floats]) -> tuple[float, float]:
    """Return the weight and the weighted mean of a function of the cells that are not missing."""
    n = total = 0.0
    for a in range(0, len(column), PART):
        values, weights = of(column[a : a + PART]), counts[a : a + PART]
        present = ~np.isnan(values)
        n += float(weights[present].sum())
        total += float((weights[present] * values[present]).sum())
    return n, total / n
