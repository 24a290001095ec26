"""Marks as rows of a relation: one row for each voter by one join and one group-by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import narwhals as nw
import pandas as pd

from ...tables.relations import Frame, Store, attach, gather, partial_progress
from ..ballots import Plan
from ..pivot.packing import shares
from ..pivot.reduce import SINGLE, reduce_rows, reduce_several, sum_rows
from ..pivot.valid_votes import MARKS, RESULT, one_vote, several_votes

__all__ = ["LongSource"]


PART = 24_000_000
"""Marks that are coded at once where the files can be read place by place; keeps the group-by within 2 GB."""


@dataclass(frozen=True)
class LongSource:
    """Marks as rows of a relation, distinguished by the columns of `table`.

    rows: the relation; keys: its columns that identify an option; table: one row per option with `option`, the keys
    and `place`; places: one row per place (state and county); voter: columns of the voter's number within a place;
    carried: covariate -> column of `rows`, or of `records`; rank: column of the rank in `rows` or `table`, if any, null
    where a row has none; records: one row per voter with `voter` and the covariates, where the file lists its records
    apart from their marks; foldered: whether the places are folders, so that a filter on `place_columns` (column ->
    state or county) reads only their files; as_read: columns in place of `keys` by which votes are counted, where a
    rule has changed what the file says (S2); listing: one row per record of a file that has records: its number
    `record`, `voter` (above), the ids and covariates, and `set_aside`; own_ids: name of an id of the file -> its column
    there.
    """

    rows: Frame = field(repr=False)
    keys: tuple[str, ...]
    table: pd.DataFrame = field(repr=False)
    voter: tuple[str, ...]
    carried: Mapping[str, str]
    places: pd.DataFrame | None = field(default=None, repr=False)
    rank: str | None = None
    records: Frame | None = field(default=None, repr=False)
    foldered: bool = False
    place_columns: Mapping[str, str] = field(default_factory=dict)
    as_read: tuple[str, ...] = field(default=(), repr=False)
    listing: Frame | None = field(default=None, repr=False)
    own_ids: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def _place(self) -> tuple[str, ...]:
        return () if self.places is None else ("place",)

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the voter-level columns that can be carried along."""
        return (*self._place_names, *self.carried)

    @property
    def ids(self) -> tuple[str, ...]:
        """Columns that tell voters apart."""
        return self.voter if self.places is None else ("place", *self.voter)

    @property
    def labels(self) -> tuple[str, ...]:
        """The file's own ids; in a table of marks state, county and the columns of the voter."""
        if self.listing is not None:
            return tuple(self.own_ids)
        return (*self._place_names, *self.voter)

    @property
    def unlinked(self) -> bool:
        """Whether every record stands for itself, though the file has records that may be cards of one ballot."""
        return self.listing is not None and self.voter == ("record",)

    @property
    def ids_repeat(self) -> bool:
        """Whether several records have one id of a ballot, by which they can be linked."""
        if self.listing is None:
            return False
        several = self.listing.drop_nulls("voter").group_by("voter").agg(nw.len().alias("n")).filter(nw.col("n") > 1)
        return len(several.head(1).collect()) > 0

    @property
    def _place_names(self) -> tuple[str, ...]:
        return () if self.places is None else tuple(c for c in self.places.columns if c != "place")

    def parts(self) -> tuple[LongSource, ...]:
        """Return the places in groups of about PART marks, where each place lies in files of its own."""
        if not self.foldered or self.places is None:
            return (self,)
        marks = self.table.groupby("place")["votes"].sum().reindex(self.places["place"])
        group = (marks.cumsum() - marks).to_numpy() // PART
        return tuple(self._places(self.places[group == number]) for number in dict.fromkeys(group))

    def _places(self, places: pd.DataFrame) -> LongSource:
        """Return the marks of some places alone."""
        filters = [nw.col(c).is_in(sorted(set(places[role]))) for c, role in self.place_columns.items()]
        table = self.table[self.table["place"].isin(places["place"])]
        return replace(self, rows=self.rows.filter(*filters), table=table, foldered=False)

    def states(self, plan: Plan, covariates: tuple[str, ...]) -> Frame:
        """Return one row per voter; the only pass over all marks: a join with a small table and one group-by."""
        return self._by_voter(plan, covariates, reduce_rows)

    def listed(self, plan: Plan, keep: tuple[str, ...]) -> tuple[Frame, tuple[str, ...]]:
        """Return one row per voter, or per record where the file has records, and the columns that sort them."""
        if self.listing is None:
            return self.states(plan, keep), self.ids
        columns = {name: name for name in ("record", *self.voter, "set_aside")} | dict(self.own_ids)
        columns |= {name: self.carried[name] for name in keep}
        records = self.listing.select(*(nw.col(column).alias(name) for name, column in columns.items()))
        return records.join(self.states(plan, ()), on=list(self.voter), how="left"), ("record",)

    def sums(self, plan: Plan, covariates: tuple[str, ...]) -> Frame | None:
        """Return `states` by sums alone, None where an item needs more than that."""
        return self._by_voter(plan, covariates, sum_rows) if set(plan.kinds) <= SINGLE else None

    def states_by_counts(self, plan: Plan, covariates: tuple[str, ...], counts: pd.DataFrame) -> Frame:
        """Return `states` of the voters alone who have some row counts."""
        return self._by_voter(plan, covariates, partial(reduce_several, counts=counts), joined="inner")

    def valid_votes(self, book: pd.DataFrame, store: Store) -> pd.DataFrame:
        """Return the votes that count; every mark passes through one group-by of its voter and contest."""
        counts = [pd.DataFrame(columns=list(RESULT), dtype="int64")]
        book, parts, keys = book[["option", *MARKS[:-1]]], self.parts(), self.as_read or self.keys
        for i, part in enumerate(parts):
            progress, of_part = partial_progress(store, i, len(parts)), part._book(book, keys)
            for several, of_contests in of_part.groupby(of_part["_allowed"] > 1):
                marks = part._joined(of_contests, keys).with_columns(self._rank.alias("_rank"))
                count = several_votes if several else one_vote
                query = count(marks.select(*self.ids, *MARKS), self.ids)
                counts.append(gather(query, progress, "counting the votes").to_pandas())
        whole: pd.DataFrame = pd.concat(counts, ignore_index=True)
        return whole

    @property
    def _rank(self) -> nw.Expr:
        """The rank of a mark; without one it is a first choice."""
        return nw.lit(1) if self.rank is None else nw.col(self.rank).cast(nw.Int64).fill_null(1)

    def _book(self, options: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
        """Return columns on each option beside the keys by which a row finds it."""
        table = self.table.rename(columns=dict(zip(self.keys, keys, strict=True)))
        ranked = [self.rank] if self.rank in self.table else []
        wanted = [*keys, *self._place, *ranked, *(name for name in options if name != "option")]
        book: pd.DataFrame = table.merge(options, on="option")[wanted].drop_duplicates(list(keys))
        return book

    def _joined(self, book: pd.DataFrame, keys: tuple[str, ...]) -> Frame:
        """Return the rows of the options of a book, with its columns."""
        return self.rows.join(attach(book, self.rows), on=list(keys), how="inner")

    def _by_voter(
        self,
        plan: Plan,
        covariates: tuple[str, ...],
        reduce: Callable[[Frame, Sequence[str], Plan, list[str]], Frame],
        joined: Literal["left", "inner"] = "left",
    ) -> Frame:
        """Return one row per voter; joined: "left" with the records that show no contest at all."""
        book = self._book(plan.book[["option", "item", "key", "allowed"]], self.keys)
        adds = shares(book, len(plan.kinds))
        names = [c for c in covariates if c in self.carried] if self.records is None else []
        rows = self._joined(book.join(adds), self.keys).select(
            *self.ids, "item", "key", "allowed", *adds.columns, self._rank.alias("rank"),
            *(nw.col(self.carried[c]).alias(f"_{c}") for c in names),
        )  # fmt: skip
        voters = reduce(rows, self.ids, plan, [f"_{c}" for c in names])
        voters = voters.rename({f"_{c}": c for c in names})
        if self.records is not None:
            voters = self._with_records(voters, self.records, covariates, joined)
        voters = voters.with_columns(nw.lit(1).cast(nw.Int64).alias("voters"))
        return self._with_places(voters, [c for c in covariates if c not in self.carried])

    def _with_records(
        self, voters: Frame, records: Frame, covariates: tuple[str, ...], how: Literal["left", "inner"]
    ) -> Frame:
        """Add the covariates of the records and, where the join is a left one, those that show no contest at all."""
        small = records.select(*self.voter, *(nw.col(self.carried[c]).alias(c) for c in covariates))
        marks = [name for name in voters.collect_schema().names() if name not in self.voter]
        joined = small.join(voters, on=list(self.voter), how=how)
        return joined.with_columns(*(nw.col(name).fill_null(0) for name in marks))

    def _with_places(self, voters: Frame, names: list[str]) -> Frame:
        if not names or self.places is None:
            return voters
        return voters.join(attach(self.places[["place", *names]], voters), on="place", how="inner")
