"""DistalOutcome: an outcome by type with standard errors, intervals and tests of differences between types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..core.lazy import lazy_import
from ..core.schema import Label
from ..membership import Design
from ..results.fit_result import Fit
from .coefficient_tests import Wald, printed, wald, with_tests
from .log_odds_interval import NORMAL, log_odds_interval
from .steps import StepEstimate

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["DistalOutcome"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class DistalOutcome:
    """An outcome by type; made by `blocs.distal`.

    Attributes
    ----------
    fit : Fit
        The fit of the types.
    outcome : str
        The column.
    method : str
        How it was estimated, in words.
    kind : str
        What the standard errors are, in words.
    free : str
        What was estimated beside the outcome, in words; "" where nothing was.
    n : float
        Observations that were used.
    notes : tuple of str
        What a reader should know.
    estimate : StepEstimate
        The parameters.
    values : (K, L) float
        The outcome of each type: a mean or proportion (L = 1), or the probabilities of L categories.
    slopes : (K, L, m) float
        Their derivatives by the parameters.
    probability : bool
        Whether the values are probabilities.
    categories : tuple, optional
        Labels of the categories, None for a mean or proportion.
    design : Design, optional
        The controls, None without any.
    effects : (K, C, Q, m) float, optional
        Derivatives of the coefficients of the controls, centred and scaled, by the parameters; None without any.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 1] * 40, "b": [0, 1] * 38 + [1, 0] * 2, "c": [0, 1] * 40, "y": [1, 4, 2, 5] * 20}
    >>> profiles = blocs.Profiles.from_table(table, items=["a", "b", "c"], outcomes="y")
    >>> blocs.distal(blocs.fit(profiles, types=2, seed=1), profiles, "y")
    <DistalOutcome y: BCH, modal assignment, 2 types, 80 observations; robust, corrected for the first step>
    """

    fit: Fit
    outcome: str
    method: str
    kind: str
    free: str
    n: float
    notes: tuple[str, ...]
    estimate: StepEstimate
    values: Floats
    slopes: Floats
    probability: bool
    categories: tuple[Label, ...] | None
    design: Design | None
    effects: Floats | None

    def __repr__(self) -> str:
        return (
            f"<DistalOutcome {self.outcome}: {self.method}, {self.fit.types} types, {self.n:,.0f} observations; "
            f"{self.kind}>"
        )

    def __str__(self) -> str:
        table = printed(self.table())
        test = self.tests().iloc[0]
        words = [str(Wald("no difference", test["statistic"], test["df"], test["p"]))]
        free = [self.free] if self.free else []
        return "\n".join([repr(self)[1:-1], "", table, "", *words, *free, *self.notes])

    @property
    def matrix(self) -> Floats:
        """Covariance matrix of the estimates, (K L, K L) in the order of the rows of `table()`."""
        slopes = self.slopes.reshape(-1, self.slopes.shape[2])
        return np.asarray(slopes @ self.estimate.matrix @ slopes.T)

    def table(self) -> pd.DataFrame:
        """Return the outcome of each type.

        Returns
        -------
        DataFrame
            One row for each type, and category if there are any: type, category, estimate, se, low, high, flag.
            Intervals of probabilities are made on the scale of log-odds. Flags are those of
            `StepRegression.coefficients`, and "few": fewer than 5 observations with the outcome are expected of the
            type, or assigned to it, too few for a standard error. With controls the estimates are at the means of
            these.
        """
        rows = []
        for k, (values, slopes) in enumerate(zip(self.values.tolist(), self.slopes, strict=True)):
            for i, (value, slope) in enumerate(zip(values, slopes, strict=True)):
                category = () if self.categories is None else (self.categories[i],)
                rows.append((k + 1, *category, value, *self._error(value, slope)))
        names = ["type", *([] if self.categories is None else ["category"]), "estimate", "se", "low", "high", "flag"]
        return pd.DataFrame(rows, columns=names)

    def tests(self) -> pd.DataFrame:
        """Test whether types have the same outcome.

        Returns
        -------
        DataFrame
            The omnibus test of all types, then one of each pair: test, type, against, difference, se (of means and
            proportions), statistic (Wald's, chi-squared), df, p. They use the joint covariance matrix. NaN where an
            estimate of one of the types has no standard error.
        """
        pairs = [(k, m) for m, k in combinations(range(self.fit.types), 2)]
        everyone = [(k, 0) for k in range(1, self.fit.types)]
        rows = [self._test("omnibus", everyone), *(self._test("pairwise", [pair]) for pair in pairs)]
        names = ["test", "type", "against", "difference", "se", "statistic", "df", "p"]
        return pd.DataFrame(rows, columns=names).astype({"type": "Int64", "against": "Int64"})

    def coefficients(self) -> pd.DataFrame:
        """Return the coefficients of the controls in each type, in their own units.

        Returns
        -------
        DataFrame
            One row for each type, category if there are any, and column of the formula: type, category, term,
            coefficient, se, z, p, low, high, flag. With ML the coefficients of a proportion are of its log-odds, those
            of categories of log-odds against the first, which has no rows.

        Raises
        ------
        UnsupportedError
            If there are no controls.
        """
        if self.design is None or self.effects is None:
            raise UnsupportedError("There are no controls: ask with controls='~ ...' first.")
        rows, each = [], np.einsum("pq,kcqm->kcpm", self.design.units, self.effects)  # in the units of the columns
        listed = [()] if self.categories is None else [(name,) for name in self.categories[-each.shape[1] :]]
        for k, of_type in enumerate(each):
            for category, of_category in zip(listed, of_type, strict=True):
                for term, slope in list(zip(self.design.columns, of_category, strict=True))[1:]:
                    value = float(slope @ self.estimate.theta)
                    rows.append((k + 1, *category, term, value, *self._plain(value, slope)))
        names = ["type", *([] if self.categories is None else ["category"]), "term", "coefficient", "se", "low", "high",
                 "flag"]  # fmt: skip
        table = pd.DataFrame(rows, columns=names)
        return with_tests(table, "coefficient", [*names[:-3], "z", "p", *names[-3:]])

    def _plain(self, value: float, slope: Floats) -> tuple[float, float, float, str]:
        """Return se, low, high and flag of a value with derivatives (m,)."""
        if flag := self.estimate.flag(slope):
            return np.nan, np.nan, np.nan, flag
        se = float(slope @ self.estimate.matrix @ slope) ** 0.5
        return se, value - NORMAL * se, value + NORMAL * se, ""

    def _error(self, value: float, slope: Floats) -> tuple[float, float, float, str]:
        """Return what `_plain` does, with an interval on the scale of log-odds for a probability inside its range."""
        se, low, high, flag = self._plain(value, slope)
        if flag or not self.probability or not 0 < value < 1:
            return se, low, high, flag
        low, high = map(float, log_odds_interval(value, se))
        return se, low, high, ""

    def _test(self, name: str, pairs: Sequence[tuple[int, int]]) -> tuple[object, ...]:
        """Return a row of `tests`: that the types of each pair have the same outcome."""
        some = slice(0 if self.categories is None else 1, None)  # categories sum to 1
        values = np.concatenate([(self.values[k] - self.values[m])[some] for k, m in pairs])
        slopes = np.concatenate([(self.slopes[k] - self.slopes[m])[some] for k, m in pairs])
        one = len(pairs) == 1 and name == "pairwise"
        types = (pairs[0][0] + 1, pairs[0][1] + 1) if one else (None, None)
        ends = {k for pair in pairs for k in pair}
        if any(self.estimate.flag(slope) for k in ends for slope in self.slopes[k]):
            return name, *types, *(np.nan, np.nan, np.nan), len(values), np.nan
        test = wald(self.outcome, values, slopes, self.estimate.matrix)
        single = (np.nan, np.nan)
        if one and self.categories is None:
            single = float(values[0]), float(slopes[0] @ self.estimate.matrix @ slopes[0]) ** 0.5
        return name, *types, *single, test.statistic, test.df, test.p
