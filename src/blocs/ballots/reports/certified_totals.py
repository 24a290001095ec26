"""Certified totals: the votes counted in the file against official returns, candidate by candidate."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.errors import Fault, InputError, missing_columns, nearest
from ...profiles.weights import remedy_for
from ...tables.survey_table import PLACES
from ..ballots import Ballots
from ..mark_words import meaning_in_place_of_a_name
from ..office_names import without_votes
from ..party_names import fold
from .contest_totals import ASIDE, contest_totals

__all__ = ["TIERS", "against_returns"]

_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")
TIERS = ((0.0, "0"), (0.01, "< 1 %"), (0.05, "< 5 %"), (0.10, "< 10 %"))
"""Upper bounds of the relative difference and their names; beyond the last: ">= 10 %"."""


def against_returns(ballots: Ballots, returns: Any) -> pd.DataFrame:
    """Return each candidate's votes in the file beside the certified ones.

    Parameters
    ----------
    ballots : Ballots
        What `read_cvr` returned.
    returns : table
        Columns contest, candidate and votes, spelled as in the file but for case, accents, punctuation and words such
        as "(Vote For=3)"; a column district too where it distinguishes contests of one name. A candidate may also
        be a word for one of the rows in `contest_totals.ASIDE`: "Write-ins", "Over Votes". Votes may have commas
        between thousands.

    Returns
    -------
    pandas.DataFrame
        One row for each candidate of the file, and for each other row of `contest_totals` that the returns name.
        Columns: contest, district, candidate, counted, certified, difference, share (|difference| / certified; null
        where the certified number is 0), tier (a name in TIERS; where the certified number is 0, the first or the
        last); null where there is no certified total.

    Raises
    ------
    InputError
        For missing columns, totals that are not numbers, names that are not in the file or in several of its districts,
        and two totals of one candidate.
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
            "district": table["district"],
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
    """Return the certified votes of each row of the totals, NaN without any; refuse rows that fit none, or several."""
    exact, plain = _positions(table, str), _positions(table, without_votes)
    districts = returns["district"].fillna("") if "district" in returns else [""] * len(returns)
    names = zip(map(str, returns["contest"]), map(str, returns["candidate"]), map(fold, districts), strict=True)
    numbers = pd.to_numeric(returns["votes"].map(_without_commas), errors="coerce")
    certified, first = np.full(len(table), np.nan), dict[int, str]()
    faults = []
    for (where, row), (contest, candidate, district), votes in zip(_rows(returns), names, numbers, strict=True):
        found = exact.get((fold(contest), fold(candidate), district), ()) or plain.get(
            (fold(without_votes(contest)), _line(candidate), district), ()
        )
        found = _of_this_spelling(found, row, table)
        if not votes >= 0:
            faults.append(Fault(f"{row['votes']!r} votes", where=where, rule="Certified votes are numbers from 0",
                                remedy=remedy_for(row["votes"], "")))  # fmt: skip
        elif not found:
            faults.append(_not_in_file(row, where, table))
        elif len(found) > 1:
            faults.append(_several(row, where, table.loc[list(found)]))
        elif found[0] in first:
            faults.append(Fault(f"{row['candidate']!r} of {row['contest']!r} has a total in {first[found[0]]} already",
                                where=where, rule="A candidate has one total",
                                remedy="Add up rows of precincts or parties before"))  # fmt: skip
        else:
            certified[found[0]], first[found[0]] = votes, where
    if faults:
        raise InputError(*faults)
    return certified


def _without_commas(votes: object) -> object:
    return votes.replace(",", "") if isinstance(votes, str) and _THOUSANDS.fullmatch(votes.strip()) else votes


def _line(candidate: str) -> str:
    """Return the folded name of a candidate, or of the row of ASIDE that a word such as "Over Votes" means."""
    meaning = meaning_in_place_of_a_name(candidate)
    return fold(candidate if meaning is None else ASIDE[meaning])


def _positions(table: pd.DataFrame, spelled: Callable[[str], str]) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Return folded (contest, candidate, district) -> rows of the totals; "" stands for any district.

    spelled: what is compared of the name of a contest.
    """
    positions: dict[tuple[str, ...], tuple[int, ...]] = {}
    contests = [fold(spelled(contest)) for contest in table["contest"]]
    names = zip(contests, table["candidate"].map(fold), table["district"].map(fold), strict=True)
    for i, (contest, candidate, district) in enumerate(names):
        for of in dict.fromkeys((district, "")):
            positions[contest, candidate, of] = (*positions.get((contest, candidate, of), ()), i)
    return positions


def _of_this_spelling(found: tuple[int, ...], row: dict[Any, Any], table: pd.DataFrame) -> tuple[int, ...]:
    """Return those of some rows of the totals whose candidate is spelled as in the returns, all where none is."""
    return tuple(i for i in found if table["candidate"][i] == row["candidate"]) or found


def _rows(returns: pd.DataFrame) -> list[tuple[str, dict[Any, Any]]]:
    """Return where each row stands, its line in the file or its number from 1, and the row."""
    unit = returns.index.name
    numbers = returns.index if unit in PLACES else range(1, len(returns) + 1)
    addresses = [f"returns, {unit if unit in PLACES else 'row'} {n}" for n in numbers]
    return list(zip(addresses, returns.to_dict("records"), strict=True))


def _tier(difference: float, certified: float) -> str | None:
    """Return the name of a difference relative to the certified number; any difference from 0 is in the last tier."""
    if np.isnan(certified):
        return None
    if difference == 0:
        return TIERS[0][1]
    return next((name for bound, name in TIERS[1:] if abs(difference) < bound * certified), ">= 10 %")


def _not_in_file(row: dict[Any, Any], where: str, table: pd.DataFrame) -> Fault:
    contest, name, district = str(row["contest"]), str(row["candidate"]), str(row.get("district") or "")
    of_name = table[[fold(without_votes(name)) == fold(without_votes(contest)) for name in table["contest"]]]
    if not len(of_name):
        return Fault(f"no contest is called {contest!r}", where=where, rule="Names are those of the file",
                     nearest=nearest(contest, table["contest"].unique()))  # fmt: skip
    same = of_name[of_name["district"].map(fold) == fold(district)] if fold(district) else of_name
    if not len(same):
        return Fault(f"{contest!r} has no district {district!r}", where=where, rule=_districts(of_name["district"]),
                     nearest=nearest(district, of_name["district"].unique()))  # fmt: skip
    return Fault(f"{name!r} has no votes in {contest!r}", where=where, rule="Names are those of the file",
                 nearest=nearest(name, same["candidate"]))  # fmt: skip


def _several(row: dict[Any, Any], where: str, found: pd.DataFrame) -> Fault:
    name, contest, districts = row["candidate"], row["contest"], found["district"]
    if districts.nunique() == 1:
        return Fault(f"{name!r} fits {len(found)} candidates of {contest!r}", where=where,
                     rule=f"They are {', '.join(map(repr, found['candidate']))}",
                     remedy="Spell the name as one of them")  # fmt: skip
    return Fault(f"{name!r} is in {len(found)} contests called {contest!r}", where=where,
                 rule=_districts(districts), remedy="Say which in a column district")  # fmt: skip


def _districts(districts: pd.Series[Any]) -> str:
    return f"Its districts are {', '.join(map(repr, dict.fromkeys(districts)))}"
