"""Shares of the types with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..results.fit_result import Fit
from .house_style import COLUMN, SIZES, style, type_style
from .layout import Margins, label_rows, one_panel, text_width
from .points import number_above, points
from .tidy import rows_to_draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.summary import Errors

__all__ = ["shares", "shares_data"]


def shares_data(fit: Fit | Errors) -> pd.DataFrame:
    """Return the shares of the types with their 95 per cent intervals.

    Parameters
    ----------
    fit : Fit, StandardErrors or Bootstrap
        A fit, whose shares have no intervals; or what `blocs.standard_errors` or `blocs.bootstrap` returned of it.

    Returns
    -------
    DataFrame
        One row for each type: type, share, low, high; the ends of the interval are NaN where there is none.
    """
    if isinstance(fit, Fit):
        table = fit.shares.rename_axis("type").reset_index()
        return table.assign(low=np.nan, high=np.nan)
    return fit.shares()[["type", "share", "low", "high"]]


def shares(data: pd.DataFrame, *, ax: Axes | None = None, width: float = COLUMN) -> Axes:
    """Draw the shares of the types: a point for each, a bar for its 95 per cent interval.

    Parameters
    ----------
    data : DataFrame
        What `shares_data` returned.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    width : float
        Of a new figure, in millimetres.

    Returns
    -------
    matplotlib Axes
        The axis begins at 0.

    Raises
    ------
    InputError
        For another table.
    MissingPackageError
        Without matplotlib.
    """
    table = rows_to_draw(data, ("type", "share", "low", "high"), "shares_data")
    with style():
        ax = one_panel(ax, 6 * len(table) + 2, Margins(15, 5, 3, 11), width)
        limit = min(100, 100 * 1.12 * float(table[["share", "high"]].max().max()))
        for y, row in enumerate(table.to_dict("records")):
            look = type_style(row["type"])
            points(ax, y, 100 * row["share"], 100 * row["low"], 100 * row["high"], color=look["color"],
                   marker=look["marker"])  # fmt: skip
            text = f"{100 * row['share']:.1f}"
            half = (text_width(text, SIZES["number"]) / 2 + 1) * limit / (width - 20)  # right of the axis
            number_above(ax, max(100 * row["share"], half), y, text)
        ax.set_xlabel("Share of the type, %")
        ax.set_xlim(0, limit)
        label_rows(ax, [f"Type {k}" for k in table["type"]])
    return ax
