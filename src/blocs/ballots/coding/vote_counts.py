"""Vote counts: the valid votes of every candidate, and the ballots that gave nobody a vote, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ...core.errors import counted
from ..ballots import Ballots
from ..catalogue import INVALID, OVER, UNDER, WRITE_IN
from ..pivot.valid_votes import BLANK, FIRST_PERSON, LINES, OVERVOTED, RESULT, UNREADABLE, VALID, WRITTEN
from .candidates import CandidateList
from .codebook import fused_contests

__all__ = ["VoteCounts", "count_votes"]

_SPECIAL = {INVALID: UNREADABLE, OVER: OVERVOTED, UNDER: BLANK, WRITE_IN: WRITTEN}
"""Choice -> number of the person that stands for it."""
_BY_STATE = {UNREADABLE: INVALID, OVERVOTED: OVER, BLANK: UNDER}
"""State of a ballot that has no valid vote -> choice by which it is counted."""


@dataclass(frozen=True)
class VoteCounts:
    """Votes and ballots by (contest, choice); what is not there is 0.

    votes: valid votes of a candidate or of write-ins, and for UNDER, OVER and INVALID the ballots whose contest is just
    that; later: the valid votes that a later rank than the first gave; ballots: contest -> ballots that had it.

    In every contest that allows a ballot V votes (1 where it is ranked), valid votes + unused votes
    = V * (ballots - undervotes - overvotes - unreadable).
    """

    votes: Mapping[tuple[int, int], int] = field(repr=False)
    later: Mapping[tuple[int, int], int] = field(repr=False)
    ballots: Mapping[int, int] = field(repr=False)

    def of(self, contest: int, choice: int | None) -> int:
        """Return the valid votes of a choice, 0 for a candidate that only the user's table has."""
        return 0 if choice is None else self.votes.get((contest, choice), 0)

    def __repr__(self) -> str:
        votes = sum(n for (_, choice), n in self.votes.items() if choice not in (UNDER, OVER, INVALID))
        return f"<VoteCounts: {counted(votes, 'valid vote')} in {counted(len(self.ballots), 'contest')}>"


def count_votes(ballots: Ballots, candidates: CandidateList) -> VoteCounts:
    """Return the valid votes of all candidates, by one pass over all marks.

    Parameters
    ----------
    ballots : Ballots
        What `read_cvr` returned.
    candidates : CandidateList
        Who stood: two marks for one person on two lines are one vote, on the first of them.

    Returns
    -------
    VoteCounts
        Votes and ballots of every contest.

    Notes
    -----
    A ballot with more marks in a contest than it allows, or with an overvote as the file says, gives nobody a vote
    there. In ranked contests the first rank with a mark counts (rule S9).
    """
    code_of = _codes(candidates)
    counts = ballots.source.valid_votes(_book(ballots, candidates, code_of), ballots.store)
    choice_of = {place: choice for choice, place in code_of.items()}
    votes, later, shown = Counter[tuple[int, int]](), Counter[tuple[int, int]](), Counter[int]()
    rows = counts[list(RESULT)].astype("int64").to_numpy().tolist()
    for contest, code, state, from_later, number, of_ballots in rows:
        shown[contest] += of_ballots
        if state != VALID:
            votes[contest, _BY_STATE[state]] += of_ballots
        elif number:  # none for an undervote that stands beside the votes of its ballot
            choice = WRITE_IN if code == WRITTEN * LINES else choice_of[contest, code]
            votes[contest, choice] += number
            later[contest, choice] += number * from_later
    return VoteCounts(votes, later, shown)


def _codes(candidates: CandidateList) -> dict[int, tuple[int, int]]:
    """Return choice -> contest and code; persons are numbered within their contest, lines within their person."""
    codes = {}
    for c, lines in candidates.lines.items():
        number: dict[str, int] = {}
        used = Counter[str]()
        for line in lines:
            if line.choice is not None:
                person = number.setdefault(line.person, FIRST_PERSON + len(number))
                codes[line.choice] = c, person * LINES + used[line.person]
                used[line.person] += 1
    return codes


def _book(ballots: Ballots, candidates: CandidateList, code_of: Mapping[int, tuple[int, int]]) -> pd.DataFrame:
    """Return one row per option, as `Source.valid_votes` takes it."""
    fused = fused_contests(ballots, candidates)
    options = ballots.options[["option", "votes"]].copy()
    contests = ballots.options["contest"].astype(int).tolist()
    rules = [candidates.contests[c] for c in contests]
    options["_contest"] = contests
    options["_code"] = [
        code_of[choice][1] if choice >= 0 else _SPECIAL[choice] * LINES for choice in ballots.options["choice"].tolist()
    ]
    options["_repeats"] = [int(rule.ranks > 1 or c in fused) for c, rule in zip(contests, rules, strict=True)]
    options["_allowed"] = [1 if rule.ranks > 1 else rule.votes for rule in rules]
    return options.astype({"_contest": "int32", "_code": "int64", "_repeats": "int32", "_allowed": "int32"})
