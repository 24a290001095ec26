"""mean_posteriors: the mean posterior probability of each type in every group of a fit, with errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, UnsupportedError, missing_columns, taken_columns
from ..core.lazy import lazy_import
from ..core.top_party import TOP
from ..membership.groups import TAKEN
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .assignment import posterior_of_cells
from .group_shares import shares_by_group
from .log_odds_interval import log_odds_interval

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["mean_posteriors"]

Ints = NDArray[np.int64]


def mean_posteriors(
    fit: Fit | FitsByGroup, profiles: Profiles | Traced, by: str | Sequence[str]
) -> pd.DataFrame:
    """Return the mean posterior probability of each type among the observations of every group.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        The types, with the same shares for all groups, or with shares of their own for these groups, which are then
        those of `blocs.shares_by_group`.
    profiles : Profiles or coded ballots
        The observations, with groups.
    by : str or sequence of str
        Group column or columns, such as "precinct".

    Returns
    -------
    DataFrame
        One row for each group and type: the group columns, n (weighted observations of the group), type, share (mean
        posterior), se, low, high, flag: "boundary" where the share is 0 or 1, which has no interval, or "". Intervals
        of 95 per cent are made on the scale of log-odds; the types are held fixed. Flags of groups with shares of their
        own are those of `SharesByGroup`.

    Raises
    ------
    InputError
        If there are no such group columns, for names that other columns of the table have, and as `Fit.evaluate`.
    UnsupportedError
        For a fit with shares by other groups, whose posteriors have these shares as their prior; and as
        `blocs.shares_by_group`.

    Notes
    -----
    share_gk = sum_i w_i zeta_ik / sum_i w_i over the observations i of group g, with their weights; its variance is
    sum_i w_i^2 (zeta_ik - share_gk)^2 / (sum_i w_i)^2, that of a mean of independent observations. The posteriors
    have the shares of all groups as their prior, so that small differences between groups are drawn to 0 where the
    items say little.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1], "b": [0, 0, 1, 1], "place": ["N", "N", "N", "S"], "n": [40, 30, 20, 60]}
    >>> profiles = blocs.Profiles.from_table(table, weights="n", groups="place")
    >>> fit = blocs.fit(profiles, types=1)
    >>> mean_posteriors(fit, profiles, "place")[["place", "n", "type", "share", "flag"]]
      place     n  type  share      flag
    0     N  90.0     1    1.0  boundary
    1     S  60.0     1    1.0  boundary
    """
    data, names = profiles_of(profiles), [by] if isinstance(by, str) else list(by)
    columns = () if data.cells is None else tuple(map(str, data.cells.table.columns))
    faults = missing_columns(names, "by", columns) or taken_columns(names, "by", TAKEN)
    if faults:
        raise InputError(*faults)
    assert data.cells is not None
    group, labels = data.cells.by(names)
    if isinstance(fit, Fit) and fit.groups is not None:
        return _of_own_groups(fit, data, names, group, labels)
    zeta, weights = posterior_of_cells(fit, data), data.cells.weights
    groups, types = len(labels), zeta.shape[1]
    n = np.bincount(group, weights, groups)
    share = np.stack([np.bincount(group, weights * of_type, groups) for of_type in zeta.T], axis=1) / n[:, None]
    squared = weights if data.cells.squared is None else data.cells.squared
    off = (squared[:, None] * (zeta - share[group]) ** 2).T
    se = np.sqrt(np.stack([np.bincount(group, of_type, groups) for of_type in off], axis=1)) / n[:, None]
    inside = (share > 0) & (share < 1) & (se > 0)
    low, high = log_odds_interval(share, np.where(inside, se, np.nan))
    table = labels.loc[labels.index.repeat(types)].reset_index(drop=True)
    return table.assign(
        n=np.repeat(n, types), type=np.tile(np.arange(1, types + 1), groups), share=share.ravel(),
        se=np.where(inside, se, np.nan).ravel(), low=low.ravel(), high=high.ravel(),
        flag=np.where(inside, "", "boundary").ravel(),
    )  # fmt: skip


def _of_own_groups(fit: Fit, data: Profiles, names: Sequence[str], group: Ints, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of a fit by its own groups in the order of the labels; group (C,): the label of each cell."""
    assert fit.groups is not None
    assert data.cells is not None
    own, asked = (", ".join(map(repr, of)) for of in (fit.groups.names, names))
    if tuple(names) != fit.groups.names:
        remedy = "Fit without groups" if TOP in names else f"Fit with groups={asked}, or without groups"
        raise UnsupportedError(f"Shares by {asked} are not available for a fit with shares by {own}: its posteriors "
                               f"have those as their prior. {remedy}.")  # fmt: skip
    table = shares_by_group(fit, data).table()
    assert data.covariates is not None
    covariates, row = data.covariates.in_use()
    at = np.zeros(len(labels), dtype=np.int64)
    at[group] = fit.groups.numbers(covariates)[row][data.cells.row]  # a label in text may be a number in the fit
    types = np.arange(fit.types)
    shares = table[["share", "se", "low", "high", "flag"]].iloc[(at[:, None] * fit.types + types).ravel()]
    out = labels.loc[labels.index.repeat(fit.types)].reset_index(drop=True)
    n = np.bincount(group, data.cells.weights, len(labels))
    out = out.assign(n=np.repeat(n, fit.types), type=np.tile(types + 1, len(labels)))
    return pd.concat([out, shares.reset_index(drop=True)], axis=1)
