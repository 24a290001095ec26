"""Assignment: the most probable type of every ballot of a file, part by part; null with a reason where set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..ballots import Ballots, Coded, follow
from ..ballots.coding.trace import shown_name
from ..core.errors import UnsupportedError
from ..core.top_party import TOP
from ..profiles import EMPTY, NO_COVARIATE, NO_WEIGHT, Profiles
from ..results.evaluation import Evaluation
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .ballot_covariates import BallotCovariates

__all__ = ["assign_ballots", "assign_rows", "expected_by_type", "posterior_of_cells"]

REASONS = {
    NO_WEIGHT: "set aside: no positive weight",
    EMPTY: "set aside: every item is missing",
    NO_COVARIATE: "set aside: a covariate is missing",
}
"""Why a row of a table has no type."""


def assign_ballots(
    fit: Fit | FitsByGroup, ballots: Ballots, coded: Coded, chunk: int = 200_000, posteriors: bool = False,
    keep: Sequence[str] = (),
) -> Iterator[pa.Table]:  # fmt: skip
    """Yield the most probable type of every row of the input.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        The types, of all voters or by "top".
    ballots : Ballots
        What `blocs.read_cvr` returned.
    coded : Coded
        The same ballots through `code_rows`, with the options of the fit. The covariates and the groups that the shares
        depend on are among its `groups`.
    chunk : int
        Most rows of a table.
    posteriors : bool
        Whether to add the posterior of each type (type_1, type_2, ...).
    keep : sequence of str
        Further columns of the file.

    Yields
    ------
    pyarrow.Table
        What the row is known by in the file, `keep`, voters and top (see `blocs.ballots.follow`); type, probability,
        unknown (the posterior probability of the types that say nothing about one of its menus, see `Fit.evaluate`)
        and reason. Every row of the input once, with a null type and a reason where it was set aside.

    Raises
    ------
    InputError
        For columns to keep, covariates and groups that are not there, and groups that were not fitted.
    UnsupportedError
        For fits by another column than "top".

    Notes
    -----
    The type is that of the largest posterior zeta_uk (000 eq. 2.8; `docs/formulas.md`).
    """
    design = fit.mixture.membership.design if isinstance(fit, Fit) else None
    covariates = None if design is None else BallotCovariates(coded, design.names)
    evaluation = _evaluation(fit, coded) if covariates is None else _by_covariates(fit, covariates)
    known = (*ballots.source.labels, *keep)  # columns that the table has in any case
    further = [] if covariates is None else [name for name in covariates.keep if name not in known]
    for table in follow(ballots, coded, chunk, (*keep, *further)):
        zeta, unknown, used = evaluation(table)
        rows = table.drop_columns(["profile", "reason", *map(shown_name, further)])
        lacking = table["profile"].is_valid().to_numpy() & ~used  # ballots are coded without their covariates
        reason = np.where(lacking, REASONS[NO_COVARIATE], table["reason"].to_numpy(zero_copy_only=False))
        yield _with_types(rows, zeta, unknown, used, posteriors).append_column("reason", pa.array(reason, pa.string()))


def expected_by_type(fit: Fit | FitsByGroup, profiles: Profiles) -> NDArray[np.float64]:
    """Return the (K,) expected number of observations of each type, sum_u n_u zeta_uk, with the counts n_u."""
    if isinstance(fit, Fit):
        return np.asarray((profiles.counts[:, None] * fit.evaluate(profiles).posterior).sum(axis=0))
    assert profiles.cells is not None
    return np.asarray((profiles.cells.counts[:, None] * fit.of_cells(profiles)).sum(axis=0))


def posterior_of_cells(fit: Fit | FitsByGroup, profiles: Profiles) -> NDArray[np.float64]:
    """Return the (C, K) posterior probability of each type for each cell of profiles with groups (`Profiles.cells`)."""
    assert profiles.cells is not None
    if isinstance(fit, FitsByGroup):
        return fit.of_cells(profiles)
    return fit.evaluate(profiles).posterior[profiles.cells.row]


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
    profile, evaluation = np.where(used, index, 0), fit.evaluate(profiles)
    rows = pa.table({"row": np.arange(len(index))})
    table = _with_types(rows, evaluation.posterior[profile], evaluation.unknown[profile], used, posteriors)
    reasons = np.full(len(index), None, dtype=object)
    for why, reason in REASONS.items():
        reasons[index == why] = reason
    return table.append_column("reason", pa.array(reasons, pa.string()))


Posteriors = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]
"""(R, K) posteriors of R rows; for each the posterior probability of types that say nothing about its menus, and
whether it has a type."""


def _by_covariates(fit: Fit | FitsByGroup, covariates: BallotCovariates) -> Callable[[pa.Table], Posteriors]:
    """Return what gives the posteriors of rows whose shares depend on covariates or groups."""
    assert isinstance(fit, Fit)
    one = fit.evaluate(covariates.profiles)

    def of_rows(rows: pa.Table) -> Posteriors:
        place = covariates.place(rows)
        at = np.maximum(place, 0)
        return one.posterior[at], one.unknown[at], place >= 0

    return of_rows


def _evaluation(fit: Fit | FitsByGroup, coded: Coded) -> Callable[[pa.Table], Posteriors]:
    """Return what gives the posteriors of rows with their profile and top party."""
    if isinstance(fit, Fit):
        one = fit.evaluate(coded.profiles)
        return lambda rows: _of_profiles(one, rows)
    if fit.by != TOP:
        raise UnsupportedError(f"Ballots are assigned by one fit of all or by fits by {TOP!r}, not by {fit.by!r}.")
    by_party = fit.evaluate(coded.profiles)
    parties = list(by_party)
    stacked, unknown = (np.stack(part) for part in zip(*by_party.values(), strict=True))

    def of_rows(rows: pa.Table) -> Posteriors:
        number = np.array([parties.index(top) if top is not None else 0 for top in rows["top"].to_pylist()])
        profile = rows["profile"].fill_null(0).to_numpy()
        used = rows["profile"].is_valid().to_numpy()
        return np.asarray(stacked[number, profile]), np.asarray(unknown[number, profile]), used

    return of_rows


def _of_profiles(evaluation: Evaluation, rows: pa.Table) -> Posteriors:
    profile = rows["profile"].fill_null(0).to_numpy()
    return evaluation.posterior[profile], evaluation.unknown[profile], rows["profile"].is_valid().to_numpy()


def _with_types(
    table: pa.Table,
    zeta: NDArray[np.float64],
    unknown: NDArray[np.float64],
    used: NDArray[np.bool_],
    posteriors: bool,
) -> pa.Table:
    """Add type, probability and, if wanted, the (R, K) posteriors to R rows; null where they are not used."""
    table = table.append_column("type", pa.array((zeta.argmax(axis=1) + 1).astype(np.int32), mask=~used))
    table = table.append_column("probability", pa.array(zeta.max(axis=1), mask=~used))
    table = table.append_column("unknown", pa.array(unknown, mask=~used))
    if posteriors:
        for k in range(zeta.shape[1]):
            table = table.append_column(f"type_{k + 1}", pa.array(zeta[:, k], mask=~used))
    return table
