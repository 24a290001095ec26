"""Files that somebody made to do harm, for `hostile_files.py`: what each does, and the commands that are given it."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import blocs

__all__ = ["KINDS"]

Calls = list[list[str]]
KINDS: dict[str, Callable[[Path], Calls]] = {}
"""What a file does -> a function that makes it in a folder and returns the commands to be tried."""
HEADER = "voter,office,district,candidate,party,magnitude\n"
LONG = HEADER + "".join(f"{v},{o},,{c},{p},1\n" for v in range(8) for o, c, p in (
    ("US PRESIDENT", "ANN", "DEM") if v % 2 else ("US PRESIDENT", "BO", "REP"),
    ("GOVERNOR", "CY", "DEM") if v % 3 else ("GOVERNOR", "DI", "REP"),
))  # fmt: skip
MARKED = "US PRESIDENT,ANN"
ACTING = {
    "a title of the terminal": "\x1b]0;owned\x07", "a cleared screen": "\x1b[2J\x1b[H", "one byte of eight bits": "\x9b31m",
    "the other direction": "\u202eNNA", "a backspace": "BO\b\b", "the end of a page": "</script><script>alert(1)</script>",
    "a formula": '=HYPERLINK("x";"y")', "LaTeX": "\\input{/etc/passwd}", "a tag": "\U000e0041\U000e0042", "a zero width": "A\u200b",
    "format words": "%s%n{0.__class__}", "a NUL": "A\0B", "a half of a letter": "A\udc80B", "a path": "../../etc/passwd",
}  # fmt: skip
"""What the name of a candidate, an office, a column may do."""


def kind(name: str) -> Callable[[Callable[[Path], Calls]], Callable[[Path], Calls]]:
    """Add a function to the kinds."""

    def added(function: Callable[[Path], Calls]) -> Callable[[Path], Calls]:
        KINDS[name] = function
        return function

    return added


def reading(*names: str) -> Calls:
    """Return the commands that read ballots or answers, for each of these files."""
    return [call for name in names for call in (
        ["totals", name, "--json"],
        ["fit", name, "--top", "US PRESIDENT", "--types", "1", "--starts", "1", "--out", "o.json"],
        ["fit", name, "--items", "a,b", "--types", "1", "--starts", "1", "--json"],
    )]  # fmt: skip


def written(name: str, content: Callable[[], bytes]) -> Callable[[Path], Calls]:
    """Return a kind of one file."""

    def made(folder: Path) -> Calls:
        (folder / name).write_bytes(content())
        return reading(name)

    return made


# archives


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def swelling(method: int, megabytes: int) -> bytes:
    """Return an archive of one CSV file that is much larger."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=1 if method == zipfile.ZIP_DEFLATED else None) as archive, archive.open(
        "a.csv", "w", force_zip64=True
    ) as file:  # fmt: skip
        file.write(HEADER.encode())
        for _ in range(megabytes):
            file.write(b"1,US PRESIDENT,,ANN,DEM,1\n" * (2**20 // 26))
    return out.getvalue()


def nested(depth: int) -> bytes:
    """Return a zip in a zip in a zip."""
    content = LONG.encode()
    for i in range(depth):
        content = zipped({"a.csv" if i == 0 else "a.zip": content})
    return content


def with_sizes(size: int, packed: int | None = None) -> bytes:
    """Return an archive whose directory has another size of the file in it."""
    good = bytearray(zipped({"a.csv": LONG.encode() * 50}))
    at = good.rindex(b"PK\x01\x02")
    good[at + 24 : at + 28] = struct.pack("<I", size)
    if packed is not None:
        good[at + 20 : at + 24] = struct.pack("<I", packed)
    return bytes(good)


def one_part_often(times: int) -> bytes:
    """Return an archive whose directory names the same bytes many times."""
    good = zipped({"aaaaaa.csv": LONG.encode() * 4000})
    at = good.rindex(b"PK\x01\x02")
    end = good.rindex(b"PK\x05\x06")
    entry = good[at:end]
    many = b"".join(entry.replace(b"aaaaaa", b"%06d" % i) for i in range(times))
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, times, times, len(many), at, 0)
    return good[:at] + many + tail


def with_flags(flags: int, method: int | None = None) -> bytes:
    """Return an archive with other flags, or another method of compression."""
    good = bytearray(zipped({"a.csv": LONG.encode()}))
    at = good.rindex(b"PK\x01\x02")
    good[6:8] = good[at + 8 : at + 10] = struct.pack("<H", flags)
    if method is not None:
        good[8:10] = good[at + 10 : at + 12] = struct.pack("<H", method)
    return bytes(good)


def a_link() -> bytes:
    """Return an archive with a symbolic link out of it."""
    out, info = io.BytesIO(), zipfile.ZipInfo("a.csv")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


ZIPS: dict[str, Callable[[], bytes]] = {
    "deflated, 300 MB": lambda: swelling(zipfile.ZIP_DEFLATED, 300),
    "bzip2, 50 MB": lambda: swelling(zipfile.ZIP_BZIP2, 50),
    "lzma, 100 MB": lambda: swelling(zipfile.ZIP_LZMA, 100),
    **{f"nested {depth} times": (lambda depth=depth: nested(depth)) for depth in (2, 3, 40)},
    **{f"size {size}": (lambda size=size: with_sizes(size)) for size in (0, 10, 2**31, 2**32 - 1)},
    "packed size": lambda: with_sizes(20_000, 2**31),
    "one part 5,000 times": lambda: one_part_often(5000),
    "encrypted": lambda: with_flags(1), "patched": lambda: with_flags(0x20), "strongly encrypted": lambda: with_flags(0x41),
    "unknown method": lambda: with_flags(0, 99), "stored as deflated": lambda: with_flags(0, 8),
    "a link": a_link,
    "names that leave": lambda: zipped({"../../a.csv": LONG.encode(), "/etc/b.csv": b"x", "c:\\d.csv": b"x", "CON": b"x"}),
    "names that act": lambda: zipped({f"a{word}.csv": LONG.encode() for word in ACTING.values() if "\udc80" not in word}),
    "a name of 60,000 letters": lambda: zipped({"a" * 60_000 + ".csv": b"x"}),
    "nothing in it": lambda: zipped({}), "an empty file": lambda: zipped({"a.csv": b""}),
    "two directories": lambda: zipped({"a.csv": b"x"}) + zipped({"b.csv": LONG.encode()}),
}  # fmt: skip
for _name, _make in ZIPS.items():
    KINDS[f"zip: {_name}"] = written("f.zip", _make)
KINDS["gzip: 700 MB"] = written("f.csv.gz", lambda: gzip.compress(LONG.encode() + b"0" * 700 * 2**20, 1))
KINDS["gzip: 300 MB of lines"] = written("f.csv.gz", lambda: gzip.compress(LONG.encode() + b"9,X,,Y,Z,1\n" * 2**25, 1))
KINDS["gzip: 30 times"] = written("f.csv.gz", lambda: _times(30, gzip.compress, LONG.encode()))
KINDS["gzip: many parts"] = written("f.csv.gz", lambda: gzip.compress(LONG.encode()) + gzip.compress(b"") * 200_000)


def _times(number: int, function: Callable[[Any], Any], value: Any) -> Any:
    for _ in range(number):
        value = function(value)
    return value


# workbooks

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROWS = [line.split(",") for line in LONG.splitlines()]
CELLS = "".join(
    f'<row r="{r}">' + "".join(f'<c r="{chr(64 + c)}{r}" t="inlineStr"><is><t>{v}</t></is></c>' for c, v in enumerate(row, 1)) + "</row>"
    for r, row in enumerate(ROWS, 1)
)  # fmt: skip
LATE = "<!--" + "x" * 200_000 + "-->"
TYPE = '<!DOCTYPE x [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


def xlsx(cells: str = CELLS, *, before: str = "", shared: str = "", sheet: str = "worksheets/s.xml", more: str = "") -> bytes:
    """Return a workbook written by hand. before: the root of the sheet; more: after its rows."""
    kinds = "http://schemas.openxmlformats.org/package/2006/content-types"
    packaged = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{kinds}"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{packaged}"><Relationship Id="r" Type="{RELATIONS}/officeDocument" '
                       'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packaged}"><Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="{sheet}"/>'
                                      f'<Relationship Id="r2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/s.xml": f"{before}<worksheet {MAIN}><sheetData>{cells}</sheetData>{more}</worksheet>",
        "xl/sharedStrings.xml": shared or f"<sst {MAIN}/>",
    }  # fmt: skip
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
    "a column far out": lambda: xlsx(cell("ZZZZZZZ40", row="40")), "no place": lambda: xlsx(cell("", row="")),
    "a row below 0": lambda: xlsx(cell("A-1", row="-1")), "a row too long a number": lambda: xlsx(cell("A1", row="9" * 5000)),
    "the same cell often": lambda: xlsx(cell("A30", row="30") * 20_000),
    "a string that is not there": lambda: xlsx(CELLS + '<row r="30"><c r="A30" t="s"><v>99999999999</v></c></row>'),
    "a string of a negative number": lambda: xlsx(CELLS + '<row r="30"><c r="A30" t="s"><v>-1</v></c></row>'),
    "a million strings": lambda: xlsx(shared=f"<sst {MAIN}>" + "<si><t>x</t></si>" * 1_000_000 + "</sst>"),
    "runs of text": lambda: xlsx(shared=f"<sst {MAIN}><si>" + "<r><t>x</t></r>" * 500_000 + "</si></sst>"),
    "nested elements": lambda: xlsx(CELLS + "<row>" * 100_000), "attributes": lambda: xlsx(CELLS + "<row " + " ".join(f'a{i}="1"' for i in range(300_000)) + "/>"),
    "one attribute of 60 MB": lambda: xlsx(CELLS + f'<row r="30" x="{"1" * 60_000_000}"/>'),
    "a sheet elsewhere": lambda: xlsx(sheet="file:///etc/passwd"), "a sheet outside": lambda: xlsx(sheet="../../../etc/passwd"),
    "merged cells": lambda: xlsx(more='<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
    "a dimension": lambda: xlsx('</sheetData><dimension ref="A1:XFD1048576"/><sheetData>' + CELLS),
    "numbers no one has": lambda: xlsx(CELLS + "".join(f'<row r="{30 + i}"><c r="A{30 + i}"><v>{v}</v></c></row>' for i, v in enumerate(("1e999", "nan", "-inf", "1" * 9000, "0x1f")))),
    "a formula that acts": lambda: xlsx(CELLS + '<row r="30"><c r="A30"><f>cmd|"/c calc"!A0</f><v>1</v></c></row>'),
}  # fmt: skip
for _name, _make in BOOKS.items():
    KINDS[f"xlsx: {_name}"] = written("f.xlsx", _make)


def compound(changes: dict[int, bytes], size: int = 20_000) -> bytes:
    """Return the head of an .xls file with other bytes at some places."""
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
                     + struct.pack("<IIIIIIIII", 1, 0, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0) + b"\xff" * 432)  # fmt: skip
    for at, new in changes.items():
        head[at : at + len(new)] = new
    return bytes(head) + bytes(size)


XLS = {
    "no table of sectors": {}, "a table of itself": {44: struct.pack("<I", 2**31), 76: bytes(400)}, "sectors of 2^60 bytes": {30: b"\x3c\x00"},
    "a circle": {68: bytes(4), 72: struct.pack("<I", 2**30)}, "a short sector": {32: b"\xff\xff"},
}  # fmt: skip
for _name, _changes in XLS.items():
    KINDS[f"xls: {_name}"] = written("f.xls", lambda changes=_changes: compound(changes))


def records(content: bytes) -> bytes:
    """Return an .xlsb file whose sheet has these bytes."""
    packaged = "http://schemas.openxmlformats.org/package/2006/relationships"
    book = b"\x83\x01\x00\x8f\x01\x00\x9c\x01\x1a" + struct.pack("<III", 0, 1, 3) + "r1 ".encode("utf-16-le")[:6] + struct.pack("<I", 1) + "s".encode("utf-16-le") + b"\x90\x01\x00\x84\x01\x00"
    return zipped({
        "[Content_Types].xml": b"<Types/>", "xl/workbook.bin": book, "xl/worksheets/s.bin": content,
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{packaged}"><Relationship Id="r1 " Type="{RELATIONS}/worksheet" Target="worksheets/s.bin"/></Relationships>'.encode(),
    })  # fmt: skip


XLSB = {
    "a record without an end": b"\x81\x01\x00\x91\x01\x00\x00\xff\xff\xff\x7f", "lengths of five bytes": b"\xff\xff\xff\xff\xff" * 1000,
    "a row number": b"\x81\x01\x00\x91\x01\x00\x00\x04\xff\xff\xff\xff" * 1000, "zeros": bytes(5_000_000),
}  # fmt: skip
for _name, _content in XLSB.items():
    KINDS[f"xlsb: {_name}"] = written("f.xlsb", lambda content=_content: records(content))


# Parquet, Arrow


def columns(rows: int, **more: Any) -> pa.Table:
    """Return a table of ballots, all alike, with other columns."""
    same = {"voter": [1], "office": ["US PRESIDENT"], "candidate": ["ANN"], "party": ["DEM"], "district": [""]}
    codes = np.zeros(rows, np.int32)
    return pa.table({name: pa.DictionaryArray.from_arrays(codes, values) for name, values in same.items()} | more)


def parquet(table: pa.Table, times: int = 1) -> bytes:
    """Return a table as Parquet, its rows several times."""
    out = io.BytesIO()
    with pq.ParquetWriter(out, table.schema) as writer:
        for _ in range(times):
            writer.write_table(table)
    return out.getvalue()


def arrow(table: pa.Table, times: int = 1, compression: str = "zstd") -> bytes:
    """Return a table as Feather, its rows several times."""
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=None if compression == "uncompressed" else compression)
    with pa.ipc.new_file(out, table.schema, options=options) as writer:
        for _ in range(times):
            writer.write_table(table)
    return out.getvalue()


def forged_text(offsets: list[int], data: bytes = b"ANNANNANN") -> pa.Table:
    """Return a table of text whose places, or bytes, are none."""
    places = pa.py_buffer(np.array(offsets, np.int32))
    return pa.table({"a": pa.Array.from_buffers(pa.string(), len(offsets) - 1, [None, places, pa.py_buffer(data)]),
                     "b": ["x"] * (len(offsets) - 1)})  # fmt: skip


def forged_codes() -> pa.Table:
    """Return a table whose codes have no words."""
    codes = pa.DictionaryArray.from_arrays(pa.array([0, 7, -3], pa.int32()), ["x"], safe=False)
    return pa.table({"a": codes, "b": ["x", "y", "z"]})


def with_number(good: bytes, at: int, number: int) -> bytes:
    """Return a file with another 32-bit number at some place from its end."""
    return good[: len(good) + at] + struct.pack("<I", number) + good[len(good) + at + 4 :]


ODD = {
    "a list": pa.array([["x"], None]), "a struct": pa.array([{"a": 1}, None]), "a map": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
    "bytes": pa.array([b"\xff\x00", b"\x1b["]), "a decimal": pa.array([None, None], pa.decimal256(76, 40)), "a time": pa.array([2**50, -(2**50)], pa.timestamp("s")),
    "nothing": pa.nulls(2), "a half": pa.array(np.array([1, np.nan], np.float16)), "a duration": pa.array([2**62, None], pa.duration("ns")),
    "infinity": pa.array([np.inf, -np.inf]),
}  # fmt: skip
TABLES: dict[str, Callable[[], pa.Table]] = {
    **{f"a column of {name}": (lambda column=column: pa.table({"a": column, "b": column, "voter": column, "office": column, "candidate": column})) for name, column in ODD.items()},
    "40,000 columns": lambda: pa.table({f"c{i}": [i] for i in range(40_000)}),
    "one name often": lambda: pa.Table.from_arrays([pa.array(["x"])] * 300, names=["a"] * 300),
    "no column": lambda: pa.table({}), "no row": lambda: columns(0), "empty names": lambda: pa.Table.from_arrays([pa.array(["x"])] * 2, names=["", " "]),
    "names that act": lambda: pa.table({word.encode("utf-8", "replace").decode(): ["x"] for word in ACTING.values()}),
    "cells that act": lambda: pa.table({n: [word.encode("utf-8", "replace").decode() for word in ACTING.values()] for n in ("a", "b", "voter", "office", "candidate", "party")}),
    "a cell of 200 MB": lambda: pa.table({"a": ["x" * 200_000_000], "b": ["y"], "voter": ["1"], "office": ["US PRESIDENT"], "candidate": ["A"]}),
    "nested deeply": lambda: pa.table({"a": _times(60, lambda array: pa.array([array.to_pylist()]), pa.array([1])), "b": [1]}),
}  # fmt: skip
for _name, _table in TABLES.items():
    KINDS[f"parquet: {_name}"] = written("f.parquet", lambda table=_table: parquet(table()))
    KINDS[f"feather: {_name}"] = written("f.feather", lambda table=_table: arrow(table()))
SWELLS = {
    "parquet: 300 million rows": ("f.parquet", lambda: parquet(columns(10_000_000), 30)),
    "feather: 100 million rows": ("f.feather", lambda: arrow(columns(10_000_000), 10)),
    **{f"parquet: footer of {n} bytes": ("f.parquet", lambda n=n: with_number(parquet(columns(3)), -8, n)) for n in (0, 2**31 - 1, 2**32 - 1)},
    **{f"feather: footer of {n} bytes": ("f.feather", lambda n=n: with_number(arrow(columns(3)), -10, n)) for n in (0, 2**31 - 1, 2**32 - 1)},
    "feather: places below 0": ("f.feather", lambda: arrow(forged_text([0, -5, 9, 2]), compression="uncompressed")),
    "feather: places beyond the end": ("f.feather", lambda: arrow(forged_text([0, 3, 2**30, 2**30 + 4]), compression="uncompressed")),
    "feather: bytes that are no text": ("f.feather", lambda: arrow(forged_text([0, 3, 6, 9], b"\xff\xfe\xfd\xed\xa0\x80\xc0\x80\xf5"), compression="uncompressed")),
    "feather: codes without words": ("f.feather", lambda: arrow(forged_codes(), compression="uncompressed")),
    "parquet: bytes that are no text": ("f.parquet", lambda: parquet(forged_text([0, 3, 6, 9], b"\xff\xfe\xfd\xed\xa0\x80\xc0\x80\xf5"))),
}  # fmt: skip
for _name, (_file, _make) in SWELLS.items():
    KINDS[_name] = written(_file, _make)


# text


def wide_header(columns_: int) -> bytes:
    """Return a table of many columns and three rows."""
    return (",".join(f"c{i}" for i in range(columns_)) + "\n" + 3 * (",".join("1" * columns_) + "\n")).encode()


TEXTS: dict[str, Callable[[], bytes]] = {
    "40,000 columns": lambda: wide_header(40_000), "2 million commas": lambda: b"a,b" + b"," * 2_000_000 + b"\n1,2\n",
    "one line of 500 MB": lambda: HEADER.encode() + b"x" * 500 * 2**20, "a quote of 500 MB": lambda: HEADER.encode() + b'1,"' + b"x\n" * 250 * 2**20,
    "500 MB of spaces": lambda: b" " * 500 * 2**20, "100 million empty lines": lambda: HEADER.encode() + b"\n" * 100_000_000,
    "NUL bytes": lambda: LONG.encode() + bytes(50_000_000), "NUL in a cell": lambda: LONG.replace("ANN", "A\0N").encode(),
    "quotes": lambda: HEADER.encode() + b'""""""""""",' * 300_000, "a byte order mark often": lambda: b"\xef\xbb\xbf" * 5 + LONG.encode(),
    "UTF-32": lambda: LONG.encode("utf-32"), "UTF-16 without a mark": lambda: LONG.encode("utf-16-le"), "a half of UTF-16": lambda: LONG.encode("utf-16")[:-1] + b"\xd8",
    "UTF-7": lambda: LONG.encode("utf-7"), "EBCDIC": lambda: LONG.encode("cp500"), "numbers of 100,000 digits": lambda: (HEADER + "1" * 100_000 + ",X,,A,B," + "9" * 100_000 + "\n").encode(),
    "a million columns by one name": lambda: b"a," * 1_000_000 + b"\n", "votes of 10^18": lambda: LONG.replace(",1\n", ",1000000000000000000\n").encode(),
    "300,000 candidates": lambda: (HEADER + "".join(f"{i},US PRESIDENT,,N{i},DEM,1\n" for i in range(300_000))).encode(),
    "100,000 offices": lambda: (HEADER + "".join(f"{i},O{i},,N,DEM,1\n" for i in range(100_000))).encode(),
    "one voter of 300,000 marks": lambda: (HEADER + "".join(f"1,US PRESIDENT,,N{i},DEM,1\n" for i in range(300_000))).encode(),
    "names that cost a pattern": lambda: (HEADER + f"1,{'US ' * 1600}PRESIDENT,,{'A (' * 1600},{'(' * 4000},1\n2,{' ' * 4900}X,,{'-' * 4900}A,,1\n").encode(),
}  # fmt: skip
for _name, _make in TEXTS.items():
    KINDS[f"csv: {_name}"] = written("f.csv", _make)


def _acting(folder: Path) -> Iterator[list[str]]:
    for i, (word, place) in enumerate(product(ACTING.values(), ("ANN", "US PRESIDENT", "DEM", "candidate"))):
        name, fit = f"f{i}.csv", f"fit{i}.json"
        (folder / name).write_bytes(LONG.replace(place, '"' + word.replace('"', '""') + '"').encode("utf-8", "surrogateescape"))
        yield ["totals", name]
        yield ["totals", name, "--json"]
        yield ["parties", name, "--out", f"p{i}.csv"]
        yield ["fit", name, "--types", "1", "--starts", "1", "--out", fit, "--report", f"r{i}.html"]
        yield ["fit", name, "--types", "1", "--starts", "1", "--out", f"t{i}.tex", "--out", f"t{i}.xlsx"]
        yield ["assign", name, "--fit", fit, "--out", f"a{i}.csv"]


KINDS["names that act, in six commands"] = lambda folder: list(_acting(folder))


# JSON and XML

JSONS: dict[str, Callable[[], bytes]] = {
    "numbers of 50,000 digits": lambda: b'{"Version": "5.10", "ElectionId": "x", "Sessions": [{"RecordId": ' + b"9" * 50_000 + b"}]}",
    "nested 1 million times": lambda: b'{"Version": "5.10", "Sessions": ' + b"[" * 1_000_000, "nested objects": lambda: b'{"Sessions":' * 300_000,
    "halves of letters": lambda: b'{"Version": "5.10", "ElectionId": "\\ud800", "Sessions": [{"\\udfff": "\\ud800"}]}',
    "names twice": lambda: b'{"Version": "5.10", "Sessions": [], "Sessions": [{"RecordId": 1}]}', "a million names": lambda: json.dumps({"Version": "5.10", "Sessions": [{f"n{i}": i for i in range(1_000_000)}]}).encode(),
    "a text of 100 MB": lambda: b'{"Version": "' + b"x" * 100_000_000 + b'", "Sessions": []}', "no numbers": lambda: b'{"Version": NaN, "Sessions": [Infinity, -Infinity, 1e99999, -0, 00]}',
    "10 million sessions": lambda: b'{"Version": "5.10", "Sessions": [' + b"0," * 10_000_000 + b"0]}", "two documents": lambda: b'{"Version": "5.10", "Sessions": []}{"a": 1}',
    "UTF-16": lambda: '{"Version": "5.10", "Sessions": []}'.encode("utf-16"), "a report of others": lambda: b'{"@type": "CVR.CastVoteRecordReport", "CVR": [[[{}]], 1, null, {"UniqueId": {"a": 1}}]}',
    "a report in circles": lambda: b'{"@type": "CVR.CastVoteRecordReport", "GpUnit": [{"@id": "u", "Type": "x", "ComposingGpUnitIds": ["u"]}], "CVR": [{"UniqueId": "1", "BallotStyleUnitId": "u", "CVRSnapshot": []}]}',
}  # fmt: skip
for _name, _make in JSONS.items():
    KINDS[f"json: {_name}"] = written("f.json", _make)
    KINDS[f"json in zip: {_name}"] = written("f.zip", lambda make=_make: zipped({"CvrExport.json": make(), "CandidateManifest.json": make()}))
ROOTS = {
    "cdf": ('<CastVoteRecordReport xmlns="http://itl.nist.gov/ns/voting/1500-103/v1">', "</CastVoteRecordReport>"),
    "hart": ('<Cvr xmlns="http://tempuri.org/CVRDesign.xsd">', "</Cvr>"),
}  # fmt: skip
ONE = {"cdf": ("CVR", "UniqueId"), "hart": ("Contests", "Name")}
XMLS: dict[str, Callable[[str, str, str, str], bytes]] = {
    "a document type": lambda a, z, o, i: f"{TYPE}{a}<{o}><{i}>&b;&c;</{i}></{o}>{z}".encode(), "a late document type": lambda a, z, o, i: f"{LATE}{TYPE}{a}{z}".encode(),
    "an entity": lambda a, z, o, i: f"{a}<{o}><{i}>&b;</{i}></{o}>{z}".encode(), "nested": lambda a, z, o, i: (a + f"<{o}>" * 500_000).encode(),
    "300,000 attributes": lambda a, z, o, i: (f"{a}<{o} " + " ".join(f'a{n}="1"' for n in range(300_000)) + f"/>{z}").encode(), "an attribute of 100 MB": lambda a, z, o, i: f'{a}<{o} x="{"1" * 100_000_000}"/>{z}'.encode(),
    "a text of 100 MB": lambda a, z, o, i: f"{a}<{o}><{i}>{'x' * 100_000_000}</{i}></{o}>{z}".encode(), "a CDATA of 100 MB": lambda a, z, o, i: f"{a}<{o}><{i}><![CDATA[{'x' * 100_000_000}]]></{i}></{o}>{z}".encode(),
    "a comment of 100 MB": lambda a, z, o, i: f"<!--{'x' * 100_000_000}-->{a}{z}".encode(), "instructions": lambda a, z, o, i: f"{a}{'<?x y?>' * 1_000_000}{z}".encode(),
    "namespaces": lambda a, z, o, i: (a + "".join(f'<x{n}:y xmlns:x{n}="u{n}"/>' for n in range(200_000)) + z).encode(), "3 million children": lambda a, z, o, i: f"{a}<{o}>{f'<{i}/>' * 3_000_000}</{o}>{z}".encode(),
    "another encoding": lambda a, z, o, i: f'<?xml version="1.0" encoding="utf-7"?>{a}{z}'.encode(), "UTF-16": lambda a, z, o, i: f'<?xml version="1.0" encoding="utf-16"?>{TYPE}{a}{z}'.encode("utf-16"),
    "a program of styles": lambda a, z, o, i: f'<?xml-stylesheet href="file:///etc/passwd"?>{a}<{o}><{i}>&#x1b;[2J</{i}></{o}>{z}'.encode(), "half of it": lambda a, z, o, i: f"{a}<{o}><{i}>x".encode(),
}  # fmt: skip
for _name, _xml in XMLS.items():
    for _vendor in ROOTS:
        KINDS[f"xml {_vendor}: {_name}"] = written("f.xml", lambda xml=_xml, vendor=_vendor: xml(*ROOTS[vendor], *ONE[vendor]))
        KINDS[f"xml {_vendor} in zip: {_name}"] = written("f.zip", lambda xml=_xml, vendor=_vendor: zipped({"f.xml": xml(*ROOTS[vendor], *ONE[vendor])}))


# files of blocs itself

SETTINGS: dict[str, bytes] = {
    "nested": b"a = " + b"[" * 100_000, "a long number": b"[fit]\ntypes = " + b"9" * 100_000, "NUL": b"[fit]\ntypes = 3\0", "Latin-1": "[fit]\ntop = 'é'".encode("latin-1"), "a table of options": b"[fit.types]\na = 1\n",
    "names that act": b'[fit]\n"\\u001b[2J" = 1\n', "values that act": b'[fit]\ntop = "\\u001b[2J"\n', "infinity": b"[fit]\ntypes = inf\n", "a date": b"[fit]\ntypes = 2020-01-01\n", "100,000 options": b"[fit]\n" + b"".join(b"o%d = 1\n" % i for i in range(100_000)),
    "100,000 dots": b"a" + b".a" * 100_000 + b" = 1", "500 MB": b"#" * 200_000_000, "lists": b"[fit]\ntypes = [1, 2]\n", "out elsewhere": b'[fit]\nout = "../../o.json"\n', "twice": b"[fit]\ntypes = 1\n[fit]\ntypes = 2\n",
}  # fmt: skip
for _name, _content in SETTINGS.items():

    @kind(f"blocs.toml: {_name}")
    def _settings(folder: Path, content: bytes = _content) -> Calls:
        (folder / "blocs.toml").write_bytes(content)
        (folder / "f.csv").write_text(LONG)
        return [["fit", "f.csv", "--starts", "1"], ["totals", "f.csv"], ["help", "fit"]]


def _a_fit(folder: Path) -> dict[str, Any]:
    (folder / "f.csv").write_text("a,b,c\n" + "0,0,0\n0,0,1\n1,1,1\n1,1,0\n" * 5)
    profiles = blocs.Profiles.from_table({"a": [0, 0, 1, 1] * 5, "b": [0, 0, 1, 1] * 5, "c": [0, 1, 1, 0] * 5})
    blocs.fit(profiles, 2, starts=2, seed=1, jobs=1).save(folder / "fit.json")
    fit: dict[str, Any] = json.loads((folder / "fit.json").read_text())
    return fit


VALUES: tuple[Any, ...] = (
    None, -5, 10**30, 1e308, float("nan"), float("inf"), "", "\x1b[2J", "\ud800", "x" * 100_000, [], {}, [[]] * 1000, True, [None], {"": {}}, [1e308] * 4, "../../x"
)  # fmt: skip


def _uses(name: str) -> Calls:
    return [
        ["explain", name], ["assign", "f.csv", "--fit", name, "--out", "o.csv"], ["fit", "f.csv", "--items", "a,b,c", "--resume", name, "--starts", "1"],
        ["residuals", name, "f.csv"], ["plot", "profiles", name, "--out", "p.svg"], ["report", name, "--out", "r.html"],
    ]  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a document, but of the later ones of a list."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _places(part, (*path, key))
    elif isinstance(value, list) and value:
        yield from _places(value[0], (*path, 0))


@kind("a fit with other values, in six commands")
def _fits(folder: Path) -> Calls:
    """Every place of a fit has one of the values, in turn, and its hash is right."""
    good, calls, number = _a_fit(folder), Calls(), 0
    for at, path in enumerate(_places(good)):
        for step in range(2):
            forged = json.loads(json.dumps(good))
            inside = forged
            for key in path[:-1]:
                inside = inside[key]
            inside[path[-1]] = VALUES[(at * 2 + step) % len(VALUES)]
            (folder / f"g{number}.json").write_text(json.dumps(forged))
            calls.append(_uses(f"g{number}.json")[number % 6])
            number += 1
    return calls


KINDS["a checkpoint that is none"] = lambda folder: [
    *(_checkpoint(folder, i, content) for i, content in enumerate((
        b"", b"{}", b"[" * 100_000, zipped({}), zipped({"a.npy": b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"}),
        zipped({"header.json": b"{}", "a.npy": b"\x93NUMPY\x01\x00F\x00{'descr': '<f8', 'fortran_order': False, 'shape': (10**15,)}    \n"}), b"\x80\x04cos\nsystem\n(S'touch owned'\ntR.",
        swelling(zipfile.ZIP_DEFLATED, 30), parquet(columns(3)), b"\x1f\x8b" + bytes(100),
    )))
]  # fmt: skip


def _checkpoint(folder: Path, number: int, content: bytes) -> list[str]:
    _a_fit(folder)
    (folder / f"c{number}").write_bytes(content)
    return ["fit", "f.csv", "--items", "a,b,c", "--types", "2", "--starts", "2", "--jobs", "1", "--checkpoint", f"c{number}"]


@kind("shards whose list is another")
def _shards(folder: Path) -> Calls:
    """The list of a folder of shards has other values, with the right and with a wrong name."""
    _a_fit(folder)
    profiles = blocs.Profiles.from_table({"a": [0, 0, 1, 1] * 5, "b": [0, 0, 1, 1] * 5, "c": [0, 1, 1, 0] * 5})
    blocs.write_shards(profiles, folder / "good.shards")
    calls: Calls = []
    good = {path.name: path.read_bytes() for path in (folder / "good.shards").iterdir()}
    for name, content in good.items():
        for i in range(30):
            made = folder / f"{len(calls)}.shards"
            made.mkdir()
            for other, bytes_ in good.items():
                (made / other).write_bytes(bytes_)
            new = bytearray(content)
            if name.endswith(".json"):
                document = json.loads(content)
                paths = list(_places(document))
                path, inside = paths[i % len(paths)], document
                for key in path[:-1]:
                    inside = inside[key]
                inside[path[-1]] = VALUES[i % len(VALUES)]
                new = bytearray(json.dumps(document).encode())
            else:
                new[(i * 37) % len(new)] ^= 255
            (made / name).write_bytes(bytes(new))
            calls.append(["fit", made.name, "--types", "2", "--starts", "1", "--jobs", "1"])
    return calls
