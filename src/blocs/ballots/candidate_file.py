"""The candidate table as the user gives it: a file or a frame, read as text and checked by itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from ..core.errors import Fault, InputError, missing_column
from ..tables.survey_table import text_table
from .party_names import fold, party_names

__all__ = ["COLUMNS", "read_parties"]


_REMEDY = "A candidate table has columns contest, candidate and party; `blocs parties` writes one to complete"
COLUMNS = ("contest", "office", "district", "candidate", "party", "votes")
"""Columns of the candidate table; `votes` is for the reader's eye and is not read back."""


def read_parties(table: Any) -> pd.DataFrame:
    """Return the user's table from a CSV or Parquet file or any frame, all columns as text.

    Columns contest, candidate and party; office, district and printed (no for write-ins) if given. Raises InputError
    for a file that is no table, missing columns, no rows, blank candidates and a candidate with two different parties.
    """
    where, on_disk = "candidate table", isinstance(table, str | Path)
    if on_disk:
        where, table = f"candidate table ({table})", text_table(table)
    elif isinstance(table, Mapping):
        table = pd.DataFrame(dict(table))
    elif not isinstance(table, pd.DataFrame):
        frame = nw.from_native(table)
        table = (frame.collect() if isinstance(frame, nw.LazyFrame) else frame).to_pandas()
    faults = [
        missing_column(name, "", list(table.columns), where=where, remedy=_REMEDY)
        for name in ("contest", "candidate", "party")
        if name not in table.columns
    ]
    if not len(table):
        faults.append(Fault("there are no rows", where=where, rule="A candidate table has a row for each candidate"))
    if faults:
        raise InputError(*faults)
    names = [c for c in (*COLUMNS, "printed") if c in table.columns and c != "votes"]
    cells = table[names].astype(object).where(table[names].notna(), "")
    text: pd.DataFrame = cells.map(lambda v: str(v).strip())
    text["_row"] = [f"{table.index.name} {n}" for n in table.index] if on_disk else [
        f"row {n}" for n in range(1, len(text) + 1)
    ]
    _refuse_contradictions(text, where)
    return text


def _refuse_contradictions(table: pd.DataFrame, where: str) -> None:
    faults, seen = [], dict[tuple[str, str, str], tuple[str, str]]()
    for row in table.to_dict("records"):
        at = f"{where}, {row['_row']}"
        if not fold(row["candidate"]):
            faults.append(Fault("the candidate has no name", where=at, rule="Every row names one candidate"))
            continue
        key = (fold(row["contest"]), fold(row.get("district", "")), fold(row["candidate"]))
        first = seen.setdefault(key, (row["_row"], row["party"]))
        if set(party_names(first[1])) != set(party_names(row["party"])):
            faults.append(
                Fault(
                    f"{row['candidate']!r} in {row['contest']!r} has party {row['party']!r}, "
                    f"but {first[0]} says {first[1]!r}",
                    where=at,
                    rule="A candidate has one row; several parties (fusion) are written in one cell",
                    remedy=f"Write {'/'.join(dict.fromkeys([first[1], row['party']]))!r} in one row if both are right",
                )
            )
    if faults:
        raise InputError(*faults)
