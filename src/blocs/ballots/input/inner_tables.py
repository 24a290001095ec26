"""Tables in zips, folders and workbooks, each as a file that the database reads.

What lies in an archive is unpacked into the folder of the store, which is gone with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from ...files.archive import Member
from ...files.export import Export, open_export
from ...files.regular import regular
from ...files.spreadsheet import is_workbook
from ...files.unpacked import called, unpacked, unpacked_table
from ...tables.relations import Store

__all__ = ["InnerTable", "is_container", "is_parquet", "on_disk"]

_PARQUET = b"PAR1"


@dataclass(frozen=True)
class InnerTable:
    """One table. path: what the user gave; name: what to call it in faults; label: its county, if several are read.

    members: the names of the Parquet files in a container that it is; (): it is the text table or sheet `name`.
    """

    path: Path
    name: str
    label: str
    members: tuple[str, ...] = field(default=(), repr=False)


def is_container(export: Export) -> bool:
    """Say whether an export is a zip, a folder or a workbook, and no table itself."""
    return not export.alone or is_workbook(export.files[0])


def is_parquet(file: Member, export: Export) -> bool:
    """Say whether a file is one of those that are read together, in a folder by their names."""
    return file.name.endswith(".parquet") if export.path.is_dir() else file.head[:4] == _PARQUET


@contextmanager
def on_disk(file: InnerTable, store: Store) -> Iterator[Path]:
    """Give a table as a CSV file, a Parquet file or a folder of these; faults within have the name of the table."""
    with open_export(file.path) as export:
        if not is_container(export) or (file.members and file.path.is_dir()):
            copy = file.path
        else:
            copy = regular(_unpacked(file, export, store))
    with called(copy, file.name):
        yield copy


def _unpacked(file: InnerTable, export: Export, store: Store) -> Path:
    """Return where a table lies on disk, or its copy in a new folder."""
    if file.members:
        folder = Path(mkdtemp(dir=store.folder))
        for one in export.files:
            if one.name in file.members:
                unpacked(one, folder / "table" / f"{one.name.removesuffix('.parquet')}.parquet")
        return folder / "table"
    (table,) = (table for table in export.tables if table.name == file.name)
    (source,) = (one for one in export.files if table.is_of(one))
    if source.path and table.source:
        return source.path
    return unpacked_table(table, Path(mkdtemp(dir=store.folder)) / "table.csv")
