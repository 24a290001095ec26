"""ES&S table, CSV or XLSX: `Cast Vote Record, Precinct, Ballot Style`, then one column for each vote of each contest.

A cell holds the name chosen, `undervote`, `overvote` or `write-in:`. A blank cell means that the contest is not on
this style; but where the style has the contest, it held the image of a write-in. Only names that got a vote are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ....core.errors import Fault, InputError, nearest
from ....files.spreadsheet import first_cells, table_rows
from ...catalogue import INVALID, OVER, UNDER, WRITE_IN
from ...clean import clean
from ...mark_words import is_redaction, meaning_in_place_of_a_name
from ..catalogue_builder import PartialCatalogue
from ..format import BATCH, Format, Stream
from ..mark_grid import id_cell, wrong_width
from ..records import Ending, Record, Row, SetAside, batches
from .headings import Column, columns, learned_affixes, parted

__all__ = ["ESS", "ess_table"]

_KEY = "cast vote record"
_IDS = (_KEY, "precinct", "ballot style")
_HEADER_WITHIN = 10


def _recognises(path: Path, head: bytes) -> bool:
    """Say whether Cast Vote Record heads a column. Raises InputError for a broken workbook."""
    lines = first_cells(path, head, _HEADER_WITHIN).casefold().splitlines()[:_HEADER_WITHIN]
    return any(_KEY in (cell.strip(' "') for cell in line.split(",")) for line in lines)


def _read(path: Path, *, chunk: int = BATCH, blank_is_write_in: bool) -> Stream:
    """Go through the table once for its names and styles, then read it."""
    rows = _rows(path, _layout(path), blank_is_write_in)
    return batches(rows, where=path.name, chunk=chunk, unit="rows")


def ess_table(*, blank_is_write_in: bool = True) -> Format:
    """Return the format of ES&S tables; blank_is_write_in: how a blank cell counts where its style has the contest."""
    return Format(
        "ess",
        "a header Cast Vote Record, Precinct, Ballot Style",
        (b"Cast Vote Record", b"Ballot Style"),
        _recognises,
        partial(_read, blank_is_write_in=blank_is_write_in),
    )


ESS = ess_table()


@dataclass(frozen=True)
class _Layout:
    """The header, the vote columns of each contest, the meaning of every cell, and the columns each style shows."""

    headings: tuple[str, ...]
    end: int
    ids: Mapping[str, int]
    contests: Mapping[int, tuple[Column, ...]]
    choices: Mapping[tuple[int, str], int]
    shown: frozenset[tuple[str, int]]
    catalogue: PartialCatalogue

    def cell(self, row: list[str], name: str) -> str | None:
        """Return an id column, None where it is empty, redacted or absent."""
        return id_cell(row, self.ids.get(name))


def _layout(path: Path) -> _Layout:
    rows = table_rows(path)
    headings, end, ids = _header(path, rows)
    votes = columns(list(headings), max(ids.values()) + 1, path.stem)
    if not votes:
        raise InputError(
            Fault("no column of votes stands behind the ids", f"{path.name}, row {end}",
                  "Contests head the columns behind Cast Vote Record, Precinct and Ballot Style")
        )  # fmt: skip
    cells, shown = _distinct(rows, len(headings), ids, votes)
    catalogue, contest_of = _contests(votes)
    catalogue, choices = _choices(cells, contest_of, catalogue)
    contests = {
        contest: tuple(column for column in votes if contest_of[column.heading] == contest)
        for contest in dict.fromkeys(contest_of.values())
    }
    return _Layout(headings, end, ids, contests, choices, shown, catalogue)


def _contests(votes: Iterable[Column]) -> tuple[PartialCatalogue, dict[str, int]]:
    """Return the contests as a catalogue, and heading -> position."""
    catalogue, positions = PartialCatalogue(), dict[str, int]()
    for heading in dict.fromkeys(column.heading for column in votes):
        ranks = [column.rank for column in votes if column.heading == heading]
        votes_allowed = 1 if all(ranks) else len(ranks)
        catalogue, positions[heading] = catalogue.with_contest(heading, votes=votes_allowed, ranks=max(1, *ranks))
    return catalogue, positions


def _choices(
    cells: Iterable[tuple[Column, str]], contest_of: Mapping[str, int], catalogue: PartialCatalogue
) -> tuple[PartialCatalogue, dict[tuple[int, str], int]]:
    """Return the catalogue with all candidates, and what each distinct cell of each column means."""
    cells = list(cells)
    prefixes = learned_affixes((column.heading, cell) for column, cell in cells)
    choices: dict[tuple[int, str], int] = {}
    for column, cell in cells:
        choice = meaning_in_place_of_a_name(cell)
        if choice is None and is_redaction(cell):
            choice = INVALID
        if choice is None:
            catalogue, choice = catalogue.with_choice(contest_of[column.heading], *parted(cell, prefixes))
        choices[column.position, cell] = choice
    return catalogue, choices


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
        Fault("no column is headed Cast Vote Record", path.name, "An ES&S table begins with that heading",
              nearest("Cast Vote Record", words), "Export it again, or name the format it is in")
    )  # fmt: skip


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


def _rows(path: Path, layout: _Layout, blank_is_write_in: bool) -> Iterator[Row | Ending]:
    seen: set[int] = set()
    for number, row in table_rows(path):
        if number <= layout.end or not any(row):
            continue
        if len(row) != len(layout.headings):
            yield wrong_width(path.name, number, len(row), len(layout.headings))
        elif clean(row[layout.ids[_KEY]]).casefold() == _KEY:
            yield SetAside("repeated header rows")
        elif hash(tuple(row)) in seen and layout.cell(row, _KEY):
            yield SetAside("exact copies of an earlier row")
        else:
            seen.add(hash(tuple(row)))
            marks, straight_party = layout.catalogue.without_straight_party(_marks(row, layout, blank_is_write_in))
            voter, precinct, style = (layout.cell(row, name) for name in _IDS)
            yield Record(voter, precinct, style, straight_party, marks)
    yield Ending(layout.catalogue.catalogue())


def _marks(row: list[str], layout: _Layout, blank_is_write_in: bool) -> list[int]:
    """Return the marks of a row as flat triples; the columns of one contest make one answer."""
    style = clean(row[layout.ids.get("ballot style", layout.ids.get("precinct", 0))])
    marks: list[int] = []
    for contest, contest_columns in layout.contests.items():
        votes: list[int] = []
        no_vote: int | None = None
        for column in contest_columns:
            cell = clean(row[column.position])
            if cell:
                choice = layout.choices[column.position, cell]
            elif (style, column.position) in layout.shown:
                choice = WRITE_IN if blank_is_write_in else UNDER
            else:
                continue
            if choice in (UNDER, INVALID) or (choice == OVER and not column.rank):
                no_vote = min(choice, no_vote or choice)  # INVALID before OVER before UNDER
            else:
                votes += (contest, choice, column.rank or 1)
        if no_vote in (OVER, INVALID) or (no_vote is not None and not votes):
            votes = [contest, no_vote, 1]
        marks += votes
    return marks
