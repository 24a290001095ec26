"""How the types voted, as cast, as a table for a paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..ballots.reports.as_cast import as_cast
from ..presentation import Column, Table, printed
from ..results.fits_by_group import FitsByGroup
from ..results.paper_tables import type_headings

if TYPE_CHECKING:
    from ..profiles import Profiles, Traced
    from ..results.fit_result import Fit

__all__ = ["OUTCOMES", "votes_by_type"]

OUTCOMES = {"split": "Split", "abstain": "Left blank", "other": "Other", "straight": "Straight"}
"""Outcome -> its heading, in the order of the tables: the two that matter first."""
STOOD = {"own": "own party only", "other": "other party only", "neither": "neither party"}
CAPTIONS = {
    "both": "How each type voted where both parties stood.",
    "one": "How each type voted where only one party stood.",
}
NOTES = {
    "both": "Per cent of the voters of the type and party, as cast: sums over voters of the posterior, on the menu "
            "they had. Split: a vote for the other party.",
    "one": "Per cent of the voters of the type and party, as cast. Own party only: the voter could vote straight, for "
           "another party, or leave the office blank. Other party only: the voter could split, vote for another party, "
           "or leave it blank. These shares describe no choice between two parties.",
}  # fmt: skip
FEWEST = 30
"""Expected voters below which shares are not given."""


def votes_by_type(
    fit: Fit | FitsByGroup, profiles: Profiles | Traced, stood: str = "both", labels: Mapping[str, str] | None = None
) -> Table:
    """Return how each type voted in each office, as cast.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        Types of coded ballots.
    profiles : Profiles or coded ballots
        The data that were fitted.
    stood : {"both", "one"}
        Offices in which both parties stood, or only one did: never both in one table.
    labels : mapping of str to str, optional
        Office -> what it is called in the table.

    Returns
    -------
    Table
        One row for each type, party at the top and office, in the order of the ballot; shares of fewer than 30 expected
        voters are not given.

    Examples
    --------
    >>> import pandas as pd
    >>> import blocs
    >>> votes = {"President": ["DEM"] * 40 + ["REP"] * 50, "Sheriff": ["DEM"] * 30 + ["none"] * 10 + ["REP"] * 50}
    >>> profiles = blocs.code(blocs.read_cvr(pd.DataFrame(votes), offices=["President", "Sheriff"]))
    >>> print(votes_by_type(blocs.fit(profiles, types=1), profiles).to_csv().splitlines()[1])
    Type 1 (100.0 %),DEM,Sheriff,40.0,0.0,0.25,0.75
    """
    cast = as_cast(fit.expected(profiles))
    cast = cast[(cast["stood"] == "both") == (stood == "both")]
    if isinstance(fit, FitsByGroup):
        names = [f"Type {k}" for k in range(1, fit.types + 1)]
    else:
        names = type_headings(fit)
    one = stood != "both"
    outcomes = [o for o in OUTCOMES if o != "other" or cast["other"].notna().any()]
    rows, few = [], 0
    for row in cast.to_dict("records"):
        enough = row["voters"] >= FEWEST
        few += not enough
        office = (labels or {}).get(row["office"], row["office"])
        rows.append((names[row["type"] - 1], *([STOOD[row["stood"]]] if one else []), str(row["top"]), office,
                     row["voters"], *(row[o] if enough else None for o in outcomes)))  # fmt: skip
    columns = (Column("Type"), *([Column("Stood")] if one else []), Column("Top"), Column("Office"),
               Column("Voters", "expected"), *(Column(OUTCOMES[o], "share") for o in outcomes))  # fmt: skip
    notes = [NOTES[stood], *([f"—: under {FEWEST} expected voters, or not on the menu."] if few or one else [])]
    if isinstance(fit, FitsByGroup):
        notes.append(f"Types of one party each; of {_shares(fit)}.")
    return Table(columns, tuple(rows), CAPTIONS[stood], tuple(notes), 4 if one else 3, name=f"{stood} stood")


def _shares(fit: FitsByGroup) -> str:
    """Return the shares of the types in each group: DEM 72.0, 28.0 per cent."""
    each = (f"{label} {', '.join(printed(x, 'share') for x in fit.shares[label])} per cent" for label in fit.fits)
    return "; ".join(each)
