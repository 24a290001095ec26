"""Long tables: one row per mark (the Harvard/MIT layout, or any other by naming its columns)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals as nw
import pandas as pd

from ...core.account import Account
from ...core.errors import Fault, InputError, counted
from ...tables.column_roles import find_columns, own_name
from ...tables.relations import Frame, Store, attach, relation
from ..ballots import Ballots, Plan
from ..pivot.packing import shares
from ..pivot.reduce import SINGLE, reduce_rows, sum_rows
from .joined_counties import joined_places, joined_remark
from .long_catalogue import catalogue_of, distinct_marks

__all__ = ["LongSource", "read_long"]

PART = 24_000_000
"""Marks that are coded at once where the files can be read place by place; keeps the group-by within 2 GB."""


@dataclass(frozen=True)
class LongSource:
    """Marks as rows of a relation, told apart by the columns of `table`.

    rows: the relation; keys: its columns that identify an option; table: one row per option with `option`, the keys
    and `place`; places: one row per place (state and county); voter: columns of the voter's number within a place;
    carried: covariate -> column of `rows`, or of `records`; rank: column of the rank, if any; records: one row per
    voter with `voter` and the covariates, where the file lists its records apart from their marks; foldered: whether
    the places are folders, so that a filter on `place_columns` (column -> state or county) reads only their files.
    """

    rows: Frame
    keys: tuple[str, ...]
    table: pd.DataFrame
    voter: tuple[str, ...]
    carried: Mapping[str, str]
    places: pd.DataFrame | None = None
    rank: str | None = None
    records: Frame | None = None
    foldered: bool = False
    place_columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def _place(self) -> tuple[str, ...]:
        return () if self.places is None else ("place",)

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the voter-level columns that can be carried along."""
        of_place = () if self.places is None else tuple(c for c in self.places.columns if c != "place")
        return (*of_place, *self.carried)

    @property
    def ids(self) -> tuple[str, ...]:
        """Columns that tell voters apart."""
        return self.voter if self.places is None else ("place", *self.voter)

    def parts(self) -> tuple[LongSource, ...]:
        """Return the places in groups of about PART marks, where each place lies in files of its own."""
        if not self.foldered or self.places is None:
            return (self,)
        marks = self.table.groupby("place")["votes"].sum().reindex(self.places["place"])
        group = (marks.cumsum() - marks).to_numpy() // PART
        found = []
        for number in dict.fromkeys(group):
            mine = self.places[group == number]
            here = [nw.col(c).is_in(sorted(set(mine[role]))) for c, role in self.place_columns.items()]
            table = self.table[self.table["place"].isin(mine["place"])]
            found.append(replace(self, rows=self.rows.filter(*here), table=table, foldered=False))
        return tuple(found)

    def states(self, plan: Plan, covariates: tuple[str, ...]) -> Frame:
        """Return one row per voter; the only pass over all marks: a join with a small table and one group-by."""
        return self._by_voter(plan, covariates, reduce_rows)

    def sums(self, plan: Plan, covariates: tuple[str, ...]) -> Frame | None:
        """Return `states` by sums alone, None where an item needs more than that."""
        return self._by_voter(plan, covariates, sum_rows) if set(plan.kinds) <= SINGLE else None

    def _by_voter(
        self, plan: Plan, covariates: tuple[str, ...], reduce: Callable[[Frame, Sequence[str], Plan, list[str]], Frame]
    ) -> Frame:
        wanted = [*self.keys, *self._place, "item", "key", "allowed"]
        book = self.table.merge(plan.book, on="option")[wanted].drop_duplicates(list(self.keys))
        adds = shares(book, len(plan.kinds))
        rows = self.rows.join(attach(book.join(adds), self.rows), on=list(self.keys), how="inner")
        names = [c for c in covariates if c in self.carried] if self.records is None else []
        rank = [nw.col(self.rank).alias("rank")] if self.rank else []
        rows = rows.select(
            *self.ids, "item", "key", "allowed", *adds.columns, *rank,
            *(nw.col(self.carried[c]).alias(f"_{c}") for c in names),
        )  # fmt: skip
        voters = reduce(rows, self.ids, plan, [f"_{c}" for c in names])
        voters = voters.rename({f"_{c}": c for c in names})
        if self.records is not None:
            voters = self._with_records(voters, self.records, covariates)
        voters = voters.with_columns(nw.lit(1).cast(nw.Int64).alias("voters"))
        return self._with_places(voters, [c for c in covariates if c not in self.carried])

    def _with_records(self, voters: Frame, records: Frame, covariates: tuple[str, ...]) -> Frame:
        """Add the records that show no contest at all, and the covariates of all."""
        small = records.select(*self.voter, *(nw.col(self.carried[c]).alias(c) for c in covariates))
        marks = [name for name in voters.collect_schema().names() if name not in self.voter]
        joined = small.join(voters, on=list(self.voter), how="left")
        return joined.with_columns(*(nw.col(name).fill_null(0) for name in marks))

    def _with_places(self, voters: Frame, names: list[str]) -> Frame:
        if not names or self.places is None:
            return voters
        return voters.join(attach(self.places[["place", *names]], voters), on="place", how="inner")


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

    frame: any table, see relations.relation; columns: role -> column(s), where the names are not the known ones;
    drop_joined: leave out the places whose sheets were joined by nearest row; foldered: whether state and county are
    folders; where: what to call the table in errors. On the ballot = a row exists; a contest without a mark has one
    row with UNDERVOTE. Raises InputError for missing columns, voters without a number, magnitudes that are no numbers.
    """
    raw, roles = _own_columns(relation(frame, store), columns, where)
    place = [*roles.get("state", ()), *roles.get("county", ())]
    keys = list(dict.fromkeys([*place, *roles["office"], *roles.get("district", ()), *roles["candidate"]]))
    voter = [name for name in roles["voter"] if name not in keys]
    carried: dict[str, str] = {role: roles[role][0] for role in ("precinct", "style", "lever") if role in roles}
    more = [*roles.get("party", ()), *roles.get("magnitude", ())]
    found, texts = distinct_marks(raw, list(dict.fromkeys([*keys, *more])), voter, store)
    _refuse_nameless(found, voter, where)
    _refuse_headers(found, [*roles["office"], *roles["candidate"]], where)
    catalogue, contest, choice = catalogue_of(found, roles, where)
    places, number = _places(found, roles, place)
    options = pd.DataFrame(
        {"option": range(len(found)), "contest": contest, "choice": choice, "votes": found["_votes"], "place": number}
    )
    table = found[keys].join(options[["option", "votes", "place"]])
    joined = joined_places(places)
    away = options["place"].isin(list(joined))
    left = int(options.loc[away, "votes"].sum())
    if drop_joined:
        options, table = (t[~away].reset_index(drop=True) for t in (options, table))
    source = LongSource(
        raw.select(*texts[: len(keys)], *dict.fromkeys(c for c in (*voter, *carried.values()) if c not in keys)),
        tuple(keys), table, tuple(voter), carried, places, foldered=foldered,
        place_columns={roles[role][0]: role for role in ("state", "county") if role in roles},
    )  # fmt: skip
    options = options.drop(columns="place") if places is None else options
    return Ballots(catalogue, options, source, store, Account(remarks=joined_remark(joined, drop_joined, left)))


def _own_columns(
    raw: Frame, columns: Mapping[str, str | Sequence[str]] | None, where: str
) -> tuple[Frame, dict[str, tuple[str, ...]]]:
    """Return the columns that play a role, under names of which none is one made here, and role -> columns."""
    roles = find_columns(raw.collect_schema().names(), columns, where)
    named = {column: own_name(column) for columns in roles.values() for column in columns}
    renamed = raw.select(*(nw.col(column).alias(name) for column, name in named.items()))
    return renamed, {role: tuple(named[column] for column in columns) for role, columns in roles.items()}


def _refuse_nameless(found: pd.DataFrame, voter: list[str], where: str) -> None:
    nameless = int(found["_nameless"].sum()) if len(found) else 0
    if not len(found):
        raise InputError(Fault("the table has no rows", where=where, rule="At least one is needed"))
    if nameless:
        raise InputError(
            Fault(f"{counted(nameless, 'row')} {'has' if nameless == 1 else 'have'} no {voter[0]!r}", where=where,
                  rule="Every row belongs to a voter",
                  remedy="Fill the column, or name another one: columns={'voter': ...}")
        )  # fmt: skip


def _refuse_headers(found: pd.DataFrame, names: list[str], where: str) -> None:
    """Refuse rows that repeat the names of the columns: files put one after the other, header and all."""
    repeated = found[(found[names] == names).all(axis=1)]
    if len(repeated):
        times = int(repeated["_votes"].sum())
        raise InputError(
            Fault(f"{counted(times, 'row')} {'repeats' if times == 1 else 'repeat'} the header", where=where,
                  rule="The names of the columns stand in the first line only", remedy="Take these lines out")
        )  # fmt: skip


def _places(
    found: pd.DataFrame, roles: Mapping[str, tuple[str, ...]], place: list[str]
) -> tuple[pd.DataFrame | None, Any]:
    """Return one row per place (state and county), None without any, and the number of the place of each mark."""
    if not place:
        return None, 0
    number = found.groupby(place, sort=True).ngroup().astype("int32")
    names = {roles[role][0]: role for role in ("state", "county") if role in roles}
    table = found[place].rename(columns=names).assign(place=number).drop_duplicates("place")
    return table.sort_values("place", ignore_index=True), number
