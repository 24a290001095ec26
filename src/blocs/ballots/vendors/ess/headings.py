"""Headings of an ES&S table: which columns are contests, which slot or rank of one, and which are no contests at all.

Vote-for-N contests repeat their heading, or leave the headings behind the first blank. Ranked ones number them:
"Mayor Choice 2 (50)", "Mayor Choice 2 of 5 Citywide (226916)", "Governor 2nd Choice".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

__all__ = ["Column", "as_exported", "columns", "is_id_heading"]

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_CARDINALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_CHOICE = r"(?:choice|rank(?:ing)?|preference|rcv)"
_RANK = re.compile(
    rf"(?<![^\W_])(?:{_CHOICE}[\s_-]*(?:no\.?|number|\#)?[\s_]*(?P<number>\d{{1,2}}|{'|'.join(_CARDINALS)})"
    r"(?:\s*of\s*\d{1,2})?"
    rf"|(?P<ordinal>\d{{1,2}}(?=st|nd|rd|th)|{'|'.join(_ORDINALS)})(?:st|nd|rd|th)?[\s_-]+{_CHOICE})(?![^\W_])",
    re.IGNORECASE,
)
_CODE = re.compile(r"\s*\(\d+(?:\s*of\s*\d+)?\)\s*$")
"""A number in brackets at the end of a heading: the code of a contest, or of a rank of it, or "(1 of 3)"."""
_THINGS = (
    "absentee|adjudicated|adjudication|audit|ballot|batch|box|card|category|channel|county|cvr|date|day|device|"
    "duplicated|early|election|equipment|exception|file|image|imprint|imprinted|jurisdiction|language|location|machine|"
    "method|municipality|operator|original|page|party|poll|polling|precinct|provisional|record|remaining|reporting|"
    "counting|tabulation|remade|results|scanner|sequence|serial|session|sheet|side|site|split|spoiled|style|tabulator|"
    "time|timestamp|town|township|type|unit|village|vote|voting|ward|write-in"
)
_PARTS = (
    "cent(?:er|re)|code|count|exception|format|group|id|ids|identifier|key|mode|name|no|num|number|path|place|portion|"
    "position|report|status"
)
_ID = re.compile(rf"(?:unknown column|(?:{_THINGS})s?(?:[ _./#-]+(?:{_THINGS}|{_PARTS}|[0-9]+)s?)*\.?)", re.IGNORECASE)


class Column(NamedTuple):
    """One column of votes: its position, its contest's heading, and the rank it holds (0 when it is not ranked)."""

    position: int
    heading: str
    rank: int


def as_exported(headings: Mapping[int, str]) -> dict[int, str]:
    """Return position -> heading without what programs add where headings repeat or are blank.

    R writes "Council...5", and "...6" for a blank one, in columns 5 and 6; pandas "Council.1" behind "Council", and
    "Unnamed: 5" for column 6.

    Examples
    --------
    >>> as_exported({3: "Council", 4: "Council.1", 5: "Unnamed: 5", 6: "Measure 1.1"})
    {3: 'Council', 4: 'Council', 5: '', 6: 'Measure 1.1'}
    """
    plain: dict[int, str] = {}
    for position, heading in headings.items():
        heading = heading.removesuffix(f"...{position + 1}") if heading != f"Unnamed: {position}" else ""
        stem, dot, number = heading.rpartition(".")
        again = dot and number.isdigit() and list(plain.values()).count(stem) == int(number) > 0
        plain[position] = stem if again else heading
    return plain


def columns(headings: Mapping[int, str], alone: str) -> list[Column]:
    """Return the vote columns of position -> heading; `alone` names a contest that only has numbered choices."""
    parted = {position: _parted(heading) for position, heading in headings.items()}
    ranks = _ranks(parted.values())
    votes: list[Column] = []
    for position, heading in headings.items():
        contest, rank = parted[position]
        if rank and len(ranks[contest]) > 1:
            votes.append(Column(position, contest or alone, rank))
        elif heading:
            votes.append(Column(position, heading, 0))
        elif votes and not votes[-1].rank:  # a blank heading: one more vote in the contest to its left
            votes.append(Column(position, votes[-1].heading, 0))
    return votes


def is_id_heading(heading: str) -> bool:
    """Say whether a heading names something of a ballot that is no contest: "Tabulator CVR", "Batch", "Audit Number".

    Examples
    --------
    >>> is_id_heading("Tabulator CVR"), is_id_heading("Ballot Status"), is_id_heading("County Clerk")
    (True, True, False)
    """
    return _ID.fullmatch(heading) is not None


def _parted(heading: str) -> tuple[str, int]:
    """Return the contest and the rank in a heading, 0 without one."""
    ranked = _RANK.search(heading)
    if ranked is None:
        return heading, 0
    number = (ranked.group("number") or ranked.group("ordinal")).casefold()
    words = _ORDINALS if ranked.group("ordinal") else _CARDINALS
    rank = int(number) if number.isdigit() else words.index(number) + 1
    contest = f"{heading[: ranked.start()].rstrip(' ,:_-')} {_CODE.sub('', heading[ranked.end() :]).strip(' ,:_-')}"
    return contest.strip(), rank


def _ranks(parted: Iterable[tuple[str, int]]) -> Mapping[str, set[int]]:
    """Return contest -> the ranks that headings give it."""
    ranks: dict[str, set[int]] = defaultdict(set)
    for contest, rank in parted:
        if rank:
            ranks[contest].add(rank)
    return ranks
