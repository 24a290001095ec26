"""CSV tables as relations: the header is read here, the rows by the database, which is left nothing to guess."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb

from ..core.errors import Fault, InputError
from ..files.text import head, lines
from .paths import in_query
from .relations import Store

__all__ = ["csv_columns", "csv_relation", "header"]

_DELIMITERS = ",;\t|"


def csv_relation(path: Path, store: Store) -> duckdb.DuckDBPyRelation:
    """Return a CSV file, compressed by gzip or not, as a relation of text columns; empty cells are null.

    Columns are separated by whichever of comma, semicolon, tab and bar the header has most of. Every row must have as
    many cells as the header. Raises InputError for a file without a header.
    """
    names, delimiter = csv_columns(path)
    with path.open("rb") as plain:
        packed = head(path, 16) != plain.read(16)
    columns = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in names)
    rows: duckdb.DuckDBPyRelation = store.con.sql(
        f"from read_csv({in_query(path)}, auto_detect = false, header = true, delim = {_quoted(delimiter)}, "
        f"quote = '\"', escape = '\"', nullstr = '', compression = '{'gzip' if packed else 'none'}', "
        f"hive_partitioning = false, columns = {{{columns}}})"
    )
    return rows


def csv_columns(path: Path) -> tuple[list[str], str]:
    """Return the names of the columns, of which no two are alike, whatever their case, and what separates them."""
    cells, delimiter = header(path)
    return _unlike(cells), delimiter


def header(path: Path) -> tuple[list[str], str]:
    """Return the names of the columns as the header has them, without blanks around, and what separates them."""
    first = re.sub('"[^"]*"', "", next(lines(path), ""))
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        cells = next(csv.reader(lines(path), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise InputError(
            Fault(f"the header cannot be read ({error})", where=f"{path.name}, line 1", rule="It names the columns")
        ) from None
    if not any(cell.strip() for cell in cells):
        raise InputError(Fault("there is no header", where=path.name, rule="The first line names the columns"))
    return [cell.strip() for cell in cells], delimiter


def _unlike(cells: list[str]) -> list[str]:
    """Return names of which no two are alike, whatever their case."""
    names: dict[str, str] = {}
    for number, cell in enumerate(cells):
        name = cell or f"column{number}"
        other = name
        for again in range(1, len(cells)):
            if other.casefold() not in names:
                break
            other = f"{name}_{again}"
        names[other.casefold()] = other
    return list(names.values())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
