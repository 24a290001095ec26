"""Outcomes by type: means or proportions of a distal outcome in each type, with intervals."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

from ..inference.distal_outcome import DistalOutcome
from .house_style import COLUMN, PAGE, SIZES, style, type_style
from .layout import GAP, LINE, Margins, Panels, headings, label_rows, panels, text_width, wrapped
from .points import number_above, points
from .tidy import rows_to_draw

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["outcomes_by_type"]

NARROWEST, WIDEST = 38.0, 60.0
"""Millimetres of a panel."""


def outcomes_by_type(
    data: DistalOutcome | pd.DataFrame, *, outcome: str = "", category: str = "category", width: float = PAGE
) -> Panels:
    """Draw the mean of an outcome in each type with its 95 per cent interval; of categories, one panel each.

    Parameters
    ----------
    data : DistalOutcome or DataFrame
        What `blocs.distal` returned, or a table of estimates of an outcome by type: one row for each type, and category
        where it has some, with the columns type, estimate, low and high.
    outcome : str
        What the outcome is called, with its unit; by default as in the analysis.
    category : str
        Column of the categories, if there is one.
    width : float
        Largest width of the figure, in millimetres; it is no wider than its panels need.

    Returns
    -------
    (rows, columns) array of matplotlib Axes
        Bars are intervals, not standard errors. All panels have the same scale, and all numbers as many decimals.

    Raises
    ------
    InputError
        For another table.
    MissingPackageError
        Without matplotlib.
    """
    name, axis = outcome, outcome or "Estimate"
    if isinstance(data, DistalOutcome):
        name = outcome or data.outcome
        axis = name if not data.probability else "Probability" if data.categories else f"Probability of {name}"
        data = data.table()
    table = rows_to_draw(data, ("type", "estimate", "low", "high"), "an analysis of outcomes by type")
    heading = "Type " if category == "type" else f"{name} = " if name else ""
    parts = [("", table)]
    if category in table:
        parts = [(f"{heading}{c}", of) for c, of in table.groupby(category, sort=False)]
    types = sorted(table["type"].unique().tolist())
    ends = table[["estimate", "low", "high"]]
    low, high = float(ends.min().min()), float(ends.max().max())
    largest = float(table["estimate"].abs().max())
    digits = min(3, max(0, 2 - floor(log10(largest)))) if largest > 0 else 0
    printed = [_number(value, digits) for value in table["estimate"]]
    with style():
        columns = max(1, min(len(parts), int((width - 18) / (NARROWEST + GAP))))
        rows = -(-len(parts) // columns)
        width = min(width, 18 + max(COLUMN - 18, WIDEST * columns))
        panel = (width - 18 - GAP * (columns - 1)) / columns
        titles, above = headings([title for title, _ in parts], panel)
        axis, below = wrapped(axis, panel), LINE * SIZES["label"] * wrapped(axis, panel).count("\n")
        margins, between = Margins(15, 3, 6 + above, 11 + below), (GAP, 17.0 + above + below)
        axes = panels([6 * len(types) + 2] * rows, columns, margins, between, width)
        beside = max(text_width(text, SIZES["number"]) for text in printed) / 2 + 0.5  # half a number, in millimetres
        space = (high - low or 1.0) * max(0.08, beside / (panel - 2 * beside))
        for i, ((_, of), ax) in enumerate(zip(parts, axes.flat, strict=False)):
            for row in of.to_dict("records"):
                look, y = type_style(row["type"]), types.index(row["type"])
                points(ax, y, row["estimate"], row["low"], row["high"], color=look["color"], marker=look["marker"])
                number_above(ax, row["estimate"], y, _number(row["estimate"], digits))
            ax.set(xlim=(low - space, high + space), title=titles[i], xlabel=axis)
            ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.12g}".replace("-", "−"))
            label_rows(ax, [f"Type {k}" if i % columns == 0 else "" for k in types])
        for ax in axes.flat[len(parts) :]:
            ax.remove()
    return axes


def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace("-", "−")
