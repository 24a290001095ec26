"""Plain tables on disk: CSV or Parquet, held in memory as a frame; only empty cells are missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from ..core.errors import Fault, InputError, counted
from ..files.atomic import existing
from ..files.text import head, line_ends
from .csv_header import header
from .database_errors import complaint, no_name
from .relations import gather, open_store
from .table_files import is_table, table_of
from .unrecognised import describe_saved_file

__all__ = ["PLACES", "plain_table", "text_table"]

PLACES = ("line", "record")
"""Names of the index of a table from a CSV file: of lines, or of rows where these are not lines."""

_EXACT = 2.0**53
"""Whole numbers from here on are not all different as floats: such columns stay text."""
_TRUTH = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}
_OTHERS = {
    b"PK": ("a workbook or a zip", "Save the sheet as CSV, or unpack the file"),
    b"BZh": ("compressed by bzip2", "Unpack it, or compress it by gzip"),
    b"\xfd7zXZ": ("compressed by xz", "Unpack it, or compress it by gzip"),
    b"\x28\xb5\x2f\xfd": ("compressed by zstd", "Unpack it, or compress it by gzip"),
    b"\xff\xfe": ("text in UTF-16", "Save it as UTF-8"),
    b"\xfe\xff": ("text in UTF-16", "Save it as UTF-8"),
}
"""First bytes of files that are often given in place of a table: what they are, and the remedy."""


def plain_table(file: str | Path) -> pd.DataFrame:
    """Return a CSV or Parquet file as a frame; a column of a CSV file where every cell is a number is one of numbers.

    Parameters
    ----------
    file : str or Path
        A CSV file, compressed by gzip or not, a Parquet file, or a folder of Parquet files.

    Returns
    -------
    pandas.DataFrame
        Its index says where a row of a CSV file stands, and is named by one of `PLACES`. Only empty cells are missing.

    Raises
    ------
    InputError
        For a file that is no table and for the first damaged line.
    """
    path = existing(file)
    if path.is_dir() or head(path, 4) == b"PAR1":
        try:
            return pd.read_parquet(path)
        except UnicodeDecodeError:
            raise InputError(no_name(str(file))) from None
        except (OSError, ValueError) as error:
            raise InputError(Fault(f"it cannot be read as a table ({error})", where=str(file),
                                   rule="Plain tables are CSV or Parquet")) from None  # fmt: skip
    cells, places = _cells(path)
    frame = pd.DataFrame({name: _typed(cells[name]) for name in cells.column_names}).set_axis(places)
    frame.attrs["source"] = path.name  # for messages about its rows
    return frame


def text_table(file: str | Path) -> pd.DataFrame:
    """Return a CSV or Parquet file as a frame of text, "" where a cell is empty; the index as in `plain_table`."""
    path = existing(file)
    if path.is_dir() or head(path, 4) == b"PAR1":
        frame = plain_table(path)
    else:
        cells, places = _cells(path)
        frame = cells.to_pandas().set_axis(places)
    return frame.astype(object).where(frame.notna(), "").map(str)


def _cells(path: Path) -> tuple[pa.Table, pd.RangeIndex]:
    """Return the cells of a CSV file as text, null where empty, in the order of the file, and where each row stands."""
    _refuse_others(path)
    ends = line_ends(path)
    names, _ = header(path)
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise InputError(
            *(Fault(f"the column {name!r} is named {counted(names.count(name), 'time')}", where=f"{path.name}, line 1",
                    rule="Names of columns are unique", remedy="Rename or drop the copies")
              for name in repeated)
        )  # fmt: skip
    store = replace(open_store(keep_order=True), where=path.name)
    try:
        rows = table_of(path, store)
        cells = gather(nw.from_native(rows), store, "reading the file")
    except duckdb.Error as error:
        raise InputError(complaint(error, path.name)) from None
    if not len(cells):
        raise InputError(Fault("there are no rows below the header", where=path.name, rule="At least one is needed"))
    lines = ends == len(cells) + 1  # no blank lines, no line breaks in cells
    first, place = (2, PLACES[0]) if lines else (1, PLACES[1])
    places = pd.RangeIndex(first, first + len(cells), name=place)
    return cells.rename_columns([name or given for name, given in zip(names, cells.column_names, strict=True)]), places


def _refuse_others(path: Path) -> None:
    """Refuse what is no table, by its first bytes."""
    first = head(path, 64)
    if not first.strip():
        raise InputError(Fault("the file is empty", where=path.name, rule="A table has a header and rows"))
    for mark, (what, remedy) in _OTHERS.items():
        if first.startswith(mark):
            raise InputError(Fault(f"it is {what}", where=path.name, rule="Tables are CSV or Parquet", remedy=remedy))
    if saved := describe_saved_file(first):
        raise InputError(Fault(f"it is {saved}, not a table", where=path.name, rule="Tables are CSV or Parquet"))
    if not is_table(path, first):
        raise InputError(Fault("it is not a table: it begins as JSON, XML or a binary file does", where=path.name,
                               rule="Tables are CSV or Parquet"))  # fmt: skip


def _typed(column: pa.ChunkedArray) -> pd.Series[Any]:
    """Return a column of text as what all its cells are: numbers, true and false, or text; missing where null."""
    encoded = column.combine_chunks().dictionary_encode()
    words = pd.Series(encoded.dictionary.to_pandas(), dtype=object)
    numbers = pd.to_numeric(words, errors="coerce")
    if numbers.notna().all() and (numbers.abs() < _EXACT).all() and len(words):
        words = numbers
    elif words.isin(_TRUTH).all() and len(words):
        words = words.map(_TRUTH)
    places = np.asarray(encoded.indices.fill_null(-1))
    return words.reindex(places).reset_index(drop=True)
