"""Residuals: the most common rows, observed and expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.lazy import lazy_import
from ..profiles import Profiles, Traced
from ..results.fit_result import Fit
from .fitted_rows import FittedRows, merged, require_categories, require_fit, rows_of
from .parametric_bootstrap import whole_number

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["residuals"]

COUNTS = ("menus", "observed", "expected", "standardised")
"""Columns beside those of the items."""


def residuals(fit: Fit, profiles: Profiles | Traced, top: int = 20) -> pd.DataFrame:
    """Return the most common rows of the data with the number that a fit expects of each.

    Parameters
    ----------
    fit : Fit
        A fit of items of categories.
    profiles : Profiles or coded ballots
        Data with the items of the fit.
    top : int
        How many rows, those with the most observations first.

    Returns
    -------
    DataFrame
        One column for each item with its outcome, None where it is missing; menus, the items for which less than all
        outcomes were on offer, with the menus; observed, expected (given the number of rows with the same menus and
        missing items) and standardised, (observed - expected) / sqrt(expected). An item that is called like one of
        these columns has "_item" behind its name.

    Raises
    ------
    InputError
        If there are items or outcomes that were not fitted, or `top` is no whole number.
    UnsupportedError
        For items of numbers.

    Notes
    -----
    E_u = N_m sum_k pi_k prod_j p_kj(x_uj), with the N_m observations of the pattern m of menus and missing items. Where
    shares depend on covariates or groups, N_m pi_k is the sum of the rows' own shares of type k: rows with the same
    answers are one whatever else they have.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "n": [30, 10, 10, 30]}
    >>> profiles = blocs.Profiles.from_table(table, weights="n")
    >>> blocs.residuals(blocs.fit(profiles, types=1), profiles, top=2).round(3)
       a  b menus  observed  expected  standardised
    0  0  0            30.0      20.0         2.236
    1  1  1            30.0      20.0         2.236
    """
    require_fit(fit)
    most = whole_number("top", top, 1)
    require_categories(fit.schema, "A residual")
    data = fit.observations(profiles).recoded(fit.schema)  # items that are free by group ask for the groups
    rows = rows_of(fit, merged(data))
    common = fit.mixture.membership.common
    observed, expected = rows.profiles.weights, np.exp(rows.log_expected) if common else _by_own_shares(fit, data, rows)
    first = np.argsort(-observed, kind="stable")[:most]
    columns = {f"{name}_item" if name in COUNTS else name: pd.Series(_outcomes(rows, j, first), dtype=object)
               for j, name in enumerate(rows.profiles.schema.names)}  # fmt: skip
    with np.errstate(divide="ignore"):
        standardised = (observed - expected) / np.sqrt(expected)
    return pd.DataFrame({**columns, "menus": [_menus(rows, u) for u in first], "observed": observed[first],
                         "expected": expected[first], "standardised": standardised[first]})  # fmt: skip


def _by_own_shares(fit: Fit, data: Profiles, rows: FittedRows) -> NDArray[np.float64]:
    """Return (U,) the expected numbers of rows where each row of the data has shares of its own."""
    own = rows_of(fit, data)
    shard, membership = own.mixture.shard(own.profiles), own.mixture.membership
    pi = membership.prior(own.params.columns()[0], shard)[shard.group]
    of_types = np.column_stack([
        np.bincount(own.patterns.number, own.profiles.weights * share, len(own.patterns.n)) for share in pi.T
    ])  # fmt: skip
    codes = rows.profiles.codes.astype(np.int64) + rows.profiles.schema.offsets[:-1]
    logs = rows.mixture.log_table(rows.params)
    given = np.zeros((len(codes), of_types.shape[1]))
    for column in codes.T:
        given += logs[column]
    return np.asarray((of_types[rows.patterns.number] * np.exp(given)).sum(axis=1))


def _outcomes(rows: FittedRows, j: int, which: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[object]:
    item = rows.profiles.schema.items[j]
    labels = [None, *(item.outcomes[option] for _, option in item.codes)]
    return [labels[code] for code in rows.profiles.codes[which, j]]


def _menus(rows: FittedRows, u: int) -> str:
    """Return the items of which a row had less than all outcomes on offer, with the menus."""
    menus = rows.patterns.menus[rows.patterns.number[u]]
    words = [
        f"{item.name}: {'|'.join(map(str, item.menu_labels(m)))}"
        for item, m in zip(rows.profiles.schema.items, menus.tolist(), strict=True)
        if m >= 0 and len(item.menus[m]) < len(item.outcomes)
    ]
    return "; ".join(words)
