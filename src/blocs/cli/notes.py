"""What is printed beside the tables: grouped notes, contests left out, cards of one ballot, too few voters."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..core.errors import counted
from .printer import Printer

if TYPE_CHECKING:
    from ..ballots import Coded
    from ..results.fit_result import Fit

__all__ = ["another_card", "grouped_notes", "left_out_json", "show_left_out", "too_few"]

MOST_NAMES = 40
"""Contests left out for one reason that are printed."""
REASONS = {
    "on no ballot": "listed in the file, shown by none of its ballots; rule S5",
    "nonpartisan": "no candidate of the two parties; rule S5",
    "not asked for": "not among --offices; rule S5",
    "vote for more than one": "rule S8; see --multi",
    "ranked": "rule S9; see --ranked",
}
"""Why contests are left out -> the rule of docs/coding.md, in words."""
_ABOUT_OPTION = re.compile(r"Item (?P<item>'.*?'|\".*?\"): option (?P<option>.+?) (?P<what>is on no menu|was only ever "
                           r"offered alone); it (?P<so>.+)\.$")  # fmt: skip
_ABOUT_ITEM = re.compile(r"Item (?P<item>'.*?'|\".*?\") (?P<what>is missing in every row); it (?P<so>.+)\.$")


def grouped_notes(notes: Iterable[str], noun: str, labels: Mapping[str, str]) -> list[str]:
    """Return notes on items with those that differ in the item alone as one; noun: what an item is called."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for note in notes:
        about = _ABOUT_OPTION.match(note) or _ABOUT_ITEM.match(note)
        if about is None:
            groups[note, "", ""].append("")
        else:
            name = about["item"][1:-1]
            groups[about.groupdict().get("option") or "", about["what"], about["so"]].append(labels.get(name, name))
    sentences = []
    for (option, what, so), items in groups.items():
        where = f"{noun} {items[0]}" if len(items) == 1 else f"{counted(len(items), noun)}: {', '.join(items)}"
        if not what:
            sentences.append(option)
        elif option:
            sentences.append(f"Option {option} {what} in {where}. There it {so}.")
        elif len(items) == 1:
            sentences.append(f"The {where} {what}; it {so}.")
        else:
            sentences.append(f"Each of {where}, {what}; it {so}.")
    return sentences


def left_out_json(coded: Coded | None) -> list[dict[str, str]]:
    """Return the contests that are left out: contest, reason, rule."""
    return [] if coded is None else [contest._asdict() for contest in coded.left_out]


def show_left_out(printer: Printer, coded: Coded | None) -> None:
    """Print the contests that are left out by name, one paragraph a reason, and how cards are joined if that helps."""
    if coded is None:
        return
    by_reason: dict[str, list[str]] = defaultdict(list)
    for contest in coded.left_out:
        by_reason[contest.reason].append(contest.contest)
    for reason, names in by_reason.items():
        more = len(names) - MOST_NAMES
        rest = f"; and {more:,} more, which --json lists" if more > 0 else ""
        printer.text(f"{counted(len(names), 'contest')} left out, {reason} ({REASONS[reason]}): "
                     f"{'; '.join(names[:MOST_NAMES])}{rest}.")  # fmt: skip
    sentence = another_card(coded)
    if sentence:
        printer.text(f"Note: {sentence}")


def another_card(coded: Coded) -> str:
    """Return what to do about records without the top contest, where they may be cards of a ballot; "" elsewhere."""
    from ..ballots.coding.accounting import REASONS as ASIDE
    from ..ballots.pivot.mark import OFF

    unit = coded.ballots.unit
    sorted_by_top = (step for step in coded.profiles.account.steps if step.name.startswith("Read and sorted by"))
    number = sum(step.parts.get(ASIDE[OFF], 0) for step in sorted_by_top)
    if not (number and getattr(coded.ballots.source, "unlinked", False)):
        return ""
    one = unit.removesuffix("s")
    where = (f"{counted(number, f'{one} does', f'{unit} do')} not show {coded.offices.top}. Where the cards of a "
             f"ballot are {unit} of their own, it may be on another card")  # fmt: skip
    if not getattr(coded.ballots.source, "ids_repeat", False):
        return f"{where}, and no two {unit} have the same id by which they could be joined."
    return (f"{where}: --link voter joins the {unit} with the same id of the ballot, --link voter,precinct those with "
            "the same id and precinct.")  # fmt: skip


def too_few(fit: Fit, unit: str) -> str:
    """Return a warning where there are fewer observations than free parameters; "" elsewhere."""
    if fit.types == 1 or fit.n >= fit.n_parameters:
        return ""
    number = round(fit.n)
    return (f"There {'is' if number == 1 else 'are'} only {counted(number, unit)}. So few cannot be fitted with "
            f"{counted(fit.types, 'type')}, which have {counted(fit.n_parameters, 'free parameter')}: the types "
            "describe chance. Use more data, or fewer types.")  # fmt: skip
