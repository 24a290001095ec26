"""Workbooks: document types, cells far out, damaged records."""

from __future__ import annotations

import struct
from collections.abc import Callable

from hostile_kinds import (
    KINDS,
    LATE,
    LONG,
    TYPE,
    written,
    zipped,
)

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROWS = [line.split(",") for line in LONG.splitlines()]
CELLS = "".join(
    f'<row r="{r}">'
    + "".join(f'<c r="{chr(64 + c)}{r}" t="inlineStr"><is><t>{v}</t></is></c>' for c, v in enumerate(row, 1))
    + "</row>"
    for r, row in enumerate(ROWS, 1)
)


def xlsx(
    cells: str = CELLS, *, before: str = "", shared: str = "", sheet: str = "worksheets/s.xml", more: str = ""
) -> bytes:
    """Return a workbook written by hand. before: the root of the sheet; more: after its rows."""
    kinds = "http://schemas.openxmlformats.org/package/2006/content-types"
    packaged = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{kinds}"><Default Extension="xml" ContentType="application/xml"/></Types>',  # noqa: E501
        "_rels/.rels": f'<Relationships xmlns="{packaged}"><Relationship Id="r" Type="{RELATIONS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',  # noqa: E501
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packaged}"><Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="{sheet}"/>'  # noqa: E501
        f'<Relationship Id="r2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/s.xml": f"{before}<worksheet {MAIN}><sheetData>{cells}</sheetData>{more}</worksheet>",
        "xl/sharedStrings.xml": shared or f"<sst {MAIN}/>",
    }
    return zipped({name: text.encode() for name, text in parts.items()})


def cell(place: str, value: str = "x", row: str = "2") -> str:
    """Return the good rows and one more cell."""
    return CELLS + f'<row r="{row}"><c r="{place}" t="inlineStr"><is><t>{value}</t></is></c></row>'


BOOKS: dict[str, Callable[[], bytes]] = {
    "written by hand": xlsx,
    "a document type late in a sheet": lambda: xlsx(before=LATE + TYPE),
    "a document type in the strings": lambda: xlsx(shared=f"{LATE}{TYPE}<sst {MAIN}><si><t>&c;&b;</t></si></sst>"),
    "a document type in UTF-16": lambda: xlsx().replace(b"<worksheet", b"<worksheet"),
    "a row far down": lambda: xlsx(cell("A999999999", row="999999999")),
    "a column far out": lambda: xlsx(cell("ZZZZZZZ40", row="40")),
    "no place": lambda: xlsx(cell("", row="")),
    "a row below 0": lambda: xlsx(cell("A-1", row="-1")),
    "a row too long a number": lambda: xlsx(cell("A1", row="9" * 5000)),
    "the same cell often": lambda: xlsx(cell("A30", row="30") * 20_000),
    "a string that is not there": lambda: xlsx(CELLS + '<row r="30"><c r="A30" t="s"><v>99999999999</v></c></row>'),
    "a string of a negative number": lambda: xlsx(CELLS + '<row r="30"><c r="A30" t="s"><v>-1</v></c></row>'),
    "a million strings": lambda: xlsx(shared=f"<sst {MAIN}>" + "<si><t>x</t></si>" * 1_000_000 + "</sst>"),
    "runs of text": lambda: xlsx(shared=f"<sst {MAIN}><si>" + "<r><t>x</t></r>" * 500_000 + "</si></sst>"),
    "nested elements": lambda: xlsx(CELLS + "<row>" * 100_000),
    "attributes": lambda: xlsx(CELLS + "<row " + " ".join(f'a{i}="1"' for i in range(300_000)) + "/>"),
    "one attribute of 60 MB": lambda: xlsx(CELLS + f'<row r="30" x="{"1" * 60_000_000}"/>'),
    "a sheet elsewhere": lambda: xlsx(sheet="file:///etc/passwd"),
    "a sheet outside": lambda: xlsx(sheet="../../../etc/passwd"),
    "merged cells": lambda: xlsx(more='<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
    "a dimension": lambda: xlsx('</sheetData><dimension ref="A1:XFD1048576"/><sheetData>' + CELLS),
    "numbers no one has": lambda: xlsx(
        CELLS
        + "".join(
            f'<row r="{30 + i}"><c r="A{30 + i}"><v>{v}</v></c></row>'
            for i, v in enumerate(("1e999", "nan", "-inf", "1" * 9000, "0x1f"))
        )
    ),
    "a formula that acts": lambda: xlsx(CELLS + '<row r="30"><c r="A30"><f>cmd|"/c calc"!A0</f><v>1</v></c></row>'),
}
for _name, _make in BOOKS.items():
    KINDS[f"xlsx: {_name}"] = written("f.xlsx", _make)


def compound(changes: dict[int, bytes], size: int = 20_000) -> bytes:
    """Return the head of an .xls file with other bytes at some places."""
    head = bytearray(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(10)
        + struct.pack("<IIIIIIIII", 1, 0, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
        + b"\xff" * 432
    )
    for at, new in changes.items():
        head[at : at + len(new)] = new
    return bytes(head) + bytes(size)


XLS = {
    "no table of sectors": {},
    "a table of itself": {44: struct.pack("<I", 2**31), 76: bytes(400)},
    "sectors of 2^60 bytes": {30: b"\x3c\x00"},
    "a circle": {68: bytes(4), 72: struct.pack("<I", 2**30)},
    "a short sector": {32: b"\xff\xff"},
}
for _name, _changes in XLS.items():
    KINDS[f"xls: {_name}"] = written("f.xls", lambda changes=_changes: compound(changes))


def records(content: bytes) -> bytes:
    """Return an .xlsb file whose sheet has these bytes."""
    packaged = "http://schemas.openxmlformats.org/package/2006/relationships"
    book = (
        b"\x83\x01\x00\x8f\x01\x00\x9c\x01\x1a"
        + struct.pack("<III", 0, 1, 3)
        + "r1 ".encode("utf-16-le")[:6]
        + struct.pack("<I", 1)
        + "s".encode("utf-16-le")
        + b"\x90\x01\x00\x84\x01\x00"
    )
    return zipped(
        {
            "[Content_Types].xml": b"<Types/>",
            "xl/workbook.bin": book,
            "xl/worksheets/s.bin": content,
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{packaged}"><Relationship Id="r1 " Type="{RELATIONS}/worksheet" Target="worksheets/s.bin"/></Relationships>'.encode(),  # noqa: E501
        }
    )


XLSB = {
    "a record without an end": b"\x81\x01\x00\x91\x01\x00\x00\xff\xff\xff\x7f",
    "lengths of five bytes": b"\xff\xff\xff\xff\xff" * 1000,
    "a row number": b"\x81\x01\x00\x91\x01\x00\x00\x04\xff\xff\xff\xff" * 1000,
    "zeros": bytes(5_000_000),
}
for _name, _content in XLSB.items():
    KINDS[f"xlsb: {_name}"] = written("f.xlsb", lambda content=_content: records(content))
