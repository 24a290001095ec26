"""Folders named column=value above Parquet files: the column may stand in the files as well, and must agree."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from ..core.errors import Fault, InputError
from .relations import Store
from .sql_text import quoted

__all__ = ["refuse_other_values"]


def refuse_other_values(path: Path, files: str, store: Store) -> None:
    """Raise InputError where the name of a folder is another value of a column than a file below it has.

    Without it the database would give every row the value of the folder: all votes below ``candidate=Zed`` to Zed.

    Parameters
    ----------
    path : Path
        The folder that is read.
    files : str
        The Parquet files in it, as text of a query.
    store : Store
        The database that reads them.
    """
    names = {name.casefold() for file in path.rglob("*.parquet") for name in _named(file)}
    if not names:
        return
    read = f"read_parquet({files}, hive_partitioning = false, union_by_name = true, filename = '_file')"
    try:
        columns = store.con.sql(f"from {read}").columns
    except (UnicodeDecodeError, RuntimeError):  # names that are no text are refused where the table is read
        return
    faults = []
    for column in columns:
        if column.casefold() not in names:
            continue
        cells = store.con.sql(f"select distinct {quoted(column)}::varchar, _file from {read}").fetchall()
        for cell, file in sorted(row for row in cells if row[0] is not None):
            folder = {name.casefold(): value for name, value in _named(Path(file)).items()}.get(column.casefold())
            if folder is not None and not _same(cell, folder):
                faults.append(
                    Fault(f"it has {cell!r} in a file of the folder '{column}={folder}'",
                          where=f"{path.name}, column {column!r}",
                          rule="A folder named column=value gives its rows that value",
                          remedy="Rename the folder, or read its files one by one")
                )  # fmt: skip
                break
    if faults:
        raise InputError(*faults)


def _named(file: Path) -> dict[str, str]:
    """Return column -> value of the folders above a file that are named so; the last one counts."""
    return {name: unquote(value) for name, equals, value in (part.partition("=") for part in file.parts[:-1]) if equals}


def _same(cell: str, folder: str) -> bool:
    """Say whether a cell is the value of a folder, as text or as a number: 1 is 01."""
    try:
        return cell == folder or float(cell) == float(folder)
    except ValueError:
        return False
