"""Columns of an ES&S table: which contest, slot or rank a heading means, and which party a cell names.

Vote-for-N contests repeat their heading, or leave the headings behind the first blank; ranked ones number them
("Mayor Choice 2 (50)"). A cell may name the party before the name, behind it or in parentheses.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ...party_names import PARTY_CODES

__all__ = ["Column", "affix", "columns", "learned_affixes", "parted"]

_RANK = re.compile(r"^(?:(.*\S)\s+)?Choice (\d{1,3})(?:\s*\(\d+\))?$", re.IGNORECASE)
_PREFIX = re.compile(r"^([A-Z]{1,4})[ :-]+(?=\S)")
_BEHIND = re.compile(r"(?:\s*\(([A-Za-z]{1,4})\)|\s+-\s*([A-Z]{1,4})|\s+([A-Z]{3}))$")


class Column(NamedTuple):
    """One column of votes: its position, its contest's heading, and the rank it holds (0 when it is not ranked)."""

    position: int
    heading: str
    rank: int


def columns(headings: list[str], first: int, alone: str) -> list[Column]:
    """Return the vote columns behind position `first`; `alone` names a contest that only has numbered choices."""
    ranks = _ranks(headings[first:])
    votes: list[Column] = []
    for position, heading in enumerate(headings[first:], first):
        ranked = _RANK.match(heading)
        if ranked and len(ranks[ranked.group(1) or ""]) > 1:
            votes.append(Column(position, ranked.group(1) or alone, int(ranked.group(2))))
        elif heading:
            votes.append(Column(position, heading, 0))
        elif votes and not votes[-1].rank:  # a blank heading: one more vote in the contest to its left
            votes.append(Column(position, votes[-1].heading, 0))
    return votes


def _ranks(headings: Iterable[str]) -> dict[str, set[int]]:
    """Return contest -> the ranks that headings give it."""
    ranks: dict[str, set[int]] = defaultdict(set)
    for heading in headings:
        if ranked := _RANK.match(heading):
            ranks[ranked.group(1) or ""].add(int(ranked.group(2)))
    return ranks


def affix(cell: str) -> str:
    """Return the capitals that a cell begins with, "" where it begins otherwise."""
    prefix = _PREFIX.match(cell)
    return prefix.group(1) if prefix else ""


def learned_affixes(cells: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the prefixes that mean parties: those of _CODES, and those before names of at least two contests.

    cells: (contest, cell) of all distinct cells. "JB Smith" in one contest is a name, "WOR Ann Lee" in two is a party.
    """
    contests: dict[str, set[str]] = defaultdict(set)
    for contest, cell in cells:
        contests[affix(cell)].add(contest)
    return frozenset(code for code, seen in contests.items() if code and (code in PARTY_CODES or len(seen) > 1))


def parted(cell: str, prefixes: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """Split a cell into the name and its party, () where it names none."""
    code = affix(cell)
    front = _PREFIX.match(cell)
    if front and code in prefixes:
        return cell[front.end() :], (code,)
    behind = _BEHIND.search(cell)
    party = next((group for group in behind.groups() if group), "") if behind else ""
    if behind and behind.start() and (party.upper() in PARTY_CODES or party.upper() in ("D", "R", "L", "G", "I")):
        return cell[: behind.start()], (party.upper(),)
    return cell, ()
