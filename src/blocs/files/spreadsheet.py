"""Rows of a table, from comma-separated text or from the first sheet of an .xlsx workbook."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from ..core.errors import Fault, InputError
from .archive import in_zip, is_zip, open_zip
from .text import csv_rows, decoded

__all__ = ["first_cells", "is_workbook", "table_rows"]


def table_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number, cells as text) of a CSV file or a workbook.

    A row number is the line of the text or the row of the sheet; rows of a sheet are as long as its longest so far.
    Raises InputError when the file is damaged, and when openpyxl is missing.
    """
    return _sheet_rows(path) if is_workbook(path) else csv_rows(path)


def is_workbook(path: Path) -> bool:
    """Say whether a file is an .xlsx workbook, by what is in it."""
    if not is_zip(path):
        return False
    with open_zip(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def first_cells(path: Path, head: bytes, rows: int = 12) -> str:
    """Return the first rows of a table as one text to look for words in; "" for what is no table.

    Raises InputError for a workbook that cannot be opened.
    """
    if is_workbook(path):
        first = (row for _, row in zip(range(rows), _sheet_rows(path), strict=False))
        return "\n".join(",".join(cells) for _, cells in first)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    return "" if path.is_dir() or is_zip(path) else decoded(head).lstrip("\ufeff")


def _sheet_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        import openpyxl
    except ImportError:
        raise InputError(
            Fault(
                "reading a workbook needs openpyxl, which is not installed",
                path.name,
                remedy="Install it with: pip install 'blocs[xlsx]'; or save the sheet as CSV",
            )
        ) from None
    _refuse_declarations(path)
    try:
        with path.open("rb") as raw:
            yield from _cells(openpyxl, raw)
    except (GeneratorExit, InputError):
        raise
    except Exception as error:  # whatever a library makes of a damaged file
        raise InputError(
            Fault(f"the workbook is damaged ({error})", path.name, remedy="Save it again, or save the sheet as CSV")
        ) from None


def _cells(openpyxl: Any, raw: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(raw, read_only=True, data_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    width = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        width = max(width, len(values))
        yield number, [_cell(value) for value in values] + [""] * (width - len(values))
    book.close()


def _refuse_declarations(path: Path) -> None:
    """Refuse a workbook whose XML declares entities: a real one never does."""
    with open_zip(path) as archive:
        for info in archive.infolist():
            with in_zip(archive, path.name, info).open() as source:
                if b"<!DOCTYPE" in source.read(1024).replace(b"\x00", b""):
                    raise InputError(
                        Fault(
                            "its XML declares a document type",
                            f"{path.name}/{info.filename}",
                            "A workbook has none; entities can be made to grow without limit",
                            remedy="Save it again, or save the sheet as CSV",
                        )
                    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
