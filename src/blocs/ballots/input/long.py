"""Long tables: one row per mark (the Harvard/MIT layout, or any other by naming its columns)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from ...core.account import Account
from ...core.errors import Fault, InputError, counted
from ...tables.column_roles import find_columns, own_name
from ...tables.relations import Frame, Store, relation
from ..ballots import Ballots
from ..catalogue import COVARIATES
from ..pivot.long import LongSource
from .joined_counties import joined_places, joined_remark
from .long_catalogue import catalogue_of, distinct_marks

__all__ = ["read_long"]


def read_long(
    frame: Any,
    store: Store,
    columns: Mapping[str, str | Sequence[str]] | None = None,
    *,
    drop_joined: bool = False,
    foldered: bool = False,
    where: str = "table",
) -> Ballots:
    """Return the ballots of a long table: one row per voter, contest and mark.

    A contest was on the ballot when it has a row; a contest without a mark has one row with UNDERVOTE.

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

    Returns
    -------
    Ballots
        A source of one row per mark.

    Raises
    ------
    InputError
        For missing columns, rows without a voter, and votes allowed that are no whole numbers from 1.
    """
    rows, roles = _own_columns(relation(frame, store), columns, where)
    place = [*roles.get("state", ()), *roles.get("county", ())]
    keys = list(dict.fromkeys([*place, *roles["office"], *roles.get("district", ()), *roles["candidate"]]))
    voter = [name for name in roles["voter"] if name not in keys]
    described_by = [*keys, *roles.get("party", ()), *roles.get("magnitude", ())]
    marks, texts = distinct_marks(rows, list(dict.fromkeys(described_by)), voter, store)
    _refuse_nameless(marks, voter, where)
    _refuse_headers(marks, [*roles["office"], *roles["candidate"]], where)
    catalogue, contest, choice = catalogue_of(marks, roles, where)
    places, number = _places(marks, roles, place)
    options = pd.DataFrame(
        {"option": range(len(marks)), "contest": contest, "choice": choice, "votes": marks["_votes"], "place": number}
    )
    table = marks[keys].join(options[["option", "votes", "place"]])
    joined = joined_places(places)
    in_joined = options["place"].isin(list(joined))
    remark = joined_remark(joined, drop_joined, int(options.loc[in_joined, "votes"].sum()))
    if drop_joined:
        options, table = (t[~in_joined].reset_index(drop=True) for t in (options, table))
    carried = {name: roles[role][0] for name, role in COVARIATES.items() if role in roles}
    others = dict.fromkeys(c for c in (*voter, *carried.values()) if c not in keys)
    source = LongSource(
        rows.select(*texts[: len(keys)], *others), tuple(keys), table, tuple(voter), carried, places, foldered=foldered,
        place_columns={roles[role][0]: role for role in ("state", "county") if role in roles},
    )  # fmt: skip
    options = options.drop(columns="place") if places is None else options
    return Ballots(catalogue, options, source, store, Account(remarks=remark))


def _own_columns(
    rows: Frame, columns: Mapping[str, str | Sequence[str]] | None, where: str
) -> tuple[Frame, dict[str, tuple[str, ...]]]:
    """Return the columns that play a role, under names of which none is one made here, and role -> columns."""
    roles = find_columns(rows.collect_schema().names(), columns, where)
    named = {column: own_name(column) for columns in roles.values() for column in columns}
    renamed = rows.select(*(nw.col(column).alias(name) for column, name in named.items()))
    return renamed, {role: tuple(named[column] for column in columns) for role, columns in roles.items()}


def _refuse_nameless(marks: pd.DataFrame, voter: list[str], where: str) -> None:
    nameless = int(marks["_nameless"].sum()) if len(marks) else 0
    if not len(marks):
        raise InputError(Fault("the table has no rows", where=where, rule="At least one is needed"))
    if nameless:
        raise InputError(
            Fault(f"{counted(nameless, 'row')} {'has' if nameless == 1 else 'have'} no {voter[0]!r}", where=where,
                  rule="Every row belongs to a voter",
                  remedy="Fill the column, or name another one as 'voter' in `columns=`")
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
