"""Which files of a zip, a folder or a workbook are long tables.

Parquet files of one container are one table, as they are in a folder; every other long table is a file of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from ...core.errors import Fault, InputError, counted
from ...files.copies import copies
from ...files.export import Export
from ...files.text_table import TextTable
from ...tables.column_roles import find_columns, has_roles, needed_roles
from .inner_tables import InnerTable, is_parquet

__all__ = ["Columns", "LongFiles", "long_files"]

Columns = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class LongFiles:
    """The long tables of a container. copies: copy -> the file that it is a copy of; others: files that are none."""

    files: tuple[InnerTable, ...]
    copies: Mapping[str, str]
    others: tuple[str, ...]


def long_files(export: Export, columns: Columns | None = None) -> LongFiles:
    """Return the long tables among the files of a zip, folder or workbook.

    columns: role -> column, as in `read_long`; a table that has all of them is long. Raises InputError for rows that go
    on in a file or sheet without a header, and for Parquet files beside long tables of text.
    """
    parquet = [file for file in export.files if is_parquet(file, export)]
    tables = [table for table in export.tables if _is_long(table, columns)]
    tables = tables or [table for table in export.tables if _is_long(table, None)]
    others = [table for table in export.tables if table not in tables] if tables else []
    _refuse_half_long(others, columns)
    _refuse_rows_without_header(tables, others, columns)
    if parquet and tables:
        raise InputError(
            Fault(f"it has Parquet files ({parquet[0].name}) and other long tables ({tables[0].name})", export.name,
                  "Parquet files of a folder or zip are one table, other tables are one each",
                  remedy="Put the files of each kind into a folder or zip of their own")
        )  # fmt: skip
    _refuse_one_name(tables)
    of_tables = [file for file in export.files if any(table.is_of(file) for table in tables)]
    same = copies(of_tables)
    twice = [table for file in of_tables if file.name in same for table in tables if table.is_of(file)]
    tables = [table for table in tables if table not in twice]
    names = {table.name: _inside(export, table.name) for table in (*tables, *twice)}
    labels = _labels([names[table.name] for table in tables])
    found = tuple(
        InnerTable(export.path, table.name, label) for table, label in zip(tables, labels, strict=True)
    )  # fmt: skip
    if parquet:
        found = (InnerTable(export.path, export.name, export.path.stem, tuple(file.name for file in parquet)),)
    read = [*parquet, *of_tables]
    sheets = [_inside(export, table.name) for table in export.tables
              if table not in (*tables, *twice) and any(table.is_of(file) for file in read)]  # fmt: skip
    return LongFiles(found, same, (*sheets, *(file.name for file in export.files if file not in read)))


def _is_long(table: TextTable, columns: Columns | None) -> bool:
    """Say whether a row of a table, mostly the first, has the columns of a long one."""
    return any(has_roles([cell.strip() for cell in row], columns) for row in table.first)


def _refuse_half_long(others: Sequence[TextTable], columns: Columns | None) -> None:
    """Refuse tables with voters and offices, or candidates, that lack another column: its ballots would be left."""
    for table in others:
        for row in table.first:
            present = [cell.strip() for cell in row]
            roles = needed_roles(present, columns) | needed_roles(present)
            if "voter" in roles and len(roles) > 1:
                try:
                    find_columns(present, columns, table.name)
                except InputError as error:
                    raise InputError(*(replace(fault, where=table.name) for fault in error.faults)) from None


def _refuse_rows_without_header(
    tables: Sequence[TextTable], others: Sequence[TextTable], columns: Columns | None
) -> None:
    """Refuse tables that go on with the rows of one, as a long table does where a sheet has no more rows."""
    faults = []
    for table in tables:
        head = [cell.strip() for cell in next(filter(any, table.first))]
        try:
            key = head.index(find_columns(head, columns, table.name)["voter"][-1])
        except InputError:  # which reading says
            continue
        for other in others:
            rows = [row for row in other.first if any(row)]
            if rows and all(len(row) == len(head) and any(map(str.isdigit, row[key])) for row in rows):
                faults.append(
                    Fault(f"it has rows like those of {table.name}, but no header", other.name,
                          "Every sheet and file of ballots begins with the header",
                          remedy="Write the header above its rows, or take it out if it holds no ballots")
                )  # fmt: skip
    if faults:
        raise InputError(*faults[:10])


def _refuse_one_name(tables: Sequence[TextTable]) -> None:
    names = Counter(table.name for table in tables)
    faults = [
        Fault(f"{counted(n, 'table')} have this name", name, "A zip has one file of a name",
              remedy="Unpack it, rename them and read the folder")
        for name, n in names.items()
        if n > 1
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)


def _inside(export: Export, name: str) -> str:
    """Return the name of a table without that of the container that it is in."""
    return name.removeprefix(f"{export.name}/").removeprefix(f"{export.name}, ")


def _labels(names: Sequence[str]) -> list[str]:
    """Return a short name for each table: that of its sheet, or of its file without folders and ending."""
    stems = [name.rpartition("sheet '")[2][:-1] if name.endswith("'") and "sheet '" in name
             else PurePosixPath(name.removesuffix(".gz")).stem for name in names]  # fmt: skip
    return stems if len(set(map(str.casefold, stems))) == len(stems) else list(names)
