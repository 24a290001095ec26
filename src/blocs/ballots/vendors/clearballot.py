"""Clear Ballot CSV: one row for each ballot, one column for each choice, named with all there is to know about it.

    Choice_<id>_<n>:<contest>:<rank>:Vote For <votes>:<name>:<party>        (the rank is absent in older exports)

Contest and candidate names may hold colons and commas: the header is read from its fixed parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import Fault, InputError, missing_column
from ...files.spreadsheet import first_cells, table_rows
from ..clean import clean
from .catalogue_builder import PartialCatalogue
from .format import BATCH, Format, Stream
from .mark_grid import BadCell, Grid, bad_vote, grid_of, id_cell, without_copies, wrong_width
from .records import Ending, Record, Row, SetAside, batches

__all__ = ["CLEARBALLOT"]

_CHOICE = re.compile(
    r"^Choice_(\d+)_(\d+):(.*?)(?::(\d{1,3}))?:(?:Vote For|Number of Winners) (\d{1,3}):(.*)$", re.DOTALL
)
_IDS = ("RowNumber", "BallotID", "PrecinctID", "BallotStyleID")
_SHAPE = "A choice is headed Choice_<id>_<n>:<contest>:Vote For <n>:<name>:<party>"


def _recognises(path: Path, head: bytes) -> bool:
    """Say whether the columns are headed RowNumber and Choice_<id>_<n>. Raises InputError for a broken workbook."""
    first = first_cells(path, head, 1)
    return "RowNumber" in first and "Choice_" in first


def _read(path: Path, *, chunk: int = BATCH) -> Stream:
    """Read the header, then the rows."""
    return batches(_rows(path, _header(path)), where=path.name, chunk=chunk, unit="rows")


CLEARBALLOT = Format(
    "clearballot", "headers Choice_<id>_<n>:<contest>:...", (b"Choice_", b"BallotID", b"RowNumber"), _recognises, _read
)


@dataclass(frozen=True)
class _Header:
    """The names of all columns, the id columns by name, and the vote columns."""

    names: tuple[str, ...]
    ids: Mapping[str, int]
    catalogue: PartialCatalogue
    grid: Grid

    def cell(self, row: list[str], name: str) -> str | None:
        """Return an id column, None where it is empty, redacted or absent."""
        return id_cell(row, self.ids.get(name))


def _header(path: Path) -> _Header:
    for _, row in table_rows(path):
        return _parsed(path, tuple(clean(cell) for cell in row))
    raise InputError(Fault("the file is empty", path.name, "The first row names the columns"))


def _parsed(path: Path, names: tuple[str, ...]) -> _Header:
    choices = {column: _CHOICE.match(name) for column, name in enumerate(names) if name.startswith("Choice_")}
    where = f"{path.name}, row 1"
    faults = [
        Fault(f"{names[column]!r} is no heading of a choice", f"{where}, column {column + 1}", _SHAPE)
        for column, match in choices.items()
        if match is None
    ]
    ids = {name: names.index(name) for column, name in enumerate(names) if column not in choices}
    faults += [
        missing_column(name, "", ids, where=where, remedy="A Clear Ballot export has it; export the file again")
        for name in _IDS
        if name not in ids
    ]
    if not choices and not faults:
        faults.append(Fault("there is no column of a choice", where, _SHAPE))
    if faults:
        raise InputError(*faults[:10])
    catalogue, votes = _catalogued({column: match for column, match in choices.items() if match})
    return _Header(names, ids, catalogue, grid_of(votes))


def _catalogued(
    choices: Mapping[int, re.Match[str]],
) -> tuple[PartialCatalogue, list[tuple[int, int, int, int]]]:
    """Return the contests and candidates, and (column, contest, choice, rank) of each column of a choice."""
    catalogue, votes = PartialCatalogue(), list[tuple[int, int, int, int]]()
    for column, match in choices.items():
        _, _, heading, rank_text, allowed, rest = match.groups()
        rank = max(1, int(rank_text or 1))
        name, colon, party = rest.rpartition(":")
        if not colon:
            name, party = rest, ""
        catalogue, contest = catalogue.with_contest(heading, votes=max(1, int(allowed)), ranks=rank)
        catalogue, choice = catalogue.with_choice(contest, name, (party,) if party else ())
        votes.append((column, contest, choice, rank))
    return catalogue, votes


def _rows(path: Path, header: _Header) -> Iterator[Row | Ending]:
    """Turn the rows below the header into records."""
    rows = table_rows(path)
    next(rows, None)
    yield from without_copies((row, _row(path.name, number, row, header)) for number, row in rows if any(row))
    yield Ending(header.catalogue.catalogue())


def _row(file: str, number: int, row: list[str], header: _Header) -> Row:
    if len(row) != len(header.names):
        return wrong_width(file, number, len(row), len(header.names))
    if row[0] == header.names[0] and tuple(clean(cell) for cell in row) == header.names:
        return SetAside("repeated header rows")
    marks = header.grid.marks(row)
    if isinstance(marks, SetAside):
        return marks
    if isinstance(marks, BadCell):
        return bad_vote(marks, file, number, header.names[marks.column])
    votes, straight_party = header.catalogue.without_straight_party(marks)
    voter, precinct, style = (header.cell(row, name) for name in ("BallotID", "PrecinctID", "BallotStyleID"))
    return Record(voter, precinct, style, straight_party, votes)
