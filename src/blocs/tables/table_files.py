"""Tables on disk: CSV, Parquet and hive folders as lazy relations of the embedded database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw

from ..core.errors import InputError
from .column_roles import ROW, own_name
from .csv_header import csv_relation
from .database_errors import in_words, no_name
from .partitions import refuse_other_values
from .paths import in_query
from .relations import Store

__all__ = ["columns_of", "is_csv", "is_table", "stored_with_row_numbers", "table_of", "with_row_numbers"]


def is_table(path: Path, head: bytes) -> bool:
    """Say whether a file or folder can be a table: Parquet by its first bytes, text that is not XML or JSON."""
    if path.is_dir():
        return next(path.rglob("*.parquet"), None) is not None
    if head[:4] == b"PAR1":
        return True
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    return bool(text) and b"\0" not in head and text[:1] not in (b"<", b"{", b"[") and head[:2] != b"PK"


def is_csv(path: Path) -> bool:
    """Say whether a table on disk is a CSV file; all others are Parquet."""
    if path.is_dir():
        return False
    with path.open("rb") as file:
        return file.read(4) != b"PAR1"


def columns_of(path: Path, store: Store) -> tuple[str, ...]:
    """Return the names of the columns of a table on disk."""
    return tuple(table_of(path, store).columns)


def table_of(path: Path, store: Store) -> duckdb.DuckDBPyRelation:
    """Return a table on disk as a relation; nothing is read yet but its columns.

    Parameters
    ----------
    path : Path
        A Parquet or CSV file, or a folder of Parquet files, where folders named column=value are columns; the folders
        above a single file are none. Every column of a CSV file is text, so that "001" stays "001".
    store : Store
        The database that reads it.

    Raises
    ------
    InputError
        When the file is neither, and where a folder named column=value holds rows with another value of the column.
    """
    with in_words(path.name):
        if path.is_dir():
            files = in_query(path, "/**/*.parquet")
            refuse_other_values(path, files, store)
            return _named_in_text(
                f"from read_parquet({files}, hive_partitioning = true, hive_types_autocast = false, "
                "union_by_name = true)",
                store, path.name,
            )  # fmt: skip
        if is_csv(path):
            return csv_relation(path, store)
        return _named_in_text(f"from read_parquet({in_query(path)}, hive_partitioning = false)", store, path.name)


def _named_in_text(query: str, store: Store, where: str) -> duckdb.DuckDBPyRelation:
    """Return a query as a relation; raise InputError when damage has made the names of its columns unreadable."""
    try:
        rows = store.con.sql(query)
        len(rows.columns)
    except (UnicodeDecodeError, RuntimeError):  # what DuckDB 1 and DuckDB 2 raise; neither is a duckdb.Error
        raise InputError(no_name(where)) from None
    return rows


def stored_with_row_numbers(rows: duckdb.DuckDBPyRelation, store: Store, where: str) -> duckdb.DuckDBPyRelation:
    """Return a table on disk held in the database with its row numbers in column ROW.

    The store must keep the order of files. where: what to call the table in a fault.
    """
    if ROW in rows.columns:
        rows = rows.project(f"* exclude ({ROW}), {ROW} as {own_name(ROW)}")
    with in_words(where, rows):
        rows.project(f"row_number() over () - 1 as {ROW}, *").create("numbered")
    return store.con.table("numbered")


def with_row_numbers(frame: Any) -> Any:
    """Return a table in memory with its row numbers in column ROW; lazy tables have no order and stay as they are."""
    table = nw.from_native(frame, pass_through=True)
    if not isinstance(table, nw.DataFrame | nw.LazyFrame):
        return frame
    if ROW in table.collect_schema().names():
        table = table.rename({ROW: own_name(ROW)})
    return (table.with_row_index(ROW) if isinstance(table, nw.DataFrame) else table).to_native()
