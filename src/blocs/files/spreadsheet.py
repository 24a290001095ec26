"""Sheets of a workbook (.xlsx, .xlsb, .xls, .ods) as rows of text."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any

import python_calamine

from ..core.errors import Fault, InputError
from .archive import DAMAGE, SAVE_AS_CSV, Member
from .binary_workbook import BROKEN, LockedError
from .workbook_limits import workbook_faults

__all__ = ["is_workbook", "sheets"]

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of workbooks before .xlsx."""
_LONGEST_NUMBER = 1e15
"""Floating-point numbers from here on are not all whole numbers: they stay as they are."""


def is_workbook(file: Member) -> bool:
    """Say whether a file is a workbook, by its first bytes: a zip that is no export, or a file of the older kind."""
    return file.head[:4] == b"PK\x03\x04" or file.head.startswith(_OLD)


@lru_cache(maxsize=1)
def sheets(file: Member) -> list[tuple[str, list[list[str]]]]:
    """Return (name, rows of text) of every worksheet of a workbook, in its order; rows are equally long in a sheet.

    Row r of the list is row r + 1 of the sheet. The workbook read last is kept until `sheets.cache_clear` is called,
    since it is looked through before it is read. Raises InputError when it is damaged or has a password.
    """
    with file.open() as source:
        content = source.read()
    _refuse(content, file.label)
    try:
        with _nothing_printed(), python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            kinds = {sheet.name: sheet.typ for sheet in book.sheets_metadata}
            work = [name for name, kind in kinds.items() if kind == python_calamine.SheetTypeEnum.WorkSheet]
            return [(name, _rows(book.get_sheet_by_name(name))) for name in work]
    except python_calamine.PasswordError:
        raise _locked(file.label) from None
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # whatever a library makes of a damaged file; what is no Exception is its panic
        raise _damaged(file.label, error) from None


class _Silence:
    """Standard error of the process, which goes nowhere while at least one thread asks for that.

    It is one for all threads: the first one in keeps where it went, and the last one out restores that.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._kept: int | None = None

    def begin(self) -> None:
        with self._lock:
            if not self._inside:
                self._kept = _redirected()
            self._inside += 1

    def end(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._kept is not None:
                os.dup2(self._kept, 2)
                os.close(self._kept)


_SILENCE = _Silence()


def _redirected() -> int | None:
    """Send standard error nowhere; return a descriptor of where it went, None if there is no standard error."""
    try:
        kept = os.dup(2)
    except OSError:
        return None
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
    except OSError:
        os.close(kept)
        raise
    return kept


@contextmanager
def _nothing_printed() -> Iterator[None]:
    """Keep the process from writing to standard error, where the library prints a panic that is caught afterwards."""
    _SILENCE.begin()
    try:
        yield
    finally:
        _SILENCE.end()


def _rows(sheet: Any) -> list[list[str]]:
    rows: Iterator[list[Any]] = sheet.to_python(skip_empty_area=False)
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: Any) -> str:
    """Return a cell as text: a whole number without decimals, a date as YYYY-MM-DD."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _LONGEST_NUMBER:
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _refuse(content: bytes, where: str) -> None:
    """Refuse a workbook that no program writes, before a library reads it."""
    try:
        faults = workbook_faults(content, where)
    except LockedError:
        raise _locked(where) from None
    except (*DAMAGE, *BROKEN) as error:
        raise _damaged(where, error) from None
    if faults:
        raise InputError(*faults)


def _locked(where: str) -> InputError:
    return InputError(Fault("the workbook has a password", where, remedy="Save it without one"))


def _damaged(where: str, error: BaseException) -> InputError:
    return InputError(Fault(f"the workbook is damaged ({error})", where, remedy=SAVE_AS_CSV))
