"""Dominion wide table, CSV or XLSX: header rows (election, contests, choices, ids and parties), then 1, 0 or empty.

One record is one row: a card, and a ballot where ballots have one card. Exact copies of a row, sums over redacted
ballots and header rows repeated further down are set aside and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import Fault, InputError, nearest
from ...files.spreadsheet import first_cells, table_rows
from ..catalogue import WRITE_IN, Reader, Reading
from ..clean import clean, is_redaction
from .catalogue_builder import Register
from .mark_grid import BadCell, Grid
from .records import Aside, Record, Row, reading

__all__ = ["DOMINION_CSV"]

_KEY = "CvrNumber"
_HEADER_WITHIN = 25
_LIMITS = re.compile(
    r"\s*\((?:Vote For|Number of positions)\s*=\s*(\d{1,3})(?:,\s*Number of ranks\s*=\s*(\d{1,3}))?\)\s*$",
    re.IGNORECASE,
)
_RANK = re.compile(r"^(.*?)\s*\((\d{1,3})\)$")
_WHOLE = re.compile(r"[0-9,]+(\.0+)?")
_RULE = "A vote cell is 1, 0 or empty"


class _DominionCsv:
    """Reader of Dominion CSV and XLSX exports."""

    name = "dominion-csv"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether CvrNumber and TabulatorNum head two columns. Raises InputError for a broken workbook."""
        first = first_cells(path, head)
        return _KEY in first and ("TabulatorNum" in first or "(Vote For=" in first)

    def read(self, path: Path, *, chunk: int = 50_000) -> Reading:
        """Stream the rows of a table. Raises InputError at once for a broken header, and while read."""
        header = _header(path)
        return reading(header.register.catalogue, _rows(path, header), where=path.name, chunk=chunk, unit="rows")


DOMINION_CSV: Reader = _DominionCsv()


@dataclass(frozen=True)
class _Header:
    """The header rows and the number of the last, the id columns by name, and the vote columns."""

    rows: tuple[tuple[str, ...], ...]
    end: int
    ids: dict[str, int]
    labels: dict[int, str]
    register: Register
    grid: Grid

    def cell(self, row: list[str], *names: str) -> str | None:
        """Return the first id column of these names, None where it is empty or redacted."""
        column = next((self.ids[name] for name in names if name in self.ids), len(row))
        value = clean(row[column]) if column < len(row) else ""
        return None if not value or is_redaction(value) else value


def _header(path: Path) -> _Header:
    above: list[list[str]] = []
    for number, row in table_rows(path):
        names = [clean(cell) for cell in row]
        if _KEY in names:
            return _parsed(path, number, above, names)
        above.append(names)
        if number >= _HEADER_WITHIN:
            break
    words = {name for row in above for name in row if name}
    raise InputError(
        Fault(
            f"no row has a cell {_KEY}",
            path.name,
            "The fourth row of a Dominion table names its id columns",
            nearest(_KEY, words),
            "Export it again, or name the format it is in",
        )
    )


def _parsed(path: Path, number: int, above: list[list[str]], names: list[str]) -> _Header:
    where = f"{path.name}, row {number}"
    if len(above) < 2:
        raise InputError(
            Fault(
                "there are no rows of contests and choices above it",
                where,
                f"Contests and choices stand in the two rows above {_KEY}",
                remedy="Export it again with its whole header",
            )
        )
    width = max(len(names), *(len(row) for row in above[-2:]))
    contests, choices, parties = (row + [""] * (width - len(row)) for row in (above[-2], above[-1], names))
    register, columns, labels, faults = (
        Register(),
        list[tuple[int, int, int, int]](),
        dict[int, str](),
        list[Fault](),
    )
    heading, written = "", set[int]()
    for column in range(width):
        heading = contests[column] or (heading if choices[column] else "")
        if heading and not choices[column]:
            place = f"{path.name}, row {number - 1}, column {column + 1}"
            faults.append(
                Fault(f"there is no choice below {heading!r}", place, "Each column of a contest has a choice")
            )
        elif heading:
            columns.append((column, *_option(register, heading, choices[column], parties[column], written)))
            labels[column] = f"{heading} / {choices[column]}"
    if not columns:
        faults.append(Fault("no column has a contest", where, f"Contests stand two rows above {_KEY}"))
    if faults:
        raise InputError(*faults[:10])
    ids = {name: c for c, name in reversed(list(enumerate(names))) if name and c not in labels}
    return _Header(tuple(tuple(row) for row in (*above, names)), number, ids, labels, register, Grid(columns))


def _option(register: Register, heading: str, choice: str, party: str, written: set[int]) -> tuple[int, int, int]:
    """Return contest, choice and rank of one column, entering it in the register."""
    limits = _LIMITS.search(heading)
    votes, ranks = (int(limits.group(1)), int(limits.group(2) or 1)) if limits else (1, 1)
    contest = register.contest(_LIMITS.sub("", heading), votes=max(1, votes), ranks=max(1, ranks))
    ranked = _RANK.match(choice) if limits and limits.group(2) else None
    name, rank = (ranked.group(1), max(1, int(ranked.group(2)))) if ranked else (choice, 1)
    printed = bool(party) or contest not in written  # behind the write-in line stand the qualified write-ins
    position = register.choice(contest, name, (party,) if party else (), printed=printed)
    if position == WRITE_IN:
        written.add(contest)
    return contest, position, rank


def _rows(path: Path, header: _Header) -> Iterator[Row]:
    """Turn the rows below the header into records."""
    seen: set[int] = set()
    for number, row in table_rows(path):
        found = _row(path.name, number, row, header) if number > header.end else None
        if isinstance(found, Record):
            key = hash(tuple(row))
            if key in seen:
                found = Aside("exact copies of an earlier row")
            seen.add(key)
        if found is not None:
            yield found


def _row(file: str, number: int, row: list[str], header: _Header) -> Row | None:
    """Judge one row: a ballot, something else that is counted, a fault, or None for an empty line."""
    key = header.cell(row, _KEY) or ""
    whole = _WHOLE.fullmatch(key) is not None
    if not whole:
        cells = tuple(clean(cell) for cell in row)
        if cells in header.rows:
            return Aside("repeated header rows")
        if not any(cells):
            return None
    if len(row) < header.grid.width:
        return Fault(
            f"it has {len(row)} cells",
            f"{file}, row {number}",
            f"Its header has {header.grid.width}",
            remedy="The file may be cut off there; export it again",
        )
    marks = header.grid.marks(row)
    if isinstance(marks, str) or (not whole and (key or not isinstance(marks, BadCell))):
        return Aside("aggregated redaction rows")
    if isinstance(marks, BadCell):
        place = f"{file}, row {number}, column {marks.column + 1} ({header.labels[marks.column]})"
        return Fault(f"{marks.value[:60]!r} is no vote", place, _RULE, remedy="Export it again, unchanged by hand")
    votes, lever = header.register.without_lever(marks)
    precinct = header.cell(row, "PrecinctPortion", "Precinct")
    return Record(key, precinct, header.cell(row, "BallotType"), lever, votes)
