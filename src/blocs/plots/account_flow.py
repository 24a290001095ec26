"""The account as a flow: what became of every record, boxes down, exclusions at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from ..core.account import Account, Step
from .house_style import EDGE, GREY, PAGE, style
from .layout import Margins, panels, text_width, wrapped
from .tidy import rows_to_draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["account_flow", "account_flow_data"]

ASIDE = ("set aside", "left out")
"""Words with which the reasons begin for which records go no further."""
LINES = 3.0
"""Millimetres of a line of text."""
PAD, APART, ARROW = 1.8, 7.0, 9.0
"""Millimetres between a box and its text, between boxes, and of an arrow to the right."""


def account_flow_data(account: Account | Mapping[str, Any]) -> pd.DataFrame:
    """Return the parts of every step of an account, and which go no further.

    Parameters
    ----------
    account : Account or mapping
        `profiles.account` of coded ballots or of a table, or `fit.account`.

    Returns
    -------
    DataFrame
        One row for each step and part that is not 0: step, its name; unit, what is counted; total; part; n; aside,
        whether the part goes no further. The parts of a step add up to its total.

    Raises
    ------
    AssertionError
        If they do not.
    """
    if isinstance(account, Mapping):
        steps: Any = [Step(s["name"], s["unit"], s["total"], s["parts"]) for s in account.get("steps", ())]
    else:
        steps = account.steps
    rows = [
        (step.name, step.unit, step.total, part, n, part.startswith(ASIDE))
        for step in steps for part, n in step.parts.items() if n
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["step", "unit", "total", "part", "n", "aside"])


class _Box(NamedTuple):
    """Text of a box, and its size in millimetres."""

    text: str
    width: float
    height: float


def account_flow(data: pd.DataFrame, *, width: float = PAGE) -> Axes:
    """Draw an account as boxes: the steps from the top down, what goes no further at the right.

    Parameters
    ----------
    data : DataFrame
        What `account_flow_data` returned.
    width : float
        Of the figure, in millimetres.

    Returns
    -------
    matplotlib Axes
        In millimetres from the upper left corner. Each box has its unit; the parts of a step are in its box, those that
        go no further in the box at its right. Reasons that stand for nothing are not drawn.

    Raises
    ------
    InputError
        For another table.
    MissingPackageError
        Without matplotlib.
    """
    table = rows_to_draw(data, ("step", "unit", "total", "part", "n", "aside"), "account_flow_data")
    with style():
        half = (width - ARROW - 4) / 2
        boxes = []
        for _, of in table.groupby("step", sort=False):
            head = f"{of['step'].iloc[0]}: {of['total'].iloc[0]:,} {of['unit'].iloc[0]}"
            kept, aside = of[~of["aside"]], of[of["aside"]]
            first = _box([head, *_lines(kept)], half)
            boxes.append((first, _box(_reasons(aside), half) if len(aside) else None))
        heights = [max(box.height, other.height if other else 0.0) for box, other in boxes]
        total = sum(heights) + APART * (len(boxes) - 1)
        ax: Axes = panels([total], 1, Margins(2, 2, 2, 2), width=width)[0, 0]
        ax.set(xlim=(0, width - 4), ylim=(total, 0))
        ax.axis("off")
        top = 0.0
        for i, ((box, other), height) in enumerate(zip(boxes, heights, strict=True)):
            _draw(ax, 0, top, box)
            if other is not None:
                _draw(ax, half + ARROW, top, other)
                _arrow(ax, (half, top + box.height / 2), (half + ARROW, top + box.height / 2))
            if i + 1 < len(boxes):
                _arrow(ax, (half / 2, top + box.height), (half / 2, top + height + APART))
            top += height + APART
    return ax


def _lines(parts: pd.DataFrame) -> list[str]:
    """Return one line for each part, the largest first."""
    largest = parts.sort_values("n", ascending=False, kind="stable")
    return [f"   {n:,} {part}" for n, part in zip(largest["n"], largest["part"], strict=True)]


def _reasons(aside: pd.DataFrame) -> list[str]:
    """Return what goes no further under a heading for each kind, "Set aside: 41 ballots", and why."""
    out = []
    for kind in ASIDE:
        of = aside[aside["part"].str.startswith(kind)]
        if len(of):
            why = of.assign(part=of["part"].str.removeprefix(kind).str.lstrip(":, "))
            out += [f"{kind.capitalize()}: {of['n'].sum():,} {of['unit'].iloc[0]}", *_lines(why)]
    return out


def _box(lines: Sequence[str], width: float) -> _Box:
    text = "\n".join(_indented(line, width - 2 * PAD) for line in lines)
    return _Box(text, width, (text.count("\n") + 1) * LINES + 2 * PAD)


def _indented(line: str, width: float) -> str:
    """Return a line within the width, what continues it further to the right than it begins itself."""
    words = line.lstrip()
    first = " " * (len(line) - len(words))
    further = f"{first}      "
    if text_width(line) <= width:
        return line
    begin, *rest = wrapped(words, width - text_width(f"{further}n")).split("\n")
    return "\n".join([first + begin, *(further + part for part in rest)])


def _draw(ax: Axes, left: float, top: float, box: _Box) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((left, top), box.width, box.height, facecolor="white", edgecolor=EDGE, linewidth=0.7,
                           clip_on=False))  # fmt: skip
    ax.text(left + PAD, top + PAD, box.text, va="top", ha="left", linespacing=1.2)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 0.8, "shrinkA": 0,
                                            "shrinkB": 0})  # fmt: skip
