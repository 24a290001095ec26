"""Counting: the whole of the data to unique rows of marks, in one query; and the same rows voter by voter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ...core.errors import counted
from ...tables.database_errors import in_words
from ...tables.relations import Store, gather, partial_progress, stream
from ..ballots import Ballots, Plan, Source
from ..pivot.packing import all_single, pack_names, top_only, unpack

__all__ = ["MarkCounts", "count_marks", "stream_marks"]


@dataclass(frozen=True)
class MarkCounts:
    """Distinct rows of marks.

    marks: (R, 1 + J) int, mark in each office, the top of the ticket first; voters: (R,) int; covariates: R rows of
    labels.
    """

    marks: NDArray[np.int64]
    voters: NDArray[np.int64]
    covariates: pd.DataFrame

    def __repr__(self) -> str:
        rows, offices = self.marks.shape
        return f"<MarkCounts: {counted(int(self.voters.sum()), 'voter')} in {rows:,} rows of {offices:,} marks>"


def count_marks(ballots: Ballots, plan: Plan, covariates: tuple[str, ...]) -> MarkCounts:
    """Return the distinct rows of marks with the number of voters of each, in a fixed order."""
    by, parts = [*pack_names(len(plan.kinds)), *covariates], ballots.source.parts()
    tables: list[pd.DataFrame] = []
    plain = True
    with in_words(ballots.store.where, ballots.store.source):  # queries are planned here, which looks at the file
        for i, part in enumerate(parts):
            store = partial_progress(ballots.store, i, len(parts))
            sums = _by_sums(part, plan, covariates, store) if plain else None
            plain = sums is not None
            tables.append(_by_rules(part, plan, covariates, store) if sums is None else sums)
    whole = pd.concat(tables, ignore_index=True)
    frame: pd.DataFrame = whole.groupby(by, sort=True, dropna=False, as_index=False)[["voters"]].sum()
    return MarkCounts(unpack(frame, len(plan.kinds)), frame["voters"].to_numpy(np.int64), frame[list(covariates)])


def _by_rules(part: Source, plan: Plan, covariates: tuple[str, ...], store: Store) -> pd.DataFrame:
    rows = part.states(plan, covariates).select(*top_only(plan), "voters", *covariates)
    query = rows.group_by(*pack_names(len(plan.kinds)), *covariates).agg(nw.col("voters").sum().cast(nw.Int64))
    counts: pd.DataFrame = gather(query, store, "coding the ballots").to_pandas()
    return counts


def _by_sums(part: Source, plan: Plan, covariates: tuple[str, ...], store: Store) -> pd.DataFrame | None:
    """Return what `_by_rules` does in a third of the time, or None when a voter has two rows in one item."""
    voters, packs = part.sums(plan, covariates), pack_names(len(plan.kinds))
    if voters is None:
        return None
    rows = [f"rows_{i}" for i in range(len(packs))]
    by = [*packs, *rows, "coded", *covariates]
    query = voters.select(*top_only(plan), *rows, "coded", "voters", *covariates).group_by(*by)
    table = gather(query.agg(nw.col("voters").sum().cast(nw.Int64)), store, "coding the ballots")
    counts: pd.DataFrame = table.to_pandas()
    if not all_single(counts, len(plan.kinds)):
        return None
    return counts.drop(columns=[*rows, "coded"]).astype(dict.fromkeys(packs, "int64"))


def stream_marks(ballots: Ballots, plan: Plan, chunk: int, keep: tuple[str, ...] = ()) -> Iterator[pa.Table]:
    """Yield every row of the input with its labels, packed marks and the columns `keep`, in the order of the input.

    Tables have at most `chunk` rows. Rows that reading set aside have the reason in `set_aside`, and no marks. Marks of
    a long table come in the order of the voters' ids.
    """
    for part in ballots.source.parts():
        with in_words(ballots.store.where, ballots.store.source):
            rows, order = part.listed(plan, keep)
            packs = set(pack_names(len(plan.kinds)))
            others = [name for name in rows.collect_schema().names() if name not in packs]
            query = rows.select(*others, *top_only(plan))
            query = query.sort(*order) if order else query
        yield from stream(query, ballots.store, "assigning the ballots", chunk)
