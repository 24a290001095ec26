"""Long tables: one row per mark (the Harvard/MIT layout, or any other by naming its columns)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals as nw
import pandas as pd

from ..account import Account
from ..errors import Fault, InputError
from .ballots import INVALID, OVER, UNDER, WRITE_IN, Candidate, Catalogue, Contest
from .columns import find_columns, own_name
from .joined import joined_places, joined_remark
from .names import fold, party_names
from .reduce import reduce_rows
from .relations import Frame, Store, attach, gather, relation
from .source import Ballots, Plan

__all__ = ["LongSource", "read_long"]

_TOKENS = {
    "undervote": UNDER, "under vote": UNDER, "undervotes": UNDER, "blank": UNDER,
    "overvote": OVER, "over vote": OVER, "overvotes": OVER,
    "writein": WRITE_IN, "write in": WRITE_IN, "not qualified": WRITE_IN, "": INVALID,
}  # fmt: skip
"""What is written in place of a candidate's name, folded."""
_ORDER = ("us president", "president", "governor", "us senate", "us house", "state senate", "state house")
"""Ballot order of the offices of a table that has none."""
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
        book = self.table.merge(plan.book, on="option")[[*self.keys, *self._place, "item", "key", "allowed"]]
        rows = self.rows.join(attach(book, self.rows), on=list(self.keys), how="inner")
        names = [c for c in covariates if c in self.carried] if self.records is None else []
        rank = [nw.col(self.rank).alias("rank")] if self.rank else []
        rows = rows.select(
            *self.ids, "item", "key", "allowed", *rank,
            *(nw.col(self.carried[c]).alias(f"_{c}") for c in names),
        )  # fmt: skip
        voters = reduce_rows(rows, self.ids, plan, [f"_{c}" for c in names])
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
    folders; where: what to call the table in errors.
    On the ballot = a row exists; a contest without a mark has one row with
    UNDERVOTE. Raises InputError for missing columns, voters without a number, magnitudes that are not numbers.
    """
    raw = relation(frame, store)
    roles = find_columns(raw.collect_schema().names(), columns, where)
    named = {column: own_name(column) for columns in roles.values() for column in columns}
    raw = raw.select(*(nw.col(column).alias(name) for column, name in named.items()))
    roles = {role: tuple(named[column] for column in columns) for role, columns in roles.items()}
    place = [*roles.get("state", ()), *roles.get("county", ())]
    contest = [*roles.get("state", ()), *roles["office"], *roles.get("district", ())]
    mark = [*roles["candidate"], *roles.get("party", ()), *roles.get("magnitude", ())]
    keys = list(dict.fromkeys([*place, *contest, *mark]))
    voter = [name for name in roles["voter"] if name not in place]
    carried: dict[str, str] = {role: roles[role][0] for role in ("precinct", "style", "lever") if role in roles}
    text = [nw.col(name).cast(nw.String).fill_null("").alias(name) for name in keys]
    rows = raw.select(*text, *dict.fromkeys([*voter, *carried.values()]))
    nameless = nw.when(nw.col(voter[0]).is_null()).then(nw.lit(1)).otherwise(nw.lit(0)) if voter else nw.lit(0)
    tally = rows.group_by(*keys).agg(nw.len().alias("_votes"), nameless.sum().cast(nw.Int64).alias("_nameless"))
    found = gather(tally, store, "reading the contests").to_pandas().sort_values(keys, ignore_index=True)
    _refuse_nameless(found, voter, where)
    catalogue, table, options = _catalogue(found, roles, keys, place, where)
    places = _places(found, roles, place)
    joined = joined_places(places)
    left = int(options.loc[options["place"].isin(list(joined)), "votes"].sum())
    if places is None:
        options = options.drop(columns="place")
    elif drop_joined:
        options, table = (t[~t["place"].isin(list(joined))].reset_index(drop=True) for t in (options, table))
    place_columns = {roles[role][0]: role for role in ("state", "county") if role in roles}
    source = LongSource(
        rows, tuple(keys), table, tuple(voter), carried, places, foldered=foldered, place_columns=place_columns
    )
    return Ballots(catalogue, options, source, store, Account(remarks=joined_remark(joined, drop_joined, left)))


def _refuse_nameless(found: pd.DataFrame, voter: list[str], where: str) -> None:
    nameless = int(found["_nameless"].sum()) if len(found) else 0
    if not len(found):
        raise InputError(Fault("the table has no rows", where=where, rule="At least one is needed"))
    if nameless:
        raise InputError(
            Fault(f"{nameless:,} rows have no {voter[0]!r}", where=where, rule="Every row belongs to a voter",
                  remedy="Fill the column, or name another one: columns={'voter': ...}")
        )  # fmt: skip


def _catalogue(
    found: pd.DataFrame, roles: Mapping[str, tuple[str, ...]], keys: list[str], place: list[str], where: str
) -> tuple[Catalogue, pd.DataFrame, pd.DataFrame]:
    """Return contests and candidates, the table of keys by option, and the options, from the distinct marks."""
    state, district = (roles.get(role, ("",))[0] for role in ("state", "district"))
    office, name, party = roles["office"][0], roles["candidate"][0], roles.get("party", ("",))[0]
    contest_of = [c for c in (state, office, district) if c]
    distinct = found[contest_of].drop_duplicates()
    rank = distinct[office].map(lambda o: _ORDER.index(fold(o)) if fold(o) in _ORDER else len(_ORDER))
    distinct = distinct.assign(_rank=rank).sort_values(["_rank", office, *contest_of], ignore_index=True)
    votes = _magnitudes(found, contest_of, roles.get("magnitude", ("",))[0], where)
    contests: list[Contest] = []
    position: dict[tuple[str, ...], int] = {}
    for values in distinct[contest_of].itertuples(index=False, name=None):
        said = dict(zip(contest_of, values, strict=True))
        told = ", ".join(said[c] for c in (office, district, state) if c and said[c])
        position[values] = len(contests)
        contests.append(Contest(told, said[office], said.get(district, ""), votes.get(values, 1)))
    of_row = [position[values] for values in found[contest_of].itertuples(index=False, name=None)]
    parties: dict[tuple[int, str], dict[str, None]] = {}
    choices: list[int | tuple[int, str]] = []
    for c, person, label in zip(of_row, found[name], found[party] if party else [""] * len(found), strict=True):
        token = _TOKENS.get(fold(person)) if len(person) < 16 else None
        if token is not None:
            choices.append(token)
            continue
        parties.setdefault((c, person), {}).update(dict.fromkeys(party_names(label)))
        choices.append((c, person))
    numbered = {key: i for i, key in enumerate(sorted(parties))}
    candidates = [Candidate(c, person, tuple(parties[c, person])) for c, person in numbered]
    table = found[keys].assign(option=range(len(found)), votes=found["_votes"])
    if place:
        table["place"] = found.groupby(place, sort=True).ngroup().astype("int32")
    options = pd.DataFrame(
        {
            "option": range(len(found)),
            "contest": of_row,
            "choice": [numbered[c] if isinstance(c, tuple) else c for c in choices],
            "votes": found["_votes"],
            "place": table["place"] if place else 0,
        }
    )
    return Catalogue(contests, candidates), table, options


def _magnitudes(found: pd.DataFrame, contest_of: list[str], column: str, where: str) -> dict[tuple[str, ...], int]:
    if not column:
        return {}
    number = pd.to_numeric(found[column].replace("", "1"), errors="coerce")
    wrong = found[(number.isna()) | (number < 1)]
    if len(wrong):
        row = wrong.iloc[0]
        raise InputError(
            Fault(f"{row[column]!r} votes are allowed in {', '.join(row[contest_of])}",
                  where=f"{where}, column {column!r}", rule="Votes allowed are whole numbers from 1",
                  remedy="Correct the column, or leave it blank for 1")
        )  # fmt: skip
    largest = found.assign(_n=number).groupby(contest_of)["_n"].max()
    return {key if isinstance(key, tuple) else (key,): int(n) for key, n in largest.items()}


def _places(found: pd.DataFrame, roles: Mapping[str, tuple[str, ...]], place: list[str]) -> pd.DataFrame | None:
    if not place:
        return None
    groups = found.groupby(place, sort=True).ngroup().astype("int32")
    names = {roles[role][0]: role for role in ("state", "county") if role in roles}
    table = found[place].rename(columns=names).assign(place=groups).drop_duplicates("place")
    return table.sort_values("place", ignore_index=True)
