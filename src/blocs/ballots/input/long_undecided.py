"""Columns of a long table without a role whose cells differ between the marks of one voter in one contest.

Such a column may say which rows are votes (`is_vote`), or of what rank they are. Without its role every row would be a
vote, and several of one voter an overvote; hence it is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import narwhals as nw
import pandas as pd

from ...core.errors import Fault, InputError
from ...tables.relations import Frame, Store, gather
from ..rank_words import MOST_RANKS, rank_of
from .long_marks import Marks
from .long_votes import SAMPLE, truths, units, with_book

__all__ = ["refuse_undecided", "undecided_columns"]

MOST_STATES = 10
"""Most different cells of a column of which some say yes or no, and others something else, such as "ambiguous"."""
_SHOWN = 5
"""Cells that a message lists."""


class _Answers(NamedTuple):
    """What the cells of a column may say: the role, and a number for each cell, 0 where it gives no rank."""

    role: str
    number: pd.Series[Any]


def undecided_columns(rows: Frame, columns: Sequence[str], roles: set[str], store: Store) -> list[str]:
    """Return those of some columns without a role that may have one of `roles`, "is_vote" or "rank", by first cells.

    A column that is blank there is looked at in the first rows where it is not.
    """
    if not columns or not roles:
        return []
    cells = rows.select(*(nw.col(name).cast(nw.String) for name in columns))
    sample = gather(cells.head(SAMPLE), store, "reading the contests").to_pandas().fillna("")
    may = []
    for name in columns if len(sample) else ():
        column = sample[name]
        if len(sample) == SAMPLE and (column.str.strip() == "").all():
            filled = cells.select(name).filter(nw.col(name).str.strip_chars() != "").head(SAMPLE)
            column = pd.concat([column[:1], gather(filled, store, "reading the contests").to_pandas()[name]])
        if _answers(column, roles) is not None:
            may.append(name)
    return may


def _answers(cells: pd.Series[Any], roles: set[str]) -> _Answers | None:
    """Return what cells may say, None where they can have none of `roles`.

    Votes: each is yes or no, or few are different and some of these are. Ranks: each has a rank, or is blank or 0, as
    in contests without ranks.
    """
    truth = truths(cells)
    if "is_vote" in roles and truth.notna().all():
        return _Answers("is_vote", truth.astype("int32"))
    words = cells.str.strip().str.casefold()
    ranks = words.map({word: rank_of(word) or (0 if word in ("", "0", "0.0") else None) for word in words.unique()})
    if ranks.notna().all() and ranks.between(0, MOST_RANKS).all() and ranks.any():
        return _Answers("rank", ranks.astype("int32")) if "rank" in roles else None
    if "is_vote" in roles and truth[words != ""].notna().any() and words.nunique() <= MOST_STATES:
        return _Answers("is_vote", pd.Series(pd.factorize(words, sort=True)[0], cells.index, dtype="int32"))
    return None


def refuse_undecided(
    marks: Marks, columns: Sequence[str], roles: set[str], named: Mapping[str, str], voter: Sequence[str],
    store: Store, where: str,
) -> None:  # fmt: skip
    """Raise InputError for columns without a role that seem to say which rows are votes, or of what rank.

    A column does where its cells differ for one candidate, and in the rows of one voter in one contest; ranks are then
    1 and 2 somewhere, and different for all marks of the voter in most such contests: a few voters give one rank twice.
    marks: with the columns `contest`, `choice` and `place` of each distinct mark; roles: which of "is_vote" and "rank"
    no column has; named: column -> its name in the table.
    """
    faults = []
    for column in columns:
        cells = marks.distinct[column]
        answers = _answers(cells, roles)
        if answers is None or (answers.role == "rank" and not _are_ranks(answers.number, marks.distinct)):
            continue
        of_candidates = answers.number.groupby([marks.distinct[name] for name in ("place", "contest", "choice")])
        if not (of_candidates.nunique() > 1).any():
            continue
        several, apart = _contests_that_differ(marks, answers.number, voter, store)
        if several and (answers.role == "is_vote" or 2 * apart >= several):
            faults.append(_undecided(named.get(column, column), where, answers.role, cells.str.strip()))
    if faults:
        raise InputError(*faults)


def _are_ranks(number: pd.Series[Any], distinct: pd.DataFrame) -> bool:
    """Say whether 1 and 2 are among numbers that count no rows: in some place a number stands in two."""
    rows = distinct["_votes"].groupby([distinct["place"], number]).sum()
    return {1, 2} <= set(number) and bool((rows > 1).any())


def _contests_that_differ(marks: Marks, number: pd.Series[Any], voter: Sequence[str], store: Store) -> tuple[int, int]:
    """Return in how many contests of a voter the numbers of the marks differ, and in how many of these all do."""
    rows = with_book(marks, units(marks.distinct).rename("_unit"), number.rename("_says"))
    contests = rows.group_by(*voter, "_unit").agg(
        nw.len().alias("_rows"), nw.col("_says").n_unique().alias("_different"),
    ).filter(nw.col("_different") > 1)  # fmt: skip
    apart = (nw.col("_different") == nw.col("_rows")).cast(nw.Int64)
    sums = gather(contests.select(nw.len().alias("several"), apart.sum().alias("apart")), store, "reading the contests")
    row = sums.to_pandas().fillna(0).iloc[0]
    return int(row["several"]), int(row["apart"])


def _undecided(column: str, where: str, role: str, cells: Iterable[str]) -> Fault:
    """Return the fault of a column that seems to have a role, `rank` or `is_vote`, and was not given it."""
    different = sorted(set(cells), key=lambda cell: (not cell, cell))
    words = [repr(cell) if cell else "nothing" for cell in different[:_SHOWN]]
    words += [f"{len(different) - _SHOWN} more"] * (len(different) > _SHOWN)
    says = f"{', '.join(words[:-1])} and {words[-1]}"
    rule = "has the ranks of choices" if role == "rank" else "says which rows are votes"
    return Fault(
        f"it says {says}, and different ones in rows of one voter in one contest",
        where=f"{where}, column {column!r}",
        rule=f"A column that {rule} must be named",
        remedy=f"Name it as {role!r} in `columns=`; if it says something else, take it out of the table",
    )
