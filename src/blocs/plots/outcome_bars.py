"""Bars of outcomes: one stack an office, split and left blank on the zero line, for every picture of ballots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..presentation.numbers import in_a_bar, whole_per_cent
from .house_style import EDGE, EDGED, GREY, INK_ON, OUTCOMES, SIZES, WORDS
from .layout import (
    GAP,
    LINE,
    Margins,
    Panels,
    fitted,
    inner_ticks,
    key_height,
    legend,
    panels,
    remark,
    text_width,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
__all__ = ["FEW", "FEWEST", "Bars", "Row", "draw_bars"]

FEWEST = 30
"""Expected voters below which a bar is not drawn: its shares are guesses, and may tell how single voters voted."""
FEW = f"under {FEWEST} voters"
LEAST, THIN = 0.0005, 0.6
"""Share that is drawn at least; millimetres of a segment with an edge at least: on less, the edge is all one sees."""
NARROWEST = 27.0
"""Width of a panel in millimetres, on which a number of two digits fits into 10 per cent."""
WIDEST_LABEL = 40.0
THICK, ROW, MANY, DENSE = 3.7, 4.6, 24, 3.7
"""Millimetres of a bar, of a bar with the space around it, and of the latter where there are more bars than MANY."""
HATCH = "//////"
DOTS, ASIDE = 6.4, 1.45
"""Millimetres of an office whose outcomes are points, and from its middle to the points."""
INTERVAL = {"split": OUTCOMES["split"], "abstain": "#3E86B8"}
"""Colours of intervals; that of left blank is darker than its area, whose blue is too pale for a line."""
POINTS = {"split": ("o", -ASIDE), "abstain": ("s", ASIDE)}
"""Outcomes that are drawn as points, their markers and places."""


class Row(NamedTuple):
    """One bar: the office, with line breaks where it may be divided; shares by outcome; hatched or not.

    ends: of the intervals by outcome; with them split and left blank are points instead of a bar; instead: what is
    written in place of the bar, "" where it is drawn.
    """

    office: str
    shares: Mapping[str, float]
    hatched: bool = False
    ends: Mapping[str, tuple[float, float]] | None = None
    instead: str = ""


class Bars(NamedTuple):
    """One panel of a picture: the lines of its heading, and its bars from the top down."""

    heading: Sequence[str]
    rows: Sequence[Row]


class _Band(NamedTuple):
    """A row of panels: their headings, the names of its bars with their places, and its height in millimetres."""

    panels: Sequence[Bars]
    headings: Sequence[str]
    names: Sequence[str]
    places: Sequence[float]
    height: float
    right: Sequence[str]

    @property
    def above(self) -> float:
        """Millimetres that the headings need."""
        return max(text.count("\n") + 1 for text in self.headings) * LINE * SIZES["title"] + 1.5


def draw_bars(
    bands: Sequence[Sequence[Bars]], width: float, note: str, right: Sequence[Sequence[str]] | None = None
) -> Panels:
    """Draw panels of bars and return their axes, (rows of panels, panels). The y axis is in millimetres.

    bands: rows of panels that share their offices, each with as many panels; right: for each row of panels, what stands
    at the right of its offices. Panels of one row that do not fit side by side into the width, in millimetres, continue
    below.
    """
    right, note = right or [[""] * len(band[0].rows) for band in bands], fitted(note, width)
    left = max(text_width(_name(row.office)) for band in bands for row in band[0].rows) + 3
    left += 0.0 if bands[0][0].rows[0].ends is None else 1.5
    margin = max(text_width(t, SIZES["number"]) for of in right for t in of) + 4
    parts = _parts(len(bands[0]), width - left - margin)
    each = (width - left - margin - GAP * (len(parts[0]) - 1)) / len(parts[0])
    many = sum(len(band[0].rows) for band in bands) > MANY
    laid = [_laid_out(band, of, each, many) for band, of in zip(bands, right, strict=True)]
    patches, labels = _key([row for band in bands for bars in band for row in bars.rows])
    below = 6 + key_height(labels, width) + (note.count("\n") + 1) * LINE * SIZES["number"] + 2
    grid = _grid(laid * len(parts), len(parts[0]), Margins(left, margin, 1.5, below), width, len(bands))
    axes = np.empty((len(bands), len(bands[0])), dtype=object)
    for i, row in enumerate(grid):
        part, b = parts[i // len(bands)], i % len(bands)
        for c, ax in enumerate(row):
            if c >= len(part):
                ax.remove()
                continue
            axes[b, part[c]] = ax
            _draw_panel(ax, laid[b], part[c], each, named=c == 0, numbered=b == len(bands) - 1)
        for y, text in zip(laid[b].places, laid[b].right, strict=True):
            if text:
                row[len(part) - 1].text(1.02, y, text, fontsize=SIZES["number"], color=GREY, va="center", clip_on=False)
    legend(axes, patches, labels, at=2 + (note.count("\n") + 1) * LINE * SIZES["number"])
    remark(axes, note)
    return axes


def _name(office: str) -> str:
    """Return the name of a bar, in one line if it fits, else divided at its line breaks first."""
    line = office.replace("\n", " ")
    return line if text_width(line) <= WIDEST_LABEL else "\n".join(wrapped(p, WIDEST_LABEL) for p in office.split("\n"))


def _parts(panels_of_row: int, width: float) -> list[range]:
    """Return which panels stand side by side: as many as fit, and in every part about as many."""
    most = max(1, int((width + GAP) / (NARROWEST + GAP)))
    size = -(-panels_of_row // -(-panels_of_row // most))
    return [range(first, min(first + size, panels_of_row)) for first in range(0, panels_of_row, size)]


def _laid_out(band: Sequence[Bars], right: Sequence[str], width: float, many: bool) -> _Band:
    """Return a row of panels with the place of every bar.

    All bars of a row are as far from each other as its longest name needs; many are denser. width: of a panel.
    """
    names = [_name(row.office) for row in band[0].rows]
    lines = [name.count("\n") + 1 for name in names]
    least = DOTS if band[0].rows[0].ends is not None else DENSE if many else ROW
    height = max(least, max(lines) * LINE * SIZES["label"] + 0.8)
    ends = [height * number for number in range(1, len(names) + 1)]
    headings = ["\n".join(wrapped(line, width + GAP - 1, SIZES["title"]) for line in bars.heading) for bars in band]
    places = [end - height / 2 for end in ends]
    return _Band(band, headings, names, places, ends[-1], right)


def _key(rows: Sequence[Row]) -> tuple[list[Any], list[str]]:
    """Return patches and words of the outcomes, and of hatching, that occur."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if rows[0].ends is not None:
        return [
            Line2D([], [], color=OUTCOMES[o], marker=marker, markersize=4.5, markeredgecolor=EDGE, markeredgewidth=0.5)
            for o, (marker, _) in POINTS.items()
        ], [WORDS[o] for o in POINTS]
    used = [o for o in OUTCOMES if any(row.shares.get(o, 0.0) >= LEAST for row in rows if not row.instead)]
    patches = [Patch(facecolor=OUTCOMES[o], edgecolor=EDGE, linewidth=0.4) for o in used]
    hatched = [Patch(facecolor="white", edgecolor=EDGE, hatch=HATCH, linewidth=0.4)] * any(row.hatched for row in rows)
    return patches + hatched, [WORDS[o] for o in used] + ["extrapolated"] * len(hatched)


def _grid(bands: Sequence[_Band], columns: int, margins: Margins, width: float, together: int) -> Panels:
    """Return axes in rows, with the space for its headings above each row, and for numbers below each of `together`."""
    above = [band.above + (4.0 if i % together == 0 and i else 0) for i, band in enumerate(bands)]
    whole = [band.height + space for band, space in zip(bands, above, strict=True)]
    grid = panels(whole, columns, margins, (GAP, 2.0), width)
    for row, band, height in zip(grid, bands, whole, strict=True):
        for ax in row:
            box = ax.get_position()
            ax.set_position((box.x0, box.y0, box.width, box.height * band.height / height))
    return grid


def _draw_panel(ax: Axes, band: _Band, k: int, width: float, named: bool, numbered: bool) -> None:
    """Draw panel k of a row, whose width is in millimetres; named: with the offices; numbered: with per cents."""
    rows = band.panels[k].rows
    ax.set_title(band.headings[k], loc="left", pad=3, linespacing=1.15)
    shown = [i for i, row in enumerate(rows) if not row.instead]
    left = np.zeros(len(rows))
    for i in shown:
        if rows[i].ends is not None:
            _draw_points(ax, band.places[i], rows[i])
    for outcome in OUTCOMES if rows[0].ends is None else ():
        here = [i for i in shown if rows[i].shares.get(outcome, 0.0) >= LEAST]
        for hatched in (False, True):
            some = [i for i in here if rows[i].hatched == hatched]
            shares = np.array([rows[i].shares[outcome] for i in some])
            _draw_segments(ax, np.array(band.places)[some], left[some], shares, outcome, hatched, width)
            left[some] += shares
    _write_instead(ax, rows, band.places)
    ax.set(xlim=(0, 1), ylim=(band.height, 0))
    ax.set_yticks(band.places if named else [], band.names if named else [], linespacing=1.05)
    inner_ticks(ax, [0, 0.5, 1], ["0", "50", "100 %"] if numbered else ["", "", ""])
    ax.tick_params(length=0, pad=2)
    if rows[0].ends is not None:
        ax.tick_params(axis="y", pad=6)  # a point at 0 reaches beyond the panel
        ax.grid(axis="x", linewidth=0.3, color="#D0D0D0")
    ax.spines["left"].set_visible(False)


def _write_instead(ax: Axes, rows: Sequence[Row], places: Sequence[float]) -> None:
    """Write what stands in place of bars, once for those that follow each other, with a line beside them."""
    for text, run in groupby(range(len(rows)), lambda i: rows[i].instead):
        of = [places[i] for i in run]
        if not text:
            continue
        ax.text(0.02, (of[0] + of[-1]) / 2, text, fontsize=SIZES["number"], color=GREY, va="center")
        if len(of) > 1:
            ax.vlines(0, of[0] - THICK / 2, of[-1] + THICK / 2, color=GREY, linewidth=0.5, clip_on=False)


def _draw_segments(
    ax: Axes, y: Floats, left: Floats, shares: Floats, outcome: str, hatched: bool, width: float
) -> None:
    """Draw one outcome of bars, with its number where it is split or left blank of 10 per cent and more."""
    edge = EDGE if outcome in EDGED or hatched else "white"
    edges = [edge if share * width > THIN else OUTCOMES[outcome] for share in shares]
    ax.barh(y, shares, left=left, height=THICK * 0.86, color=OUTCOMES[outcome], edgecolor=edges, linewidth=0.35,
            hatch=HATCH if hatched else None, clip_on=False)  # fmt: skip
    if outcome not in ("split", "abstain"):
        return
    box = {"boxstyle": "square,pad=0.1", "facecolor": OUTCOMES[outcome], "edgecolor": "none"} if hatched else None
    for i, text in ((i, in_a_bar(share)) for i, share in enumerate(shares) if in_a_bar(share)):
        ax.text(left[i] + shares[i] / 2, y[i], text, fontsize=SIZES["number"], ha="center",
                va="center_baseline", color=INK_ON[outcome], bbox=box)  # fmt: skip


def _draw_points(ax: Axes, y: float, row: Row) -> None:
    """Draw split and left blank of an office as points with their intervals, and their numbers beside these."""
    for outcome, (marker, aside) in POINTS.items():
        if outcome not in row.shares:
            continue
        share, (low, high) = row.shares[outcome], (row.ends or {})[outcome]
        ax.hlines(y + aside, low, high, color=INTERVAL[outcome], linewidth=1.2, clip_on=False)
        ax.plot([share], [y + aside], marker=marker, markersize=4.2, color=OUTCOMES[outcome], markeredgecolor=EDGE,
                markeredgewidth=0.5, clip_on=False)  # fmt: skip
        end = share if np.isnan(high) else high
        right = end <= 0.85  # else the number would leave the panel
        at = end if right else share if np.isnan(low) else low
        text = "<1" if LEAST <= share < 0.005 else whole_per_cent(share)
        ax.annotate(text, (at, y + aside), (4 if right else -4, 0), textcoords="offset points",
                    fontsize=SIZES["number"], ha="left" if right else "right", va="center_baseline")  # fmt: skip
