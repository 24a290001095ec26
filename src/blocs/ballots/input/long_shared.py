"""Numbers of voters that stand in several long tables: of different voters, or of the same ones a second time.

Tables of counties number their voters anew, so that equal numbers mean nothing. But one table in parts, tables of one
contest each, and a table beside one that contains it have the same voters: as those of several counties they would be
counted twice, or be half a ballot each.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ...core.errors import Fault, InputError, counted
from ...tables.relations import Store
from ...tables.sql_text import literal, quoted
from ..catalogue import RECORDS, Catalogue
from ..party_names import fold, person_of
from .several_exports import COUNTY

__all__ = ["refuse_shared_voters"]

_LOOKED_AT = 500
"""Numbers whose answers are compared, of those that stand in the same two tables; fewer of several."""
_LEAST = 20
_EQUAL = 0.9
"""Share of them with the same answers, beyond the share that other voters have, from which two tables overlap."""
_RULE = "A voter is in one table"
_REMEDY = "If they are other voters, give each table a column `county`; else put the tables into one, each row once"


def refuse_shared_voters(catalogue: Catalogue, store: Store, tables: Sequence[str]) -> tuple[str, ...]:
    """Return a remark where long tables number their voters anew; raise InputError where they share voters.

    catalogue: contests of all tables, each with its table as `county`, before those that are one are pooled. tables:
    names of the long tables among what was read.
    """
    if len(tables) < 2:
        return ()
    con = store.con
    number = {name: i for i, name in enumerate(tables)}
    con.from_df(pd.DataFrame({
        "contest": range(len(catalogue.contests)),
        "file": [number.get(contest.county, -1) for contest in catalogue.contests],
        "name": [fold(contest.name) for contest in catalogue.contests],
    })).create("contests_of_tables")  # fmt: skip
    con.from_df(pd.DataFrame({
        "choice": [*range(len(catalogue.candidates)), *range(-9, 0)],
        "person": [person_of(of.name) for of in catalogue.candidates] + [str(i) for i in range(-9, 0)],
    })).create("persons_of_tables")  # fmt: skip
    place = _place(store, tables)
    ids = [quoted(name) for name in con.table("records").columns if name not in {*RECORDS.names, COUNTY, "state"}]
    con.execute(
        f"create table voters_of_tables as select record, file, {place} as place, "
        f"concat_ws(chr(31), {place}, {', '.join([*ids, 'voter'])}) as id "
        "from records join (select distinct record, file from votes join contests_of_tables using (contest)) "
        "using (record) where file >= 0"
    )
    pairs = con.sql(_COMPARED.format(most=max(_LEAST, 4 * _LOOKED_AT // len(tables) ** 2))).fetchall()
    for table in ("voters_of_tables", "persons_of_tables", "contests_of_tables"):
        con.execute(f"drop table {table}")
    faults = [_fault(tables[a], tables[b], counts, store.where) for a, b, *counts in pairs]
    found = [fault for fault in faults if fault]
    if found:
        raise InputError(*found)
    if not pairs:
        return ()
    a, b, most = max(pairs, key=lambda pair: pair[2])[:3]
    both = f"{tables[a]} and {tables[b]} share {counted(most, 'number')}, with different answers"
    return (f"The long tables number their voters anew ({both}): each was read as a county of its own.",)


def _place(store: Store, tables: Sequence[str]) -> str:
    """Return the state and county of a record as a part of a query, null where the county is the name of its table."""
    listed = ", ".join(map(literal, tables))
    state = "state || ', ' || " if "state" in store.con.table("records").columns else ""
    return f"case when {COUNTY} not in ({listed}) then coalesce({state}{COUNTY}, {COUNTY}) end"


_COMPARED = """
with several as (select id, list_sort(list(distinct file)) as files from voters_of_tables group by id
                 having count(distinct file) > 1),
shared as (select a.file as a, b.file as b, count(*) as n, count(a.place) as placed
           from voters_of_tables a semi join several using (id) join voters_of_tables b on a.id = b.id
           where a.file < b.file group by all),
numbered as (select id, files, row_number() over (partition by files order by hash(id), id) as i from several),
sample as (select id, first_value(id) over all_of as first, lead(id) over all_of as next
           from numbered where i <= {most} window all_of as (partition by files order by i)),
compared as (select id, id as other, true as of_one from sample union all
             select id, coalesce(next, first), false from sample),
answers as (select id, file, name, list_sort(list(person || '#' || rank)) as answer
            from voters_of_tables semi join sample using (id) join votes using (record)
            join contests_of_tables using (contest, file) join persons_of_tables using (choice) group by all),
voters as (select of_one, a.id, a.file as a, b.file as b, count(*) filter (a.name = b.name) as common,
           count(*) filter (a.name = b.name and a.answer = b.answer) as equal
           from compared join answers a using (id) join answers b on other = b.id where a.file < b.file group by all)
select a, b, n, placed, common, equal, common_of_others, equal_of_others from shared join
(select a, b, count(*) filter (of_one and common > 0) as common,
 count(*) filter (of_one and common > 0 and equal = common) as equal,
 count(*) filter (not of_one and common > 0) as common_of_others,
 count(*) filter (not of_one and common > 0 and equal = common) as equal_of_others
 from voters group by all) using (a, b) order by a, b
"""
"""Of each two tables: the numbers that stand in both, those with a place, and of some of them those with a
contest in both, and with equal answers in all contests that are in both; then the same of each with the next one."""


def _fault(a: str, b: str, counts: Sequence[int], where: str) -> Fault | None:
    """Return the fault of two tables that share voters, None where their numbers are those of different voters."""
    n, placed, common, equal, common_of_others, equal_of_others = counts
    what = f"{counted(n, 'number')} of voters {'stands' if n == 1 else 'stand'} in {a!r} and in {b!r}"
    if placed:
        remedy = "Put the tables into one, each row once and each voter with a number of their own"
        return Fault(f"{what}, within one county", where=where, rule=_RULE, remedy=remedy)
    if not common:
        return Fault(f"{what}, with other contests", where=where, rule=_RULE, remedy=_REMEDY)
    by_chance = equal_of_others / common_of_others if common_of_others else 0.0
    if equal / common - by_chance >= _EQUAL * (1 - by_chance):
        return Fault(f"{what}, with the same answers", where=where, rule=_RULE, remedy=_REMEDY)
    return None
