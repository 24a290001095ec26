"""What a user gave to be read: one file, or all files of a folder or a zip, opened once and looked into once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .archive import Member, opened
from .spreadsheet import sheets
from .text_table import TextTable, tables_of

__all__ = ["Export", "open_export"]


@dataclass(frozen=True)
class Export:
    """The files of an export. path: what the user gave; files: all of them, in natural order of names."""

    path: Path
    files: tuple[Member, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """What to call it in faults."""
        return self.path.name

    @property
    def alone(self) -> bool:
        """Whether it is a single file on disk, and not the only one of a folder or zip."""
        return len(self.files) == 1 and self.files[0].path == self.path

    @cached_property
    def tables(self) -> tuple[TextTable, ...]:
        """The tables among the files: delimited text and sheets of workbooks."""
        return tables_of(self.files)

    def ending(self, *suffixes: str) -> tuple[Member, ...]:
        """Return the files whose names end so, in small letters, with ".gz" behind or not; a file alone, always."""
        return self.files if self.alone else tuple(f for f in self.files if f.base.casefold().endswith(suffixes))


@contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """Open a file, a folder or a zip; see `archive.opened` for the faults."""
    try:
        with opened(path) as files:
            yield Export(path, files)
    finally:
        sheets.cache_clear()
