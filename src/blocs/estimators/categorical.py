"""CategoricalMixture: latent class analysis as a scikit-learn estimator."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from ..core.errors import counted
from ..core.schema import plain_label
from ..profiles import Profiles
from .base import MixtureEstimator, unmasked

__all__ = ["CategoricalMixture"]

Floats = NDArray[np.float64]


class CategoricalMixture(MixtureEstimator):
    """Latent class analysis: types of rows of categories, one item a column; missing cells are missing at random.

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
    handle_unknown : {"error", "missing"}
        What a category that was not fitted is when predicting: refused, or a missing cell. A column of several cells
        none of which has a category of the fit is refused in either case, unless all are the same categories written as
        text, or as numbers: then they are read as those, with a warning.
    covariates : str or list of str, optional
        Columns of X, a pandas DataFrame, that the shares of the types depend on and that are no items: a name, names,
        or a formula such as "~ age + C(party)". `fit_.coefficients()` has the coefficients, `blocs.standard_errors`
        their errors.

    Attributes
    ----------
    weights_ : (K,) float
        Shares of the types, largest first.
    categories_ : list of (L,) arrays
        Categories of each item.
    probabilities_ : list of (K, L) arrays
        Their probabilities under each type.
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
    >>> X = [["a", "x", "p"]] * 3 + [["b", "y", "q"]] * 5
    >>> CategoricalMixture(n_components=2, random_state=1).fit_predict(X).tolist()
    [1, 1, 1, 0, 0, 0, 0, 0]
    """

    def __init__(
        self, n_components: int = 1, *, tol: float = 1e-6, max_iter: int = 1000, n_init: int = 10,
        random_state: Any = None, handle_unknown: str = "error", covariates: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(n_components, tol=tol, max_iter=max_iter, n_init=n_init, random_state=random_state)
        self.handle_unknown = handle_unknown
        self.covariates = covariates

    def _validated(self, X: Any, reset: bool) -> NDArray[Any]:
        X = unmasked(X, object)
        return np.asarray(validate_data(self, X, reset=reset, dtype=None, ensure_all_finite="allow-nan"))

    def _profiles(self, X: NDArray[Any], sample_weight: Floats | None) -> Profiles:
        names = self._names()
        columns = {name: pd.Series(X[:, j]) for j, name in enumerate(names)}
        if hasattr(self, "fit_"):
            for name, categories in zip(names, self.categories_, strict=True):
                columns[name] = self._known(name, columns[name], categories.tolist())
        return Profiles.from_table(columns, names, weights=sample_weight, keep_empty=True)

    def _known(self, name: str, column: pd.Series[Any], categories: list[Any]) -> pd.Series[Any]:
        """Return a column of new rows with unknown cells as `handle_unknown` says; refuse one without a known cell."""
        cells, known = column.dropna(), column.isin(categories)
        if categories and len(cells) and not known.any():
            as_text = {str(category): category for category in categories}
            first = plain_label(cells.iloc[0])
            if cells.map(str).isin(as_text).all():
                read = f"{first!r} is read as {as_text[str(first)]!r}, and so on"
                warnings.warn(f"{name}: the categories of the fit are of another type; {read}.", stacklevel=5)
                return column.map(lambda cell: as_text[str(cell)], na_action="ignore")
            if len(cells) > 1:
                listed = ", ".join(map(repr, categories))
                raise ValueError(
                    f"{name}: none of {counted(len(cells), 'cell')} has a category of the fit ({listed}); the first is "
                    f"{first!r}. Give the column as it was for the fit."
                )
        return column.where(known) if self.handle_unknown == "missing" else column

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> CategoricalMixture:
        """Fit the mixture to the rows of X (N, J); sample_weight (N,): a row of weight 3 is three rows."""
        if self.handle_unknown not in ("error", "missing"):
            raise ValueError(f"handle_unknown={self.handle_unknown!r}: it is 'error' or 'missing'.")
        if hasattr(self, "fit_"):
            del self.fit_
        super().fit(X, y, sample_weight)
        mu, row = (self._params.families or (np.zeros((0, 1, self.n_components)),))[0][:, 0], 0
        self.categories_, self.probabilities_ = [], []
        for item in self.fit_.schema.items:
            size = len(item.outcomes)
            self.categories_.append(np.array(item.outcomes, dtype=object))
            self.probabilities_.append(mu[row : row + size].T.copy())
            row += size
        return self

    def _draw(self, k: int, n: int, rng: np.random.RandomState) -> NDArray[Any]:
        columns = [
            rng.choice(categories, size=n, p=p[k] / p[k].sum()) if len(categories) else np.full(n, None)
            for categories, p in zip(self.categories_, self.probabilities_, strict=True)
        ]
        drawn: NDArray[Any] = np.column_stack(columns)
        numbers = all(isinstance(v, int | float) for categories in self.categories_ for v in categories)
        return drawn.astype(np.float64) if numbers else drawn

    def __sklearn_tags__(self) -> Any:
        """Return the tags: categories and text are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags
