"""The wide table of a zip, a folder or a workbook: the one table in it."""

from __future__ import annotations

from pathlib import Path

from ...core.errors import Fault, InputError, counted
from ...files.export import open_export
from .inner_tables import InnerTable, is_container, is_parquet

__all__ = ["wide_table"]

_SHOWN = 3


def wide_table(path: Path) -> tuple[InnerTable, tuple[str, ...]]:
    """Return the one table of a file, folder, zip or workbook, and the names of files that are none.

    Raises InputError where a container has none, or several: wide tables have nothing that tells counties apart.
    """
    with open_export(path) as export:
        if not is_container(export):
            return InnerTable(path, path.name, path.stem), ()
        parquet = tuple(file.name for file in export.files if is_parquet(file, export))
        found = [table for table in export.tables if any(len(row) > 1 for row in table.first)]
        names = [table.name for table in found]
        others = tuple(file.name for file in export.files
                       if file.name not in parquet and not any(table.is_of(file) for table in found))  # fmt: skip
    tables = [*parquet[:1], *names]
    if len(tables) != 1:
        listed = ", ".join(tables[:_SHOWN]) + ", ..." * (len(tables) > _SHOWN)
        raise InputError(
            Fault(f"it has {counted(len(tables), 'table')} ({listed})" if tables else "it has no table", path.name,
                  "A wide table is read by itself", remedy="Unpack it, or put its tables into one")
        )  # fmt: skip
    return InnerTable(path, path.name if parquet else names[0], path.stem, parquet), others
