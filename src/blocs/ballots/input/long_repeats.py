"""Numbers that several voters of a long table share, found by what they answer: a column of any name may part them.

Several ballots under one number have contests more than once: with the same candidate in one and different ones in
another, or with too many marks in several, also for an office that one person holds. Hardly a ballot does so; where
many numbers do, they are no voters', or the rows stand twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.errors import Fault, InputError
from ...core.natural_order import natural_order
from ...tables.relations import Frame, Store, attach, gather
from ..catalogue import Catalogue
from ..office_names import STANDARD, office_name
from .long_marks import Marks
from .long_voters import together
from .long_votes import with_book

__all__ = ["refuse_repeats"]

_ROWS = 20_000
"""Rows in which numbers are looked for whose answers are then looked at, in all rows."""
_SHARE, _LEAST = 0.02, 2
"""Share and number of numbers with several answers from which they are refused."""
_MOST, _FEW = 0.5, 10
"""Share that they must have where they are fewer than so many: a few voters may overvote several contests."""
_FAR_MORE = 2
"""Times the share of ballots with too many marks for one person's office, above which a contest allows several."""
_OWN = {"place": "_in", "contest": "_contest", "choice": "_choice", "_rank": "_of_rank"}
_OF_ONE_PERSON = frozenset(STANDARD[:4])
_SHOWN = 3
"""Numbers that a message names."""
_LOOKED_AT = 200
"""Numbers of several voters in whose rows a column is looked for that tells them apart."""


def refuse_repeats(
    marks: Marks, catalogue: Catalogue, table: Frame, voter: Mapping[str, str], called: Sequence[str],
    answers: Sequence[str], others: Sequence[str], store: Store, where: str,
) -> None:  # fmt: skip
    """Raise InputError where many numbers of voters answer contests several times, as the answers of several voters do.

    marks: with the columns `contest`, `choice`, `place` and `_rank` of each distinct mark; voter: columns of the number
    within a place -> their names in the table; called, answers: the columns of the voter, and of the contest, in the
    table; others: its columns without a role.
    """
    counts, ids = _counts(marks, list(voter), store), ["_in", *voter]
    of_several = _of_several(counts, ids, catalogue)
    voters = counts.drop_duplicates(ids)
    few = len(of_several) < _FEW
    if len(of_several) < max(_LEAST, (_MOST if few else _SHARE) * len(voters)):
        return
    named = (" ".join(map(str, row)) for row in of_several[list(voter)].itertuples(index=False, name=None))
    such = sorted(named, key=natural_order)[:_SHOWN]
    numbers = of_several[list(voter)].astype(str).rename(columns=voter)[:_LOOKED_AT]
    parting = _parting(table, numbers, called, answers, others, store)
    if few and not parting and of_several["_twice"].isna().all():
        return  # no column tells them apart, and none has one candidate twice in a contest: overvotes
    remedy = (
        f"Name {together(parting[0], called)} as 'voter' in `columns=` if voters are numbered anew in each"
        if parting
        else "Name as 'voter' in `columns=` the columns that tell voters apart together, "
        "or take out rows that stand twice"
    )
    raise InputError(
        Fault(f"{len(of_several):,} numbers of the first {len(voters):,} (such as {', '.join(such)}) answer several "
              "contests more than once, as several voters do",
              where=f"{where}, column {called[0]!r}", rule="Every voter has a number of their own", remedy=remedy)
    )  # fmt: skip


def _counts(marks: Marks, voter: Sequence[str], store: Store) -> pd.DataFrame:
    """Return how many rows of each choice the numbers of the first rows have, by all their rows."""
    columns = [marks.distinct[name].astype("int32").rename(own) for name, own in _OWN.items()]
    ids = [nw.col(name) for name in ("_in", *voter)]  # narwhals 2.17 does not quote names alone
    first_rows = with_book(marks._replace(rows=marks.rows.head(_ROWS)), *columns).select(*ids)
    first = gather(first_rows, store, "checking the voters").to_pandas().drop_duplicates()
    if voter:  # so that few rows are joined to the marks
        numbers = attach(first[list(voter)].drop_duplicates(), marks.rows)
        marks = marks._replace(rows=marks.rows.join(numbers, on=list(voter), how="semi"))
    rows = with_book(marks, *columns)
    rows = rows.join(attach(first, rows), on=["_in", *voter], how="inner")
    counts = rows.group_by("_in", *voter, "_contest", "_choice", "_of_rank").agg(nw.len().alias("n"))
    table: pd.DataFrame = gather(counts, store, "checking the voters").to_pandas()
    return table


def _of_several(counts: pd.DataFrame, ids: list[str], catalogue: Catalogue) -> pd.DataFrame:
    """Return the numbers whose answers are those of several voters."""
    of_several_lines = [i for i, of in enumerate(catalogue.candidates) if len(of.parties) > 1]
    counts = counts.assign(n=counts["n"].mask(counts["_choice"].isin(of_several_lines), 1))  # one vote, on any line
    twice = counts[(counts["_choice"] >= 0) & (counts["n"] > 1)][ids].drop_duplicates().assign(_twice=True)
    allowed = np.array([of.votes for of in catalogue.contests])
    one_person = np.array([office_name(of.office).office in _OF_ONE_PERSON for of in catalogue.contests])
    marks = counts.groupby([*ids, "_contest", "_of_rank"], as_index=False).agg(n=("n", "sum"), names=("n", "size"))
    many = marks[marks["n"] > allowed[marks["_contest"]]]
    many = many[~many["_contest"].isin(_of_several_votes(marks, many, one_person))]
    many = many.assign(_one=one_person[many["_contest"]], _other=many["names"] > allowed[many["_contest"]])
    numbers = many.groupby(ids, as_index=False).agg(
        contests=("_contest", "nunique"), one=("_one", "any"), other=("_other", "any")
    )
    numbers = numbers.merge(twice, on=ids, how="left")
    in_several = (numbers["contests"] > 1) & numbers["one"]
    found: pd.DataFrame = numbers[in_several | (numbers["_twice"].notna() & numbers["other"])]
    return found


def _of_several_votes(marks: pd.DataFrame, many: pd.DataFrame, one_person: NDArray[np.bool_]) -> pd.Index[int]:
    """Return the contests that have too many marks far more often than the offices of one person: they allow several.

    marks: of each number in each contest; many: those that are too many; one_person: of each contest.
    """
    share = many["_contest"].value_counts() / marks["_contest"].value_counts()
    of_one = share[one_person[share.index]].fillna(0)
    return share.index[share > _FAR_MORE * of_one.max()] if len(of_one) else share.index[:0]


def _parting(
    table: Frame, numbers: pd.DataFrame, called: Sequence[str], answers: Sequence[str], others: Sequence[str],
    store: Store,
) -> list[str]:  # fmt: skip
    """Return the columns without a role within which each of some numbers answers a contest once, and several contests.

    numbers: cells of columns of the voter, as text.
    """
    columns = list(dict.fromkeys([*called, *answers, *others]))
    text = table.select(*(nw.col(name).cast(nw.String).fill_null("") for name in columns))
    of_numbers = text.join(attach(numbers, table), on=list(numbers.columns), how="inner")
    rows: pd.DataFrame = gather(of_numbers, store, "checking the voters").to_pandas()
    return [name for name in others if _parts(rows, [*called, name], list(answers))]


def _parts(rows: pd.DataFrame, voter: list[str], answers: list[str]) -> bool:
    ballots = rows.groupby(voter, sort=False).ngroups
    contests = rows.groupby([*voter, *answers], sort=False).size()
    return len(contests) >= 2 * ballots and (contests > 1).mean() < _SHARE
