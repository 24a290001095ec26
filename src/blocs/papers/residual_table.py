"""Bivariate residuals as a table for a paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..presentation import Column, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["residuals"]


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
