"""CSV tables as relations: the header is read here, the rows by the database, which is left nothing to guess."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import duckdb

from ..core.errors import Fault, InputError
from ..files.text import head, lines
from .paths import in_query
from .relations import Store
from .sql_text import literal

__all__ = ["csv_columns", "csv_relation", "header"]

_DELIMITERS = ",;\t|"
MOST_COLUMNS = 100_000
"""Two million take 4 GB, and minutes, before the database has read a row."""
_ABOVE = 10
"""Lines among which the names of the columns are looked for where the first one is a title."""
_SHOWN = 60
"""Letters of a line that are shown in a fault."""


def csv_relation(path: Path, store: Store) -> duckdb.DuckDBPyRelation:
    """Return a CSV file, compressed by gzip or not, as a relation of text columns; empty cells are null.

    Columns are separated by whichever of comma, semicolon, tab and bar the header has most of. Every row must have as
    many cells as the header. Raises InputError for a file without a header.
    """
    names, delimiter = csv_columns(path)
    with path.open("rb") as plain:
        packed = head(path, 16) != plain.read(16)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    rows: duckdb.DuckDBPyRelation = store.con.sql(
        f"from read_csv({in_query(path)}, auto_detect = false, header = true, delim = {literal(delimiter)}, "
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
    delimiter = _delimiter(next(lines(path), ""))
    try:
        cells = next(csv.reader(lines(path), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise InputError(
            Fault(f"the header cannot be read ({error})", where=f"{path.name}, line 1", rule="It names the columns")
        ) from None
    if len(cells) > MOST_COLUMNS:
        raise InputError(Fault(f"the header has {len(cells):,} cells", where=path.name,
                               rule=f"Tables have {MOST_COLUMNS:,} columns at most",
                               remedy="The file is damaged or not a table; export it again"))  # fmt: skip
    if not any(cell.strip() for cell in cells):
        raise InputError(Fault("there is no header", where=path.name, rule="The first line names the columns"))
    _refuse_title(path, cells, delimiter)
    return [cell.strip() for cell in cells], delimiter


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=re.sub('"[^"]*"', "", line).count)


def _refuse_title(path: Path, first: Sequence[str], delimiter: str) -> None:
    """Refuse a title above the names of the columns: one cell, where all lines from another one on have several.

    Where all lines have one cell, or two, the first one names the columns, of which one may lack a name.
    """
    if not first[0].strip() or any(cell.strip() for cell in first[1:]):
        return
    top = [text for text in islice(lines(path), _ABOVE) if text.strip()]
    alike = {len(_cells(text, delimiter)) for text in top} == {len(first)}
    if alike and len(first) < 3 and not first[0].startswith("sep="):
        return
    for i, text in enumerate(top[1:-1], 1):
        between = _delimiter(text)
        widths = {len(_cells(line, between)) for line in top[i:]}
        if len(widths) == 1 and min(widths) > 1 and sum(map(bool, _cells(text, between))) > 1:
            raise InputError(
                Fault(f"line 1 is {first[0].strip()!r} alone, which seems to be a title", where=path.name,
                      rule="The first line names the columns",
                      remedy=f"If {text.strip()[:_SHOWN]!r} names them, take out what stands above it")
            )  # fmt: skip


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


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
