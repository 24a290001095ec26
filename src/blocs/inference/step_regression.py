"""StepRegression: how the shares of the types of a fit depend on covariates, estimated after the types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.lazy import lazy_import
from ..membership import Design
from ..profiles import Covariates
from ..results.fit_result import Fit
from .coefficient_tests import Wald, printed
from .coefficients import Coefficients
from .margins import distinct_rows
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
        return "\n".join([repr(self)[1:-1], "", table, "", *map(str, self.tests()), *self.notes])

    @property
    def matrix(self) -> Floats:
        """Covariance matrix of the coefficients, (m, m) in the order of the rows of `coefficients()`."""
        units = self._coefficients.units
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
            odds_ratio, low, high (of the coefficient), flag. Flags: "boundary", the coefficient is infinite, as where a
            column separates types; "not_identified", the data cannot tell it apart from others. There is no standard
            error then.

        Raises
        ------
        InputError
            If there is no such type.
        """
        return self._coefficients.table(reference)

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
        return self._coefficients.wald(term)

    def tests(self) -> list[Wald]:
        """Return the tests of all terms whose coefficients have standard errors, as `wald`."""
        return self._coefficients.tests()

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
        return self._coefficients.margins(*distinct_rows(self.covariates, self.weights))

    @property
    def _coefficients(self) -> Coefficients:
        own = self.estimate
        return Coefficients(self.design, self.fit.types, own.theta, own.matrix, lambda slope, _: own.flag(slope))
