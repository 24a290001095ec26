"""Files that somebody made to do harm, for `hostile_files.py`: what each does, and the commands that are given it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = [
    "ACTING", "HEADER", "KINDS", "LATE", "LONG", "TYPE", "Calls", "columns", "kind", "parquet", "reading", "swelling", "times",  # noqa: E501
    "written", "zipped",
]  # fmt: skip

Calls = list[list[str]]
KINDS: dict[str, Callable[[Path], Calls]] = {}
"""What a file does -> a function that makes it in a folder and returns the commands to be tried."""
HEADER = "voter,office,district,candidate,party,magnitude\n"
LONG = HEADER + "".join(
    f"{v},{o},,{c},{p},1\n"
    for v in range(8)
    for o, c, p in (
        ("US PRESIDENT", "ANN", "DEM") if v % 2 else ("US PRESIDENT", "BO", "REP"),
        ("GOVERNOR", "CY", "DEM") if v % 3 else ("GOVERNOR", "DI", "REP"),
    )
)
MARKED = "US PRESIDENT,ANN"
ACTING = {
    "a title of the terminal": "\x1b]0;owned\x07",
    "a cleared screen": "\x1b[2J\x1b[H",
    "one byte of eight bits": "\x9b31m",
    "the other direction": "\u202eNNA",
    "a backspace": "BO\b\b",
    "the end of a page": "</script><script>alert(1)</script>",
    "a formula": '=HYPERLINK("x";"y")',
    "LaTeX": "\\input{/etc/passwd}",
    "a tag": "\U000e0041\U000e0042",
    "a zero width": "A\u200b",
    "format words": "%s%n{0.__class__}",
    "a NUL": "A\0B",
    "a half of a letter": "A\udc80B",
    "a path": "../../etc/passwd",
}
"""What the name of a candidate, an office, a column may do."""

LATE = "<!--" + "x" * 200_000 + "-->"
"""What stands before a document type that is not at the beginning."""
TYPE = '<!DOCTYPE x [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
"""A document type with entities: one that swells, and one that reads a file."""


def kind(name: str) -> Callable[[Callable[[Path], Calls]], Callable[[Path], Calls]]:
    """Add a function to the kinds."""

    def added(function: Callable[[Path], Calls]) -> Callable[[Path], Calls]:
        KINDS[name] = function
        return function

    return added


def reading(*names: str) -> Calls:
    """Return the commands that read ballots or answers, for each of these files."""
    return [
        call
        for name in names
        for call in (
            ["totals", name, "--json"],
            ["fit", name, "--top", "US PRESIDENT", "--types", "1", "--starts", "1", "--out", "o.json"],
            ["fit", name, "--items", "a,b", "--types", "1", "--starts", "1", "--json"],
        )
    ]


def written(name: str, content: Callable[[], bytes]) -> Callable[[Path], Calls]:
    """Return a kind of one file."""

    def made(folder: Path) -> Calls:
        (folder / name).write_bytes(content())
        return reading(name)

    return made


def times(number: int, function: Callable[[Any], Any], value: Any) -> Any:
    """Return what a function makes of a value when it is applied a number of times."""
    for _ in range(number):
        value = function(value)
    return value


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
    with (
        zipfile.ZipFile(out, "w", method, compresslevel=1 if method == zipfile.ZIP_DEFLATED else None) as archive,
        archive.open("a.csv", "w", force_zip64=True) as file,
    ):
        file.write(HEADER.encode())
        for _ in range(megabytes):
            file.write(b"1,US PRESIDENT,,ANN,DEM,1\n" * (2**20 // 26))
    return out.getvalue()


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
