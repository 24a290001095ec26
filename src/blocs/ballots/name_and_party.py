"""Parties out of candidates' names: "DEM Ann Lee", "ANN LEE (DEM)", "Ann Lee (I) (Rep)", "Ann Lee - REP".

Only known words are parties (see `party_names.PARTIES`): capitals before a name may be a first name ("JOHN SMITH
(DEM)") or an answer to a question ("FOR THE TAX LEVY").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from .party_names import PARTY_CODES, is_party_word

__all__ = ["name_and_parties", "uses_letters"]

_BEFORE = re.compile(r"^([A-Z]{2,4})(?:\s*[:-]\s*|\s+)(?=\S)")
_BRACKETS = re.compile(r"\s*\(([^()]{1,40})\)\s*$")
_BEHIND = re.compile(r"(?:\s+-\s*([A-Za-z]{1,12})|\s*[,-]\s*([A-Z]{3})|\s+([A-Z]{3}))$")
_INCUMBENT = re.compile(r"^(?:i|inc|incumbent|\*)\.?$", re.IGNORECASE)
_LETTERS = frozenset("DRLG")


def uses_letters(cells: Iterable[str]) -> bool:
    """Say whether the parties of a contest are written as letters, "(D)" and "(R)", so that "(I)" is a party too."""
    brackets = (_BRACKETS.search(cell) for cell in cells)
    return any(found.group(1).strip() in _LETTERS for found in brackets if found)


@lru_cache(maxsize=1 << 14)
def name_and_parties(text: str, *, letters: bool = False) -> tuple[str, tuple[str, ...]]:
    """Split what stands in place of a name into the name and its party, () where it names none.

    letters: whether "(I)" means independent, and not incumbent.

    Examples
    --------
    >>> name_and_parties("DEM Ann Lee"), name_and_parties("BRIAN KEMP (I) (Rep)")
    (('Ann Lee', ('DEM',)), ('BRIAN KEMP', ('REP',)))
    >>> name_and_parties("JOHN SMITH (DEM)"), name_and_parties("FOR THE TAX LEVY")
    (('JOHN SMITH', ('DEM',)), ('FOR THE TAX LEVY', ()))
    """
    name, party = _without_brackets(text, letters)
    if party:
        return name, (party,)
    before = _BEFORE.match(text)
    if before and before.group(1) in PARTY_CODES:
        return text[before.end() :], (before.group(1),)
    behind = _BEHIND.search(text)
    word = next((group for group in behind.groups() if group), "") if behind else ""
    if behind and behind.start() and (word.upper() in PARTY_CODES or is_party_word(word)):
        return text[: behind.start()], (word.upper(),)
    return text, ()


def _without_brackets(text: str, letters: bool) -> tuple[str, str]:
    """Take a party in brackets, and the mark of an incumbent beside it, from the end of a name."""
    name, party = text, ""
    for _ in range(2):
        found = _BRACKETS.search(name)
        if found is None or not found.start():
            break
        word = found.group(1).strip()
        if not party and is_party_word(word) and (letters or word.upper() != "I"):
            name, party = name[: found.start()], word.upper()
        elif _INCUMBENT.match(word):
            name = name[: found.start()]
        else:
            break
    return (name, party) if party else (text, "")
