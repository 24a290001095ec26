"""Coding: from ballots to (top party, outcome, menu) of every voter, and to unique profiles (rules S1-S13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.account import Account
from ...core.errors import Fault, InputError, counted, missing_columns
from ...core.schema import MISSING, Schema
from ...core.summary import Summary, listed
from ...profiles import Profiles
from ..ballots import Ballots, Plan
from ..candidate_file import read_parties
from ..pivot.mark import CLASH, FIRST, OFF, SECOND, SPREAD
from .accounting import account_of_coding
from .both_split import remark_both_split
from .candidate_table import with_parties
from .candidates import CandidateList, candidates_of, marks_of_contests
from .codebook import plan_of
from .count import MarkCounts, count_marks
from .left_out import LeftOut, contests_left_out, reasons_left_out
from .many_overvotes import remark_many_overvotes
from .offices import Offices, choose_offices
from .outcomes import code_item, outcomes_of
from .rules import TOP, CodingRules
from .separate_offices import separate_contests, separate_seats
from .table_faults import refuse_wrong_table, remark_without_party
from .trace import expanded

__all__ = ["Coded", "code", "code_by_rules", "code_rows"]

FEW = 0.001
"""Share of the ballots that show an office up to which those that show two contests of it are not coded in it."""


@dataclass(frozen=True)
class Coded:
    """Profiles of ballots, and the way back from them to every ballot; `follow` goes it.

    Parameters
    ----------
    profiles : Profiles
        The unique profiles, as `code` returns them.
    plan : Plan
        How the marks of a voter became one mark for each office.
    counts : MarkCounts
        Distinct rows of marks with their numbers of voters.
    row : (R,) int
        Profile of each distinct row of marks; -1 where the voters were set aside.
    top : (R,) object
        Top party of each distinct row of marks, as in the group "top".
    offices : Offices
        The top office and the offices that are items.
    ballots : Ballots
        The ballots that were coded.
    left_out : tuple of LeftOut
        The contests that are left out: contest, reason, rule.
    """

    profiles: Profiles
    plan: Plan
    counts: MarkCounts
    row: NDArray[np.int64]
    top: NDArray[np.object_]
    offices: Offices
    ballots: Ballots
    left_out: tuple[LeftOut, ...]

    def __repr__(self) -> str:
        return self._summary().text()

    def _repr_html_(self) -> str:
        return self._summary().html()

    def expand(self, values: NDArray[Any]) -> pd.DataFrame:
        """Return values of the profiles as values of the ballots.

        Parameters
        ----------
        values : (U, ...) float
            One row for each profile.

        Returns
        -------
        pandas.DataFrame
            One row for each ballot of the input, with its ids as the index (see `follow`); NaN where it was set aside.

        Examples
        --------
        >>> import pandas as pd
        >>> from blocs.ballots import code_rows, read_cvr
        >>> votes = {"President": ["DEM", "REP", "GRN"], "Sheriff": ["REP", "REP", "REP"]}
        >>> coded = code_rows(read_cvr(pd.DataFrame(votes), offices=["President", "Sheriff"]))
        >>> coded.expand(coded.profiles.counts)
               0
        row
        0    1.0
        1    1.0
        2    NaN
        """
        return expanded(self, values)

    def _summary(self) -> Summary:
        voters, kept = int(self.counts.voters.sum()), int(self.counts.voters[self.row >= 0].sum())
        left_out = Counter(contest.reason for contest in self.left_out)
        rows = [
            ("top office", self.offices.top),
            ("offices coded", f"{len(self.offices.names):,}: {listed(self.offices.names, 6, '; ')}"),
            ("contests left out", ", ".join(f"{n:,} {reason}" for reason, n in sorted(left_out.items())) or "none"),
            ("voters", f"{kept:,} kept, {voters - kept:,} set aside"),
            ("profiles", f"{len(self.profiles):,}"),
        ]
        return Summary("Coded ballots", rows)


def code(
    ballots: Ballots,
    top: str = CodingRules.top,
    parties: Sequence[str] = CodingRules.parties,
    offices: Sequence[str] | None = CodingRules.offices,
    other: str = CodingRules.other,
    overvote: str = CodingRules.overvote,
    multi: str = CodingRules.multi,
    third: str = CodingRules.third,
    *,
    ranked: str = CodingRules.ranked,
    preset: str | None = CodingRules.preset,
    candidates: Any = None,
    groups: Sequence[str] = CodingRules.groups,
    keep_empty: bool = CodingRules.keep_empty,
) -> Profiles:
    """Return the unique profiles of the voters of two parties at the top of the ticket.

    Parameters
    ----------
    ballots : Ballots
        What `read_cvr` returned.
    top : str
        Office at the top of the ticket, by its name or by words of its name.
    parties : sequence of 2 str
        The two parties.
    offices : sequence of str, optional
        The items. By default all other offices with a candidate of one of the two parties.
    other : {"level", "abstain", "missing"}
        A vote for anyone else is an outcome of its own, an abstention, or missing.
    overvote : {"abstain", "missing"}
        An overvote is an abstention, or missing.
    multi : {"drop", "majority", "any"}
        Contests with several votes are left out, coded by the majority of the voter's marks, or coded as a split as
        soon as any mark is for the other party.
    third : {"drop", "keep"}
        Voters of other parties at the top are set aside, or kept as the group "other".
    ranked : {"first", "drop"}
        The first rank with a mark counts, or ranked contests are left out.
    preset : {"seed"}, optional
        "seed" is the coding of the method's author: three outcomes, other counts as abstention.
    candidates : path or table, optional
        A candidate table (see `candidate_table`) in place of the one given to `read_cvr`.
    groups : sequence of str
        Voter-level columns that cross the profiles, such as "county", "precinct" or "style", beside the top party.
    keep_empty : bool
        Whether voters for whom every coded office is missing are kept. They say nothing of the types and are set aside
        otherwise, unless there are no others.

    Returns
    -------
    Profiles
        One item for each office, with the outcomes "abstain", "split", "straight" and, if it is an outcome of its
        own, "other". The top party is the group column "top". `profiles.account` says who was set aside and why.

    Raises
    ------
    InputError
        For everything in the arguments, the candidate table and the file that breaks a rule.

    Notes
    -----
    The rules and their reasons are in docs/coding.md. All defaults are those of `CodingRules`.

    Examples
    --------
    >>> import pandas as pd
    >>> from blocs import code, read_cvr
    >>> marks = [(1, "President", "Adams", "DEM"), (1, "Sheriff", "Lee", "REP"),
    ...          (2, "President", "Baker", "REP"), (2, "Sheriff", "Lee", "REP")]
    >>> ballots = read_cvr(pd.DataFrame(marks, columns=["voter", "office", "candidate", "party"]))
    >>> code(ballots).to_long()[["item", "menu", "option", "chosen"]]
          item              menu    option  chosen
    0  Sheriff     abstain|split   abstain   False
    1  Sheriff     abstain|split     split    True
    2  Sheriff     abstain|split  straight    <NA>
    3  Sheriff  abstain|straight   abstain   False
    4  Sheriff  abstain|straight     split    <NA>
    5  Sheriff  abstain|straight  straight    True
    """
    rules = CodingRules(top, parties, offices, other, overvote, multi, third, ranked, preset, groups, keep_empty)
    return code_by_rules(ballots, rules, candidates).profiles


def code_rows(
    ballots: Ballots,
    top: str = CodingRules.top,
    parties: Sequence[str] = CodingRules.parties,
    offices: Sequence[str] | None = CodingRules.offices,
    other: str = CodingRules.other,
    overvote: str = CodingRules.overvote,
    multi: str = CodingRules.multi,
    third: str = CodingRules.third,
    *,
    ranked: str = CodingRules.ranked,
    preset: str | None = CodingRules.preset,
    candidates: Any = None,
    groups: Sequence[str] = CodingRules.groups,
    keep_empty: bool = CodingRules.keep_empty,
) -> Coded:
    """Return the profiles of `code` together with the way back to every ballot.

    Parameters
    ----------
    ballots, top, parties, offices, other, overvote, multi, third, ranked, preset, candidates, groups, keep_empty
        As in `code`.

    Returns
    -------
    Coded
        What `follow` needs to give every ballot its profile, or the reason why it has none.

    Raises
    ------
    InputError
        As `code`.
    """
    rules = CodingRules(top, parties, offices, other, overvote, multi, third, ranked, preset, groups, keep_empty)
    return code_by_rules(ballots, rules, candidates)


def code_by_rules(ballots: Ballots, rules: CodingRules, candidates: Any = None) -> Coded:
    """Return what `code_rows` does, with the options as one value.

    Parameters
    ----------
    ballots : Ballots
        What `read_cvr` returned.
    rules : CodingRules
        The options of the coding.
    candidates : path or table, optional
        A candidate table in place of the one given to `read_cvr`.

    Returns
    -------
    Coded
        The profiles, and the way back to every ballot.

    Raises
    ------
    InputError
        For everything in the candidate table and the file that breaks a rule.
    """
    faults = missing_columns(rules.groups, "groups", ballots.source.covariates)
    if faults:
        raise InputError(*faults)
    rules = rules.resolved
    persons, marks = candidates_of(ballots), marks_of_contests(ballots)
    table = read_parties(candidates) if candidates is not None else ballots.parties
    if table is not None:
        persons = with_parties(persons, table, ballots)
        refuse_wrong_table(persons, table, marks, rules)
    persons = separate_seats(persons)
    while True:
        offices = choose_offices(persons, rules)
        plan = plan_of(ballots, persons, offices, rules)
        counts = count_marks(ballots, plan, tuple(rules.groups))
        clashes = _clashes(counts, offices)
        separable = {persons.contests[c].office for c in persons.read_from_name} & set(clashes)
        if not separable:
            break
        persons = separate_contests(persons, separable)
    _refuse_clashes(clashes, persons, offices, ballots.unit)
    persons = replace(
        persons, remarks=persons.remarks + remark_without_party(persons, offices.item, marks, rules.parties)
    )
    return _with_outcomes(ballots, counts, plan, persons, offices, rules)


def _with_outcomes(
    ballots: Ballots, counts: MarkCounts, plan: Plan, persons: CandidateList, offices: Offices, rules: CodingRules
) -> Coded:
    """Return the profiles of counted marks: each office from the side of the voter's top party."""
    top = counts.marks[:, 0] % SPREAD
    outcomes = [outcomes_of(top, counts.marks[:, j]) for j in range(1, 1 + len(offices.names))]
    reasons = reasons_left_out(ballots, persons, offices, rules)
    items = [code_item(name, of, rules) for name, of in zip(offices.names, outcomes, strict=True)]
    codes = np.column_stack([codes for _, codes in items])
    kept = np.isin(top, plan.kept) & (counts.voters > 0)
    empty = kept & (codes == MISSING).all(axis=1)
    if rules.keep_empty or empty[kept].all():  # where all are, they are kept to be scored
        empty[:] = False
    account = ballots.account + account_of_coding(
        counts, outcomes, persons, offices, reasons, rules, ballots.records, ballots.unit, empty
    )
    account += Account(remarks=remark_both_split(offices.names, outcomes, top, counts.voters))
    account += Account(remarks=remark_many_overvotes(offices.names, outcomes, counts.voters))
    if not kept.any():
        raise InputError(
            Fault(f"no voter chose {' or '.join(rules.parties)} for {offices.top!r}", argument="top",
                  rule="At least one is needed", remedy=account.paragraph())
        )  # fmt: skip
    kept &= ~empty
    label = np.select([top == FIRST, top == SECOND], list(rules.parties), "other")
    profiles = Profiles.from_codes(
        Schema(tuple(item for item, _ in items)),
        codes[kept],
        counts.voters[kept].astype(np.float64),
        groups=pd.DataFrame({TOP: label[kept]}).join(counts.covariates[kept].reset_index(drop=True)),
        account=account,
    )
    assert profiles.index is not None
    row = np.full(len(kept), -1, dtype=np.int64)
    row[kept] = profiles.index
    left_out = contests_left_out(persons, reasons)
    traced = _with_remark(profiles, ballots.unit)
    return Coded(traced, plan, counts, row, label.astype(object), offices, ballots, left_out)


def _with_remark(profiles: Profiles, unit: str) -> Profiles:
    """Add to the account how far the voters compress (rule S12)."""
    cells = profiles.cells
    pairs = len(cells.row) if cells is not None else len(profiles)
    number = round(profiles.n)
    kept = f"{counted(number, unit.removesuffix('s'))} kept {'is' if number == 1 else 'are'}"
    remark = f"The {kept} {counted(len(profiles), 'unique row')}, {pairs:,} with their groups."
    return replace(profiles, account=profiles.account + Account(remarks=(remark,)), index=None)


def _clashes(counts: MarkCounts, offices: Offices) -> dict[str, int]:
    """Rule S5: office -> voters whose ballot shows two contests of it, where they are more than a few.

    A few such ballots (FEW of those that show the office), as where two were put together, are not coded in it.
    """
    voters = {}
    for j, office in enumerate((offices.top, *offices.names)):
        status = counts.marks[:, j] % SPREAD
        number, shown = (int(counts.voters[of].sum()) for of in (status == CLASH, status != OFF))
        if number > (FEW * shown if j else 0):
            voters[office] = number
    return voters


def _refuse_clashes(clashes: dict[str, int], persons: CandidateList, offices: Offices, unit: str) -> None:
    """Rule S5: two contests of one office on one ballot need two columns."""
    faults, one = [], unit.removesuffix("s")
    for office, voters in clashes.items():
        names = [contest.name for contest in persons.contests if contest.office == office]
        further = f" and {len(names) - 4} more" if len(names) > 4 else ""
        faults.append(
            Fault(f"{counted(voters, f'{one} shows', f'{unit} show')} two contests of {office!r}",
                  argument="offices",
                  rule=f"One office is one column; its contests are {', '.join(map(repr, names[:4]))}{further}",
                  remedy="Give them different offices in the candidate table")
        )  # fmt: skip
    if faults:
        raise InputError(*faults)
