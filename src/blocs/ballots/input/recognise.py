"""Which format a file or folder is, by its content."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...core.errors import Fault, InputError
from ...files.export import open_export
from ...files.text import head
from ...tables.column_roles import has_roles
from ...tables.relations import Store
from ...tables.table_files import columns_of, is_table
from ...tables.unrecognised import unknown_format
from ..vendors import VENDORS
from .inner_tables import is_container
from .long_files import Columns, long_files

__all__ = ["TABLES", "VENDOR_OF", "recognise"]

VENDOR_OF = {vendor.name: vendor for vendor in VENDORS}
"""Name of a format -> the format."""

TABLES = {
    "long": "a table with one row per mark: columns for the voter, the office and the candidate",
    "wide": "a table with one row per voter and one column per office, named by `offices=`",
}
"""What each table looks like, in words."""
_HEAD = 1 << 16
"""Bytes of a file by which it is recognised."""


def recognise(path: Path, store: Store, *, wide: bool = False, columns: Columns | None = None) -> str:
    """Return the format of a file or folder by what is in it.

    wide: whether the caller named columns of offices, which only a wide table has; columns: the roles of columns, as
    only long tables have them.

    Raises InputError that says what was looked for and what the file looks nearest to.
    """
    if not (path.is_dir() and is_table(path, b"")):
        with open_export(path) as export:
            names = [name for name, vendor in VENDOR_OF.items() if vendor.recognises(export)]
            if is_container(export):
                found = bool(long_files(export, columns).files) or (not names and columns is not None)
                names += ["long"] if found else ["wide"] if wide and not names and export.tables else []
            if names:
                return _only(names, path)
    first = head(path, _HEAD) if path.is_file() else b""
    table = is_table(path, first)
    if table and wide:
        return "wide"
    present = columns_of(path, store) if table else ()
    if table and (columns is not None or has_roles(present)):
        return "long"
    looks = {**{name: vendor.looks for name, vendor in VENDOR_OF.items()}, **TABLES}
    formats = "; ".join(f"{name} ({text})" for name, text in looks.items())
    hints = {name: vendor.hints for name, vendor in VENDOR_OF.items()}
    raise InputError(unknown_format(path, first, present, hints, formats))


def _only(names: Sequence[str], path: Path) -> str:
    """Return the one format that the files of an export have; refuse several, of which all but one would be left."""
    if len(names) > 1:
        raise InputError(
            Fault(f"it holds files of the formats {' and '.join(names)}", where=path.name,
                  rule="A folder or zip is the export of one vendor",
                  remedy="Name the one to read with `format=`, or give each file by its name")
        )  # fmt: skip
    return names[0]
