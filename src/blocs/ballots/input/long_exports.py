"""Long tables on disk: one, alone or in a container, as it is; several as streams, beside those of vendors' files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any, NamedTuple

from ...core.account import Account
from ...core.errors import Fault, InputError
from ...files.export import open_export
from ...files.text import open_ended
from ...tables.column_roles import find_columns
from ...tables.relations import Store
from ...tables.table_files import is_csv, table_of
from ..ballots import Ballots
from ..vendors.format import Stream
from ..vendors.table_format import copied, not_read
from .inner_tables import InnerTable, is_container, on_disk
from .long import read_long
from .long_files import long_files
from .long_records import long_records

__all__ = ["LongTables", "long_tables", "read_long_file"]


class LongTables(NamedTuple):
    """The long tables of a file, folder, zip or workbook. remarks: for the account, on copies and other files."""

    files: tuple[InnerTable, ...]
    remarks: tuple[str, ...]

    def streams(self, store: Store, options: Mapping[str, Any], label: str = "") -> dict[str, Callable[[], Stream]]:
        """Return county -> what reads its table. label: of the file that they are in, where others are read too."""
        if label:
            named = [label] if len(self.files) == 1 else [f"{label}/{file.label}" for file in self.files]
        else:
            named = [file.label for file in self.files]
        return {county: partial(_stream, file, store, options) for county, file in zip(named, self.files, strict=True)}


def long_tables(file: Path, options: Mapping[str, Any]) -> LongTables:
    """Return the long tables of a file, folder, zip or workbook. Raises InputError where there is none."""
    with open_export(file) as export:
        if not is_container(export):
            return LongTables((InnerTable(file, file.name, file.stem),), ())
        found = long_files(export, options["columns"])
        if not found.files:
            for table in export.tables[:1]:
                find_columns([cell.strip() for cell in table.first[0]], options["columns"], table.name)
    if not found.files:
        raise InputError(
            Fault("there is no long table in it", file.name,
                  "It has one row for each mark: columns for the voter, the office and the candidate",
                  remedy="Name the columns 'voter', 'office' and 'candidate' with `columns=`")
        )  # fmt: skip
    return LongTables(found.files, (*not_read([*found.others]), *copied(found.copies)))


def read_long_file(file: InnerTable, store: Store, options: Mapping[str, Any]) -> Ballots:
    """Return the ballots of one long table on disk; faults have its name."""
    with on_disk(file, store) as path:
        return _read(path, file, store, options)


def _read(path: Path, file: InnerTable, store: Store, options: Mapping[str, Any]) -> Ballots:
    table = table_of(path, store)
    of_table = replace(store, source=table, where=file.name)
    ballots = read_long(table, of_table, options["columns"], drop_joined=bool(options["drop_joined"]),
                        foldered=path.is_dir(), where=file.name, csv=path if is_csv(path) else None)  # fmt: skip
    cut = open_ended(path, file.name) if path != file.path else ()
    return replace(ballots, account=ballots.account + Account(remarks=cut))


def _stream(file: InnerTable, store: Store, options: Mapping[str, Any]) -> Stream:
    with on_disk(file, store) as path:
        yield from long_records(_read(path, file, store, options), store)
    if store.folder in path.parents:  # a copy, of which the records are all that is needed
        rmtree(path.parent)
