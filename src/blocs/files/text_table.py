"""Tables of text cells: a delimited text file or a sheet of a workbook, by rows or, many times faster, by columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from .archive import Member, Source
from .digit_cells import digit_cells
from .spreadsheet import is_workbook, sheets
from .text import BYTE_ORDER_MARKS, MAX_LINE, csv_rows_of, decoded, lines_of, utf8_blocks

__all__ = ["Cells", "Irregular", "TextTable", "tables_of"]

_DELIMITERS = ",;\t|"
_BLOCK = 1 << 22
"""Bytes of text that become one block of columns, about."""
_LOOKED_AT = 25
"""Rows by which a table is recognised."""
_WORDS = pa.dictionary(pa.int32(), pa.string())
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_FEW_NULS = 0.01
"""Share of NUL characters above which a file is not damaged text but none at all."""
_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
"""How the names of tables end."""


class Irregular(Exception):
    """The table cannot be read by columns: a row has fewer or more cells, or quotes are out of order.

    What is wrong, and whether anything is, shows when it is read by rows.
    """


class Cells(NamedTuple):
    """Some rows of a table by columns: those whose cells are digits or empty, and the others.

    rows: how many; words: position -> the distinct cells of a column and the number of each row's, none of them null;
    digits: position -> (rows,) int8, EMPTY for an empty cell.
    """

    rows: int
    words: Mapping[int, pa.DictionaryArray]
    digits: Mapping[int, NDArray[np.int8]] = {}

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return len(self.words) + len(self.digits)

    @property
    def nbytes(self) -> int:
        """How much memory they take."""
        words: int = sum(column.indices.nbytes + column.dictionary.nbytes for column in self.words.values())
        return words + sum(column.nbytes for column in self.digits.values())


@dataclass(frozen=True)
class TextTable:
    """A table whose cells are text.

    name: what to call it in faults; alone: whether it is all there is in what the user gave; first: its first rows,
    read leniently, by which it is recognised; rows: yields (line or row number, cells) and raises InputError where the
    text is damaged; source: opens its text, None for a sheet; delimiter: between its cells; size: bytes of its file.
    """

    name: str
    first: tuple[tuple[str, ...], ...]
    rows: Callable[[], Iterator[tuple[int, list[str]]]] = field(repr=False)
    source: Callable[[], Source] | None = field(default=None, repr=False)
    delimiter: str = ","
    size: int = 0

    def is_of(self, file: Member) -> bool:
        """Say whether it is a table of a file."""
        return self.name == file.label or self.name.startswith(f"{file.label}, sheet ")

    def columns(self, below: int, marks: frozenset[int]) -> Iterator[Cells]:
        """Yield the rows below a line by columns.

        below: number of the line; marks: positions of the columns whose cells are taken to be digits or empty. There
        are as many columns as the first row has cells. Blank lines are left out. Raises Irregular, at the first block
        or later.
        """
        if self.source is None:
            raise Irregular
        width = 0
        with self.source() as raw:
            for text in _in_order(_behind(utf8_blocks(raw, self.name, _BLOCK), below), self.delimiter):
                width = width or _first_width(text, self.delimiter)
                if width:
                    yield _cells(text, width, marks, self.delimiter)


def tables_of(files: Sequence[Member]) -> tuple[TextTable, ...]:
    """Return the tables among some files: text with delimiters, and every sheet of a workbook.

    Of several files, those are looked into whose names end as tables' do, or have no ending. Raises InputError for a
    damaged workbook.
    """
    tables: list[TextTable] = []
    for file in files:
        if len(files) > 1 and not file.base.casefold().endswith(_SUFFIXES) and "." in file.base:
            continue
        if is_workbook(file):
            tables += _sheet_tables(file, alone=len(files) == 1)
        elif (text := _beginning(file.head)) is not None:
            tables.append(_text_table(file, text))
    return tuple(tables)


def _text_table(file: Member, text: str) -> TextTable:
    lines = text.splitlines(keepends=True)
    delimiter = max(_DELIMITERS, key=re.sub('"[^"]*"', "", "".join(lines[:_LOOKED_AT])).count)

    def rows() -> Iterator[tuple[int, list[str]]]:
        with file.open() as raw:
            yield from csv_rows_of(lines_of(raw, file.label), file.label, delimiter)

    first = islice(_lenient(lines, delimiter), _LOOKED_AT)
    return TextTable(file.label, tuple(map(tuple, first)), rows, file.open, delimiter, file.size)


def _lenient(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return


def _sheet_tables(file: Member, alone: bool) -> list[TextTable]:
    found = sheets(file)

    def table(name: str, content: Sequence[Sequence[str]]) -> TextTable:
        def rows() -> Iterator[tuple[int, list[str]]]:
            (cells,) = (cells for other, cells in sheets(file) if other == name)
            yield from enumerate(cells, 1)

        label = file.label if alone and len(found) == 1 else f"{file.label}, sheet {name!r}"
        return TextTable(label, tuple(map(tuple, content[:_LOOKED_AT])), rows)

    return [table(name, content) for name, content in found]


def _beginning(head: bytes) -> str | None:
    """Return the text with which a file begins, None where it is no text or begins as JSON or XML."""
    if head[:2] in BYTE_ORDER_MARKS:
        text = head[2 : len(head) // 2 * 2].decode(BYTE_ORDER_MARKS[head[:2]], "replace")
    else:
        text = decoded(head.removeprefix(b"\xef\xbb\xbf"))
    binary = text.count("\0") > _FEW_NULS * len(text)
    return None if binary or text.lstrip()[:1] in ("<", "{", "[", "") else text


def _behind(blocks: Iterator[bytes], line: int) -> Iterator[bytes]:
    """Leave out the first lines of a text."""
    for block in blocks:
        if line <= 0:
            yield block
        elif (ends := block.count(b"\n")) < line:
            line -= ends
        else:
            at = 0
            for _ in range(line):
                at = block.index(b"\n", at) + 1
            line = 0
            if block[at:]:
                yield block[at:]


def _first_width(text: bytes, delimiter: str) -> int:
    """Return how many cells the first row has, 0 where all lines are blank. Raises Irregular for an endless cell."""
    rows = csv.reader(map(bytes.decode, io.BytesIO(text)), delimiter=delimiter)
    try:
        return len(next(filter(None, rows), ()))
    except csv.Error:
        raise Irregular from None


def _cells(text: bytes, width: int, marks: frozenset[int], delimiter: str) -> Cells:
    """Return whole rows by columns, those from the first mark on by their bytes where all of their cells are digits."""
    first = min(marks, default=width)
    grid = digit_cells(text, width - first, delimiter) if first < width else None
    digits = {position: grid[position - first] for position in marks if position < width} if grid is not None else {}
    names = [str(position) for position in range(width)]
    texts = [name for position, name in enumerate(names) if position not in digits]
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(text),
            arrow_csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(texts, _WORDS), null_values=[], include_columns=texts),
        )
    except pa.ArrowInvalid:
        raise Irregular from None
    if grid is not None and grid.shape[1] != len(table):  # a blank line, or a line break in a cell
        return _cells(text, width, frozenset(), delimiter)
    columns = (column.combine_chunks() for column in table.columns)
    return Cells(len(table), {int(name): column for name, column in zip(texts, columns, strict=True)}, digits)


def _in_order(blocks: Iterator[bytes], delimiter: str) -> Iterator[bytes]:
    """Pass on a text in which every quoted cell begins and ends as one, in whole rows; raise Irregular where not.

    Quotes are in order when each odd one stands behind a delimiter, the end of a line or a quote (or `=`, as in the
    cells ="1" of spreadsheets), and each even one before a delimiter, the end of a line or a quote.
    """
    opens, closes = (np.zeros(256, bool), np.zeros(256, bool))
    opens[[ord(delimiter), *b'\n"=']] = True
    closes[[ord(delimiter), *b'\r\n"']] = True
    begun = b""
    for block in blocks:
        if _LONE_RETURN.search(block):
            raise Irregular
        text = begun + block if begun else block
        letters: NDArray[np.uint8] = np.frombuffer(text if b'"' in text else b"", np.uint8)
        at = np.flatnonzero(letters == ord('"'))
        odd, even = at[::2], at[1::2]
        odd, even = odd[odd > 0], even[even + 1 < len(text)]
        begun = text if len(at) % 2 else b""
        if len(begun) > MAX_LINE or not (opens[letters[odd - 1]].all() and closes[letters[even + 1]].all()):
            raise Irregular
        if not begun:
            yield text
    if begun:
        raise Irregular
