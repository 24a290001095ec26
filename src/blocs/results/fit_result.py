"""Fit: the solution with its labels; it never changes and can be saved. Further questions are functions elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import MismatchError, UnsupportedError, counted
from ..core.lazy import lazy_import
from ..core.limits import ROWS_PER_SHARD
from ..core.schema import Schema
from ..files.atomic import write_json
from ..membership import Design, Groups
from ..model.evidence import Evidence, expected_if_all_answer, substituted
from ..model.mixture import Mixture, Params
from ..profiles import Profiles, Traced, crossed, profiles_alike, profiles_of, require_profiles
from .deferred import WorkedOut
from .evaluation import Evaluation, Place, evaluated
from .expected import expected_counts, on_full_menu
from .fit_html import fit_html
from .fit_tables import coefficient_table, group_table, outcome_table, parameter_table
from .flags import flags_of
from .paper_tables import probabilities
from .relabelled import HasMapping, relabelled
from .saved_form import from_plain, to_plain
from .start_end import StartEnd
from .summary import Errors, ErrorTables, Summary, summary_text

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Fit"]


@dataclass(frozen=True)
class Fit:
    """K types fitted to profiles. Types are numbered from 1 and ordered by share, as far as constraints allow.

    Attributes
    ----------
    mixture : Mixture
        The model.
    params : Params
        Its parameters.
    loglik : float
        Observed log-likelihood of exactly these parameters.
    n : float
        Number of observations N (the sum of the weights).
    profiles : int
        Number of profiles U.
    relative_entropy : float or None
        1 - sum_u n_u H(zeta_u) / (N log K), which Mplus prints as "Entropy"; None for one type. `entropy_r2` divides
        by the entropy of the shares instead.
    ends : tuple of StartEnd
        Where every start ended.
    trace : tuple of float
        Log-likelihood (log posterior with a prior) of the best start after each iteration.
    status : str
        How the best start ended, "interrupted" if any was.
    settings : dict
        All arguments of the fit.
    data : str
        Content hash of the profiles.
    notes : tuple of str
        What was pruned from the data.
    account : dict
        What became of every input row.
    gradient : float or None
        Norm of the gradient per observation at the end, where it was computed.
    best_start : int or None
        Number of the start that this is; None in fits saved before format 5.
    counts : tuple of float arrays, or None
        For each item the expected number of observations of every type (columns) by what they answered (rows): one
        row for each code of categories but MISSING, one row for all answers of counts and measurements. None in fits
        saved before format 6.
    separated : dict
        Columns of covariates with infinite coefficients, as where nobody with some value is of a type -> a number for
        each type: the log-odds between types of different numbers are infinite.
    identified : bool or None
        Whether the data can tell the types apart (`blocs.model.identification`); of small data it is worked out when it
        is first asked for. None where that was not computed: in models of more than 3,000 parameters, unless types
        coincide, and in fits saved before format 6.

    See Also
    --------
    blocs.fit, blocs.load, blocs.compare

    Examples
    --------
    >>> import blocs
    >>> profiles = blocs.Profiles.from_table({"a": [0, 0, 0, 1], "b": [0, 0, 1, 1]})
    >>> fit = blocs.fit(profiles, types=1)
    >>> fit
    <Fit of 1 type to 4 observations (3 profiles): log-likelihood -5.0219, shares 100.0%, converged>
    >>> fit.table()
       type item outcome  probability
    0     1    a       0         0.75
    1     1    a       1         0.25
    2     1    b       0         0.50
    3     1    b       1         0.50
    """

    mixture: Mixture
    params: Params
    loglik: float
    n: float
    profiles: int
    relative_entropy: float | None
    ends: tuple[StartEnd, ...]
    trace: tuple[float, ...]
    status: str
    settings: Mapping[str, Any]
    data: str
    notes: tuple[str, ...] = ()
    account: Mapping[str, Any] = field(default_factory=dict)
    gradient: float | None = None
    best_start: int | None = None
    counts: tuple[NDArray[np.float64], ...] | None = None
    separated: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    identified: WorkedOut[bool | None] = WorkedOut()  # noqa: RUF009  # a descriptor, which stands for None

    def __post_init__(self) -> None:
        membership = self.mixture.membership
        if len(self.params.membership) != 1 and membership.design is None:
            raise UnsupportedError(
                f"A Fit with the membership model {type(self.mixture.membership).__name__} is not available yet: its "
                "table and its file have one share for each type. Use Shares, GroupShares or Softmax."
            )

    @property
    def entropy(self) -> float | None:
        """`relative_entropy`, under the name that Mplus gives it."""
        return self.relative_entropy

    @property
    def types(self) -> int:
        """Number of types K."""
        return self.mixture.types

    @property
    def schema(self) -> Schema:
        """Items, outcomes and menus of the data that were fitted."""
        return self.mixture.schema

    @property
    def n_parameters(self) -> int:
        """Number of free parameters."""
        return self.mixture.free

    @property
    def aic(self) -> float:
        """Akaike's information criterion, -2 loglik + 2 parameters."""
        return -2 * self.loglik + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Bayesian (Schwarz's) information criterion, -2 loglik + parameters log N."""
        return -2 * self.loglik + self.n_parameters * float(np.log(self.n))

    @property
    def entropy_r2(self) -> float | None:
        """Entropy R2 as in Latent GOLD, 1 - sum_u n_u H(zeta_u) / (N H(pi)); None where all are of one type."""
        shares = self.params.shares[0]
        own = -float((shares * np.log(np.where(shares > 0, shares, 1.0))).sum())
        if self.relative_entropy is None or own == 0:
            return None
        return 1 - (1 - self.relative_entropy) * float(np.log(self.types)) / own

    @property
    def hits(self) -> int:
        """How many starts reached the best optimum by their own iterations, from independent random numbers.

        This is how often the best value was replicated. Starts that moves led there are not among them: see `moved`.
        """
        return sum(end.best and end.arrived is None for end in self.ends)

    @property
    def moved(self) -> int:
        """How many more starts ended at the best optimum because moves led them there."""
        return sum(end.best and end.arrived is not None for end in self.ends)

    @property
    def shares(self) -> pd.Series[float]:
        """Type shares pi, (K,), indexed by type number; with covariates or groups their means over the rows."""
        return pd.Series(self.params.shares[0], index=self._numbers, name="share")

    @property
    def starts(self) -> pd.DataFrame:
        """Where every start ended: start, loglik, iterations, status, best, arrived."""
        return pd.DataFrame([end.to_plain() for end in self.ends])

    def table(self, profiles: Profiles | Traced | None = None) -> pd.DataFrame:
        """Return the outcome probabilities mu: what the model says of a choice among all outcomes of an item.

        Parameters
        ----------
        profiles : Profiles or coded ballots, optional
            The data, to tell where the types had that choice. `expected` has what they did on the menus they had.

        Returns
        -------
        DataFrame
            One row for each type, item and outcome: type, item, outcome, probability. Binomial items have the outcome
            "success", multinomial ones their cells; `parameters` has the other parameters. The probability is NaN where
            a type says nothing: fewer than half an observation of it is expected to have had the outcome on offer, or
            to have answered the item (`docs/formulas.md`, "Menus of which a type says nothing"). With profiles also
            observed, the expected number of observations of the type that could choose among all outcomes of the item:
            where it is small, the probability is an extrapolation (independence of irrelevant alternatives).
        """
        table = outcome_table(self.evidence, self.params)
        if profiles is None:
            return table
        of = self.observations(profiles)
        number = on_full_menu(of.recoded(self.schema), self.evaluate(of).posterior)
        observed = [number[item][k - 1] for k, item in zip(table["type"], table["item"], strict=True)]
        return table.assign(observed=observed)

    def expected(self, profiles: Profiles | Traced, by: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Return what each type did on the menus it had: sums of posteriors over the observations.

        Parameters
        ----------
        profiles : Profiles or coded ballots
            Any data with the items of the fit.
        by : str or sequence of str, optional
            Group columns of the profiles. By default the party at the top of the ticket, "top", where they have it;
            an empty sequence for no groups.

        Returns
        -------
        DataFrame
            One row for each type, group, item of categories, menu that somebody of the group had, and outcome on that
            menu: type, the group columns, item, menu (its outcomes with | between them), outcome, expected (number of
            observations), share (of those of the type and group with this menu; NaN where there are none).

        Raises
        ------
        InputError
            If there are items or outcomes that were not fitted, or group columns that the profiles do not have.

        Notes
        -----
        E(k, g, j, m, l) = sum over profiles u with menu m and outcome l of item j of n_ug zeta_uk, with the weights
        n_ug of group g (`docs/formulas.md`, "What types did"). Summed over types it is the number of observations. No
        assumption on menus is made, unlike for the probabilities of `table`, which are those of a choice among all
        outcomes.

        Examples
        --------
        >>> import blocs
        >>> votes = {"a": ["x", "y", "x", "x"], "b": ["x", "y", "y", "x"], "region": ["N", "N", "S", "S"]}
        >>> profiles = blocs.Profiles.from_table(votes, groups="region")
        >>> blocs.fit(profiles, types=1).expected(profiles, by="region").query("item == 'a'")
           type region item menu outcome  expected  share
        0     1      N    a  x|y       x       1.0    0.5
        1     1      N    a  x|y       y       1.0    0.5
        4     1      S    a  x|y       x       2.0    1.0
        5     1      S    a  x|y       y       0.0    0.0
        """
        of = self.observations(profiles)
        return expected_counts(of, self.evaluate(of).posterior, by)

    @property
    def design(self) -> Design | None:
        """The columns of covariates that the shares depend on, None without a formula."""
        design = self.mixture.membership.design
        return design if isinstance(design, Design) else None

    @property
    def groups(self) -> Groups | None:
        """The groups that have shares of their own, None where there are none."""
        return self.mixture.membership.groups

    def shares_by_group(self, minimum: int = 1) -> pd.DataFrame:
        """Return the shares of the types in every group.

        Parameters
        ----------
        minimum : int
            Groups of fewer observations are withheld: their numbers are NaN. So are the next larger ones until those
            withheld have as many observations together, as one alone could be worked out from the means.

        Returns
        -------
        DataFrame
            One row for each group and type: the columns of the groups, n (observations of the group), type, share.
            `blocs.shares_by_group` has them with standard errors, and with those of small groups drawn to the mean.

        Raises
        ------
        InputError
            For a minimum below 1.
        UnsupportedError
            If groups have no shares of their own.

        Examples
        --------
        >>> import blocs
        >>> table = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 1, 1, 1, 0], "precinct": [1, 1, 1, 2, 2, 2]}
        >>> profiles = blocs.Profiles.from_table({**table, "c": table["a"]}, covariates="precinct")
        >>> blocs.fit(profiles, types=1, groups="precinct").shares_by_group()
           precinct    n  type  share
        0         1  3.0     1    1.0
        1         2  3.0     1    1.0
        """
        return group_table(self.mixture.membership, self.params, minimum)

    def coefficients(self, reference: int = 1) -> pd.DataFrame:
        """Return the coefficients of the covariates: log-odds of each type against a type.

        Parameters
        ----------
        reference : int
            Number of the type that the others are compared with.

        Returns
        -------
        DataFrame
            One row for each other type and column of the formula: type, term, coefficient (of one unit of the
            covariate), odds_ratio, flag ("boundary": it is infinite, as where nobody with some value of the covariate
            is of a type, and the number is where the fit stopped; or ""). `blocs.standard_errors` has their errors.

        Raises
        ------
        InputError
            If there is no such type.
        UnsupportedError
            If the fit has no covariates.

        Examples
        --------
        >>> import blocs
        >>> table = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 1, 1, 1, 0], "age": [20, 30, 40, 50, 60, 70]}
        >>> profiles = blocs.Profiles.from_table({**table, "c": table["a"]}, covariates="age")
        >>> fit = blocs.fit(profiles, types=1, covariates="~ age")
        >>> fit.coefficients().columns.tolist(), fit.design.columns
        (['type', 'term', 'coefficient', 'odds_ratio', 'flag'], ('intercept', 'age'))
        """
        return coefficient_table(self.mixture.membership, self.params, reference, self.separated)

    def parameters(self) -> pd.DataFrame:
        """Return the parameters of counts and measurements.

        Returns
        -------
        DataFrame
            One row for each type, item and parameter: type, item, parameter, value. Rates, means and variances are in
            the units of the data, NaN as in `table`; the probabilities of categories are in `table`.
        """
        return parameter_table(self.evidence, self.params)

    @cached_property
    def evidence(self) -> Evidence:
        """What the data that were fitted say about each type's outcomes."""
        counts = self.counts
        if counts is None:
            counts = expected_if_all_answer(self.mixture, self.params, self.n)
        return Evidence(self.mixture, counts, self.n / max(self.profiles, 1))

    def unknown(self, profiles: Profiles) -> tuple[Place, ...]:
        """Return the menus and items of profiles of which a type says nothing: `places` of `evaluate`.

        Parameters
        ----------
        profiles : Profiles
            As for `posterior`.

        Returns
        -------
        tuple of Place
            item, menu ("" for counts and measurements), types (K,) bool, rows (U,) bool.

        Raises
        ------
        InputError
            If there are items or outcomes that were not fitted.
        """
        return tuple(self.evidence.places(self._recoded(profiles)))

    def summary(self, errors: Errors | None = None, test: object = None) -> Summary:
        """Return the fit as text of 80 columns.

        Parameters
        ----------
        errors : StandardErrors or Bootstrap, optional
            What `blocs.standard_errors` or `blocs.bootstrap` returned: the tables then have standard errors and 95 per
            cent intervals; with covariates a Wald test of each term and average changes of the shares follow.
        test : SharesTest, optional
            What `blocs.shares_test` returned: likelihood ratios, and how far covariates or groups moved the types.

        Returns
        -------
        str
            To be printed: numbers of the fit, shares, probabilities, other parameters, and what a reader should know.
        """
        return summary_text(self, errors, test)

    def to_latex(self, errors: ErrorTables | None = None) -> str:
        """Return the probabilities of all types as a table in LaTeX; `blocs.papers` has more tables and other forms.

        Parameters
        ----------
        errors : StandardErrors or Bootstrap, optional
            Adds a column of standard errors beside each type.

        Returns
        -------
        str
            A `table` environment; its first line names the packages that it needs.
        """
        return probabilities(self, errors).to_latex()

    def evaluate(self, profiles: Profiles) -> Evaluation:
        """Return the posteriors of the profiles, and where they rest on what is not known.

        Parameters
        ----------
        profiles : Profiles
            As for `posterior`.

        Returns
        -------
        Evaluation
            posterior (U, K), unknown (U,) and places, in the order of `profiles`.

        Raises
        ------
        InputError
            If there are items or outcomes that were not fitted.

        Notes
        -----
        Where a type says nothing about a menu, such as one of two options that it never chose, or about an item
        that nobody of the type answered, it has the probabilities of the other types together, so that the item leaves
        its posterior as it is (`docs/formulas.md`, "Menus of which a type says nothing").

        Examples
        --------
        >>> import blocs
        >>> table = {"a": ["x", "x", "y", "z"], "b": [0, 0, 1, 1], "c": [0, 0, 1, 1], "n": [40, 40, 30, 10]}
        >>> fit = blocs.fit(blocs.Profiles.from_table(table, weights="n"), types=2)
        >>> new = blocs.Profiles.from_table({"a": ["y"]}, menus={"a": [{"y", "z"}]})
        >>> evaluation = fit.evaluate(new)  # type 1 chooses x alone
        >>> evaluation.posterior.round(3).tolist(), [(p.item, p.menu, p.types.tolist()) for p in evaluation.places]
        ([[0.667, 0.333]], [('a', 'y|z', [True, False])])
        """
        return evaluated(self.evidence, self.params, self._recoded(profiles))

    def posterior(self, data: Profiles | Traced | Any) -> pd.DataFrame:
        """Return the posterior probability of each type for every input row.

        Parameters
        ----------
        data : Profiles, coded ballots or table
            Profiles of any data with the items of the fit: rows may have missing items and other menus. Or ballots
            coded with `blocs.code_rows`, which keeps the way back to each of them. Or a table with the columns of the
            fit, whose items had no menus.

        Returns
        -------
        DataFrame
            (rows, K) float, one row for each input row: the shares where every item is missing, null where it was set
            aside for its weight or a missing covariate (and, in fits with covariates or groups, where profiles set it
            aside with every item missing). Ballots have their own ids as the index (see `blocs.ballots.follow`).
            Profiles made from counts rather than rows give one row for each profile.

        Raises
        ------
        InputError
            If there are items or outcomes that were not fitted, or columns of a table are not there.

        Notes
        -----
        zeta_uk is proportional to pi_k prod_j p_kj(x_uj) (000 eq. 2.8; `docs/formulas.md`). `evaluate` says for
        which rows that rests on a menu of which a type says nothing.

        Examples
        --------
        >>> import blocs
        >>> fit = blocs.fit(blocs.Profiles.from_table({"a": [0, 0, 0, 1], "b": [0, 0, 1, 1]}), types=1)
        >>> fit.posterior({"a": [1, None], "b": [0, None]})[1].tolist()
        [1.0, 1.0]
        """
        profiles = self._alike(data)
        zeta, without = self.evaluate(profiles).posterior, self.params.shares[0] if self._common else np.nan
        rows = data.expand(zeta) if isinstance(data, Traced) else profiles.expand(zeta, without)
        return rows.set_axis(list(self._numbers), axis=1)

    def predict_proba(self, data: Profiles | Any) -> pd.DataFrame:
        """Return `posterior`, under the name that scikit-learn gives it."""
        return self.posterior(data)

    def predict(self, data: Profiles | Any) -> pd.Series[int]:
        """Return the most probable type of each input row, from 1; null where all items are missing."""
        return self.assign(data)["type"]

    def assign(self, data: Profiles | Traced | Any) -> pd.DataFrame:
        """Return the most probable type of each input row.

        Parameters
        ----------
        data : Profiles or table
            As for `posterior`.

        Returns
        -------
        DataFrame
            type (from 1), its posterior probability, and `unknown`: the posterior probability of the types that say
            nothing about one of the row's menus (see `evaluate`). One row for each input row, null where it was set
            aside and where every item is missing.

        Raises
        ------
        InputError
            If there are items or outcomes that were not fitted.
        """
        profiles = self._alike(data)
        evaluation = self.evaluate(profiles)
        zeta = evaluation.posterior
        each = np.column_stack([self._numbers[zeta.argmax(axis=1)], zeta.max(axis=1), evaluation.unknown])
        each[profiles.empty] = np.nan
        rows = data.expand(each) if isinstance(data, Traced) else profiles.expand(each)
        return rows.set_axis(["type", "probability", "unknown"], axis=1).astype({"type": "Int64"})

    def score(self, data: Profiles | Any) -> float:
        """Return the log-likelihood of any data at these parameters: of all rows together, not their mean.

        Parameters
        ----------
        data : Profiles or table
            As for `posterior`.

        Returns
        -------
        float
            sum_u n_u log sum_k pi_k prod_j p_kj(x_uj) (000 eq. 2.7). On a menu that no fitted row had, and for an item
            that nobody answered, a type that says nothing of it has the probabilities that it has in `evaluate`.

        Raises
        ------
        InputError
            If there are items or outcomes that were not fitted.
        """
        recoded = self._recoded(self.observations(self._alike(data)))
        mixture = self.mixture.bind(recoded.schema)
        task = substituted(mixture, self.params, self.evidence.unknown_and_new(recoded.schema))
        parts = recoded.shards(-(-len(recoded) // ROWS_PER_SHARD))
        return float(sum(part.weights @ task.posterior(mixture.shard(part))[0][:, 0] for part in parts))

    def relabel(self, mapping: Mapping[int, int] | HasMapping) -> Fit:
        """Return the same fit with its types in other numbers, such as those of a fit that it is compared with.

        Parameters
        ----------
        mapping : mapping of int to int, or Match
            Number of each type -> its new number, one to one, as `blocs.match` finds it.

        Returns
        -------
        Fit
            Its types are no longer ordered by share.

        Raises
        ------
        InputError
            If the mapping does not give each of the numbers 1 to K to one type.
        UnsupportedError
            Where something is known of the types of rows, so that types have names, or constraints tell them apart.

        Examples
        --------
        >>> import blocs
        >>> fit = blocs.fit(blocs.Profiles.from_table({"a": [0, 0, 0, 1], "b": [0, 0, 0, 1]}), types=2, seed=1)
        >>> fit.shares.round(2).tolist(), fit.relabel({1: 2, 2: 1}).shares.round(2).tolist()
        ([0.75, 0.25], [0.25, 0.75])
        """
        return relabelled(self, mapping)

    def check(self, profiles: Profiles, again: float | None = None) -> None:
        """Compute the log-likelihood again on the profiles that were fitted.

        Parameters
        ----------
        profiles : Profiles
            The data that were fitted.
        again : float, optional
            The log-likelihood, where it was computed already.

        Raises
        ------
        MismatchError
            If the result is not `loglik`, or the numbers of observations differ.
        """
        require_profiles(profiles)
        loglik = self.score(profiles) if again is None else again
        if not abs(loglik - self.loglik) <= 1e-9 * max(1.0, abs(self.loglik)):
            same = "the same data" if profiles.hash == self.data else "other data (the content hash differs)"
            raise MismatchError(
                f"The fit recorded a log-likelihood of {self.loglik:.6f}; its parameters give {loglik:.6f} on these "
                f"profiles, which are {same}. Give the profiles that were fitted, or fit again."
            )
        if not abs(profiles.n - self.n) <= 1e-9 * max(1.0, profiles.n):
            raise MismatchError(
                f"The fit recorded {self.n:,g} observations, and these profiles are of {profiles.n:,g}. Give the "
                "profiles that were fitted, or fit again."
            )

    def plot(self, profiles: Profiles | Traced | None = None, **settings: Any) -> Any:
        """Draw the types: of ballots how each voted in each office, of other data the item profiles.

        Parameters
        ----------
        profiles : Profiles or coded ballots, optional
            The ballots, which the picture of ballots needs; other items are drawn without data.
        **settings
            Arguments of `blocs.plots.types_by_office`, or of `blocs.plots.item_profiles`; and `compare=`, numbers of
            types such as range(1, 5), each of which has a panel of its item profiles, fitted as this fit was.

        Returns
        -------
        array of matplotlib Axes
            ``axes.flat[0].figure`` is the figure.

        Raises
        ------
        InputError
            For a fit of ballots without the ballots.
        MissingPackageError
            Without matplotlib.
        """
        # Pictures stand above the questions to a fit, and those above the fit: this is the one call that goes up.
        return import_module("blocs.plots.of_fit").picture_of(self, profiles, **settings)

    def save(self, path: str | Path) -> None:
        """Write the fit as a JSON file, which is written whole or not at all.

        Parameters
        ----------
        path : str or Path
            The file.

        Raises
        ------
        InputError
            If the file cannot be written.
        """
        write_json(path, self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        return to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fit:
        """Return the fit that `to_dict` described.

        Raises
        ------
        InputError
            If parts are not what they should be, the parameters above all.
        """
        return cls(**from_plain(data))

    @property
    def flags(self) -> tuple[str, ...]:
        """What a reader should know about the solution.

        The status if it is not "converged"; "empty_type": a type has less than half an observation; "boundary": a
        probability is 0 or 1, or coefficients of covariates are infinite (`coefficients` has which); "singular": a
        covariance is at its floor, or would be singular without its ridge, or is narrow and would be singular without
        one of its type's rows; "not_identified": the data cannot tell the types apart, because other parameters give
        every possible row the same probability, or because there is no information about some of them at the solution,
        as where two types are the same; "not_checked": whether they can was not computed, as there are more than 3,000
        parameters (`blocs.diagnose` computes the information at the solution); "unknown": a type says nothing of an
        outcome or item, whose probability or parameters are NaN in the tables; "best_once": at most one start reached
        the best optimum by its own iterations.
        """
        return flags_of(self)

    @property
    def _common(self) -> bool:
        """Whether all rows have the same shares."""
        return self.mixture.membership.common

    @property
    def _numbers(self) -> NDArray[np.int64]:
        return np.arange(1, self.types + 1)

    def _alike(self, data: Profiles | Traced | Any) -> Profiles:
        """Return profiles as they are, and any table as profiles with the items and covariates of the fit."""
        design = self.mixture.membership.design
        return profiles_alike(data, self.schema, () if design is None else design.names)

    def observations(self, data: Profiles | Traced) -> Profiles:
        """Return profiles in which group columns are covariates where the shares depend on them.

        Parameters
        ----------
        data : Profiles or coded ballots
            Such as those that were fitted.

        Returns
        -------
        Profiles
            The very same where they have the covariates, or the shares depend on none.
        """
        design, profiles = self.mixture.membership.design, profiles_of(data)
        return profiles if design is None else crossed(profiles, design.names)

    def _recoded(self, profiles: Profiles) -> Profiles:
        """Return the profiles in the fit's items and outcomes, in their own order."""
        require_profiles(profiles)
        return profiles.recoded(self.schema)

    def __repr__(self) -> str:
        shares = ", ".join(f"{share:.1%}" for share in self.params.shares[0])
        states = dict.fromkeys([self.status, *self.flags])  # the status is a flag where it is not "converged"
        return (
            f"<Fit of {counted(self.types, 'type')} to {counted(round(self.n), 'observation')} "
            f"({counted(self.profiles, 'profile')}): "
            f"log-likelihood {self.loglik:,.4f}, shares {shares}, {', '.join(states)}>"
        )

    def _repr_html_(self) -> str:
        entropies = (("relative entropy", self.relative_entropy), ("entropy R2", self.entropy_r2))
        remarks = [f"{name} {value:.4f}" for name, value in entropies if value is not None]
        remarks += [f"flags: {', '.join(self.flags)}"] if self.flags else []
        return fit_html(self, repr(self)[1:-1], "; ".join(remarks))
