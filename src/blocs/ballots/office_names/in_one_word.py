"""Words that a name writes as one: "StateRepDist12", "USHOUSE4", "CouncilWard3", "D17".

A word is taken apart where all of it is words of legislatures and numbers, or where a word of a place and its number
end it. Capitals within a word say nothing: programs write names in capitals alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["words_in_one"]

_CHAMBERS = (
    "assemblymember", "assembly", "assem", "asm", "congressional", "congress", "cong", "delegates", "delegate",
    "general", "governor", "gov", "house", "hse", "legislature", "legislative", "president", "pres", "representatives",
    "representative", "reps", "rep", "senatorial", "senators", "senator", "senate", "sen",
)  # fmt: skip
_BESIDE = (
    "and", "atlarge", "dis", "dist", "distr", "district", "dst", "for", "in", "leg", "lieutenant", "lt", "member", "no",
    "number", "of", "partial", "pos", "position", "seat", "special", "st", "state", "states", "term", "the", "to",
    "unexpired", "united", "us", "vice", "vp",
)  # fmt: skip
"""Words that stand beside those of chambers."""
_WORDS = frozenset((*_CHAMBERS, *_BESIDE))
_LONGEST = max(map(len, _WORDS))
_MOST = 80
"""Letters and digits of a word from which it is none of these."""
_LETTERED = ("pos", "position", "seat")
"""Words behind which a letter may end a word: "HouseDist31SeatA"."""
_INITIALS = ("cd", "sd", "hd", "ad", "ld", "sth", "sts", "con", "ric", "usc", "ush", "rga", "str")
"""Initials of districts, before a number alone."""
_ALONE = ("assembly", "asm", "assem", "congress", "cong", "house", "senate", "senator", "sen", *_INITIALS)
"""Words that a number may follow at once: "HOUSE12"; not "REP1", which may be a Republican."""
_NUMBER = re.compile(r"\d+(?:st|nd|rd|th|[a-z])?")
_STATE = "a[klrz]|c[aot]|de|fl|ga|hi|i[adln]|k[sy]|la|m[adeinost]|n[cdehjmvy]|o[hkr]|pa|ri|s[cd]|t[nx]|ut|v[at]|w[aivy]"
_OF_STATE = re.compile(rf"({_STATE})((?:house|senate|senators?|representatives?)(?:\d.*|d(?:ist|st).*)?)")
"""The code of a state before a chamber in full: "TXHouse12"."""
_AREAS = ("subdistrict", "district", "distr", "dist", "dst", "division", "div", "pct", "place", "position", "posn",
          "pos", "precinct", "seat", "ward")  # fmt: skip
_ENDS_IN_PLACE = re.compile(rf"([a-z]*?)({'|'.join(_AREAS)})(no)?(\d+[a-z]?)")
_SHORT = re.compile(r"(d|no|for)(\d+[a-z]?)")
"""Words before a number that no other word ends in: "D17" and "Vote for1", and not "USD497"."""


@lru_cache(maxsize=1 << 12)
def words_in_one(word: str) -> tuple[str, ...]:
    """Return the words that stand without blanks in a folded word of letters and digits; () where it is one.

    Examples
    --------
    >>> words_in_one("staterepdist12"), words_in_one("ushouse4"), words_in_one("citycouncilward3")
    (('state', 'rep', 'dist', '12'), ('us', 'house', '4'), ('citycouncil', 'ward', '3'))
    >>> words_in_one("mcdonald"), words_in_one("usd497"), words_in_one("households")
    ((), (), ())
    """
    if len(word) > _MOST:
        return ()
    if match := _SHORT.fullmatch(word):
        return match.groups()
    pieces = _pieces(word)
    letters = [piece for piece in pieces if piece.isalpha()]
    if len(pieces) > 1 and not {*_CHAMBERS, *_INITIALS}.isdisjoint(letters):
        return pieces if len(letters) > 1 or letters[0] in _ALONE else ()
    if match := _OF_STATE.fullmatch(word):
        return (match[1], *(words_in_one(match[2]) or (match[2],)))
    if match := _ENDS_IN_PLACE.fullmatch(word):
        before = match[1] and (words_in_one(match[1]) or (match[1],))
        return (*before, *filter(None, match.groups()[1:]))
    return ()


@lru_cache(maxsize=1 << 12)
def _pieces(word: str) -> tuple[str, ...]:
    """Return the words of legislatures and numbers that make up a word, the longest first; () where they do not."""
    for length in range(min(_LONGEST, len(word)), 0, -1):
        begin, rest = word[:length], word[length:]
        if begin in _WORDS or _NUMBER.fullmatch(begin) or (begin in _INITIALS and rest[:1].isdigit()):
            behind = (rest,) if begin in _LETTERED and len(rest) == 1 else _pieces(rest)
            if behind or not rest:
                return (begin, *behind)
    return ()
