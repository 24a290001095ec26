"""Coding: from ballots to (top party, outcome, menu) of every voter, and to unique profiles (rules S1-S13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.account import Account
from ...core.errors import Fault, InputError, counted, missing_columns, nearest
from ...core.schema import Schema
from ...profiles import Profiles
from ..ballots import Ballots, Plan
from ..candidate_file import read_parties
from ..party_names import party_name
from ..pivot.mark import CLASH, FIRST, SECOND, SPREAD
from .accounting import account_of_coding
from .candidate_table import with_parties
from .candidates import Roster, apart, roster_of
from .codebook import Rules, plan_of, refuse_wrong_table
from .count import Counted, count_marks
from .offices import Choice, choose_offices
from .outcomes import code_item, see

__all__ = ["TOP", "Coded", "code", "code_rows"]

TOP = "top"
"""Name of the group column that holds the top party."""
_CHOICES = {
    "other": ("level", "abstain", "missing"),
    "overvote": ("abstain", "missing"),
    "multi": ("drop", "majority", "any"),
    "ranked": ("first", "drop"),
    "third": ("drop", "keep"),
}


@dataclass(frozen=True)
class Coded:
    """Profiles and the way to them.

    profiles: the result; plan: how marks were reduced; counted: distinct rows of marks; row: (R,) int, profile of
    each of them, -1 where the voter was set aside; choice: the offices.
    """

    profiles: Profiles
    plan: Plan
    counted: Counted
    row: NDArray[np.int64]
    choice: Choice


def code(
    ballots: Ballots,
    top: str = "President",
    parties: tuple[str, str] = ("DEM", "REP"),
    offices: Sequence[str] | None = None,
    other: str = "level",
    overvote: str = "abstain",
    multi: str = "drop",
    third: str = "drop",
    *,
    ranked: str = "first",
    preset: str | None = None,
    candidates: Any = None,
    groups: Sequence[str] = (),
) -> Profiles:
    """Return the unique profiles of the voters of two parties at the top of the ticket.

    ballots: what `read_cvr` returned; top: office of the top of the ticket, by name or by words of its name; parties:
    the two parties; offices: the items, all other partisan offices by default; other: a vote for anyone else is a
    "level" of its own, counts as "abstain" or as "missing"; overvote: "abstain" or "missing"; multi: contests with
    several votes are left out ("drop"), or coded by the "majority" of the voter's marks, or as a split if "any" mark
    is for the other party; third: voters of other parties at the top are set aside ("drop") or kept as a group
    "other"; ranked: the "first" valid rank counts, or such contests are left out ("drop"); preset: "seed" is the
    coding of the method's author: three outcomes, other counts as abstention; candidates: a candidate table, see
    `candidate_table`, in place of the one given to `read_cvr`; groups: voter-level columns that cross the profiles,
    such as "county", "precinct" or "lever", beside the top party.

    Outcomes of every item are "abstain", "split", "straight" and, if a level, "other". The top party is the group
    column "top". Rules and reasons: docs/coding.md.
    Raises InputError for everything in the arguments, the candidate table and the file that breaks a rule.
    """
    return code_rows(
        ballots, top, parties, offices, other, overvote, multi, third,
        ranked=ranked, preset=preset, candidates=candidates, groups=groups,
    ).profiles  # fmt: skip


def code_rows(
    ballots: Ballots,
    top: str = "President",
    parties: tuple[str, str] = ("DEM", "REP"),
    offices: Sequence[str] | None = None,
    other: str = "level",
    overvote: str = "abstain",
    multi: str = "drop",
    third: str = "drop",
    *,
    ranked: str = "first",
    preset: str | None = None,
    candidates: Any = None,
    groups: Sequence[str] = (),
) -> Coded:
    """Return the profiles of `code`, which has the same arguments, together with the way back to the ballots."""
    said = {"other": other, "overvote": overvote, "multi": multi, "ranked": ranked, "third": third}
    groups = (groups,) if isinstance(groups, str) else tuple(groups)
    _refuse_arguments(said, preset, parties, groups, ballots)
    if preset == "seed":
        other = "abstain"
    pair = (party_name(parties[0]), party_name(parties[1]))
    rules = Rules(pair, multi, ranked, third)
    roster = roster_of(ballots)
    table = read_parties(candidates) if candidates is not None else ballots.parties
    if table is not None:
        roster = with_parties(roster, table, ballots)
        refuse_wrong_table(roster, pair)
    while True:
        choice = choose_offices(roster, top, offices, pair)
        plan = plan_of(ballots, roster, choice, rules)
        counted = count_marks(ballots, plan, groups)
        clashes = _clashes(counted, choice)
        ours = {roster.contests[c].office for c in roster.guessed} & set(clashes)
        if not ours:
            break
        roster = apart(roster, ours)
    _refuse_clashes(clashes, roster, choice, ballots.unit)
    return _finish(ballots, counted, plan, roster, choice, rules, other, overvote)


def _finish(
    ballots: Ballots,
    counted: Counted,
    plan: Plan,
    roster: Roster,
    choice: Choice,
    rules: Rules,
    other: str,
    overvote: str,
) -> Coded:
    top = counted.marks[:, 0] % SPREAD
    seen = [see(top, counted.marks[:, j]) for j in range(1, 1 + len(choice.offices))]
    account = ballots.account + account_of_coding(
        counted, seen, roster, choice, rules, ballots.records, ballots.unit
    )
    kept = np.isin(top, plan.kept) & (counted.voters > 0)
    if not kept.any():
        raise InputError(
            Fault(f"no voter chose {' or '.join(rules.parties)} for {choice.top!r}", argument="top",
                  rule="At least one is needed", remedy=account.paragraph())
        )  # fmt: skip
    items = [code_item(name, s, other, overvote) for name, s in zip(choice.offices, seen, strict=True)]
    label = np.select([top == FIRST, top == SECOND], rules.parties, "other")
    cells = pd.DataFrame({TOP: label[kept]}).join(counted.covariates[kept].reset_index(drop=True))
    profiles = Profiles.from_codes(
        Schema(tuple(item for item, _ in items)),
        np.column_stack([codes[kept] for _, codes in items]),
        counted.voters[kept].astype(np.float64),
        groups=cells,
        account=account,
    )
    assert profiles.index is not None
    row = np.full(len(kept), -1, dtype=np.int64)
    row[kept] = profiles.index
    return Coded(_told(profiles, ballots.unit), plan, counted, row, choice)


def _told(profiles: Profiles, unit: str) -> Profiles:
    """Add to the account how far the voters compress (rule S12)."""
    cells = profiles.cells
    pairs = len(cells.row) if cells is not None else len(profiles)
    kept = f"{counted(round(profiles.n), unit.removesuffix('s'))} kept {'is' if round(profiles.n) == 1 else 'are'}"
    said = f"The {kept} {counted(len(profiles), 'unique row')}, {pairs:,} with their groups."
    return replace(profiles, account=profiles.account + Account(remarks=(said,)), index=None)


def _refuse_arguments(
    said: dict[str, str], preset: str | None, parties: tuple[str, str], groups: tuple[str, ...], ballots: Ballots
) -> None:
    faults = [
        Fault(f"{value!r} is not a choice", argument=name,
              rule=f"The choices are {', '.join(map(repr, _CHOICES[name]))}", nearest=nearest(value, _CHOICES[name]))
        for name, value in said.items()
        if value not in _CHOICES[name]
    ]  # fmt: skip
    if preset not in (None, "seed"):
        faults.append(Fault(f"no preset is called {preset!r}", argument="preset", rule="The only one is 'seed'"))
    if len(parties) != 2 or party_name(parties[0]) == party_name(parties[-1]):
        faults.append(
            Fault(f"{', '.join(map(repr, parties))} are not two parties", argument="parties",
                  rule="Name two different ones")
        )
    faults += missing_columns(groups, "groups", ballots.source.covariates)
    if TOP in groups:
        faults.append(Fault("'top' is always a group", argument="groups", rule="Name other columns"))
    if faults:
        raise InputError(*faults)


def _clashes(counted: Counted, choice: Choice) -> dict[str, int]:
    """Rule S5: office -> voters whose ballot shows two contests of it."""
    voters = {
        office: int(counted.voters[counted.marks[:, j] % SPREAD == CLASH].sum())
        for j, office in enumerate((choice.top, *choice.offices))
    }
    return {office: n for office, n in voters.items() if n}


def _refuse_clashes(clashes: dict[str, int], roster: Roster, choice: Choice, unit: str) -> None:
    """Rule S5: two contests of one office on one ballot need two columns."""
    faults = []
    for office, voters in clashes.items():
        names = [contest.name for contest in roster.contests if contest.office == office]
        told = ", ".join(map(repr, names[:4])) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        faults.append(
            Fault(f"{voters:,} {unit} show two contests of {office!r}", argument="offices",
                  rule=f"One office is one column; its contests are {told}",
                  remedy="Give them different offices in the candidate table")
        )  # fmt: skip
    if faults:
        raise InputError(*faults)
