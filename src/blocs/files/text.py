"""Lines and CSV rows of a text file, whatever its encoding, with a bound on the length of a line."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from ..core.errors import Fault, InputError

__all__ = ["MAX_LINE", "csv_rows", "decoded", "head", "line_ends", "lines", "open_bytes", "require_whole"]

MAX_LINE = 1 << 24
"""Longest line read, in bytes; the widest real export has lines of some hundred thousand."""


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading bytes, through gzip when it begins as one does. Raises InputError when it cannot."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise InputError(Fault(f"cannot be opened: {error.strerror}", path.name)) from None
    if raw.read(2) != b"\x1f\x8b":
        raw.seek(0)
        return raw
    raw.close()
    return cast(BinaryIO, gzip.open(path, "rb"))


def head(path: Path, size: int) -> bytes:
    """Return the first bytes of a file, unpacked. Raises InputError where a gzip stream is damaged or ends in them."""
    with open_bytes(path) as raw:
        return _taken(raw.read, size, path)


def line_ends(path: Path) -> int:
    """Return the number of lines of a text file, the last one with or without its end. Raises InputError as `lines`."""
    ends, last = 0, b"\n"
    for last in _blocks(path):
        ends += last.count(b"\n")
    return ends + (not last.endswith(b"\n"))


def require_whole(path: Path) -> None:
    """Raise InputError when a file is a gzip stream that is damaged or cut off, which the database does not see."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    if packed:
        line_ends(path)


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file with their ends.

    Parameters
    ----------
    path : Path
        Text, compressed by gzip or not: UTF-8 with or without a byte order mark, UTF-16 with one. A line that is not
        UTF-8 is read as Windows-1252.

    Raises
    ------
    InputError
        On a line longer than MAX_LINE bytes, on NUL bytes and on a damaged gzip stream.
    """
    with open_bytes(path) as raw:
        mark = _taken(raw.read, 2, path, 1)
        if mark in (b"\xff\xfe", b"\xfe\xff"):
            yield from _utf16(raw, path, "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be")
            return
        raw.seek(0)
        for number, line in enumerate(_byte_lines(raw, path), 1):
            text = decoded(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
            yield _without_nul(text, path, number)


def csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of a comma-separated file. Raises InputError where quoting breaks down."""
    rows = csv.reader(lines(path), strict=True)
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise InputError(
            Fault(
                f"not readable as comma-separated text ({error})",
                f"{path.name}, line {rows.line_num}",
                'A cell that holds a comma, a quote or a line break stands in "quotes", and a quote inside is doubled',
                remedy="The file may be cut off; export it again",
            )
        ) from None


def decoded(line: bytes) -> str:
    """Return bytes as text: UTF-8, else Windows-1252, else Latin-1."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def _blocks(path: Path) -> Iterator[bytes]:
    with open_bytes(path) as raw:
        while block := _taken(raw.read, 1 << 20, path):
            yield block


def _byte_lines(raw: BinaryIO, path: Path) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        line = _taken(raw.readline, MAX_LINE + 1, path, number)
        if len(line) > MAX_LINE:
            raise _too_long(path, number)
        if not line:
            return
        yield line


def _taken(call: Callable[[int], bytes], size: int, path: Path, number: int | None = None) -> bytes:
    """Read from a file that may be compressed and damaged; number: of the line to name."""
    try:
        return call(size)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            Fault(
                f"the compressed file is cut off or damaged ({error})",
                path.name if number is None else f"{path.name}, line {number}",
                remedy="Download it again",
            )
        ) from None


def _utf16(raw: BinaryIO, path: Path, encoding: str) -> Iterator[str]:
    newline, text, number = "\n".encode(encoding), bytearray(), 0
    while block := _taken(raw.read, 1 << 16, path, number + 1):
        text += block
        if len(text) > 2 * MAX_LINE:
            raise _too_long(path, number + 1)
        start = 0
        while (end := _aligned(text, newline, start)) >= 0:
            number += 1
            yield _without_nul(text[start : end + 2].decode(encoding, "replace"), path, number)
            start = end + 2
        del text[:start]
    if text:
        yield _without_nul(text.decode(encoding, "replace"), path, number + 1)


def _aligned(text: bytearray, newline: bytes, start: int) -> int:
    """Find a two-byte newline at an even distance from `start`."""
    end = text.find(newline, start)
    while end >= 0 and (end - start) % 2:
        end = text.find(newline, end + 1)
    return end


def _too_long(path: Path, number: int) -> InputError:
    return InputError(
        Fault(
            f"the line is longer than {MAX_LINE:,} bytes",
            f"{path.name}, line {number}",
            "A row of a ballot export is shorter",
            remedy="The file is damaged or not a table of ballots; export it again",
        )
    )


def _without_nul(text: str, path: Path, number: int) -> str:
    if "\x00" in text:
        raise InputError(
            Fault(
                "the line holds a NUL byte",
                f"{path.name}, line {number}",
                "Text has none",
                remedy="The file is damaged or not text; export it again",
            )
        )
    return text
