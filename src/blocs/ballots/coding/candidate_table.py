"""The candidate table: written for the user to complete, taken back and matched by name (rules S6, S7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from ...core.errors import Fault, InputError, counted, nearest
from ...tables.survey_table import text_table
from ..ballots import Ballots
from ..catalogue import WRITE_IN
from ..party_names import fold, party_names
from .candidates import Roster, Runner, merge_fusion, roster_of

__all__ = ["COLUMNS", "UNMATCHED", "candidate_table", "read_parties", "with_parties"]

COLUMNS = ("contest", "office", "district", "candidate", "party", "votes")
"""Columns of the candidate table; `votes` is for the reader's eye and is not read back."""
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


def read_parties(table: Any) -> pd.DataFrame:
    """Return the user's table from a CSV or Parquet file or any frame, all columns as text.

    Columns contest, candidate and party; office, district and printed (no for write-ins) if given. Raises InputError
    for a file that is no table, missing columns, no rows, blank candidates and a candidate with two different parties.
    """
    where, on_disk = "parties", isinstance(table, str | Path)
    if on_disk:
        where, table = f"parties ({table})", text_table(table)
    elif isinstance(table, Mapping):
        table = pd.DataFrame(dict(table))
    elif not isinstance(table, pd.DataFrame):
        frame = nw.from_native(table)
        table = (frame.collect() if isinstance(frame, nw.LazyFrame) else frame).to_pandas()
    faults = [
        Fault(
            f"there is no column {name!r}",
            where=where,
            rule="A candidate table has columns contest, candidate and party",
            nearest=nearest(name, table.columns),
            remedy="`blocs parties` writes one to complete",
        )
        for name in ("contest", "candidate", "party")
        if name not in table.columns
    ]
    if not len(table):
        faults.append(Fault("there are no rows", where=where, rule="A candidate table has a row for each candidate"))
    if faults:
        raise InputError(*faults)
    names = [c for c in (*COLUMNS, "printed") if c in table.columns and c != "votes"]
    cells = table[names].astype(object).where(table[names].notna(), "")
    text: pd.DataFrame = cells.map(lambda v: str(v).strip())
    text["_row"] = [f"{table.index.name} {n}" for n in table.index] if on_disk else [
        f"row {n}" for n in range(1, len(text) + 1)
    ]
    _refuse_contradictions(text, where)
    return text


def _refuse_contradictions(table: pd.DataFrame, where: str) -> None:
    faults, seen = [], dict[tuple[str, str, str], tuple[str, str]]()
    for row in table.to_dict("records"):
        at = f"{where}, {row['_row']}"
        if not fold(row["candidate"]):
            faults.append(Fault("the candidate has no name", where=at, rule="Every row names one candidate"))
            continue
        key = (fold(row["contest"]), fold(row.get("district", "")), fold(row["candidate"]))
        first = seen.setdefault(key, (row["_row"], row["party"]))
        if set(party_names(first[1])) != set(party_names(row["party"])):
            faults.append(
                Fault(
                    f"{row['candidate']!r} in {row['contest']!r} has party {row['party']!r}, "
                    f"but {first[0]} says {first[1]!r}",
                    where=at,
                    rule="A candidate has one row; several parties (fusion) are written in one cell",
                    remedy=f"Write {'/'.join(dict.fromkeys([first[1], row['party']]))!r} in one row if both are right",
                )
            )
    if faults:
        raise InputError(*faults)


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
                Fault(f"no contest is called {name!r}", where="parties",
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
        where="parties",
        rule=f"Names with more than {UNMATCHED:.1%} of a contest's votes must be in the table",
        nearest=nearest(runner.name, [row["candidate"] for row in listed]),
        remedy="Add a row for the name, or spell it as the file does",
    )
