"""Certified totals: the votes counted in the file against official returns, candidate by candidate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import Fault, InputError, nearest
from ...profiles.weights import remedy_for
from ...tables.survey_table import PLACES
from ..ballots import Ballots
from ..coding.candidate_table import candidate_table
from ..party_names import fold

__all__ = ["TIERS", "against_returns"]

TIERS = ((0.0, "0"), (0.01, "< 1 %"), (0.05, "< 5 %"), (0.10, "< 10 %"))
"""Upper bounds of the relative difference and their names; beyond the last: ">= 10 %"."""


def against_returns(ballots: Ballots, returns: Any) -> pd.DataFrame:
    """Return each candidate's votes in the file beside the certified ones.

    returns: frame with columns contest, candidate, votes, spelled as in the file but for case, accents and
    punctuation. Columns of the result: contest, candidate, counted, certified, difference, share (of the certified),
    tier (TIERS). Candidates without a certified total have nulls. Raises InputError for missing columns, totals that
    are not numbers and names that are not in the file.
    """
    returns = pd.DataFrame(returns)
    faults = [
        Fault(f"there is no column {name!r}", where="returns", rule="Returns have columns contest, candidate and votes",
              nearest=nearest(name, returns.columns))
        for name in ("contest", "candidate", "votes")
        if name not in returns.columns
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    table = candidate_table(ballots)
    counted = {(fold(c), fold(n)): i for i, (c, n) in enumerate(zip(table["contest"], table["candidate"], strict=True))}
    certified = np.full(len(table), np.nan)
    number = pd.to_numeric(returns["votes"], errors="coerce")
    rows = zip(returns["contest"], returns["candidate"], returns["votes"], number, strict=True)
    places = [f"{returns.index.name} {n}" if returns.index.name in PLACES else f"row {i}"
              for i, n in enumerate(returns.index, start=1)]  # fmt: skip
    for at, (contest, name, said, votes) in zip(places, rows, strict=True):
        where = f"returns, {at}"
        found = counted.get((fold(contest), fold(name)))
        if not votes >= 0:
            faults.append(Fault(f"{said!r} votes", where=where, rule="Certified votes are numbers from 0",
                                remedy=remedy_for(said, "")))  # fmt: skip
        elif found is None:
            faults.append(_unknown(str(contest), str(name), where, table))
        else:
            certified[found] = votes
    if faults:
        raise InputError(*faults)
    difference = table["votes"] - certified
    share = np.where(certified > 0, np.abs(difference) / np.where(certified > 0, certified, 1), np.abs(difference))
    return pd.DataFrame(
        {
            "contest": table["contest"],
            "candidate": table["candidate"],
            "counted": table["votes"],
            "certified": certified,
            "difference": difference,
            "share": np.where(np.isnan(certified), np.nan, share),
            "tier": [_tier(s) for s in np.where(np.isnan(certified), np.nan, share)],
        }
    )


def _tier(share: float) -> str | None:
    if np.isnan(share):
        return None
    if share == 0:
        return TIERS[0][1]
    return next((name for bound, name in TIERS[1:] if share < bound), ">= 10 %")


def _unknown(contest: str, name: str, where: str, table: pd.DataFrame) -> Fault:
    same = table.loc[table["contest"].map(fold) == fold(contest), "candidate"]
    if len(same):
        return Fault(f"{name!r} has no votes in {contest!r}", where=where, rule="Names are those of the file",
                     nearest=nearest(name, same))  # fmt: skip
    return Fault(f"no contest is called {contest!r}", where=where, rule="Names are those of the file",
                 nearest=nearest(contest, table["contest"].unique()))  # fmt: skip
