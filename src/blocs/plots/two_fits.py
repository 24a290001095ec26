"""Two fits side by side, of other seeds, elections, parties or methods, with their types aligned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..inference.matching import match
from .house_style import GREY, PAGE, SIZES, style, type_style
from .layout import GAP, LINE, Margins, Panels, inner_ticks, key_height, legend, panels, text_width, wrapped
from .tidy import rows_to_draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.fit_result import Fit

__all__ = ["two_fits", "two_fits_data"]

NARROWEST, ROW = 30.0, 3.8
"""Millimetres of a panel, and of an outcome."""
COLUMNS = ("type", "other_type", "share", "other_share", "distance", "item", "outcome", "probability",
           "other_probability")  # fmt: skip


def two_fits_data(fit: Fit, other: Fit) -> pd.DataFrame:
    """Return the probabilities of the types of a fit beside those of the types of another that go with them.

    Parameters
    ----------
    fit, other : Fit
        Fits of the same items.

    Returns
    -------
    DataFrame
        One row for each type of the first that goes with one of the other, item and outcome that both have: type and
        other_type, the numbers in the two fits; share and other_share; distance, of the two types (`blocs.match`);
        item; outcome; probability and other_probability.

    Raises
    ------
    InputError, UnsupportedError
        As `blocs.match`.
    """
    matched = match(fit, other)
    first, second = fit.table(), other.table()
    first["other_type"] = first["type"].map(matched.mapping)
    first = first.dropna(subset="other_type").astype({"other_type": np.int64})
    second = second.rename(columns={"type": "other_type", "probability": "other_probability"})
    both = first.merge(second, on=["other_type", "item", "outcome"], how="inner")
    both["share"], both["other_share"] = both["type"].map(fit.shares), both["other_type"].map(other.shares)
    both["distance"] = both["type"].map(matched.distances)
    return both[list(COLUMNS)]


def two_fits(
    data: pd.DataFrame, *, names: tuple[str, str] = ("first fit", "second fit"),
    labels: Mapping[str, str] | None = None, width: float = PAGE,
) -> Panels:  # fmt: skip
    """Draw two fits: one panel a type, one line an item and outcome, from the one probability to the other.

    Parameters
    ----------
    data : DataFrame
        What `two_fits_data` returned.
    names : tuple of two str
        What the two fits are called.
    labels : mapping, optional
        Item -> shorter name.
    width : float
        Of the figure, in millimetres.

    Returns
    -------
    (rows, columns) array of matplotlib Axes
        Filled markers are the first fit, open ones, which let the first shine through, the second. Of items with two
        outcomes the last one is drawn.

    Raises
    ------
    InputError
        For another table.
    MissingPackageError
        Without matplotlib.
    """
    table = _drawn(rows_to_draw(data, COLUMNS, "two_fits_data"))
    rows = list(dict.fromkeys(zip(table["item"], table["outcome"], strict=True)))
    texts = [wrapped(f"{(labels or {}).get(item, item)}: {outcome}", 48) for item, outcome in rows]
    types = sorted(table["type"].unique().tolist())
    with style():
        from matplotlib.lines import Line2D

        left = max(map(text_width, texts)) + 3
        columns = max(1, min(len(types), int((width - left - 4) / (NARROWEST + GAP))))
        count = -(-len(types) // columns)
        row = max(ROW, max(text.count("\n") + 1 for text in texts) * LINE * SIZES["label"] + 1)
        below = 13 + key_height(names, width)
        axes = panels([row * len(rows) + 1] * count, columns, Margins(left, 4, 10, below), (GAP, 17.0), width)
        for i, (k, ax) in enumerate(zip(types, axes.flat, strict=False)):
            _draw_type(ax, table[table["type"] == k], rows)
            ax.set_yticks(range(len(rows)), texts if i % columns == 0 else [""] * len(rows))
        for ax in axes.flat[len(types) :]:
            ax.remove()
        for ax in axes.flat[max(0, len(types) - columns) : len(types)]:
            ax.set_xlabel("Probability")
        handles = [
            Line2D([], [], linestyle="none", marker="o", markersize=4, color=GREY, markerfacecolor=face)
            for face in (GREY, "none")
        ]
        legend(axes, handles, names, at=1)
    return axes


def _drawn(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are drawn: of items with two outcomes those of the last, as the other says the same."""
    outcomes = table.groupby("item", sort=False)["outcome"].unique().to_dict()
    last = {item: of[-1] for item, of in outcomes.items() if len(of) == 2}
    keep = [item not in last or last[item] == o for item, o in zip(table["item"], table["outcome"], strict=True)]
    return table[keep]


def _draw_type(ax: Axes, of: pd.DataFrame, rows: Sequence[tuple[str, object]]) -> None:
    """Draw the pairs of points of a type."""
    k, look = int(of["type"].iloc[0]), type_style(int(of["type"].iloc[0]))
    place = {row: y for y, row in enumerate(rows)}
    y = [place[row] for row in zip(of["item"], of["outcome"], strict=True)]
    ax.hlines(y, of["probability"], of["other_probability"], color=GREY, linewidth=0.8)
    for name, face in (("probability", look["color"]), ("other_probability", "none")):
        ax.plot(of[name], y, linestyle="none", color=look["color"], marker=look["marker"], markersize=4,
                markerfacecolor=face, markeredgewidth=0.9)  # fmt: skip
    ax.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.4, -0.6))
    ax.set_title(f"Type {k} ({100 * of['share'].iloc[0]:.1f} %)\n"
                 f"and {of['other_type'].iloc[0]} ({100 * of['other_share'].iloc[0]:.1f} %)")  # fmt: skip
    inner_ticks(ax, [0, 0.5, 1], ["0", ".5", "1"])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", linewidth=0.3, color="#D0D0D0")
