"""Tables with one column for each choice (and rank) of each contest, in cells that are 1, 0 or empty.

What Dominion and Clear Ballot tables have in common: the marks of a row, its id cells, copies of rows, short rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ...core.errors import Fault
from ..catalogue import INVALID, UNDER
from ..clean import clean
from ..mark_words import is_redaction
from .records import Record, Row, SetAside

__all__ = ["AGGREGATED", "BadCell", "Block", "Grid", "bad_vote", "grid_of", "id_cell", "without_copies", "wrong_width"]

AGGREGATED = SetAside("aggregated redaction rows")
"""A row whose cells are sums over several ballots."""
_MARK = re.compile(r"^(\d+)(?:\.0+)?(?:\s*\([\d.]+%?\))?$")
_REDACTED = -1
_PLAIN = frozenset({"", "0", "1"})


class BadCell(NamedTuple):
    """A cell that is none of 1, 0, empty: its column and what it holds."""

    column: int
    value: str


class Block(NamedTuple):
    """The columns of one contest, and the (choice, rank) of each."""

    contest: int
    columns: tuple[int, ...]
    options: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Grid:
    """All vote columns of a table; width: the cells that a row needs to have them all."""

    blocks: tuple[Block, ...]
    width: int

    def marks(self, row: Sequence[str]) -> list[int] | BadCell | SetAside:
        """Return the marks of a row as flat triples, its first bad cell, or AGGREGATED.

        All cells of a contest empty: it is not on this card. No 1 among them: UNDER. A word of redaction: INVALID.
        """
        marks: list[int] = []
        for contest, columns, options in self.blocks:
            cells = [row[c] for c in columns]
            kinds = set(cells)
            if not kinds <= _PLAIN:
                values = [_value(cell) for cell in cells]
                if None in values:
                    at = values.index(None)
                    return BadCell(columns[at], cells[at])
                if any(v is not None and v > 1 for v in values):
                    return AGGREGATED
                if _REDACTED in values:
                    marks += (contest, INVALID, 1)
                    continue
                cells = ["" if not cell.strip() else str(value) for cell, value in zip(cells, values, strict=True)]
                kinds = set(cells)
            if "1" in kinds:
                for cell, (choice, rank) in zip(cells, options, strict=True):
                    if cell == "1":
                        marks += (contest, choice, rank)
            elif "0" in kinds:
                marks += (contest, UNDER, 1)
        return marks


def grid_of(columns: Sequence[tuple[int, int, int, int]]) -> Grid:
    """Return the grid of columns given as (column, contest, choice, rank)."""
    contests = dict.fromkeys(contest for _, contest, _, _ in columns)
    members = {contest: [c for c in columns if c[1] == contest] for contest in contests}
    blocks = (Block(n, tuple(c[0] for c in of), tuple((c[2], c[3]) for c in of)) for n, of in members.items())
    return Grid(tuple(blocks), max((c[0] for c in columns), default=-1) + 1)


def id_cell(row: Sequence[str], column: int | None) -> str | None:
    """Return what an id column says, None where it is empty, redacted or absent."""
    value = clean(row[column]) if column is not None and column < len(row) else ""
    return None if not value or is_redaction(value) else value


def without_copies(rows: Iterable[tuple[Sequence[str], Row]]) -> Iterator[Row]:
    """Yield what each row of a table is, setting aside the ballots whose row is an exact copy of an earlier one."""
    seen: set[int] = set()
    for cells, row in rows:
        key = hash(tuple(cells)) if isinstance(row, Record) else None
        yield SetAside("exact copies of an earlier row") if key in seen else row
        if key is not None:
            seen.add(key)


def wrong_width(file: str, number: int, cells: int, header: int) -> Fault:
    """Return the fault of a row that has too few cells, or too many."""
    return Fault(f"it has {cells} cells", f"{file}, row {number}", f"Its header has {header}",
                 remedy="The file may be cut off there; export it again")  # fmt: skip


def bad_vote(cell: BadCell, file: str, number: int, heading: str) -> Fault:
    """Return the fault of a vote cell that cannot be read."""
    place = f"{file}, row {number}, column {cell.column + 1} ({heading})"
    return Fault(f"{cell.value[:60]!r} is no vote", place, "A vote cell is 1, 0 or empty",
                 remedy="Export it again, unchanged by hand")  # fmt: skip


@lru_cache(maxsize=4096)
def _value(cell: str) -> int | None:
    """Read a cell: a number, 0 where it is empty, _REDACTED, or None where it is none of these."""
    text = clean(cell)
    if not text:
        return 0
    number = _MARK.match(text)
    if number:
        return min(int(number.group(1)[:9]), 1 << 30)
    return _REDACTED if is_redaction(text) else None
