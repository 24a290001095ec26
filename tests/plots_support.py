"""Ballots and answers with known types for the tests of pictures, and what is drawn, as plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import blocs

OFFICES = ["President", "US Senate", "US House", "Sheriff"]


def ballots(n: int = 1500) -> pd.DataFrame:
    """Two types of voters of two parties. The House has no Republican in district 2; Sheriff has no Democrat at all."""
    rng = np.random.default_rng(11)
    top = rng.choice(["DEM", "REP"], n, p=[0.6, 0.4])
    other = np.where(top == "DEM", "REP", "DEM")
    splits = rng.random(n) < 0.3
    district = np.where(rng.random(n) < 0.5, "1", "2")
    table = pd.DataFrame({"President": top, "hd": district, "precinct": [f"P{i:02d}" for i in rng.integers(0, 12, n)]})
    for office in OFFICES[1:]:
        draw = rng.random(n)
        vote = np.where(draw < np.where(splits, 0.5, 0.03), other, np.where(draw > 0.97, "none", top))
        absent = (
            (vote == "REP") & (district == "2") if office == "US House" else (vote == "DEM") & (office == "Sheriff")
        )
        table[office] = np.where(absent, "none", vote)
    return table


def coded() -> Any:
    """Return the ballots, coded, with the precinct as group."""
    read = blocs.read_cvr(ballots(), offices=OFFICES, districts={"US House": "hd"})
    return blocs.code_rows(read, top="President", groups=["precinct"])


def answers(n: int = 600) -> pd.DataFrame:
    """Three types that answer six questions with yes or no."""
    rng = np.random.default_rng(3)
    yes = np.array([[0.9] * 6, [0.15] * 6, [0.9, 0.9, 0.9, 0.1, 0.1, 0.2]])
    kind = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    table = pd.DataFrame(np.where(rng.random((n, 6)) < yes[kind], "yes", "no"), columns=[f"q{j}" for j in range(1, 7)])
    return table.assign(place=[f"Ward {w}" for w in rng.integers(0, 9, n)])


def bars_of(ax: Any) -> list[tuple[str, float, float, float]]:
    """Return colour, middle of the bar on the y axis, left end and width of every bar of a panel, from the top left."""
    from matplotlib.colors import to_hex

    found = [(to_hex(p.get_facecolor()).upper(), p.get_y() + p.get_height() / 2, p.get_x(), p.get_width())
             for p in ax.patches]  # fmt: skip
    return sorted(found, key=lambda bar: (round(bar[1], 6), bar[2]))


def texts_of(ax: Any) -> list[str]:
    """Return the texts inside a panel."""
    return [text.get_text() for text in ax.texts]


def points_of(ax: Any) -> np.ndarray:
    """Return the (n, 2) points of the lines of a panel that have markers."""
    return np.concatenate([line.get_xydata() for line in ax.lines if line.get_marker() not in ("None", "")])


def spans_of(collection: Any, axis: int) -> np.ndarray:
    """Return the (n, 2) ends of the bars of a collection on the x axis (0) or the y axis (1)."""
    return np.array([segment[:, axis] for segment in collection.get_segments()])


def cut_off(axes: Any) -> list[str]:
    """Return the texts that reach beyond the figure, and pairs of labels of one axis that cover each other."""
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from blocs.plots.layout import figure_of

    figure = figure_of(axes)
    figure.canvas.draw()
    renderer, page = figure.canvas.get_renderer(), figure.bbox
    ticks = [(axis, label, tick.get_loc()) for ax in figure.findobj(Axes) for axis in (ax.xaxis, ax.yaxis)
             for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]
             for label in (tick.label1, tick.label2)]  # fmt: skip
    undrawn = {id(label) for axis, label, at in ticks
               if not min(axis.get_view_interval()) - 1e-9 <= at <= max(axis.get_view_interval()) + 1e-9}  # fmt: skip
    drawn = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and id(t) not in undrawn]
    shown = {id(text) for text in drawn}
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in drawn]
    wrong = [text for text, box in boxes
             if box.x0 < -1 or box.y0 < -1 or box.x1 > page.x1 + 1 or box.y1 > page.y1 + 1]  # fmt: skip
    for of in {id(axis): axis for axis, _, _ in ticks}.values():
        labels = [label for axis, label, _ in ticks if axis is of and id(label) in shown]
        spans = [label.get_window_extent(renderer).padded(-1) for label in labels]
        wrong += [f"{a.get_text()} over {b.get_text()}" for i, a in enumerate(labels) for j, b in enumerate(labels)
                  if i < j and spans[i].overlaps(spans[j])]  # fmt: skip
    return wrong
