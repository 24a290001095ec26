"""Estimators for scikit-learn, which fit, predict and score with blocs. They need the extra `sklearn`."""

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError:
    raise ImportError("blocs.estimators needs scikit-learn. Install it with: pip install 'blocs[sklearn]', or in a "
                      "checkout of blocs with: pip install '.[sklearn]'") from None  # fmt: skip

from .categorical import CategoricalMixture
from .counts import BinomialMixture, MultinomialMixture, PoissonMixture
from .gaussian import GaussianMixture

__all__ = ["BinomialMixture", "CategoricalMixture", "GaussianMixture", "MultinomialMixture", "PoissonMixture"]
