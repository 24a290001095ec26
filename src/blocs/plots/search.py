"""The search for the best fit: its iterations, and the optima that the starts reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..core.errors import Fault, InputError, counted
from .house_style import COLUMN, GREY, MARKERS, SIZES, TYPES, style
from .layout import Margins, key_of, one_panel, say_above, whole_numbers
from .tidy import rows_to_draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.fit_result import Fit
    from ..results.start_end import StartEnd

__all__ = ["optima", "optima_data", "trace", "trace_data"]

ALIKE = 1e-3
"""Log-likelihoods that are nearer to each other than this are one optimum in the picture."""
MOST_OPTIMA = 20
"""Optima that are drawn."""
NEAREST = 1e-4
"""Distance from the end of a trace that is the foot of the picture, in units of log-likelihood."""


def trace_data(fit: Fit) -> pd.DataFrame:
    """Return the log-likelihood of every start after each iteration.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    DataFrame
        One row for each start and iteration: start; iteration, from 1; loglik (log posterior with a prior); below, how
        far it is below the end of the best start; of, "best" or "other"; end, whether the start's own iterations ended
        there, which moves of types may have led on from. A start whose iterations are not kept has the row of its end
        alone.
    """
    values = np.asarray(fit.trace, dtype=np.float64)
    rows = [(-1, i, value, "best", i == len(values)) for i, value in enumerate(values.tolist(), 1)]
    best = next((end for end in fit.ends if end.start == fit.best_start), None) or next(
        (end for end in fit.ends if end.best and end.arrived is None and end.iterations == len(values)), None
    )
    for end in fit.ends if len(values) else ():
        if end is not best:
            rows += _of_start(end)
    table = pd.DataFrame(rows, columns=["start", "iteration", "loglik", "of", "end"])
    table["start"] = table["start"].where(table["of"] == "other", -1 if best is None else best.start)
    return table.assign(below=values[-1] - table["loglik"] if len(values) else table["loglik"])


def _of_start(end: StartEnd) -> list[tuple[int, int, float, str, bool]]:
    """Return the rows of one start but the best."""
    arrived = end.loglik if end.arrived is None else end.arrived
    if not end.trace:
        return [(end.start, end.iterations, arrived, "other", True)]
    own = len(end.trace) if end.arrived is None else max(1, sum(value <= arrived + NEAREST for value in end.trace))
    return [(end.start, i, value, "other", i == own) for i, value in enumerate(end.trace, 1)]


def trace(data: pd.DataFrame, *, ax: Axes | None = None, width: float = COLUMN) -> Axes:
    """Draw how far the log-likelihood of every start is below that of the best after each iteration.

    Parameters
    ----------
    data : DataFrame
        What `trace_data` returned.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    width : float
        Of a new figure, in millimetres.

    Returns
    -------
    matplotlib Axes
        A dark line for the best start, grey ones for the others, with a mark where their own iterations ended. The axis
        is logarithmic, so that a straight line is convergence at a constant rate; distances below 0.0001 stand at the
        foot.

    Raises
    ------
    InputError
        For another table, and a trace without iterations.
    MissingPackageError
        Without matplotlib.
    """
    table = rows_to_draw(data, ("start", "iteration", "loglik", "below", "of", "end"), "trace_data")
    drawn = table.assign(below=table["below"].clip(lower=NEAREST))
    best, others = (drawn[drawn["of"] == name] for name in ("best", "other"))
    number = others["start"].nunique()
    with style():
        ax = one_panel(ax, 45, Margins(18, 4, 6, 10), width)
        for _, of in others.groupby("start"):
            ax.plot(of["iteration"], of["below"], color="#BBBBBB", linewidth=0.6)
        ax.plot(best["iteration"], best["below"], color=TYPES[0], marker=MARKERS[0], markersize=2.5)
        if number:
            ends = others[others["end"]]
            ax.plot(ends["iteration"], ends["below"], color=GREY, linestyle="none", marker=MARKERS[3], markersize=4,
                    markerfacecolor="none", clip_on=False)  # fmt: skip
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(lambda value, _: f"{'<' if value <= NEAREST else ''}{value:,g}")
        ax.set_xlim(left=0)
        ax.set_ylim(bottom=0.6 * NEAREST)
        whole_numbers(ax.xaxis)
        ax.set(xlabel="Iteration" if number else "Iteration of the best start",
               ylabel="Log-likelihood below the best" if number else "Log-likelihood below its end")  # fmt: skip
        text = f"{len(best):,} iterations, to {best['loglik'].iloc[-1]:,.2f}".replace("-", "−")
        say_above(ax, f"{text}; {counted(number, 'other start')}" if number else text)
    return ax


def optima_data(fits: Fit | Sequence[Fit]) -> pd.DataFrame:
    """Return the optima that the starts reached, the best first.

    Parameters
    ----------
    fits : Fit or sequence of Fit
        One fit, or fits of several numbers of types.

    Returns
    -------
    DataFrame
        One row for each fit and optimum: types; loglik, where starts ended (with moves, after them); below, how far it
        is below the best; starts, how many ended there; own, how many of these by their own iterations, without moves;
        status, of its starts, with commas. Ends that differ by less than 0.001 are one optimum; starts that were given
        up before they converged, and duplicates of better ones, are in it too, under their status.
    """
    rows = []
    for fit in [fits] if not isinstance(fits, Sequence) else fits:
        ends = sorted(fit.ends, key=lambda end: (-end.loglik, end.start))
        groups: list[list[int]] = []
        for i, end in enumerate(ends):
            if groups and ends[groups[-1][0]].loglik - end.loglik < ALIKE:
                groups[-1].append(i)
            else:
                groups.append([i])
        for group in groups:
            of = [ends[i] for i in group]
            own = sum(end.arrived is None for end in of)
            status = ", ".join(sorted({end.status for end in of}))
            rows.append((fit.types, of[0].loglik, ends[0].loglik - of[0].loglik, len(of), own, status))
    return pd.DataFrame(rows, columns=["types", "loglik", "below", "starts", "own", "status"])


def optima(data: pd.DataFrame, *, ax: Axes | None = None, width: float = COLUMN) -> Axes:
    """Draw where the starts ended: one bar an optimum, as long as the number of starts that ended there.

    Parameters
    ----------
    data : DataFrame
        What `optima_data` returned of one fit.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    width : float
        Of a new figure, in millimetres.

    Returns
    -------
    matplotlib Axes
        The best optimum at the top; the dark part of a bar are the starts that reached it by their own iterations.

    Raises
    ------
    InputError
        For another table, and one of several fits.
    MissingPackageError
        Without matplotlib.
    """
    columns = ("types", "loglik", "below", "starts", "own", "status")
    table = rows_to_draw(data, columns, "optima_data")
    if table["types"].nunique() > 1:
        raise InputError(Fault(f"it has fits of {table['types'].nunique()} numbers of types", argument="data",
                               rule="One fit is drawn"))  # fmt: skip
    shown = table.head(MOST_OPTIMA)
    with style():
        new, ax = ax is None, one_panel(ax, max(12, 4.6 * len(shown)), Margins(16, 6, 7, 17), width)
        y = np.arange(len(shown))
        ax.barh(y, shown["own"], height=0.7, color=TYPES[0], label="by their own iterations", zorder=2)
        ax.barh(y, shown["starts"], height=0.7, color="#BBBBBB", label="led there by moves")
        for place, number in zip(y, shown["starts"], strict=True):
            ax.annotate(f"{number}", (number, place), (3, 0), textcoords="offset points", va="center",
                        fontsize=SIZES["number"])  # fmt: skip
        ax.set_yticks(y, [f"−{below:,.2f}" if below >= 0.005 else "best" for below in shown["below"]])
        ax.tick_params(axis="y", length=0)
        ax.set(ylim=(len(shown) - 0.5, -0.5), xlabel="Starts that ended there")
        whole_numbers(ax.xaxis)
        key_of(ax, new)
        more = f"; the best {len(shown)} of {len(table)}" if len(table) > len(shown) else ""
        text = f"Log-likelihood below the best; {counted(int(table['starts'].sum()), 'start')}{more}"
        say_above(ax, text, x=-15 / (width - 22) if new else 0)
    return ax
