"""Dominion wide table, CSV or XLSX: header rows (election, contests, choices, ids and parties), then 1, 0 or empty.

One record is one row: a card, and a ballot where ballots have one card. Exact copies of a row, sums over redacted
ballots and header rows repeated further down are set aside and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ...core.errors import Fault, InputError, nearest
from ...files.spreadsheet import first_cells, table_rows
from ..catalogue import WRITE_IN
from ..clean import clean
from .catalogue_builder import PartialCatalogue
from .format import BATCH, Format, Stream
from .mark_grid import AGGREGATED, BadCell, Grid, bad_vote, grid_of, id_cell, without_copies, wrong_width
from .records import Ending, Record, Row, SetAside, batches

__all__ = ["DOMINION_CSV"]

_KEY = "CvrNumber"
_HEADER_WITHIN = 25
_LIMITS = re.compile(
    r"\s*\((?:Vote For|Number of positions)\s*=\s*(\d{1,3})(?:,\s*Number of ranks\s*=\s*(\d{1,3}))?\)\s*$",
    re.IGNORECASE,
)
_RANK = re.compile(r"^(.*?)\s*\((\d{1,3})\)$")
_WHOLE = re.compile(r"[0-9,]+(\.0+)?")


def _recognises(path: Path, head: bytes) -> bool:
    """Say whether CvrNumber and TabulatorNum head two columns. Raises InputError for a broken workbook."""
    first = first_cells(path, head)
    return _KEY in first and ("TabulatorNum" in first or "(Vote For=" in first)


def _read(path: Path, *, chunk: int = BATCH) -> Stream:
    """Read the header, then the rows."""
    return batches(_rows(path, _header(path)), where=path.name, chunk=chunk, unit="rows")


DOMINION_CSV = Format(
    "dominion-csv", "a row of ids from CvrNumber on", (b"CvrNumber", b"TabulatorNum", b"Vote For="), _recognises, _read
)


@dataclass(frozen=True)
class _Header:
    """The header rows and the number of the last, the id columns by name, and the vote columns by heading."""

    rows: tuple[tuple[str, ...], ...]
    end: int
    ids: Mapping[str, int]
    labels: Mapping[int, str]
    catalogue: PartialCatalogue
    grid: Grid

    def cell(self, row: list[str], *names: str) -> str | None:
        """Return the first id column of these names, None where it is empty or redacted."""
        return id_cell(row, next((self.ids[name] for name in names if name in self.ids), None))


class _Column(NamedTuple):
    """One vote column: where it stands, the heading of its contest, its choice and the choice's party."""

    column: int
    heading: str
    choice: str
    party: str


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
        Fault(f"no row has a cell {_KEY}", path.name, "The fourth row of a Dominion table names its id columns",
              nearest(_KEY, words), "Export it again, or name the format it is in")
    )  # fmt: skip


def _parsed(path: Path, number: int, above: list[list[str]], names: list[str]) -> _Header:
    where = f"{path.name}, row {number}"
    if len(above) < 2:
        raise InputError(
            Fault("there are no rows of contests and choices above it", where,
                  f"Contests and choices stand in the two rows above {_KEY}",
                  remedy="Export it again with its whole header")
        )  # fmt: skip
    columns = _columns(above[-2], above[-1], names)
    faults = [
        Fault(f"there is no choice below {c.heading!r}", f"{path.name}, row {number - 1}, column {c.column + 1}",
              "Each column of a contest has a choice")
        for c in columns
        if not c.choice
    ]  # fmt: skip
    if all(not c.choice for c in columns):
        faults.append(Fault("no column has a contest", where, f"Contests stand two rows above {_KEY}"))
    if faults:
        raise InputError(*faults[:10])
    catalogue, votes = _catalogued(columns)
    labels = {c.column: f"{c.heading} / {c.choice}" for c in columns}
    ids = {name: c for c, name in reversed(list(enumerate(names))) if name and c not in labels}
    rows = tuple(tuple(row) for row in (*above, names))
    return _Header(rows, number, ids, labels, catalogue, grid_of(votes))


def _columns(contests: list[str], choices: list[str], parties: list[str]) -> list[_Column]:
    """Return the vote columns; a contest's name may stand over its first choice only."""
    width = max(len(contests), len(choices), len(parties))
    cells = [row + [""] * (width - len(row)) for row in (contests, choices, parties)]
    columns, heading = list[_Column](), ""
    for column, (contest, choice, party) in enumerate(zip(*cells, strict=True)):
        heading = contest or (heading if choice else "")
        if heading:
            columns.append(_Column(column, heading, choice, party))
    return columns


def _catalogued(columns: Sequence[_Column]) -> tuple[PartialCatalogue, list[tuple[int, int, int, int]]]:
    """Return the contests and candidates, and (column, contest, choice, rank) of each column."""
    catalogue, votes, with_write_in = PartialCatalogue(), list[tuple[int, int, int, int]](), set[int]()
    for column, heading, choice, party in columns:
        limits = _LIMITS.search(heading)
        allowed, ranks = (int(limits.group(1)), int(limits.group(2) or 1)) if limits else (1, 1)
        catalogue, contest = catalogue.with_contest(
            _LIMITS.sub("", heading), votes=max(1, allowed), ranks=max(1, ranks)
        )
        ranked = _RANK.match(choice) if limits and limits.group(2) else None
        name, rank = (ranked.group(1), max(1, int(ranked.group(2)))) if ranked else (choice, 1)
        printed = bool(party) or contest not in with_write_in  # behind the write-in line stand qualified write-ins
        catalogue, position = catalogue.with_choice(contest, name, (party,) if party else (), printed=printed)
        if position == WRITE_IN:
            with_write_in.add(contest)
        votes.append((column, contest, position, rank))
    return catalogue, votes


def _rows(path: Path, header: _Header) -> Iterator[Row | Ending]:
    """Turn the rows below the header into records."""
    below = ((row, _row(path.name, number, row, header)) for number, row in table_rows(path) if number > header.end)
    yield from without_copies((row, value) for row, value in below if value is not None)
    yield Ending(header.catalogue.catalogue())


def _row(file: str, number: int, row: list[str], header: _Header) -> Row | None:
    """Judge one row: a ballot, something else that is counted, a fault, or None for an empty line."""
    key = header.cell(row, _KEY) or ""
    whole = _WHOLE.fullmatch(key) is not None
    if not whole:
        cells = tuple(clean(cell) for cell in row)
        if cells in header.rows:
            return SetAside("repeated header rows")
        if not any(cells):
            return None
    if len(row) < header.grid.width:
        return wrong_width(file, number, len(row), header.grid.width)
    marks = header.grid.marks(row)
    if isinstance(marks, SetAside) or (not whole and (key or not isinstance(marks, BadCell))):
        return AGGREGATED
    if isinstance(marks, BadCell):
        return bad_vote(marks, file, number, header.labels[marks.column])
    votes, straight_party = header.catalogue.without_straight_party(marks)
    precinct = header.cell(row, "PrecinctPortion", "Precinct")
    return Record(key, precinct, header.cell(row, "BallotType"), straight_party, votes)
