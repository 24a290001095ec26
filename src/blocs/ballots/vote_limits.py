"""How many votes and ranks a contest allows, where the heading of a table says so in words behind its name."""

from __future__ import annotations

import re

__all__ = ["vote_limits"]

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER = rf"(\d{{1,3}}|{'|'.join(_WORDS)})(?!\w)"
_AT_MOST = r"(?:(?:any|exactly|only|up to|(?:no|not) more than|at most|(?:a )?max(?:imum|\.)?(?: of)?)\s*)*"
_BEHIND = r"(?:\s*\(\d+\))?(?:\s+(?:candidates?|choices?|members?|names?|options?|persons?))?(?:\s+or (?:fewer|less))?"
_END = r"\s*[)\]]?\s*$"
_APART = r"[\s(\[,;:–—-]+"
_RANKS = re.compile(rf"{_APART}number of ranks\s*[=:]?\s*(\d{{1,3}}){_END}", re.IGNORECASE)
_VOTES = (
    re.compile(rf"{_APART}(?:vote for|votes? allowed|number of (?:positions|winners))\s*[=:]?\s*{_AT_MOST}{_NUMBER}"
               rf"{_BEHIND}{_END}", re.IGNORECASE),
    re.compile(rf"(?:\s*[(\[,;:]|\s[–—-])\s*(?:vf|choose|select|elect)\s*[=:]?\s*{_AT_MOST}{_NUMBER}{_BEHIND}{_END}",
               re.IGNORECASE),
    re.compile(rf"(?:\s*[(\[,;:]|\s[–—-])\s*{_NUMBER} to be elected{_END}", re.IGNORECASE),
)  # fmt: skip
"""The wordings: "(Vote For=2)", "(Number of positions=1, ...", "Vote for no more than Two", "(Choose 2)", "(2 to be
elected)". Verbs that may belong to a question stand apart from the name, by a bracket, a comma, a colon or a dash."""


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
    word = of_votes[1].casefold()
    votes = int(word) if word.isdigit() else _WORDS.index(word) + 1
    return name[: of_votes.start()] or heading, max(1, votes), ranks
