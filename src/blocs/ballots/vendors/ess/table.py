"""ES&S table, CSV or XLSX: `Cast Vote Record, Precinct, Ballot Style`, then one column for each vote of each contest.

A cell holds the name chosen, `undervote`, `overvote` or `write-in:`. A blank cell means that the contest is not on
this style; but where the style has the contest, it held the image of a write-in. Only names that got a vote are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ....core.errors import Fault, InputError, nearest
from ....files.spreadsheet import first_cells, table_rows
from ...catalogue import INVALID, OVER, UNDER, WRITE_IN, Reader, Reading
from ...clean import clean, is_redaction
from ..catalogue_builder import Register
from ..records import Aside, Record, Row, reading
from .headings import Column, columns, learned_affixes, parted

__all__ = ["ESS", "EssTable"]

_KEY = "cast vote record"
_IDS = (_KEY, "precinct", "ballot style")
_TOKENS = {"undervote": UNDER, "overvote": OVER}
_HEADER_WITHIN = 10


class EssTable:
    """Reader of ES&S tables; blank_is_write_in: how a blank cell counts where its style has the contest."""

    name = "ess"

    def __init__(self, *, blank_is_write_in: bool = True) -> None:
        self.blank_is_write_in = blank_is_write_in

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether Cast Vote Record heads a column. Raises InputError for a broken workbook."""
        lines = first_cells(path, head, _HEADER_WITHIN).casefold().splitlines()[:_HEADER_WITHIN]
        return any(_KEY in (cell.strip(' "') for cell in line.split(",")) for line in lines)

    def read(self, path: Path, *, chunk: int = 50_000) -> Reading:
        """Go through the table once for its names and styles, then stream it. Raises InputError."""
        layout = _layout(path)
        rows = _rows(path, layout, self.blank_is_write_in)
        return reading(layout.register.catalogue, rows, where=path.name, chunk=chunk, unit="rows")


ESS: Reader = EssTable()


@dataclass(frozen=True)
class _Layout:
    """The header, the vote columns with their contests, the meaning of every cell, and what each style shows."""

    headings: tuple[str, ...]
    end: int
    ids: dict[str, int]
    contests: tuple[tuple[int, tuple[Column, ...]], ...]
    choices: dict[tuple[int, str], int]
    shown: frozenset[tuple[str, int]]
    register: Register

    def cell(self, row: list[str], name: str) -> str | None:
        """Return an id column, None where it is empty, redacted or absent."""
        value = clean(row[self.ids[name]]) if name in self.ids else ""
        return None if not value or is_redaction(value) else value


def _layout(path: Path) -> _Layout:
    rows = table_rows(path)
    headings, end, ids = _header(path, rows)
    first = max(ids.values()) + 1
    votes = columns(list(headings), first, path.stem)
    if not votes:
        raise InputError(
            Fault(
                "no column of votes stands behind the ids",
                f"{path.name}, row {end}",
                "Contests head the columns behind Cast Vote Record, Precinct and Ballot Style",
            )
        )
    seen, shown = _distinct(rows, len(headings), ids, votes)
    prefixes = learned_affixes((column.heading, cell) for column, cell in seen)
    register, choices = Register(), dict[tuple[int, str], int]()
    grouped: dict[int, list[Column]] = {}
    for column in votes:
        grouped.setdefault(_contest(register, column, votes), []).append(column)
    for column, cell in seen:
        contest = _contest(register, column, votes)
        token = _token(cell)
        choice = register.choice(contest, *parted(cell, prefixes)) if token is None else token
        choices[column.position, cell] = choice
    return _Layout(headings, end, ids, tuple((c, tuple(g)) for c, g in grouped.items()), choices, shown, register)


def _contest(register: Register, column: Column, votes: list[Column]) -> int:
    of_it = [c for c in votes if c.heading == column.heading]
    if column.rank:
        return register.contest(column.heading, ranks=max(c.rank for c in of_it))
    return register.contest(column.heading, votes=len(of_it))


def _header(path: Path, rows: Iterator[tuple[int, list[str]]]) -> tuple[tuple[str, ...], int, dict[str, int]]:
    words: list[str] = []
    for number, row in rows:
        headings = tuple(clean(cell) for cell in row)
        folded = [heading.casefold() for heading in headings]
        if _KEY in folded:
            return headings, number, {name: folded.index(name) for name in _IDS if name in folded}
        words += [heading for heading in headings if heading]
        if number >= _HEADER_WITHIN:
            break
    raise InputError(
        Fault(
            "no column is headed Cast Vote Record",
            path.name,
            "An ES&S table begins with that heading",
            nearest("Cast Vote Record", words),
            "Export it again, or name the format it is in",
        )
    )


def _distinct(
    rows: Iterator[tuple[int, list[str]]], width: int, ids: dict[str, int], votes: list[Column]
) -> tuple[dict[tuple[Column, str], None], frozenset[tuple[str, int]]]:
    """Collect the distinct cells of each column, and which columns each style fills anywhere."""
    seen: dict[tuple[Column, str], None] = {}
    shown: set[tuple[str, int]] = set()
    style = ids.get("ballot style", ids.get("precinct"))
    for _, row in rows:
        if len(row) < width or clean(row[ids[_KEY]]).casefold() == _KEY:
            continue
        group = clean(row[style]) if style is not None else ""
        for column in votes:
            cell = row[column.position]
            if cell and (text := clean(cell)):
                seen[column, text] = None
                shown.add((group, column.position))
    return seen, frozenset(shown) if style is not None else frozenset()


def _token(cell: str) -> int | None:
    folded = cell.casefold()
    return _TOKENS.get(folded, INVALID if is_redaction(cell) else None)


def _rows(path: Path, layout: _Layout, blank_is_write_in: bool) -> Iterator[Row]:
    seen: set[int] = set()
    for number, row in table_rows(path):
        if number <= layout.end or not any(row):
            continue
        if len(row) != len(layout.headings):
            yield Fault(
                f"it has {len(row)} cells",
                f"{path.name}, row {number}",
                f"Its header has {len(layout.headings)}",
                remedy="The file may be cut off there; export it again",
            )
        elif clean(row[layout.ids[_KEY]]).casefold() == _KEY:
            yield Aside("repeated header rows")
        elif hash(tuple(row)) in seen and layout.cell(row, _KEY):
            yield Aside("exact copies of an earlier row")
        else:
            seen.add(hash(tuple(row)))
            marks, lever = layout.register.without_lever(_marks(row, layout, blank_is_write_in))
            yield Record(
                layout.cell(row, _KEY),
                layout.cell(row, "precinct"),
                layout.cell(row, "ballot style"),
                lever,
                marks,
            )


def _marks(row: list[str], layout: _Layout, blank_is_write_in: bool) -> list[int]:
    """Return the marks of a row as flat triples; slots of one contest make one answer."""
    style = clean(row[layout.ids.get("ballot style", layout.ids.get("precinct", 0))])
    marks: list[int] = []
    for contest, group in layout.contests:
        votes: list[int] = []
        why: int | None = None
        for column in group:
            cell = clean(row[column.position])
            if cell:
                choice = layout.choices[column.position, cell]
            elif blank_is_write_in and (style, column.position) in layout.shown:
                choice = WRITE_IN
            elif (style, column.position) in layout.shown:
                choice = UNDER
            else:
                continue
            if choice in (UNDER, INVALID) or (choice == OVER and not column.rank):
                why = min(choice, why or choice)  # INVALID before OVER before UNDER
            else:
                votes += (contest, choice, column.rank or 1)
        if why in (OVER, INVALID) or (why is not None and not votes):
            votes = [contest, why, 1]
        marks += votes
    return marks
