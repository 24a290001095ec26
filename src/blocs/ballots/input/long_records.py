"""A long table as a vendor's stream, records first and then their votes, so that several files of any kind are one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from ...core.account import Account, Step
from ...tables.relations import Store, attach, create_table, stream
from ..ballots import Ballots
from ..catalogue import RECORDS, VOTES, Catalogue
from ..office_names import district_of, office_name
from ..pivot.long import LongSource
from ..vendors.format import Batch, Contents, Stream

__all__ = ["long_records"]

_ROWS = 500_000
"""Rows of a batch."""
_OF_RECORD = ("precinct", "style", "straight_party")


def long_records(ballots: Ballots, store: Store) -> Stream:
    """Yield the voters of a long table as records, then their marks as votes, and the contents.

    The voters come in the order of their ids. A voter's number is `voter`; where several columns tell voters apart, the
    others are ids, and so is the state. A county of the table is that of the records. The tables that are made on the
    way are removed from the database.
    """
    source = ballots.source
    assert isinstance(source, LongSource)
    ids = [*source.ids]
    options = ballots.options[["option", "contest", "choice"]]
    book = source.table.merge(options, on="option")
    columns = [*source.keys, *(["place"] if source.places is not None else []), "contest", "choice"]
    book = book[[*columns, *([source.rank] if source.rank in book else [])]].drop_duplicates(list(source.keys))
    marks = source.rows.join(attach(book, source.rows), on=list(source.keys), how="inner")
    rank = nw.lit(1) if source.rank is None else nw.col(source.rank).cast(nw.Int64).fill_null(1)
    carried = {name: source.carried[name] for name in _OF_RECORD if name in source.carried}
    marks.select(
        *(nw.col(name).alias(f"id_{i}") for i, name in enumerate(ids)), "contest", "choice", rank.alias("rank"),
        *(nw.col(column).cast(nw.String).alias(f"of_{name}") for name, column in carried.items()),
    ).to_native().create("long_rows")  # fmt: skip
    keys = ", ".join(f"id_{i}" for i in range(len(ids)))
    of_voter = "".join(f", max(of_{name}) as {name}" for name in carried)
    create_table(
        f"select row_number() over (order by {keys}) - 1 as record, * "
        f"from (select {keys}{of_voter} from long_rows group by all)",
        "long_voters", store,
    )  # fmt: skip
    same = " and ".join(f"r.id_{i} is not distinct from v.id_{i}" for i in range(len(ids)))
    create_table(f"select v.record, contest, choice, rank from long_rows r join long_voters v on {same}",
                 "long_votes", store)  # fmt: skip
    for made in ("long_rows", "long_marks"):
        store.con.execute(f"drop table if exists {made}")
    number: int = store.con.sql("select count(*) from long_voters").fetchall()[0][0]
    for batch in _tables("select * from long_voters order by record", store):
        yield Batch(_records(batch, ids, ballots), VOTES.empty_table())
    for batch in _tables("from long_votes", store):
        yield Batch(RECORDS.empty_table(), batch.select(VOTES.names).cast(VOTES))
    store.con.execute("drop table long_voters")
    store.con.execute("drop table long_votes")
    steps = (Step("Records read", "voters", number, {"delivered": number}),)
    yield Contents(_standard(ballots.catalogue), Account(steps, ballots.account.remarks))


def _tables(query: str, store: Store) -> Iterator[pa.Table]:
    """Yield rows of the database in tables, by a connection of their own: they are put into others of its tables."""
    other = replace(store, con=store.con.cursor())
    return stream(nw.from_native(other.con.sql(query)), other, "reading the voters", _ROWS)


def _records(voters: pa.Table, ids: list[str], ballots: Ballots) -> pa.Table:
    """Return a table of the schema RECORDS, with ids behind."""
    source = ballots.source
    assert isinstance(source, LongSource)
    text = {name: pc.cast(voters[f"id_{i}"], pa.string()) for i, name in enumerate(ids) if name != "place"}
    voter = "voter" if "voter" in text else next(reversed(text), None)
    columns: dict[str, pa.ChunkedArray | pa.Array] = {"record": voters["record"]}
    columns["voter"] = text.pop(voter) if voter else pa.nulls(len(voters), pa.string())
    for name in RECORDS.names[2:]:
        if name in voters.column_names:
            columns[name] = voters[name]
            if source.carried[name] == name:
                text.pop(name, None)  # the same column
        elif name in text and name in _OF_RECORD:  # "precinct", within which voters are numbered
            columns[name] = text.pop(name)
        else:
            columns[name] = pa.nulls(len(voters), pa.string())
    records = pa.table(columns).cast(RECORDS)
    if source.places is not None:
        places = source.places.set_index("place")
        at = voters[f"id_{ids.index('place')}"].to_numpy()
        for role in places.columns:
            records = records.append_column(role, pa.array(places[role].reindex(at).to_numpy(), pa.string()))
    for name, cells in text.items():
        records = records.append_column(name if name not in records.column_names else f"{name}_column", cells)
    return records


def _standard(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue, the six offices by their standard names, as they have in the other files."""
    contests = []
    for contest in catalogue.contests:
        read = office_name(contest.office)
        if read.standard and not read.part and contest.office != contest.name:
            contest = replace(contest, office=read.office, district=district_of(read, contest.district))
        contests.append(contest)
    return Catalogue(tuple(contests), catalogue.candidates)
