"""Ledger: what the coding did with every ballot, in counts that add up (rule S13)."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ...core.account import Account, Step
from ...core.errors import counted as number_of
from ..pivot.mark import (
    BOTH,
    DROPPED,
    FIRST,
    MIXED,
    OFF,
    OTHER,
    OVERVOTED,
    SECOND,
    SPREAD,
    UNDERVOTED,
    UNSEEN,
    WRITTEN,
)  # fmt: skip
from .candidates import Roster
from .codebook import Rules, left_out_by_kind
from .count import Counted
from .offices import Choice
from .outcomes import ABSTAIN, NOT_CODED, OTHERS, SPLIT, STRAIGHT, Seen

__all__ = ["NOBODY", "REASONS", "account_of_coding"]

REASONS = {
    UNDERVOTED: "set aside: no vote at the top",
    OVERVOTED: "set aside: overvote at the top",
    WRITTEN: "set aside: write-in at the top",
    OTHER: "set aside: another party at the top",
    BOTH: "set aside: candidate of both parties at the top",
    MIXED: "set aside: marks for both parties at the top",
    UNSEEN: "set aside: top contest not readable",
    OFF: "set aside: top contest not on the record",
    DROPPED: "set aside: top contest left out (vote for more than one, or ranked)",
}
"""Why a voter has no top party (rules S3, S4), by status at the top."""
NO_CONTEST = "set aside: record shows no contest"
NOBODY = "set aside: the row stands for no voters"


def account_of_coding(
    counted: Counted, seen: list[Seen], roster: Roster, choice: Choice, rules: Rules, records: int | None, unit: str
) -> Account:
    """Return the steps of the coding: contests, voters by the top of the ticket, offices by menu, outcomes.

    records: how many were read; None where only the marks tell.
    """
    top = counted.marks[:, 0] % SPREAD
    kept = {FIRST: f"kept: {rules.parties[0]}", SECOND: f"kept: {rules.parties[1]}"}
    if rules.third == "keep":
        kept[OTHER] = "kept: another party at the top"
    parts: Counter[str] = Counter()
    for status in np.unique(top):
        name = kept.get(int(status)) or REASONS[int(status)]
        parts[name] += int(counted.voters[top == status].sum())
    total = int(counted.voters.sum())
    if records is not None and records > total:
        parts[NO_CONTEST] += records - total
        total = records
    used = np.isin(top, list(kept))
    steps = (
        Step("Contests", "contests", len(roster.contests), _contests(roster, choice, rules)),
        Step(f"Read and sorted by {choice.top}", unit, total, dict(parts)),
        _menus(counted, seen, used, unit),
        _outcomes(counted, seen),
    )
    return Account(steps, roster.remarks)


def _contests(roster: Roster, choice: Choice, rules: Rules) -> dict[str, int]:
    dropped = left_out_by_kind(roster, choice, rules)
    parts: Counter[str] = Counter()
    coded = f"coded in {number_of(len(choice.offices), 'office')}"
    for c in range(len(roster.contests)):
        if c in dropped:
            parts[f"left out: {dropped[c]}"] += 1
        elif c in choice.item:
            parts["top of the ticket" if choice.item[c] == 0 else coded] += 1
        else:
            parts[f"left out: {choice.left_out[c]}"] += 1
    return dict(parts)


def _menus(counted: Counted, seen: list[Seen], used: np.ndarray[tuple[int], np.dtype[np.bool_]], unit: str) -> Step:
    """Offices of the voters kept, by who was on the menu or why there is none."""
    names = {3: "both parties on the menu", 2: "own party only", 1: "other party only"}
    parts: Counter[str] = Counter()
    for office in seen:
        coded = office.outcome != NOT_CODED
        for m, name in names.items():
            parts[name] += int(counted.voters[coded & (office.menu == m)].sum())
        rest = used & ~coded
        for status, name in ((OFF, "not on the ballot"), (UNSEEN, "not readable"), (DROPPED, "contest left out")):
            parts[name] += int(counted.voters[rest & (office.status == status)].sum())
        inside = rest & ~np.isin(office.status, [OFF, UNSEEN, DROPPED])
        parts["neither party on the menu"] += int(counted.voters[inside].sum())
    total = len(seen) * int(counted.voters[used].sum())
    return Step(f"Offices of the {unit} kept", f"offices by {unit}", total, dict(parts))


def _outcomes(counted: Counted, seen: list[Seen]) -> Step:
    names = {ABSTAIN: "abstain (undervote)", SPLIT: "split", STRAIGHT: "straight", OTHERS: "another party or write-in"}
    parts: Counter[str] = Counter()
    for office in seen:
        over = office.status == OVERVOTED
        for outcome, name in names.items():
            parts[name] += int(counted.voters[(office.outcome == outcome) & ~over].sum())
        parts["overvote"] += int(counted.voters[(office.outcome != NOT_CODED) & over].sum())
    return Step("Offices on a menu, by outcome", "choices", sum(parts.values()), dict(parts))
