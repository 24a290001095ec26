"""Sentences that are counts: the record, how voters of each party voted, what was left blank. No model is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..ballots.coding.accounting import BY_OUTCOME, OTHER_NAME, OVERVOTE, TREATED_AS_MISSING
from ..core.schema import Schema
from .record import Party, Record
from .words import per_cent, span

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEWEST", "blank_rule", "blanks", "one_party_races", "opening", "split_rates"]

FEWEST = 100
"""Voters of a party with a choice between both, below which an office is not counted."""
LEAST_BLANK = 0.02
"""Share of blanks from which on they are mentioned."""


def opening(record: Record, place: str, date: str) -> str:
    """Return how many ballots there are, and how many of them are used."""
    where = (f" in {place}" if place else "") + (f" on {date}" if date else "")
    cast = f" cast{where}" if where else ""
    choices = " or ".join(party.at_top for party in record.parties) + (" or of another party" if record.others else "")
    called = [party.voters for party in record.parties if not party.name]
    below = f" (called {' and '.join(called)} below)" if called else ""
    used = f"{record.kept:,} ({per_cent(record.kept / record.read)} per cent)"
    return (f"The record of {record.read:,} {record.unit}{cast} has {used} with a vote for {choices} for "
            f"{record.top}{below}; these are used here.")  # fmt: skip


def split_rates(bars: pd.DataFrame, record: Record) -> str:
    """Return how often the voters of each party chose the other one, "" where no office has enough voters.

    bars: what `office_bars` returned.
    """
    first, second = record.parties if len(record.parties) == 2 else (None, None)
    if first is None or second is None:
        return ""
    parts = [_of_party(bars, party, other) for party, other in ((first, second), (second, first))]
    stated = [part for part in parts if part]
    return f"Where both parties had a candidate, {'; '.join(stated)}." if stated else ""


def _of_party(bars: pd.DataFrame, party: Party, other: Party) -> str:
    rows = bars[(bars["top"] == party.code) & (bars["contested"] >= FEWEST)]
    if not len(rows):
        return ""
    shares = rows["split"].tolist()
    most = rows["office"][rows["split"] == max(shares)].tolist()
    often = f", most often for {most[0]}" if len(rows) > 1 and len(most) == 1 else ""
    office = f" for {most[0]}" if len(rows) == 1 else ""
    return f"{span(shares)} of {party.voters} chose {other.candidate}{office}{often}"


def blanks(bars: pd.DataFrame) -> str:
    """Return which office was left blank most often where both parties stood, "" for less than 2 per cent."""
    rows = bars.assign(blank=bars["abstain"].fillna(0) * bars["contested"])
    offices = rows.groupby("office", sort=False)[["blank", "contested"]].sum().query(f"contested >= {FEWEST}")
    if not len(offices):
        return ""
    shares = offices["blank"] / offices["contested"]
    most = shares[shares == shares.max()]
    if len(most) > 1 or most.iloc[0] < LEAST_BLANK:
        return ""
    rank = ", the office of these that was left blank most often" if len(shares) > 1 else ""
    of = "Of the voters used who could choose between both parties"
    return f"{of}, {per_cent(most.iloc[0])} per cent left {most.index[0]} blank{rank}."


def blank_rule(account: Mapping[str, Any], schema: Schema) -> str:
    """Return what else counts as left blank, "" for nothing: overvotes, and third parties where they have no outcome.

    account: of coded ballots (`Account.to_dict`); schema: of the fit.
    """
    steps = {step["name"]: step["parts"] for step in account.get("steps", ())}
    cast, missing = (steps.get(name, {}) for name in (BY_OUTCOME, TREATED_AS_MISSING))
    words = {OVERVOTE: "overvotes"}
    if not any("other" in item.outcomes for item in schema.items):
        words[OTHER_NAME] = "votes for other parties and write-ins"
    counted = [word for part, word in words.items() if cast.get(part, 0) > missing.get(part, 0)]
    text = " and ".join(counted)
    return f"{text[0].upper()}{text[1:]} count as left blank here." if text else ""


def one_party_races(schema: Schema) -> str:
    """Return in how many offices voters had only one party to choose from, "" for none."""
    ends = {"straight", "split"}
    one = sum(any(len(ends & set(item.menu_labels(m))) == 1 for m in range(len(item.menus))) for item in schema.items)
    if not one:
        return ""
    return (f"In {one} of {len(schema.items)} offices some or all voters had only one party to choose from; those "
            "races say nothing about splitting between two parties.")  # fmt: skip
