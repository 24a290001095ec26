"""Exact copies of rows: which rows of a table, or of tables with the same header, say the same ballot again.

Rows and ids are numbers that equal ones share. Within a table a row that is equal to an earlier one in every cell is a
copy, unless many rows share its id, or the ids of the table on average. Among tables, each of which may number its
ballots from 1, it is one where the tables overlap: of the rows whose id an earlier table has too, nearly all are equal
to a row there. Where one of them has every id of the other, as if both were numbered from 1, that must be more than
voters who agree.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, reduce
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_ID", "RowCopies", "RowHashes", "Seen"]

Hashes: TypeAlias = NDArray[np.uint64]
Runs: TypeAlias = tuple[Hashes, ...]
"""Sorted arrays, of which those of like length are merged."""
NO_ID = r"^(?:[\s0.-]*|[^0-9]*|\s*[0-9](?:[.,][0-9]+)?[eE][+][0-9]+\s*)$"
"""Cells that tell no ballots apart: zeros alone, words without a digit, "NULL" and "Anonymous" among them, and what
spreadsheets make of long numbers: "1.23E+11"."""
MOST_ROWS = 20
"""Rows of a table with one id, above which it is no id of a ballot."""
MOST_ON_AVERAGE = 10
"""Rows of a table for each id, above which its ids are those of batches or precincts."""
OVERLAP = 0.9
"""Share of the rows with an id of an earlier table that are equal to rows there, above which tables overlap."""


CHANCE = 0.01
"""Probability that as many voters agree, up to which tables with the same ids overlap."""


class RowHashes(NamedTuple):
    """Some rows that have an id: a number for each id, for each row, and for what a row has beside the id."""

    ids: Hashes
    rows: Hashes
    beside: Hashes


class Seen(NamedTuple):
    """The ids and rows that the tables before have, all of one header."""

    ids: Runs = ()
    rows: Runs = ()


class RowCopies:
    """Finds the copies among the rows of one table, which are shown to it from the first to the last.

    before: of the tables before it, None where it is the only one; whole: returns all rows of the table, asked for
    where a row has an equal.
    """

    def __init__(self, before: Seen | None, whole: Callable[[], RowHashes]) -> None:
        self._before = before or Seen()
        self._several = before is not None
        self._read = whole
        self._own: Runs = ()
        self._ids: Runs = ()

    def among(self, rows: Hashes, ids: Callable[[], Hashes]) -> NDArray[np.bool_]:
        """Say which of the next rows are copies of earlier ones; ids: returns their ids, which are seldom needed."""
        met, self._own = _met_before(rows, self._own)
        if self._several:
            self._ids = _with(np.sort(ids()), self._ids)
            elsewhere = _has(self._before.rows, rows)
            if elsewhere.any() and self._overlaps:
                met |= elsewhere
        if met.any():  # in few tables; the ids of all rows are counted, wherever blocks are cut
            met &= ~np.isin(ids(), self._shared)
        return met

    @property
    def seen(self) -> Seen:
        """The rows of this table and of those before it."""
        of = zip((self._ids, self._own), self._before, strict=True)
        ids, rows = (reduce(lambda seen, run: _with(run, seen), own, before) for own, before in of)
        return Seen(ids, rows)

    @cached_property
    def _whole(self) -> RowHashes:
        return self._read()

    @cached_property
    def _shared(self) -> Hashes:
        """The ids that more rows of the table have than a ballot has sheets and copies; all, where most do."""
        ids, rows = np.unique(self._whole.ids, return_counts=True)
        return ids[rows > MOST_ROWS] if len(self._whole.ids) <= MOST_ON_AVERAGE * len(ids) else ids

    @cached_property
    def _overlaps(self) -> bool:
        """Whether rows with the id of an earlier table are nearly all equal to rows there."""
        same_id = _has(self._before.ids, self._whole.ids)
        same_row = _has(self._before.rows, self._whole.rows)
        if same_row.sum() <= OVERLAP * same_id.sum():
            return False
        one_has_all = same_id.all() or all(np.isin(run, self._whole.ids).all() for run in self._before.ids)
        return not one_has_all or _agreement(self._whole.beside) ** int(same_row.sum()) <= CHANCE


def _agreement(rows: Hashes) -> float:
    """Return how often two rows are alike."""
    _, often = np.unique(rows, return_counts=True)
    return float(np.square(often / len(rows)).sum())


def _met_before(hashes: Hashes, seen: Runs) -> tuple[NDArray[np.bool_], Runs]:
    """Say which numbers were met before, here or earlier, and return what is seen then."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    met = _has(seen, hashes)
    met[order[1:]] |= ordered[1:] == ordered[:-1]
    return met, _with(ordered, seen)


def _has(seen: Runs, hashes: Hashes) -> NDArray[np.bool_]:
    """Say which numbers are among those seen."""
    met = np.zeros(len(hashes), bool)
    for run in seen:
        at = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
        met |= run[at] == hashes
    return met


def _with(ordered: Hashes, seen: Runs) -> Runs:
    """Return what is seen, with some more numbers."""
    runs = [*seen, ordered] if len(ordered) else [*seen]
    while len(runs) > 1 and len(runs[-2]) < 2 * len(runs[-1]):
        last = runs.pop()
        runs[-1] = np.sort(np.concatenate([runs[-1], last]))
    return tuple(runs)
