"""What a workbook may have: no document types, and no cells so far out that a sheet would fill memory.

A sheet is read as a table from its first cell to its last one, so that two cells are enough to ask for billions, and
rows that are not in order for more memory than there is.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from ..core.errors import Fault
from .archive import SAVE_AS_CSV, growth_faults
from .binary_workbook import MOST_CELLS, ROWS, OrderError, places_in_xls, places_in_xlsb

__all__ = ["workbook_faults"]

SPARSE, FILLED = 1_000_000, 100
"""Cells up to the last one from which one in FILLED is filled, or more: a cell far out is a slip or damage."""
COLUMNS = 16_384
"""Most columns that a sheet has, in every program."""
_BLOCK = 1 << 20
_LONGEST = 400
"""Bytes of the beginning of a tag that are looked at with the next block; no tag that matters is longer."""
_PLACE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{0,8})(\d{1,12})\s*["']""")
_CELL, _ROW = re.compile(rb"<(?:\w+:)?c[\s/>]"), re.compile(rb"<(?:\w+:)?row[\s/>]")
_ODS_TAG = re.compile(rb"<table:table-(row|cell|covered-table-cell)\b([^>]*)>")
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d{1,12})"')


class _Extent(NamedTuple):
    """How far a sheet reaches, and how its places are written.

    mixed: whether a row comes after one with a larger number; cells, lines: how many cells and rows there are, of which
    `placed` and `numbered` have a place that can be read.
    """

    rows: int = 0
    columns: int = 0
    mixed: bool = False
    cells: int = 0
    placed: int = 0
    lines: int = 0
    numbered: int = 0

    def and_cell(self, columns: int, rows: int) -> _Extent:
        return self._replace(rows=max(self.rows, rows), columns=max(self.columns, columns))


def workbook_faults(content: bytes, where: str) -> list[Fault]:
    """Return the faults of a workbook.

    Raises what zipfile raises for a damaged zip, and for an .xls file what `binary_workbook.places_in_xls` does.
    """
    if not content.startswith(b"PK"):
        return _old_faults(content, where)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        faults = growth_faults(where, sum(info.file_size for info in parts), len(content), SAVE_AS_CSV)
        if faults:  # no part is read, and in a folder or zip nothing else has looked at its list of contents
            return faults
        for info in parts:
            if _is_binary_sheet(info.filename):
                with archive.open(info) as part:
                    extent = _of_places(places_in_xlsb(part))
                faults += _extent_faults(extent, f"{where}/{info.filename}")
            if not info.filename.endswith((".xml", ".rels", ".vml")):
                continue
            place, declared, extent = f"{where}/{info.filename}", False, _Extent()
            for block in _blocks(archive, info):
                declared = declared or b"<!DOCTYPE" in block.replace(b"\x00", b"")
                if "worksheets/" in info.filename:
                    extent = _of_cells(block, extent)
            if info.filename == "content.xml":
                extent = _of_repeats(archive.read(info), extent)
            if declared:
                faults.append(
                    Fault("its XML declares a document type", place,
                          "A workbook has none; entities can be made to grow without limit",
                          remedy=SAVE_AS_CSV)
                )  # fmt: skip
            faults += _extent_faults(extent, place)
    return faults


def _old_faults(content: bytes, where: str) -> list[Fault]:
    """Return the faults of an .xls workbook."""
    sheets = groupby(places_in_xls(content), itemgetter(0))
    extents = [_of_places((row, column) for _, row, column in places) for _, places in sheets]
    return [fault for extent in extents for fault in _extent_faults(extent, where)]


def _is_binary_sheet(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return folder.endswith("sheets") and file.endswith(".bin") and not file.startswith("binaryIndex")


def _of_places(places: Iterable[tuple[int, int]]) -> _Extent:
    """Return how far cells reach whose (row, column) are given from 0, in the order of the file.

    Up to the first one that has the sheet refused.
    """
    rows = columns = cells = 0
    try:
        for row, column in places:
            cells += 1
            if row + 1 < rows:
                raise OrderError
            rows, columns = row + 1, max(columns, column + 1)
            if rows > ROWS or columns > COLUMNS:
                break
    except OrderError:
        return _Extent(rows, columns, mixed=True, cells=cells, placed=cells)
    return _Extent(rows, columns, cells=cells, placed=cells)


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    before = b""
    with archive.open(info) as part:
        while block := part.read(_BLOCK):
            block = before + block
            cut = max(block.rfind(b"<"), 0)
            yield block[:cut]
            before = block[cut:] if len(block) - cut <= _LONGEST else block[-_LONGEST:]
    yield before


def _of_cells(block: bytes, extent: _Extent) -> _Extent:
    """Return how far the cells and rows of a part of an .xlsx sheet reach."""
    found = _PLACE.findall(block)
    placed = sum(1 for letters, _ in found if letters)
    extent = extent._replace(
        cells=extent.cells + len(_CELL.findall(block)), placed=extent.placed + placed,
        lines=extent.lines + len(_ROW.findall(block)), numbered=extent.numbered + len(found) - placed,
    )  # fmt: skip
    if not found:
        return extent
    columns = max(_column(letters.upper()) for letters in {letters for letters, _ in found})
    rows = [extent.rows, *map(int, (number for _, number in found))]
    mixed = extent.mixed or any(after < before for before, after in pairwise(rows))
    return extent.and_cell(columns, max(rows))._replace(mixed=mixed)


def _column(letters: bytes) -> int:
    """Return the number of a column from 1; that of AB is 28."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _of_repeats(content: bytes, extent: _Extent) -> _Extent:
    """Return how far the cells with a value of the sheets of an .ods file reach."""
    rows = width = repeated = 0
    filled = False
    for kind, attributes in _ODS_TAG.findall(content):
        found = _REPEATED.search(attributes)
        times = int(found[1]) if found else 1
        if kind == b"row":
            rows += repeated if filled else 0
            repeated, width, filled = times, 0, False
        else:
            width += times
            if b"value-type" in attributes:
                filled = True
                extent = extent.and_cell(width, rows + repeated)
    return extent


def _extent_faults(extent: _Extent, where: str) -> list[Fault]:
    cells = extent.rows * extent.columns
    if extent.placed not in (0, extent.cells) or extent.numbered not in (0, extent.lines):
        return [Fault("some of its rows or cells have no place that can be read, and others have one", where,
                      "Every program writes the places of all, or of none",
                      remedy=SAVE_AS_CSV)]  # fmt: skip
    if extent.mixed:
        return [Fault("its rows are not in the order of their numbers", where, "Every program writes them in order",
                      remedy=SAVE_AS_CSV)]  # fmt: skip
    rule = f"A sheet has at most {ROWS:,} rows, {COLUMNS:,} columns and {MOST_CELLS:,} cells up to its last one"
    if extent.rows <= ROWS and extent.columns <= COLUMNS and cells <= MOST_CELLS:
        if cells < SPARSE or not extent.placed or cells <= FILLED * extent.cells:
            return []
        rule = f"Of so many cells up to its last one, one in {FILLED} is filled at least; here {extent.cells:,} are"
    return [
        Fault(f"its cells reach to row {extent.rows:,} and column {extent.columns:,}", where, rule,
              remedy="Delete the cells that are far out, or save the sheet as CSV")
    ]  # fmt: skip
