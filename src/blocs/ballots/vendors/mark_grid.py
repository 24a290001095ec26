"""Grid: wide rows with one column for each choice (and rank) of each contest, in cells that are 1, 0 or empty."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ..catalogue import INVALID, UNDER
from ..clean import clean, is_redaction

__all__ = ["AGGREGATED", "BadCell", "Block", "Grid"]

AGGREGATED = "aggregated"
"""Answer for a row whose cells are sums over several ballots."""
_MARK = re.compile(r"^(\d+)(?:\.0+)?(?:\s*\([\d.]+%?\))?$")
_REDACTED = -1


class BadCell(NamedTuple):
    """A cell that is none of 1, 0, empty: its column and what it holds."""

    column: int
    value: str


class Block(NamedTuple):
    """The columns of one contest, and the (choice, rank) of each."""

    contest: int
    columns: tuple[int, ...]
    options: tuple[tuple[int, int], ...]


class Grid:
    """All vote columns of a table."""

    def __init__(self, columns: list[tuple[int, int, int, int]]) -> None:
        """Group columns, given as (column, contest, choice, rank), by contest."""
        found: dict[int, list[tuple[int, int, int, int]]] = {}
        for column in columns:
            found.setdefault(column[1], []).append(column)
        self.blocks = tuple(
            Block(contest, tuple(c[0] for c in block), tuple((c[2], c[3]) for c in block))
            for contest, block in found.items()
        )
        self.width = max((c[0] for c in columns), default=-1) + 1

    def marks(self, row: list[str]) -> list[int] | BadCell | str:
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


_PLAIN = {"", "0", "1"}


@lru_cache(maxsize=4096)
def _value(cell: str) -> int | None:
    """Read a cell: a number, 0 where it is empty, _REDACTED, or None where it is none of these."""
    text = clean(cell)
    if not text:
        return 0
    found = _MARK.match(text)
    if found:
        return min(int(found.group(1)[:9]), 1 << 30)
    return _REDACTED if is_redaction(text) else None
