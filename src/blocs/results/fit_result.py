"""Fit: the solution with its labels; it never changes and can be saved. Further questions are functions elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import MismatchError, UnsupportedError, counted
from ..core.lazy import lazy_import
from ..core.schema import Schema
from ..families import Description
from ..files.atomic import write_atomically
from ..model.identification import coinciding, too_many
from ..model.mixture import Mixture, Params
from ..profiles import Profiles, Traced, profiles_of
from .expected import expected_counts, on_full_menu
from .fit_html import fit_html
from .saved_form import from_plain, to_plain
from .start_end import StartEnd

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Fit"]


@dataclass(frozen=True)
class Fit:
    """K types fitted to profiles. Types are numbered from 1 and ordered by share, largest first.

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
    entropy : float or None
        Entropy R2, 1 - sum_u n_u H(zeta_u) / (N log K); None for one type.
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
    entropy: float | None
    ends: tuple[StartEnd, ...]
    trace: tuple[float, ...]
    status: str
    settings: Mapping[str, Any]
    data: str
    notes: tuple[str, ...] = ()
    account: Mapping[str, Any] = field(default_factory=dict)
    gradient: float | None = None
    best_start: int | None = None

    def __post_init__(self) -> None:
        if len(self.params.membership) != 1:  # shares that differ from row to row
            raise UnsupportedError(
                f"A Fit with the membership model {type(self.mixture.membership).__name__} is not available yet: its "
                "table and its file have one share for each type. Use Shares."
            )

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
    def hits(self) -> int:
        """How many starts reached the best optimum."""
        return sum(end.best for end in self.ends)

    @property
    def direct(self) -> int:
        """How many starts reached the best optimum by themselves, without a split-and-merge move."""
        return sum(end.best and end.arrived is None for end in self.ends)

    @property
    def shares(self) -> pd.Series[float]:
        """Type shares pi, (K,), indexed by type number."""
        return pd.Series(self.params.shares[0], index=self._numbers, name="share")

    @property
    def starts(self) -> pd.DataFrame:
        """Where every start ended: start, loglik, iterations, status, best, arrived."""
        return pd.DataFrame([vars(end) for end in self.ends])

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
            "success", multinomial ones their cells; `parameters` has the other parameters. With profiles also observed,
            the expected number of observations of the type that could choose among all outcomes of the item: where it
            is small, the probability is an extrapolation (independence of irrelevant alternatives).
        """
        by_name: dict[str, list[Description]] = {name: [] for name in self.schema.names}
        for row in self._described():
            if row.outcome is not None:
                by_name[row.item].append(row)
        rows = [row for name in self.schema.names for row in by_name[name]]
        table = pd.DataFrame(
            {
                "type": np.repeat(self._numbers, len(rows)),
                "item": [row.item for row in rows] * self.types,
                "outcome": pd.Series([row.outcome for row in rows] * self.types, dtype=object),
                "probability": [row.value[k] for k in range(self.types) for row in rows],
            }
        )
        if profiles is None:
            return table
        number = on_full_menu(profiles_of(profiles).recoded(self.schema), self._evaluate(profiles)[1])
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
        return expected_counts(profiles_of(profiles), self._evaluate(profiles)[1], by)

    def parameters(self) -> pd.DataFrame:
        """Return the parameters of counts and measurements.

        Returns
        -------
        DataFrame
            One row for each type, item and parameter: type, item, parameter, value. Rates, means and variances are in
            the units of the data; the probabilities of categories are in `table`.
        """
        rows = [row for row in self._described() if row.parameter is not None]
        return pd.DataFrame(
            {
                "type": np.repeat(self._numbers, len(rows)),
                "item": [row.item for row in rows] * self.types,
                "parameter": [row.parameter for row in rows] * self.types,
                "value": [float(row.value[k]) for k in range(self.types) for row in rows],
            }
        )

    def _described(self) -> list[Description]:
        """Return all lines about the types, family by family."""
        families = zip(self.mixture.families, self.params.columns()[1:], strict=True)
        return [row for family, theta in families for row in family.describe(theta)]

    def posterior(self, profiles: Profiles | Traced) -> pd.DataFrame:
        """Return the posterior probability of each type for every input row.

        Parameters
        ----------
        profiles : Profiles or coded ballots
            Any data with the items of the fit. Rows may have missing items and other menus. Ballots are coded with
            `blocs.code_rows`, which keeps the way back to each of them.

        Returns
        -------
        DataFrame
            (rows, K) float, one row for each input row of `profiles`, null where it was set aside. Ballots have their
            own ids as the index (see `blocs.ballots.follow`). Profiles made from counts rather than rows give one row
            for each profile.

        Raises
        ------
        InputError
            If there are items or outcomes that were not fitted.

        Notes
        -----
        zeta_uk is proportional to pi_k prod_j p_kj(x_uj) (000 eq. 2.8; `docs/formulas.md`).
        """
        zeta = self._evaluate(profiles)[1]
        return profiles.expand(zeta).set_axis(list(self._numbers), axis=1)

    def assign(self, profiles: Profiles | Traced) -> pd.DataFrame:
        """Return the most probable type of each input row.

        Parameters
        ----------
        profiles : Profiles
            As for `posterior`.

        Returns
        -------
        DataFrame
            type (from 1) and its posterior probability, one row for each input row, null where it was set aside.

        Raises
        ------
        InputError
            If there are items or outcomes that were not fitted.
        """
        zeta = self.posterior(profiles)
        used = zeta.notna().all(axis=1)
        best = pd.Series(pd.NA, index=zeta.index, dtype="Int64")
        best[used] = zeta[used].idxmax(axis=1).astype("Int64")
        return pd.DataFrame({"type": best, "probability": zeta.max(axis=1)})

    def score(self, profiles: Profiles | Traced) -> float:
        """Return the log-likelihood of any profiles at these parameters.

        Parameters
        ----------
        profiles : Profiles
            As for `posterior`.

        Returns
        -------
        float
            sum_u n_u log sum_k pi_k prod_j p_kj(x_uj) (000 eq. 2.7).

        Raises
        ------
        InputError
            If there are items or outcomes that were not fitted.
        """
        loglik = self._evaluate(profiles)[0]
        return float(profiles_of(profiles).weights @ loglik)

    def check(self, profiles: Profiles) -> None:
        """Compute the log-likelihood again on the profiles that were fitted.

        Parameters
        ----------
        profiles : Profiles
            The data that were fitted.

        Raises
        ------
        MismatchError
            If the result is not `loglik`.
        """
        loglik = self.score(profiles)
        if not abs(loglik - self.loglik) <= 1e-9 * max(1.0, abs(self.loglik)):
            same = "the same data" if profiles.hash == self.data else "other data (the content hash differs)"
            raise MismatchError(
                f"The fit recorded a log-likelihood of {self.loglik:.6f}; its parameters give {loglik:.6f} on these "
                f"profiles, which are {same}. Give the profiles that were fitted, or fit again."
            )

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
        write_atomically(path, json.dumps(self.to_dict(), indent=1, allow_nan=False, ensure_ascii=False) + "\n")

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
        probability is 0 or 1; "singular": a covariance is at its floor; "not_identified": the data cannot tell the
        types apart, because there are more parameters than the table of outcomes has free cells, or because two types
        have the same parameters; "best_once": only one start reached the best optimum.
        """
        families = zip(self.mixture.families, self.params.columns()[1:], strict=True)
        edges = {edge.kind for family, theta in families for edge in family.edges(theta)}
        conditions = {
            self.status: self.status != "converged",
            "empty_type": bool((self.params.shares * self.n < 0.5).any()),
            "boundary": bool(edges - {"floor"}),
            "singular": "floor" in edges,
            "not_identified": too_many(self.mixture) or bool(coinciding(self.mixture, self.params)),
            "best_once": self.types > 1 and len(self.ends) > 1 and self.hits == 1,
        }
        return tuple(name for name, holds in conditions.items() if holds)

    @property
    def _numbers(self) -> NDArray[np.int64]:
        return np.arange(1, self.types + 1)

    def _evaluate(self, data: Profiles | Traced) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        profiles = profiles_of(data)
        recoded = profiles.recoded(self.schema)  # in the order of `profiles`, whatever the fit's items and outcomes are
        return self.mixture.bind(recoded.schema).posterior(self.params, recoded)

    def __repr__(self) -> str:
        shares = ", ".join(f"{share:.1%}" for share in self.params.shares[0])
        return (
            f"<Fit of {counted(self.types, 'type')} to {counted(round(self.n), 'observation')} "
            f"({counted(self.profiles, 'profile')}): "
            f"log-likelihood {self.loglik:,.4f}, shares {shares}, {self.status}>"
        )

    def _repr_html_(self) -> str:
        return fit_html(repr(self)[1:-1], self.params.shares[0], self.table(), self.parameters())
