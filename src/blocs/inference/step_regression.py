"""StepRegression: how the shares of the types of a fit depend on covariates, estimated after the types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..core.lazy import lazy_import
from ..core.summary import p_value
from ..membership import Design
from ..profiles import Covariates
from ..results.fit_result import Fit
from ..results.fit_tables import check_reference
from .coefficient_tests import Wald, printed, wald, with_tests
from .log_odds_interval import NORMAL
from .margins import distinct_rows, margin_table, margins
from .steps import StepEstimate

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["StepRegression"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class StepRegression:
    """Coefficients of covariates that the shares of the types depend on; made by `blocs.regress`.

    Attributes
    ----------
    fit : Fit
        The fit of the types.
    method : str
        How they were estimated, in words.
    kind : str
        What the standard errors are, in words.
    n : float
        Observations that were used.
    notes : tuple of str
        What a reader should know.
    estimate : StepEstimate
        The coefficients of centred and scaled columns.
    design : Design
        The columns of the formula.
    covariates : Covariates
        Those of the rows.
    weights : (R,) float
        Weights of the rows.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 1] * 40, "b": [0, 1] * 38 + [1, 0] * 2, "c": [0, 1] * 40, "x": [0, 1, 1, 0, 0, 1, 0, 1] * 10}
    >>> profiles = blocs.Profiles.from_table(table, items=["a", "b", "c"], covariates="x")
    >>> blocs.regress(blocs.fit(profiles, types=2, seed=1), profiles, "~ x")
    <StepRegression ~ x: two-step, 2 types, 80 observations; robust, corrected for the first step>
    """

    fit: Fit
    method: str
    kind: str
    n: float
    notes: tuple[str, ...]
    estimate: StepEstimate
    design: Design
    covariates: Covariates
    weights: Floats

    def __repr__(self) -> str:
        return (
            f"<StepRegression {self.design.formula}: {self.method}, {self.fit.types} types, {self.n:,.0f} "
            f"observations; {self.kind}>"
        )

    def __str__(self) -> str:
        table = printed(self.coefficients())
        tests = [
            f"Wald test of {test.term}: {test.statistic:.3f} on {test.df}, {p_value(test.p)}" for test in self.tests()
        ]
        return "\n".join([repr(self)[1:-1], "", table, "", *tests, *self.notes])

    @property
    def matrix(self) -> Floats:
        """Covariance matrix of the coefficients, (m, m) in the order of the rows of `coefficients()`."""
        units = self._units
        return np.asarray(units @ self.estimate.matrix @ units.T)

    def coefficients(self, reference: int = 1) -> pd.DataFrame:
        """Return the coefficients: log-odds of each type against one of them, in the units of the covariates.

        Parameters
        ----------
        reference : int
            The type that others are compared with.

        Returns
        -------
        DataFrame
            One row for each other type and column of the formula: type, term, coefficient, se, z, p (of z, two-sided),
            low, high, odds_ratio, flag. Flags: "boundary", the coefficient is infinite, as where a column separates
            types; "not_identified", the data cannot tell it apart from others. There is no standard error then.

        Raises
        ------
        InputError
            If there is no such type.
        """
        types = self.fit.types
        check_reference(reference, types)
        wide, rows = len(self.design.columns), []
        all_units = np.concatenate([np.zeros((wide, self._units.shape[1])), self._units])
        for k in range(types):
            if k + 1 == reference:
                continue
            for q, term in enumerate(self.design.columns):
                slope = all_units[k * wide + q] - all_units[(reference - 1) * wide + q]
                value = float(slope @ self.estimate.theta)
                rows.append((k + 1, term, value, *self._of(value, slope)))
        table = pd.DataFrame(rows, columns=["type", "term", "coefficient", "se", "low", "high", "flag"])
        names = ["type", "term", "coefficient", "se", "z", "p", "low", "high", "odds_ratio", "flag"]
        return with_tests(table.assign(odds_ratio=np.exp(table["coefficient"])), "coefficient", names)

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
            If coefficients of the term have no standard errors.
        """
        slopes = self._of_term(term)
        flags = sorted({flag for slope in slopes if (flag := self.estimate.flag(slope))})
        if flags:
            raise UnsupportedError(
                f"A Wald test of {term} is not available: there are coefficients without standard errors "
                f"({', '.join(flags)})."
            )
        return wald(term, slopes @ self.estimate.theta, slopes, self.estimate.matrix)

    def tests(self) -> list[Wald]:
        """Return the tests of all terms whose coefficients have standard errors, as `wald`."""
        words = dict.fromkeys(of.words for of in self.design.terms)
        return [
            self.wald(term) for term in words if not any(self.estimate.flag(slope) for slope in self._of_term(term))
        ]

    def margins(self) -> pd.DataFrame:
        """Return the average change of each type's share with each covariate.

        Returns
        -------
        DataFrame
            One row for each covariate, or level but the first, and type: covariate, change ("one more unit", or the
            level that it is compared with), type, effect (of a share, in parts of 1), se, z, p, low, high, flag. The
            effect of a number is that of one more unit, where the shares are now; of a level, the difference between
            all observations being at it and all at the first level. The effects sum to 0 over the types. The covariates
            of the observations are taken as they are.
        """
        rows = distinct_rows(self.covariates, self.weights)
        found = margins(self.design, *rows, self.estimate.theta, self.fit.types)
        return margin_table(found, lambda _, change, slope: self._of(change, slope))

    def _of(self, value: float, slope: Floats) -> tuple[float, float, float, str]:
        """Return the standard error, interval and flag of a value, from its derivatives (m,) by the parameters."""
        if flag := self.estimate.flag(slope):
            return np.nan, np.nan, np.nan, flag
        se = float(slope @ self.estimate.matrix @ slope) ** 0.5
        return se, value - NORMAL * se, value + NORMAL * se, ""

    @property
    def _units(self) -> Floats:
        """(m, m) matrix from the coefficients of centred and scaled columns to those in the units of the covariates."""
        return np.asarray(np.kron(np.eye(self.fit.types - 1), self.design.units), dtype=np.float64)

    def _of_term(self, term: str) -> Floats:
        """Return (d, m) the rows of `_units` for a term."""
        wide = len(self.design.columns)
        columns = self.design.of_term(term)
        return self._units[[k * wide + q for k in range(self.fit.types - 1) for q in columns]]
