"""Contests that are neither the top of the ticket nor an item, by name, with the rule that left each out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..ballots import Ballots
from .candidates import CandidateList
from .codebook import left_out_by_kind
from .offices import Offices
from .rules import CodingRules

__all__ = ["LeftOut", "contests_left_out", "reasons_left_out"]

ABSENT = "on no ballot"
"""Reason of contests that the file lists and no ballot shows; it comes before all others."""
RULES: Mapping[str, str] = {ABSENT: "S5", "nonpartisan": "S5", "not asked for": "S5", "vote for more than one": "S8",
                            "ranked": "S9"}  # fmt: skip
"""Reason for leaving a contest out -> its rule in docs/coding.md."""


class LeftOut(NamedTuple):
    """A contest that is left out: its name in the file, the reason, and the rule in docs/coding.md."""

    contest: str
    reason: str
    rule: str


def reasons_left_out(
    ballots: Ballots, candidates: CandidateList, offices: Offices, rules: CodingRules
) -> dict[int, str]:
    """Return contest -> the one reason why it is left out."""
    marks = ballots.options
    shown = set(marks.loc[marks["votes"] > 0, "contest"].astype(int))
    absent = {c: ABSENT for c in range(len(candidates.contests)) if c not in shown}
    return dict(offices.left_out) | left_out_by_kind(candidates, offices, rules) | absent


def contests_left_out(candidates: CandidateList, reasons: Mapping[int, str]) -> tuple[LeftOut, ...]:
    """Return the contests that are left out, in the order of the file; reasons: what `reasons_left_out` returned."""
    return tuple(
        LeftOut(contest.name, reasons[c], RULES[reasons[c]])
        for c, contest in enumerate(candidates.contests)
        if c in reasons
    )
