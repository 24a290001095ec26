"""Exact copies among ballots that are read one by one, from XML and JSON: the rules of `row_copies` for records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..mark_words import is_redaction
from .records import Record, Row, SetAside
from .row_copies import NO_ID, RowCopies, RowHashes, Seen

__all__ = ["Identified", "without_copies"]

_AT_ONCE = 10_000
_NO_ID = re.compile(NO_ID)


class Identified(NamedTuple):
    """What a reader makes of a ballot, its id in the file, "" without one, and what else the file says of it.

    others: the sheet, the batch, the device, ...: ballots that differ in one of them are no copies.
    """

    row: Row
    id: str
    others: tuple[str, ...] = ()

    @property
    def may_be_copy(self) -> bool:
        """Whether it is a ballot with an id that may tell ballots apart."""
        return isinstance(self.row, Record) and not (_NO_ID.match(self.id) or is_redaction(self.id))


def without_copies(
    rows: Iterable[Identified], again: Callable[[], Iterable[Identified]], reason: str, before: Seen | None = None
) -> Iterator[Row | Seen]:
    """Yield rows with exact copies of earlier ones set aside for a reason; last what the file and those before have.

    again: returns the rows of the file once more, asked for where a row has an equal; before: of the files before it,
    None where it is the only one, or where ids are those of all files.
    """
    copies = RowCopies(before, lambda: _hashes([row for row in again() if row.may_be_copy]))
    rest = iter(rows)
    while some := list(islice(rest, _AT_ONCE)):
        named = [at for at, row in enumerate(some) if row.may_be_copy]
        hashes = _hashes([some[at] for at in named])
        copied = copies.among(hashes.rows, partial(getattr, hashes, "ids"))
        copy_of = {at for at, is_copy in zip(named, copied.tolist(), strict=True) if is_copy}
        for at, (row, *_) in enumerate(some):
            yield SetAside(reason, row.voter, row.ids) if at in copy_of and isinstance(row, Record) else row
    yield copies.seen


def _hashes(rows: Iterable[Identified]) -> RowHashes:
    """Return numbers for the ids of rows, for all of them, and for what they have beside the id."""
    contents = [(row.id, (row.others, *_beside(row.row))) for row in rows]
    return RowHashes(
        _numbers([number for number, _ in contents]), _numbers(contents), _numbers([beside for _, beside in contents])
    )


def _beside(row: Row) -> tuple[object, ...]:
    assert isinstance(row, Record)
    marks = np.asarray(row.marks, np.int64).tobytes()  # as numbers -1 and -2, an undervote and an overvote, hash alike
    return row.precinct, row.style, row.straight_party, marks


def _numbers(values: Iterable[object]) -> NDArray[np.uint64]:
    return np.array([hash(value) for value in values], np.int64).view(np.uint64)
