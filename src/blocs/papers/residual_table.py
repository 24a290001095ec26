"""How well the types describe the data, as tables for a paper: the whole table, pairs of items, the common rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..core.errors import counted
from ..presentation import Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from ..inference.goodness import GoodnessOfFit

__all__ = ["common_rows", "goodness", "residuals"]


def goodness(test: GoodnessOfFit) -> Table:
    """Return the tests of the whole table of possible rows.

    Parameters
    ----------
    test : GoodnessOfFit
        What `blocs.goodness_of_fit` returned.

    Returns
    -------
    Table
        One row for each statistic, G² and X²: value, degrees of freedom, p by the chi-square distribution and, where it
        was asked for, by the bootstrap.
    """
    asked = test.bootstrap > 0
    each = (("G²", test.g2, test.p, test.bootstrap_p), ("X²", test.x2, test.p_x2, test.bootstrap_p_x2))
    rows = tuple((name, value, test.df, p, *([by] if asked else [])) for name, value, p, by in each)
    columns = (Column("Statistic"), Column("Value", "number"), Column("df", "count"), Column("p", "p"),
               *([Column("p, bootstrap", "p")] if asked else []))  # fmt: skip
    notes = (
        f"{test.cells:,} possible rows in {counted(test.patterns, 'pattern')} of menus and missing items, "
        f"{test.observed_cells:,} observed; N = {test.n:,.0f}; dissimilarity {100 * test.dissimilarity:.2f} %.",
        *test.notes,
    )
    return Table(columns, rows, "Goodness of fit.", notes, name="goodness")


def common_rows(rows: pd.DataFrame, labels: Mapping[str, str] | None = None) -> Table:
    """Return the most common rows with the number that the fit expects of each.

    Parameters
    ----------
    rows : DataFrame
        What `blocs.residuals` returned.
    labels : mapping of str to str, optional
        Item -> what it is called in the table.

    Returns
    -------
    Table
        One row for each, the most common first: outcomes, menus, observed, expected, standardised difference.
    """
    items, names = list(rows.columns[:-4]), labels or {}
    menus = bool(rows["menus"].ne("").any())
    numbers = ["observed", "expected", "standardised"]
    cells = tuple(
        (*(row[item] for item in items), *([row["menus"]] if menus else []), *(row[name] for name in numbers))
        for row in rows.to_dict("records")
    )
    columns = (
        *(Column(names.get(item, item)) for item in items), *([Column("Less on offer")] if menus else []),
        Column("Observed", "count"), Column("Expected", "number", 1), Column("Std. difference", "number"),
    )  # fmt: skip
    notes = ("Std. difference = (observed − expected) / √expected; —: missing.",)
    return Table(columns, cells, "The most common rows.", notes, len(items) + menus, name="common rows")


def residuals(pairs: pd.DataFrame, labels: Mapping[str, str] | None = None) -> Table:
    """Return the bivariate residuals.

    Parameters
    ----------
    pairs : DataFrame
        What `blocs.bivariate_residuals` returned.
    labels : mapping of str to str, optional
        Item -> what it is called in the table.

    Returns
    -------
    Table
        One row for each pair of items, the worst first.
    """
    tested = bool(pairs["p"].notna().any())
    names = labels or {}
    rows = tuple(
        (names.get(row["item_a"], row["item_a"]), names.get(row["item_b"], row["item_b"]), row["x2"], row["df"],
         row["bvr"], *([row["p"]] if tested else []))
        for row in pairs.to_dict("records")
    )  # fmt: skip
    columns = (Column("Item"), Column("and item"), Column("X²", "number"), Column("df", "count"),
               Column("BVR", "number"), *([Column("p", "p")] if tested else []))  # fmt: skip
    tests = "p by a parametric bootstrap." if tested else "The chi-square distribution does not hold for X²."
    notes = (f"X² = Pearson's statistic of the table of two items; BVR = X² / df. {tests}",)
    return Table(columns, rows, "Bivariate residuals, the worst first.", notes, 2, name="residuals")
