"""The candidate table: written for the user to complete, taken back and matched by name (rules S6, S7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from ...core.errors import Fault, InputError, counted, nearest
from ..ballots import Ballots
from ..candidate_file import COLUMNS
from ..catalogue import WRITE_IN
from ..party_names import fold, party_names
from .candidates import Roster, Runner, merge_fusion, roster_of

__all__ = ["UNMATCHED", "candidate_table", "with_parties"]

UNMATCHED = 0.001
"""Share of a contest's votes above which a name that is not in the table is refused."""


def candidate_table(ballots: Ballots) -> pd.DataFrame:
    """Return the table for the user to complete, one row per contest and candidate: COLUMNS, in file order.

    `party` holds what the file says (several as "DEM/WFP"), empty where it says nothing; `office` is what the coding
    groups contests by, `district` tells the contests of one office apart.
    """
    roster = roster_of(ballots)
    if ballots.parties is not None:
        roster = with_parties(roster, ballots.parties, ballots)
    rows = [
        (contest.name, contest.office, contest.district, runner.name, "/".join(runner.parties), runner.votes)
        for c, contest in enumerate(roster.contests)
        for runner in roster.runners.get(c, ())
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"votes": "int64"})


def with_parties(roster: Roster, table: pd.DataFrame, ballots: Ballots) -> Roster:
    """Return the roster with the table's parties, offices and districts in place of the file's.

    A contest that the table lists has exactly the candidates listed: they make its menus. Names found in the file
    but not in the table keep the party the file gives them; above UNMATCHED of the contest's votes they are refused,
    with the nearest name. Raises InputError with all of them, and when no contest of the table is in the file.
    """
    rows = _by_contest(roster, table)
    if not rows:
        names = {contest.name for contest in roster.contests}
        wrong = list(dict.fromkeys(table["contest"]))
        raise InputError(
            *(
                Fault(f"no contest is called {name!r}", where="candidate table",
                      rule="A contest has the name the file gives it", nearest=nearest(name, names),
                      remedy="`blocs parties` lists the contests of a file")
                for name in wrong[:5]
            )
        )  # fmt: skip
    contests, runners, faults, below = list(roster.contests), dict(roster.runners), [], 0
    marks = ballots.options
    cast = marks[(marks["choice"] >= 0) | (marks["choice"] == WRITE_IN)].groupby("contest")["votes"].sum()
    for c, listed in rows.items():
        contests[c] = replace(
            contests[c],
            office=next((r["office"] for r in listed if r.get("office")), contests[c].office),
            district=next((r["district"] for r in listed if r.get("district")), contests[c].district),
        )
        runners[c], unmatched = _match(c, roster.runners.get(c, ()), listed)
        for runner in unmatched:
            if runner.votes > UNMATCHED * int(cast.get(c, 0)):
                faults.append(_unmatched(contests[c].name, runner, listed, int(cast.get(c, 0))))
            else:
                below += runner.votes
    if faults:
        raise InputError(*faults)
    known = {fold(contest.name) for contest in roster.contests}
    absent = sum(fold(name) not in known for name in table["contest"].unique())
    size = f"{counted(len(table), 'candidate')} in {counted(len(rows), 'contest')}"
    said = [f"Parties were taken from a table of {size}."]
    if below:
        said.append(f"{counted(below, 'vote is', 'votes are')} for names that the table does not have.")
    if absent:
        said.append(f"{counted(absent, 'contest of the table is', 'contests of the table are')} not in the file.")
    named = frozenset(c for c, listed in rows.items() if any(r.get("office") for r in listed))
    return Roster(tuple(contests), runners, frozenset(rows), roster.guessed - named, roster.remarks + tuple(said))


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _by_contest(roster: Roster, table: pd.DataFrame) -> dict[int, list[dict[str, Any]]]:
    """Rows of the table by contest: the name must agree, and the district where several contests share the name."""
    named: dict[str, list[int]] = defaultdict(list)
    for c, contest in enumerate(roster.contests):
        named[fold(contest.name)].append(c)
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in table.to_dict("records"):
        found = named.get(fold(row["contest"]), [])
        if len(found) > 1:
            found = [c for c in found if fold(roster.contests[c].district) == fold(row.get("district", ""))]
        for c in found:
            rows[c].append({str(k): v for k, v in row.items()})
    return dict(sorted(rows.items()))


def _match(
    contest: int, lines: tuple[Runner, ...], listed: list[dict[str, Any]]
) -> tuple[tuple[Runner, ...], list[Runner]]:
    by_name = {fold(row["candidate"]): row for row in listed}
    matched, unmatched, met = [], [], set()
    for line in lines:
        row = by_name.get(line.person)
        if row is None:
            unmatched.append(line)
            matched.append(line)
            continue
        met.add(line.person)
        parties, printed = party_names(row["party"]), _printed(row, line.printed)
        matched.append(replace(line, parties=parties, printed=printed, listed=True))
    for name, row in by_name.items():
        if name not in met:
            parties = party_names(row["party"])
            matched.append(Runner(contest, None, row["candidate"], parties, _printed(row, True), 0, True))
    return merge_fusion(matched), unmatched


def _printed(row: Mapping[str, Any], default: bool) -> bool:
    said = fold(row.get("printed", ""))
    return default if not said else said not in {"0", "no", "false", "n", "f"}


def _unmatched(contest: str, runner: Runner, listed: list[dict[str, Any]], cast: int) -> Fault:
    return Fault(
        f"{runner.name!r} has {runner.votes:,} of {cast:,} votes in {contest!r} and is not in the candidate table",
        where="candidate table",
        rule=f"Names with more than {UNMATCHED:.1%} of a contest's votes must be in the table",
        nearest=nearest(runner.name, [row["candidate"] for row in listed]),
        remedy="Add a row for the name, or spell it as the file does",
    )
