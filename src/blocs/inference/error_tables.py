"""StandardErrors: shares, probabilities and parameters of a fit with standard errors and intervals, as tidy tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.lazy import lazy_import
from ..core.schema import Schema
from ..model.scores import parameter_positions, to_free_vector
from ..profiles import Covariates
from ..results.fit_result import Fit
from .classification import Classification
from .coefficient_tests import Wald
from .coefficients import Coefficients
from .kept_parameters import Kept, MeanShares
from .log_odds_interval import NORMAL, log_odds_interval
from .outcome_errors import Estimate, OutcomeErrors
from .variances import Spectrum

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["StandardErrors"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TESTED_OTHERWISE = ("`blocs.shares_test` tests the terms by likelihood ratios, which are there without sampling "
                    "weights.")  # fmt: skip
"""What there is where coefficients on the boundary have no Wald test."""
UNKNOWN = 1e-6
"""Part of a variance in directions of which the data say nothing, above which it is not given."""


@dataclass(frozen=True, repr=False)
class StandardErrors:
    """Standard errors and 95 per cent confidence intervals of a fit; made by `blocs.standard_errors`.

    Attributes
    ----------
    fit : Fit
        The fit.
    kept : Kept
        Its free parameters, those on the boundary marked.
    matrix : (p, p) float
        Covariance matrix of the parameters that are not on the boundary, in the order of `names`.
    spectrum : Spectrum
        How much of the information of known types the data have, by direction.
    kind : str
        What they are, in words.
    notes : tuple of str
        What a reader should know.
    schema : Schema
        Items and menus of the data.
    alike : tuple of int
        Types that the data do not tell apart from another: nothing is known of them by themselves.
    covariates : tuple, or None
        The distinct rows of covariates of the data, and the weight of each.
    classification : Classification, or None
        How clearly the observations belong to the types.
    df : int, or None
        Degrees of freedom of the fit as `blocs.goodness_of_fit` counts them: free cells of the table of all possible
        rows, less the parameters. None with covariates, shares by group, and items of counts and measurements.

    Notes
    -----
    Flags: "boundary", an estimate at 0 or 1, or at the end of its range; "fixed", nothing is estimated; "unknown", a
    type says nothing of it; "not_identified", the data cannot tell it apart from others; "floor" and "singular", as
    `Fit.flags`. Standard errors are NaN there.

    Examples
    --------
    >>> import blocs
    >>> profiles = blocs.Profiles.from_table({"a": [0, 0, 0, 1], "b": [0, 0, 1, 1]})
    >>> blocs.standard_errors(blocs.fit(profiles, types=1), profiles)
    <StandardErrors of 2 parameters, none at the boundary: observed information>
    """

    fit: Fit
    kept: Kept
    matrix: Floats
    spectrum: Spectrum
    kind: str
    notes: tuple[str, ...]
    schema: Schema
    alike: tuple[int, ...] = ()
    covariates: tuple[Covariates, Floats] | None = None
    classification: Classification | None = None
    df: int | None = None

    def __repr__(self) -> str:
        out = len(self.kept.boundary)
        return (
            f"<StandardErrors of {len(self.kept.kept) + out} parameters, {out or 'none'} at the boundary: {self.kind}>"
        )

    @property
    def at_boundary(self) -> int:
        """Number of parameters that are taken out."""
        return len(self.kept.boundary)

    @property
    def least_information(self) -> float:
        """Share of the information of known types in the direction that has the least; 1 without parameters."""
        return float(self.spectrum.share.min(initial=1.0))

    @property
    def names(self) -> list[str]:
        """The parameters that are not on the boundary, in the order of `matrix`."""
        return [parameter.words for parameter in self.kept.kept]

    def shares(self) -> pd.DataFrame:
        """Return the shares of the types.

        Returns
        -------
        DataFrame
            One row for each type: type, share, se, low, high, flag. Intervals are made on the scale of log-odds.
        """
        odds, types = self.kept.shares, list(range(self.fit.types))
        moved = bool(self.kept.basis[odds.at].any())  # else covariates separate all types
        exact = odds.among(types) if moved else np.zeros(len(types))
        rows = [
            (k + 1, share, *self._error(k, share, odds.at, odds.slope(types, k), exact[k]))
            for k, share in enumerate(self.fit.params.shares[0].tolist())
        ]
        return pd.DataFrame(rows, columns=["type", "share", "se", "low", "high", "flag"])

    def shares_by_group(self, minimum: int = 1) -> pd.DataFrame:
        """Return the shares of the types in every group, with errors that count those of the types' probabilities too.

        Parameters
        ----------
        minimum : int
            Groups of fewer observations are withheld, as by `Fit.shares_by_group`: all their numbers are NaN.

        Returns
        -------
        DataFrame
            One row for each group and type: the columns of the groups, n (observations of the group), type, share, se,
            low, high, flag ("withheld" where it is).

        Raises
        ------
        InputError
            For a minimum below 1.
        UnsupportedError
            If groups have no shares of their own.
        """
        table, types = self.fit.shares_by_group(minimum), list(range(self.fit.types))
        values = table["share"].to_numpy().reshape(-1, self.fit.types)
        rows = [
            Estimate(np.nan, np.nan, np.nan, "withheld") if np.isnan(share)
            else self._error(k, float(share), odds.at, odds.slope(types, k), odds.among(types)[k])
            for odds, own in zip(self.kept.groups, values, strict=True) for k, share in enumerate(own)
        ]  # fmt: skip
        return table.assign(**pd.DataFrame(rows, columns=Estimate._fields))

    def table(self, by_menu: bool = False) -> pd.DataFrame:
        """Return the outcome probabilities, as `Fit.table`.

        Parameters
        ----------
        by_menu : bool
            Whether to give the probabilities on every menu of the data instead of those of a choice among all outcomes.

        Returns
        -------
        DataFrame
            One row for each type, item and outcome: type, item, outcome, probability, se, low, high, flag; with
            `by_menu` also menu, its outcomes with | between them. Intervals are made on the scale of log-odds.
        """
        errors = OutcomeErrors(self.fit, self.schema, self.kept, self._error)
        rows = list(errors.by_menu() if by_menu else errors.outcomes())
        names = ["type", "item", *(["menu"] if by_menu else []), "outcome", "probability", "se", "low", "high", "flag"]
        return pd.DataFrame(rows, columns=names).astype({"outcome": object})

    def coefficients(self, reference: int = 1) -> pd.DataFrame:
        """Return the coefficients of covariates, as `Fit.coefficients`.

        Parameters
        ----------
        reference : int
            Number of the type that the others are compared with; nothing is fitted again.

        Returns
        -------
        DataFrame
            One row for each other type and column of the formula: type, term, coefficient, se, z, p (of z, two-sided),
            odds_ratio, low, high (of the coefficient), flag.

        Raises
        ------
        InputError
            If there is no such type.
        UnsupportedError
            If the fit has no covariates.
        """
        return self.coefficient_estimates.table(reference)

    def margins(self) -> pd.DataFrame:
        """Return the average marginal effects of the covariates on the shares of the types.

        Returns
        -------
        DataFrame
            One row for each covariate, or level but the first, and type: covariate, change ("one more unit", or the
            level that it is compared with), type, effect (of a share, in parts of 1), se, z, p (two-sided), low, high,
            flag.

        Raises
        ------
        UnsupportedError
            If the fit has no covariates.

        Notes
        -----
        Of a number z, the mean of d pi_uk / dz over the rows; of a level, the mean share with all rows at that level
        less that with all at the first, whatever else is known of the rows. The covariates of the rows are taken as
        given: errors are those of the coefficients (delta method). The effects on all types add to 0.
        """
        coefficients = self.coefficient_estimates
        assert self.covariates is not None
        return coefficients.margins(*self.covariates)

    def wald_tests(self) -> list[Wald]:
        """Return the tests of all terms whose coefficients have standard errors, as `wald`; none without covariates.

        Returns
        -------
        list of Wald
        """
        return [] if self.fit.design is None else self.coefficient_estimates.tests()

    def wald(self, term: str) -> Wald:
        """Test that a term of the formula makes no difference: all its coefficients are 0, of all types.

        Parameters
        ----------
        term : str
            A term as it is written in the formula, such as "C(party)", or the column that it is of.

        Returns
        -------
        Wald
            term, statistic (chi-squared), df, p.

        Raises
        ------
        InputError
            If there is no such term.
        UnsupportedError
            If the fit has no covariates, one type, or coefficients of the term without standard errors.

        Notes
        -----
        W = b' V^-1 b, with the covariance matrix V of the kind of these standard errors. The likelihood ratio against a
        fit without the term may differ much from it.
        """
        return self.coefficient_estimates.wald(term)

    def parameters(self) -> pd.DataFrame:
        """Return the free parameters: log-odds, logs of rates, means and covariances.

        Returns
        -------
        DataFrame
            One row for each: type (0 where all types share it), item ("" for the shares), parameter, value, se, low,
            high, flag. Log-odds are against the most probable outcome. Those on the boundary have the value -inf where
            they are log-odds. With covariates the log-odds of types are those of centred and scaled columns;
            `coefficients` has them in the units of the covariates.
        """
        variance, rows = self._of_kept, []
        for of in self.kept.parameters:
            se = float(variance[of.column]) ** 0.5 * abs(of.scale) if of.column >= 0 else np.nan
            flag = of.flag or ("not_identified" if np.isnan(se) or of.type in self.alike else "")
            if of.positive and of.value > 0:
                low, high = (of.value * np.exp(side * NORMAL * se / of.value) for side in (-1, 1))
            else:
                low, high = (of.value + side * NORMAL * se for side in (-1, 1))
            se, low, high = (np.nan, np.nan, np.nan) if flag else (se, low, high)
            rows.append((of.type, of.item or "", of.name, of.value, se, low, high, flag))
        names = ["type", "item", "parameter", "value", "se", "low", "high", "flag"]
        return pd.DataFrame(rows, columns=names)

    @cached_property
    def coefficient_estimates(self) -> Coefficients:
        """The coefficients of covariates; UnsupportedError where the fit has none."""
        self.fit.coefficients()  # refuses fits without covariates
        design, places = self.fit.design, parameter_positions(self.fit.mixture)[0]
        assert design is not None
        at = np.sort(places[places >= 0])
        theta = to_free_vector(self.fit.mixture, self.fit.params)[0][at]
        covariance, own = self._of_free[0][np.ix_(at, at)], self.kept.shares

        def flag(slope: Floats, types: Collection[int]) -> str:
            away = slope @ own.away if isinstance(own, MeanShares) else np.zeros(0)
            if (away**2).sum() > UNKNOWN * (slope**2).sum():
                return "boundary"
            return "not_identified" if self._unknown(at, slope) or {*types} & {*self.alike} else ""

        return Coefficients(design, self.fit.types, theta, covariance, flag, TESTED_OTHERWISE)

    # From derivatives by the free parameters to errors

    @cached_property
    def _of_kept(self) -> Floats:
        """(p,) variances of the kept parameters, NaN where the data cannot tell them apart from others."""
        unknown, known = ((z**2).sum(axis=1) for z in (self.spectrum.null, self.spectrum.directions))
        return np.where(unknown > UNKNOWN * known, np.nan, np.diagonal(self.matrix))

    @cached_property
    def _of_free(self) -> tuple[Floats, Floats, Floats]:
        """(P, P) covariance matrix of the free parameters, and their (P, .) parts in the directions of the spectrum."""
        basis = self.kept.basis
        return basis @ self.matrix @ basis.T, basis @ self.spectrum.null, basis @ self.spectrum.directions

    def _unknown(self, at: Ints, slope: Floats) -> bool:
        """Whether the data do not tell a value with derivatives `slope` by the free parameters `at`."""
        unknown, known = (float(((slope @ z[at]) ** 2).sum()) for z in self._of_free[1:])
        return unknown > UNKNOWN * known

    def _error(self, k: int, value: float, at: Ints, slope: Floats, exact: float) -> Estimate:
        """Return the error of a probability of type k (from 0) with derivatives `slope` by the free parameters `at`.

        exact: the probability without outcomes on the boundary.
        """
        if np.isnan(value) or exact in (0.0, 1.0) or not len(at):
            flag = "unknown" if np.isnan(value) else "boundary" if len(at) else "fixed"
            return Estimate(np.nan, np.nan, np.nan, flag)
        if self._unknown(at, slope) or k + 1 in self.alike:
            return Estimate(np.nan, np.nan, np.nan, "not_identified")
        se = float(slope @ self._of_free[0][np.ix_(at, at)] @ slope) ** 0.5
        low, high = log_odds_interval(value, se)
        return Estimate(se, float(low), float(high), "")
