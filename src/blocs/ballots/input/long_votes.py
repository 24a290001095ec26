"""Which rows of a long table are votes, where a column says so of each row (`is_vote`).

Such a table lists candidates whether or not a voter chose them. What counts is the rows that say yes; a contest of a
voter that has none is an undervote.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from ...core.account import Account
from ...core.errors import Fault, InputError, counted
from ...tables.relations import Frame, Store, attach, gather
from ..catalogue import UNDER
from ..mark_words import truth_of
from .long_marks import MARK, Marks

__all__ = ["SAMPLE", "says_votes", "truths", "units", "votes_alone", "with_book"]

SAMPLE = 1000
"""Rows in which the cells of a column are looked at first."""


def truths(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return yes or no for each cell, missing where it says neither; a blank is no where no cell says no."""
    truth = cells.map(truth_of)
    blank = cells.str.strip() == ""
    return truth.mask(blank, False) if blank.any() and truth[~blank].eq(True).all() and not blank.all() else truth


def says_votes(distinct: pd.DataFrame, column: str, named: bool, where: str) -> bool:
    """Return whether a column with a known name says of each row whether it is a vote.

    named: whether the user gave it that role. Raises InputError for a column that says yes or no in some rows, or was
    given the role, and has other cells.
    """
    truth = truths(distinct[column])
    if truth.notna().all():
        return True
    if not named and not truth.notna().any():
        return False
    wrong = distinct[truth.isna()].groupby(column)["_votes"].sum()
    cells = ", ".join(f"{cell!r} in {counted(int(n), 'row')}" if cell else f"nothing in {counted(int(n), 'row')}"
                      for cell, n in wrong.head(5).items())  # fmt: skip
    raise InputError(
        Fault(f"it says {cells}", where=f"{where}, column {column!r}",
              rule="Whether a row is a vote is true or false, yes or no, 1 or 0",
              remedy="Correct the cells, or give the column another name")
    )  # fmt: skip


def votes_alone(
    marks: Marks, column: str, voter: Sequence[str], carried: Sequence[str], store: Store
) -> tuple[Marks, Account]:
    """Return the rows that are votes by a column, and one undervote for each contest of a voter without any.

    marks: with the columns `contest`, `choice` and `place` of each distinct mark. The distinct marks that are no votes
    stay, without a row: they name candidates who were on the ballot.
    """
    unit, counts = units(marks.distinct).rename("_unit"), truths(marks.distinct[column]).astype(bool)
    number = marks.distinct.get(MARK, pd.Series(range(len(unit)))).rename(MARK)
    rows = with_book(marks, unit, counts.astype("int32").rename("_yes"), number)
    carried = [name for name in carried if name not in voter]
    ids, columns = [*voter, "_unit"], [MARK, *voter, *carried]
    votes, others = rows.filter(nw.col("_yes") == 1), rows.filter(nw.col("_yes") == 0)
    without = others.group_by(*ids).agg(*(nw.col(name).max() for name in carried))
    without = without.join(votes.select(*ids).unique(), on=ids, how="anti")
    blank = without.with_columns((nw.col("_unit") + len(unit)).alias(MARK))
    new = nw.concat([part.with_columns(nw.col(MARK).cast(nw.Int64)).select(*columns) for part in (votes, blank)])
    undervotes = gather(without.group_by("_unit").agg(nw.len().alias("n")), store, "reading the contests").to_pandas()
    frame = marks.distinct.assign(_votes=marks.distinct["_votes"].where(counts, 0), **{MARK: number})
    added = frame.groupby(unit)[["place", "contest"]].first().loc[undervotes["_unit"]].reset_index(names=MARK)
    added = added.assign(choice=UNDER, _rank=1, _votes=undervotes["n"].to_numpy(), **{MARK: added[MARK] + len(unit)})
    aside, left = int(marks.distinct["_votes"].sum() - frame["_votes"].sum()), int(undervotes["n"].sum())
    remark = (
        f"By the column {column!r} {counted(aside, 'row')} {'is no vote' if aside == 1 else 'are no votes'}; "
        f"{counted(left, 'contest')} without any {'is an undervote' if left == 1 else 'are undervotes'}."
    )
    texts = frame.select_dtypes(exclude="number").columns
    frame = pd.concat([frame, added], ignore_index=True)
    return Marks(new, (MARK,), frame.fillna(dict.fromkeys(texts, ""))), Account(remarks=(remark,))


def units(distinct: pd.DataFrame) -> pd.Series[int]:
    """Return the number of the contest of each distinct mark, counted apart in each place."""
    return distinct.groupby(["place", "contest"]).ngroup().astype("int32")


def with_book(marks: Marks, *columns: pd.Series[Any], by: Sequence[str] = ()) -> Frame:
    """Return the rows with columns that each distinct mark has.

    by: keys that settle these columns, where not all are needed to find them: rows are the quicker joined.
    """
    on = [name for name in by if name in marks.keys] or list(marks.keys)
    book = pd.concat([marks.distinct[on], *(c for c in columns if c.name not in on)], axis=1).drop_duplicates(on)
    return marks.rows.join(attach(book, marks.rows), on=on, how="inner") if columns else marks.rows
