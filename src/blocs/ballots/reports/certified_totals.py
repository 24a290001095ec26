"""Certified totals: the votes counted in the file against official returns, candidate by candidate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.errors import Fault, InputError, missing_columns, nearest
from ...profiles.weights import remedy_for
from ...tables.survey_table import PLACES
from ..ballots import Ballots
from ..party_names import fold
from .contest_totals import ASIDE, contest_totals

__all__ = ["TIERS", "against_returns"]

TIERS = ((0.0, "0"), (0.01, "< 1 %"), (0.05, "< 5 %"), (0.10, "< 10 %"))
"""Upper bounds of the relative difference and their names; beyond the last: ">= 10 %"."""


def against_returns(ballots: Ballots, returns: Any) -> pd.DataFrame:
    """Return each candidate's votes in the file beside the certified ones.

    Parameters
    ----------
    ballots : Ballots
        What `read_cvr` returned.
    returns : table
        Columns contest, candidate and votes, spelled as in the file but for case, accents and punctuation. A candidate
        may also be one of the names in `contest_totals.ASIDE`, such as "(write-in)" or "(overvote)".

    Returns
    -------
    pandas.DataFrame
        One row for each candidate of the file, and for each other row of `contest_totals` that the returns name.
        Columns: contest, candidate, counted, certified, difference, share (|difference| / certified; null where the
        certified number is 0), tier (a name in TIERS; where the certified number is 0, the first or the last); null
        where there is no certified total.

    Raises
    ------
    InputError
        For missing columns, totals that are not numbers and names that are not in the file.
    """
    returns = pd.DataFrame(returns)
    columns = list(returns.columns)
    wanted, remedy = ("contest", "candidate", "votes"), "Returns have columns contest, candidate and votes"
    faults = missing_columns(wanted, "", columns, where="returns", remedy=remedy)
    if faults:
        raise InputError(*faults)
    table = contest_totals(ballots)
    certified = _certified(table, returns)
    difference = table["votes"] - certified
    tiers = [_tier(d, c) for d, c in zip(difference, certified, strict=True)]
    compared = pd.DataFrame(
        {
            "contest": table["contest"],
            "candidate": table["candidate"],
            "counted": table["votes"],
            "certified": certified,
            "difference": difference,
            "share": difference.abs() / np.where(certified > 0, certified, np.nan),
            "tier": tiers,
        }
    )
    shown = ~table["candidate"].isin(list(ASIDE.values())) | ~np.isnan(certified)
    return compared[shown].reset_index(drop=True)


def _certified(table: pd.DataFrame, returns: pd.DataFrame) -> NDArray[np.float64]:
    """Return the certified votes of each row of the totals, NaN without any; refuse rows that fit none."""
    names = zip(table["contest"], table["candidate"], strict=True)
    position = {(fold(contest), fold(name)): i for i, (contest, name) in enumerate(names)}
    certified = np.full(len(table), np.nan)
    numbers = pd.to_numeric(returns["votes"], errors="coerce")
    rows = zip(_addresses(returns), returns["contest"], returns["candidate"], returns["votes"], numbers, strict=True)
    faults = []
    for where, contest, name, cell, votes in rows:
        candidate = position.get((fold(contest), fold(name)))
        if not votes >= 0:
            faults.append(Fault(f"{cell!r} votes", where=where, rule="Certified votes are numbers from 0",
                                remedy=remedy_for(cell, "")))  # fmt: skip
        elif candidate is None:
            faults.append(_not_in_file(str(contest), str(name), where, table))
        else:
            certified[candidate] = votes
    if faults:
        raise InputError(*faults)
    return certified


def _addresses(returns: pd.DataFrame) -> list[str]:
    """Return where each row stands: its line in the file, or its number from 1."""
    unit = returns.index.name
    numbers = returns.index if unit in PLACES else range(1, len(returns) + 1)
    return [f"returns, {unit if unit in PLACES else 'row'} {n}" for n in numbers]


def _tier(difference: float, certified: float) -> str | None:
    """Return the name of a difference relative to the certified number; any difference from 0 is in the last tier."""
    if np.isnan(certified):
        return None
    if difference == 0:
        return TIERS[0][1]
    return next((name for bound, name in TIERS[1:] if abs(difference) < bound * certified), ">= 10 %")


def _not_in_file(contest: str, name: str, where: str, table: pd.DataFrame) -> Fault:
    same = table.loc[table["contest"].map(fold) == fold(contest), "candidate"]
    if len(same):
        return Fault(f"{name!r} has no votes in {contest!r}", where=where, rule="Names are those of the file",
                     nearest=nearest(name, same))  # fmt: skip
    return Fault(f"no contest is called {contest!r}", where=where, rule="Names are those of the file",
                 nearest=nearest(contest, table["contest"].unique()))  # fmt: skip
