"""Long tables: one row per mark (the Harvard/MIT layout, or any other by naming its columns)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import narwhals as nw
import pandas as pd
from pandas.api.types import is_numeric_dtype

from ...core.account import Account
from ...core.errors import Fault, InputError, counted
from ...files.text import require_whole
from ...tables.column_roles import find_columns, own_name
from ...tables.relations import Frame, Store, gather, relation
from ..ballots import Ballots
from ..catalogue import COVARIATES
from ..pivot.long import LongSource
from .about_marks import remarks_about_marks
from .count_columns import refuse_counts
from .joined_counties import joined_places, joined_remark
from .long_catalogue import catalogue_of, cleaned, whole_numbers
from .long_marks import Marks, marks_of_csv, marks_of_relation
from .long_repeats import refuse_repeats
from .long_totals import refuse_totals
from .long_undecided import refuse_undecided, undecided_columns
from .long_voters import group_columns, voters_in_several_groups
from .long_votes import says_votes, votes_alone

__all__ = ["read_long"]

_KEYS = ("office", "district", "candidate", "rank", "is_vote")
"""Roles of the columns that, beside the place, tell marks apart."""
_SIDE_ROLES = {"is_vote", "rank"}
"""Roles without which every row is a vote for a first choice."""
_FIRST = 10_000
"""Rows that are looked at for numbers that many voters share."""
_SAME = 10
"""How often a voter may have one mark: the same line twice is an overvote."""
_CUT = re.compile(r"([0-9](?:[.,][0-9]+)?)E[+]([0-9]+)", re.IGNORECASE)
_CUT_FROM = 11
"""Exponent from which spreadsheets write numbers of many digits so, without the last ones."""
_RANK = "_rank"
"""Column of the rank of a distinct mark, as a number."""


def read_long(
    frame: Any,
    store: Store,
    columns: Mapping[str, str | Sequence[str]] | None = None,
    *,
    drop_joined: bool = False,
    foldered: bool = False,
    where: str = "table",
    csv: Path | None = None,
) -> Ballots:
    """Return the ballots of a long table: one row per voter, contest and mark.

    A contest was on the ballot when it has a row; a contest without a mark has one row with UNDERVOTE, or rows that
    are no votes by a column that says so.

    Parameters
    ----------
    frame : table
        Any table, see `tables.relations.relation`.
    store : Store
        The database that takes tables in memory.
    columns : mapping of str, optional
        Role -> column, where the columns have other names than the usual ones; the voter may be several columns.
    drop_joined : bool
        Whether to leave out the places whose sheets were joined by nearest row.
    foldered : bool
        Whether state and county are the names of folders.
    where : str
        What to call the table in faults.
    csv : Path, optional
        The CSV file that the table is, if it is one: it is then read once.

    Returns
    -------
    Ballots
        A source of one row per mark.

    Raises
    ------
    InputError
        For missing columns, rows without a voter, numbers that several voters share, votes allowed and ranks
        that are no whole numbers from 1, and a column that says, or seems to say without a role, which rows are
        votes and leaves it open.
    """
    columns = columns or {}
    table = relation(frame, store)
    plan = _plan(table, columns, store, where)
    roles = plan.roles
    marks = _marks(table, plan, store, csv)
    rows = int(marks.distinct["_votes"].sum())
    _refuse_nameless(marks.distinct, plan.voter, where)
    _refuse_shared_numbers(marks, plan, store, where)
    _refuse_without_office(marks.distinct, roles["office"][0], plan.named, where)
    answers, precinct = (*roles["candidate"], *roles["office"]), roles.get("precinct", ())
    all_precincts = refuse_totals(marks, answers, plan.voter[-1:], precinct, plan.named, store, where)
    _refuse_headers(marks.distinct, [*roles["office"], *roles["candidate"]], where)
    distinct = cleaned(marks.distinct, roles)
    catalogue, contest, choice = catalogue_of(distinct, roles, plan.named, where)
    places, number = _places(distinct, roles, plan.place)
    of_marks = {
        "contest": contest, "choice": choice, "place": number,
        "_party": distinct[roles["party"][0]] if "party" in roles else "",
        _RANK: whole_numbers(distinct[roles["rank"][0]]).astype("int16") if "rank" in roles else 1,
    }  # fmt: skip
    marks = marks._replace(distinct=marks.distinct.assign(**of_marks))  # whose keys stay as the rows have them
    open_roles = _SIDE_ROLES.difference(roles, columns)
    refuse_undecided(marks, plan.undecided, open_roles, plan.named, plan.voter, store, where)
    called = [plan.named[name] for name in roles["voter"]]
    in_groups = voters_in_several_groups(marks, plan.groups, plan.place, plan.voter, called, store, where)
    about_marks = () if "is_vote" in {*roles, *columns} else remarks_about_marks(table, plan.others, store)
    account = Account(remarks=all_precincts + in_groups + about_marks)
    if "is_vote" in roles and says_votes(distinct, roles["is_vote"][0], "is_vote" in columns, where):
        marks, of_votes = votes_alone(marks, roles["is_vote"][0], plan.voter, plan.carried, store)
        account += of_votes
    of_contest = [plan.named[name] for role in ("office", "district") for name in roles.get(role, ())]
    numbered = {name: plan.named[name] for name in plan.voter}
    if "is_vote" in roles or "is_vote" not in columns:  # else the user says that every row is a mark
        refuse_repeats(marks, catalogue, table, numbered, called, of_contest, plan.others, store, where)
    options, options_of_marks = _options(marks)
    joined = joined_places(places)
    in_joined = [of["place"].isin(list(joined)) for of in (options, options_of_marks)]
    remark = joined_remark(joined, drop_joined, int(options_of_marks.loc[in_joined[1], "votes"].sum()))
    if drop_joined:
        options = options[~in_joined[0]].reset_index(drop=True)
        options_of_marks = options_of_marks[~in_joined[1]].reset_index(drop=True)
    ranked = any(of.ranks > 1 for of in catalogue.contests)
    source = LongSource(
        marks.rows, marks.keys, options_of_marks, plan.voter, plan.covariates, places, _RANK if ranked else None,
        foldered=foldered and set(plan.place) <= set(marks.keys),
        place_columns={roles[role][0]: role for role in ("state", "county") if role in roles},
    )  # fmt: skip
    options = options.drop(columns="place") if places is None else options
    return Ballots(catalogue, options, source, store, account + Account(remarks=remark), rows=rows)


class _Plan(NamedTuple):
    """Which columns are read, under names of which none is one made here.

    named: column -> its name in the table; roles: role -> columns; undecided: columns without a role that may say which
    rows are votes, or their ranks; place: columns of the state and the county; voter: columns of the voter's number
    within them; covariates: name of a covariate -> column; batches: columns without a role that name places or batches;
    others: names in the table of all columns without a role.
    """

    named: dict[str, str]
    roles: dict[str, tuple[str, ...]]
    undecided: list[str]
    place: list[str]
    voter: tuple[str, ...]
    covariates: dict[str, str]
    batches: list[str]
    others: list[str]

    @property
    def groups(self) -> dict[str, str]:
        """Column of places or batches, within which voters may be numbered -> its name in the table."""
        columns = dict.fromkeys([*self.roles.get("precinct", ()), *self.batches])
        return {name: self.named[name] for name in columns if name not in (*self.voter, *self.keys)}

    @property
    def carried(self) -> list[str]:
        """Columns of the covariates."""
        return list(dict.fromkeys(self.covariates.values()))

    @property
    def keys(self) -> list[str]:
        """Columns that tell marks apart."""
        return _keys(self.roles, self.place, self.undecided)


def _plan(table: Frame, columns: Mapping[str, str | Sequence[str]], store: Store, where: str) -> _Plan:
    present = table.collect_schema().names()
    found = find_columns(present, columns, where)
    with_role = list(dict.fromkeys(chain.from_iterable(found.values())))
    others = [name for name in present if name not in with_role]
    refuse_counts(table, others, store, where)
    undecided = undecided_columns(table, others, _SIDE_ROLES.difference(found, columns), store)
    batches = group_columns(others)
    named = {own_name(name): name for name in (*with_role, *undecided, *batches)}
    roles = {role: tuple(map(own_name, names)) for role, names in found.items()}
    place, undecided = [*roles.get("state", ()), *roles.get("county", ())], [*map(own_name, undecided)]
    voter = tuple(name for name in roles["voter"] if name not in _keys(roles, place, undecided))
    covariates = {name: roles[role][0] for name, role in COVARIATES.items() if role in roles}
    return _Plan(named, roles, undecided, place, voter, covariates, [*map(own_name, batches)], others)


def _keys(roles: Mapping[str, tuple[str, ...]], place: list[str], undecided: list[str]) -> list[str]:
    return list(dict.fromkeys([*place, *chain.from_iterable(roles.get(role, ()) for role in _KEYS), *undecided]))


def _marks(table: Frame, plan: _Plan, store: Store, csv: Path | None) -> Marks:
    """Return the marks, of a CSV file if it is one that can be read in one pass."""
    others = (*plan.roles.get("party", ()), *plan.roles.get("magnitude", ()))
    described = list(dict.fromkeys([*plan.keys, *others]))
    carried = list(dict.fromkeys([*plan.carried, *plan.groups]))
    if csv is not None:
        marks = marks_of_csv(csv, plan.named, described, plan.voter, carried, store)
        if marks is not None:
            return marks
        require_whole(csv)
    rows = table.select(*(nw.col(name).alias(own) for own, name in plan.named.items()))
    return marks_of_relation(rows, described, plan.keys, plan.voter, carried, store)


def _options(marks: Marks) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per option with its marks of all ranks, as in every other file, and the option of each mark.

    Lines of one person that differ in the party are options of their own, other spellings of one name are not.
    """
    frame = marks.distinct.rename(columns={"_votes": "votes"})
    frame["option"] = frame.groupby(["place", "contest", "choice", "_party"]).ngroup()
    of_options = {"contest": "first", "choice": "first", "votes": "sum", "place": "first"}
    options = frame.groupby("option", as_index=False).agg(of_options)
    return options, frame[[*marks.keys, "option", "votes", "place", _RANK]]


def _refuse_nameless(marks: pd.DataFrame, voter: Sequence[str], where: str) -> None:
    nameless = int(marks["_nameless"].sum()) if len(marks) else 0
    if not len(marks):
        raise InputError(Fault("the table has no rows", where=where, rule="At least one is needed"))
    if nameless:
        raise InputError(
            Fault(f"{counted(nameless, 'row')} {'has' if nameless == 1 else 'have'} no {voter[0]!r}", where=where,
                  rule="Every row belongs to a voter",
                  remedy="Fill the column, or name another one as 'voter' in `columns=`")
        )  # fmt: skip


def _refuse_shared_numbers(marks: Marks, plan: _Plan, store: Store, where: str) -> None:
    """Refuse a table in whose first rows one voter has one mark many times: the number is none of a voter's."""
    same = [*marks.keys, *(name for name in plan.voter if name not in marks.keys)]
    first = gather(marks.rows.select(*same).head(_FIRST), store, "reading the contests").to_pandas()
    _refuse_cut_numbers(first[[*plan.voter[-1:]]], plan, where)
    times = first.groupby(same, dropna=False).size()
    if len(times) and times.max() > _SAME:
        voter = plan.roles["voter"][0]
        raise InputError(
            Fault(f"one voter has the same mark {times.max():,} times", where=f"{where}, column {plan.named[voter]!r}",
                  rule="Every voter has a number of their own",
                  remedy="Name another column as 'voter' in `columns=`, or several that tell voters apart together")
        )  # fmt: skip


def _refuse_cut_numbers(first: pd.DataFrame, plan: _Plan, where: str) -> None:
    """Refuse numbers of voters of which a spreadsheet has left the first digits, so that several voters have one.

    R and other programs write 100000 as "1e+05", where that is shorter, and leave no digit.
    """
    for name in first:
        written = [(str(cell), _CUT.fullmatch(str(cell))) for cell in first[name].dropna().unique()]
        cut = [cell for cell, parts in written
               if parts and (int(parts[2]) >= _CUT_FROM or len(parts[1]) + len("e+05") > int(parts[2]))]  # fmt: skip
        if cut and not is_numeric_dtype(first[name]):
            raise InputError(
                Fault(f"it says {cut[0]!r}", where=f"{where}, column {plan.named[str(name)]!r}",
                      rule="Every voter has a number of their own, and a spreadsheet has cut long ones",
                      remedy="Export the table again, and do not save it in a spreadsheet program")
            )  # fmt: skip


def _refuse_without_office(marks: pd.DataFrame, office: str, named: Mapping[str, str], where: str) -> None:
    """Refuse rows that name no office, such as a row of totals."""
    without = marks[marks[office].str.strip() == ""]
    if len(without):
        rows = int(without["_votes"].sum())
        raise InputError(
            Fault(f"{counted(rows, 'row')} {'has' if rows == 1 else 'have'} no {named[office]!r}", where=where,
                  rule="Every row is a mark in a contest", remedy="Fill the column, or take out rows of totals")
        )  # fmt: skip


def _refuse_headers(marks: pd.DataFrame, names: list[str], where: str) -> None:
    """Refuse rows that repeat the names of the columns: files put one after the other, header and all."""
    repeated = marks[(marks[names] == names).all(axis=1)]
    if len(repeated):
        times = int(repeated["_votes"].sum())
        raise InputError(
            Fault(f"{counted(times, 'row')} {'repeats' if times == 1 else 'repeat'} the header", where=where,
                  rule="The names of the columns stand in the first line only", remedy="Take these lines out")
        )  # fmt: skip


def _places(
    marks: pd.DataFrame, roles: Mapping[str, tuple[str, ...]], place: list[str]
) -> tuple[pd.DataFrame | None, Any]:
    """Return one row per place (state and county), None without any, and the number of the place of each mark."""
    if not place:
        return None, 0
    number = marks.groupby(place, sort=True).ngroup().astype("int32")
    names = {roles[role][0]: role for role in ("state", "county") if role in roles}
    table = marks[place].rename(columns=names).assign(place=number).drop_duplicates("place")
    return table.sort_values("place", ignore_index=True), number
