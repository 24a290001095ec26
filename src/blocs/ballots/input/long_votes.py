"""Which rows of a long table are votes, where a column says so of each row (`is_vote`).

Such a table lists candidates whether or not a voter chose them. What counts is the rows that say yes; a contest of a
voter that has none is an undervote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from ...core.account import Account
from ...core.errors import Fault, InputError, counted
from ...tables.relations import Frame, Store, attach, gather
from ..catalogue import UNDER
from ..mark_words import truth_of
from ..party_names import fold
from .long_marks import MARK, Marks

__all__ = ["refuse_counts", "refuse_undecided", "says_votes", "undecided_columns", "votes_alone"]

MOST_RANKS = 15
"""Largest number that is taken to be the rank of a choice."""
_COUNTS = frozenset(
    {"votes", "votecount", "votescount", "votetotal", "votestotal", "count", "counts", "totalvotes", "nvotes",
     "numvotes", "numberofvotes", "voters", "numberofvoters", "ballots", "numberofballots", "frequency", "freq"}
)  # fmt: skip
"""Names of columns that count, folded and without blanks."""
SAMPLE = 1000
"""Rows in which a column must say true or false alone to be looked at in all of them."""


def undecided_columns(rows: Frame, columns: Sequence[str], roles: set[str], store: Store) -> list[str]:
    """Return those of some columns without a role that may have one of `roles`, "is_vote" or "rank"."""
    if not columns or not roles:
        return []
    cells = rows.select(*(nw.col(name).cast(nw.String) for name in columns)).head(SAMPLE)
    sample = gather(cells, store, "reading the contests").to_pandas().fillna("")
    may = [(name, _truth(sample[name]).notna().all(), _ranks(sample[name])) for name in columns if len(sample)]
    return [name for name, says, ranks in may if (says and "is_vote" in roles) or (ranks and "rank" in roles)]


def refuse_counts(rows: Frame, columns: Sequence[str], store: Store, where: str) -> None:
    """Raise InputError for a column without a role that counts votes by its name and its first cells.

    Such a table has the votes of candidates in precincts, and no ballots.
    """
    columns = [name for name in columns if fold(name).replace(" ", "") in _COUNTS]
    if not columns:
        return
    cells = rows.select(*(nw.col(name).cast(nw.String) for name in columns)).head(SAMPLE)
    sample = gather(cells, store, "reading the contests").to_pandas().fillna("0")
    numbers = {name: pd.to_numeric(sample[name].str.replace(",", ""), errors="coerce") for name in columns}
    faults = [
        Fault("it has whole numbers, some above 1", where=f"{where}, column {name!r}",
              rule="Every row of a long table is one mark of one voter, and counts of votes are not read",
              remedy="Read the ballots themselves; if the column says something else, take it out of the table")
        for name, n in numbers.items()
        if ((n >= 0) & (n % 1 == 0)).all() and (n > 1).any()
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)


def _truth(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return yes or no for each cell, missing where it says neither; a blank is no where no cell says no."""
    truth = cells.map(truth_of)
    blank = cells.str.strip() == ""
    return truth.mask(blank, False) if blank.any() and truth[~blank].eq(True).all() and not blank.all() else truth


def _ranks(cells: pd.Series[Any]) -> bool:
    """Say whether cells can be the ranks of choices: whole numbers from 1, few of them."""
    numbers = pd.to_numeric(cells, errors="coerce")
    return bool(numbers.between(1, MOST_RANKS).all() and (numbers % 1 == 0).all() and {1, 2} <= set(numbers))


def says_votes(distinct: pd.DataFrame, column: str, named: bool, where: str) -> bool:
    """Return whether a column with a known name says of each row whether it is a vote.

    named: whether the user gave it that role. Raises InputError for a column that says yes and no, or was given the
    role, and has other cells.
    """
    truth = _truth(distinct[column])
    if truth.notna().all():
        return True
    if not named and truth.nunique() < 2:
        return False
    wrong = distinct[truth.isna()].groupby(column)["_votes"].sum()
    cells = ", ".join(f"{cell!r} in {counted(int(n), 'row')}" if cell else f"nothing in {counted(int(n), 'row')}"
                      for cell, n in wrong.head(5).items())  # fmt: skip
    raise InputError(
        Fault(f"it says {cells}", where=f"{where}, column {column!r}",
              rule="Whether a row is a vote is true or false, yes or no, 1 or 0",
              remedy="Correct the cells, or give the column another name")
    )  # fmt: skip


def refuse_undecided(
    marks: Marks, columns: Sequence[str], named: Mapping[str, str], voter: Sequence[str], store: Store, where: str
) -> None:
    """Raise InputError for columns without a role that seem to say which rows are votes, or of what rank.

    A column does where it says both yes and no, or two ranks, of one candidate, and of the rows of one voter in one
    contest: no rank twice there, and some contest with the ranks 1 and 2. marks: with the columns `contest`, `choice`
    and `place` of each distinct mark; named: column -> its name in the table.
    """
    faults = []
    for column in columns:
        truth, cells = _truth(marks.distinct[column]), marks.distinct[column]
        ranked = not truth.notna().all() and _ranks(cells)
        says = pd.to_numeric(cells) if ranked else truth
        both = says.groupby([marks.distinct[name] for name in ("place", "contest", "choice")]).nunique()
        if says.isna().any() or not (both > 1).any():
            continue
        rows = _with_book(marks, _unit(marks.distinct).rename("_unit"), says.astype("int32").rename("_says"))
        answers = rows.group_by(*voter, "_unit").agg(
            nw.len().alias("_rows"), nw.col("_says").n_unique().alias("_different"),
            nw.col("_says").min().alias("_low"), nw.col("_says").max().alias("_high"),
        )  # fmt: skip
        several = _any(answers.filter(nw.col("_low") < nw.col("_high")), store)
        if several and not (ranked and _any(answers.filter(nw.col("_different") < nw.col("_rows")), store)):
            faults.append(_undecided(named.get(column, column), where, ranked))
    if faults:
        raise InputError(*faults)


def _any(rows: Frame, store: Store) -> bool:
    return len(gather(rows.head(1), store, "reading the contests")) > 0


def _undecided(column: str, where: str, ranked: bool) -> Fault:
    """Return the fault of a column that seems to have the role `rank`, or `is_vote`, and was not given it."""
    says = "whole numbers from 1 alone, and different ones" if ranked else "true or false alone, and both"
    rule = "has the ranks of choices" if ranked else "says which rows are votes"
    remedy = f"Name it as {'rank' if ranked else 'is_vote'!r} in `columns=`"
    return Fault(f"it says {says} in rows of one voter in one contest", where=f"{where}, column {column!r}",
                 rule=f"A column that {rule} must be named",
                 remedy=f"{remedy}; if it says something else, take it out of the table")  # fmt: skip


def votes_alone(
    marks: Marks, column: str, voter: Sequence[str], carried: Sequence[str], store: Store
) -> tuple[Marks, Account]:
    """Return the rows that are votes by a column, and one undervote for each contest of a voter without any.

    marks: with the columns `contest`, `choice` and `place` of each distinct mark. The distinct marks that are no votes
    stay, without a row: they name candidates who were on the ballot.
    """
    unit, counts = _unit(marks.distinct).rename("_unit"), _truth(marks.distinct[column]).astype(bool)
    number = marks.distinct.get(MARK, pd.Series(range(len(unit)))).rename(MARK)
    rows = _with_book(marks, unit, counts.astype("int32").rename("_yes"), number)
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


def _unit(distinct: pd.DataFrame) -> pd.Series[int]:
    """Return the number of the contest of each distinct mark, counted apart in each place."""
    return distinct.groupby(["place", "contest"]).ngroup().astype("int32")


def _with_book(marks: Marks, *columns: pd.Series[Any]) -> Frame:
    """Return the rows with columns that each distinct mark has."""
    book = pd.concat([marks.distinct[list(marks.keys)], *(c for c in columns if c.name not in marks.keys)], axis=1)
    return marks.rows.join(attach(book, marks.rows), on=list(marks.keys), how="inner")
