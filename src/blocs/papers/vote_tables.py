"""Votes without any types, as tables for a paper: by party at the top, and totals of candidates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..presentation import Column, Table
from .type_votes import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["groups", "office_bars", "partisans", "totals"]


def office_bars(bars: pd.DataFrame, labels: Mapping[str, str] | None = None) -> Table:
    """Return how the voters of each party voted in each office, without any types.

    Parameters
    ----------
    bars : DataFrame
        What `blocs.office_bars` returned, or the same after disclosure control.
    labels : mapping of str to str, optional
        Office -> what it is called in the table.

    Returns
    -------
    Table
        One row for each party at the top and office; a note names the offices without any voter who had both parties
        to choose from, which have no row.
    """
    shown = (~(bars["contested"] == 0)).groupby(bars["office"], sort=False).any()
    absent = [(labels or {}).get(str(office), str(office)) for office, some in shown.items() if not some]
    bars = bars[bars["office"].map(shown)]
    names = {**OUTCOMES, "missing": "Missing"}
    outcomes = [name for name in names if name in bars and (name != "missing" or bool((bars[name] > 0).any()))]
    rows = tuple(
        (str(row["top"]), (labels or {}).get(row["office"], row["office"]), row["contested"],
         *(row[o] for o in outcomes))
        for row in bars.to_dict("records")
    )  # fmt: skip
    columns = (Column("Top"), Column("Office"), Column("Voters", "count"),
               *(Column(names[o], "share") for o in outcomes))  # fmt: skip
    notes = ("Per cent of all voters of the party at the top for whom both parties were on the ballot.",
             *([f"Both parties were on no ballot for {', '.join(absent)}."] if absent else []))  # fmt: skip
    return Table(columns, rows, "How the voters of each party voted where both parties stood.", notes, 2, name="votes")


def partisans(table: pd.DataFrame) -> Table:
    """Return how many voters of each party chose one party in every contested office.

    Parameters
    ----------
    table : DataFrame
        What `blocs.ballots.solid_partisans` returned, or the same after disclosure control.

    Returns
    -------
    Table
        One row for each party at the top.
    """
    names = {"solid": "Solid", "opposed": "Opposed", "mixed": "Mixed", "none": "No contest"}
    rows = tuple((str(row["top"]), *(row[name] for name in names)) for row in table.to_dict("records"))
    notes = ("Voters. Solid: straight wherever both parties stood; opposed: split in all of these; mixed: all else.",)
    columns = (Column("Top"), *(Column(heading, "count") for heading in names.values()))
    return Table(columns, rows, "Voters who chose one party in every contested office.", notes, name="partisans")


def groups(table: pd.DataFrame) -> Table:
    """Return the voters of groups, with the expected voters of each type where they are there.

    Parameters
    ----------
    table : DataFrame
        The table of `blocs.ballots.reports.disclosure.by_group`: labels of the groups, voters, type_1, type_2, ...

    Returns
    -------
    Table
        One row for each group.
    """
    names = [str(name) for name in table.columns]
    types = [name for name in names if name.startswith("type_")]
    labels = [name for name in names if name not in ("voters", *types)]
    columns = (*(Column(name) for name in labels), Column("Voters", "count"),
               *(Column(f"Type {name.removeprefix('type_')}", "expected") for name in types))  # fmt: skip
    rows = tuple(tuple(row[name] for name in (*labels, "voters", *types)) for row in table.to_dict("records"))
    return Table(columns, rows, "Voters by group.", (), len(labels), name="groups")


def totals(table: pd.DataFrame) -> Table:
    """Return the votes of every candidate, or the comparison with certified totals.

    Parameters
    ----------
    table : DataFrame
        What `blocs.ballots.reports.contest_totals.contest_totals` or `certified_totals.against_returns` returned.

    Returns
    -------
    Table
        One row for each contest and candidate.
    """
    labels = (("contest", "Contest"), ("district", "District"), ("candidate", "Candidate"))
    values: tuple[tuple[str, str, str], ...]
    if "certified" in table:
        values = (("counted", "Counted", "count"), ("certified", "Certified", "count"),
                  ("difference", "Difference", "count"), ("tier", "Tier", "text"))  # fmt: skip
        caption, note = "Votes counted, and certified totals.", "Difference: counted less certified."
    else:
        values = (("party", "Party", "text"), ("votes", "Votes", "count"), ("share", "Share", "share"))
        caption, note = "Valid votes of every candidate.", "Share: per cent of the valid votes of the contest."
    rows = tuple(
        (*(row[name] for name, _ in labels), *(row[name] for name, *_ in values)) for row in table.to_dict("records")
    )
    columns = (*(Column(heading) for _, heading in labels), *(Column(heading, kind) for _, heading, kind in values))
    return Table(columns, rows, caption, (note,), 3, name="totals")
