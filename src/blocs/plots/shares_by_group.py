"""Shares by group: the shares of the types in every precinct, county or other group, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import counted
from ..core.lazy import lazy_import
from ..core.limits import LEAST_GROUP
from ..inference.shown_shares import ALL, ShownShares, reasons_to_withhold
from .house_style import EDGE, GREY, PAGE, SIZES, style, type_style
from .layout import LINE, Margins, Panels, fitted, inner_ticks, panels, remark, text_width, whole_numbers, wrapped
from .points import points
from .tidy import rows_to_draw

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
else:
    pd = lazy_import("pandas")

__all__ = ["shares_by_group", "shares_by_group_data"]

ESTIMATES = ("n", "type", "share", "low", "high")
"""Columns of a table of shares by group that are drawn."""
NO_LABEL = {*ESTIMATES, "se", "flag"}
"""Columns of such a table that are not labels of groups."""
MOST_GROUPS, ENDS = 40, 20
"""Groups that are drawn one by one; of more, so many at either end, and a histogram of all."""
ROW = 3.4
"""Millimetres of a group whose name has one line."""
NARROWEST, APART = 18.0, 3.0
"""Millimetres of the narrowest panel, and between panels."""


def shares_by_group_data(table: ShownShares | pd.DataFrame, minimum: int = LEAST_GROUP) -> pd.DataFrame:
    """Return the shares of the types in every group, without those that would reveal the votes of persons.

    Parameters
    ----------
    table : ShownShares or DataFrame
        What `blocs.inference.shown_shares.shown_shares` returned, which withholds groups by its own minimum; or a table
        with one row for each group and type, such as that of `blocs.inference.mean_posteriors.mean_posteriors`: columns
        of labels, n, type, share, low, high; se and flag are not used.
    minimum : int
        Groups of a table with fewer observations are withheld.

    Returns
    -------
    DataFrame
        One row for each group and type: group (its labels, with a comma between them), n, type, share, low, high,
        withheld ("" where it is shown; else the numbers are NaN: "small"; "unanimous", one type has everybody, or, of
        shown shares, one outcome; "beside", the smallest of the others where one group alone is withheld, as that one
        could be worked out).

    Raises
    ------
    InputError
        For another table.
    """
    if isinstance(table, ShownShares):
        others = table.withheld.merge(table.table[["type"]].drop_duplicates(), how="cross")
        rows = pd.concat([table.table.assign(withheld=""), others], ignore_index=True)
        return rows.assign(group=rows["group"].astype(str))
    rows_to_draw(table, ESTIMATES, "mean_posteriors", "table")
    labels = [name for name in table.columns if name not in NO_LABEL]
    group = table[labels].astype(str).agg(", ".join, axis=1)
    groups = table.groupby(group).agg(n=("n", "first"), most=("share", "max"))
    alike = groups["most"].isna() | ((groups["most"] >= ALL) & (table["type"].nunique() > 1))
    why = reasons_to_withhold(groups["n"].to_numpy(dtype=np.float64), alike.to_numpy(), minimum)
    out = table[list(ESTIMATES)].assign(withheld=group.map(dict(zip(groups.index, why.tolist(), strict=True))))
    out.insert(0, "group", group)
    out.loc[out["withheld"] != "", ["share", "low", "high"]] = np.nan
    return out


def shares_by_group(
    data: pd.DataFrame, *, error: str = "types held fixed", labels: Mapping[str, str] | None = None,
    width: float = PAGE, unit: str = "observation",
) -> Panels:  # fmt: skip
    """Draw the shares of the types in each group: one panel a type, one point a group, with 95 per cent intervals.

    Parameters
    ----------
    data : DataFrame
        What `shares_by_group_data` returned.
    error : str
        What is held fixed in the intervals: "types held fixed", or "full".
    labels : mapping, optional
        Group -> shorter name.
    width : float
        Of the figure, in millimetres.
    unit : str
        What an observation is called, such as "voter".

    Returns
    -------
    (rows, columns) array of matplotlib Axes
        Types that do not fit side by side continue below. Groups are sorted by the share of the first type. Of more
        than 40 groups the 20 with the highest and the 20 with the lowest share are drawn, and below them a histogram of
        all. A remark at the foot counts what is withheld.

    Raises
    ------
    InputError
        For another table, and where every group is withheld.
    MissingPackageError
        Without matplotlib.
    """
    columns = ("group", *ESTIMATES, "withheld")
    table = rows_to_draw(data, columns, "shares_by_group_data")
    shown = rows_to_draw(table[table["withheld"] == ""], columns, "shares_by_group_data")
    types = sorted(shown["type"].unique().tolist())
    first = shown[shown["type"] == types[0]].sort_values(["share", "group"], ascending=[False, True], kind="stable")
    groups, cut = first["group"].tolist(), len(first) > MOST_GROUPS
    drawn = groups[:ENDS] + groups[-ENDS:] if cut else groups
    sizes = dict(zip(first["group"], first["n"], strict=True))
    names = [f"{wrapped((labels or {}).get(g, g), 40)} ({sizes[g]:,.0f})" for g in drawn]
    with style():
        note = fitted(_note(table, error, unit), width)
        left = max(map(text_width, names)) + 3
        across = max(1, min(len(types), int((width - left - 4 + APART) / (NARROWEST + APART))))
        bands = -(-len(types) // across)
        row = max(ROW, max(name.count("\n") + 1 for name in names) * LINE * SIZES["label"] + 0.5)
        heights = ([row * (len(drawn) + cut)] + [20.0] * cut) * bands
        margins = Margins(left, 4, 6, 13 + 3 * (note.count("\n") + 1))
        axes = panels(heights, across, margins, (APART, 14.0 if bands == 1 else 18.0), width)
        upper, lower = list(axes[:: 1 + cut].flat), list(axes[int(cut) :: 1 + cut].flat)
        for k, ax, last in zip(types, upper, lower, strict=False):
            _draw_groups(ax, shown[shown["type"] == k].set_index("group"), k, drawn, cut)
            ax.set_xlim(0, 100)
            if cut:
                _draw_histogram(last, 100 * shown.loc[shown["type"] == k, "share"].to_numpy())
            last.set_xlabel("Share, %")
        if cut:
            highest = max(ax.get_ylim()[1] for ax in lower[: len(types)])
            for i, ax in enumerate(lower[: len(types)]):
                ax.set_ylim(0, highest)
                ax.set_ylabel("" if i % across else "Groups")
                ax.tick_params(labelleft=i % across == 0)
        places = [y + (cut and y >= ENDS) for y in range(len(drawn))]
        for ax in upper[: len(types) : across]:
            ax.set_yticks(places, names)
        for ax in {*upper[len(types) :], *lower[len(types) :]}:
            ax.remove()
        remark(axes, note)
    return axes


def _draw_groups(ax: Axes, rows: pd.DataFrame, k: int, drawn: list[Any], cut: bool) -> None:
    look, of = type_style(k), rows.loc[drawn]
    y = np.arange(len(drawn)) + (cut & (np.arange(len(drawn)) >= ENDS))
    points(ax, y, 100 * of["share"], 100 * of["low"], 100 * of["high"], color=look["color"], marker=look["marker"],
           size=3.2)  # fmt: skip
    if cut:
        ax.axhline(ENDS, color=GREY, linestyle=":", linewidth=0.7)
    ax.set(ylim=(len(drawn) + cut - 0.4, -0.6), title=f"Type {k}", yticks=[])
    inner_ticks(ax, [0, 50, 100], ["0", "50", "100"])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", linewidth=0.3, color="#D0D0D0")


def _draw_histogram(ax: Axes, values: Any) -> None:
    ax.hist(values, bins=np.linspace(0, 100, 21).tolist(), color="#BBBBBB", edgecolor=EDGE, linewidth=0.35)
    ax.set_xlim(0, 100)
    inner_ticks(ax, [0, 50, 100], ["0", "50", "100"])
    whole_numbers(ax.yaxis)


def _note(table: pd.DataFrame, error: str, unit: str) -> str:
    """Return what the bars are, and how many groups are not shown."""
    groups = table.drop_duplicates("group")
    withheld = groups[groups["withheld"] != ""]
    note = f"Bars: 95 % intervals, {error}. In brackets: {unit}s."
    if len(withheld):
        of = f"{counted(len(withheld), 'group')}, {counted(round(withheld['n'].sum()), unit)}"
        note += f" Not shown, small, unanimous or beside such a group: {of}."
    return note
