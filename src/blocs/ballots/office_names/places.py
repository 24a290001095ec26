"""Where in a name its district, its seat, its term and the words "vote for" stand.

All wordings are patterns over the words of `words.tokens_of`, joined by blanks. A pattern finds a *part*: the words it
stands on, which the own words of a county lose, and what they say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..vote_limits import AT_MOST, BEHIND, ORDERS, TO_BE_ELECTED, VOTE_FOR
from .numbers import NUMBER, plain_number
from .other_offices import JUDGES, NUMBERED
from .words import Token

__all__ = ["AT_LARGE", "SPECIAL", "Part", "compass_district", "fallback_number", "first", "found_districts",
           "found_lengths", "found_number", "found_seats", "found_terms", "found_votes", "named_district",
           "without_number"]  # fmt: skip

AT_LARGE = "at large"
SPECIAL = "special"

_OF_A_NAME = "area|zone|region"
"""Areas that stay within the name of a body: "Health Region 4 Director", and not "School Director, Region 4"."""
_AREA = f"district|subdistrict|ward|precinct|circuit|{_OF_A_NAME}"
_KIND = (
    "us|state|congress|senate|representative|house|assembly|genassembly|legislature|legislative|delegate|judicial|"
    "electoral|election|council|councilmanic|commission|commissioner|supervisor|supervisorial|magisterial|educational|"
    "aldermanic|appellate|supreme court|court of appeals|conservation"
)
"""Words between a number and "district": "32nd senate district"."""
_ADJECTIVE = "congress|legislative|judicial|appellate|councilmanic|supervisorial|magisterial|aldermanic|electoral"
"""Words before "district" and a number that are of the district alone: "Council, Councilmanic District 4"."""
_ROMAN = "[ivx]{2,}"
_NUMBER_WORD = r"(?:no |number |num )?"
_OF_SEAT = "seat|position|place|division|department"

_AREA_AND_NUMBER = re.compile(
    rf"\b(?:(?:{_ADJECTIVE}) )?(?:(?P<of_name>{_OF_A_NAME})|{_AREA}) "
    rf"{_NUMBER_WORD}(?P<number>{NUMBER}|{_ROMAN}|[a-z])\b"
    rf"(?! (?:year|yr)s?\b)(?:(?<!th)|(?! (?:{_OF_SEAT})\b))(?P<letter>(?: subdistrict)? [abc]$)?"
)
_NUMBER_AND_AREA = re.compile(
    rf"\b(?P<number>\d+th(?=(?: (?:{_KIND}))* (?:{_AREA}))|{NUMBER}(?=(?: (?:{_KIND}))* (?:district|circuit)))"
    rf"(?: (?:{_KIND}))* (?:(?P<of_name>{_OF_A_NAME})|{_AREA})\b(?! court\b)"
)
_NUMBER_NAME_DISTRICT = re.compile(r"\b(\d+th)((?: [a-z]+){1,6}) district\b")
_NUMBER_NAME = re.compile(r"\b(\d+th)((?: (?!district\b)[a-z]+){1,6})$")
_NAME_DISTRICT = re.compile(r"(?:^| )([a-z]+(?: [a-z]+){0,6}) district\b(?! of\b)")
_KIND_OF_DISTRICT = re.compile(r" (?:senate|representative|house|assembly|delegate|legislative)$")
_COMPASS_DISTRICT = re.compile(r"\b(eastern|western|northern|southern|central) (?:congress )?district\b")
_COMPASS = frozenset({"east", "north", "south", "west"})
"""Words of the names of states that may stand behind the name of a place: "Chittenden-North"."""
_NAME_NUMBER = re.compile(
    rf"\b((?:[a-z]+ )+)(?:district )?{_NUMBER_WORD}(\d+(?:-\d+)+|\d+[a-z]?(?: \d+[a-z]?)*)\b(?! (?:year|yr)s?\b)"
)

_SEAT = re.compile(
    rf"\b(?:(?:seat|position|place|post|group|division|div|slot|department|dept|branch) {_NUMBER_WORD}"
    rf"|office (?:no |number )|(?<=\d )office )(\d+|{_ROMAN}|[a-z])\b"
)
_NUMBERED_SEAT = re.compile(rf"\b(\d+)th (?:{_OF_SEAT})\b(?! \d)")
_AT_THE_END = rf"(?P<cut>{_NUMBER_WORD}(?P<number>{NUMBER}))$"
_BEHIND_A_BODY = re.compile(rf"\b(?:(?:{'|'.join(sorted(NUMBERED))})(?: members?)?|board of [a-z]+) {_AT_THE_END}")
_BEHIND_A_COURT = re.compile(rf"\b(?:{'|'.join(sorted(JUDGES))})\b(?: .*?)? {_AT_THE_END}")
_NEIGHBORHOOD = re.compile(
    r"(?:(?<=\banc )|(?<=\bcommission )|(?<=\bcommissioner )|(?<=\bsmd ))"
    r"(?P<number>(?:\d )?\d[a-z]\d\d)(?: smd)?$"
)
"""The district of a neighborhood commissioner: one or two wards, letter of the commission, number. "Prop 2B11" has
none."""
_OF_A_NUMBER = re.compile(rf"{NUMBER}|{_ROMAN}|[a-z]|no|number|num")
_AT_LARGE = re.compile(r"\batlarge\b")
_YEARS = r"\d+ (?:years?|yrs?)"
_TERM = re.compile(
    rf"\b(?:for (?:a |an |the )?)?(?:{_YEARS} )?(?:unexpired|unexp|partial|short)(?: {_YEARS})?(?: term)?\b"
    r"|\bspecial (?:election|term)\b|\b(?:to fill|fill|filling) (?:a |an |the )?vacancy\b|\bvacancy\b|\bspecial$"
    r"|^special\b(?= (?:us|state|senate|house|assembly|congress)\b)"
)
_LENGTH = re.compile(rf"\b(?:for (?:a |an |the )?)?{_YEARS}(?: (?:full |regular )?term)?\b|\b(?:full|regular) term\b")
_VOTES = re.compile(
    rf"\b(?:please )?(?:{VOTE_FOR}|{ORDERS})(?: (?:{AT_MOST}))* \d+(?: (?:{BEHIND}))*\b|\b\d+ {TO_BE_ELECTED}\b"
)
_CONGRESS_NUMBER = re.compile(r"\b1\d\dth(?: us)? congress\b")
_TERM_BEGINS = re.compile(r"\b(?:term|terms|ending|expires|expiring)\b.*$")
_DATED = re.compile(
    r"\b(?:term|terms|commencing|commences|beginning|begins|starting|starts|ending|ends|expires|expiring)\b"
    r"|\d \d+$|\b(?:19|20)\d\d$"
)
"""Words of a term, and numbers of a date: what ends such a name is no district and no seat."""
_NO_DISTRICT = re.compile(r"\b\d+ (?:year|yr|years|yrs)\b|\b(?:19|20)\d\d\b")


class Part(NamedTuple):
    """A part of a name: first and last token + 1, and what it says."""

    begin: int
    end: int
    value: str = ""


class _Joined(NamedTuple):
    """Words joined by blanks, and where each begins."""

    text: str
    starts: tuple[int, ...]

    def part(self, match: re.Match[str], value: str = "", group: int | str = 0) -> Part:
        begin = sum(start <= match.start(group) for start in self.starts) - 1
        return Part(max(begin, 0), sum(start < match.end(group) for start in self.starts), value)


def _joined(tokens: Sequence[Token]) -> _Joined:
    starts, at = [], 0
    for token in tokens:
        starts.append(at)
        at += len(token.word) + 1
    return _Joined(" ".join(token.word for token in tokens), tuple(starts))


def found_districts(tokens: Sequence[Token]) -> list[Part]:
    """Return the districts that are named by a number or a letter: "District 4", "32nd Senate District", "Ward B"."""
    words = _joined(tokens)
    parts = [
        words.part(match, plain_number(match["number"]) + (match["letter"] or "")[-1:].upper(), _cut(match))
        for match in _AREA_AND_NUMBER.finditer(words.text)
    ]
    numbered = [
        words.part(match, plain_number(match["number"]), _cut(match)) for match in _NUMBER_AND_AREA.finditer(words.text)
    ]
    if numbered and all(part.value.isalpha() and len(part.value) == 1 for part in parts):
        parts = []  # the letter is a party: "State Senator (7th District) (R)"
    neighborhood = _NEIGHBORHOOD.search(words.text) if not (parts or numbered) else None
    return parts or numbered or ([words.part(neighborhood, neighborhood["number"].upper())] if neighborhood else [])


def _cut(match: re.Match[str]) -> int | str:
    """Return the group of a pattern that is taken out of a name: the number alone where its area stands within it."""
    within = match.start() > 0 and match.end() < len(match.string)
    return "number" if match["of_name"] and within else 0


def found_seats(tokens: Sequence[Token]) -> list[Part]:
    """Return the seats of a district or body: "Position 2", "Seat A", "Office No. 5", "At Large"."""
    words = _joined(tokens)
    parts = [words.part(match, plain_number(match[1]).lstrip("0")) for match in _SEAT.finditer(words.text)]
    parts += [words.part(match, match[1]) for match in _NUMBERED_SEAT.finditer(words.text)]
    return parts + [words.part(match, AT_LARGE) for match in _AT_LARGE.finditer(words.text)]


def found_number(tokens: Sequence[Token], districts: Sequence[str]) -> tuple[list[Part], list[Part]]:
    """Return the number that ends the name of a body or a court, as that of a district and as that of a seat.

    Courts number seats ("Supreme Court 4"), bodies districts ("School Board 04"), or seats of `districts` that were
    read before. No other name is parted so: a number alone may be that of a question or of a school district. Nor is
    a date: "Justice of the Supreme Court, Full Term Commencing 1/2/2015".
    """
    words = _joined(tokens)
    court, body = _BEHIND_A_COURT.search(words.text), _BEHIND_A_BODY.search(words.text)
    found = court or body
    if not found or _DATED.search(words.text):
        return [], []
    number = [words.part(found, plain_number(found["number"]), "cut")]
    return ([], number) if court or districts else (number, [])


def without_number(tokens: Sequence[Token], parts: Sequence[Part]) -> list[Part]:
    """Return the parts that are numbers within `parts`, so that "Legislative District No. 31" leaves its words."""
    inside = sorted({i for part in parts for i in range(part.begin, part.end)})
    return [Part(i, i + 1) for i in inside if _OF_A_NUMBER.fullmatch(tokens[i].word)]


def found_terms(tokens: Sequence[Token]) -> list[Part]:
    """Return the words that say that a term is not a whole one: special, unexpired, partial, to fill a vacancy."""
    words = _joined(tokens)
    return [words.part(match, SPECIAL) for match in _TERM.finditer(words.text)]


def found_lengths(tokens: Sequence[Token]) -> list[Part]:
    """Return the words that say how long a whole term is: "4 year term"."""
    words = _joined(tokens)
    return [words.part(match) for match in _LENGTH.finditer(words.text)]


def found_votes(tokens: Sequence[Token]) -> list[Part]:
    """Return the words that say how many names may be marked: "Vote for 1", "Select up to two"."""
    words = _joined(tokens)
    return [words.part(match) for match in _VOTES.finditer(words.text)]


def first(parts: Sequence[Part]) -> str:
    """Return what the first part says, "" without any."""
    return parts[0].value if parts else ""


def fallback_number(tokens: Sequence[Token]) -> str:
    """Return the number of a legislative district that no word announces: "State Representative - 11th", "Assembly 5".

    An ordinal counts before a plain number, to which a letter behind it belongs ("State Rep 5-A"). Numbers of
    Congresses, years and what follows the word "term" never count.
    """
    text = _CONGRESS_NUMBER.sub("", _joined(tokens).text)
    text = _NO_DISTRICT.sub("", _TERM_BEGINS.sub("", text)).rstrip()
    ordinal = re.search(r"\b\d{1,3}th\b", text)
    number = ordinal or re.search(r"\b\d{1,3}(?:[a-z]| [abc]$)?\b", text)
    return plain_number(number[0].replace(" ", "")) if number else ""


def named_district(tokens: Sequence[Token], known: frozenset[str]) -> str:
    """Return the district that has a name besides, or in place of, a number; "" without a name.

    "First Middlesex District" is "1 MIDDLESEX", "Hillsborough County District 12" and "Hillsborough 12" are
    "HILLSBOROUGH 12", "Cape and Islands District" is "CAPE ISLANDS", "State Senator Addison" is "ADDISON".

    known: words that belong to the office and to no place.
    """
    text = _TERM_BEGINS.sub("", _joined(tokens).text).strip()
    ordinal = _NUMBER_NAME_DISTRICT.search(text) or _NUMBER_NAME.search(text)
    if ordinal and (name := _place(ordinal[2], known)):
        return f"{plain_number(ordinal[1])} {name}"
    numbered = _NAME_NUMBER.search(text)
    if numbered and (name := _place(numbered[1], known)):
        return f"{name} {numbered[2].upper()}"
    district = _NAME_DISTRICT.search(text)
    if district:
        return _place(_KIND_OF_DISTRICT.sub("", district[1]), known)
    return "" if re.search(r"\d", text) else _place(text, known)


def compass_district(tokens: Sequence[Token]) -> str:
    """Return the district that is named after a part of the state, as Montana's of Congress; "" without one."""
    district = _COMPASS_DISTRICT.search(_joined(tokens).text)
    return district[1].upper() if district else ""


def _place(words: str, known: frozenset[str]) -> str:
    """Return the words at the end that belong to no office, as the name of a place."""
    name_words = words.split()
    while name_words and name_words[-1] in ("district", "ward", "county", "no", "number"):
        name_words.pop()
    place: list[str] = []
    for word in name_words:
        if word != "and":  # which others write "&"
            ends = (word in known and not (place and word in _COMPASS)) or len(word) == 1
            place = [] if ends else [*place, word]
    return " ".join(place).upper()
