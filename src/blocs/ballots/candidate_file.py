"""The candidate table as the user gives it: a file or a frame, read as text and checked by itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from ..core.errors import Fault, InputError, missing_columns
from ..tables.survey_table import text_table
from .party_names import fold, party_names, person_of

__all__ = ["COLUMNS", "read_parties"]


_REMEDY = "A candidate table has columns contest, candidate and party; `blocs parties` writes one to complete"
COLUMNS = ("contest", "office", "district", "candidate", "party", "votes")
"""Columns of the candidate table; `votes` is for the reader's eye and is not read back."""


def read_parties(table: Any) -> pd.DataFrame:
    """Return the user's candidate table as text, checked by itself.

    Parameters
    ----------
    table : path or table
        A CSV or Parquet file, or any frame. Columns contest, candidate and party; office, district and printed (no for
        write-ins) if given.

    Returns
    -------
    pandas.DataFrame
        The columns of the candidate table, all as text, and `_row`, where each row stands.

    Raises
    ------
    InputError
        For a file that is no table, missing columns, no rows, blank candidates, and a candidate with two different
        parties.
    """
    on_disk = isinstance(table, str | Path)
    where = f"candidate table ({table})" if on_disk else "candidate table"
    frame = text_table(table) if on_disk else _frame(table)
    _refuse_columns(frame, where)
    names = [c for c in (*COLUMNS, "printed") if c in frame.columns and c != "votes"]
    cells = frame[names].astype(object).where(frame[names].notna(), "")
    text: pd.DataFrame = cells.map(lambda v: str(v).strip())
    unit, numbers = (frame.index.name, frame.index) if on_disk else ("row", range(1, len(text) + 1))
    text["_row"] = [f"{unit} {n}" for n in numbers]
    _refuse_contradictions(text, where)
    return text


def _frame(table: Any) -> pd.DataFrame:
    """Return any table in memory as a pandas frame."""
    if isinstance(table, pd.DataFrame):
        return table
    if isinstance(table, Mapping):
        return pd.DataFrame(dict(table))
    frame = nw.from_native(table)
    native: pd.DataFrame = (frame.collect() if isinstance(frame, nw.LazyFrame) else frame).to_pandas()
    return native


def _refuse_columns(table: pd.DataFrame, where: str) -> None:
    wanted = ("contest", "candidate", "party")
    faults = missing_columns(wanted, "", list(table.columns), where=where, remedy=_REMEDY)
    if not len(table):
        faults.append(Fault("there are no rows", where=where, rule="A candidate table has a row for each candidate"))
    if faults:
        raise InputError(*faults)


def _refuse_contradictions(table: pd.DataFrame, where: str) -> None:
    faults, row_and_party = [], dict[tuple[str, str, str], tuple[str, str]]()
    for row in table.to_dict("records"):
        place = f"{where}, {row['_row']}"
        if not row["candidate"]:
            faults.append(Fault("the candidate has no name", where=place, rule="Every row names one candidate"))
            continue
        key = (fold(row["contest"]), fold(row.get("district", "")), person_of(row["candidate"]))
        first_row, party = row_and_party.setdefault(key, (row["_row"], row["party"]))
        if set(party_names(party)) != set(party_names(row["party"])):
            faults.append(
                Fault(
                    f"{row['candidate']!r} in {row['contest']!r} has party {row['party']!r}, "
                    f"but {first_row} says {party!r}",
                    where=place,
                    rule="A candidate has one row; several parties (fusion) are written in one cell",
                    remedy=f"Write {'/'.join(dict.fromkeys([party, row['party']]))!r} in one row if both are right",
                )
            )
    if faults:
        raise InputError(*faults)
