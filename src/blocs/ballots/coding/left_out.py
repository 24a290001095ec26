"""Contests that are neither the top of the ticket nor an item, by name, with the rule that left each out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .candidates import CandidateList
from .codebook import left_out_by_kind
from .offices import Offices
from .rules import CodingRules

__all__ = ["LeftOut", "contests_left_out"]

RULES: Mapping[str, str] = {"nonpartisan": "S5", "not asked for": "S5", "vote for more than one": "S8", "ranked": "S9"}
"""Reason for leaving a contest out -> its rule in docs/coding.md."""


class LeftOut(NamedTuple):
    """A contest that is left out: its name in the file, the reason, and the rule in docs/coding.md."""

    contest: str
    reason: str
    rule: str


def contests_left_out(candidates: CandidateList, offices: Offices, rules: CodingRules) -> tuple[LeftOut, ...]:
    """Return the contests that are left out, in the order of the file."""
    reasons = left_out_by_kind(candidates, offices, rules) | dict(offices.left_out)
    return tuple(
        LeftOut(contest.name, reasons[c], RULES[reasons[c]])
        for c, contest in enumerate(candidates.contests)
        if c in reasons
    )
