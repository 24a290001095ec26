"""Small workbooks in binary form, .xls and .xlsb, written cell by cell as a test wants them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

__all__ = ["Cell", "record", "xls", "xlsb", "xlsb_of"]

Cell = tuple[int, int, str]
"""Row and column from 0, and the text."""
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def xls(cells: Sequence[Cell], *, password: bool = False) -> bytes:
    """Return an .xls workbook of one sheet with these cells in this order."""
    begin = struct.pack("<HHIHH", 0x0600, 0x0005, 0, 0, 0) + bytes(4)
    cipher = _record(0x2F, bytes(6)) if password else b""
    before = _record(0x809, begin) + cipher
    name = b"\x07\x00ballots"
    sheet_at = len(before) + 4 + 6 + len(name) + 4
    before += _record(0x85, struct.pack("<IH", sheet_at, 0) + name) + _record(0x0A, b"")
    sheet = _record(0x809, struct.pack("<HHIHH", 0x0600, 0x0010, 0, 0, 0) + bytes(4))
    for row, column, text in cells:
        sheet += _record(0x204, struct.pack("<HHHHB", row, column, 0, len(text), 0) + text.encode("latin-1"))
    return _compound(before + sheet + _record(0x0A, b""))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound(stream: bytes) -> bytes:
    """Return a compound file with one stream, Workbook, behind its table of sectors and its directory."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // 512)
    table = [_TABLE, _END, *range(3, sectors + 2), _END]
    table += [_FREE] * (128 - len(table))
    directory = (_entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(stream))).ljust(512, b"\0")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, _END, 0, _END, 0) + struct.pack("<109I", 0, *[_FREE] * 108)
    return head + struct.pack("<128I", *table) + directory + stream.ljust(512 * sectors, b"\0")


def _entry(name: str, kind: int, child: int, begin: int, size: int) -> bytes:
    """Return an entry of the directory of a compound file."""
    links = struct.pack("<HBB3I", 2 * len(name) + 2, kind, 1, _FREE, _FREE, child)
    return name.encode("utf-16-le").ljust(64, b"\0") + links + bytes(36) + struct.pack("<III", begin, size, 0)


def xlsb(cells: Sequence[Cell], relation: str = "rId1") -> bytes:
    """Return an .xlsb workbook of one sheet with these cells in this order, a row wherever its number changes.

    relation: by which the workbook names the sheet; another one is a fault.
    """
    sheet, before = record(129) + record(148, bytes(16)) + record(145), None
    for row, column, text in cells:
        if row != before:
            sheet += record(0, struct.pack("<IIHHBI", row, 0, 300, 0, 0, 0))
            before = row
        sheet += record(6, struct.pack("<II", column, 0) + _text(text))
    return xlsb_of(sheet + record(146) + record(130), relation)


def xlsb_of(sheet: bytes, relation: str = "rId1") -> bytes:
    """Return an .xlsb workbook of one sheet with these records."""
    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + _text(relation) + _text("ballots"))
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    relations = f"""<?xml version="1.0"?><Relationships
 xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{kind}"
 Target="worksheets/sheet1.bin"/></Relationships>"""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.bin", book + record(144) + record(132))
        archive.writestr("xl/_rels/workbook.bin.rels", relations)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return out.getvalue()


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def record(kind: int, content: bytes = b"") -> bytes:
    """Return a record: its kind and its length, seven bits a byte."""
    out = bytearray()
    for number in (kind, len(content)):
        while number > 0x7F:
            out.append(number & 0x7F | 0x80)
            number >>= 7
        out.append(number)
    return bytes(out) + content
