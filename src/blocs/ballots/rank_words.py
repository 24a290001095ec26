"""Ranks of choices in cells of their own: numbers, and words such as "1st choice", "Second" and "Rank 3"."""

from __future__ import annotations

import re

from .party_names import fold

__all__ = ["MOST_RANKS", "rank_of"]

MOST_RANKS = 15
"""Largest number that is taken to be the rank of a choice where nothing says that it is one."""
_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NOUN = "(?:rank(?:ed|ing)?|choice|preference|pref)"
_NUMBER = rf"(?P<number>\d{{1,3}})(?:st|nd|rd|th)?|(?P<word>{'|'.join(_WORDS)})"
_RANK = re.compile(rf"(?:{_NOUN} ?)?(?:{_NUMBER})(?: ?{_NOUN})?")


def rank_of(cell: str) -> int | None:
    """Return the rank that a cell gives, from 1, or None.

    Examples
    --------
    >>> [rank_of(cell) for cell in ("1", "2.0", "1st choice", "Second", "RANK 3", "0", "", "1.5", "Ann")]
    [1, 2, 1, 2, 3, None, None, None, None]
    """
    text = re.sub(r"\.0*$", "", cell.strip())
    match = None if "." in text or text.startswith("-") else _RANK.fullmatch(fold(text))
    if match is None:
        return None
    return int(match["number"]) or None if match["number"] else 1 + _WORDS.index(match["word"])
