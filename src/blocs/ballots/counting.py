"""Counting: the whole of the data to unique rows of marks, in one query; and the same rows voter by voter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from .packing import pack_names, top_only, unpack
from .relations import gather, partial_progress
from .source import Ballots, Plan

__all__ = ["Counted", "count_marks", "stream_marks"]


@dataclass(frozen=True)
class Counted:
    """Distinct rows of marks.

    marks: (R, 1 + J) int, the top of the ticket first; voters: (R,) int; covariates: R rows of labels.
    """

    marks: NDArray[np.int64]
    voters: NDArray[np.int64]
    covariates: pd.DataFrame


def count_marks(ballots: Ballots, plan: Plan, covariates: tuple[str, ...]) -> Counted:
    """Return the distinct rows of marks with the number of voters of each, in a fixed order."""
    by, parts = [*pack_names(len(plan.kinds)), *covariates], ballots.source.parts()
    tables = []
    for i, part in enumerate(parts):
        rows = part.states(plan, covariates).select(*top_only(plan), "voters", *covariates)
        query = rows.group_by(*by).agg(nw.col("voters").sum().cast(nw.Int64))
        store = partial_progress(ballots.store, i, len(parts))
        tables.append(gather(query, store, "coding the ballots").to_pandas())
    whole = pd.concat(tables, ignore_index=True)
    frame = whole.groupby(by, sort=True, dropna=False, as_index=False)["voters"].sum()
    return Counted(unpack(frame, len(plan.kinds)), frame["voters"].to_numpy(np.int64), frame[list(covariates)])


def stream_marks(ballots: Ballots, plan: Plan, chunk: int) -> Iterator[pa.Table]:
    """Yield every voter's ids and packed marks, in tables of at most `chunk` rows, in the order of the ids."""
    ids = list(ballots.source.ids)
    for part in ballots.source.parts():
        query = part.states(plan, ()).select(*ids, *top_only(plan), "voters")
        query = query.sort(*ids) if ids else query
        native: Any = nw.to_native(query)
        if query.implementation.name == "DUCKDB":
            for batch in native.to_arrow_reader(chunk):
                yield pa.Table.from_batches([batch])
            continue
        whole = gather(query, ballots.store, "assigning the ballots")
        for start in range(0, len(whole), chunk):
            yield whole.slice(start, chunk)
