"""Hold: a vendor's stream of chunks, kept in the database so that it takes the same path as a long table."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from ...core.account import Account
from ...core.errors import Fault, InputError, nearest
from ...tables.relations import Store
from ..ballots import Ballots
from ..catalogue import RECORDS, VOTES, Reading
from ..pivot.long import LongSource
from .infer_undervotes import add_undervotes

__all__ = ["LINKABLE", "hold"]

LINKABLE = ("voter", "precinct", "style")
"""Columns of a record that `link` may name."""


def hold(reading: Reading, store: Store, link: str | Sequence[str] | None = None) -> Ballots:
    """Read a stream to its end and return it as ballots.

    link: columns of the records (rule S3) whose equal values make one ballot; without it every record stands for
    itself; records without a value are never linked. Of a reading that is `absence_only`, rule S2 adds undervotes.
    Raises InputError for unknown columns, for linked records that show the same contest twice, and whatever the
    reader finds wrong.
    """
    names = _link_columns(link)
    con = store.con
    con.from_arrow(RECORDS.empty_table()).create("records")
    con.from_arrow(VOTES.empty_table()).create("votes")
    for chunk in reading.chunks:
        con.from_arrow(chunk.records).insert_into("records")
        con.from_arrow(chunk.votes).insert_into("votes")
        if store.progress is not None:
            store.progress("reading the file", 0.0)
    account, marks = reading.account, "votes"
    if reading.absence_only:
        account, marks = account + add_undervotes(store), "completed"
    if names:
        account = account + _link(store, names, marks)
    source, voter = ("linked", "ballot") if names else (marks, "record")
    options = con.sql(
        "select contest, choice, max(n)::bigint as votes from ("
        "select contest, choice, count(*) filter (rank <= 1) as n from votes group by all "
        f"union all select distinct contest, choice, 0 from {marks}) group by contest, choice order by all"
    ).df()
    options.insert(0, "option", range(len(options)))
    records = con.sql("from ballots" if names else "from records")
    ranked = any(contest.ranks > 1 for contest in reading.catalogue.contests)
    held = LongSource(
        nw.from_native(con.sql(f"from {source}")),
        ("contest", "choice"),
        options[["option", "contest", "choice"]].astype({"contest": "int32", "choice": "int32"}),
        (voter,),
        {"precinct": "precinct", "style": "style", "lever": "lever"},
        rank="rank" if ranked else None,
        records=nw.from_native(records),
    )
    unit = "ballots" if names or not account.steps else account.steps[0].unit
    number = con.sql(f"select count(*) from {'ballots' if names else 'records'}").fetchall()[0][0]
    return Ballots(
        reading.catalogue, options, held, store, account, unit=unit, records=number, named=True
    )


def _link_columns(link: str | Sequence[str] | None) -> tuple[str, ...]:
    names = (link,) if isinstance(link, str) else tuple(link or ())
    faults = [
        Fault(f"records have no column {name!r}", argument="link", rule=f"The columns are {', '.join(LINKABLE)}",
              nearest=nearest(name, LINKABLE))
        for name in names
        if name not in LINKABLE
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    return names


def _link(store: Store, names: tuple[str, ...], marks: str) -> Account:
    """Rule S3: make `linked` (votes by ballot) and `ballots` (one row each) from records with equal `names`."""
    con, by = store.con, ", ".join(names)
    known = " and ".join(f"{name} is not null and {name} <> ''" for name in names)
    con.execute(
        f"create table links as select record, case when {known} then min(record) over (partition by {by}) "
        "else record end as ballot from records"
    )
    con.execute(f"create table linked as select links.ballot, m.* from {marks} m join links using (record)")
    con.execute(
        "create table ballots as select ballot, min(precinct) as precinct, min(style) as style, min(lever) as lever, "
        "count(*) as cards from links join records using (record) group by ballot"
    )
    twice = con.sql(
        "select count(*), min(ballot) from (select ballot, contest from linked group by all "
        "having count(distinct record) > 1)"
    ).fetchall()[0]
    if twice[0]:
        raise InputError(
            Fault(f"{twice[0]:,} times two records of one ballot show the same contest (first in record {twice[1]})",
                  argument="link", rule=f"Records with equal {' and '.join(names)} must be the cards of one ballot",
                  remedy="Link by other columns, or read without `link=`")
        )  # fmt: skip
    cards = con.sql("select count(*), sum(cards), count(*) filter (cards > 1) from ballots").fetchall()[0]
    return Account(
        remarks=(f"{cards[1] or 0:,} records were linked by {' and '.join(names)} to {cards[0]:,} ballots, "
                 f"{cards[2]:,} of them with more than one card.",)
    )  # fmt: skip
