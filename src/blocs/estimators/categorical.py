"""CategoricalMixture: latent class analysis with scikit-learn's manners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from ..profiles import Profiles
from .base import MixtureEstimator

__all__ = ["CategoricalMixture"]

Floats = NDArray[np.float64]


class CategoricalMixture(MixtureEstimator):
    """Types of rows of categories: text, numbers or booleans, one item a column; missing cells are missing at random.

    handle_unknown: "missing" or "error", what a category that was not fitted is when predicting. Attributes:
    weights_ (K,), categories_ (one array an item), probabilities_ (one (K, L) array an item), fit_ (the blocs.Fit).
    """

    def __init__(
        self, n_components: int = 1, *, tol: float = 1e-6, max_iter: int = 1000, n_init: int = 10,
        random_state: Any = None, handle_unknown: str = "missing",
    ) -> None:  # fmt: skip
        super().__init__(n_components, tol=tol, max_iter=max_iter, n_init=n_init, random_state=random_state)
        self.handle_unknown = handle_unknown

    def _validated(self, X: Any, reset: bool) -> NDArray[Any]:
        return np.asarray(validate_data(self, X, reset=reset, dtype=None, ensure_all_finite="allow-nan"))

    def _profiles(self, X: NDArray[Any], sample_weight: Floats | None) -> Profiles:
        names = self._names()
        columns = {name: pd.Series(X[:, j]) for j, name in enumerate(names)}
        if hasattr(self, "fit_") and sample_weight is None and self.handle_unknown == "missing":
            for name, known in zip(names, self.categories_, strict=True):
                columns[name] = columns[name].where(columns[name].isin(set(known.tolist())))
        return Profiles.from_table(columns, names, weights=sample_weight)

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> CategoricalMixture:
        """Fit the mixture to X (N, J); sample_weight (N,): a row of weight 3 is three rows."""
        if self.handle_unknown not in ("error", "missing"):
            raise ValueError(f"handle_unknown={self.handle_unknown!r}: it is 'error' or 'missing'.")
        if hasattr(self, "fit_"):
            del self.fit_
        super().fit(X, y, sample_weight)
        mu, row = (self._params.blocks or (np.zeros((0, 1, self.n_components)),))[0][:, 0], 0
        self.categories_, self.probabilities_ = [], []
        for item in self.fit_.schema.items:
            size = len(item.outcomes)
            self.categories_.append(np.array(item.outcomes, dtype=object))
            self.probabilities_.append(mu[row : row + size].T.copy())
            row += size
        return self

    def _draw(self, k: int, n: int, rng: np.random.RandomState) -> NDArray[Any]:
        columns = [
            rng.choice(known, size=n, p=p[k] / p[k].sum()) if len(known) else np.full(n, None)
            for known, p in zip(self.categories_, self.probabilities_, strict=True)
        ]
        drawn: NDArray[Any] = np.column_stack(columns)
        numbers = all(isinstance(v, int | float) for known in self.categories_ for v in known)
        return drawn.astype(np.float64) if numbers else drawn

    def __sklearn_tags__(self) -> Any:
        """Say that categories and text are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags
