"""What a file of no known format is: the likeliest reason first, the list of formats last."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..core.errors import Fault, describe_columns

__all__ = ["describe_saved_file", "of_other_program", "unknown_format"]

_SAVED_FILES = {b"blocs_fit": "a fit that blocs saved", b"blocs_truth": "the truth of a simulation that blocs saved"}
_OTHER_PROGRAMS = (
    (b"%pdf", "a PDF", "Ask for the table itself, or save it as CSV"),
    (b"<!doctype html", "a web page", "Download the file itself; a page may ask for a login or an agreement first"),
    (b"<html", "a web page", "Download the file itself; a page may ask for a login or an agreement first"),
    (b"\xd0\xcf\x11\xe0", "a workbook of old Excel (.xls)", "Save the sheet as CSV"),
    (b"$fl", "a file of SPSS (.sav)", "Save it as CSV there"),
    (b"<stata_dta>", "a file of Stata (.dta)", "Write CSV there: export delimited"),
    (b"rdx", "data of R (.rda)", "Write CSV there: write.csv"),
    (b"x\n\0\0\0", "data of R (.rds)", "Write CSV there: write.csv"),
    (b"7z\xbc\xaf\x27\x1c", "an archive of 7-Zip (.7z)", "Unpack it, or make it a zip"),
    (b"rar!\x1a\x07", "an archive of RAR (.rar)", "Unpack it, or make it a zip"),
    (b"bzh", "compressed by bzip2", "Unpack it, or compress it by gzip"),
    (b"\xfd7zxz", "compressed by xz", "Unpack it, or compress it by gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "Unpack it, or compress it by gzip"),
)
"""First bytes in small letters of files of other programs: what they are, and the remedy."""
_PAGE_WITH_TABLE = ("a web page with a table", "Open it in a spreadsheet program and save it as CSV; if the page asks "
                    "for a login or an agreement, download the file itself")  # fmt: skip
"""Some programs call such a page .xls."""
_TABLE = (
    "If it is a table of answers (latent class analysis), use Profiles.from_table in Python, or `blocs fit` with "
    "--items. If it has one row for each voter, name the columns of the offices with `offices=`. If it has one row for "
    "each mark, name the columns 'voter', 'office' and 'candidate' with `columns=`, and set `format=` to 'long'"
)


def describe_saved_file(first: bytes) -> str:
    """Say which file of blocs itself begins so, "" when none does."""
    named = re.match(rb'\s*\{\s*"(\w+)"', first)
    return _SAVED_FILES.get(named[1], "") if named else ""


def of_other_program(first: bytes) -> tuple[str, str]:
    """Return of which program a file is that begins so, and the remedy; two empty texts where none is recognised."""
    small = first.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if first[257:262] == b"ustar":
        return "an archive (.tar)", "Unpack it, or make it a zip"
    if small.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in small:
        return "a spreadsheet in the XML of Excel 2003", "Open it in a spreadsheet program and save it as .xlsx or CSV"
    if small.startswith((b"<!doctype html", b"<html", b"<table")) and b"<table" in small:
        return _PAGE_WITH_TABLE
    return next(((what, remedy) for mark, what, remedy in _OTHER_PROGRAMS if small.startswith(mark)), ("", ""))


def unknown_format(
    path: Path, first: bytes, columns: Sequence[str], hints: Mapping[str, tuple[bytes, ...]], formats: str
) -> Fault:
    """Return the fault of a file or folder that no reader recognises.

    first: its first bytes; columns: of a table; hints: format -> bytes that hint at it; formats: all formats in words.
    """
    where, what = path.name, "the format is not recognised"
    remedy = f"Name the format with `format=`, if it is one of these: {formats}"
    if path.is_dir():
        if next(path.iterdir(), None) is None:
            return Fault("the folder is empty", where=where, rule="Give the folder that holds the files of ballots")
        return Fault("the folder holds no file of a known format", where=where, remedy=f"blocs reads {formats}")
    if not first.strip():
        return Fault("the file is empty", where=where, rule="A file of ballots has records")
    if saved := describe_saved_file(first):
        return Fault(f"it is {saved}, not ballots", where=where, rule="Give the file that it was made from")
    what_else, instead = of_other_program(first)
    if what_else:
        return Fault(f"it is {what_else}, not ballots", where=where, remedy=instead)
    score = {name: sum(hint in first for hint in of_format) for name, of_format in hints.items()}
    best = max(score, key=lambda name: score[name])
    enough = len(hints[best]) if columns else 1  # half of them in a table, in which one may be any column's name
    if score[best] and 2 * score[best] >= enough:
        return Fault(what, where=where, nearest=best, remedy=remedy)
    if columns and all(name.isprintable() for name in columns):
        return Fault("it is a table whose columns do not say that it holds ballots", where=where,
                     rule=describe_columns(columns), remedy=_TABLE)  # fmt: skip
    if first[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return Fault("it is a zip or a workbook that holds no table of a known format", where=where,
                     rule="A table with a row for each voter is read as CSV or Parquet",
                     remedy=f"Unpack it, or save the sheet as CSV. blocs reads {formats}")  # fmt: skip
    if b"\0" in first:
        return Fault(f"{what}: it holds NUL bytes", where=where,
                     rule="Text in UTF-16 does, a binary file, or a damaged one",
                     remedy=f"Save it as UTF-8. blocs reads {formats}")  # fmt: skip
    return Fault(what, where=where, remedy=remedy)
