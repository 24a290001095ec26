"""Layout in millimetres: figures whose panels, margins and rows of labels have the sizes that their texts need."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .house_style import GREY, PAGE, SIZES, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["GAP", "INCH", "LINE", "Margins", "Panels", "figure_of", "fitted", "headings", "inner_ticks",
           "key_height", "key_of", "label_rows", "legend", "one_panel", "panels", "remark", "say_above", "text_width",
           "whole_numbers", "wrapped"]  # fmt: skip

INCH = 25.4
"""Millimetres of an inch."""
LINE = 0.46
"""Height of a line of text in millimetres for each point of its size."""
GAP = 4.0
"""Millimetres between panels that stand side by side."""
KEY = 8.0
"""Millimetres that a legend needs beside a label."""
Panels = NDArray[Any]
"""Axes by row and column."""


class Margins(NamedTuple):
    """Millimetres around the panels of a figure."""

    left: float
    right: float
    top: float
    bottom: float


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = SIZES["label"]) -> float:
    """Return the width of a text in millimetres, of its widest line; size: in points."""
    pyplot()
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(family="DejaVu Sans")
    lines = [TextPath((0, 0), line, size, prop=font, usetex=False) for line in text.split("\n") if line.strip()]
    widest = max((line.get_extents().x1 for line in lines), default=0.0)
    return float(widest) * INCH / 72


def wrapped(text: str, width: float, size: float = SIZES["label"]) -> str:
    """Return a text in lines of at most so many millimetres; only words that are wider are divided."""
    if text_width(text, size) <= width:
        return text
    lines, space = [""], text_width("n n", size) - text_width("nn", size)
    for word in (part for of in text.split() for part in _parts(of, width, size)):
        if lines[-1] and text_width(lines[-1], size) + space + text_width(word, size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(line for line in lines if line)


def headings(titles: Sequence[str], width: float) -> tuple[list[str], float]:
    """Return headings of panels in lines that fit into a width, and the millimetres that lines after the first need."""
    lines = [wrapped(title, width, SIZES["title"]) for title in titles]
    return lines, max(heading.count("\n") for heading in lines) * LINE * SIZES["title"]


def _parts(word: str, width: float, size: float) -> list[str]:
    """Return a word in parts that fit into the width, each of at least one letter."""
    if text_width(word, size) <= width:
        return [word]
    parts = [word[0]]
    for letter in word[1:]:
        if text_width(parts[-1] + letter, size) <= width:
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def panels(
    heights: Sequence[float], columns: int, margins: Margins, gaps: tuple[float, float] = (4.0, 9.0),
    width: float = PAGE,
) -> Panels:  # fmt: skip
    """Return (rows, columns) axes of one new figure.

    heights: of each row of panels; gaps: between columns and between rows; width: of the figure, all in millimetres.
    """
    plt = pyplot()
    total = sum(heights) + gaps[1] * (len(heights) - 1) + margins.top + margins.bottom
    each = (width - margins.left - margins.right - gaps[0] * (columns - 1)) / columns
    figure = plt.figure(figsize=(width / INCH, total / INCH))
    out = np.empty((len(heights), columns), dtype=object)
    upper = total - margins.top
    for i, height in enumerate(heights):
        for j in range(columns):
            left = margins.left + j * (each + gaps[0])
            out[i, j] = figure.add_axes((left / width, (upper - height) / total, each / width, height / total))
        upper -= height + gaps[1]
    return out


def one_panel(ax: Axes | None, height: float, margins: Margins, width: float = PAGE) -> Axes:
    """Return the axes that were given, or those of a new figure with one panel of this height in millimetres."""
    if ax is not None:
        return ax
    axes: Axes = panels([height], 1, margins, width=width)[0, 0]
    return axes


def inner_ticks(ax: Axes, places: Sequence[float], labels: Sequence[str]) -> None:
    """Label the x axis with the outer labels inside the panel, so that they do not touch those of the panel beside."""
    ticks = ax.set_xticks(list(places), list(labels))
    ticks[0].label1.set_horizontalalignment("left")
    ticks[-1].label1.set_horizontalalignment("right")


def whole_numbers(axis: Any) -> None:
    """Put the ticks of an axis at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))


def key_height(labels: Sequence[str], width: float = PAGE) -> float:
    """Return the millimetres that a legend of these labels needs, in a figure of this width."""
    return -(-len(labels) // _key_columns(labels, width)) * LINE * SIZES["label"] * 1.3 + 1


def _key_columns(labels: Sequence[str], width: float) -> int:
    """Return into how many columns the labels fit side by side."""
    wide = [text_width(label) + KEY for label in labels]
    for columns in range(len(labels), 1, -1):
        if sum(map(max, np.array_split(wide, columns))) <= width - 4:  # as matplotlib fills the columns of a legend
            return columns
    return 1


def legend(axes: Any, handles: Sequence[Any], labels: Sequence[str], at: float) -> None:
    """Put a legend in the middle of the figure, `at` millimetres above its lower edge, in as many rows as it needs."""
    figure = figure_of(axes)
    width, height = (inches * INCH for inches in figure.get_size_inches())
    figure.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.5, at / height),
                  ncol=_key_columns(labels, width), handlelength=1.6, columnspacing=1.4, borderaxespad=0,
                  borderpad=0.1)  # fmt: skip


def key_of(ax: Axes, new: bool) -> None:
    """Put a key of what is labelled in a panel below it; in a figure of the caller (`new` False), inside the panel."""
    handles, names = ax.get_legend_handles_labels()
    if new:
        legend(ax, handles, names, at=1)
    else:
        ax.legend(handles, names)


def label_rows(ax: Axes, names: Sequence[str]) -> None:
    """Name the rows of a panel of points from the top down, with the space that numbers above the points need."""
    ax.set_ylim(len(names) - 0.4, -0.8)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0)


def say_above(ax: Axes, text: str, **settings: Any) -> None:
    """Write a remark above a panel, in place of a heading."""
    ax.set_title(text, fontsize=SIZES["number"], color=GREY, **settings)


def fitted(text: str, width: float) -> str:
    """Return a remark in lines that fit into a figure of this width, in millimetres; its own lines stay apart.

    A fifteenth is left free: on screens of few dots letters are wider than their outlines.
    """
    return "\n".join(wrapped(line, width * 14 / 15 - 3, SIZES["number"]) for line in text.split("\n"))


def remark(axes: Any, text: str) -> None:
    """Put a remark at the foot of the figure; `fitted` divides it into lines."""
    figure = figure_of(axes)
    figure.text(1.0 / (figure.get_figwidth() * INCH), 1.0 / (figure.get_figheight() * INCH), text, va="bottom",
                fontsize=SIZES["number"], color=GREY, linespacing=1.15)  # fmt: skip


def figure_of(axes: Any) -> Any:
    """Return the figure of axes, or of the first of several."""
    return next(ax for ax in np.ravel(np.asarray(axes, dtype=object)) if ax is not None).figure
