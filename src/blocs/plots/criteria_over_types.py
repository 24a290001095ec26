"""Criteria over types: information criteria of fits with 1, 2, 3, ... types (the elbow)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..core.errors import Fault, InputError, counted, missing_columns, named
from ..results.comparison_groups import comparisons_by
from .house_style import COLUMN, GREY, GREYS, MARKERS, style
from .layout import GAP, Margins, Panels, key_height, key_of, panels, say_above
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
        What `blocs.compare` or `blocs.compare_by_group` returned.
    criteria : sequence of str
        Some of "aic", "aic3", "bic", "abic", "caic", "awe", "clc" and "icl".

    Returns
    -------
    DataFrame
        One row for each criterion and number of types: types, criterion, value (lower is better), lowest, whether it is
        the lowest of the criterion, at_edge, whether the lowest is that of the largest number of types tried, so that
        the criterion may fall further, flags, and group, "" for a comparison of all observations.

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
    groups = comparisons_by(comparison) or {"": comparison}
    return pd.concat([_of_group(of, criteria, group) for group, of in groups.items()], ignore_index=True)


def _of_group(comparison: pd.DataFrame, criteria: Sequence[str], group: str) -> pd.DataFrame:
    rows = comparison.sort_values("types", ignore_index=True)
    parts = []
    for name in criteria:
        best = int(rows[name].argmin())
        part = pd.DataFrame({"types": rows["types"], "criterion": name, "value": rows[name]})
        edge = best == len(rows) - 1 and len(rows) > 1
        parts.append(part.assign(lowest=part.index == best, at_edge=edge, flags=rows["flags"], group=group))
    return pd.concat(parts, ignore_index=True)


def criteria_over_types(
    data: pd.DataFrame, *, chosen: int | None = None, sign: str = "lower", ax: Axes | None = None, width: float = COLUMN
) -> Axes | Panels:
    """Draw criteria over the number of types: one line a criterion, in greys with markers, the lowest value ringed.

    A comparison by group has one panel a group, one below the other.

    Parameters
    ----------
    data : DataFrame
        What `criteria_over_types_data` returned.
    chosen : int, optional
        A number of types that is marked by a dotted line: the choice of the analyst, never of the program.
    sign : str
        "lower": lower is better, -2 log L + penalty. "higher": the sign is turned, as in some published figures.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure. It takes one group.
    width : float
        Of a new figure, in millimetres.

    Returns
    -------
    matplotlib Axes, or an array of them by group
        No ring where the lowest value is that of the largest number of types: a text says that it is still falling.

    Raises
    ------
    InputError
        For another table, another sign, a chosen number of types that was not fitted, and several groups in `ax`.
    MissingPackageError
        Without matplotlib.
    """
    columns = ("types", "criterion", "value", "lowest", "at_edge", "flags", "group")
    table = rows_to_draw(data, columns, "criteria_over_types_data")
    factor = named(SIGNS, sign, "sign", "sign", "signs")
    types = sorted(table["types"].unique().tolist())
    if chosen is not None and chosen not in types:
        raise InputError(Fault(f"a fit of {chosen} types is not in the table", argument="chosen",
                               rule=f"It has {', '.join(map(str, types))}"))  # fmt: skip
    names, groups = (list(dict.fromkeys(table[column])) for column in ("criterion", "group"))
    if ax is not None and len(groups) > 1:
        raise InputError(Fault(f"the comparison has {counted(len(groups), 'group')}, which is a panel each",
                               argument="ax", remedy="Leave it out"))  # fmt: skip
    with style():
        margins = Margins(17, 3, 6, 10 + key_height([WORDS[name] for name in names], width))
        axes = np.array([[ax]]) if ax is not None else panels([50.0] * len(groups), 1, margins, (GAP, 14.0), width)
        for group, panel in zip(groups, axes[:, 0], strict=True):
            _draw(panel, table[table["group"] == group], names, factor, chosen)
            of = f", {group}" if group else ""
            panel.set(xlabel="Number of types", ylabel=f"Criterion{of} ({sign} is better)")
        key_of(axes[-1, 0], ax is None)
    return axes if len(groups) > 1 else axes[0, 0]


def _draw(ax: Axes, table: pd.DataFrame, names: Sequence[str], factor: int, chosen: int | None) -> None:
    """Draw the criteria of one group."""
    types = sorted(table["types"].unique().tolist())
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


def _write_edges(ax: Axes, table: pd.DataFrame, names: Sequence[str], factor: int) -> None:
    """Say which criteria are still falling at the largest number of types, above the panel."""
    falling = [name for name in names if table.loc[table["criterion"] == name, "at_edge"].any()]
    if falling:
        words = ", ".join(WORDS[name] for name in falling)
        verb = {1: "falling", -1: "rising"}[factor]
        say_above(ax, f"{words}: still {verb} at {table['types'].max()}", loc="right")
