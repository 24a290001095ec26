"""Trace: from every row of the input to its profile, or to the reason why it has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...core.errors import InputError, missing_columns
from ..ballots import Ballots
from ..pivot.long import LongSource
from ..pivot.mark import SPREAD
from ..pivot.packing import pack
from .accounting import NO_OFFICE, NOBODY, REASONS
from .count import stream_marks

if TYPE_CHECKING:
    from .code import Coded

__all__ = ["ANSWERS", "expanded", "follow", "shown_name"]

CHUNK = 200_000
"""Rows that are followed at a time."""
ANSWERS = ("voters", "top", "profile", "reason")
"""Columns that `follow` adds."""
_TAKEN = {*ANSWERS, "type", "probability", "unknown"}
"""Names that no label of the file keeps, since columns that are added have them."""


def follow(ballots: Ballots, coded: Coded, chunk: int = CHUNK, keep: Sequence[str] = ()) -> Iterator[pa.Table]:
    """Yield every row of the input exactly once, with its profile or the reason why it has none.

    Parameters
    ----------
    ballots : Ballots
        What `read_cvr` returned.
    coded : Coded
        The same ballots through `code_rows`.
    chunk : int
        Largest number of rows of a table.
    keep : sequence of str
        Further columns of the file: voter-level columns, such as "precinct" or "style".

    Yields
    ------
    pyarrow.Table
        Columns: what the row is known by (in a vendor's file the id of the ballot, `voter`, the file's other ids,
        `precinct` and `style`; in a long table state and county, where it has them, and the columns of the voter; in a
        wide table `row`, from 0); `keep`; `voters`, how many the row stands for; `top`, its party at the top of the
        ticket; `profile`, int64 row of `coded.profiles`; `reason`. Where a row was set aside, by reading or by the
        coding, top and profile are null, elsewhere the reason is.

        Records of a vendor's file come in the order of the file, each with the profile of its ballot where several
        were linked; rows of a wide table in their order; voters of a long table in the order of their ids. A column of
        the file whose name is needed here has "_column" behind it.

    Raises
    ------
    InputError
        For columns to keep that are not there.

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
    labels = ballots.source.labels
    columns = tuple(dict.fromkeys((*labels, *ballots.source.covariates)))
    faults = missing_columns(keep, "keep", columns)
    if faults:
        raise InputError(*faults)
    further = tuple(name for name in dict.fromkeys(keep) if name not in labels)
    return _followed(ballots, coded, chunk, labels, further)


def _followed(
    ballots: Ballots, coded: Coded, chunk: int, labels: tuple[str, ...], keep: tuple[str, ...]
) -> Iterator[pa.Table]:
    packs = pd.MultiIndex.from_arrays(list(pack(coded.counts.marks).T))
    first = ~packs.duplicated()  # rows that differ only in their groups share a profile
    packs, profile_of, top = packs[first], coded.row[first], coded.counts.marks[first, 0] % SPREAD
    of_kept = [NO_OFFICE if n > 0 else NOBODY for n in coded.counts.voters[first].tolist()]
    reasons = [
        None if p >= 0 else REASONS.get(int(s), why) for p, s, why in zip(profile_of, top, of_kept, strict=True)
    ]
    reason_of, party_of = np.array(reasons, dtype=object), coded.top[first]
    for table in stream_marks(ballots, coded.plan, chunk, keep):
        read = np.ones(len(table), dtype=bool)
        if "set_aside" in table.column_names:
            read = table["set_aside"].is_null().to_numpy()
        position = packs.get_indexer(_packs_of(table))
        assert (position[read] >= 0).all(), "a ballot was not counted"
        voters = np.where(read, table["voters"].fill_null(0).to_numpy(), 0)
        profile, reason = profile_of[position], reason_of[position]
        nobody = read & (profile >= 0) & (voters == 0)
        profile = np.where(read & ~nobody, profile, -1)
        reason = np.where(nobody, NOBODY, reason)
        if not read.all():
            reason = np.where(read, reason, [f"set aside: {why}" for why in table["set_aside"].to_pylist()])
        shown = _named_places(table, ballots).select([*labels, *keep])
        answers = {
            "voters": pa.array(voters, pa.int64()),
            "top": pa.array(party_of[position], pa.string(), mask=profile < 0),
            "profile": pa.array(profile, pa.int64(), mask=profile < 0),
            "reason": pa.array(reason, pa.string()),
        }
        yield pa.table({shown_name(name): shown[name] for name in shown.column_names} | answers)


def expanded(coded: Coded, values: NDArray[Any]) -> pd.DataFrame:
    """Return (U, ...) values of the profiles, one row for each row of the input; see `Coded.expand`."""
    ids, parts = [], []
    for table in follow(coded.ballots, coded):
        profile = table["profile"].fill_null(-1).to_numpy()
        out = np.full((len(profile), *values.shape[1:]), np.nan)
        out[profile >= 0] = values[profile[profile >= 0]]
        parts.append(out)
        ids.append(table.drop_columns(list(ANSWERS)))
    labels = pa.concat_tables(ids).to_pandas()
    return pd.DataFrame(np.concatenate(parts), index=labels.set_index(list(labels.columns)).index)


def _packs_of(table: pa.Table) -> pd.MultiIndex:
    names = [name for name in table.column_names if name.startswith("pack_")]
    return pd.MultiIndex.from_arrays([table[name].fill_null(0).to_numpy() for name in names])


def shown_name(name: str) -> str:
    """Return the name that a column of the file has in what `follow` gives."""
    return f"{name}_column" if name in _TAKEN or name.startswith("type_") else name


def _named_places(rows: pa.Table, ballots: Ballots) -> pa.Table:
    """Put state and county in place of the number of the place."""
    places = ballots.source.places if isinstance(ballots.source, LongSource) else None
    if places is None:
        return rows
    number = rows["place"].cast(pa.int32())
    where = pc.index_in(number, value_set=pa.array(places["place"].to_numpy(np.int32)))
    named = {c: pa.array(places[c].astype(str)).take(where.combine_chunks()) for c in places.columns if c != "place"}
    rest = {c: rows[c] for c in rows.column_names if c != "place"}
    return pa.table({**named, **rest})
