"""Units of measurements: the centre and scale of every column, in which means and covariances are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..schema import Item, Schema

__all__ = ["in_own_units", "units_of"]

Floats = NDArray[np.float64]


def in_own_units(items: tuple[Item, ...], values: Floats, counts: Floats) -> tuple[Item, ...]:
    """Return the items with the units of (R, D) values in their measured kinds; counts (R,) weigh the rows."""
    out = list(items)
    for j, first, last in Schema(items).measured:
        kind = items[j].kind
        assert kind is not None
        out[j] = replace(items[j], kind=replace(kind, units=units_of(values[:, first:last], counts)))
    return tuple(out)


def units_of(values: Floats, counts: Floats) -> tuple[tuple[float, float], ...]:
    """Return (centre, scale) of every column: weighted mean and standard deviation; 1 where it does not vary."""
    return tuple(_unit(column, counts) for column in values.T)


def _unit(column: Floats, counts: Floats) -> tuple[float, float]:
    known = ~np.isnan(column)
    if not known.all():
        column, counts = column[known], counts[known]
    if not len(column):
        return 0.0, 1.0
    centre = float(column[0]) + float(np.average(column - column[0], weights=counts))
    scale = float(np.sqrt(np.average((column - centre) ** 2, weights=counts)))
    return centre, scale if scale > 1e-12 * max(abs(centre), 1e-300) else 1.0
