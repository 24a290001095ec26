"""The six offices that everybody has, by the words that counties use for them.

A *strong* wording names the body ("State Senator", "Representative in Congress"): further words do not matter. A *weak*
one ("Senate District 5", "Assembly 3", "President") counts only if no other word stands beside it, so that a borough's
assembly and the president of a council keep their own names.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..party_names import PARTIES, party_name
from .numbers import plain_number
from .other_offices import NOT_STANDARD
from .words import CHAMBERS

__all__ = ["FILLERS", "LEGISLATURE", "LEGISLATURES", "STANDARD", "is_legislature", "is_party", "standard_office"]

PRESIDENT, US_SENATE, US_HOUSE = "US PRESIDENT", "US SENATE", "US HOUSE"
GOVERNOR, STATE_SENATE, STATE_HOUSE = "GOVERNOR", "STATE SENATE", "STATE HOUSE"
STANDARD = (PRESIDENT, US_SENATE, US_HOUSE, GOVERNOR, STATE_SENATE, STATE_HOUSE)
"""Names of the offices that everybody has, as the long layout has them."""
LEGISLATURES = frozenset({US_HOUSE, STATE_SENATE, STATE_HOUSE})
"""Offices that are elected by districts."""
LEGISLATURE = "LEGISLATURE"
"""What an office is called whose name says a legislative district and no chamber: "Legislative District 31". Some
states elect both chambers by the same districts, and some counties a legislature of their own, so that it is none of
STANDARD; the user's table of candidates may say which one it is."""

FILLERS = frozenset(
    {
        "a", "al", "an", "and", "another", "any", "atlarge", "ballot", "by", "candidate", "candidates", "contest",
        "countywide", "dc", "de", "del", "el", "election", "federal", "for", "full", "general", "in", "la", "las",
        "los", "member", "members", "miembro", "no", "number", "of", "office", "offices", "on", "only", "or",
        "partisan", "por", "race", "regular", "statewide", "term", "the", "to", "y",
    }
)  # fmt: skip
"""Words that say nothing of an office."""
_MOST_US_DISTRICTS = 60
"""No state has so many seats in the House of Representatives of the United States."""


def standard_office(words: Sequence[str], district: str) -> str:
    """Return which of STANDARD a name means, "" if none; `words` in their one spelling, `district` as it was read."""
    present = set(words)
    if present & (NOT_STANDARD - {"ward"}) or ("ward" in present and not _of_state(words)):
        return ""
    alone = not any(_is_content(word) for word in present)
    if "president" in present or "presidential" in present:
        of_chamber = present & (CHAMBERS - {"representative"})  # "Vice President of the Senate" is another office
        strong = present & {"us", "elector", "presidential"} or ("vice" in present and not of_chamber)
        return PRESIDENT if "delegate" not in present and (strong or (alone and not of_chamber)) else ""
    if _without_lieutenant(words) & {"governor"}:
        return GOVERNOR
    of_state = bool(present & {"state", "legislature", "genassembly", "legislative"})
    if "senate" in present:
        return _senate(words, of_state, alone, district)
    if "congress" in present or (present & {"us", "federal"} and present & CHAMBERS):
        return US_HOUSE if "delegate" not in present or "house" in present or (alone and not district) else ""
    if of_state and present & (CHAMBERS - {"legislature"}):
        return STATE_HOUSE
    return _by_chamber_alone(words, district) if alone else ""


def is_legislature(words: Sequence[str]) -> bool:
    """Say whether a name says a legislative district, and neither a chamber nor anything else."""
    named = {word for word in words if _is_content(word) or word in _OF_OFFICES}
    return bool(named & _LEGISLATIVE) and named <= _LEGISLATIVE | {"district", "state"}


_LEGISLATIVE = frozenset({"legislative", "legislator"})


def _senate(words: Sequence[str], of_state: bool, alone: bool, district: str) -> str:
    us = {"us", "congress", "federal"} & set(words)
    next_to_state = any(pair == ("state", "senate") for pair in pairwise(words))
    if us and not next_to_state:
        return US_SENATE
    if of_state or (alone and district):
        return STATE_SENATE
    return US_SENATE if alone else ""


def _of_state(words: Sequence[str]) -> bool:
    """Say whether the words name a legislature of a state, which some elect by wards: "State Rep., Ward 5"."""
    return any(word == "state" and behind in CHAMBERS for word, behind in pairwise(words))


def _by_chamber_alone(words: Sequence[str], district: str) -> str:
    """Return what a chamber means that no word says to be of the state or of the United States."""
    present = set(words)
    ordinals = any(a.endswith("th") and b == "representative" and c == "district"
                   for a, b, c in zip(words, words[1:], words[2:], strict=False))  # fmt: skip
    if ("house", "district") in pairwise(words) or ordinals:  # districts of Congress are called by another name
        return STATE_HOUSE
    if {"house", "representative"} <= present:
        number = plain_number(district)  # with a letter behind it in states alone
        lettered = number[:-1].isdigit() and number[-1].isalpha()
        return STATE_HOUSE if lettered or (number.isdigit() and int(number) > _MOST_US_DISTRICTS) else US_HOUSE
    if (
        {"house", "delegate"} <= present
        or {"representative", "assembly"} <= present
        or (district and present & {"house", "representative", "assembly", "delegate"})
    ):
        return STATE_HOUSE
    return STATE_SENATE if district and "legislature" in present else ""  # Nebraska has one chamber, of senators


def _without_lieutenant(words: Sequence[str]) -> set[str]:
    """Return the words, without a governor who is a lieutenant governor."""
    pairs = zip(words, ["", *words], strict=False)
    return {word for word, before in pairs if not (word == "governor" and before == "lieutenant")}


def _is_content(word: str) -> bool:
    """Whether a word is none of the offices, of the fillers, of numbers, letters or parties."""
    number = len(word) == 1 or word[0].isdigit() or not word.strip("ivx")
    return not (number or word in _OF_OFFICES or word in FILLERS or is_party(word))


_OF_OFFICES = CHAMBERS | {
    "congress", "district", "elector", "governor", "legislative", "lieutenant", "president", "presidential", "state",
    "subdistrict", "us", "vice",
}  # fmt: skip


def is_party(word: str) -> bool:
    """Whether a word names a party, as the names of contests in primaries do."""
    return len(word) > 2 and party_name(word) in _PARTY_NAMES


_PARTY_NAMES = frozenset(name for name in PARTIES if name)
