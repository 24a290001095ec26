"""Criteria over types: information criteria of fits with 1, 2, 3, ... types (the elbow)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ..core.errors import Fault, InputError, missing_columns, named
from .house_style import COLUMN, GREY, GREYS, MARKERS, style
from .layout import Margins, key_height, key_of, one_panel, say_above
from .tidy import rows_to_draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["criteria_over_types", "criteria_over_types_data"]

WORDS = {"aic": "AIC", "aic3": "AIC3", "bic": "BIC", "abic": "adjusted BIC", "caic": "CAIC", "awe": "AWE", "clc": "CLC",
         "icl": "ICL"}  # fmt: skip
"""Criteria of a comparison, and what they are called."""
SIGNS = {"lower": 1, "higher": -1}
"""Which values are better: the lower ones of -2 log L + penalty, or the higher ones of 2 log L - penalty."""
MOST_NAMED = 12
"""Numbers of types that all have their number on the axis."""


def criteria_over_types_data(
    comparison: pd.DataFrame, criteria: Sequence[str] = ("bic", "abic", "caic", "aic")
) -> pd.DataFrame:
    """Return criteria of several numbers of types in long form, the best of each marked.

    Parameters
    ----------
    comparison : DataFrame
        What `blocs.compare` returned.
    criteria : sequence of str
        Some of "aic", "aic3", "bic", "abic", "caic", "awe", "clc" and "icl".

    Returns
    -------
    DataFrame
        One row for each criterion and number of types: types, criterion, value (lower is better), lowest, whether it is
        the lowest of the criterion, at_edge, whether the lowest is that of the largest number of types tried, so that
        the criterion may fall further, and flags.

    Raises
    ------
    InputError
        For another table and criteria that there are not.
    """
    for name in criteria:
        named(WORDS, name, "criteria", "criterion", "criteria")
    columns = [str(name) for name in comparison.columns]
    needed, remedy = ("types", "flags", *criteria), "Give what `blocs.compare` returns"
    faults = missing_columns(needed, "comparison", columns, remedy=remedy)
    if faults:
        raise InputError(*faults)
    faults = [
        Fault(f"the column {name!r} has cells that are no numbers", argument="comparison", remedy=remedy)
        for name in ("types", *criteria) if not pd.api.types.is_numeric_dtype(comparison[name])
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    rows = comparison.sort_values("types", ignore_index=True)
    parts = []
    for name in criteria:
        best = int(rows[name].argmin())
        part = pd.DataFrame({"types": rows["types"], "criterion": name, "value": rows[name]})
        edge = best == len(rows) - 1 and len(rows) > 1
        parts.append(part.assign(lowest=part.index == best, at_edge=edge, flags=rows["flags"]))
    return pd.concat(parts, ignore_index=True)


def criteria_over_types(
    data: pd.DataFrame, *, chosen: int | None = None, sign: str = "lower", ax: Axes | None = None, width: float = COLUMN
) -> Axes:
    """Draw criteria over the number of types: one line a criterion, in greys with markers, the lowest value ringed.

    Parameters
    ----------
    data : DataFrame
        What `criteria_over_types_data` returned.
    chosen : int, optional
        A number of types that is marked by a dotted line: the choice of the analyst, never of the program.
    sign : str
        "lower": lower is better, -2 log L + penalty. "higher": the sign is turned, as in some published figures.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.
    width : float
        Of a new figure, in millimetres.

    Returns
    -------
    matplotlib Axes
        No ring where the lowest value is that of the largest number of types: a text says that it is still falling.

    Raises
    ------
    InputError
        For another table, another sign, and a chosen number of types that was not fitted.
    MissingPackageError
        Without matplotlib.
    """
    columns = ("types", "criterion", "value", "lowest", "at_edge", "flags")
    table = rows_to_draw(data, columns, "criteria_over_types_data")
    factor = named(SIGNS, sign, "sign", "sign", "signs")
    types = sorted(table["types"].unique().tolist())
    if chosen is not None and chosen not in types:
        raise InputError(Fault(f"a fit of {chosen} types is not in the table", argument="chosen",
                               rule=f"It has {', '.join(map(str, types))}"))  # fmt: skip
    names = list(dict.fromkeys(table["criterion"]))
    with style():
        below = 10 + key_height([WORDS[name] for name in names], width)
        new, ax = ax is None, one_panel(ax, 50, Margins(17, 3, 6, below), width)
        for i, name in enumerate(names):
            of = table[table["criterion"] == name]
            ax.plot(of["types"], factor * of["value"], color=GREYS[i % len(GREYS)], marker=MARKERS[i], markersize=4,
                    label=WORDS[name])  # fmt: skip
            best = of[of["lowest"] & ~of["at_edge"]]
            ax.plot(best["types"], factor * best["value"], linestyle="none", marker="o", markersize=9,
                    markerfacecolor="none", markeredgecolor=GREYS[i % len(GREYS)], markeredgewidth=0.9)  # fmt: skip
        if chosen is not None:
            ax.axvline(chosen, color=GREY, linestyle=":", linewidth=0.9, zorder=0)
        _write_edges(ax, table, names, factor)
        ax.set_xticks(types if len(types) <= MOST_NAMED else types[:: -(-len(types) // MOST_NAMED)])
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}".replace("-", "−"))
        ax.set(xlabel="Number of types", ylabel=f"Criterion ({sign} is better)")
        key_of(ax, new)
    return ax


def _write_edges(ax: Axes, table: pd.DataFrame, names: Sequence[str], factor: int) -> None:
    """Say which criteria are still falling at the largest number of types, above the panel."""
    falling = [name for name in names if table.loc[table["criterion"] == name, "at_edge"].any()]
    if falling:
        words = ", ".join(WORDS[name] for name in falling)
        verb = {1: "falling", -1: "rising"}[factor]
        say_above(ax, f"{words}: still {verb} at {table['types'].max()}", loc="right")
