"""Rows of a vendor's table as records: what tables of all vendors have in common, by columns.

A table is read in blocks of columns (`files.text_table`). Where that fails, and where a block holds a fault, the rest
is read row by row, so that each row has the number of its line. Empty rows are left out; headers that are repeated
further down and exact copies of an earlier row are set aside (rows without an id, or with one that many rows share, are
no copies: voters may agree); a row with too few or too many cells is a fault. What is left is the vendor's: which rows
are no ballots, and what their votes are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache, partial
from itertools import islice
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...core.errors import Fault, counted
from ...files.text_table import Cells, Irregular, TextTable
from ...tables.column_roles import own_name
from ..catalogue import RECORDS
from ..clean import clean
from ..mark_words import is_redaction, is_total
from .catalogue_builder import PartialCatalogue
from .records import Marks, Records
from .row_copies import NO_ID, RowCopies, RowHashes

__all__ = ["BadCell", "Block", "Header", "Mask", "Verdict", "blocks", "id_columns", "row_hashes", "table_records"]

COPY = "exact copies of an earlier row"
REPEATED_HEADER = "repeated header rows"
OF_TOTALS = "rows of totals"
_AT_ONCE = 10_000
"""Rows that are turned into a block of columns where a table is read row by row."""
_PLAIN_ID = r"^[0-9][0-9._/-]*$"
"""Ids that are clean as they are: numbers, with dots, dashes and slashes."""
_MAY_BE_TOTAL = r"(?i)total|\bsum|all\s+precincts"
_HASH = np.uint64(0x9E3779B97F4A7C15)
_DIGITS = (*"0123456789", "")
"""Digits at their own positions, and the empty cell at that of EMPTY."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Header:
    """The header of a table and the roles of its columns.

    table: whose header it is; line: the last line of the header; rows: its rows, cleaned, any of which may be repeated
    further down; needed: how many cells a row has at least; key: the column in which a row that has an id has it;
    roles: "voter", "precinct", "style" -> column; ids: heading -> column of the file's other ids; marks: columns of
    cells that are 1, 0 or empty; running: the column that numbers the rows, in which copies of a row differ, if any.
    """

    table: TextTable
    line: int
    rows: tuple[tuple[str, ...], ...]
    needed: int
    key: int
    roles: Mapping[str, int] = field(default_factory=dict)
    ids: Mapping[str, int] = field(default_factory=dict)
    marks: frozenset[int] = frozenset()
    running: int | None = None

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max(self.needed, *map(len, self.rows))

    @cached_property
    def of_totals(self) -> frozenset[int]:
        """The columns in which all of the first rows have a word of totals: a county that is one precinct."""
        rows = [row for row in self.table.first if any(row)]
        heads = [i for i, row in enumerate(rows) if [*map(clean, row[self.key :][:1])] == [self.rows[-1][self.key]]]
        totals = [{c for c, cell in enumerate(row) if is_total(cell)} for row in rows[max(heads, default=0) + 1 :]]
        return frozenset(set.intersection(*totals) if len(totals) > 1 else ())


class BadCell(NamedTuple):
    """A cell that cannot be read: its row in the block, its column, what it holds, what the column is called."""

    row: int
    column: int
    value: str
    heading: str


class Verdict(NamedTuple):
    """What a vendor's table says of the rows of a block: their marks, reason -> rows that are no ballots, bad cells."""

    marks: Marks
    aside: Mapping[str, Mask] = {}
    bad: Sequence[BadCell] = ()


@dataclass(frozen=True)
class Block:
    """Some rows of a table, by columns.

    cells: the columns that the rows have; width: how many columns the table has, the others of which are empty here;
    lines: the line of each row, and lengths: how many cells it has, None where every row has as many as the first.
    """

    cells: Cells = field(repr=False)
    width: int
    lines: NDArray[np.int64] | None = field(default=None, repr=False)
    lengths: NDArray[np.int64] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return self.cells.rows

    def words(self, column: int) -> tuple[Sequence[str], NDArray[np.int64]]:
        """Return the distinct cells of a column in the order in which they come, and the number of each row's cell."""
        encoded = self._words(column)
        return encoded.dictionary.to_pylist(), np.asarray(encoded.indices).astype(np.int64)

    def each(self, column: int, function: Callable[[str], Any], dtype: Any) -> NDArray[Any]:
        """Return a function of each cell of a column, called once for every distinct cell."""
        words, positions = self.words(column)
        values: NDArray[Any] = np.array([function(word) for word in words], dtype)[positions]
        return values

    def where(self, column: int, function: Callable[[str], bool], plain: bool) -> Mask:
        """Say of each cell of an id column whether a function holds; plain: what it says of a plain number."""
        if _all_plain(self._words(column).dictionary):
            return np.full(len(self), plain)
        return self.each(column, function, bool)

    def totals(self, header: Header) -> Mask:
        """Say which rows have a word of totals in place of an id, a precinct or a style, where other rows have none."""
        found = np.zeros(len(self), bool)
        for column in {header.key, *header.roles.values(), *header.ids.values()} - header.of_totals:
            if pc.any(pc.match_substring_regex(self._words(column).dictionary, _MAY_BE_TOTAL)).as_py():
                found |= self.each(column, is_total, bool)
        return found

    def row(self, row: int) -> list[str]:
        """Return the cells of one row as text."""
        return [
            _DIGITS[self.cells.digits[column][row]]
            if column in self.cells.digits
            else self._words(column)[row].as_py()
            for column in range(self.width)
        ]

    def ids(self, column: int) -> Any:
        """Return an id column as an Arrow array, null where a cell is empty or redacted."""
        encoded = self._words(column)
        words = encoded.dictionary
        if not _all_plain(words):
            words = pa.array([id_word(word) for word in words.to_pylist()], pa.string())
        return words.take(encoded.indices)

    def has_id(self, column: int) -> Mask:
        """Say of each row whether its id may tell ballots apart, as zeros alone and words do not."""
        encoded = self._words(column)
        none = np.asarray(pc.match_substring_regex(encoded.dictionary, NO_ID))
        numbered: Mask = ~none[np.asarray(encoded.indices)]
        return numbered & self.where(column, lambda cell: id_word(cell) is not None, plain=True)

    def hashes_of(self, column: int) -> NDArray[np.uint64]:
        """Return a number for each cell of a column, as `hashes` does for each row."""
        encoded = self._words(column)
        (of_words,) = _hashes([encoded.dictionary])
        hashes: NDArray[np.uint64] = of_words[np.asarray(encoded.indices)]
        return hashes

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """A number for each row that equal rows share, and others but by a chance of 1 in 2 ** 64."""
        columns = [column for column in range(self.width) if column not in self.cells.digits]
        encoded = [self._words(column) for column in columns]
        of_digits, *of_words = _hashes([pa.array(_DIGITS), *(words.dictionary for words in encoded)])
        of_column = {column: of[words.indices] for column, of, words in zip(columns, of_words, encoded, strict=True)}
        total = np.zeros(len(self), np.uint64)
        for column in range(self.width):
            total *= _HASH
            total += of_column[column] if column in of_column else of_digits[self.cells.digits[column]]
        return total

    def _words(self, column: int) -> pa.DictionaryArray:
        """Return a column of text; one that the rows do not have is empty."""
        return self.cells.words[column] if column in self.cells.words else _empty(len(self))


def table_records(
    header: Header,
    judge: Callable[[Block], Verdict],
    catalogue: PartialCatalogue,
    copies: RowCopies,
    cells: Sequence[Cells] | None = None,
) -> Iterator[Records | Fault]:
    """Yield the records of a table below its header, and its faults.

    judge: what the vendor's table says of a block of rows; it may raise Irregular for a block without lines.
    catalogue: with the parties of the straight-party contest, which is taken out of the marks. copies: what finds the
    exact copies among them. cells: all rows by columns, where a first look has kept them; otherwise they are read.
    """

    def look(block: Block) -> _Judged:
        judged = _judged(block, header, judge(block))
        if judged.faults and block.lines is None:
            raise Irregular
        return judged

    for block, judged in _read(header, look, cells):
        yield from judged.faults
        named = np.flatnonzero((judged.reasons == None) & block.has_id(header.key))  # noqa: E711
        copied = copies.among(_rows_of(block, header, named), partial(_ids_of, block, header, named))
        judged.reasons[named[copied]] = COPY
        yield _records(block, header, judged, catalogue)


def blocks(header: Header) -> Iterator[Block]:
    """Yield all rows below the header as blocks, for a first look at a table; rows of a wrong width included."""
    yield from (block for block, _ in _read(header, lambda block: None))


def row_hashes(header: Header, cells: Sequence[Cells] | None = None) -> RowHashes:
    """Return all rows of a table that have an id, as numbers by which copies are found."""
    read = _read(header, lambda block: np.flatnonzero(block.has_id(header.key)), cells)
    parts = []
    for block, named in read:
        ids, rows = _ids_of(block, header, named), _rows_of(block, header, named)
        parts.append(RowHashes(ids, rows, rows - ids * _factor(header, header.key)))
    return RowHashes(*map(np.concatenate, zip(*parts, strict=True)))


def _rows_of(block: Block, header: Header, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a number for each of some rows, in which the running number of the row has no part."""
    hashes: NDArray[np.uint64] = block.hashes[rows]
    if header.running is None:
        return hashes
    return hashes - block.hashes_of(header.running)[rows] * _factor(header, header.running)


def _factor(header: Header, column: int) -> np.uint64:
    """Return what `Block.hashes` multiplies the number of a cell of a column by."""
    factor: np.uint64 = np.power(_HASH, np.uint64(header.width - 1 - column))
    return factor


def _ids_of(block: Block, header: Header, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    return block.hashes_of(header.key)[rows]


def id_columns(names: Mapping[str, int]) -> dict[str, int]:
    """Return id columns under names that no column made here has, in small or capital letters."""
    taken = {own_name(name): column for name, column in names.items()}
    return {f"{name}_id" if name.casefold() in RECORDS.names else name: column for name, column in taken.items()}


def _read(
    header: Header, look: Callable[[Block], Any], cells: Iterable[Cells] | None = None
) -> Iterator[tuple[Block, Any]]:
    """Yield the blocks below the header and what `look` makes of each, by columns as far as that goes."""
    done = 0
    try:
        for some in header.table.columns(header.line, header.marks) if cells is None else cells:
            if not header.needed <= some.columns <= header.width:
                raise Irregular
            block = Block(some, header.width)
            yield block, look(block)
            done += len(block)
        return
    except Irregular:
        pass
    below = (row for row in header.table.rows() if row[0] > header.line and row[1])
    rows = islice(below, done, None)
    while at_once := list(islice(rows, _AT_ONCE)):
        block = _block(at_once, header.width)
        yield block, look(block)


def _block(rows: Sequence[tuple[int, list[str]]], width: int) -> Block:
    """Return rows as a block; cells that are missing at the end are empty, and empty ones too many are no cells."""
    lengths = [max((i + 1 for i, cell in enumerate(cells[width:], width) if cell), default=min(len(cells), width))
               for _, cells in rows]  # fmt: skip
    whole = [(cells + [""] * (width - len(cells)))[:width] for _, cells in rows]
    columns = (pa.array(column, pa.string()).dictionary_encode() for column in zip(*whole, strict=True))
    return Block(Cells(len(rows), dict(enumerate(columns))), width, np.array([n for n, _ in rows]), np.array(lengths))


def _empty(rows: int) -> pa.DictionaryArray:
    """Return a column of empty cells."""
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), [""])


def _all_plain(words: Any) -> bool:
    """Say whether all words are plain numbers."""
    plain: bool = pc.all(pc.match_substring_regex(words, _PLAIN_ID)).as_py()
    return plain


def _hashes(columns: Sequence[Any]) -> list[NDArray[np.uint64]]:
    """Return a number for each word of several arrays; blanks around a word are no difference."""
    with hashing_database().cursor() as con:
        con.register("words", pa.table({"word": pa.chunked_array(columns, pa.string())}))
        (hashes,) = con.sql("select hash(trim(word)) as h from words").to_arrow_table()
    return np.split(hashes.to_numpy(), np.cumsum([len(words) for words in columns[:-1]]))


class _Judged(NamedTuple):
    """What became of the rows of a block: why each is no ballot (None for a ballot), empty rows, marks, faults."""

    reasons: NDArray[np.object_]
    empty: Mask
    marks: Marks
    faults: list[Fault]


def _judged(block: Block, header: Header, verdict: Verdict) -> _Judged:
    """Put together what all tables have in common and what the vendor's says of the rows."""
    reasons: NDArray[np.object_] = np.full(len(block), None, object)
    headers, empty = _headers_and_empty_rows(block, header)
    reasons[headers] = REPEATED_HEADER
    judged = headers | empty
    faults = []
    if block.lengths is not None:
        wrong = ~judged & ((block.lengths < header.needed) | (block.lengths > header.width))
        faults = [_wrong_width(block, header, row) for row in np.flatnonzero(wrong).tolist()]
        judged = judged | wrong
    for reason, rows in {**verdict.aside, OF_TOTALS: block.totals(header)}.items():
        reasons[rows & ~judged] = reason
        judged = judged | rows
    faults += [_bad_cell(block, header, cell) for cell in verdict.bad if not judged[cell.row]]
    return _Judged(reasons, empty, verdict.marks, faults)


def _headers_and_empty_rows(block: Block, header: Header) -> tuple[Mask, Mask]:
    """Say which rows repeat a row of the header, and which are empty: looked for where the key could be theirs."""
    keys = {row[header.key] if header.key < len(row) else "" for row in header.rows}
    headers, empty = np.zeros(len(block), bool), np.zeros(len(block), bool)
    for row in np.flatnonzero(block.where(header.key, lambda word: clean(word) in {*keys, ""}, plain=False)).tolist():
        cells = tuple(map(clean, block.row(row)))
        empty[row] = not any(cells)
        headers[row] = not empty[row] and any(_same(cells, other) for other in header.rows)
    return headers, empty


def _same(cells: Sequence[str], header: Sequence[str]) -> bool:
    """Say whether two rows are the same, but for empty cells at their ends."""
    width = min(len(cells), len(header))
    return cells[:width] == header[:width] and not any(cells[width:]) and not any(header[width:])


def _records(block: Block, header: Header, judged: _Judged, catalogue: PartialCatalogue) -> Records:
    """Return the rows of a block that are not empty as records."""
    kept = np.flatnonzero(~judged.empty)
    position = np.cumsum(~judged.empty) - 1
    ballot = (judged.reasons == None) & ~judged.empty  # noqa: E711
    marks = judged.marks.take(ballot[judged.marks.record])
    marks, straight_party = catalogue.straight_parties_of(marks._replace(record=position[marks.record]), len(kept))
    columns = {
        role: block.ids(header.roles[role]).take(kept) if role in header.roles else pa.nulls(len(kept), pa.string())
        for role in ("voter", "precinct", "style")
    }
    columns |= {"straight_party": straight_party, "set_aside": pa.array(judged.reasons[kept], pa.string())}
    columns |= {name: block.ids(column).take(kept) for name, column in header.ids.items()}
    return Records(columns, marks)


@cache
def hashing_database() -> duckdb.DuckDBPyConnection:
    """Return a database in which text is hashed, faster than anywhere else; rows stay in their order."""
    return duckdb.connect(config={"threads": 1})


@lru_cache(maxsize=1 << 12)
def id_word(cell: str) -> str | None:
    """Return what an id cell says, None where it is empty or redacted."""
    word = clean(cell)
    return None if not word or is_redaction(word) else word


def _place(block: Block, header: Header, row: int) -> str:
    line = int(block.lines[row]) if block.lines is not None else 0
    return f"{header.table.name}, row {line}"


def _wrong_width(block: Block, header: Header, row: int) -> Fault:
    """Return the fault of a row that has too few cells, or too many."""
    cells = int(block.lengths[row]) if block.lengths is not None else 0
    return Fault(f"it has {counted(cells, 'cell')}", _place(block, header, row), f"Its header has {header.width}",
                 remedy="The file may be cut off there; export it again")  # fmt: skip


def _bad_cell(block: Block, header: Header, cell: BadCell) -> Fault:
    """Return the fault of a vote cell that cannot be read."""
    where = f"{_place(block, header, cell.row)}, column {cell.column + 1} ({cell.heading})"
    return Fault(f"{cell.value[:60]!r} is no vote", where, "A vote cell is 1, 0 or empty",
                 remedy="Export it again, unchanged by hand")  # fmt: skip
