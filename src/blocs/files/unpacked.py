"""Files of an archive, and sheets of a workbook, as files of their own, for what reads a file from any place in it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..core.errors import Fault, InputError
from .archive import Member, Source, growth_faults
from .text_table import TextTable

__all__ = ["called", "unpacked", "unpacked_table"]

_BLOCK = 1 << 20


def unpacked(file: Member, to: Path) -> Path:
    """Write the bytes of a file to a path, unpacked by gzip too, and return it.

    Raises InputError for a file that is damaged or grows too much, where the disk has no space for it, and where there
    is a file already, as of a zip that has two files of one name.
    """
    return _written(file.open, to, file.label, file.size)


def unpacked_table(table: TextTable, to: Path) -> Path:
    """Write a table to a path, its text as it stands or the rows of its sheet as CSV, and return the path."""
    if table.source is not None:
        return _written(table.source, to, table.name, table.size)
    with _with_space(table.name), to.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(row for _, row in table.rows() if any(row))
    return to


def _written(opened: Callable[[], Source], to: Path, where: str, before: int) -> Path:
    size = 0
    with _with_space(where):
        to.parent.mkdir(parents=True, exist_ok=True)
    with _with_space(where), opened() as source, to.open("xb") as file:
        while block := source.read(_BLOCK):
            size += len(block)
            if faults := growth_faults(where, size, before, "If the file is genuine, unpack it"):
                raise InputError(*faults)
            file.write(block)
    return to


@contextmanager
def _with_space(where: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(Fault(f"it cannot be unpacked into the folder of temporary files ({error.strerror})", where,
                               remedy="Make space there, or set TMPDIR to another folder")) from None  # fmt: skip


@contextmanager
def called(file: Path, name: str) -> Iterator[None]:
    """Give faults of an unpacked file the name of the one that it was made from."""
    try:
        yield
    except InputError as error:
        if type(error) is not InputError:
            raise
        faults = (replace(f, where=name + f.where.removeprefix(file.name)) if f.where.startswith(file.name) else f
                  for f in error.faults)  # fmt: skip
        raise InputError(*faults) from None
