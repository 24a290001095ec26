"""Plain tables on disk: CSV or Parquet, as a frame in memory; only empty cells are missing, and declared codes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..core.distinct import WITHOUT_LEVELS
from ..core.errors import Fault, InputError
from ..core.missing_codes import MissingCodes, without_codes
from ..files.atomic import existing
from ..files.regular import regular
from ..files.text import head
from .csv_cells import PLACES, Cells, csv_cells
from .database_errors import no_name
from .paths import as_it_is
from .table_files import is_csv, is_table
from .unrecognised import describe_saved_file, of_other_program

__all__ = ["PLACES", "plain_table", "text_table"]

_EXACT = 2.0**53
"""Whole numbers from here on are not all different as floats: columns that have them, in digits, stay text."""
_TRUTH = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}
_ZIP = ("a workbook or a zip", "Save the sheet as CSV, or unpack the file")


def plain_table(
    file: str | Path,
    missing: Sequence[Any] = (),
    wanted: Callable[[list[str]], Collection[str]] | None = None,
    *,
    coded: bool = False,
) -> pd.DataFrame:
    """Return a CSV or Parquet file as a frame; a column of a CSV file where every cell is a number is one of numbers.

    Parameters
    ----------
    file : str or Path
        A CSV file, compressed by gzip or not, a Parquet file, or a folder of Parquet files.
    missing : sequence, optional
        Codes, text or numbers, that mean a missing cell wherever they stand; see `MissingCodes`.
    wanted : callable, optional
        From the names of the columns of a CSV file to those that are needed; the others are not made.
    coded : bool
        Whether columns of text are categorical, which takes less time and memory. The order of their categories means
        nothing, which the frame's `attrs` say.

    Returns
    -------
    pandas.DataFrame
        Its index says where a row of a CSV file stands, and is named by one of `PLACES`. Empty cells are missing, and
        those that are one of the codes.

    Raises
    ------
    InputError
        For a file that is no table, for the first damaged line and for text that is not UTF-8.
    """
    path, codes = regular(existing(file)), MissingCodes(missing)
    if not is_csv(path):
        frame = _parquet(path, str(file))
        return frame.apply(without_codes, codes=codes) if codes else frame
    _refuse_others(path)
    columns, places = csv_cells(path, wanted)
    typed = {name: _typed(cells, codes, coded) for name, cells in columns.items()}
    frame = pd.DataFrame(typed, copy=False).set_axis(places)
    frame.attrs["source"] = path.name  # for messages about its rows
    frame.attrs[WITHOUT_LEVELS] = coded
    return frame


def text_table(file: str | Path) -> pd.DataFrame:
    """Return a CSV or Parquet file as a frame of text, "" where a cell is empty; the index as in `plain_table`."""
    path = regular(existing(file))
    if not is_csv(path):
        frame = plain_table(path)
        return frame.astype(object).where(frame.notna(), "").map(str)
    _refuse_others(path)
    columns, places = csv_cells(path)
    return pd.DataFrame({name: np.append(cells.words, "")[cells.word] for name, cells in columns.items()}, places)


def _parquet(path: Path, where: str) -> pd.DataFrame:
    """Return a Parquet file or folder as a frame; raise InputError where names or cells are not UTF-8, or it is cut."""
    try:
        # folders above a file are no columns of it, which some versions of pyarrow take them for
        table = pq.read_table(as_it_is(path), partitioning="hive" if path.is_dir() else None)
        names = table.column_names
    except UnicodeDecodeError:
        raise InputError(no_name(where)) from None
    except (OSError, ValueError) as error:
        raise InputError(Fault(f"it cannot be read as a table ({error})", where=where,
                               rule="Plain tables are CSV or Parquet")) from None  # fmt: skip
    faults = [
        Fault("a cell is not UTF-8", where=f"{where}, column {name!r}", rule="Text in Parquet is UTF-8",
              remedy="Write the file again with the text in UTF-8")
        for name in names
        if not _is_valid(table[name])
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _is_valid(column: pa.ChunkedArray) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _refuse_others(path: Path) -> None:
    """Refuse what is no table, by its first bytes."""
    first = head(path, 512)
    if not first.strip():
        raise InputError(Fault("the file is empty", where=path.name, rule="A table has a header and rows"))
    what, remedy = _ZIP if first.startswith(b"PK") else of_other_program(first)
    if what:
        raise InputError(Fault(f"it is {what}", where=path.name, rule="Tables are CSV or Parquet", remedy=remedy))
    if saved := describe_saved_file(first):
        raise InputError(Fault(f"it is {saved}, not a table", where=path.name, rule="Tables are CSV or Parquet"))
    if not is_table(path, first):
        binary = "it has NUL bytes, as a binary file has" if b"\0" in first else "it begins as JSON or XML does"
        raise InputError(Fault(f"it is not a table: {binary}", where=path.name,
                               rule="Tables are CSV or Parquet"))  # fmt: skip


def _have_long_ids(words: pd.Series[Any], numbers: pd.Series[Any]) -> bool:
    """Whether some words are whole numbers in digits that no float tells apart; 1e+19 and 2.5e300 are none."""
    return bool(words[numbers.abs() >= _EXACT].str.fullmatch(r"\s*[+-]?\d+\s*").any())


def _typed(cells: Cells, codes: MissingCodes, coded: bool) -> pd.Series[Any]:
    """Return a column of text as what all its cells are: numbers, true and false, or text; missing where empty.

    Cells that are one of the codes are missing, too. coded: whether text becomes a categorical column.
    """
    keep = np.array([word not in codes for word in cells.words], dtype=bool)
    words: pd.Series[Any] = pd.Series(cells.words[keep], dtype=object)
    numbers = pd.to_numeric(words, errors="coerce")
    if np.isfinite(numbers).all() and not _have_long_ids(words, numbers) and len(words):
        words = numbers
    elif words.isin(_TRUTH).all() and len(words):
        words = words.map(_TRUTH)
    word = cells.word if keep.all() else np.append(np.where(keep, np.cumsum(keep) - 1, -1), -1)[cells.word]
    if coded and words.dtype == object:
        return pd.Series(pd.Categorical.from_codes(word, pd.Index(words, dtype=object)), copy=False)
    values = words.to_numpy()
    if (word < 0).any():
        values = np.append(values.astype(object) if values.dtype == bool else values, np.nan)  # where -1 points
    return pd.Series(values[word], dtype=values.dtype, copy=False)
