"""as_cast_errors: intervals of what the types did in each office, from sums over the profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..ballots.reports.as_cast import STOOD, as_cast
from ..core.lazy import lazy_import
from ..core.top_party import TOP
from ..profiles import Profiles, split
from ..results.expected import expected_counts
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .log_odds_interval import log_odds_interval

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["as_cast_errors", "errors_of_posteriors"]

OUTCOMES = ("abstain", "split", "straight", "other")
KEYS = ("type", TOP, "office", "stood")
LEAST = 0.5
"""Expected voters with an outcome, or without it, below which its share is at 0, or at 1: rounded, there is nobody."""


def as_cast_errors(fit: Fit | FitsByGroup, profiles: Profiles) -> pd.DataFrame:
    """Return what each type did in each office, as cast, with standard errors and 95 per cent intervals.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        Types of coded ballots; of all voters, or by the party at the top of the ticket.
    profiles : Profiles
        The ballots, with the group "top".

    Returns
    -------
    DataFrame
        One row for each type, top party, office, who stood and outcome that was on a menu: type, top, office, stood and
        voters as in `blocs.ballots.reports.as_cast.as_cast`, in its order; outcome; probability; se, low, high, NaN
        where fewer than half a voter is expected with the outcome, or without it. The types are held fixed; intervals
        are made on the scale of log-odds.

    Notes
    -----
    The share p of an outcome is a ratio of sums, sum_u n_u zeta_uk y_u / sum_u n_u zeta_uk, over the voters u with the
    menu; y_u is 1 for those who chose it. Linearised, its variance for independent voters is sum_u n_u zeta_uk^2 (y_u -
    p)^2 / (sum_u n_u zeta_uk)^2. Where an estimated probability is at 0, posteriors near 0 leave a p that
    is not quite 0, and whose interval would have no width.
    """
    if isinstance(fit, FitsByGroup):
        parts = []
        for label, part in split(profiles, fit.by).items():
            number = dict(zip(fit.order[label], range(1, fit.types + 1), strict=True))
            table = errors_of_posteriors(part, fit.fits[label].evaluate(part).posterior)
            parts.append(table.assign(type=table["type"].map(number)))
        whole = pd.concat(parts, ignore_index=True)
        stood = whole.assign(stood=pd.Categorical(whole["stood"], STOOD))
        return whole.loc[stood.sort_values(["type", "stood", TOP], kind="stable").index].reset_index(drop=True)
    return errors_of_posteriors(profiles, fit.evaluate(profiles).posterior)


def errors_of_posteriors(profiles: Profiles, zeta: NDArray[np.float64]) -> pd.DataFrame:
    """Return the table of `as_cast_errors`. zeta: (U, K) posterior probabilities of the types."""
    shares = _long(as_cast(expected_counts(profiles, zeta, TOP)))
    squares = _long(as_cast(expected_counts(profiles, zeta**2, TOP)))  # sums of n zeta^2, divided by their total
    # by keys: a sum of posteriors near 0 has a row, and that of their squares, which is 0, has none
    squares = shares[[*KEYS, "outcome"]].merge(squares, on=[*KEYS, "outcome"], how="left", validate="1:1")
    p, own = shares["probability"].to_numpy(), squares["probability"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        q = ((1 - p) ** 2 * own + p**2 * (1 - own)) * squares["voters"] / shares["voters"] ** 2
    voters = shares["voters"].to_numpy()
    inside = (np.minimum(p, 1 - p) * voters >= LEAST) & (q.to_numpy() > 0)
    se = np.sqrt(np.where(inside, q, np.nan))
    low, high = log_odds_interval(p, se)
    return shares.assign(se=se, low=low, high=high)


def _long(cast: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each outcome that was on a menu, the rows of the table in their order."""
    long = cast.reset_index(names="row").melt(["row", *KEYS, "voters"], list(OUTCOMES), "outcome", "probability")
    known = long.dropna(subset="probability").sort_values("row", kind="stable", ignore_index=True)
    return known.drop(columns="row").astype({"outcome": str})
