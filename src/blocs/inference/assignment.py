"""Assignment: the most probable type of every ballot of a file, streamed; null with the reason where set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..ballots import Ballots, Coded, follow
from ..profiles import Profiles
from ..results.fit_result import Fit

__all__ = ["assign_ballots", "assign_rows"]

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
    weighted = getattr(ballots.source, "weights", None)
    for table in follow(ballots, coded, chunk):
        known = table["profile"].is_valid().to_numpy()
        profile = table["profile"].fill_null(0).to_numpy()
        ids = table.drop_columns(["profile", "reason", *([] if weighted else ["voters"])])
        yield _with_types(ids, zeta, profile, known, posteriors).append_column("reason", table["reason"])


def assign_rows(fit: Fit, profiles: Profiles, posteriors: bool = False) -> pa.Table:
    """Return one row per input row of a plain table: row, type, probability, reason.

    profiles: from `Profiles.from_table`, with the way back to the rows of the table.
    """
    zeta = fit.posterior(replace(profiles, index=None, rows=None)).to_numpy()
    index = profiles.index if profiles.index is not None else np.arange(len(profiles))
    known = index >= 0
    table = _with_types(pa.table({"row": np.arange(len(index))}), zeta, np.where(known, index, 0), known, posteriors)
    return table.append_column("reason", pa.array(np.full(len(index), NOT_USED, dtype=object), pa.string(), mask=known))


def _with_types(
    table: pa.Table, zeta: NDArray[np.float64], profile: NDArray[np.int64], known: NDArray[np.bool_], posteriors: bool
) -> pa.Table:
    best, largest = zeta.argmax(axis=1) + 1, zeta.max(axis=1)
    table = table.append_column("type", pa.array(best[profile].astype(np.int32), mask=~known))
    table = table.append_column("probability", pa.array(largest[profile], mask=~known))
    if posteriors:
        for k in range(zeta.shape[1]):
            table = table.append_column(f"type_{k + 1}", pa.array(zeta[profile, k], mask=~known))
    return table
