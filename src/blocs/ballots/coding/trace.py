"""Trace: from every ballot of the input to its profile, or to the reason why it has none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..ballots import Ballots
from ..pivot.long import LongSource
from ..pivot.mark import SPREAD
from ..pivot.packing import pack
from .accounting import NOBODY, REASONS
from .code import Coded
from .count import stream_marks

__all__ = ["follow"]


def follow(ballots: Ballots, coded: Coded, chunk: int = 200_000) -> Iterator[pa.Table]:
    """Yield every ballot of the input exactly once, in the order of its ids, with its profile.

    Parameters
    ----------
    ballots : Ballots
        What `read_cvr` returned.
    coded : Coded
        The same ballots through `code_rows`.
    chunk : int
        Largest number of rows of a table.

    Yields
    ------
    pyarrow.Table
        Columns: the ids (state and county where the file has them, and the voter's number; the number of the record
        from 0 in a vendor's file; `row` from 0 in a wide table); `voters`, how many the row stands for; `profile`,
        int64 row of `coded.profiles`, null where the ballot was set aside; `reason`, null where it was not.

    Examples
    --------
    >>> import pandas as pd
    >>> from blocs.ballots import code_rows, follow, read_cvr
    >>> votes = {"President": ["DEM", "REP", "GRN"], "Sheriff": ["REP", "REP", "REP"]}
    >>> ballots = read_cvr(pd.DataFrame(votes), offices=["President", "Sheriff"])
    >>> [table] = follow(ballots, code_rows(ballots))
    >>> table["profile"].to_pylist()
    [0, 1, None]
    >>> table["reason"].to_pylist()[2]
    'set aside: another party at the top'
    """
    packs = pd.MultiIndex.from_arrays(list(pack(coded.counts.marks).T))
    first = ~packs.duplicated()  # rows that differ only in their groups share a profile
    packs, profile_of, top = packs[first], coded.row[first], coded.counts.marks[first, 0] % SPREAD
    reasons = [None if p >= 0 else REASONS.get(int(s), NOBODY) for p, s in zip(profile_of, top, strict=True)]
    reason_of = np.array(reasons, dtype=object)
    for table in stream_marks(ballots, coded.plan, chunk):
        names = [name for name in table.column_names if name.startswith("pack_")]
        position = packs.get_indexer(pd.MultiIndex.from_arrays([table[name].to_numpy() for name in names]))
        assert (position >= 0).all(), "a ballot was not counted"
        nobody = (profile_of[position] >= 0) & (table["voters"].to_numpy() == 0)
        profile = np.where(nobody, -1, profile_of[position])
        reason = np.where(nobody, NOBODY, reason_of[position])
        yield _with_answer(_named_places(table.drop_columns(names), ballots), profile, reason)


def _with_answer(ids: pa.Table, profile: NDArray[np.int64], reason: NDArray[np.object_]) -> pa.Table:
    with_profile = ids.append_column("profile", pa.array(profile, pa.int64(), mask=profile < 0))
    return with_profile.append_column("reason", pa.array(reason, pa.string()))


def _named_places(ids: pa.Table, ballots: Ballots) -> pa.Table:
    """Put state and county in place of the number of the place."""
    places = ballots.source.places if isinstance(ballots.source, LongSource) else None
    if places is None:
        return ids
    number = ids["place"].cast(pa.int32())
    where = pc.index_in(number, value_set=pa.array(places["place"].to_numpy(np.int32)))
    named = {c: pa.array(places[c].astype(str)).take(where.combine_chunks()) for c in places.columns if c != "place"}
    rest = {c: ids[c] for c in ids.column_names if c != "place"}
    return pa.table({**named, **rest})
