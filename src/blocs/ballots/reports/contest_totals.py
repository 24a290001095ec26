"""Contest totals: what every contest of a file holds, candidate by candidate, with blanks, overvotes and write-ins."""

from __future__ import annotations

import math

import pandas as pd

from ..ballots import Ballots
from ..catalogue import INVALID, OVER, UNDER, WRITE_IN
from ..coding.candidate_table import with_parties
from ..coding.candidates import candidates_of

__all__ = ["ASIDE", "contest_totals"]

ASIDE = {WRITE_IN: "(write-in)", UNDER: "(undervote)", OVER: "(overvote)", INVALID: "(not readable)"}
"""Rows of a contest that are no candidates."""


def contest_totals(ballots: Ballots) -> pd.DataFrame:
    """Return the marks of each contest, candidates first, then ASIDE.

    Parameters
    ----------
    ballots : Ballots
        What `read_cvr` returned.

    Returns
    -------
    pandas.DataFrame
        Columns: contest and district, which tell contests apart; candidate, party, votes; share, of the contest's
        votes for candidates and write-ins, null in the other rows.

    Notes
    -----
    Of ranked contests first ranks are counted. A ballot with several marks counts with each. Overvotes are counted
    here only where the file itself names them.
    """
    candidates = candidates_of(ballots)
    if ballots.parties is not None:
        candidates = with_parties(candidates, ballots.parties, ballots)
    special = ballots.options[ballots.options["choice"].isin(list(ASIDE))]
    aside = special.groupby(["contest", "choice"])["votes"].sum().to_dict()
    rows: list[tuple[str, str, str, str, int, float]] = []
    for c, contest in enumerate(candidates.contests):
        marks = [(line.name, "/".join(line.parties), line.votes, True) for line in candidates.lines.get(c, ())]
        marks += [(name, "", int(aside[c, k]), k == WRITE_IN) for k, name in ASIDE.items() if aside.get((c, k), 0)]
        total = sum(votes for _, _, votes, valid in marks if valid)
        rows += [
            (contest.name, contest.district, name, party, votes, votes / total if valid and total else math.nan)
            for name, party, votes, valid in marks
        ]
    return pd.DataFrame(rows, columns=["contest", "district", "candidate", "party", "votes", "share"])
