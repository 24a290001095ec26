"""What all estimators share: validation, the fit, posteriors, scores, criteria, sampling. No statistics here."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, DensityMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from ..core.errors import InputError, UnsupportedError, missing_columns
from ..em.fit import fit
from ..membership import columns_of
from ..model.mixture import Params
from ..profiles import Profiles
from ..profiles.frames import Columns, read_columns
from ..profiles.row_covariates import row_covariates
from ..profiles.weights import weigh
from ..results.fit_result import Fit

__all__ = ["MixtureEstimator", "unmasked"]

Floats = NDArray[np.float64]


class MixtureEstimator(ClassNamePrefixFeaturesOutMixin, TransformerMixin, DensityMixin, BaseEstimator):
    """A mixture of n_components types. A subclass says how X becomes profiles and how rows of a type are drawn."""

    covariates: Any = None
    """Columns that shares depend on, in the classes that have them among their parameters."""

    def __init__(
        self, n_components: int = 1, *, tol: float = 1e-6, max_iter: int = 1000, n_init: int = 10,
        random_state: Any = None,
    ) -> None:  # fmt: skip
        self.n_components = n_components
        self.tol = tol
        self.max_iter = max_iter
        self.n_init = n_init
        self.random_state = random_state

    @abstractmethod
    def _profiles(self, X: NDArray[Any], sample_weight: Floats | None) -> Profiles:
        """Return the profiles of a validated X."""

    @abstractmethod
    def _draw(self, k: int, n: int, rng: np.random.RandomState) -> NDArray[Any]:
        """Return (n, n_features_in_) draws of component k."""

    def _validated(self, X: Any, reset: bool) -> NDArray[Any]:
        X = unmasked(X, np.float64)
        return np.asarray(
            validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=1)
        )

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fit the mixture to the rows of X.

        Parameters
        ----------
        X : (N, J) array or frame
            One row an observation; NaN cells, and masked ones of a masked array, are missing at random. Rows in which
            every cell is missing say nothing and are no observations; their posteriors are `weights_`.
        y : None
            Not used; scikit-learn gives it.
        sample_weight : (N,) float, optional
            Weights: a row of weight 3 is three rows. Weights that sum to 1 or less are rescaled to the number of rows.

        Returns
        -------
        The estimator itself.

        Raises
        ------
        ValueError
            If an argument of the estimator, X or the weights are out of range.

        Warns
        -----
        ConvergenceWarning
            If the best start did not converge in `max_iter` iterations.
        UserWarning
            If the weights sum to less than the number of rows: they are hardly numbers of observations.
        """
        sample_weight = _in_order(X, sample_weight)
        X, beside = self._divided(X)
        X = self._validated(X, reset=True)
        weights, remark = (None, "") if sample_weight is None else _weights(sample_weight, len(X))
        if remark:
            warnings.warn(remark, stacklevel=2)
        self._check(X)
        empty = self._empty(X)
        used = ~empty if empty.any() and not empty.all() else np.ones(len(X), dtype=bool)
        if beside is not None and weights is not None:
            used &= weights > 0
        X, weights = X[used], None if weights is None else weights[used]
        profiles = self._profiles(X, weights)
        if beside is not None:
            profiles = row_covariates(profiles, beside.take(used), np.ones(len(X)) if weights is None else weights)
        self._set_attributes(self._run(profiles))
        if not self.converged_:
            warnings.warn(
                f"{type(self).__name__} stopped after {self.n_iter_} iterations before it converged. "
                "Raise max_iter or tol.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _empty(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return (N,) whether every cell of a row is missing."""
        return np.asarray(pd.isna(X).all(axis=1))

    def _check(self, X: NDArray[Any]) -> None:
        for name, least in (("n_components", 1), ("n_init", 1), ("max_iter", 1), ("tol", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}={getattr(self, name)!r}: it is {least} or more.")
        if self.n_components > len(X):
            raise ValueError(f"n_components={self.n_components} is more than n_samples={len(X)}.")

    def _seed(self) -> int:
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _run(self, profiles: Profiles) -> Fit:
        """Return the fit; tol is in log-likelihood units."""
        return fit(
            profiles, self.n_components, starts=self.n_init, seed=self._seed(), gain=max(self.tol, 1e-12), change=1e-3,
            steps=self.max_iter, jobs=1, covariates=self._formula()[0],
        )  # fmt: skip

    def _set_attributes(self, fit: Fit) -> None:
        """Set the attributes that scikit-learn's mixtures have."""
        self.fit_ = fit
        self.weights_ = fit.params.shares[0].copy()
        self.converged_ = fit.status == "converged"
        self.n_iter_ = next(end.iterations for end in fit.ends if end.loglik == max(e.loglik for e in fit.ends))
        self.lower_bound_ = fit.loglik / fit.n
        self.lower_bounds_ = [value / fit.n for value in fit.trace]
        self._n_features_out = self.n_components

    @property
    def _params(self) -> Params:
        return self.fit_.params

    def _aligned(self, X: Any) -> Profiles:
        check_is_fitted(self)
        X, beside = self._divided(X)
        profiles = self._profiles(self._validated(X, reset=False), None)
        if beside is not None:
            profiles = row_covariates(profiles, beside, np.ones(len(beside)))
        return profiles.align(self.fit_.schema)

    def _formula(self) -> tuple[str | None, tuple[str, ...]]:
        """Return the formula of the covariates and the columns in it; None without any."""
        if self.covariates is None:
            return None, ()
        if isinstance(self.covariates, str) and self.covariates.lstrip().startswith("~"):
            return self.covariates, columns_of(self.covariates)
        names = [self.covariates] if isinstance(self.covariates, str) else list(self.covariates)
        formula = "~ " + " + ".join(name if str(name).isidentifier() else f"`{name}`" for name in names)
        return formula, columns_of(formula)

    def _divided(self, X: Any) -> tuple[Any, Columns | None]:
        """Return the columns of X that are items, and those of the covariates."""
        names = self._formula()[1]
        if not names:
            return X, None
        if not isinstance(X, pd.DataFrame):
            raise ValueError(f"covariates={self.covariates!r} are columns of X by their names: X is a pandas "
                             f"DataFrame, not {type(X).__name__}.")  # fmt: skip
        columns = read_columns(X)
        faults = missing_columns(names, "covariates", list(columns.data))
        if faults:
            raise InputError(*faults)
        return X.drop(columns=list(names)), replace(columns, data={name: columns.data[name] for name in names})

    def predict_proba(self, X: Any) -> Floats:
        """Return (N, n_components) posterior probabilities of the rows of X (N, J)."""
        profiles = self._aligned(X)
        return np.asarray(self.fit_.evaluate(profiles).posterior[np.asarray(profiles.index)])

    def transform(self, X: Any) -> Floats:
        """Return (N, n_components) posterior probabilities, as features."""
        return self.predict_proba(X)

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return (N,) int, the most probable component of each row, from 0."""
        return np.asarray(self.predict_proba(X).argmax(axis=1))

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> NDArray[np.int64]:
        """Fit, and return the most probable component of the same rows."""
        return self.fit(X, y, sample_weight).predict(X)

    def score_samples(self, X: Any) -> Floats:
        """Return (N,) log-likelihood of each row."""
        profiles = self._aligned(X)
        loglik = self.fit_.mixture.bind(profiles.schema).posterior(self._params, profiles)[0]
        return np.asarray(loglik[np.asarray(profiles.index)])

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the mean log-likelihood of the rows that say something, by weight where weights are given."""
        loglik, weights = self._weighed(X, sample_weight)
        return float(weights @ loglik / weights.sum())

    def aic(self, X: Any, sample_weight: Any = None) -> float:
        """Return Akaike's criterion on X, -2 loglik + 2 p; give the weights again where the fit had weights."""
        return self._deviance(X, sample_weight)[0] + 2 * self.fit_.n_parameters

    def bic(self, X: Any, sample_weight: Any = None) -> float:
        """Return the Bayesian (Schwarz's) criterion on X, -2 loglik + p log N, N the sum of the weights."""
        deviance, n = self._deviance(X, sample_weight)
        return float(deviance + self.fit_.n_parameters * np.log(n))

    def _deviance(self, X: Any, sample_weight: Any) -> tuple[float, float]:
        """Return -2 log-likelihood of the rows and the number of observations."""
        loglik, weights = self._weighed(X, sample_weight)
        return float(-2 * weights @ loglik), float(weights.sum())

    def _weighed(self, X: Any, sample_weight: Any) -> tuple[Floats, Floats]:
        """Return (N,) log-likelihood and weight of each row, 0 where every cell is missing although others are not."""
        loglik, sample_weight = self.score_samples(X), _in_order(X, sample_weight)
        weights = np.ones(len(loglik)) if sample_weight is None else _weights(sample_weight, len(loglik))[0]
        empty = self._empty(self._validated(self._divided(X)[0], reset=False))
        return loglik, weights if empty.all() else np.where(empty, 0.0, weights)

    def sample(self, n_samples: int = 1) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Draw rows from the mixture.

        Parameters
        ----------
        n_samples : int
            Number of rows.

        Returns
        -------
        X : (n_samples, J) array
            The rows, component by component.
        y : (n_samples,) int
            The component of each row.

        Raises
        ------
        ValueError
            If n_samples is below 1, or there are covariates.
        """
        check_is_fitted(self)
        if self.covariates is not None:
            raise UnsupportedError("Rows are not drawn from a mixture with covariates, which no model gives values.")
        if n_samples < 1:
            raise ValueError(f"n_samples={n_samples}: at least one is needed.")
        rng = check_random_state(self.random_state)
        sizes = rng.multinomial(n_samples, self.weights_ / self.weights_.sum())
        X = np.vstack([self._draw(k, int(n), rng) for k, n in enumerate(sizes)])
        return X, np.repeat(np.arange(self.n_components), sizes)

    def __sklearn_tags__(self) -> Any:
        """Return the tags: missing values are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.estimator_type = "density_estimator"
        return tags

    def _names(self) -> list[str]:
        """Return the names of the items."""
        names = getattr(self, "feature_names_in_", None)
        return [str(name) for name in names] if names is not None else [f"x{j}" for j in range(self.n_features_in_)]


def unmasked(X: Any, kind: Any) -> Any:
    """Return a masked array as one of that type in which masked cells are NaN, anything else as it is."""
    masked: Any = X
    return masked.astype(kind).filled(np.nan) if isinstance(X, np.ma.MaskedArray) else X


def _in_order(X: Any, sample_weight: Any) -> Any:
    """Return weights in the order of the rows of X: a Series by its labels where X is a DataFrame."""
    if not isinstance(X, pd.DataFrame):
        return sample_weight
    return Columns({}, {}, X.index, labelled=True).in_order(sample_weight, "sample_weight")


def _weights(given: Any, n: int) -> tuple[Floats, str]:
    """Return (n,) weights of the rows, and a remark if they are hardly numbers; a number is the weight of every row."""
    weights = np.asarray(given, dtype=np.float64)
    if weights.ndim == 0:
        weights = np.full(n, float(weights))
    if weights.shape != (n,):
        raise ValueError(f"sample_weight has shape {weights.shape}; it has one number a row: {(n,)}.")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("sample_weight must be finite and not negative.")
    if not weights.any():
        raise ValueError("sample_weight is zero for all rows: every weight is zero, and nothing is left to fit.")
    counts, design, remark, _ = weigh(weights, None, n, "sample_weight")
    return (counts if design is None else design * (counts.sum() / design.sum())), remark
