"""Tables with one column for each choice (and rank) of each contest, in cells that are 1, 0 or empty.

What Dominion and Clear Ballot tables have in common: how the cells of a contest become the votes of a row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...files.digit_cells import EMPTY
from ...files.text_table import TextTable
from ..catalogue import INVALID, OVER, UNDER
from ..clean import clean
from ..mark_words import is_redaction, meaning_in_place_of_a_name, write_in_name
from ..name_and_party import Style, name_and_parties
from .catalogue_builder import STRAIGHT_PARTY, PartialCatalogue
from .records import Marks
from .table_rows import BadCell, Block, Mask, Verdict

__all__ = ["AGGREGATED", "Grid", "GridColumn", "contest_keys", "remark_without_zeros", "with_column"]

AGGREGATED = "aggregated redaction rows"
"""Why rows are no ballots whose cells are sums over several ballots."""
_MARK = re.compile(r"^(\d+)(?:\.0+)?(?:\s*\([\d.]+%?\))?$")
_EMPTY, _REDACTED, _BAD, _CROSS = EMPTY, -2, -3, -4
_ENOUGH = 4
"""Rows in which some candidate of some contest has no vote."""
_SUM = 2
"""What stands for all numbers above 1."""


class GridColumn(NamedTuple):
    """A column of a choice: where it stands, its contest and choice in the catalogue, the rank, what it is called."""

    column: int
    contest: int
    choice: int
    rank: int
    heading: str


@dataclass(frozen=True)
class Grid:
    """All vote columns of a table."""

    columns: tuple[GridColumn, ...]

    @property
    def width(self) -> int:
        """How many cells a row needs to have them all."""
        return max((column.column for column in self.columns), default=-1) + 1

    def verdict(self, block: Block) -> Verdict:
        """Return the marks of some rows, those that are aggregated, and the first bad cell of each row that has one.

        All cells of a contest empty: it is not on this card. No 1 among them: UNDER. A word of redaction: INVALID.
        """
        summed, bad = np.zeros(len(block), bool), list[BadCell]()
        marks = list[Marks]()
        for columns in self._contests().values():
            cells = _crosses_read(np.stack([_cells(block, column.column) for column in columns]))
            if (cells >= _SUM).any():
                summed |= (cells >= _SUM).any(axis=0)
            if (cells == _BAD).any():
                bad += _bad_cells(block, columns, cells)
            marks += _marks(columns, cells)
        first = {cell.row: cell for cell in reversed(bad)}
        return Verdict(Marks.joined(marks), {AGGREGATED: summed}, [first[row] for row in sorted(first)])

    def _contests(self) -> Mapping[int, list[GridColumn]]:
        contests: dict[int, list[GridColumn]] = {}
        for column in self.columns:
            contests.setdefault(column.contest, []).append(column)
        return contests


def contest_keys(columns: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return what tells the contest of each column from others of its name: "" of the first, "2" of the second.

    columns: name of the contest, what else heads it (the votes allowed) and choice, from left to right. Two contests
    of one name differ in that, or stand apart and have none of their printed choices in common.
    """
    choices: dict[tuple[str, str, int], set[str]] = {}
    runs, run = list[tuple[str, str, int]](), 0
    for name, heading, choice in columns:
        run += bool(runs) and runs[-1][:2] != (name, heading)
        runs.append((name, heading, run))
        choices.setdefault(runs[-1], set()).update({choice} if write_in_name(choice) != "" else ())
    contests: dict[str, list[tuple[str, set[str]]]] = {}
    number: dict[tuple[str, str, int], int] = {}
    for key, own in choices.items():
        of_name = contests.setdefault(key[0].casefold(), [])
        same = (n for n, (heading, others) in enumerate(of_name) if heading == key[1] and (others & own or not own))
        number[key] = next(same, len(of_name))
        if number[key] == len(of_name):
            of_name.append((key[1], own))
    return [str(number[key] + 1) if number[key] else "" for key in runs]


def remark_without_zeros(grid: Grid, table: TextTable, line: int) -> tuple[str, ...]:
    """Say in the account that a table marks votes alone; line: the last one of its header."""
    rows = [[clean(row[c.column]) for c in grid.columns if c.column < len(row)] for row in table.first[line:]]
    cells = {cell for row in rows for cell in row}
    has_choice = len({c.contest for c in grid.columns}) < len(grid.columns)
    if len(rows) < _ENOUGH or not has_choice or "0" in cells or "1" not in cells:
        return ()
    return (f"{table.name}: the first {len(rows)} rows have votes and no 0: a contest that was left blank looks like "
            "one that is not on the ballot, and undervotes are missing.",)  # fmt: skip


def with_column(
    catalogue: PartialCatalogue, contest: int, name: str, party: str, style: Style | None, *, printed: bool = True
) -> tuple[PartialCatalogue, int]:
    """Return a catalogue that has the choice a column is headed with, and its position, UNDER or OVER.

    party: what stands beside the name; style: how the names of the contest carry parties, None where they do not.
    """
    meaning = meaning_in_place_of_a_name(name)
    if meaning is not None and meaning in (UNDER, OVER):
        return catalogue, meaning
    parties: tuple[str, ...] = (party,) if party else ()
    if style is not None and contest != STRAIGHT_PARTY:
        name, parties = name_and_parties(name, style)
    return catalogue.with_choice(contest, name, parties, printed=printed or bool(parties))


def _cells(block: Block, column: int) -> NDArray[np.int8]:
    """Return the cells of a column as 0, 1, _SUM, _EMPTY, _REDACTED, _CROSS or _BAD."""
    if column in block.cells.digits:
        return np.minimum(block.cells.digits[column], np.int8(_SUM))
    values: NDArray[np.int8] = block.each(column, _value, np.int8)
    return values


def _crosses_read(cells: NDArray[np.int8]) -> NDArray[np.int8]:
    """Take a cross in all cells of a contest for a redaction; one beside other cells is a vote written by hand."""
    crosses = cells == _CROSS
    return np.where(crosses, np.where(crosses.all(axis=0), _REDACTED, _BAD), cells) if crosses.any() else cells


def _marks(columns: Sequence[GridColumn], cells: NDArray[np.int8]) -> list[Marks]:
    """Return the marks of one contest; cells: (columns, rows)."""
    contest, one, redacted = columns[0].contest, _of_persons(columns, cells == 1), (cells == _REDACTED).any(axis=0)
    choices, ranks = np.array([c.choice for c in columns]), np.array([c.rank for c in columns])
    over = one[choices == OVER].any(axis=0) & ~redacted
    one = one & ~np.isin(choices, (UNDER, OVER))[:, None]
    marked = one.any(axis=0) & ~redacted & ~over
    which, rows = np.nonzero(one & marked)
    choice, rank = choices[which], ranks[which]
    no_vote = np.full(cells.shape[1], 0)
    no_vote[(cells >= 0).any(axis=0) & ~marked] = UNDER
    no_vote[over] = OVER
    no_vote[redacted] = INVALID
    without = np.flatnonzero(no_vote)
    return [Marks.of_contest(contest, rows, choice, rank), Marks.of_contest(contest, without, no_vote[without], 1)]


def _of_persons(columns: Sequence[GridColumn], one: Mask) -> Mask:
    """Return the marks with one for each person and rank, whose lines of several parties (fusion) are columns."""
    first: dict[tuple[int, int], int] = {}
    for at, column in enumerate(columns):
        line = first.setdefault((column.choice, column.rank), at)
        if line != at and column.choice >= 0:
            one[line] |= one[at]
            one[at] = False
    return one


def _bad_cells(block: Block, columns: Sequence[GridColumn], cells: NDArray[np.int8]) -> list[BadCell]:
    return [
        BadCell(int(row), columns[at].column, block.row(int(row))[columns[at].column], columns[at].heading)
        for at, row in zip(*np.nonzero(cells == _BAD), strict=True)
    ]


@lru_cache(maxsize=4096)
def _value(cell: str) -> int:
    """Read a cell: 0, 1, _SUM, _EMPTY, _REDACTED, _CROSS, or _BAD where it is none of these."""
    text = clean(cell)
    if not text:
        return _EMPTY
    number = _MARK.match(text)
    if number:
        return min(int(number.group(1)[:9]), _SUM)
    if text.casefold() == "x":
        return _CROSS
    return _REDACTED if is_redaction(text) else _BAD
