"""Effects of covariates on the shares of the types, in percentage points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import Fault, InputError, nearest
from ..inference.margins import stated_effects
from ..presentation import printed
from .house_style import GREY, PAGE, style, type_style
from .layout import GAP, Margins, Panels, label_rows, panels, text_width, wrapped
from .points import number_above, points
from .tidy import rows_to_draw

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["effects", "effects_data"]

COLUMNS = ("term", "type", "change", "low", "high")
NARROWEST = 32.0
"""Millimetres of a panel."""


def effects_data(margins: pd.DataFrame) -> pd.DataFrame:
    """Return average changes of the shares of the types, one name for each term.

    Parameters
    ----------
    margins : DataFrame
        What the `margins` of standard errors or of a regression returned: one row for each covariate and type, with
        covariate, change (in words), type, effect, low and high; flag, where there is one.

    Returns
    -------
    DataFrame
        One row for each term and type: term, the covariate and its change, such as "party[REP], against DEM" or "age,
        one more unit"; type; change, of the share of the type (0.01 is one percentage point), NaN where it has a flag;
        low and high, the ends of its 95 per cent interval.

    Raises
    ------
    InputError
        For another table.
    """
    table = rows_to_draw(margins, ("covariate", "change", "type", "effect", "low", "high"), "margins", "margins")
    terms = table["covariate"].astype(str) + ", " + table["change"].astype(str)
    return table.assign(term=terms, change=stated_effects(table))[list(COLUMNS)].reset_index(drop=True)


def effects(data: pd.DataFrame, *, labels: Mapping[str, str] | None = None, width: float = PAGE) -> Panels:
    """Draw the average changes of the shares of the types with each covariate: one panel a type.

    Parameters
    ----------
    data : DataFrame
        What `effects_data` returned.
    labels : mapping, optional
        Term -> what it is called, such as {"party[REP], against DEM": "Republican (against Democrat)"}.
    width : float
        Of the figure, in millimetres.

    Returns
    -------
    (rows, columns) array of matplotlib Axes
        Thick bars are 80, thin bars 95 per cent intervals; the number of percentage points is printed above, and a
        dash at 0 for a change without a value. All panels have the same scale, and a dashed line at 0. Changes of a
        term add to 0 over the types.

    Raises
    ------
    InputError
        For another table, and for labels of no term.
    MissingPackageError
        Without matplotlib.
    """
    table = rows_to_draw(data, COLUMNS, "effects_data")
    terms, types = list(dict.fromkeys(table["term"])), sorted(table["type"].unique().tolist())
    unknown = [Fault(f"no term is called {name!r}", argument="labels", nearest=nearest(name, terms),
                     rule=f"The terms are {', '.join(map(repr, terms))}")
               for name in labels or {} if name not in terms]  # fmt: skip
    if unknown:
        raise InputError(*unknown)
    names = [wrapped((labels or {}).get(term, term), 45) for term in terms]
    most = 100 * float(np.nan_to_num(np.abs(table[["change", "low", "high"]].to_numpy(dtype=np.float64))).max()) or 1.0
    with style():
        left = max(map(text_width, names)) + 3
        columns = max(1, min(len(types), int((width - left - 3) / (NARROWEST + GAP))))
        rows = -(-len(types) // columns)
        axes = panels([6.5 * len(terms) + 2] * rows, columns, Margins(left, 3, 6, 11), (GAP, 17.0), width)
        for i, (k, ax) in enumerate(zip(types, axes.flat, strict=False)):
            of, look = table[table["type"] == k].set_index("term").loc[terms], type_style(k)
            points(ax, np.arange(len(terms)), 100 * of["change"], 100 * of["low"], 100 * of["high"],
                   color=look["color"], marker=look["marker"], inner=True)  # fmt: skip
            for y, change in enumerate(of["change"]):
                number_above(ax, 100 * np.nan_to_num(change), y, printed(change, "points"))
            ax.axvline(0, color=GREY, linestyle="--", linewidth=0.7, zorder=0)
            ax.set(xlim=(-1.15 * most, 1.15 * most), title=f"Type {k}")
            label_rows(ax, names if i % columns == 0 else [""] * len(terms))
            ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
            ax.set_xlabel("Percentage points")
        for ax in axes.flat[len(types) :]:
            ax.remove()
    return axes
