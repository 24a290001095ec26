"""Residual map: the bivariate residuals of all pairs of items as one triangle."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from .house_style import PAGE, SIZES, style
from .layout import INCH, Margins, fitted, panels, remark, text_width, wrapped
from .tidy import rows_to_draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["residual_map", "residual_map_data"]

CELL = 9.0
"""Largest side of a cell in millimetres."""
PRINTED = 5.5
"""Side of a cell from which its number is printed."""
APART = 1.5
"""Millimetres between the names of two rows."""
NAME = 40.0
"""Largest width of the name of an item in millimetres."""
KEY = 25.0
"""Millimetres at the right for the scale."""
WORST, BOUND = 10.0, 3.84
"""End of the scale, so that a good fit is pale; and the 5 per cent bound of chi-square with one degree of freedom."""


def residual_map_data(residuals: pd.DataFrame, items: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the bivariate residuals with the place of both items of each pair.

    Parameters
    ----------
    residuals : DataFrame
        What `blocs.bivariate_residuals` returned.
    items : sequence of str, optional
        The items in their order, such as ``fit.schema.names``; by default in the order in which they occur.

    Returns
    -------
    DataFrame
        One row for each pair, in the order given: row and column, the items, that of the row the later one; row_at and
        column_at, their places from 0; bvr; p.
    """
    table = rows_to_draw(residuals, ("item_a", "item_b", "bvr", "p"), "bivariate_residuals", "residuals")
    known = dict.fromkeys([*table["item_a"], *table["item_b"]])
    order = [name for name in items if name in known] if items is not None else list(known)
    place = {name: i for i, name in enumerate(order)}
    at = np.sort(np.column_stack([table["item_a"].map(place), table["item_b"].map(place)]), axis=1)
    row, column = ([order[i] for i in at[:, side]] for side in (1, 0))
    return pd.DataFrame({"row": row, "column": column, "row_at": at[:, 1], "column_at": at[:, 0],
                         "bvr": table["bvr"].to_numpy(), "p": table["p"].to_numpy()})  # fmt: skip


def residual_map(
    data: pd.DataFrame, *, labels: Mapping[str, str] | None = None, ax: Axes | None = None, width: float = PAGE
) -> Axes:
    """Draw the bivariate residuals: one square a pair of items, the darker the worse it is described.

    Parameters
    ----------
    data : DataFrame
        What `residual_map_data` returned.
    labels : mapping, optional
        Item -> shorter name.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    width : float
        Largest width of a new figure, in millimetres.

    Returns
    -------
    matplotlib Axes
        Numbers are printed where the squares are large enough. Items whose names are higher than a square are numbered:
        rows have numbers and names, columns numbers alone. The scale is the same for all fits: it ends at 10, and
        larger residuals are as dark. 3.84 is marked on it as a rule of thumb; the residuals have no chi-square
        distribution.

    Raises
    ------
    InputError
        For another table.
    MissingPackageError
        Without matplotlib.
    """
    table = rows_to_draw(data, ("row", "column", "row_at", "column_at", "bvr", "p"), "residual_map_data")
    size = int(table["row_at"].max()) + 1
    names = dict(zip([*table["row_at"], *table["column_at"]], [*table["row"], *table["column"]], strict=True))
    values = np.full((size, size), np.nan)
    values[table["row_at"], table["column_at"]] = table["bvr"]
    called = [(labels or {}).get(names[i], names[i]) for i in range(size)]
    with style():
        scale = f"X² by degree of freedom\n({BOUND}: rule of thumb)"
        place, foot = _place([wrapped(name, NAME) for name in called], width, scale), ""
        if _tallest(place.rows) > place.height - APART:
            place = _numbered([wrapped(f"{i}  {name}", NAME) for i, name in enumerate(called, start=1)], width, scale)
            foot = fitted(f"1: {called[0]}", place.left + place.side * (size - 1) + KEY)  # it has a column and no row
        if ax is None:
            extent = place.side * (size - 1)
            below = place.below + (_tallest([foot]) + 2 if foot else 0)
            ax = panels([place.height * (size - 1)], 1, Margins(place.left, KEY, 4, below),
                        width=place.left + extent + KEY)[0, 0]  # fmt: skip
            if foot:
                remark(ax, foot)
        finite = np.where(np.isinf(values), np.finfo(np.float64).max, values)
        image = ax.imshow(finite[1:, :-1], cmap="Oranges", vmin=0, vmax=WORST, aspect="auto")
        if place.side >= PRINTED:
            _write_numbers(ax, values[1:, :-1])
        ax.set_yticks(range(size - 1), place.rows[1:])
        ax.set_xticks(range(size - 1), place.columns[:-1], rotation=90)
        ax.tick_params(length=0)
        for edge in ax.spines.values():
            edge.set_visible(False)
        bar = ax.figure.colorbar(image, ax=ax, cax=ax.inset_axes((1.03, 0, 0.03, 1)))
        bar.set_label(scale, size=SIZES["label"])
        bar.set_ticks([0, BOUND, WORST], labels=["0", f"{BOUND}", f"≥ {WORST:.0f}"])
        bar.outline.set_visible(False)
    return ax


class _Place(NamedTuple):
    """Names of rows and columns, and millimetres: the sides of a cell, and the margins left and below."""

    rows: list[str]
    columns: list[str]
    side: float
    height: float
    left: float
    below: float


def _place(shown: list[str], width: float, scale: str) -> _Place:
    """Return squares whose rows and columns have their names."""
    left = max(map(text_width, shown)) + 3
    side = _side(left, width, len(shown), scale)
    return _Place(shown, shown, side, side, left, left)


def _numbered(shown: list[str], width: float, scale: str) -> _Place:
    """Return rows that are as high as their names, and columns that have the numbers of their items alone.

    Where columns are narrower than a number is high, not every one has its number.
    """
    left = max(map(text_width, shown)) + 3
    side = _side(left, width, len(shown), scale)
    step = math.ceil(_tallest(["1"]) / side)
    columns = [str(i) if (i - 1) % step == 0 else "" for i in range(1, len(shown) + 1)]
    return _Place(shown, columns, side, max(side, _tallest(shown) + APART), left, max(map(text_width, columns)) + 3)


def _side(left: float, width: float, size: int, scale: str) -> float:
    """Return the width of a cell; the triangle is at least as high as the words at its scale are long."""
    return max(min(CELL, (width - left - KEY) / (size - 1)), (text_width(scale) - 6) / (size - 1))


def _tallest(texts: Sequence[str]) -> float:
    """Return the height of the letters of the text with the most lines, in millimetres."""
    return max(text.count("\n") * 1.2 + 1 for text in texts) * SIZES["label"] * INCH / 72


def _write_numbers(ax: Axes, values: np.ndarray) -> None:
    """Print the numbers of the squares, white on dark ones."""
    for i, j in zip(*np.nonzero(~np.isnan(values)), strict=True):
        value = values[i, j]
        text = "∞" if np.isinf(value) else f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"
        ax.text(j, i, text, ha="center", va="center", fontsize=SIZES["number"],
                color="white" if value > 0.65 * WORST else "black")  # fmt: skip
