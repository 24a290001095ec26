"""Numbers of voters that begin again in each precinct, batch or file of a long table: none of a voter's own.

Where one number has a contest in several precincts, it is several voters, who must not become one. A voter whose
contests each stand in one precinct alone, as those of several sheets may, is one voter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import narwhals as nw
import pandas as pd

from ...core.errors import Fault, InputError, counted
from ...tables.relations import Store, gather
from ..party_names import fold
from .long_marks import Marks
from .long_votes import with_book

__all__ = ["group_columns", "together", "voters_in_several_groups"]

_GROUPS = frozenset(
    {"batch", "batchid", "batchnumber", "box", "boxid", "city", "electiondistrict", "file", "filename", "jurisdiction",
     "jurisdictionname", "machine", "machineid", "municipality", "parish", "pct", "pctname", "pollinglocation",
     "pollingplace", "precinct", "precinctid", "precinctname", "scanner", "scannerid", "sourcefile", "tabulator",
     "tabulatorid", "town", "township", "vtd", "votecenter", "ward"}
)  # fmt: skip
"""Names of columns of places and batches, folded and without blanks."""
_SHOWN = 3
"""Numbers that a remark names."""
_LARGE = 10_000_000
"""Rows of a table above which a part of the numbers is looked at first: a group for each voter is slow and large."""
_PARTS = 50
"""Remainders, or endings of numbers that are text, of which one makes that part."""
_ENDING = 2
"""Characters of an ending."""
_ROWS = 20_000
"""First rows in which the remainders or endings are looked up."""


class _Numbers(NamedTuple):
    """Numbers of voters by a column of groups.

    voters: all numbers; several: those in several groups; shared: those with one contest in several groups; such: some
    of `several`, as words.
    """

    voters: int
    several: int
    shared: int
    such: tuple[str, ...]


def group_columns(columns: Sequence[str]) -> list[str]:
    """Return those of some columns without a role that name a place or a batch of ballots."""
    return [name for name in columns if fold(name).replace(" ", "") in _GROUPS]


def voters_in_several_groups(
    marks: Marks, groups: dict[str, str], places: Sequence[str], voter: Sequence[str], called: Sequence[str],
    store: Store, where: str,
) -> tuple[str, ...]:  # fmt: skip
    """Return remarks on voters whose rows are in several precincts or batches, each contest in one alone.

    Raises InputError where one number has one contest in several of them.

    marks: with the columns `contest` and `place` of each distinct mark; groups: column of the rows -> its name in the
    table; places: columns of the place; voter: columns of the number within it; called: the names of the columns of
    the voter in the table.
    """
    faults, remarks = [], []
    for column, name in groups.items():
        numbers = _numbers(marks, column, places, voter, store)
        if numbers.shared:
            faults.append(_begin_again(numbers, name, called, where))
        elif numbers.several:
            more = numbers.several - len(numbers.such)
            such = ", ".join(numbers.such) + (f" and {more:,} more" if more else "")
            remarks.append(
                f"{counted(numbers.several, 'voter')} of {numbers.voters:,} ({such}) "
                f"{'has' if numbers.several == 1 else 'have'} rows of several {name!r}, each contest in one alone; "
                f"each number was read as one voter. If voters are numbered anew in each, name "
                f"{together(name, called)} as 'voter' in `columns=`."
            )
    if faults:
        raise InputError(*faults)
    return tuple(remarks)


def _numbers(marks: Marks, column: str, places: Sequence[str], voter: Sequence[str], store: Store) -> _Numbers:
    """Return how many numbers are in several groups; of a large table none, where none of a part of them is."""
    if int(marks.distinct["_votes"].sum()) > _LARGE:
        part = _part(marks, voter, store)
        if part is not None and not _counted(part, column, places, voter, store).several:
            return _Numbers(0, 0, 0, ())
    return _counted(marks, column, places, voter, store)


def _part(marks: Marks, voter: Sequence[str], store: Store) -> Marks | None:
    """Return all rows of the numbers with one remainder or ending; None where the numbers have too few."""
    types = marks.rows.collect_schema()
    for name in voter:
        whole, number = types[name].is_integer(), nw.col(name)
        text = number.cast(nw.String)
        ending = number % _PARTS if whole else text.str.tail(_ENDING)
        first = gather(marks.rows.select(number).head(_ROWS).select(ending), store, "checking the voters")
        endings = sorted(of for of in set(first[name].drop_null().to_pylist()) if whole or len(of) == _ENDING)
        if len(endings) >= _PARTS:
            chosen = endings[len(endings) // 2]
            of_part = ending == chosen if whole else text.str.ends_with(chosen)
            return marks._replace(rows=marks.rows.filter(of_part))
    return None


def _counted(marks: Marks, column: str, places: Sequence[str], voter: Sequence[str], store: Store) -> _Numbers:
    """Return how many numbers are in several groups, by one pass over the rows, and a second one over these alone."""
    contest = marks.distinct["contest"].astype("int32").rename("_contest")
    place = marks.distinct["place"].astype("int32").rename("_in")
    within = [place] if place.nunique() > 1 else []  # a join of all rows is what costs
    ids = [*(str(of.name) for of in within), *voter]
    group = nw.col(column).cast(nw.String).alias("_group")
    rows = with_book(marks, *within, by=places).select(*map(nw.col, ids), group).filter(nw.col("_group") != "")
    least, most = nw.col("_group").min().alias("_least"), nw.col("_group").max().alias("_most")
    apart = (nw.col("_least") != nw.col("_most")).cast(nw.Int64)
    voters = rows.group_by(*ids).agg(least, most).with_columns(apart.alias("_apart"))
    sums = gather(voters.select(nw.len().alias("n"), nw.col("_apart").sum().alias("apart")), store,
                  "checking the voters").to_pandas().fillna(0).iloc[0]  # fmt: skip
    if not sums["apart"]:
        return _Numbers(int(sums["n"]), 0, 0, ())
    several = voters.filter(nw.col("_apart") == 1).select(*ids)
    rows = with_book(marks, contest, *within).select(*map(nw.col, ids), "_contest", group)
    rows = rows.filter(nw.col("_group") != "").join(several, on=ids, how="inner")
    contests = rows.group_by(*ids, "_contest").agg(least, most)
    shared = contests.filter(nw.col("_least") != nw.col("_most")).select(*ids).unique()
    number = gather(shared.select(nw.len().alias("n")), store, "checking the voters").to_pandas()["n"].iloc[0]
    names: pd.DataFrame = gather(several.sort(ids).head(_SHOWN), store, "checking the voters").to_pandas()
    such = tuple(" ".join(map(str, row)) for row in names[list(voter)].itertuples(index=False, name=None))
    return _Numbers(int(sums["n"]), int(sums["apart"]), int(number), such)


def _begin_again(numbers: _Numbers, name: str, called: Sequence[str], where: str) -> Fault:
    """Return the fault of numbers that are several voters'."""
    words = f"{counted(numbers.shared, 'number')} of {numbers.voters:,}"
    return Fault(
        f"{words} {'has' if numbers.shared == 1 else 'have'} the same contest in several {name!r}",
        where=f"{where}, column {called[0]!r}",
        rule="Every voter has a number of their own",
        remedy=f"Name {together(name, called)} as 'voter' in `columns=` if voters are numbered anew in each; if "
        f"{name!r} is wrong in some rows, correct these",
    )


def together(name: str, called: Sequence[str]) -> str:
    """Say which columns tell voters apart together: `called`, and one more."""
    return " and ".join(map(repr, (name, *called))) + " together"
