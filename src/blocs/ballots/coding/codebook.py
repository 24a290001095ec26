"""Codebook: every option found in the file, with the item it belongs to and the mark it means (rules S6-S9)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ...core.errors import Fault, InputError, counted
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
    UNSEEN,
    WRITTEN,
)  # fmt: skip
from ..pivot.reduce import LINES, SPAN
from .candidates import Roster, Runner
from .offices import Choice

__all__ = ["Rules", "fields", "left_out_by_kind", "plan_of", "refuse_wrong_table"]

_SPECIAL = {UNDER: UNDERVOTED, OVER: OVERVOTED, WRITE_IN: WRITTEN, INVALID: UNSEEN}


@dataclass(frozen=True)
class Rules:
    """The choices of a coding that decide what a mark means; see `code`."""

    parties: tuple[str, str]
    multi: str
    ranked: str
    third: str


def status_of(runner: Runner, parties: tuple[str, str]) -> int:
    """Rule S7: the side a choice is on; a write-in is on neither, whatever its party."""
    if not runner.printed:
        return WRITTEN
    first, second = (party in runner.parties for party in parties)
    return BOTH if first and second else FIRST if first else SECOND if second else OTHER


def fields(ballots: Ballots, roster: Roster, parties: tuple[str, str]) -> dict[int, int]:
    """Rule S6: contest -> who was on the ballot, as sets of parties pooled over the whole contest.

    A candidate of neither party, or any vote for one or for a write-in, puts "other" on the menu.
    """
    bits = {FIRST: ON_FIRST, SECOND: ON_SECOND, BOTH: ON_BOTH, OTHER: ON_OTHER}
    found = dict.fromkeys(range(len(roster.contests)), 0)
    for c in found:
        for runner in roster.standing(c):
            found[c] |= bits[status_of(runner, parties)]
        if any(r.votes and status_of(r, parties) in (OTHER, WRITTEN) for r in roster.runners.get(c, ())):
            found[c] |= ON_OTHER
    marks = ballots.options
    for c in marks.loc[(marks["choice"] == WRITE_IN) & (marks["votes"] > 0), "contest"].unique():
        found[int(c)] |= ON_OTHER
    return found


def refuse_wrong_table(roster: Roster, parties: tuple[str, str]) -> None:
    """Rule S7: a vote for one of the two parties where the table has nobody of that party means a wrong table."""
    faults = []
    for c in sorted(roster.covered):
        standing = roster.parties(c)
        for runner in roster.runners[c]:
            gone = [p for p in parties if p in runner.parties and p not in standing]
            if runner.votes and runner.printed and gone:
                faults.append(
                    Fault(
                        f"{runner.name!r} of {gone[0]} has {counted(runner.votes, 'vote')} in "
                        f"{roster.contests[c].name!r}, where the table has no candidate of {gone[0]}",
                        where="candidate table",
                        rule="A vote for a party that is not on the ballot means a wrong candidate table",
                        remedy="Add the candidate to the table, or correct the party",
                    )
                )
    if faults:
        raise InputError(*faults)


def left_out_by_kind(roster: Roster, choice: Choice, rules: Rules) -> dict[int, str]:
    """Rules S8, S9: contests of chosen offices that are left out for what they ask of the voter, with the reason."""
    reasons = {}
    for c in choice.item:
        contest = roster.contests[c]
        if contest.ranks > 1 and rules.ranked == "drop":
            reasons[c] = "ranked"
        elif contest.votes > 1 and contest.ranks == 1 and rules.multi == "drop":
            reasons[c] = "vote for more than one"
    return reasons


def plan_of(ballots: Ballots, roster: Roster, choice: Choice, rules: Rules) -> Plan:
    """Return the codebook: for each option found its item and key, and how each item is reduced."""
    field = fields(ballots, roster, rules.parties)
    dropped = left_out_by_kind(roster, choice, rules)
    person = _numbered(roster)
    runner_of = {r.choice: r for runners in roster.runners.values() for r in runners if r.choice is not None}
    rows = []
    for option, contest, mark in zip(*(ballots.options[c] for c in ("option", "contest", "choice")), strict=True):
        item = choice.item.get(contest, -1)
        if contest in dropped:
            status, line = DROPPED, 0
        elif mark in _SPECIAL:
            status, line = _SPECIAL[mark], -mark
        else:
            status, line = status_of(runner_of[mark], rules.parties), person[mark]
        key = contest * SPAN + line * MARKS + field[contest] * SPREAD + status if item >= 0 else 0
        rows.append((option, item, key, roster.contests[contest].votes))
    book = pd.DataFrame(rows, columns=["option", "item", "key", "allowed"]).astype("int64")
    if len(book) and int(book["key"].max()) < 2**31:
        book["key"] = book["key"].astype("int32")
    book[["item", "allowed"]] = book[["item", "allowed"]].astype("int16")
    items = range(1 + len(choice.offices))
    kept = (FIRST, SECOND) if rules.third == "drop" else (FIRST, SECOND, OTHER)
    kinds = tuple(_kind(j, roster, choice, rules, dropped) for j in items)
    fused = {choice.item.get(c) for c in _fused(ballots, roster)}
    return Plan(book, kinds, tuple(j in fused for j in items), kept)


def _numbered(roster: Roster) -> dict[int, int]:
    """Number the persons of each contest from 8; lines of one person share a number."""
    number: dict[int, int] = {}
    for c, runners in roster.runners.items():
        persons = {name: i for i, name in enumerate(dict.fromkeys(r.person for r in runners), start=8)}
        if len(persons) + 8 > LINES:
            raise InputError(
                Fault(f"{roster.contests[c].name!r} has {len(persons)} candidates", where="contests",
                      rule=f"A contest has at most {LINES - 8}",
                      remedy="Check that its choices are candidates, not voters or precincts")
            )  # fmt: skip
        number.update({r.choice: persons[r.person] for r in runners if r.choice is not None})
    return number


def _kind(item: int, roster: Roster, choice: Choice, rules: Rules, dropped: dict[int, str]) -> str:
    contests = [roster.contests[c] for c, j in choice.item.items() if j == item and c not in dropped]
    ranked = {contest.ranks > 1 for contest in contests}
    many = any(contest.votes > 1 and contest.ranks == 1 for contest in contests)
    if True in ranked:
        return "ranked"
    return rules.multi if many and item > 0 else "one"


def _fused(ballots: Ballots, roster: Roster) -> set[int]:
    """Contests where a person stands on several lines: two marks may then be one vote (fusion)."""
    lines = ballots.options.loc[ballots.options["choice"] >= 0]
    keys = ["choice", "place"] if "place" in lines else ["choice"]
    found = set(lines.loc[lines.duplicated(keys), "contest"].astype(int))
    for c, runners in roster.runners.items():
        persons = [r.person for r in runners if r.choice is not None]
        if len(set(persons)) < len(persons):
            found.add(c)
    return found
