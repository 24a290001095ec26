"""Codebook: every option of the file, with the item it belongs to and the mark it means (rules S6-S9)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ...core.errors import Fault, InputError
from ..ballots import Ballots, Plan
from ..catalogue import INVALID, OVER, UNDER, WRITE_IN
from ..pivot.mark import (
    BOTH,
    DROPPED,
    FIRST,
    MARKS,
    ON_BOTH,
    ON_FIRST,
    ON_OTHER,
    ON_SECOND,
    OTHER,
    OVERVOTED,
    SECOND,
    SPREAD,
    UNDERVOTED,
    UNREADABLE,
    WRITTEN,
)  # fmt: skip
from ..pivot.reduce import LINES, SPAN
from .candidates import CandidateLine, CandidateList
from .offices import Offices
from .rules import CodingRules

__all__ = ["fields", "fused_contests", "left_out_by_kind", "plan_of"]

_SPECIAL = {UNDER: UNDERVOTED, OVER: OVERVOTED, WRITE_IN: WRITTEN, INVALID: UNREADABLE}
_BITS = {FIRST: ON_FIRST, SECOND: ON_SECOND, BOTH: ON_BOTH, OTHER: ON_OTHER}
_COLUMNS = ["option", "item", "key", "allowed"]
_FIRST_PERSON = 8
"""Number of the first person of a contest; smaller numbers are those of the special choices."""


def status_of(line: CandidateLine, parties: Sequence[str]) -> int:
    """Rule S7: the side a choice is on; a write-in is on neither, whatever its party."""
    if not line.printed:
        return WRITTEN
    first, second = (party in line.parties for party in parties)
    return BOTH if first and second else FIRST if first else SECOND if second else OTHER


def fields(ballots: Ballots, candidates: CandidateList, rules: CodingRules) -> dict[int, int]:
    """Rule S6: contest -> who was on the ballot, as sets of parties pooled over the whole contest.

    A candidate of neither party, or any mark for one or for a write-in, puts "other" on the menu; so does a contest
    with several votes where marks may be halved between the two parties and the majority decides (rule S8).
    """
    marks = ballots.options
    written = set(marks.loc[(marks["choice"] == WRITE_IN) & (marks["votes"] > 0), "contest"].astype(int))
    field = {c: _field(candidates, c, rules.parties, c in written) for c in range(len(candidates.contests))}
    if rules.multi != "majority":
        return field
    several = {c for c, contest in enumerate(candidates.contests) if contest.votes > 1 and contest.ranks == 1}
    both = ON_FIRST | ON_SECOND
    return {c: of | ON_OTHER if c in several and of & both == both else of for c, of in field.items()}


def _field(candidates: CandidateList, contest: int, parties: Sequence[str], written: bool) -> int:
    field = 0
    for line in candidates.on_ballot(contest):
        field |= _BITS[status_of(line, parties)]
    voted = {status_of(line, parties) for line in candidates.lines.get(contest, ()) if line.marks}
    return field | ON_OTHER if written or voted & {OTHER, WRITTEN} else field


def left_out_by_kind(candidates: CandidateList, offices: Offices, rules: CodingRules) -> dict[int, str]:
    """Rules S8, S9: contests of chosen offices that are left out for what they ask of the voter, with the reason."""
    reasons = {}
    for c in offices.item:
        contest = candidates.contests[c]
        if contest.ranks > 1 and rules.ranked == "drop":
            reasons[c] = "ranked"
        elif contest.votes > 1 and contest.ranks == 1 and rules.multi == "drop":
            reasons[c] = "vote for more than one"
    return reasons


def plan_of(ballots: Ballots, candidates: CandidateList, offices: Offices, rules: CodingRules) -> Plan:
    """Return the codebook: for each option of the file its item and key, and how each item is reduced."""
    left_out = left_out_by_kind(candidates, offices, rules)
    book = pd.DataFrame(_book_rows(ballots, candidates, offices, rules, left_out), columns=_COLUMNS).astype("int64")
    if len(book) and int(book["key"].max()) < 2**31:
        book["key"] = book["key"].astype("int32")
    book[["item", "allowed"]] = book[["item", "allowed"]].astype("int16")
    items = range(1 + len(offices.names))
    kept = (FIRST, SECOND) if rules.third == "drop" else (FIRST, SECOND, OTHER)
    kinds = tuple(_kind(j, candidates, offices, rules, left_out) for j in items)
    fused = {offices.item.get(c) for c in fused_contests(ballots, candidates)}
    return Plan(book, kinds, tuple(j in fused for j in items), kept)


def _book_rows(
    ballots: Ballots, candidates: CandidateList, offices: Offices, rules: CodingRules, left_out: dict[int, str]
) -> list[tuple[int, int, int, int]]:
    field = fields(ballots, candidates, rules)
    person = _person_numbers(candidates)
    line_of = {line.choice: line for lines in candidates.lines.values() for line in lines if line.choice is not None}
    rows = []
    for option, contest, choice in zip(*(ballots.options[c] for c in ("option", "contest", "choice")), strict=True):
        item = offices.item.get(contest, -1)
        if contest in left_out:
            status, number = DROPPED, 0
        elif choice in _SPECIAL:
            status, number = _SPECIAL[choice], -choice
        else:
            status, number = status_of(line_of[choice], rules.parties), person[choice]
        key = contest * SPAN + number * MARKS + field[contest] * SPREAD + status if item >= 0 else 0
        rows.append((option, item, key, candidates.contests[contest].votes))
    return rows


def _person_numbers(candidates: CandidateList) -> dict[int, int]:
    """Number the persons of each contest from _FIRST_PERSON; lines of one person share a number."""
    number: dict[int, int] = {}
    most = LINES - _FIRST_PERSON
    for c, lines in candidates.lines.items():
        persons = {name: i for i, name in enumerate(dict.fromkeys(line.person for line in lines), start=_FIRST_PERSON)}
        if len(persons) > most:
            raise InputError(
                Fault(f"{candidates.contests[c].name!r} has {len(persons)} candidates", where="contests",
                      rule=f"A contest has at most {most}",
                      remedy="Check that its choices are candidates, not voters or precincts")
            )  # fmt: skip
        number.update({line.choice: persons[line.person] for line in lines if line.choice is not None})
    return number


def _kind(item: int, candidates: CandidateList, offices: Offices, rules: CodingRules, left_out: dict[int, str]) -> str:
    contests = [candidates.contests[c] for c, j in offices.item.items() if j == item and c not in left_out]
    if any(contest.ranks > 1 for contest in contests):
        return "ranked"
    many = any(contest.votes > 1 and contest.ranks == 1 for contest in contests)
    return rules.multi if many and item > 0 else "one"


def fused_contests(ballots: Ballots, candidates: CandidateList) -> set[int]:
    """Contests where a person stands on several lines: two marks may then be one vote (fusion)."""
    options = ballots.options.loc[ballots.options["choice"] >= 0]
    keys = ["choice", "place"] if "place" in options else ["choice"]
    fused = set(options.loc[options.duplicated(keys), "contest"].astype(int))
    for c, lines in candidates.lines.items():
        persons = [line.person for line in lines if line.choice is not None]
        if len(set(persons)) < len(persons):
            fused.add(c)
    return fused
