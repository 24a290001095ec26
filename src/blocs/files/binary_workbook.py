"""Rows and cells of workbooks in binary form: where they stand, so that none is read that would fill memory.

.xls has the records of all its sheets in one stream of a compound file (Microsoft's MS-CFB and MS-XLS), .xlsb those
of each sheet in a part of its zip (MS-XLSB). The library that reads them later goes by the same numbers, some of which
ask it for memory: they are compared here with the length of the file.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from typing import IO

__all__ = ["BROKEN", "MOST_CELLS", "ROWS", "LockedError", "OrderError", "places_in_xls", "places_in_xlsb"]

BROKEN = (struct.error, IndexError, ValueError)
"""What a damaged file raises here."""
MOST_CELLS = 50_000_000
"""Cells of a sheet from the first row and column to the last ones; a county of 600,000 ballots and 80 contests."""
ROWS = 1_048_576
"""Most rows that a sheet has, in every program."""
_FREE = 0xFFFFFFFA
"""Numbers of sectors from here on are none."""
_SMALL = 4096
"""Bytes under which a stream lies among the small ones."""
_CELLS = frozenset({0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x0406, 0x0206})
"""Records of .xls that are a cell, or cells beside each other: row and column come first."""
_SEVERAL = frozenset({0x00BD, 0x00BE})
"""Those of several cells: the last column comes last."""
_LISTED = 109
"""Sectors of tables that are listed in the header of a compound file, or places for them."""
_ROW_OF_XLSB, _LAST_CELL_OF_XLSB = 0, 11
_RECORD = 10
"""Bytes of a record of .xlsb that are looked at: its kind, its length and the number of a row or column."""
_BLOCK = 1 << 20
_BEGIN, _END, _CHART = 0x0809, 0x000A, 0x0020
"""The records with which a sheet begins and ends; and the kind of those that are charts, which stand within others."""
_PASSWORD = 0x002F
"""The record behind which all others are in cipher."""


class LockedError(Exception):
    """A workbook has a password."""


class OrderError(Exception):
    """The rows of a sheet are not in the order of their numbers, or one comes twice."""


def places_in_xls(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (sheet, row, column) of every cell of an .xls workbook in the order of the file, from 0.

    Raises LockedError for a workbook with a password, and one of BROKEN for a damaged file.
    """
    stream, at, sheet, charts = _workbook_stream(content), 0, 0, 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if kind == _BEGIN and struct.unpack_from("<H", stream, at + 2)[0] == _CHART:
            charts += 1
        elif kind == _BEGIN:
            sheet += 1
        elif kind == _PASSWORD:
            raise LockedError
        elif kind == _END:
            charts = max(charts - 1, 0)
        elif kind in _CELLS and not charts:
            row, column = struct.unpack_from("<HH", stream, at)
            yield sheet, row, struct.unpack_from("<H", stream, at + size - 2)[0] if kind in _SEVERAL else column
        at += size


def places_in_xlsb(part: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Yield (row, column) of every cell of a sheet of an .xlsb workbook in the order of the file, from 0.

    Raises OrderError at a row that does not come after the one before, and one of BROKEN for a damaged sheet or one
    with more records than cells may be.
    """
    block, at, row = b"", 0, -1
    records = rows = 0
    while True:
        if len(block) - at < _RECORD:
            block, at = _continued(part, block, at)
        if at >= len(block):
            return
        kind, at = _number(block, at, 2)
        size, at = _number(block, at, 4)
        records += 1
        if kind <= _LAST_CELL_OF_XLSB:
            if size < 4:
                raise ValueError("a row or cell has no number")
            (number,) = struct.unpack_from("<I", block, at)
            if kind == _ROW_OF_XLSB:
                if number <= row:
                    raise OrderError
                row = number
                rows += 1
            else:
                yield max(row, 0), number
        if records > MOST_CELLS or rows > ROWS:
            raise ValueError("a sheet has more records than it may have rows and cells")
        at += size


def _continued(part: IO[bytes], block: bytes, at: int) -> tuple[bytes, int]:
    """Return a block that has the next record's beginning, unless none comes any more, and where in it that is."""
    while len(block) - at < _RECORD and (further := part.read(_BLOCK)):
        block, at = block[at:] + further, max(at - len(block), 0)
    return block, at


def _number(part: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, of which all but the last have the eighth bit; and where it ends."""
    value = 0
    for shift in range(0, 7 * most, 7):
        byte = part[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    return value, at


def _workbook_stream(content: bytes) -> bytes:
    """Return the stream of a compound file that is called Workbook, or Book in older ones; b"" where none is."""
    power = struct.unpack_from("<H", content, 30)[0]
    if power not in (9, 12):
        raise ValueError("its sectors have no length that is known")
    sector = 1 << power
    folders, tables, directory, small, small_tables, more, count = struct.unpack_from("<III8xIIII", content, 40)
    most = len(content) // sector
    if max(folders, tables, small_tables, count) > most:
        raise ValueError("it is shorter than its tables")
    listed = _listed(content, more, sector)
    if sum(number < _FREE for number in listed) > most + _LISTED:
        raise ValueError("it is shorter than its tables")
    following = array("I")
    for number in listed[:tables]:
        following.extend(struct.unpack_from(f"<{sector // 4}I", content, _place(number, sector)))
    entries = _chain(content, directory, following, sector, sector)
    streams = {}
    for at in range(0, len(entries) - 127, 128):
        name = entries[at : at + max(struct.unpack_from("<H", entries, at + 64)[0] - 2, 0)].decode("utf-16-le")
        streams[name.casefold()] = struct.unpack_from("<II", entries, at + 116)
    begin, size = streams.get("workbook") or streams.get("book") or (0, 0)
    if not size:
        return b""
    root = _chain(content, struct.unpack_from("<I", entries, 116)[0], following, sector, sector)
    numbers = _chain(content, small, following, sector, sector)
    if size >= _SMALL:
        return _chain(content, begin, following, sector, sector)[:size]
    return _chain(root, begin, array("I", numbers[: len(numbers) // 4 * 4]), 64, 0)[:size]


def _listed(content: bytes, more: int, sector: int) -> array[int]:
    """Return the numbers of the sectors of tables; more: the sector in which their list goes on behind the header."""
    listed, passed = array("I", struct.unpack_from(f"<{_LISTED}I", content, 76)), set()
    while more < _FREE:
        if more in passed:
            raise ValueError("the list of its tables runs in a circle")
        passed.add(more)
        *further, more = struct.unpack_from(f"<{sector // 4}I", content, _place(more, sector))
        listed.extend(further)
    return listed


def _place(number: int, sector: int) -> int:
    """Return where a sector begins: the header is as long as one of 512 bytes, and alone in longer ones."""
    return (number + 1) * sector


def _chain(content: bytes, number: int, following: array[int], sector: int, header: int) -> bytes:
    """Return the sectors of a chain, one behind another; header: bytes before the first sector.

    A sector that is named twice is refused before it is copied: what comes back is no longer than the file.
    """
    parts, passed = [], bytearray(len(following))
    while number < _FREE:
        if passed[number]:
            raise ValueError("its sectors run in a circle")
        passed[number] = True
        begin = header + number * sector
        parts.append(content[begin : begin + sector])
        number = following[number]
    return b"".join(parts)
