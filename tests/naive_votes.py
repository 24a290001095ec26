"""Valid votes in plain loops, written from the text of the rules S1, S8 and S9 alone.

A ballot in a contest is a list of (who, rank): the name of a person, or one of the words below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

UNDERVOTE, OVERVOTE, WRITE_IN, UNREADABLE = "(undervote)", "(overvote)", "(write-in)", "(not readable)"


class Ballot(NamedTuple):
    """The votes of a ballot in one contest, the word for why it has none, and whether they come from a later rank."""

    votes: list[str]
    none: str = ""
    later: bool = False


def judge(marks: list[tuple[str, int]], allowed: int = 1, ranked: bool = False, fused: bool = False) -> Ballot:
    """Return what one ballot says in one contest. fused: two marks for one person are one vote."""
    real = [(who, rank) for who, rank in marks if who != UNDERVOTE]
    if ranked and real:
        first = min(rank for _, rank in real)
        named = {who for who, rank in real if rank == first}
        if UNREADABLE in named:
            return Ballot([], UNREADABLE)
        if OVERVOTE in named or len(named) > 1:
            return Ballot([], OVERVOTE)
        return Ballot(list(named), later=first > 1)
    names = [who for who, _ in real]
    if UNREADABLE in names:
        return Ballot([], UNREADABLE)
    if not names:
        return Ballot([], UNDERVOTE)
    persons = names
    if fused or allowed > 1:  # of several votes each write-in is one, since it may be for another person
        written = [name for name in names if name == WRITE_IN][: allowed if allowed == 1 else None]
        persons = [*dict.fromkeys(name for name in names if name != WRITE_IN), *written]
    if OVERVOTE in names or len(persons) > allowed:
        return Ballot([], OVERVOTE)
    return Ballot(persons)


def totals(ballots: Iterable[list[tuple[str, int]]], allowed: int = 1, ranked: bool = False,
           fused: bool = False) -> tuple[Counter[str], int, int]:  # fmt: skip
    """Return votes by name and ballots by the reason for none, the ballots, and the votes of later ranks."""
    count, number, later = Counter[str](), 0, 0
    for marks in ballots:
        ballot = judge(marks, allowed, ranked, fused)
        number += 1
        later += len(ballot.votes) * ballot.later
        count.update([ballot.none] if ballot.none else ballot.votes)
    return count, number, later
