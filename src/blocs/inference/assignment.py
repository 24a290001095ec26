"""Assignment: the most probable type of every ballot of a file, part by part; null with a reason where set aside."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..ballots import Ballots, Coded, follow
from ..profiles import EMPTY, NO_WEIGHT, Profiles
from ..results.evaluation import Evaluation
from ..results.fit_result import Fit

__all__ = ["assign_ballots", "assign_rows"]

REASONS = {NO_WEIGHT: "set aside: no positive weight", EMPTY: "set aside: every item is missing"}
"""Why a row of a table has no type."""


def assign_ballots(
    fit: Fit, ballots: Ballots, coded: Coded, chunk: int = 200_000, posteriors: bool = False
) -> Iterator[pa.Table]:
    """Yield the most probable type of every ballot of a file, in the order of the ids.

    Parameters
    ----------
    fit : Fit
        The types.
    ballots : Ballots
        What `blocs.read_cvr` returned.
    coded : Coded
        The same ballots through `code_rows`, with the options of the fit.
    chunk : int
        Most rows of a table.
    posteriors : bool
        Whether to add the posterior of each type (type_1, type_2, ...).

    Yields
    ------
    pyarrow.Table
        The ids (state and county where the file has them), voters (in wide tables with weights), type, probability,
        unknown (the posterior probability of the types that say nothing about one of its menus, see `Fit.evaluate`)
        and reason; every ballot once, with a null type and a reason where it was set aside.

    Notes
    -----
    The type is that of the largest posterior zeta_uk (000 eq. 2.8; `docs/formulas.md`).
    """
    evaluation = fit.evaluate(coded.profiles)
    weighted = getattr(ballots.source, "weights", None)
    for table in follow(ballots, coded, chunk):
        used = table["profile"].is_valid().to_numpy()
        profile = table["profile"].fill_null(0).to_numpy()
        ids = table.drop_columns(["profile", "reason", *([] if weighted else ["voters"])])
        yield _with_types(ids, evaluation, profile, used, posteriors).append_column("reason", table["reason"])


def assign_rows(fit: Fit, profiles: Profiles, posteriors: bool = False) -> pa.Table:
    """Return the most probable type of every row of a table.

    Parameters
    ----------
    fit : Fit
        The types.
    profiles : Profiles
        From `Profiles.from_table`, which keeps the profile of every row.
    posteriors : bool
        Whether to add the posterior of each type (type_1, type_2, ...).

    Returns
    -------
    pyarrow.Table
        One row for each input row: row, type, probability, unknown (see `Fit.evaluate`), reason; null with a reason
        where it was set aside.

    Examples
    --------
    >>> import blocs
    >>> profiles = blocs.Profiles.from_table({"a": [0, 1, 1]}, weights=[1, 1, 0])
    >>> assign_rows(blocs.fit(profiles, types=1), profiles)["reason"].to_pylist()
    [None, None, 'set aside: no positive weight']
    """
    index = profiles.index if profiles.index is not None else np.arange(len(profiles))
    index = np.where(np.append(profiles.empty, False)[np.maximum(index, -1)], EMPTY, index)
    used = index >= 0
    profile = np.where(used, index, 0)
    table = _with_types(pa.table({"row": np.arange(len(index))}), fit.evaluate(profiles), profile, used, posteriors)
    reasons = np.full(len(index), None, dtype=object)
    for why, reason in REASONS.items():
        reasons[index == why] = reason
    return table.append_column("reason", pa.array(reasons, pa.string()))


def _with_types(
    table: pa.Table, evaluation: Evaluation, profile: NDArray[np.int64], used: NDArray[np.bool_], posteriors: bool
) -> pa.Table:
    zeta = evaluation.posterior
    best, largest = zeta.argmax(axis=1) + 1, zeta.max(axis=1)
    table = table.append_column("type", pa.array(best[profile].astype(np.int32), mask=~used))
    table = table.append_column("probability", pa.array(largest[profile], mask=~used))
    table = table.append_column("unknown", pa.array(evaluation.unknown[profile], mask=~used))
    if posteriors:
        for k in range(zeta.shape[1]):
            table = table.append_column(f"type_{k + 1}", pa.array(zeta[profile, k], mask=~used))
    return table
