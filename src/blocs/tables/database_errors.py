"""What the database says of a file it cannot read, in words that name the line, the rule and the remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from ..core.errors import Fault, InputError

__all__ = ["complaint", "in_words", "no_name"]

_CELLS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_CELL = re.compile(r'value "(.*)" is not valid UTF8')
_LINE = re.compile(r"CSV Error on Line: (\d+)")


@contextmanager
def in_words(where: str, rows: duckdb.DuckDBPyRelation | None = None) -> Iterator[None]:
    """Raise errors of the database as InputError, and a query that was interrupted as KeyboardInterrupt.

    where: what to call the table in faults; rows: the table, in which the column of a damaged cell is looked for. Rows
    that stream out of the database pass through Arrow, whose errors then have the database's text.
    """
    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except (duckdb.Error, pa.ArrowException) as error:
        raise InputError(complaint(error, where, rows)) from None


def complaint(error: Exception, where: str, rows: duckdb.DuckDBPyRelation | None = None) -> Fault:
    """Return the fault for an error of the database while it opens or reads the table `where`; rows: the table."""
    text = str(error)
    line = _LINE.search(text)
    place = f"{where}, line {line[1]}" if line else where
    if "Out of Memory Error" in text or isinstance(error, MemoryError):
        return Fault("the data do not fit into memory", where=where, rule=f"The database says: {_first(text)}",
                     remedy="Allow more with `memory=`, or free space on the disk for temporary files")  # fmt: skip
    if cells := _CELLS.search(text):
        return Fault(f"the line has {cells[2]} cell{'s' * (cells[2] != '1')}", where=place,
                     rule=f"The header has {cells[1]}",
                     remedy="The file may be cut off or edited by hand; export it again")  # fmt: skip
    if cell := _CELL.search(text):
        column = _damaged_column(rows) if rows is not None else ""
        place = f"{where}, column {column!r}" if column else place
        return Fault(f"the cell {cell[1]!r} is not UTF-8", where=place, rule="Text in Parquet is UTF-8",
                     remedy="Write the file again with the text in UTF-8")  # fmt: skip
    if "Invalid unicode" in text or "not utf-8" in text:
        return Fault("the text is not UTF-8", where=place, rule="Tables are CSV in UTF-8 or Parquet",
                     remedy="Save it as UTF-8")  # fmt: skip
    if "unterminated quote" in text:
        return Fault("a quote is opened and not closed, or text follows a closed one", where=place,
                     rule='A cell with a comma, a quote or a line break stands in "quotes", a quote inside is doubled',
                     remedy="The file may be cut off; export it again")  # fmt: skip
    if "Maximum line size" in text or "does not support a full read" in text:  # the second of a line above its buffer
        return Fault("the line is longer than 2,000,000 bytes", where=place, rule="A row of a table is shorter",
                     remedy="The file is damaged or not a table; export it again")  # fmt: skip
    if "invalid state" in text:
        return Fault("its lines end in different ways, or its quotes do not match", where=place,
                     rule="All lines of a table end alike", remedy="Save it anew from one program")  # fmt: skip
    return Fault("the table cannot be read to its end", where=place, rule=f"The database says: {_first(text)}",
                 remedy="The file is damaged or cut off; export it again")  # fmt: skip


def _damaged_column(rows: duckdb.DuckDBPyRelation) -> str:
    """Return the first column of a table with a cell that is not UTF-8, "" without any."""
    for name in rows.columns:
        try:
            rows.select(duckdb.ColumnExpression(name).alias("cell")).max("cell").fetchall()
        except duckdb.Error as error:
            if _CELL.search(str(error)):
                return name
    return ""


def no_name(where: str) -> Fault:
    """Return the fault for a file in which the name of a column is damaged."""
    return Fault("the name of a column is not text", where=where, rule="Names of columns are UTF-8",
                 remedy="The file is damaged; export it again")  # fmt: skip


def _first(text: str) -> str:
    return text.splitlines()[0].rstrip(".")
