"""A vendor's stream of batches, kept in the database so that it takes the same path as a long table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import narwhals as nw
import pandas as pd

from ...core.account import Account
from ...core.errors import Fault, InputError, counted, missing_columns
from ...tables.column_roles import own_name
from ...tables.relations import Store, create_table, query_of
from ...tables.sql_text import quoted
from ..ballots import Ballots
from ..catalogue import COVARIATES, RECORDS, VOTES, Catalogue
from ..mark_words import may_be_of_all_precincts
from ..pivot.long import LongSource
from ..vendors.format import Batch, Contents, Stream
from .all_precincts import of_all_precincts
from .infer_undervotes import infer_undervotes
from .long_shared import refuse_shared_voters
from .several_exports import COUNTY, pooled_contests

__all__ = ["LINKABLE", "load_records"]

LINKABLE = ("voter", "precinct", "style")
"""Columns of a record that `link` may name."""


def load_records(
    stream: Stream, store: Store, link: str | Sequence[str] | None = None, tables: Sequence[str] = ()
) -> Ballots:
    """Read a stream to its end and return it as ballots.

    Parameters
    ----------
    stream : iterator of Batch, then Contents
        What `Format.read` gives: batches and, last, the contents.
    store : Store
        The database that takes the records and the votes.
    link : str or sequence of str, optional
        Columns of the records (rule S3) whose equal values make one ballot; without it every record stands for
        itself. Records without a value are never linked.
    tables : sequence of str
        Names of the exports that are long tables, of which no two may have the same voters.

    Returns
    -------
    Ballots
        Where the file lists votes alone, rule S2 has added the undervotes.

    Raises
    ------
    InputError
        For unknown columns, for linked records that show the same contest twice, and whatever the reader finds wrong.
    """
    names = _link_columns(link)
    records, votes, contents = _stored(stream, store)
    catalogue, account = contents.catalogue, contents.account
    several = any(contest.county for contest in catalogue.contests)
    if several:
        account = account + Account(remarks=refuse_shared_voters(catalogue, store, tables))
        pooled = pooled_contests(catalogue)
        catalogue, votes = pooled.catalogue, pooled.votes(votes, store)
        names = (COUNTY, *names) if names else ()  # cards of one ballot are in one export
    account = account + Account(remarks=_of_all_precincts(store))
    marks = votes
    if contents.votes_only:
        marks, inferred = infer_undervotes(records, votes, store)
        account = account + inferred
    units = _Units(records, marks, "record", store.con.table("records"))
    if names:
        units, linked = _linked(records, marks, names, store)
        account = account + linked
    options = _options(votes, marks, store)
    catalogue = _with_votes_allowed(catalogue, votes, store)
    ranked = any(contest.ranks > 1 for contest in catalogue.contests)
    source = LongSource(
        nw.from_native(units.marks),
        ("contest", "choice"),
        options[["option", "contest", "choice"]].astype({"contest": "int32", "choice": "int32"}),
        (units.id,),
        COVARIATES if names else COVARIATES | {name: name for name in _own_ids(units.records)},
        rank="rank" if ranked else None,
        records=nw.from_native(units.records),
        as_read=("contest", "choice_read") if contents.votes_only else (),
        listing=nw.from_native(units.listing),
        own_ids=_names_of_records(store),
    )
    unit = "ballots" if names or not account.steps else account.steps[0].unit
    number = store.con.sql(f"select count(*) from {query_of(units.records)}").fetchall()[0][0]
    return Ballots(catalogue, options, source, store, account, unit=unit, records=number, named=True)


def _names_of_records(store: Store) -> dict[str, str]:
    """Return the columns by which a record of the file is known: its ids, precinct and style; else its number."""
    records = store.con.table("records")
    ids = _own_ids(records)
    if not ids and not store.con.sql("select count(voter) from records").fetchall()[0][0]:
        return {"record": "record", "precinct": "precinct", "style": "style"}
    return {own_name(name): name for name in ("voter", *ids, "precinct", "style")}


def _of_all_precincts(store: Store) -> tuple[str, ...]:
    """Return a remark on ballots that may be sums of all precincts, by what stands in place of the precinct.

    An export that has no precincts at all is none of them.
    """
    county = COUNTY if COUNTY in store.con.table("records").columns else "null"
    found = store.con.sql(
        f"select {county}, coalesce(trim(precinct), ''), count(*) from records where set_aside is null group by all"
    ).fetchall()
    with_precincts = {of for of, cell, _ in found if not may_be_of_all_precincts(cell)}
    unclear = Counter[str]()
    for of, cell, n in sorted(found, key=lambda row: row[1]):
        if of in with_precincts and may_be_of_all_precincts(cell):
            unclear[cell] += n
    return of_all_precincts(unclear, sum(n for _, _, n in found), "ballot", "precinct")


def _own_ids(records: duckdb.DuckDBPyRelation) -> list[str]:
    """Return the columns of the file's own ids."""
    return [name for name in records.columns if name not in RECORDS.names]


def _stored(stream: Stream, store: Store) -> tuple[duckdb.DuckDBPyRelation, duckdb.DuckDBPyRelation, Contents]:
    """Put all batches into the database; return its tables of records and of votes, and the contents of the file."""
    con, contents = store.con, None
    con.from_arrow(RECORDS.empty_table()).create("records")
    con.from_arrow(VOTES.empty_table()).create("votes")
    columns = {name.casefold() for name in RECORDS.names}
    for value in stream:
        if isinstance(value, Batch):
            for name in value.records.column_names:  # ids that no table before had
                if name.casefold() not in columns:
                    con.execute(f"alter table records add column {quoted(name)} varchar")
                    columns.add(name.casefold())
            con.register("batch", value.records)
            con.execute("insert into records by name from batch")
            con.unregister("batch")
            con.from_arrow(value.votes).insert_into("votes")
            if store.progress is not None:
                store.progress("reading the file", 0.0)
        else:
            contents = value
    if contents is None:
        raise AssertionError("a stream of batches ended without its contents")
    return con.table("records").filter("set_aside is null"), con.table("votes"), contents


def _options(votes: duckdb.DuckDBPyRelation, marks: duckdb.DuckDBPyRelation, store: Store) -> pd.DataFrame:
    """Return one row per distinct mark, with how often the file itself lists it, at any rank."""
    options: pd.DataFrame = store.con.sql(
        "select contest, choice, max(n)::bigint as votes from ("
        f"select contest, choice, count(*) as n from {query_of(votes)} group by all "
        f"union all select distinct contest, choice, 0 from {query_of(marks)}) group by contest, choice order by all"
    ).df()
    options.insert(0, "option", range(len(options)))
    return options


def _with_votes_allowed(catalogue: Catalogue, votes: duckdb.DuckDBPyRelation, store: Store) -> Catalogue:
    """Return the catalogue, in contests whose number of votes is not known with the largest number on any record."""
    unknown = [str(c) for c, contest in enumerate(catalogue.contests) if contest.votes == 0]
    if not unknown:
        return catalogue
    largest = dict(store.con.sql(
        "select contest, max(n) from (select contest, count(*) as n "
        f"from {query_of(votes)} where contest in ({', '.join(unknown)}) group by contest, record) group by contest"
    ).fetchall())  # fmt: skip
    contests = (replace(k, votes=k.votes or largest.get(c, 1)) for c, k in enumerate(catalogue.contests))
    return replace(catalogue, contests=tuple(contests))


def _link_columns(link: str | Sequence[str] | None) -> tuple[str, ...]:
    names = (link,) if isinstance(link, str) else tuple(link or ())
    faults = missing_columns(names, "link", LINKABLE)
    if faults:
        raise InputError(*faults)
    return names


@dataclass(frozen=True)
class _Units:
    """One row per record or ballot, the marks of all, and the column by which both are numbered.

    listing: one row per record of the file, those that are no ballots included, with that column.
    """

    records: duckdb.DuckDBPyRelation
    marks: duckdb.DuckDBPyRelation
    id: str
    listing: duckdb.DuckDBPyRelation


def _linked(
    records: duckdb.DuckDBPyRelation, marks: duckdb.DuckDBPyRelation, names: tuple[str, ...], store: Store
) -> tuple[_Units, Account]:
    """Rule S3: return ballots made of the records with equal `names`, with their marks."""
    by, has_value = ", ".join(names), " and ".join(f"{name} is not null and {name} <> ''" for name in names)
    links = create_table(
        f"select record, case when {has_value} then min(record) over (partition by {by}) else record end as ballot "
        f"from {query_of(records)}", "links", store,
    )  # fmt: skip
    linked = create_table(
        f"select l.ballot, m.* from {query_of(marks)} m join {query_of(links)} l using (record)", "linked", store
    )
    ballots = create_table(
        "select ballot, min(precinct) as precinct, min(style) as style, min(straight_party) as straight_party, "
        f"count(*) as cards from {query_of(links)} join {query_of(records)} using (record) group by ballot",
        "ballots", store,
    )  # fmt: skip
    _refuse_repeated_contests(linked, names, store)
    read, number, several = store.con.sql(
        f"select sum(cards), count(*), count(*) filter (cards > 1) from {query_of(ballots)}"
    ).fetchall()[0]
    linked_records = counted(read or 0, "record was", "records were")
    remark = (f"{linked_records} linked by {' and '.join(names)} to {counted(number, 'ballot')}, "
              f"{several:,} of them with more than one card.")  # fmt: skip
    listing = store.con.sql(f"select r.*, l.ballot from records r left join {query_of(links)} l using (record)")
    return _Units(ballots, linked, "ballot", listing), Account(remarks=(remark,))


def _refuse_repeated_contests(linked: duckdb.DuckDBPyRelation, names: tuple[str, ...], store: Store) -> None:
    times, first = store.con.sql(
        f"select count(*), min(ballot) from (select ballot, contest from {query_of(linked)} group by all "
        "having count(distinct record) > 1)"
    ).fetchall()[0]
    if times:
        raise InputError(
            Fault(f"two records of one ballot show the same contest {counted(times, 'time')} (first in record {first})",
                  argument="link", rule=f"Records with equal {' and '.join(names)} must be the cards of one ballot",
                  remedy="Link by other columns, or read without `link=`")
        )  # fmt: skip
