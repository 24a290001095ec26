"""Outcomes: marks from the side of the voter's top party (rules S4, S6, S7, S10)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...core.schema import MISSING, Item
from ..pivot.mark import (
    BOTH,
    FIRST,
    MIXED,
    NO_MAJORITY,
    ON_BOTH,
    ON_FIRST,
    ON_OTHER,
    ON_SECOND,
    OTHER,
    OVERVOTED,
    SECOND,
    SPREAD,
    UNDERVOTED,
    WRITTEN,
)  # fmt: skip
from .rules import CodingRules

__all__ = ["ABSTAIN", "LABELS", "NOT_CODED", "OTHERS", "SPLIT", "STRAIGHT", "OfficeOutcomes", "code_item",
           "outcomes_of", "treated_as_missing"]  # fmt: skip

LABELS = ("abstain", "split", "straight", "other")
ABSTAIN, SPLIT, STRAIGHT, OTHERS = range(4)
NOT_CODED = -1


@dataclass(frozen=True)
class OfficeOutcomes:
    """One office from the side of each voter's top party; (R,) arrays over distinct rows of marks.

    own, against, others: bool, who is on the menu; outcome: position in LABELS or NOT_CODED; status: the mark's.
    """

    own: NDArray[np.bool_] = field(repr=False)
    against: NDArray[np.bool_] = field(repr=False)
    others: NDArray[np.bool_] = field(repr=False)
    outcome: NDArray[np.int64] = field(repr=False)
    status: NDArray[np.int64] = field(repr=False)

    @property
    def menu(self) -> NDArray[np.int64]:
        """m of rule S6: 3 both, 2 own only, 1 other only, 0 neither."""
        return 2 * self.own.astype(np.int64) + self.against


_OWN = {FIRST: ON_FIRST | ON_BOTH, SECOND: ON_SECOND | ON_BOTH, OTHER: ON_OTHER}
_AGAINST = {FIRST: ON_SECOND, SECOND: ON_FIRST, OTHER: ON_FIRST | ON_SECOND | ON_BOTH}
_OUTCOME = {
    FIRST: {UNDERVOTED: ABSTAIN, OVERVOTED: ABSTAIN, FIRST: STRAIGHT, SECOND: SPLIT, BOTH: STRAIGHT, MIXED: SPLIT,
            OTHER: OTHERS, WRITTEN: OTHERS, NO_MAJORITY: OTHERS},
    SECOND: {UNDERVOTED: ABSTAIN, OVERVOTED: ABSTAIN, FIRST: SPLIT, SECOND: STRAIGHT, BOTH: STRAIGHT, MIXED: SPLIT,
             OTHER: OTHERS, WRITTEN: OTHERS, NO_MAJORITY: OTHERS},
    OTHER: {UNDERVOTED: ABSTAIN, OVERVOTED: ABSTAIN, FIRST: SPLIT, SECOND: SPLIT, BOTH: SPLIT, MIXED: SPLIT,
            OTHER: STRAIGHT, WRITTEN: STRAIGHT, NO_MAJORITY: SPLIT},
}  # fmt: skip
"""Outcome by top status and status in the office; what is not here is not coded."""


def outcomes_of(top: NDArray[np.int64], mark: NDArray[np.int64]) -> OfficeOutcomes:
    """Return one office from the side of the top party; top: (R,) status at the top, mark: (R,) mark in the office."""
    field, status = mark // SPREAD, mark % SPREAD
    own = np.zeros(len(mark), dtype=bool)
    against, others = own.copy(), own.copy()
    outcome = np.full(len(mark), NOT_CODED, dtype=np.int64)
    for side, by_status in _OUTCOME.items():
        voters = top == side
        own |= voters & (field & _OWN[side] > 0)
        against |= voters & (field & _AGAINST[side] > 0)
        others |= voters & (field & ON_OTHER > 0) & (side != OTHER)
        table = np.full(SPREAD, NOT_CODED, dtype=np.int64)
        table[list(by_status)] = list(by_status.values())
        outcome[voters] = table[status[voters]]
    outcome[~own & ~against] = NOT_CODED
    return OfficeOutcomes(own, against, others, outcome, status)


def treated_as_missing(office: OfficeOutcomes, rules: CodingRules) -> NDArray[np.bool_]:
    """Rule S10: (R,) whether the outcome of an office is on a menu, and left out by an option."""
    left_out = np.zeros(len(office.outcome), dtype=bool)
    if rules.other == "missing":
        left_out |= office.outcome == OTHERS
    if rules.overvote == "missing":
        left_out |= office.status == OVERVOTED
    missing: NDArray[np.bool_] = left_out & (office.outcome != NOT_CODED)
    return missing


def code_item(name: str, office: OfficeOutcomes, rules: CodingRules) -> tuple[Item, NDArray[np.int64]]:
    """Return the item and (R,) codes of one office (rule S10: how five outcomes become three or four)."""
    outcome, level = office.outcome.copy(), rules.other == "level"
    if rules.other == "abstain":
        outcome[office.outcome == OTHERS] = ABSTAIN
    outcome[treated_as_missing(office, rules)] = NOT_CODED
    menu = 1 + 2 * office.against + 4 * office.own + 8 * (office.others if level else 0)
    coded = outcome != NOT_CODED
    sets = sorted({int(m) for m in np.unique(menu[coded])})
    menus = tuple(tuple(option for option in range(4) if m >> option & 1) for m in sets)
    item = Item(name, LABELS if level else LABELS[:3], menus)
    if not menus:
        return item, np.full(len(outcome), MISSING, dtype=np.int64)
    position = np.searchsorted(sets, menu).clip(max=len(sets) - 1)
    return item, np.where(coded, item.lookup[position, np.where(coded, outcome, 0)], MISSING)
