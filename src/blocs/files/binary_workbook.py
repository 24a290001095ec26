"""Rows and cells of workbooks in binary form: where they stand, so that none is read that would fill memory.

.xls holds the records of all its sheets in one stream of a compound file (Microsoft's MS-CFB and MS-XLS), .xlsb those
of each sheet in a part of its zip (MS-XLSB).
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator

__all__ = ["BROKEN", "LockedError", "places_in_xls", "places_in_xlsb"]

BROKEN = (struct.error, IndexError, ValueError)
"""What a damaged file raises here."""
_FREE = 0xFFFFFFFA
"""Numbers of sectors from here on are none."""
_SMALL = 4096
"""Bytes under which a stream lies among the small ones."""
_CELLS = frozenset({0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x0406, 0x0206})
"""Records of .xls that hold a cell, or cells beside each other: row and column come first."""
_SEVERAL = frozenset({0x00BD, 0x00BE})
"""Records of several cells: the last column comes last."""
_ROW_OF_XLSB, _LAST_CELL_OF_XLSB = 0, 11
_BEGIN, _END, _CHART = 0x0809, 0x000A, 0x0020
"""The records with which a sheet begins and ends; and the kind of those that are charts, which stand within others."""
_PASSWORD = 0x002F
"""The record behind which all others are in cipher."""


class LockedError(Exception):
    """A workbook has a password."""


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


def places_in_xlsb(part: bytes) -> Iterator[tuple[int, int]]:
    """Yield (row, column) of every cell of a sheet of an .xlsb workbook in the order of the file, from 0.

    Raises one of BROKEN for a damaged sheet.
    """
    at = row = 0
    while at < len(part):
        kind, at = _number(part, at, 2)
        size, at = _number(part, at, 4)
        if kind == _ROW_OF_XLSB:
            (row,) = struct.unpack_from("<I", part, at)
        elif kind <= _LAST_CELL_OF_XLSB:
            yield row, struct.unpack_from("<I", part, at)[0]
        at += size


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
    tables, directory, small, more, count = struct.unpack_from("<I", content, 44) + struct.unpack_from(
        "<I8xI4xII", content, 48
    )
    listed = array("I", struct.unpack_from("<109I", content, 76))
    if max(tables, count) > len(content) // sector:
        raise ValueError("it is shorter than its tables")
    for _ in range(count):  # the list of tables goes on in sectors of its own
        further = struct.unpack_from(f"<{sector // 4}I", content, _place(more, sector))
        listed.extend(further[:-1])
        more = further[-1]
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
    if size >= _SMALL:
        return _chain(content, begin, following, sector, sector)[:size]
    root = _chain(content, struct.unpack_from("<I", entries, 116)[0], following, sector, sector)
    numbers = _chain(content, small, following, sector, sector)
    return _chain(root, begin, array("I", numbers[: len(numbers) // 4 * 4]), 64, 0)[:size]


def _place(number: int, sector: int) -> int:
    """Return where a sector begins: the header is as long as one of 512 bytes, and alone in longer ones."""
    return (number + 1) * sector


def _chain(content: bytes, number: int, following: array[int], sector: int, header: int) -> bytes:
    """Return the sectors of a chain, one behind another; header: bytes before the first sector."""
    parts: list[bytes] = []
    while number < _FREE:
        if len(parts) > len(following):
            raise ValueError("its sectors run in a circle")
        begin = header + number * sector
        parts.append(content[begin : begin + sector])
        number = following[number]
    return b"".join(parts)
