"""Assignment: the most probable type of every ballot of a file, streamed; null with the reason where set aside."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .ballots import Ballots, Coded
from .ballots.counting import stream_marks
from .ballots.ledger import REASONS
from .ballots.marks import SPREAD
from .ballots.reduce import MARKS
from .profiles import Profiles
from .result import Fit

__all__ = ["assign_ballots", "assign_rows"]

Ints = NDArray[np.int64]

SLOTS = 7  # marks in one packed number, as in reduce.packed
NOT_USED = "set aside: no positive weight"


def assign_ballots(
    fit: Fit, ballots: Ballots, coded: Coded, chunk: int = 200_000, posteriors: bool = False
) -> Iterator[pa.Table]:
    """Yield every ballot of the file once, in the order of its ids, in tables of at most `chunk` rows.

    fit: the types; ballots: what `read_cvr` returned; coded: the same ballots through `code_rows`, with the options
    of the fit; posteriors: add the posterior of each type (type_1, type_2, ...). Columns: the ids (state and county
    where the file has them), voters (in wide tables with weights), type, probability, reason.
    """
    zeta = fit.posterior(coded.profiles).to_numpy()
    rows = pd.MultiIndex.from_arrays(list(_packs(coded.counted.marks).T))
    first = ~rows.duplicated()  # rows that differ in their groups only share their profile
    rows, profile = rows[first], coded.row[first]
    for table in stream_marks(ballots, coded.plan, chunk):
        packs = [name for name in table.column_names if name.startswith("pack_")]
        marks = np.column_stack([table[name].to_numpy() for name in packs])
        position = rows.get_indexer(pd.MultiIndex.from_arrays(list(marks.T)))
        assert (position >= 0).all(), "a ballot was not counted"
        status = marks[:, 0] % MARKS % SPREAD
        reason = np.array([REASONS.get(s, "set aside") for s in range(SPREAD)], dtype=object)[status]
        others = [name for name in table.column_names if name not in packs and name != "voters"]
        ids = _named_places(table.select(others), ballots)
        if getattr(ballots.source, "weights", None):
            ids = ids.append_column("voters", table["voters"])
        yield _answer(ids, zeta, profile[position], reason, posteriors)


def assign_rows(fit: Fit, profiles: Profiles, posteriors: bool = False) -> pa.Table:
    """Return one row per input row of a plain table: row, type, probability, reason.

    profiles: from `Profiles.from_table`, with the way back to the rows of the table.
    """
    zeta = fit.posterior(_by_profile(profiles)).to_numpy()
    index = profiles.index if profiles.index is not None else np.arange(len(profiles))
    ids = pa.table({"row": np.arange(len(index))})
    return _answer(ids, zeta, index, np.full(len(index), NOT_USED, dtype=object), posteriors)


def _by_profile(profiles: Profiles) -> Profiles:
    from dataclasses import replace

    return replace(profiles, index=None, rows=None)


def _packs(marks: Ints) -> Ints:
    """Pack (R, 1 + J) marks as `counting.unpack` unpacks them."""
    places = MARKS ** np.arange(SLOTS)
    runs = [marks[:, start : start + SLOTS] for start in range(0, marks.shape[1], SLOTS)]
    return np.column_stack([run @ places[: run.shape[1]] for run in runs])


def _named_places(ids: pa.Table, ballots: Ballots) -> pa.Table:
    """Replace the number of the place by its state and county."""
    places = getattr(ballots.source, "places", None)
    if places is None or "place" not in ids.column_names:
        return ids
    number = pa.array(places["place"].to_numpy())
    where = pc.index_in(ids["place"].cast(number.type), number)
    named = ids.drop_columns(["place"])
    for position, name in enumerate(c for c in places.columns if c != "place"):
        named = named.add_column(position, name, pa.array(places[name].astype(str)).take(where))
    return named


def _answer(
    ids: pa.Table, zeta: NDArray[np.float64], profile: Ints, reason: NDArray[np.object_], posteriors: bool
) -> pa.Table:
    known = profile >= 0
    best, largest = zeta.argmax(axis=1) + 1, zeta.max(axis=1)
    safe = np.where(known, profile, 0)
    table = ids.append_column("type", pa.array(best[safe].astype(np.int32), mask=~known))
    table = table.append_column("probability", pa.array(largest[safe], mask=~known))
    if posteriors:
        for k in range(zeta.shape[1]):
            table = table.append_column(f"type_{k + 1}", pa.array(zeta[safe, k], mask=~known))
    return table.append_column("reason", pa.array(reason, type=pa.string(), mask=known))
