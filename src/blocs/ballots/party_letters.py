"""Parties as letters beside names: "D Ann Lee", "R - Bob Ray", "Ann Lee, D", "Ann Lee/R".

A letter may be an initial ("R Bob Ray", "Lee, D", "Smith John D"). It is a party only where every name of a contest has
a letter or a code on the same side and in the same way, and both D and R are among them. Beside known codes, capitals
before a name in small letters are a code too, if of a party that nobody knows: "GLC Cy Fox" beside "DFL Ann Lee".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .party_names import party_name

__all__ = ["LETTERED", "is_bare", "lettered", "without_letter"]

_PARTIES = frozenset("DRLG")
LETTERED = {
    "dash before": re.compile(r"^(?P<letter>[A-Z])\s*[:–—-]\s+(?=\S)"),
    "dash behind": re.compile(r"\s[–—-]\s*(?P<letter>[A-Z])$"),
    "blank before": re.compile(r"^(?P<letter>[A-Za-z])\s+(?=[^\W\d_]\S*\s+\S)"),
    "comma behind": re.compile(r"(?<=\S)\s*,\s*(?P<letter>[A-Z])$"),
    "slash behind": re.compile(r"(?<=\S)\s*/\s*(?P<letter>[A-Z])$"),
    "blank behind": re.compile(r"\s+(?P<letter>[A-Z])$"),
}
"""How a letter stands beside a name -> the pattern. Without a mark two words at least are left."""
_OF_LAST_NAMES = frozenset(
    {"da", "de", "del", "della", "der", "di", "du", "el", "ii", "iii", "iv", "jr", "la", "las", "le", "los", "mac",
     "mc", "san", "santa", "sr", "st", "van", "von"}
)  # fmt: skip
"""Words that stand beside the last name of a person, so that "Van Dam, D" and "Lee Jr, R" have initials."""


_OF_NOBODY_KNOWN = re.compile(r"^[A-Z]{2,4}\s+(?=[A-Z][a-z])")


def is_bare(way: str) -> bool:
    """Say whether letters that stand beside names so may be initials as well: without a dash."""
    return way in LETTERED and not way.startswith("dash")


def lettered(names: Iterable[str], code_of: Callable[[str], str]) -> str:
    """Return how the names of a contest carry parties as letters, one of LETTERED; "" where they do not.

    code_of: the code of a party that stands beside a name, "" without one.
    """
    names = list(names)
    return next((way for way in LETTERED if _all_have_one(names, way, code_of)), "")


def _all_have_one(names: Iterable[str], way: str, code_of: Callable[[str], str]) -> bool:
    letters, of_codes, unknown = set[str](), set[str](), False
    for name in names:
        if code := code_of(name):
            of_codes.add(_letter_of(code))
        elif (found := LETTERED[way].search(name)) and _leaves_a_name(name, found, way):
            letters.add(found["letter"].upper())
        elif way != "blank before" or not _OF_NOBODY_KNOWN.match(name):
            return False
        else:
            unknown = True
    if unknown and not of_codes:
        return False
    if way == "blank behind" and not of_codes:  # which may all be second names
        return False
    bare = is_bare(way) and letters & of_codes  # "R Bob Ray" beside "REP Ann Lee"
    return bool(letters) and not bare and {"D", "R"} <= letters | of_codes and letters <= _PARTIES | {"I"}


def _letter_of(code: str) -> str:
    letter = party_name(code)[:1]
    return letter if letter in _PARTIES else "I"


def _leaves_a_name(name: str, found: re.Match[str], way: str) -> bool:
    """Say whether more than a last name is left, behind whose comma a letter is an initial: "Lee, R"."""
    words = re.findall(r"[^\W_]+", name[: found.start()].casefold())
    return "comma" not in way or len([word for word in words if word not in _OF_LAST_NAMES]) > 1


def without_letter(text: str, way: str) -> tuple[str, str]:
    """Return a name without the letter beside it, and the letter; "" where it has none."""
    found = LETTERED[way].search(text)
    if found is None:
        return text, ""
    return (text[: found.start()] if way.endswith("behind") else text[found.end() :]), found["letter"].upper()
