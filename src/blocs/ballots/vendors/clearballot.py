"""Clear Ballot CSV: one row for each ballot, one column for each choice, named with all there is to know about it.

    Choice_<id>_<n>:<contest>:<rank>:Vote For <votes>:<name>:<party>        (the rank is absent in older exports)

Contest and candidate names may hold colons and commas: the header is read from its fixed parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import Fault, InputError, nearest
from ...files.spreadsheet import first_cells, table_rows
from ..catalogue import Reader, Reading
from ..clean import clean, is_redaction
from .catalogue_builder import Register
from .mark_grid import BadCell, Grid
from .records import Aside, Record, Row, reading

__all__ = ["CLEARBALLOT"]

_CHOICE = re.compile(
    r"^Choice_(\d+)_(\d+):(.*?)(?::(\d{1,3}))?:(?:Vote For|Number of Winners) (\d{1,3}):(.*)$", re.DOTALL
)
_IDS = ("RowNumber", "BallotID", "PrecinctID", "BallotStyleID")
_SHAPE = "A choice is headed Choice_<id>_<n>:<contest>:Vote For <n>:<name>:<party>"


class _ClearBallot:
    """Reader of Clear Ballot CSV exports."""

    name = "clearballot"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the columns are headed RowNumber and Choice_<id>_<n>. Raises InputError for a broken workbook."""
        first = first_cells(path, head, 1)
        return "RowNumber" in first and "Choice_" in first

    def read(self, path: Path, *, chunk: int = 50_000) -> Reading:
        """Stream the rows of a file. Raises InputError at once for a broken header, and while read."""
        header = _header(path)
        return reading(header.register.catalogue, _rows(path, header), where=path.name, chunk=chunk, unit="rows")


CLEARBALLOT: Reader = _ClearBallot()


@dataclass(frozen=True)
class _Header:
    """The names of all columns, the id columns by name, and the vote columns."""

    names: tuple[str, ...]
    ids: dict[str, int]
    register: Register
    grid: Grid

    def cell(self, row: list[str], name: str) -> str | None:
        """Return an id column, None where it is empty, redacted or absent."""
        value = clean(row[self.ids[name]]) if name in self.ids else ""
        return None if not value or is_redaction(value) else value


def _header(path: Path) -> _Header:
    for _, row in table_rows(path):
        return _parsed(path, tuple(clean(cell) for cell in row))
    raise InputError(Fault("the file is empty", path.name, "The first row names the columns"))


def _parsed(path: Path, names: tuple[str, ...]) -> _Header:
    register, columns, faults = Register(), list[tuple[int, int, int, int]](), list[Fault]()
    for column, name in enumerate(names):
        found = _CHOICE.match(name)
        if found:
            columns.append((column, *_option(register, found)))
        elif name.startswith("Choice_"):
            faults.append(
                Fault(f"{name!r} is no heading of a choice", f"{path.name}, row 1, column {column + 1}", _SHAPE)
            )
    ids = {name: column for column, name in reversed(list(enumerate(names))) if not name.startswith("Choice_")}
    for wanted in _IDS:
        if wanted not in ids:
            faults.append(
                Fault(
                    f"there is no column {wanted}",
                    f"{path.name}, row 1",
                    "A Clear Ballot export has it",
                    nearest(wanted, ids),
                    "Export it again",
                )
            )
    if not columns and not faults:
        faults.append(Fault("there is no column of a choice", f"{path.name}, row 1", _SHAPE))
    if faults:
        raise InputError(*faults[:10])
    return _Header(names, ids, register, Grid(columns))


def _option(register: Register, found: re.Match[str]) -> tuple[int, int, int]:
    """Return contest, choice and rank of one column, entering it in the register."""
    contest_name, rank, votes, rest = (
        found.group(3),
        int(found.group(4) or 1),
        int(found.group(5)),
        found.group(6),
    )
    name, colon, party = rest.rpartition(":")
    if not colon:
        name, party = rest, ""
    contest = register.contest(contest_name, votes=max(1, votes), ranks=max(1, rank))
    return contest, register.choice(contest, name, (party,) if party else ()), max(1, rank)


def _rows(path: Path, header: _Header) -> Iterator[Row]:
    """Turn the rows below the header into records."""
    seen: set[int] = set()
    first = True
    for number, row in table_rows(path):
        found = None if first or not any(row) else _row(path.name, number, row, header)
        first = False
        if isinstance(found, Record):
            key = hash(tuple(row))
            if key in seen:
                found = Aside("exact copies of an earlier row")
            seen.add(key)
        if found is not None:
            yield found


def _row(file: str, number: int, row: list[str], header: _Header) -> Row:
    if len(row) != len(header.names):
        return Fault(
            f"it has {len(row)} cells",
            f"{file}, row {number}",
            f"Its header has {len(header.names)}",
            remedy="The file may be cut off there; export it again",
        )
    if row[0] == header.names[0] and tuple(clean(cell) for cell in row) == header.names:
        return Aside("repeated header rows")
    marks = header.grid.marks(row)
    if isinstance(marks, str):
        return Aside("aggregated redaction rows")
    if isinstance(marks, BadCell):
        place = f"{file}, row {number}, column {marks.column + 1} ({header.names[marks.column]})"
        rule = "A vote cell is 1, 0 or empty"
        return Fault(f"{marks.value[:60]!r} is no vote", place, rule, remedy="Export it again, unchanged by hand")
    votes, lever = header.register.without_lever(marks)
    return Record(
        header.cell(row, "BallotID"),
        header.cell(row, "PrecinctID"),
        header.cell(row, "BallotStyleID"),
        lever,
        votes,
    )
