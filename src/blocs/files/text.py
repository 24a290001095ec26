"""Lines and CSV rows of a text file, whatever its encoding, with a bound on the length of a line."""

from __future__ import annotations

import codecs
import csv
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..core.errors import Fault, InputError

__all__ = ["BYTE_ORDER_MARKS", "GZIP", "MAX_LINE", "csv_rows_of", "damaged_gzip", "decoded", "head",
           "line_ends", "lines", "lines_of", "open_bytes", "open_ended", "require_whole", "utf8_blocks"]  # fmt: skip

LONGEST_ROW = 2_000_000
"""Bytes of a row that the database reads."""
MAX_LINE = 1 << 24
"""Longest line read, in bytes; the widest real export has lines of some hundred thousand."""
_BLOCK = 1 << 20
_BEGINNING = 1 << 12
GZIP = b"\x1f\x8b"
"""First bytes of a gzip file."""
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading bytes, through gzip when it begins as one does. Raises InputError when it cannot."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise InputError(Fault(f"cannot be opened: {error.strerror}", path.name)) from None
    if raw.read(2) != GZIP:
        raw.seek(0)
        return raw
    raw.close()
    return cast(BinaryIO, gzip.open(path, "rb"))


def head(path: Path, size: int) -> bytes:
    """Return the first bytes of a file, unpacked. Raises InputError where a gzip stream is damaged or ends in them."""
    with open_bytes(path) as raw:
        return _taken(raw, size, path.name, None)


def line_ends(path: Path) -> int:
    """Return the number of lines of a text file, the last one with or without its end. Raises InputError as `lines`."""
    ends, last = 0, b"\n"
    with open_bytes(path) as raw:
        while block := _taken(raw, _BLOCK, path.name, None):
            ends, last = ends + block.count(b"\n"), block
    return ends + (not last.endswith(b"\n"))


def require_whole(path: Path) -> None:
    """Raise InputError for what the database does not see: a damaged or cut gzip stream, and a very long last line.

    It leaves out a last line that is longer than its buffer, and has an error of its own for other lines.
    """
    with path.open("rb") as raw:
        packed = raw.read(2) == GZIP
        size = raw.seek(0, os.SEEK_END)
        raw.seek(max(0, size - LONGEST_ROW - 1))
        end = b"" if packed else raw.read()
    if packed:
        end = _end(path, LONGEST_ROW + 1)
    row = end.rstrip(b"\r\n")
    if len(end) > LONGEST_ROW and row and b"\n" not in row and b"\r" not in row:
        raise InputError(Fault(f"the last line is longer than {LONGEST_ROW:,} bytes", path.name,
                               "A row of a table is shorter",
                               remedy="The file is damaged or not a table; export it again"))  # fmt: skip


def _end(path: Path, size: int) -> bytes:
    """Return the last bytes of a file that is compressed, unpacked to its end."""
    end = b""
    with open_bytes(path) as raw:
        while block := _taken(raw, _BLOCK, path.name, None):
            end = (end + block)[-size:]
    return end


def open_ended(path: Path, name: str = "") -> tuple[str, ...]:
    """Return a remark on a file of lines whose last line has no end, as that of a file that was cut off; else nothing.

    A file that is compressed, or no file, is not looked at. name: what to call it, its own name by default.
    """
    if not path.is_file():
        return ()
    with path.open("rb") as file:
        first = file.read(_BEGINNING)
        if not first or first.startswith((GZIP, b"PK")) or b"\x00" in first:
            return ()
        file.seek(-1, os.SEEK_END)
        if file.read(1) in (b"\n", b"\r"):
            return ()
    return (f"The last line of {name or path.name} has no end: if the file was cut off, rows are missing, and perhaps "
            "the end of the last cell.",)  # fmt: skip


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
        yield from lines_of(raw, path.name)


def lines_of(raw: Any, where: str) -> Iterator[str]:
    """Yield the lines of an open file, as `lines` does; where: what to call it in faults."""
    for block in utf8_blocks(raw, where):
        *whole, rest = block.decode("utf-8").split("\n")
        yield from (line + "\n" for line in whole)
        if rest:
            yield rest


def csv_rows_of(text: Iterator[str], where: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of lines of separated cells. Raises InputError where quoting breaks down."""
    rows = csv.reader(text, strict=True, delimiter=delimiter)
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise InputError(
            Fault(
                f"not readable as comma-separated text ({error})",
                f"{where}, line {rows.line_num}",
                'A cell that holds a comma, a quote or a line break stands in "quotes", and a quote inside is doubled',
                remedy="The file may be cut off; export it again",
            )
        ) from None


def utf8_blocks(raw: Any, where: str, size: int = _BLOCK) -> Iterator[bytes]:
    """Yield an open text file as UTF-8 without byte order mark, in blocks that are not empty and end with a line.

    raw: the open file; where: what to call it in faults; size: of the blocks, about. Raises InputError as `lines` does.
    """
    for number, block in _whole_lines(_text_blocks(raw, where, size), where):
        if b"\0" in block:
            raise _has_nul(where, number + block[: block.index(b"\0")].count(b"\n"))
        yield _as_utf8(block)


def decoded(line: bytes) -> str:
    """Return bytes as text: UTF-8, else Windows-1252, else Latin-1."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def _text_blocks(raw: Any, where: str, size: int) -> Iterator[bytes]:
    """Yield the bytes of a file behind its byte order mark; UTF-16 as UTF-8."""
    lines_before = 0
    first = _taken(raw, 2, where, 1)
    encoding = BYTE_ORDER_MARKS.get(first)
    if encoding is None:
        first += _taken(raw, 1, where, 1)
        yield first.removeprefix(b"\xef\xbb\xbf")
    decode = codecs.getincrementaldecoder(encoding)("replace").decode if encoding else None
    while block := _taken(raw, size, where, lines_before + 1):
        lines_before += block.count(b"\n")
        yield decode(block).encode("utf-8", "replace") if decode else block
    if decode:
        yield decode(b"", final=True).encode("utf-8", "replace")


def _whole_lines(blocks: Iterator[bytes], where: str) -> Iterator[tuple[int, bytes]]:
    """Yield blocks cut anew, each with the number of its first line; the last line has perhaps no end."""
    rest, number = b"", 1
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if not end:
            rest += block
        else:
            text, rest = b"".join((rest, memoryview(block)[:end])), block[end:]
            if text.index(b"\n") > MAX_LINE:  # blocks are shorter, so that only the first line can be too long
                raise _too_long(where, number)
            yield number, text
            number += text.count(b"\n")
        if len(rest) > MAX_LINE:
            raise _old_ends(where) if number == 1 and b"\r" in rest else _too_long(where, number)
    if number == 1 and b"\r" in rest.rstrip(b"\r"):
        raise _old_ends(where)
    if rest:
        yield number, rest


def _as_utf8(block: bytes) -> bytes:
    """Return lines of text as UTF-8; a line that is not UTF-8 is read as Windows-1252."""
    if block.isascii():
        return block
    try:
        block.decode("utf-8")
        return block
    except UnicodeDecodeError:
        return b"\n".join(decoded(line).encode("utf-8") for line in block.split(b"\n"))


def _taken(raw: Any, size: int, where: str, number: int | None) -> bytes:
    """Read from a file that may be compressed and damaged; number: of the line to name."""
    call: Callable[[int], bytes] = raw.read
    try:
        return call(size)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged_gzip(where if number is None else f"{where}, line {number}", error) from None


def damaged_gzip(where: str, error: Exception) -> InputError:
    """Return the fault of a file that gzip cannot unpack to its end."""
    what = f"the compressed file is cut off or damaged ({error})"
    return InputError(Fault(what, where, remedy="Download it again"))


def _old_ends(where: str) -> InputError:
    """Return the fault of a file without a line feed and with carriage returns, as old programs for Macs write."""
    return InputError(
        Fault("its lines end in a carriage return alone", where, "Lines end in a line feed, with or without one before",
              remedy="Save it as CSV for Windows or Linux, or as a workbook")
    )  # fmt: skip


def _too_long(where: str, number: int) -> InputError:
    return InputError(
        Fault(
            f"the line is longer than {MAX_LINE:,} bytes",
            f"{where}, line {number}",
            "A row of a ballot export is shorter",
            remedy="The file is damaged or not a table of ballots; export it again",
        )
    )


def _has_nul(where: str, number: int) -> InputError:
    return InputError(
        Fault(
            "the line holds a NUL byte",
            f"{where}, line {number}",
            "Text has none",
            remedy="The file is damaged or not text; export it again",
        )
    )
