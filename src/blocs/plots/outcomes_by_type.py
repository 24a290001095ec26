"""Outcomes by type: means or proportions of a distal outcome in each type, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .house_style import PAGE, SIZES, style, type_style
from .layout import GAP, Margins, Panels, panels
from .points import points
from .tidy import rows_to_draw

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["outcomes_by_type"]

NARROWEST = 38.0
"""Millimetres of a panel."""


def outcomes_by_type(
    data: pd.DataFrame, *, outcome: str = "Outcome", category: str = "category", width: float = PAGE
) -> Panels:
    """Draw the mean of an outcome in each type with its 95 per cent interval; of categories, one panel each.

    Parameters
    ----------
    data : DataFrame
        Estimates of an outcome by type: one row for each type, and category where it has some, with the columns type,
        estimate, low and high.
    outcome : str
        What the outcome is called on the axis, with its unit.
    category : str
        Column of the categories, if there is one.
    width : float
        Of the figure, in millimetres.

    Returns
    -------
    (rows, columns) array of matplotlib Axes
        Bars are intervals, not standard errors. All panels have the same scale.

    Raises
    ------
    InputError
        For another table.
    MissingPackageError
        Without matplotlib.
    """
    table = rows_to_draw(data, ("type", "estimate", "low", "high"), "an analysis of outcomes by type")
    parts = [("", table)] if category not in table else [(str(c), of) for c, of in table.groupby(category, sort=False)]
    types = sorted(table["type"].unique().tolist())
    ends = table[["estimate", "low", "high"]]
    low, high = float(ends.min().min()), float(ends.max().max())
    space = 0.08 * (high - low) or 1.0
    with style():
        columns = max(1, min(len(parts), int((width - 18) / (NARROWEST + GAP))))
        rows = -(-len(parts) // columns)
        right = 3 + max(0.0, width - 18 - max(85 - 18, 60 * columns))  # one panel is no wider than it needs
        axes = panels([6 * len(types) + 2] * rows, columns, Margins(15, right, 6, 11), (GAP, 14.0), width)
        for i, ((name, of), ax) in enumerate(zip(parts, axes.flat, strict=False)):
            for row in of.to_dict("records"):
                look, y = type_style(row["type"]), types.index(row["type"])
                points(ax, y, row["estimate"], row["low"], row["high"], color=look["color"], marker=look["marker"])
                ax.annotate(f"{row['estimate']:.3g}".replace("-", "−"), (row["estimate"], y), (0, 4.5), ha="center",
                            textcoords="offset points", fontsize=SIZES["number"])  # fmt: skip
            ax.set(xlim=(low - space, high + space), ylim=(len(types) - 0.4, -0.8), title=name, xlabel=outcome)
            ax.set_yticks(range(len(types)), [f"Type {k}" if i % columns == 0 else "" for k in types])
            ax.tick_params(axis="y", length=0)
        for ax in axes.flat[len(parts) :]:
            ax.remove()
    return axes
