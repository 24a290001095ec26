"""Bootstrap: shares, probabilities and parameters of a fit with their spread over replicates, as tidy tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import counted
from ..core.schema import Item, Schema
from ..membership import in_products
from ..model.mixture import Params
from ..model.scores import parameter_positions, to_free_vector
from ..results.fit_result import Fit
from .classification import Classification
from .coefficient_tests import Wald, with_tests
from .coefficients import Coefficients
from .error_tables import StandardErrors

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Bootstrap"]

Floats = NDArray[np.float64]
NEAR = 1e-6
"""Probabilities that are nearer to 0 are on the boundary."""
LEVELS = (0.025, 0.975)
"""What the ends of an interval of 95 per cent are quantiles of."""


@dataclass(frozen=True, repr=False)
class Bootstrap:
    """Standard errors and 95 per cent intervals of a fit from replicates of its data; made by `blocs.bootstrap`.

    Attributes
    ----------
    errors : StandardErrors
        Those of the fit from the observed information; they say which estimates are on the boundary.
    params : Params
        Estimates of the B replicates, their types in the order of those of the fit.
    loglik : (B,) float
        Their log-likelihoods.
    words : str
        What was resampled.
    asked : int
        Number of replicates that were asked for: B, unless the bootstrap was interrupted.
    relabelled : int
        Replicates whose types were put in the order of those of the fit.
    not_converged : int
        Replicates whose fits did not converge.

    Notes
    -----
    Standard errors are standard deviations over the replicates, intervals their 2.5 and 97.5 per cent points. Flags
    are those of `StandardErrors`: an estimate on the boundary of the fit has neither, because all replicates are there
    as well. In `parameters` and `coefficients`, "boundary" is also one that is infinite in some replicates; it has an
    interval.

    Examples
    --------
    >>> import blocs
    >>> profiles = blocs.Profiles.from_table({"a": [0, 0, 0, 1], "b": [0, 0, 1, 1]})
    >>> blocs.bootstrap(blocs.fit(profiles, types=1), profiles, replicates=50)
    <Bootstrap of 2 parameters: nonparametric bootstrap, 50 replicates>
    """

    errors: StandardErrors
    params: Params
    loglik: Floats
    words: str
    asked: int
    relabelled: int
    not_converged: int

    def __repr__(self) -> str:
        return f"<Bootstrap of {counted(len(self.names) + self.at_boundary, 'parameter')}: {self.kind}>"

    @property
    def fit(self) -> Fit:
        """The fit."""
        return self.errors.fit

    @property
    def replicates(self) -> int:
        """Number of replicates B."""
        return self.params.starts

    @property
    def kind(self) -> str:
        """What they are, in words."""
        return f"{self.words}, {counted(self.replicates, 'replicate')}"

    @property
    def at_boundary(self) -> int:
        """Number of parameters of the fit that are on the boundary."""
        return self.errors.at_boundary

    @property
    def df(self) -> int | None:
        """Degrees of freedom of the fit, None where the table of all possible rows is not the saturated model."""
        return self.errors.df

    @property
    def least_information(self) -> float:
        """Share of the information of known types in the direction that has the least, at the fit."""
        return self.errors.least_information

    @property
    def classification(self) -> Classification | None:
        """How clearly the observations belong to the types of the fit."""
        return self.errors.classification

    @property
    def names(self) -> list[str]:
        """The parameters of the fit that are not on the boundary."""
        return self.errors.names

    @cached_property
    def hit_boundary(self) -> int:
        """Number of replicates with an estimate on the boundary that is not there in the fit."""
        inside = (self._by_menu["flag"] == "").to_numpy()
        keys = [tuple(row) for row in self._by_menu[["type", "item", "outcome"]].to_numpy()[inside]]
        place = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        out, values = np.ones((len(place), self.replicates), dtype=bool), self._of_menus[inside]
        for key, near in zip(keys, np.minimum(values, 1 - values) < NEAR, strict=True):
            out[place[key]] &= near  # on every menu
        return int((out.any(axis=0) | (self.params.shares < NEAR).any(axis=1)).sum())

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know."""
        many = self.replicates
        notes = {
            f"The bootstrap was interrupted: {many:,} of {self.asked:,} replicates are done.": many < self.asked,
            f"In {self.relabelled:,} of {many:,} replicates the types came in another order and were put in that of "
            "the fit.": self.relabelled > 0,
            f"In {self.hit_boundary:,} of {many:,} replicates an estimate is at 0 or 1 that is not there in the fit: "
            "the intervals are more to be relied on than the standard errors.": self.hit_boundary > 0,
            f"In {self.not_converged:,} of {many:,} replicates the fit did not converge.": self.not_converged > 0,
        }  # fmt: skip
        return (*(note for note, true in notes.items() if true), *in_products(self.fit.design))

    def shares(self) -> pd.DataFrame:
        """Return type, share, se, low, high, flag: one row for each type."""
        return _spread(self.errors.shares(), np.asarray(self.params.shares.T))

    def shares_by_group(self, minimum: int = 1) -> pd.DataFrame:
        """Return the shares of the types in every group, as `StandardErrors.shares_by_group`.

        Parameters
        ----------
        minimum : int
            Groups of fewer observations are withheld, as by `Fit.shares_by_group`: all their numbers are NaN.

        Returns
        -------
        DataFrame
            One row for each group and type: the columns of the groups, n, type, share, se, low, high, flag. In a
            replicate without observations of a group it has the shares of all.

        Raises
        ------
        InputError
            For a minimum below 1.
        UnsupportedError
            If groups have no shares of their own.
        """
        table, each = self.errors.shares_by_group(minimum), self.params.membership[1:]
        return _spread(table, each.transpose(0, 2, 1).reshape(-1, self.replicates))

    def table(self, by_menu: bool = False) -> pd.DataFrame:
        """Return the outcome probabilities, as `StandardErrors.table`.

        Parameters
        ----------
        by_menu : bool
            Whether to give the probabilities on every menu of the data instead of those of a choice among all outcomes.

        Returns
        -------
        DataFrame
            One row for each type, item and outcome: type, item, outcome, probability, se, low, high, flag; with
            `by_menu` also menu, its outcomes with | between them.
        """
        return _spread(self._by_menu, self._of_menus) if by_menu else _spread(self.errors.table(), self._of_outcomes)

    def parameters(self) -> pd.DataFrame:
        """Return the free parameters, as `StandardErrors.parameters`: one row for each."""
        kept, mixture = self.errors.kept, self.fit.mixture
        moved = to_free_vector(mixture, self.params) - to_free_vector(mixture, self.fit.params)
        moves = moved @ kept.contrasts.T
        values = np.array([
            of.value + of.scale * moves[:, of.column] if of.column >= 0 else np.full(self.replicates, np.nan)
            for of in kept.parameters
        ]).reshape(len(kept.parameters), self.replicates)  # fmt: skip
        out = _spread(self.errors.parameters(), values)
        odds = np.array([of.outcome is not None or of.item is None for of in kept.parameters], dtype=bool)
        return _without_infinite(out, odds & (np.abs(values) > -np.log(NEAR)).any(axis=1))

    def coefficients(self, reference: int = 1) -> pd.DataFrame:
        """Return the coefficients of covariates, as `StandardErrors.coefficients`.

        Parameters
        ----------
        reference : int
            Number of the type that the others are compared with.

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
        table = self.errors.coefficients(reference)
        values = np.array([of.values(reference).ravel() for of in self.replicate_coefficients])
        out, slopes = _spread(table, values.T), self.errors.coefficient_estimates.slopes(reference)
        out = _without_infinite(out, slopes[..., self._infinite].any(axis=-1).ravel())
        return with_tests(out, "coefficient", table.columns.tolist())

    def wald(self, term: str) -> Wald:
        """Test that a term of the formula makes no difference, as `StandardErrors.wald`.

        Parameters
        ----------
        term : str
            A term as it is written in the formula, such as "C(party)", or the column that it is of.

        Returns
        -------
        Wald
            term, statistic (chi-squared), df, p; with the covariance matrix of the coefficients over the replicates.

        Raises
        ------
        InputError
            If there is no such term.
        UnsupportedError
            If the fit has no covariates, one type, or coefficients of the term without standard errors.
        """
        return self._estimates.wald(term)

    def wald_tests(self) -> list[Wald]:
        """Return the tests of all terms whose coefficients have standard errors, as `wald`; none without covariates.

        Returns
        -------
        list of Wald
        """
        return [] if self.fit.design is None or self.fit.types == 1 else self._estimates.tests()

    @property
    def _estimates(self) -> Coefficients:
        """The coefficients of the fit with the covariance matrix of those of the replicates."""
        own, infinite = self.errors.coefficient_estimates, self._infinite
        theta = np.array([of.theta for of in self.replicate_coefficients])

        def flag(slope: Floats, types: Collection[int]) -> str:
            return own.flag(slope, types) or ("boundary" if slope[infinite].any() else "")

        return replace(own, matrix=np.atleast_2d(np.cov(theta, rowvar=False)), flag=flag)

    def margins(self) -> pd.DataFrame:
        """Return the average marginal effects of the covariates, as `StandardErrors.margins`.

        Returns
        -------
        DataFrame
            One row for each covariate, or level but the first, and type: covariate, change, type, effect, se, z, p,
            low, high, flag. The covariates of the rows are those of the data in all replicates.

        Raises
        ------
        UnsupportedError
            If the fit has no covariates.
        """
        table, rows = self.errors.margins(), self.errors.covariates
        assert rows is not None
        values = np.array([of.effects(*rows) for of in self.replicate_coefficients])
        return with_tests(_spread(table, values.T), "effect", table.columns.tolist())

    # Values of the replicates, in the rows of the tables

    @cached_property
    def replicate_coefficients(self) -> tuple[Coefficients, ...]:
        """The coefficients of covariates in each replicate; UnsupportedError where the fit has none."""
        own, places = self.errors.coefficient_estimates, parameter_positions(self.fit.mixture)[0]
        free = to_free_vector(self.fit.mixture, self.params)[:, np.sort(places[places >= 0])]
        return tuple(replace(own, theta=theta) for theta in free)

    @property
    def _infinite(self) -> NDArray[np.bool_]:
        """(m,) whether a coefficient is infinite in some replicates: by it alone shares of some rows are 0 or 1."""
        theta, design = np.array([of.theta for of in self.replicate_coefficients]), self.fit.design
        assert design is not None
        odds = np.abs(theta) * np.tile(design.largest, self.fit.types - 1)
        return np.asarray((odds > -np.log(NEAR)).any(axis=0))

    @cached_property
    def _by_menu(self) -> pd.DataFrame:
        return self.errors.table(by_menu=True)

    @cached_property
    def _of_outcomes(self) -> Floats:
        """(rows of `table`, B) probabilities of outcomes."""
        mixture, evidence = self.fit.mixture, self.fit.evidence
        lines = [
            line for family, theta in zip(mixture.families, self.params.columns()[1:], strict=True)
            for line in family.describe(theta) if line.outcome is not None
        ]  # fmt: skip
        by_item = [np.zeros((self.replicates, 0, self.fit.types))]
        for j, name in enumerate(mixture.schema.names):
            own = [line.value.reshape(self.params.shares.shape) for line in lines if line.item == name]
            if own:
                by_item.append(evidence.shown(j, np.stack(own, axis=1)))
        return np.concatenate(by_item, axis=1).transpose(2, 1, 0).reshape(-1, self.replicates)

    @cached_property
    def _of_menus(self) -> Floats:
        """(rows of `table(by_menu=True)`, B) probabilities on menus."""
        schema: Schema = self.errors.schema
        table = self.fit.mixture.bind(schema).table(self.params).reshape(-1, *self.params.shares.shape)
        codes = [
            int(schema.offsets[j]) + 1 + item.codes.index((m, outcome))
            for j, item in enumerate(schema.items) if item.kind is None for m, outcome in _options(item)
        ]  # fmt: skip
        return table[np.array(codes, dtype=np.int64)].transpose(2, 0, 1).reshape(-1, self.replicates)


def _options(item: Item) -> list[tuple[int, int]]:
    """Return every menu of an item with each of its outcomes."""
    return [(m, outcome) for m, menu in enumerate(item.menus) for outcome in menu]


def _spread(table: pd.DataFrame, values: Floats) -> pd.DataFrame:
    """Return a table of standard errors with those of (rows, B) values of its rows, and their percentiles.

    Where the data do not tell parameters apart, values of replicates mean nothing either.
    """
    inside = (table["flag"] == "").to_numpy()
    low, high = np.quantile(values, LEVELS, axis=1)
    spread = {"se": values.std(axis=1, ddof=1), "low": low, "high": high}
    return table.assign(**{name: np.where(inside, column, np.nan) for name, column in spread.items()})


def _without_infinite(table: pd.DataFrame, infinite: NDArray[np.bool_]) -> pd.DataFrame:
    """Return a table without the errors of values that are infinite in some replicates; other flags stay."""
    flagged = infinite & (table["flag"] == "").to_numpy()
    table.loc[flagged, "se"], table.loc[flagged, "flag"] = np.nan, "boundary"
    return table
