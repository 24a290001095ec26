"""StandardErrors: shares, probabilities and parameters of a fit with standard errors and intervals, as tidy tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..core.lazy import lazy_import
from ..core.schema import Label, Schema
from ..families import Description, Family, constrained_simplices
from ..families.constraints import Simplex
from ..families.free_parameters import derivatives
from ..model.scores import parameter_positions, to_free_vector
from ..profiles import Covariates
from ..results.fit_result import Fit
from ..results.fit_tables import described
from .classification import Classification
from .coefficient_tests import Wald, wald, with_tests
from .kept_parameters import Kept, MeanShares
from .log_odds_interval import NORMAL, log_odds_interval
from .margins import margin_table, margins
from .variances import Spectrum

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["StandardErrors"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
UNKNOWN = 1e-6
"""Part of a variance in directions of which the data say nothing, above which it is not given."""


class Estimate(NamedTuple):
    """A value with its standard error and 95 per cent interval; flag: why there is none, or ""."""

    se: float
    low: float
    high: float
    flag: str


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
        rows = list(self._by_menu() if by_menu else self._outcomes())
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
            low, high, odds_ratio, flag.

        Raises
        ------
        InputError
            If there is no such type.
        UnsupportedError
            If the fit has no covariates.
        """
        table = self.fit.coefficients(reference)
        places = self._places(range(len(self._columns)), reference)
        rows = [self._of_coefficient(*at, reference) for at in places]
        names = ["type", "term", "coefficient", "se", "z", "p", "low", "high", "odds_ratio", "flag"]
        return with_tests(table.assign(**pd.DataFrame(rows, columns=Estimate._fields)), "coefficient", names)

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
        self.fit.coefficients()  # refuses fits without covariates
        design, places = self.fit.design, parameter_positions(self.fit.mixture)[0]
        assert design is not None
        assert self.covariates is not None
        at = np.sort(places[places >= 0])
        theta = to_free_vector(self.fit.mixture, self.fit.params)[0][at]

        def error(k: int, effect: float, slopes: Floats) -> Estimate:
            slope = np.zeros(len(self.kept.basis))
            slope[at] = slopes
            return self._of_difference(effect, slope, k + 1 in self.alike)

        return margin_table(margins(design, *self.covariates, theta, self.fit.types), error)

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
        self.fit.coefficients()  # refuses fits without covariates
        assert self.fit.design is not None
        places = list(self._places(self.fit.design.of_term(term)))
        flags = sorted({flag for at in places if (flag := self._of_coefficient(*at).flag)})
        if flags or not places:
            why = f"coefficients without standard errors ({', '.join(flags)})" if flags else "one type"
            raise UnsupportedError(f"A Wald test of {term} is not available: the fit has {why}.")
        slopes = np.array([slope for *_, slope in places])
        return wald(term, np.array([value for _, value, _ in places]), slopes, self._of_free[0])

    @property
    def _columns(self) -> tuple[str, ...]:
        return () if self.fit.design is None else self.fit.design.columns

    def _places(self, columns: Sequence[int], reference: int = 1) -> Iterator[tuple[int, float, Floats]]:
        """Give for each other type and column its number, value, and (P,) derivatives by the free parameters."""
        at, design = parameter_positions(self.fit.mixture)[0], self.fit.design
        if design is None:
            return
        values = self.fit.mixture.membership.coefficients(self.fit.params.columns()[0])
        for k in (k for k in range(self.fit.types) if k != reference - 1):
            for q in columns:
                slope = np.zeros(len(self.kept.basis))
                for sign, of in ((1, k), (-1, reference - 1)):
                    if of:  # the first type's are 0
                        slope[at[1:, of]] = sign * design.units[q]
                yield k, float(values[q, k] - values[q, reference - 1]), slope

    def _of_coefficient(self, k: int, value: float, slope: Floats, reference: int = 1) -> Estimate:
        """Return the error of a coefficient of type k (from 0) with derivatives by all free parameters."""
        own = self.kept.shares
        if isinstance(own, MeanShares) and ((slope[own.at] @ own.away) ** 2).sum() > UNKNOWN * (slope**2).sum():
            return Estimate(np.nan, np.nan, np.nan, "boundary")
        return self._of_difference(value, slope, bool({reference, k + 1} & {*self.alike}))

    def _of_difference(self, value: float, slope: Floats, alike: bool) -> Estimate:
        """Return the error of a value with derivatives by all free parameters; alike: of types that are."""
        covariance, null, directions = self._of_free
        unknown, known = (float(((slope @ z) ** 2).sum()) for z in (null, directions))
        if unknown > UNKNOWN * known or alike:
            return Estimate(np.nan, np.nan, np.nan, "not_identified")
        se = float(slope @ covariance @ slope) ** 0.5
        return Estimate(se, value - NORMAL * se, value + NORMAL * se, "")

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

    def _error(self, k: int, value: float, at: Ints, slope: Floats, exact: float) -> Estimate:
        """Return the error of a probability of type k (from 0) with derivatives `slope` by the free parameters `at`.

        exact: the probability without outcomes on the boundary.
        """
        if np.isnan(value) or exact in (0.0, 1.0) or not len(at):
            flag = "unknown" if np.isnan(value) else "boundary" if len(at) else "fixed"
            return Estimate(np.nan, np.nan, np.nan, flag)
        covariance, null, directions = self._of_free
        unknown, known = (float(((slope @ z[at]) ** 2).sum()) for z in (null, directions))
        if unknown > UNKNOWN * known or k + 1 in self.alike:
            return Estimate(np.nan, np.nan, np.nan, "not_identified")
        se = float(slope @ covariance[np.ix_(at, at)] @ slope) ** 0.5
        low, high = log_odds_interval(value, se)
        return Estimate(se, float(low), float(high), "")

    def _on_menu(self, k: int, item: str, menu: Sequence[int], i: int, value: float) -> Estimate:
        """Return the error of option i of a menu of an item under type k (from 0)."""
        odds = self.kept.odds.get((k, item))
        if odds is None or len(menu) < 2 or np.isnan(value):
            return self._error(k, value, np.zeros(0, np.int64), np.zeros(0), value)
        return self._error(k, value, odds.at, odds.slope(menu, i), odds.among(menu)[i])

    @cached_property
    def _probabilities(self) -> dict[str, tuple[tuple[Label, ...], Floats]]:
        """For each item with probabilities its outcomes and (L, K) probabilities, in the order of the schema."""
        lines = [line for line in described(self.fit.evidence, self.fit.params) if line.outcome is not None]
        out = {}
        for item in self.schema.names:
            own = [line for line in lines if line.item == item]
            if own:
                out[item] = (tuple(line.outcome for line in own if line.outcome is not None),
                             np.array([line.value for line in own]))  # fmt: skip
        return out

    def _outcomes(self) -> Iterator[tuple[object, ...]]:
        """Give the rows of `table`: those of `Fit.table`, in its order."""
        for k in range(self.fit.types):
            for item, (outcomes, values) in self._probabilities.items():
                known = np.flatnonzero(~np.isnan(values[:, k])).tolist()
                for i, (outcome, value) in enumerate(zip(outcomes, values[:, k].tolist(), strict=True)):
                    if item in self._numerical:
                        error = self._by_difference(k, item, i, value)
                    else:
                        error = self._on_menu(k, item, known, known.index(i) if i in known else -1, value)
                    yield (k + 1, item, outcome, value, *error)

    def _by_difference(self, k: int, item: str, i: int, value: float) -> Estimate:
        """Return the error of line i of an item whose outcomes are no log-odds, as a binomial's success."""
        at, slopes = self._numerical[item]
        simplex, odds = self._simplices.get((k, item)), self.kept.odds.get((k, item))
        if simplex is not None and (not np.isnan(simplex.value[i]) or simplex.determined):
            return self._error(k, value, np.zeros(0, np.int64), np.zeros(0), value)
        moved = (slopes[i, :, k] @ self.kept.basis[at[:, k]]).any()
        if simplex is not None and odds is not None and i in simplex.free:
            moved &= odds.among(range(len(odds.p)))[simplex.free.tolist().index(i)] > 0
        return self._error(k, value, at[:, k], slopes[i, :, k], value if moved else 0.0)

    @cached_property
    def _numerical(self) -> dict[str, tuple[Ints, Floats]]:
        """For items whose outcomes are no log-odds: places (F, K) of parameters, and (lines, F, K) slopes by them."""
        mixture, out = self.fit.mixture, {}
        each = zip(mixture.families, self.fit.params.columns()[1:], parameter_positions(mixture)[1:], strict=True)
        for family, theta, at in each:
            constrained = any((0, item.name) in self._simplices for item in family.items)
            if at.size and (constrained or all(free.against is None for free in family.free_parameters())):
                lines = [line.item for line in _outcome_lines(family, theta)]
                slopes = derivatives(partial(_values, family), family.to_free(theta))
                for item in dict.fromkeys(lines):
                    out[item] = (at, slopes[[i for i, name in enumerate(lines) if name == item]])
        return out

    @cached_property
    def _simplices(self) -> dict[tuple[int, str], Simplex]:
        """The constraints on the probabilities of each type (from 0) and item that has some."""
        return constrained_simplices(self.fit.mixture.families)

    def _by_menu(self) -> Iterator[tuple[object, ...]]:
        """Give the rows of `table(by_menu=True)`; items without menus have the one of all their outcomes."""
        p = self.fit.mixture.bind(self.schema).table(self.fit.params)
        menus = [
            (j, item, m, menu) for j, item in enumerate(self.schema.items) if item.kind is None
            for m, menu in enumerate(item.menus)
        ]  # fmt: skip
        for k in range(self.fit.types):
            for j, item, m, menu in menus:
                known, words = self.fit.evidence.knows(j, menu)[k], "|".join(map(str, item.menu_labels(m)))
                for i, outcome in enumerate(menu):
                    code = int(self.schema.offsets[j]) + 1 + item.codes.index((m, outcome))
                    value = float(p[code, k]) if known else np.nan
                    error = self._on_menu(k, item.name, menu, i, value)
                    yield (k + 1, item.name, words, item.outcomes[outcome], value, *error)


def _outcome_lines(family: Family, theta: Floats) -> list[Description]:
    return [line for line in family.describe(theta) if line.outcome is not None]


def _values(family: Family, free: Floats) -> Floats:
    """Return (lines, W) probabilities that a family describes at (F, W) free parameters."""
    values = [line.value for line in _outcome_lines(family, family.from_free(free))]
    return np.array(values).reshape(len(values), free.shape[1])
