"""Rows of a long table that add up others: they are no voters', and are refused; rows that may be such are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw

from ...core.errors import Fault, InputError, counted
from ...tables.relations import Frame, Store, gather
from ..mark_words import is_total, may_be_of_all_precincts
from .all_precincts import of_all_precincts
from .long_marks import Marks

__all__ = ["refuse_totals"]

_MAY_BE_TOTAL = r"total|all precincts|\bsum|\ball\b|wide|county"


def refuse_totals(
    marks: Marks, answers: Sequence[str], voter: Sequence[str], precinct: Sequence[str], named: Mapping[str, str],
    store: Store, where: str,
) -> tuple[str, ...]:  # fmt: skip
    """Return remarks on rows that say "All", or nothing, where others have a precinct.

    Raises InputError for rows that have a total in place of an answer (a candidate or an office) or of a voter, or of a
    precinct where others have one.

    answers, voter, precinct: columns of the rows; named: column -> its name in the table.
    """
    total, remarks = int(marks.distinct["_votes"].sum()), list[str]()
    for name in answers:
        rows = marks.distinct.groupby(name)["_votes"].sum()
        _refuse({str(cell): int(n) for cell, n in rows.items() if is_total(str(cell))}, named[name], where)
    for name in voter:
        _refuse(_totals_in(marks.rows, name, store, of_voters=True), named[name], where)
    for name in precinct:
        found = _totals_in(marks.rows, name, store, of_voters=False)
        totals = {cell: n for cell, n in found.items() if is_total(cell)}
        if sum(totals.values()) < total:  # else a county that is one precinct
            _refuse(totals, named[name], where)
        unclear = {cell: n for cell, n in found.items() if cell not in totals}
        remarks += of_all_precincts(unclear, total, "row", named[name])
    return tuple(remarks)


def _refuse(totals: Mapping[str, int], column: str, where: str) -> None:
    """Raise InputError where a column has totals. totals: cell -> how many rows have it."""
    if totals:
        rows = sum(totals.values())
        raise InputError(
            Fault(f"{counted(rows, 'row')} {'says' if rows == 1 else 'say'} {next(iter(totals)).strip()!r}",
                  where=f"{where}, column {column!r}", rule="Every row is a mark for a candidate, or none",
                  remedy="Take out rows of totals")
        )  # fmt: skip


def _totals_in(rows: Frame, column: str, store: Store, *, of_voters: bool) -> dict[str, int]:
    """Return the cells of a column that say total, or all, and how many rows have each.

    of_voters: whether the cells are voters', of whom there are too many to count each; else they are precincts, which
    may also be missing: "".
    """
    cell = nw.col(column).cast(nw.String)
    words = rows.select(cell)
    if rows.collect_schema()[column].is_numeric():
        words = words.filter(cell.is_null())
    else:
        words = words.filter((cell >= "A") | cell.str.starts_with(" ") | (cell == "") | cell.is_null())
    pattern = _MAY_BE_TOTAL if of_voters else rf"{_MAY_BE_TOTAL}|^\W*$"
    like_it = nw.col(column).fill_null("").str.to_lowercase().str.contains(pattern)
    if of_voters:
        words = words.filter(like_it)
    numbers = words.group_by(column).agg(nw.len().alias("n")).filter(like_it).sort(column)
    found = gather(numbers, store, "looking for totals").to_pandas()
    found[column] = found[column].fillna("")
    of_cells = found.groupby(column)["n"].sum()
    return {word: int(n) for word, n in of_cells.items() if is_total(word) or may_be_of_all_precincts(word)}
