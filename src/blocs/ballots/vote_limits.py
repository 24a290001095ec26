"""How many votes and ranks a contest allows: the words of names of contests, and of cells, that say so."""

from __future__ import annotations

import re

__all__ = ["AT_MOST", "BEHIND", "ORDERS", "TO_BE_ELECTED", "VOTE_FOR", "vote_limits", "votes_of"]

VOTE_FOR = r"vote (?:for|por)|votes? allowed|number of (?:positions|winners)"
ORDERS = "vf|choose|select|elect"
"""Verbs that may belong to a question, "Shall we elect 2", where nothing parts them from its words."""
AT_MOST = r"any|exactly|only|up to|(?:no|not) more than|at most|(?:a )?max(?:imum|\.)?(?: of)?"
BEHIND = (
    r"candidates?|choices?|members?|names?|options?|pairs?|part(?:y|ies)|persons?|teams?|only|or (?:fewer|less|more)"
)
TO_BE_ELECTED = "to be elected"
"""The vocabulary, in words with one blank between: "vote for no more than 2 candidates", "2 to be elected"."""

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER = rf"(\d{{1,3}}|{'|'.join(_WORDS)})(?!\w)"
_LIMIT = rf"(?:(?:{AT_MOST})\s*)*{_NUMBER}(?:\s*\(\d+\))?(?:\s+(?:{BEHIND}))*"
_END = r"\s*[)\]]?\s*$"
_APART = r"[\s(\[,;:–—-]+"
_BY_A_MARK = r"(?:\s*[(\[,;:]|\s[–—-])\s*"
_RANKS = re.compile(rf"{_APART}number of ranks\s*[=:]?\s*(\d{{1,3}}){_END}", re.IGNORECASE)
_VOTES = (
    re.compile(rf"{_APART}(?:{VOTE_FOR})\s*[=:]?\s*{_LIMIT}{_END}", re.IGNORECASE),
    re.compile(rf"{_BY_A_MARK}(?:{ORDERS})\s*[=:]?\s*{_LIMIT}{_END}", re.IGNORECASE),
    re.compile(rf"{_BY_A_MARK}{_NUMBER} {TO_BE_ELECTED}{_END}", re.IGNORECASE),
)
"""The wordings: "(Vote For=2)", "(Number of positions=1, ...", "Vote for no more than Two", "(Choose 2)", "(2 to be
elected)"."""
_CELL = re.compile(rf"(?:(?:{VOTE_FOR}|{ORDERS})\s*[=:]?\s*)?{_LIMIT}(?:\.0*)?(?: {TO_BE_ELECTED})?", re.IGNORECASE)


def vote_limits(heading: str) -> tuple[str, int, int]:
    """Return the name of a contest, the votes and the ranks it allows; 1 vote and 0 ranks where it does not say.

    Examples
    --------
    >>> vote_limits("Council (Vote For=2)")
    ('Council', 2, 0)
    >>> vote_limits("Mayor (Number of positions=1, Number of ranks=4)")
    ('Mayor', 1, 4)
    >>> vote_limits("Judge, Vote for no more than Two"), vote_limits("Shall we elect 2")
    (('Judge', 2, 0), ('Shall we elect 2', 1, 0))
    """
    of_ranks = _RANKS.search(heading)
    name = heading[: of_ranks.start()] if of_ranks else heading
    ranks = int(of_ranks[1]) if of_ranks else 0
    of_votes = next(filter(None, (wording.search(name) for wording in _VOTES)), None)
    if of_votes is None:
        return name, 1, ranks
    return name[: of_votes.start()] or heading, max(1, _number(of_votes[1])), ranks


def votes_of(cell: str) -> int | None:
    """Return how many votes a cell of a column "vote_for" allows, None where it says no number from 1.

    Examples
    --------
    >>> [votes_of(cell) for cell in ("2", "2.0", "two", "Vote for one", "up to 3", "0", "1.5", "all")]
    [2, 2, 2, 1, 3, None, None, None]
    """
    found = _CELL.fullmatch(cell.strip())
    return _number(found[1]) or None if found else None


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _WORDS.index(word.casefold()) + 1
