"""shares_by_group: the shares of the types in every group with standard errors, and drawn to their mean on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..core.lazy import lazy_import
from ..model.group_sums import GroupInformation, group_information
from ..profiles import Profiles, Traced
from ..results.fit_result import Fit
from ..results.fit_tables import group_frame, groups_of, shown_groups
from .concentration import concentrated
from .curvature import require_maximum
from .error_tables import UNKNOWN
from .fitted_rows import observations
from .log_odds_interval import log_odds_interval
from .variances import NONE

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["SharesByGroup", "shares_by_group"]

Floats = NDArray[np.float64]
LEAST = 1e-3
"""Observations of a type in a group below which its share is on the boundary."""


class _Errors(NamedTuple):
    """se (G, K), NaN without one; flag (G, K): why there is none, or ""."""

    se: Floats
    flag: NDArray[np.str_]


@dataclass(frozen=True, repr=False)
class SharesByGroup:
    """The shares of the types in every group; made by `blocs.shares_by_group`.

    Attributes
    ----------
    fit : Fit
        The fit, whose types are held fixed.
    shares : (G, K) float
        Shares of each group.
    se : (G, K) float
        Their standard errors, NaN without one.
    flags : (G, K) str
        Why there is none: "boundary", a share of 0 or 1; "not_identified", the rows of the group cannot tell; "alike",
        groups do not differ by what their observations tell, and each has the mean shares; or "".
    concentration : float or None
        The concentration of the Dirichlet distribution by which shares are drawn to their mean, in observations;
        infinite where the groups do not differ; None where shares are those of maximum likelihood.
    sampled : bool
        Whether observations have sampling weights; the errors are then robust.
    """

    fit: Fit
    shares: Floats
    se: Floats
    flags: NDArray[np.str_]
    concentration: float | None
    sampled: bool = False

    def __repr__(self) -> str:
        return f"<SharesByGroup of {len(self.shares):,} groups: {self.kind}>"

    @property
    def kind(self) -> str:
        """What the standard errors are, in words."""
        if self.concentration is None:
            return f"{'robust' if self.sampled else 'observed information'}, types held fixed"
        prior = f"a Dirichlet prior at the mean shares, concentration {self.concentration:,.4g}"
        return f"posterior, types held fixed; {prior}"

    def table(self, minimum: int = 1) -> pd.DataFrame:
        """Return the shares as one table.

        Parameters
        ----------
        minimum : int
            Groups of fewer observations are withheld, as by `Fit.shares_by_group`: all their numbers are NaN.

        Returns
        -------
        DataFrame
            One row for each group and type: the columns of the groups, n (observations of the group), type, share, se,
            low, high, flag ("withheld" where it is). Intervals of 95 per cent are made on the scale of log-odds.

        Raises
        ------
        InputError
            For a minimum below 1.
        """
        groups = groups_of(self.fit.mixture.membership)
        of_group = shown_groups(groups, minimum)
        shown = np.repeat(of_group, self.fit.types)
        share, se = (np.where(shown, values.ravel(), np.nan) for values in (self.shares, self.se))
        flag = np.where(shown, self.flags.ravel(), "withheld")
        low, high = log_odds_interval(share, se)
        frame = group_frame(groups, self.fit.types, of_group)
        return frame.assign(share=share, se=se, low=low, high=high, flag=flag.astype(object))


def shares_by_group(fit: Fit, profiles: Profiles | Traced, *, shrink: bool = False) -> SharesByGroup:
    """Return the shares of the types in every group of a fit with standard errors, for any number of groups.

    Parameters
    ----------
    fit : Fit
        A fit with `groups=`, by maximum likelihood.
    profiles : Profiles or coded ballots
        The data that were fitted.
    shrink : bool
        Whether to draw the shares of each group to their mean over all: the more, the fewer observations it has, the
        less these tell the types apart, and the less the groups differ.

    Returns
    -------
    SharesByGroup
        `table(minimum=)`, `concentration` and `kind`.

    Raises
    ------
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        If groups have no shares of their own, for fits with a prior, and for `shrink` with sampling weights.

    See Also
    --------
    blocs.standard_errors : errors that count those of the types too: its `shares_by_group`.

    Notes
    -----
    The types' probabilities are held at their estimates, so that each group has its own likelihood, and its information
    about the log-odds of its shares is A = sum w_u (zeta_u - pi_g)(zeta_u - pi_g)'. With sampling weights the errors
    are those of A^-1 B A^-1, where B has the squares of the weights of single observations. With `shrink` the shares of
    groups have a Dirichlet distribution with the mean shares of the fit and a concentration that maximises the
    likelihood of all groups, by Laplace's approximation on the scale of log-odds; a group's shares are then the mode on
    that scale, which is (c_g + a m) / (n_g + a) with its expected numbers c_g of the types (`docs/formulas.md`, "Shares
    by group").

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 1, 1, 1, 0], "precinct": [1, 1, 1, 2, 2, 2]}
    >>> profiles = blocs.Profiles.from_table({**table, "c": table["a"]}, covariates="precinct")
    >>> blocs.shares_by_group(blocs.fit(profiles, types=1, groups="precinct"), profiles)
    <SharesByGroup of 2 groups: observed information, types held fixed>
    """
    require_maximum(fit, "Shares by group with standard errors are")
    groups_of(fit.mixture.membership)
    of = observations(fit, profiles)
    if shrink and of.design:
        raise UnsupportedError("Shares drawn to their mean are not available with sampling weights: how far they are "
                               "drawn is found by the likelihood of independent observations. Leave out "
                               "`shrink=`.")  # fmt: skip
    fit.check(of)
    rows = of.recoded(fit.schema)
    mixture = fit.mixture.bind(rows.schema)
    if not shrink:
        pi, counts = fit.params.membership[1:, 0], fit.groups.weights if fit.groups else ()
        errors = _errors(pi, group_information(mixture, fit.params, rows), np.array(counts))
        return SharesByGroup(fit, pi, *errors, None, of.design)
    drawn = concentrated(mixture, fit.params, rows)
    pi = drawn.params.membership[1:, 0]
    if not np.isfinite(drawn.concentration):
        return SharesByGroup(fit, pi, np.full(pi.shape, np.nan), np.full(pi.shape, "alike"), drawn.concentration)
    errors = _errors(pi, GroupInformation(drawn.information, None), drawn.n + drawn.concentration)
    return SharesByGroup(fit, pi, *errors, drawn.concentration)


def _errors(pi: Floats, information: GroupInformation, n: Floats) -> _Errors:
    """Return the standard errors of shares (G, K) with information about their logs, up to a factor.

    Divided by sqrt(n pi_k) on both sides, the information about known types is the projection away from sqrt(pi), so
    that its eigenvalues here are parts of the information of known types.
    """
    types = pi.shape[1]
    inside = pi * n[:, None] >= LEAST
    root = np.where(inside, np.sqrt(np.where(inside, pi, 1.0) * n[:, None]), np.inf)
    value, vector = np.linalg.eigh(information.observed / root[:, :, None] / root[:, None, :])
    some = value > NONE
    inverse = np.where(some, 1 / np.where(some, value, 1.0), 0.0)
    sized = np.sqrt(pi)
    slope = (np.eye(types) - sized[:, :, None] * sized[:, None]) * np.sqrt(pi / n[:, None])[:, :, None]
    turned = np.einsum("gkl,glm->gkm", slope, vector)
    parts, variance = turned**2, (turned**2 * inverse[:, None]).sum(axis=2)
    if information.squared is not None:
        middle = information.squared / root[:, :, None] / root[:, None, :]
        bread = (turned * inverse[:, None]) @ vector.swapaxes(1, 2)
        variance = ((bread @ middle) * bread).sum(axis=2)
    unknown = (parts * ~some[:, None]).sum(axis=2) > UNKNOWN * (slope**2).sum(axis=2)
    alone = inside.sum(axis=1, keepdims=True) == 1
    flag = np.where(~inside | alone, "boundary", np.where(unknown, "not_identified", ""))
    return _Errors(np.where(flag == "", np.sqrt(variance), np.nan), flag)
