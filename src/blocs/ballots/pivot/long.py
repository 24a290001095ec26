"""Marks as rows of a relation: one row for each voter by one join and one group-by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import narwhals as nw
import pandas as pd

from ...tables.relations import Frame, attach
from ..ballots import Plan
from ..pivot.packing import shares
from ..pivot.reduce import SINGLE, reduce_rows, sum_rows

__all__ = ["LongSource"]


PART = 24_000_000
"""Marks that are coded at once where the files can be read place by place; keeps the group-by within 2 GB."""


@dataclass(frozen=True)
class LongSource:
    """Marks as rows of a relation, distinguished by the columns of `table`.

    rows: the relation; keys: its columns that identify an option; table: one row per option with `option`, the keys
    and `place`; places: one row per place (state and county); voter: columns of the voter's number within a place;
    carried: covariate -> column of `rows`, or of `records`; rank: column of the rank, if any; records: one row per
    voter with `voter` and the covariates, where the file lists its records apart from their marks; foldered: whether
    the places are folders, so that a filter on `place_columns` (column -> state or county) reads only their files;
    listing: one row per record of a file that has records: its number `record`, `voter` (above), ids, covariates and
    `set_aside`; own_ids: name of an id of the file -> its column there.
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
