"""Contest totals: what every contest of a file holds, candidate by candidate, with blanks, overvotes and write-ins."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ..ballots import Ballots
from ..catalogue import INVALID, OVER, UNDER, WRITE_IN
from ..coding.candidate_table import with_parties
from ..coding.candidates import CandidateLine, candidates_of
from ..coding.vote_counts import VoteCounts, count_votes

__all__ = ["ASIDE", "contest_totals"]

ASIDE = {WRITE_IN: "(write-in)", UNDER: "(undervote)", OVER: "(overvote)", INVALID: "(not readable)"}
"""Rows of a contest that are no candidates."""
_COLUMNS = ["contest", "district", "candidate", "party", "votes", "share", "later", "ballots", "allowed", "unused"]


def contest_totals(ballots: Ballots) -> pd.DataFrame:
    """Return the valid votes of each contest, candidates first, then ASIDE.

    Parameters
    ----------
    ballots : Ballots
        What `read_cvr` returned.

    Returns
    -------
    pandas.DataFrame
        Columns: contest and district, which tell contests apart; candidate, party; votes, the valid votes of a
        candidate or of write-ins, and the number of ballots in the other rows; share, of the contest's valid votes,
        null in the other rows; later, the votes that a later rank than the first gave (ranked contests). The same in
        all rows of a contest: `ballots` that had it, votes `allowed` a ballot (1 where it is ranked), `unused` votes.

    Raises
    ------
    InputError
        When `read_cvr` was given a candidate table that does not fit the file.

    Notes
    -----
    A ballot with more marks than the contest allows is an overvote, and none of its marks counts. In ranked contests
    the first rank with a mark counts (rule S9). Every ballot that had the contest is valid, blank, overvoted or not
    readable, so that

        valid votes + unused votes = allowed * (ballots - undervotes - overvotes - not readable).

    A contest that allows one vote has no unused votes: its rows add up to its ballots.

    Examples
    --------
    >>> import pandas as pd
    >>> from blocs.ballots import read_cvr
    >>> from blocs.ballots.reports.contest_totals import contest_totals
    >>> marks = {"voter": [1, 2, 3, 3], "office": ["Sheriff"] * 4, "candidate": ["Lee", "Ruiz", "Lee", "Ruiz"]}
    >>> contest_totals(read_cvr(pd.DataFrame(marks)))[["candidate", "votes", "share", "ballots"]]
        candidate  votes  share  ballots
    0         Lee      1    0.5        3
    1        Ruiz      1    0.5        3
    2  (overvote)      1    NaN        3
    """
    candidates = candidates_of(ballots)
    if ballots.parties is not None:
        candidates = with_parties(candidates, ballots.parties, ballots)
    counts = count_votes(ballots, candidates)
    rows = []
    for c, contest in enumerate(candidates.contests):
        allowed = 1 if contest.ranks > 1 else contest.votes
        of_contest = {"contest": contest.name, "district": contest.district, "allowed": allowed}
        rows += [of_contest | row for row in _rows(c, allowed, candidates.lines.get(c, ()), counts)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _rows(c: int, allowed: int, lines: tuple[CandidateLine, ...], counts: VoteCounts) -> list[dict[str, Any]]:
    """Return the rows of one contest, without what names it."""
    names = [(line.choice, line.name, "/".join(line.parties)) for line in lines]
    names += [(choice, name, "") for choice, name in ASIDE.items() if counts.of(c, choice)]
    votes = [counts.of(c, choice) for choice, _, _ in names]
    valid = [choice is None or choice >= 0 or choice == WRITE_IN for choice, _, _ in names]
    total = sum(n for n, is_valid in zip(votes, valid, strict=True) if is_valid)
    ballots, aside = counts.ballots.get(c, 0), sum(votes) - total
    of_contest = {"ballots": ballots, "unused": allowed * (ballots - aside) - total}
    return [
        {"candidate": name, "party": party, "votes": n, "share": n / total if is_valid and total else math.nan,
         "later": 0 if choice is None else counts.later.get((c, choice), 0), **of_contest}
        for (choice, name, party), n, is_valid in zip(names, votes, valid, strict=True)
    ]  # fmt: skip
