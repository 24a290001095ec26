"""A test of IIA as two tables for a paper: the test item by item, and the shares on every menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..presentation import Column, Table

if TYPE_CHECKING:
    from ..inference.iia import IIATest

__all__ = ["iia", "iia_menus"]


def iia(test: IIATest, labels: Mapping[str, str] | None = None) -> Table:
    """Return the test of all items together and of each freed alone.

    Parameters
    ----------
    test : IIATest
        What `blocs.iia_test` returned.
    labels : mapping of str to str, optional
        Item -> what it is called in the table.

    Returns
    -------
    Table
        One row for each item, the last for all together: menus, statistic, degrees of freedom, p, and p by bootstrap
        where there is one.
    """
    names = labels or {}
    rows = [
        (names.get(row["item"], row["item"]), row["menus"], row["statistic"], row["df"], row["p"],
         row.get("bootstrap_p"))
        for row in test.items.to_dict("records")
    ]  # fmt: skip
    rows.append(("All together", None, test.statistic, test.df, test.p, test.bootstrap_p))
    columns = (Column("Item"), Column("Menus", "count"), Column("LR" if test.kind == "lr" else "Score", "number"),
               Column("df", "count"), Column("p", "p"),
               Column(f"p (bootstrap of {test.bootstrap:,})", "p"))  # fmt: skip
    shown = len(columns) if test.bootstrap else len(columns) - 1
    return Table(columns[:shown], tuple(row[:shown] for row in rows), f"{test.title}.", tuple(test.notes), name="iia")


def iia_menus(test: IIATest, labels: Mapping[str, str] | None = None) -> Table:
    """Return the share of every outcome on every menu, by itself and by the odds of all menus.

    Parameters
    ----------
    test : IIATest
        What `blocs.iia_test` returned.
    labels : mapping of str to str, optional
        Item -> what it is called in the table.

    Returns
    -------
    Table
        One row for each item, menu and outcome, over all types: expected number of observations, shares in per cent,
        and their difference in percentage points.
    """
    names = labels or {}
    rows = tuple(
        (names.get(row["item"], row["item"]), row["menu"].replace("|", ", "), str(row["outcome"]), row["observed"],
         row["share"], row["iia"], row["difference"])
        for row in test.overall.to_dict("records")
    )  # fmt: skip
    columns = (Column("Item"), Column("Menu"), Column("Outcome"), Column("n", "count"), Column("By itself", "share"),
               Column("By IIA", "share"), Column("Difference", "points"))  # fmt: skip
    notes = ("Per cent of those with the menu; By IIA: by the odds of all menus, which are the same on each.",)
    return Table(columns, rows, "Shares on every menu.", notes, 3, name="iia menus")
