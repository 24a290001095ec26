"""The candidate table: written for the user to complete, taken back and matched by name (rules S6, S7)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pandas as pd

from ...core.errors import Fault, InputError, counted, nearest
from ..ballots import Ballots
from ..candidate_file import COLUMNS
from ..catalogue import Contest
from ..party_names import fold, party_names, person_of
from .candidates import CandidateLine, CandidateList, candidates_of, marks_of_contests, merge_fusion
from .vote_counts import count_votes

__all__ = ["UNMATCHED", "candidate_table", "with_parties"]

UNMATCHED = 0.001
"""Share of a contest's marks above which a name that is not in the table is refused."""
_NOT_PRINTED = {"0", "no", "false", "n", "f"}
"""Words of the column `printed` that mean a write-in."""

Row = dict[str, Any]


def candidate_table(ballots: Ballots) -> pd.DataFrame:
    """Return the candidates of a file as a table for the user to complete.

    Parameters
    ----------
    ballots : Ballots
        What `read_cvr` returned.

    Returns
    -------
    pandas.DataFrame
        One row for each contest and candidate, in the order of the file. Columns: `contest`; `office`, by which the
        coding groups contests; `district`, which tells the contests of one office apart; `candidate`; `party`, what
        the file says (several as "DEM/WFP", no party as "NONE"), empty where it says nothing; `votes`, the valid votes
        (of ranked contests, those of the first rank with a mark). A candidate who was marked on overvoted ballots only
        stood all the same, and has 0.

    Raises
    ------
    InputError
        When `read_cvr` was given a candidate table that does not fit the file.

    Examples
    --------
    >>> import pandas as pd
    >>> from blocs.ballots import candidate_table, read_cvr
    >>> marks = {"voter": [1, 2], "office": ["Sheriff", "Sheriff"], "candidate": ["Ruiz", "Lee"], "party": ["D", ""]}
    >>> candidate_table(read_cvr(pd.DataFrame(marks)))
       contest   office district candidate party  votes
    0  Sheriff  Sheriff                Lee            1
    1  Sheriff  Sheriff               Ruiz   DEM      1
    """
    candidates = candidates_of(ballots)
    if ballots.parties is not None:
        candidates = with_parties(candidates, ballots.parties, ballots)
    counts = count_votes(ballots, candidates)
    rows = [
        (contest.name, contest.office, contest.district, line.name, line.party, counts.of(c, line.choice))
        for c, contest in enumerate(candidates.contests)
        for line in candidates.lines.get(c, ())
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"votes": "int64"})


def with_parties(candidates: CandidateList, table: pd.DataFrame, ballots: Ballots) -> CandidateList:
    """Return the candidates with the table's parties, offices and districts in place of the file's.

    A contest that the table lists has exactly the candidates of the table: they make its menus. Names of the file
    that are not in the table keep the party the file gives them; above UNMATCHED of the contest's marks they are
    refused, with the nearest name. Raises InputError with all of them, and when no contest of the table is in the file.
    """
    rows = _rows_by_contest(candidates, table)
    if not rows:
        raise InputError(*_no_contest(candidates, table))
    marks = marks_of_contests(ballots)
    contests, lines = list(candidates.contests), dict(candidates.lines)
    faults, unmatched_marks = [], 0
    for c, of_contest in rows.items():
        contests[c] = _with_office(contests[c], of_contest)
        lines[c], unmatched = _match(c, candidates.lines.get(c, ()), of_contest)
        total = marks.get(c, 0)
        refused = [line for line in unmatched if line.marks > UNMATCHED * total]
        faults += [_unmatched(contests[c].name, line, of_contest, total) for line in refused]
        unmatched_marks += sum(line.marks for line in unmatched if line not in refused)
    if faults:
        raise InputError(*faults)
    given = frozenset(c for c in rows if fold(contests[c].office) != fold(candidates.contests[c].office))
    remarks = _remarks(candidates, table, len(rows), unmatched_marks)
    return CandidateList(tuple(contests), lines, frozenset(rows), candidates.names, given,
                         candidates.remarks + remarks)  # fmt: skip


def _rows_by_contest(candidates: CandidateList, table: pd.DataFrame) -> dict[int, list[Row]]:
    """Rows of the table by contest: the name must agree, and the district where several contests share the name."""
    by_name: dict[str, list[int]] = defaultdict(list)
    for c, contest in enumerate(candidates.contests):
        by_name[fold(contest.name)].append(c)
    rows: dict[int, list[Row]] = defaultdict(list)
    for row in table.to_dict("records"):
        contests = by_name.get(fold(row["contest"]), [])
        if len(contests) > 1:
            district = fold(row.get("district", ""))
            contests = [c for c in contests if fold(candidates.contests[c].district) == district]
        for c in contests:
            rows[c].append({str(k): v for k, v in row.items()})
    return dict(sorted(rows.items()))


def _no_contest(candidates: CandidateList, table: pd.DataFrame) -> list[Fault]:
    """Return a fault for each of the first contests of a table that has none of the file's."""
    names = {contest.name for contest in candidates.contests}
    return [
        Fault(f"no contest is called {name!r}", where="candidate table",
              rule="A contest has the name the file gives it", nearest=nearest(name, names),
              remedy="`blocs parties` lists the contests of a file")
        for name in list(dict.fromkeys(table["contest"]))[:5]
    ]  # fmt: skip


def _with_office(contest: Contest, rows: list[Row]) -> Contest:
    """Return the contest with the first office and the first district that its rows give."""
    return replace(
        contest,
        office=next((row["office"] for row in rows if row.get("office")), contest.office),
        district=next((row["district"] for row in rows if row.get("district")), contest.district),
    )


def _match(
    contest: int, lines: tuple[CandidateLine, ...], rows: list[Row]
) -> tuple[tuple[CandidateLine, ...], list[CandidateLine]]:
    """Return the lines of a contest with what the table says of them, and those that it does not have."""
    by_name = {person_of(row["candidate"]): row for row in rows}
    matched = [_completed(line, by_name.get(line.person)) for line in lines]
    persons = {line.person for line in lines}
    matched += [
        CandidateLine(contest, None, row["candidate"], party_names(row["party"]), _printed(row, True), 0, True,
                      bool(row["party"]))
        for name, row in by_name.items()
        if name not in persons
    ]  # fmt: skip
    return merge_fusion(matched), [line for line in lines if line.person not in by_name]


def _completed(line: CandidateLine, row: Row | None) -> CandidateLine:
    if row is None:
        return line
    return replace(line, parties=party_names(row["party"]), printed=_printed(row, line.printed), in_table=True,
                   stated=bool(row["party"]))  # fmt: skip


def _printed(row: Row, default: bool) -> bool:
    word = fold(row.get("printed", ""))
    return word not in _NOT_PRINTED if word else default


def _remarks(candidates: CandidateList, table: pd.DataFrame, contests: int, unmatched_marks: int) -> tuple[str, ...]:
    in_file = {fold(contest.name) for contest in candidates.contests}
    absent = sum(fold(name) not in in_file for name in table["contest"].unique())
    size = f"{counted(len(table), 'candidate')} in {counted(contests, 'contest')}"
    remarks = [f"Parties were taken from a table of {size}."]
    if unmatched_marks:
        marks = counted(unmatched_marks, "mark is", "marks are")
        remarks.append(f"{marks} for names that the table does not have.")
    if absent:
        remarks.append(f"{counted(absent, 'contest of the table is', 'contests of the table are')} not in the file.")
    return tuple(remarks)


def _unmatched(contest: str, line: CandidateLine, rows: list[Row], marks: int) -> Fault:
    return Fault(
        f"{line.name!r} has {line.marks:,} of {counted(marks, 'mark')} in {contest!r} and is not in the candidate "
        "table",
        where="candidate table",
        rule=f"Names with more than {UNMATCHED:.1%} of a contest's marks must be in the table",
        nearest=nearest(line.name, [row["candidate"] for row in rows]),
        remedy="Add a row for the name, or spell it as the file does",
    )
