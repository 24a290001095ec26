"""Accounting: what the coding did with every ballot, in counts that add up (rule S13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...core.account import Account, Step
from ...core.errors import counted
from ..pivot.mark import (
    BOTH,
    CLASH,
    DROPPED,
    FIRST,
    MIXED,
    OFF,
    OTHER,
    OVERVOTED,
    SECOND,
    SPREAD,
    UNDERVOTED,
    UNREADABLE,
    WRITTEN,
)  # fmt: skip
from .candidates import CandidateList
from .count import MarkCounts
from .offices import Offices
from .outcomes import ABSTAIN, NOT_CODED, OTHERS, SPLIT, STRAIGHT, OfficeOutcomes, treated_as_missing
from .rules import CodingRules

__all__ = ["CODED", "KEPT", "NOBODY", "NO_OFFICE", "OFFICES", "OTHER_PARTY", "REASONS", "SORTED_BY",
           "TREATED_AS_MISSING", "account_of_coding"]  # fmt: skip

SORTED_BY = "Read and sorted by"
"""Begin of the name of the step that sorts ballots by the top of the ticket; the office follows."""
KEPT, OTHER_PARTY = "kept: ", "another party at the top"
"""Begin of the parts of that step that are kept; the party follows, or these words for any other."""

REASONS = {
    UNDERVOTED: "set aside: no vote at the top",
    OVERVOTED: "set aside: overvote at the top",
    WRITTEN: "set aside: write-in at the top",
    OTHER: "set aside: another party at the top",
    BOTH: "set aside: candidate of both parties at the top",
    MIXED: "set aside: marks for both parties at the top",
    UNREADABLE: "set aside: top contest not readable",
    OFF: "set aside: top contest not on the record",
    DROPPED: "set aside: top contest left out (vote for more than one, or ranked)",
}
"""Why a voter has no top party (rules S3, S4), by status at the top."""
_NOT_CODED = {OFF: "not on the ballot", UNREADABLE: "not readable", DROPPED: "contest left out",
              CLASH: "two contests of the office"}  # fmt: skip
"""Why an office of a voter has no outcome, whoever was on the menu."""
NO_CONTEST = "set aside: record shows no contest"
NOBODY = "set aside: the row stands for no voters"
NO_OFFICE = "set aside: every coded office is missing"
CODED = "coded"
OFFICES = "offices"
"""Name of the account's table of contests: contest, office, district, use."""
OTHER_NAME = "another party or write-in"
OVERVOTE = "overvote"
"""Parts of the step BY_OUTCOME beside the outcomes of ballots."""
BY_OUTCOME = "Offices on a menu, by outcome"
TREATED_AS_MISSING = "Outcomes treated as missing"
"""Name of the step that counts them; it is there if there are any (rule S10)."""


def account_of_coding(
    counts: MarkCounts,
    outcomes: Sequence[OfficeOutcomes],
    candidates: CandidateList,
    offices: Offices,
    left_out: Mapping[int, str],
    rules: CodingRules,
    records: int | None,
    unit: str,
    empty: NDArray[np.bool_],
) -> Account:
    """Return the steps of the coding: contests, voters by the top of the ticket, offices by menu, outcomes.

    The table OFFICES says what was read from the names of contests.

    left_out: contest -> the reason why it is left out; records: how many were read; None where only the marks tell;
    empty: (R,) which rows are set aside because every coded office is missing.
    """
    top = counts.marks[:, 0] % SPREAD
    kept = {FIRST: f"{KEPT}{rules.parties[0]}", SECOND: f"{KEPT}{rules.parties[1]}"}
    if rules.third == "keep":
        kept[OTHER] = f"{KEPT}{OTHER_PARTY}"
    parts = {
        kept.get(status) or REASONS[status]: int(counts.voters[(top == status) & ~empty].sum())
        for status in np.unique(top).tolist()
    }
    if empty.any():
        parts[NO_OFFICE] = int(counts.voters[empty].sum())
    total = int(counts.voters.sum())
    if records is not None and records > total:
        parts[NO_CONTEST] = records - total
        total = records
    used = np.isin(top, list(kept)) & ~empty
    with_empty, counts = counts, replace(counts, voters=np.where(empty, 0, counts.voters))
    steps = (
        Step("Contests", "contests", len(candidates.contests), _contests(candidates, offices, left_out)),
        Step(f"{SORTED_BY} {offices.top}", unit, total, parts),
        _menus(counts, outcomes, used, unit),
        _outcomes(counts, outcomes),
        *_missing(with_empty, outcomes, rules),
    )
    return Account(steps, candidates.remarks, _names(candidates, offices, left_out))


def _uses(candidates: CandidateList, offices: Offices, left_out: Mapping[int, str]) -> list[str]:
    """Return what became of each contest: top of the ticket, coded, or left out and why."""
    return [
        f"left out: {left_out[c]}" if c in left_out else CODED if offices.item[c] else "top of the ticket"
        for c in range(len(candidates.contests))
    ]


def _contests(candidates: CandidateList, offices: Offices, left_out: Mapping[int, str]) -> dict[str, int]:
    uses = _uses(candidates, offices, left_out)
    number = len({offices.item[c] for c, use in enumerate(uses) if use == CODED})
    coded = f"coded in {counted(number, 'office')}"
    return dict(Counter(coded if use == CODED else use for use in uses))


def _names(
    candidates: CandidateList, offices: Offices, left_out: Mapping[int, str]
) -> dict[str, list[dict[str, str]]]:
    """Return what was read from the names of contests, as a table of the account; none where the file says it all."""
    if not candidates.names:
        return {}
    contests = zip(candidates.contests, _uses(candidates, offices, left_out), strict=True)
    return {
        OFFICES: [
            {"contest": contest.name, "office": contest.office, "district": contest.district, "use": use}
            for contest, use in contests
        ]
    }


def _menus(counts: MarkCounts, outcomes: Sequence[OfficeOutcomes], used: NDArray[np.bool_], unit: str) -> Step:
    """Offices of the voters kept, by who was on the menu or why there is none."""
    names = {3: "both parties on the menu", 2: "own party only", 1: "other party only"}
    parts: Counter[str] = Counter()
    for office in outcomes:
        coded = office.outcome != NOT_CODED
        for m, name in names.items():
            parts[name] += int(counts.voters[coded & (office.menu == m)].sum())
        rest = used & ~coded
        for status, name in _NOT_CODED.items():
            parts[name] += int(counts.voters[rest & (office.status == status)].sum())
        inside = rest & ~np.isin(office.status, list(_NOT_CODED))
        parts["neither party on the menu"] += int(counts.voters[inside].sum())
    total = len(outcomes) * int(counts.voters[used].sum())
    return Step(f"Offices of the {unit} kept", f"offices by {unit}", total, dict(parts))


def _outcomes(counts: MarkCounts, outcomes: Sequence[OfficeOutcomes]) -> Step:
    names = {ABSTAIN: "abstain (undervote)", SPLIT: "split", STRAIGHT: "straight", OTHERS: OTHER_NAME}
    parts: Counter[str] = Counter()
    for office in outcomes:
        over = office.status == OVERVOTED
        for outcome, name in names.items():
            parts[name] += int(counts.voters[(office.outcome == outcome) & ~over].sum())
        parts[OVERVOTE] += int(counts.voters[(office.outcome != NOT_CODED) & over].sum())
    return Step(BY_OUTCOME, "choices", sum(parts.values()), dict(parts))


def _missing(counts: MarkCounts, outcomes: Sequence[OfficeOutcomes], rules: CodingRules) -> list[Step]:
    """Rule S10: outcomes on a menu that the rules leave out, those of voters who are set aside for it included."""
    parts: Counter[str] = Counter()
    for office in outcomes:
        missing = treated_as_missing(office, rules)
        for which, name in ((office.status == OVERVOTED, OVERVOTE), (office.outcome == OTHERS, OTHER_NAME)):
            parts[name] += int(counts.voters[missing & which].sum())
    total = parts.total()
    return [Step(TREATED_AS_MISSING, "choices", total, dict(parts))] if total else []
