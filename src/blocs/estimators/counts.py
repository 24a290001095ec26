"""BinomialMixture, MultinomialMixture, PoissonMixture: types of rows of counts, with scikit-learn's manners.

As scikit-learn's MultinomialNB, they take fractional counts too: the likelihood is then a quasi-likelihood.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Item, Kind, Schema
from ..profiles import Profiles
from ..profiles.rows import unique_values
from .base import MixtureEstimator

__all__ = ["BinomialMixture", "MultinomialMixture", "PoissonMixture"]

Floats = NDArray[np.float64]


class _Counts(MixtureEstimator):
    """Counts: not negative."""

    @abstractmethod
    def _coded(self, X: Floats) -> list[tuple[Item, NDArray[np.int64]]]:
        """Return items and codes of X."""

    def _profiles(self, X: NDArray[Any], sample_weight: Floats | None) -> Profiles:
        if (X < 0).any():
            raise ValueError(f"Negative values in data passed to {type(self).__name__}: counts are 0, 1, 2, ...")
        coded = self._coded(X)
        weights = np.ones(len(X)) if sample_weight is None else sample_weight
        used = weights > 0
        codes = np.column_stack([codes for _, codes in coded])[used]
        return Profiles.from_codes(Schema(tuple(item for item, _ in coded)), codes, weights[used])

    def __sklearn_tags__(self) -> Any:
        """Return the tags: counts are not negative."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags


class BinomialMixture(_Counts):
    """Types of rows of numbers of successes, one item a column.

    Parameters
    ----------
    n_components : int
        Number of types K.
    n_trials : int, (J,) int, or None
        Number of trials, one for all columns or one a column; by default the largest value of each column.
    tol : float
        Largest projected remaining gain of a converged start, in log-likelihood units.
    max_iter : int
        Iterations of a start at most.
    n_init : int
        Number of random starts at first; more are tried while the best optimum was reached once.
    random_state : int, RandomState or None
        Seed of the starts and of `sample`.
    covariates : str or list of str, optional
        As in `CategoricalMixture`: columns of X that the shares of the types depend on.

    Attributes
    ----------
    weights_ : (K,) float
        Shares of the types, largest first.
    probabilities_ : (K, J) float
        Success probabilities.
    n_trials_ : (J,) float
        Number of trials of each column.
    fit_ : blocs.Fit
        The fit, with everything that it can tell.
    converged_, n_iter_, lower_bound_, lower_bounds_
        As in scikit-learn's mixtures.

    Raises
    ------
    ValueError
        By `fit`, if an argument or the data are out of range.

    Examples
    --------
    >>> model = BinomialMixture(n_components=2, n_trials=10, random_state=1).fit([[1], [2], [1], [9], [8], [9]])
    >>> sorted(model.probabilities_[:, 0].round(1).tolist())
    [0.1, 0.9]
    """

    def __init__(
        self, n_components: int = 1, *, n_trials: Any = None, tol: float = 1e-6, max_iter: int = 1000, n_init: int = 10,
        random_state: Any = None, covariates: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(n_components, tol=tol, max_iter=max_iter, n_init=n_init, random_state=random_state)
        self.n_trials = n_trials
        self.covariates = covariates

    def _check(self, X: NDArray[Any]) -> None:
        super()._check(X)
        most = np.nan_to_num(X).max(axis=0)
        trials = np.maximum(np.ceil(most), 1) if self.n_trials is None else self.n_trials
        self.n_trials_ = np.broadcast_to(np.asarray(trials, dtype=np.float64), X.shape[1:]).copy()

    def _coded(self, X: Floats) -> list[tuple[Item, NDArray[np.int64]]]:
        coded = []
        for name, column, n in zip(self._names(), X.T, self.n_trials_, strict=True):
            if (column > n).any():
                raise ValueError(f"{name} has {np.nanmax(column):g} successes in {n:g} trials.")
            values, codes = unique_values(column[:, None])
            labels = tuple(f"{_text(v[0])}/{_text(n)}" for v in values)
            coded.append((Item.full(name, labels, Kind("binomial")), codes))
        return coded

    def _draw(self, k: int, n: int, rng: np.random.RandomState) -> NDArray[Any]:
        trials = np.rint(self.n_trials_).astype(int)
        return rng.binomial(trials, self.probabilities_[k], size=(n, len(trials))).astype(np.float64)

    @property
    def probabilities_(self) -> Floats:
        """(K, J) success probabilities."""
        return np.asarray(self._params.families[0][:, 0].T)


class MultinomialMixture(_Counts):
    """Types of count vectors: all columns together are one item, the total of a row is its number of trials.

    Parameters
    ----------
    n_components : int
        Number of types K.
    n_trials : int or None
        Total of the rows that `sample` draws; by default the rounded mean of the data.
    tol : float
        Largest projected remaining gain of a converged start, in log-likelihood units.
    max_iter : int
        Iterations of a start at most.
    n_init : int
        Number of random starts at first; more are tried while the best optimum was reached once.
    random_state : int, RandomState or None
        Seed of the starts and of `sample`.
    covariates : str or list of str, optional
        As in `CategoricalMixture`: columns of X that the shares of the types depend on.

    Attributes
    ----------
    weights_ : (K,) float
        Shares of the types, largest first.
    probabilities_ : (K, J) float
        Probabilities of the cells.
    fit_ : blocs.Fit
        The fit, with everything that it can tell.
    converged_, n_iter_, lower_bound_, lower_bounds_
        As in scikit-learn's mixtures.

    Raises
    ------
    ValueError
        By `fit`, if an argument or the data are out of range.

    Examples
    --------
    >>> model = MultinomialMixture(n_components=2, random_state=1).fit([[9, 1], [8, 2], [1, 9], [2, 8]])
    >>> sorted(model.probabilities_[:, 0].round(2).tolist())
    [0.15, 0.85]
    """

    def __init__(
        self, n_components: int = 1, *, n_trials: int | None = None, tol: float = 1e-6, max_iter: int = 1000,
        n_init: int = 10, random_state: Any = None, covariates: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(n_components, tol=tol, max_iter=max_iter, n_init=n_init, random_state=random_state)
        self.n_trials = n_trials
        self.covariates = covariates

    def _check(self, X: NDArray[Any]) -> None:
        super()._check(X)
        mean = float(np.nan_to_num(X).sum(axis=1).mean())
        self.n_trials_ = int(self.n_trials or max(1, round(mean)))

    def _empty(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return (N,) whether a row has no total, which all cells share."""
        return np.asarray(np.isnan(X).any(axis=1) | (np.nansum(X, axis=1) == 0))

    def _coded(self, X: Floats) -> list[tuple[Item, NDArray[np.int64]]]:
        values, codes = unique_values(np.where(self._empty(X)[:, None], np.nan, X))
        labels = tuple(" ".join(map(_text, row)) for row in values)
        return [(Item.full("counts", labels, Kind("multinomial", tuple(self._names()))), codes)]

    def _draw(self, k: int, n: int, rng: np.random.RandomState) -> NDArray[Any]:
        p = self.probabilities_[k]
        return rng.multinomial(self.n_trials_, p / p.sum(), size=n).astype(np.float64)

    @property
    def probabilities_(self) -> Floats:
        """(K, J) probabilities of the cells."""
        return np.asarray(self._params.families[0][:, 0].T)


class PoissonMixture(_Counts):
    """Types of rows of counts, one item a column.

    Parameters
    ----------
    n_components : int
        Number of types K.
    tol : float
        Largest projected remaining gain of a converged start, in log-likelihood units.
    max_iter : int
        Iterations of a start at most.
    n_init : int
        Number of random starts at first; more are tried while the best optimum was reached once.
    random_state : int, RandomState or None
        Seed of the starts and of `sample`.
    covariates : str or list of str, optional
        As in `CategoricalMixture`: columns of X that the shares of the types depend on.

    Attributes
    ----------
    weights_ : (K,) float
        Shares of the types, largest first.
    rates_ : (K, J) float
        Rates.
    fit_ : blocs.Fit
        The fit, with everything that it can tell.
    converged_, n_iter_, lower_bound_, lower_bounds_
        As in scikit-learn's mixtures.

    Raises
    ------
    ValueError
        By `fit`, if an argument or the data are out of range.

    Examples
    --------
    >>> model = PoissonMixture(n_components=2, random_state=1).fit([[1], [2], [1], [30], [31], [29]])
    >>> sorted(model.rates_[:, 0].round(2).tolist())
    [1.33, 30.0]
    """

    def __init__(
        self, n_components: int = 1, *, tol: float = 1e-6, max_iter: int = 1000, n_init: int = 10,
        random_state: Any = None, covariates: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(n_components, tol=tol, max_iter=max_iter, n_init=n_init, random_state=random_state)
        self.covariates = covariates

    def _coded(self, X: Floats) -> list[tuple[Item, NDArray[np.int64]]]:
        coded = []
        for name, column in zip(self._names(), X.T, strict=True):
            values, codes = unique_values(column[:, None])
            coded.append((Item.full(name, tuple(float(v[0]) for v in values), Kind("poisson")), codes))
        return coded

    def _draw(self, k: int, n: int, rng: np.random.RandomState) -> NDArray[Any]:
        return rng.poisson(self.rates_[k], size=(n, self.n_features_in_)).astype(np.float64)

    @property
    def rates_(self) -> Floats:
        """(K, J) rates."""
        return np.asarray(self._params.families[0][:, 0].T)


def _text(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else repr(float(value))
