"""All cells of a CSV file in the order of its rows: for each column its distinct words, and the word of each row."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted
from ..files.text import line_ends, require_whole
from .csv_blocks import NotPlainError, csv_blocks
from .csv_header import csv_columns, csv_relation, header
from .database_errors import in_words
from .relations import gather, open_store

__all__ = ["PLACES", "Cells", "csv_cells"]

PLACES = ("line", "record")
"""Names of the index of a table from a CSV file: of lines, or of rows where these are not lines."""


class Cells(NamedTuple):
    """A column: words, its distinct words; word: (N,) int32, the word of each row, -1 where the cell is empty."""

    words: NDArray[np.object_]
    word: NDArray[np.int32]


def csv_cells(
    path: Path, wanted: Callable[[list[str]], Collection[str]] | None = None
) -> tuple[dict[str, Cells], pd.RangeIndex]:
    """Return the columns of a CSV file by name, and where each row stands.

    wanted: from all names to those of the columns to be returned; all by default. Raises InputError for columns of one
    name, for the first damaged line and for a file without rows.
    """
    require_whole(path)
    names, _ = header(path)
    repeated = {name: often for name, often in Counter(names).items() if often > 1}
    if repeated:
        raise InputError(
            *(Fault(f"the column {name!r} is named {counted(often, 'time')}", where=f"{path.name}, line 1",
                    rule="Names of columns are unique", remedy="Rename or drop the copies")
              for name, often in repeated.items())
        )  # fmt: skip
    table, ends = _from_blocks(path) or (_from_the_database(path), line_ends(path))
    if not len(table):
        raise InputError(Fault("there are no rows below the header", where=path.name, rule="At least one is needed"))
    lines = ends == len(table) + 1  # no blank lines, no line breaks in cells
    first, place = (2, PLACES[0]) if lines else (1, PLACES[1])
    called = {given: name or given for name, given in zip(names, table.column_names, strict=True)}
    kept = set(called.values()) if wanted is None else set(wanted(list(called.values())))
    columns = {name: _cells(table[given]) for given, name in called.items() if name in kept}
    return columns, pd.RangeIndex(first, first + len(table), name=place)


def _from_blocks(path: Path) -> tuple[pa.Table, int] | None:
    """Return the columns as text with dictionaries, and the number of lines; None for a file that is not plain.

    See `csv_blocks`.
    """
    names, delimiter = csv_columns(path)
    try:
        blocks = list(csv_blocks(path, names, delimiter, [], names, threads=os.cpu_count() or 1))
    except NotPlainError:
        return None
    if not blocks:
        return pa.table({name: [] for name in names}), 1
    return pa.concat_tables([block.rows for block in blocks]), sum(block.lines for block in blocks)


def _from_the_database(path: Path) -> pa.Table:
    store = replace(open_store(keep_order=True), where=path.name)
    with in_words(path.name):
        return gather(nw.from_native(csv_relation(path, store)), store, "reading the file")


def _cells(column: pa.ChunkedArray) -> Cells:
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    chunks = coded.unify_dictionaries().chunks
    words = chunks[0].dictionary.to_pylist() if chunks else []
    return Cells(
        np.array([*words, None], dtype=object)[:-1],
        np.concatenate([np.asarray(chunk.indices.fill_null(-1), dtype=np.int32) for chunk in chunks]),
    )
