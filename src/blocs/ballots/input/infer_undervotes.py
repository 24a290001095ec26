"""Undervotes of formats that list votes only: there a blank and a contest not on the ballot look the same (rule S2)."""

from __future__ import annotations

import duckdb

from ...core.account import Account
from ...core.errors import counted
from ...tables.relations import Store, create_table, query_of
from ..catalogue import INVALID, UNDER

__all__ = ["BLANK", "SMALL", "infer_undervotes"]

BLANK = 0.8
"""Share of blanks from which a contest is not taken to be on the ballots of a group."""
SMALL = 20
"""Voters below which a (precinct, style) borrows what its style shows over the whole county."""

_GROUPS = """
with seen as (select record, coalesce(precinct, '') as precinct, coalesce(style, '') as style from {records})
select record, precinct, style, count(*) over (partition by precinct, style) < {small} as small from seen
"""
_SHOWN = """
with grouped as (select * from {grouped}),
marked as (select distinct record, contest from {votes}),
own as (select precinct, style, count(*) as n from grouped where not small group by all),
own_votes as (select precinct, style, contest, count(*) as v from grouped join marked using (record)
              where not small group by all),
pooled as (select style, count(*) as n from grouped group by all),
pooled_votes as (select style, contest, count(*) as v from grouped join marked using (record) group by all),
little as (select distinct precinct, style from grouped where small)
select precinct, style, contest, false as small, 1 - v / n < {blank} as shown
from own join own_votes using (precinct, style)
union all
select precinct, style, contest, true as small, 1 - v / n < {blank} as shown
from little join pooled using (style) join pooled_votes using (style)
"""
_COMPLETED = """
with votes as (select * from {votes}), grouped as (select * from {grouped}), shown as (select * from {shown})
select votes.* replace (case when shown then votes.choice else {invalid} end as choice), votes.choice as choice_read
from votes join grouped using (record) join shown using (precinct, style, contest)
union all
select grouped.record, shown.contest, {under}::int as choice, 1::smallint as rank, {under}::int as choice_read
from grouped join shown using (precinct, style)
anti join votes on votes.record = grouped.record and votes.contest = shown.contest
where shown.shown
"""


def infer_undervotes(
    records: duckdb.DuckDBPyRelation, votes: duckdb.DuckDBPyRelation, store: Store
) -> tuple[duckdb.DuckDBPyRelation, Account]:
    """Return the votes with undervotes where the contest was shown, not seen (INVALID) where it was not.

    records, votes: as RECORDS and VOTES of the catalogue. Rule S2: per precinct and style a contest was shown if it has
    a vote and less than BLANK of the voters left it blank; groups under SMALL voters borrow the style pooled over the
    county. The account says how often each rule decided. The column `choice_read` keeps the votes in contests not seen:
    they are not coded, but they are votes.
    """
    groups = create_table(_GROUPS.format(records=query_of(records), small=SMALL), "grouped", store)
    parts = {"votes": query_of(votes), "grouped": query_of(groups)}
    shown = create_table(_SHOWN.format(blank=BLANK, **parts), "shown", store)
    query = _COMPLETED.format(shown=query_of(shown), invalid=INVALID, under=UNDER, **parts)
    completed = create_table(query, "completed", store)
    own, borrowed, unseen = store.con.sql(
        "select count(*) filter (shown and not small), count(*) filter (shown and small), count(*) filter (not shown) "
        f"from {query_of(shown)}"
    ).fetchall()[0]
    added, lost = store.con.sql(
        f"select count(*) filter (choice = {UNDER}), count(*) filter (choice = {INVALID}) from {query_of(completed)}"
    ).fetchall()[0]
    remark = (
        f"The file lists votes only. By precinct, style and contest, {counted(own, 'contest was', 'contests were')} "
        f"taken as shown since less than {BLANK:.0%} left {'it' if own == 1 else 'them'} blank, {borrowed:,} by "
        f"{'its' if borrowed == 1 else 'their'} style over the county (under {SMALL} voters), and {unseen:,} as not "
        f"seen; {counted(added, 'undervote was', 'undervotes were')} added and {counted(lost, 'vote is', 'votes are')} "
        "in contests not seen."
    )
    return completed, Account(remarks=(remark,))
