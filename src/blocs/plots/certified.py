"""Votes counted in a file against certified totals: the discrepancy of every candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..core.errors import Fault, InputError, counted
from .house_style import EDGE, GREY, PAGE, SIZES, TYPES, style
from .layout import Margins, Panels, fitted, panels, remark, whole_numbers
from .tidy import rows_to_draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["certified", "certified_data"]

LIMIT = 10.0
"""Per cent at which the axis of discrepancies ends at least; points beyond are drawn at the edge."""


def certified_data(totals: pd.DataFrame) -> pd.DataFrame:
    """Return the discrepancy of every candidate that has a certified total.

    Parameters
    ----------
    totals : DataFrame
        What `blocs.ballots.reports.certified_totals.against_returns` returned.

    Returns
    -------
    DataFrame
        One row for each candidate with a certified total above 0: contest, district, candidate, counted, certified,
        discrepancy, (counted - certified) / certified in per cent.

    Raises
    ------
    InputError
        For another table.
    """
    columns = ("contest", "district", "candidate", "counted", "certified", "difference")
    table = rows_to_draw(totals, columns, "against_returns", "totals")
    known = table[table["certified"] > 0]
    percent = 100 * known["difference"] / known["certified"]
    return known[list(columns[:5])].assign(discrepancy=percent).reset_index(drop=True)


def certified(data: pd.DataFrame, *, limit: float = LIMIT, width: float = PAGE) -> Panels:
    """Draw the discrepancy of every candidate by the certified votes, and a histogram of the discrepancies beside it.

    Parameters
    ----------
    data : DataFrame
        What `certified_data` returned.
    limit : float
        Per cent at which the axis ends; candidates beyond are triangles at its edge, and counted in the remark.
    width : float
        Of the figure, in millimetres.

    Returns
    -------
    (1, 2) array of matplotlib Axes
        The axis of votes is logarithmic.

    Raises
    ------
    InputError
        For another table, and a limit that is not above 0.
    MissingPackageError
        Without matplotlib.
    """
    columns = ("contest", "candidate", "counted", "certified", "discrepancy")
    table = rows_to_draw(data, columns, "certified_data")
    if not limit > 0:
        raise InputError(Fault(f"it is {limit}", argument="limit", rule="The axis ends above 0 per cent"))
    inside = table["discrepancy"].abs() <= limit
    with style():
        axes = panels([52], 2, Margins(14, 3, 4, 16), (14.0, 0), width)
        _draw_points(axes[0, 0], table, inside, limit)
        clipped = table["discrepancy"].clip(-limit, limit)
        axes[0, 1].hist(clipped, bins=np.linspace(-limit, limit, 42).tolist(), color="#BBBBBB", edgecolor=EDGE,
                        linewidth=0.35)  # fmt: skip
        axes[0, 1].set(xlim=(-limit, limit), xlabel="Discrepancy, %", ylabel="Candidates")
        whole_numbers(axes[0, 1].yaxis)
        for axis in (axes[0, 0].yaxis, axes[0, 1].xaxis):
            axis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
        exact, beyond = int((table["counted"] == table["certified"]).sum()), int((~inside).sum())
        text = (f"{counted(len(table), 'candidate')}, {exact:,} with exactly the certified votes; {beyond:,} beyond "
                f"{limit:g} %.")  # fmt: skip
        remark(axes, fitted(text, width))
    return axes


def _draw_points(ax: Axes, table: pd.DataFrame, inside: pd.Series[bool], limit: float) -> None:
    ax.axhline(0, color=GREY, linewidth=0.7)
    ax.plot(table.loc[inside, "certified"], table.loc[inside, "discrepancy"], linestyle="none", marker="o",
            markersize=3, markerfacecolor="none", color=TYPES[0], markeredgewidth=0.7, clip_on=False)  # fmt: skip
    for sign, marker in ((1, "^"), (-1, "v")):
        beyond = table[~inside & (np.sign(table["discrepancy"]) == sign)]
        ax.plot(beyond["certified"], np.full(len(beyond), sign * limit), linestyle="none", marker=marker, markersize=4,
                color=TYPES[1], clip_on=False)  # fmt: skip
        if len(beyond) == 1:
            row = beyond.iloc[0]
            right = row["certified"] ** 2 > table["certified"].min() * table["certified"].max()  # of the middle
            ax.annotate(f"{row['candidate']}", (row["certified"], sign * limit), (-5 if right else 5, -3 * sign),
                        textcoords="offset points", fontsize=SIZES["number"], va="center",
                        ha="right" if right else "left")  # fmt: skip
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.set(ylim=(-1.05 * limit, 1.05 * limit), xlabel="Certified votes", ylabel="Discrepancy, %")
