"""The number of voters of each row of a wide table: read from text or numbers, and refused by its line."""

from __future__ import annotations

from pathlib import Path

import duckdb
import narwhals as nw

from ...core.errors import Fault, InputError, more
from ...files.text import head, line_ends
from ...profiles.weights import remedy_for
from ...tables.column_roles import ROW
from ...tables.relations import Frame, Store, gather

__all__ = ["with_voter_counts"]

_TOO_LARGE = 2**53
"""From here on whole numbers are not all different as floats."""
_NUMBER = "_voters_read"


def with_voter_counts(rows: Frame, column: str, name: str, store: Store, file: Path | None = None) -> Frame:
    """Return the rows with a column of whole numbers from 0, null where it was none, which is refused.

    column, name: what it is called here and in the table; file: whose lines the rows are, if they come from one.
    Raises InputError that names the first row without a number of voters, and what it says.
    """
    rows = _read(rows, column)
    number = nw.col(_NUMBER)
    wrong = number.is_null() | (number < 0) | (number >= _TOO_LARGE) | (number != number.round(0))
    one = nw.when(wrong).then(nw.lit(1)).otherwise(nw.lit(0))
    sums = rows.select(one.sum().cast(nw.Int64).alias("bad"), nw.len().cast(nw.Int64).alias("all"))
    numbers = gather(sums, store, "checking the weights").to_pylist()[0]
    if numbers["bad"]:
        row, cell = _first(rows.filter(wrong), column, store)
        raise InputError(
            Fault(f"{_place(row, numbers['all'], file)} {_described(cell)}{more(numbers['bad'] - 1)}",
                  where=f"weights, column {name!r}", rule="Numbers of voters are whole numbers from 0",
                  remedy=remedy_for(cell, "Correct it, or drop the row"))
        )  # fmt: skip
    return rows.drop(column).rename({_NUMBER: column})


def _read(rows: Frame, column: str) -> Frame:
    """Return the rows with the column as numbers beside it, null where the database finds none."""
    native = nw.to_native(rows)
    if not isinstance(native, duckdb.DuckDBPyRelation):
        return rows.with_columns(nw.col(column).cast(nw.Float64).alias(_NUMBER))
    quoted = column.replace('"', '""')
    return nw.from_native(native.project(f'*, try_cast("{quoted}" as double) as {_NUMBER}')).lazy()


def _first(wrong: Frame, column: str, store: Store) -> tuple[int | None, str | None]:
    """Return the number of the first row, if rows have numbers, and its cell as text."""
    numbered = ROW in wrong.collect_schema().names()
    cells = wrong.select(*([ROW] if numbered else []), nw.col(column).cast(nw.String).alias("cell"))
    first = gather((cells.sort(ROW) if numbered else cells).head(1), store, "checking the weights").to_pylist()[0]
    return first.get(ROW), first["cell"]


def _place(row: int | None, rows: int, file: Path | None) -> str:
    if row is None:
        return "a row"
    if file is None or not file.is_file() or head(file, 4) == b"PAR1":
        return f"row {row}"
    return f"line {row + 2}" if line_ends(file) == rows + 1 else f"record {row + 1}"


def _described(cell: str | None) -> str:
    return "has none" if cell is None else f"says {cell!r}"
