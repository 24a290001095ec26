"""Coefficients of covariates that shares of types depend on, with errors, tests of terms and average effects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError, counted
from ..core.lazy import lazy_import
from ..core.summary import listed
from ..membership import Design
from ..profiles import Covariates
from ..results.fit_tables import check_reference
from .coefficient_tests import Wald, wald, with_tests
from .log_odds_interval import NORMAL
from .margins import margin_table, margins

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Coefficients"]

Floats = NDArray[np.float64]
NAMES = ["type", "term", "coefficient", "se", "z", "p", "odds_ratio", "low", "high", "flag"]


@dataclass(frozen=True)
class Coefficients:
    """Estimates of the Q coefficients of every type but the first, and their errors.

    design: the columns of the formula; types: K; theta (m,) with m = (K - 1) Q: coefficients of centred and scaled
    columns, type by type from the second; matrix (m, m): their covariance matrix; flag: why a sum of coefficients with
    slopes (m,), of some types, has no standard error, or ""; remedy: a sentence on what is there instead of tests of
    coefficients on the boundary.
    """

    design: Design
    types: int
    theta: Floats
    matrix: Floats
    flag: Callable[[Floats, Collection[int]], str]
    remedy: str = ""

    @property
    def units(self) -> Floats:
        """(m, m) matrix from the coefficients of centred and scaled columns to those in the units of the covariates."""
        return np.asarray(np.kron(np.eye(self.types - 1), self.design.units), dtype=np.float64)

    def values(self, reference: int) -> Floats:
        """Return (K - 1, Q) coefficients of the types but the reference, in the units of the covariates."""
        scaled = self.theta.reshape(self.types - 1, len(self.design.columns))
        own = np.einsum("qr,kr->kq", self.design.units, scaled)
        against_first = np.concatenate([np.zeros((1, own.shape[1])), own])
        return np.asarray(against_first[self._others(reference)] - against_first[reference - 1])

    def slopes(self, reference: int) -> Floats:
        """Return (K - 1, Q, m) derivatives of `values` by the coefficients of centred and scaled columns."""
        wide = len(self.design.columns)
        own = np.concatenate([np.zeros((wide, len(self.theta))), self.units]).reshape(self.types, wide, -1)
        return np.asarray(own[self._others(reference)] - own[reference - 1])

    def effects(self, covariates: Covariates, weights: Floats) -> Floats:
        """Return the average changes of the shares, in the order of the rows of `margins`."""
        found = margins(self.design, covariates, weights, self.theta, self.types)
        return np.array([of.effect for of in found]).ravel()

    def table(self, reference: int) -> pd.DataFrame:
        """Return the columns `NAMES`: one row for each type but the reference, and column of the formula.

        Raises InputError where there is no such type.
        """
        check_reference(reference, self.types)
        each = zip(self._others(reference), self.values(reference).tolist(), self.slopes(reference), strict=True)
        rows = [
            (k + 1, term, value, *self._error(value, slope, {k + 1, reference}))
            for k, values, slopes in each
            for term, value, slope in zip(self.design.columns, values, slopes, strict=True)
        ]
        table = pd.DataFrame(rows, columns=["type", "term", "coefficient", "se", "low", "high", "flag"])
        table = table.astype(dict.fromkeys(["coefficient", "se", "low", "high"], float))
        return with_tests(table.assign(odds_ratio=np.exp(table["coefficient"])), "coefficient", NAMES)

    def wald(self, term: str) -> Wald:
        """Return the test that all coefficients of a term are 0.

        Raises InputError where there is no such term, UnsupportedError for one type, and where coefficients of the term
        have no standard errors.
        """
        places = self._of_term(term)
        if not places:
            raise UnsupportedError(f"A Wald test of {term} is not available: there is one type.")
        if flags := self._flags(places):
            remedy = f" {self.remedy}" if self.remedy and {*flags.values()} == {"boundary"} else ""
            number = counted(len(flags), "coefficient has", "coefficients have")
            why, named = ", ".join(sorted({*flags.values()})), listed([self._name(at) for at in flags], 3)
            raise UnsupportedError(
                f"A Wald test of {term} is not available: {number} no standard error ({why}): {named}.{remedy}"
            )
        return wald(term, self.values(1).ravel()[places], self.units[places], self.matrix)

    def tests(self) -> list[Wald]:
        """Return the tests of all terms whose coefficients have standard errors."""
        words = dict.fromkeys(of.words for of in self.design.terms)
        each = ((term, self._of_term(term)) for term in words)
        return [self.wald(term) for term, places in each if places and not self._flags(places)]

    def margins(self, covariates: Covariates, weights: Floats) -> pd.DataFrame:
        """Return the average changes of the shares with each covariate, as `margin_table`.

        covariates, weights: the distinct rows and the (G,) weight of each.
        """
        found = margins(self.design, covariates, weights, self.theta, self.types)
        return margin_table(found, lambda k, change, slope: self._error(change, slope, {k + 1}))

    def _others(self, reference: int) -> list[int]:
        """Return the types, from 0, but the reference, from 1."""
        return [k for k in range(self.types) if k != reference - 1]

    def _of_term(self, term: str) -> list[int]:
        """Return the (d,) places of the coefficients of a term."""
        wide, columns = len(self.design.columns), self.design.of_term(term)
        return [k * wide + q for k in range(self.types - 1) for q in columns]

    def _flags(self, places: Sequence[int]) -> dict[int, str]:
        """Return the places of coefficients against the first type without standard errors -> why they have none."""
        wide, units = len(self.design.columns), self.units
        return {at: flag for at in places if (flag := self.flag(units[at], {1, at // wide + 2}))}

    def _name(self, at: int) -> str:
        """Return a coefficient in words."""
        wide = len(self.design.columns)
        return f"{self.design.columns[at % wide]} of type {at // wide + 2}"

    def _error(self, value: float, slope: Floats, types: Collection[int]) -> tuple[float, float, float, str]:
        """Return the standard error, interval and flag of a sum of coefficients with slopes (m,), of some types."""
        if flag := self.flag(slope, types):
            return np.nan, np.nan, np.nan, flag
        se = float(slope @ self.matrix @ slope) ** 0.5
        return se, value - NORMAL * se, value + NORMAL * se, ""
