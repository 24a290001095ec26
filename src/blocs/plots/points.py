"""Points with intervals: an estimate as a marker and its interval as a bar, for all pictures of estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .house_style import SIZES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["dodged", "number_above", "points"]

Z80_OF_Z95 = 1.2815515594457831 / 1.959963984540054
"""Half the width of an 80 per cent interval as a part of that of a 95 per cent interval, of a normal estimate."""


def points(
    ax: Axes, place: ArrayLike, value: ArrayLike, low: ArrayLike, high: ArrayLike, *, color: str, marker: str = "o",
    upright: bool = False, inner: bool = False, label: str | None = None, filled: bool = True, size: float = 4.5,
) -> None:  # fmt: skip
    """Draw estimates with their intervals; no interval where its ends are NaN.

    place: on the other axis; upright: values on the y axis; inner: a thicker bar inside for the 80 per cent interval of
    a normal estimate whose 95 per cent interval is given; filled: whether markers are filled; size: of them, in points.
    """
    at, estimate, lower, upper = (np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (place, value, low, high))
    known = ~(np.isnan(lower) | np.isnan(upper))
    line: Any = ax.vlines if upright else ax.hlines
    if known.any():
        line(at[known], lower[known], upper[known], color=color, linewidth=0.9)
        if inner:
            ends = (estimate[known] + Z80_OF_Z95 * (end[known] - estimate[known]) for end in (lower, upper))
            line(at[known], *ends, color=color, linewidth=2.2)
    x, y = (at, estimate) if upright else (estimate, at)
    ax.plot(x, y, linestyle="none", color=color, marker=marker, markersize=size, label=label,
            markerfacecolor=color if filled else "white", markeredgewidth=0.9)  # fmt: skip


def number_above(ax: Axes, value: float, y: float, text: str) -> None:
    """Write a number above a point, on white, so that no line goes through it."""
    ground = {"boxstyle": "square,pad=0.05", "facecolor": "white", "edgecolor": "none"}
    ax.annotate(text, (value, y), (0, 4.5), textcoords="offset points", ha="center", fontsize=SIZES["number"],
                bbox=ground, zorder=2.5)  # fmt: skip


def dodged(number: int, of: int, most: float = 0.6) -> float:
    """Return how far one of several points at the same place stands aside, so that they do not cover each other."""
    return (number - (of - 1) / 2) * min(most / of, 0.15)


