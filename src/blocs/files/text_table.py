"""Tables of text cells: a delimited text file or a sheet of a workbook, by rows or, many times faster, by columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from .archive import Member
from .spreadsheet import is_workbook, sheets
from .text import BYTE_ORDER_MARKS, BlockStream, csv_rows_of, decoded, lines_of, utf8_blocks

__all__ = ["Irregular", "TextTable", "tables_of"]

_DELIMITERS = ",;\t|"
_BLOCK = 1 << 23
"""Bytes of text that become one block of columns."""
_LOOKED_AT = 25
"""Rows by which a table is recognised."""
_FEW_NULS = 0.01
"""Share of NUL characters above which a file is not damaged text but none at all."""
_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
"""How the names of tables end."""


class Irregular(Exception):
    """The table cannot be read by columns: a row has fewer or more cells, quotes are out of order, a cell is no number.

    What is wrong, and whether anything is, shows when it is read by rows.
    """


@dataclass(frozen=True)
class TextTable:
    """A table whose cells are text.

    name: what to call it in faults; alone: whether it is all there is in what the user gave; first: its first rows,
    read leniently, by which it is recognised; rows: yields (line or row number, cells) and raises InputError where the
    text is damaged; source: opens its text, None for a sheet; delimiter: between its cells.
    """

    name: str
    first: tuple[tuple[str, ...], ...]
    rows: Callable[[], Iterator[tuple[int, list[str]]]] = field(repr=False)
    source: Callable[[], Any] | None = field(default=None, repr=False)
    delimiter: str = ","

    def columns(self, below: int, numbers: frozenset[int]) -> Iterator[pa.RecordBatch]:
        """Yield the rows below a line as columns of text, some as small whole numbers, null where a cell is empty.

        below: number of the line; numbers: positions of the columns whose cells are taken to be whole numbers, from
        -128 to 127. There are as many columns as the first row has cells. Blank lines are left out. Raises Irregular,
        at the first block or later.
        """
        if self.source is None:
            raise Irregular
        try:
            with self.source() as raw:
                text = _in_order(_behind(utf8_blocks(raw, self.name), below), self.delimiter)
                first = next(text, b"").lstrip(b"\r\n")
                if first:
                    width = len(next(csv.reader(io.StringIO(first.decode(), newline=""), delimiter=self.delimiter)))
                    kinds = {str(i): pa.int8() if i in numbers else pa.string() for i in range(width)}
                    yield from arrow_csv.open_csv(
                        io.BufferedReader(BlockStream(chain([first], text)), _BLOCK),
                        arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=list(kinds)),
                        arrow_csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
                        arrow_csv.ConvertOptions(column_types=kinds, null_values=[""], strings_can_be_null=False),
                    )
        except pa.ArrowInvalid:
            raise Irregular from None


def tables_of(files: Sequence[Member]) -> tuple[TextTable, ...]:
    """Return the tables among some files: text with delimiters, and every sheet of a workbook.

    Of several files, those are looked into whose names end as tables' do, or have no ending. Raises InputError for a
    damaged workbook.
    """
    tables: list[TextTable] = []
    for file in files:
        if len(files) > 1 and not file.name.casefold().endswith(_SUFFIXES) and "." in file.base:
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
    return TextTable(file.label, tuple(map(tuple, first)), rows, file.open, delimiter)


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
        ends = block.count(b"\n")
        if line <= 0:
            yield block
        elif ends < line:
            line -= ends
        else:
            at = 0
            for _ in range(line):
                at = block.index(b"\n", at) + 1
            line = 0
            if block[at:]:
                yield block[at:]


def _in_order(blocks: Iterator[bytes], delimiter: str) -> Iterator[bytes]:
    """Pass on a text in which every quoted cell begins and ends as one; raise Irregular where not.

    Quotes are in order when each odd one stands behind a delimiter, the end of a line or a quote (or `=`, as in the
    cells ="1" of spreadsheets), and each even one before a delimiter, the end of a line or a quote.
    """
    opens, closes = (np.zeros(256, bool), np.zeros(256, bool))
    opens[[ord(delimiter), *b'\n"=']] = True
    closes[[ord(delimiter), *b'\r\n"']] = True
    inside = False
    for block in blocks:
        if block.count(b"\r") != block.count(b"\r\n"):
            raise Irregular
        letters: NDArray[np.uint8] = np.frombuffer(b"\n" + block + b"\n", np.uint8)
        at = np.flatnonzero(letters == ord('"'))
        if len(at):
            odd = (np.arange(len(at)) + inside) % 2 == 0
            if not (np.where(odd, opens[letters[at - 1]], closes[letters[at + 1]])).all():
                raise Irregular
            inside = bool((len(at) + inside) % 2)
        yield block
    if inside:
        raise Irregular
