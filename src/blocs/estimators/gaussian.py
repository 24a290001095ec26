"""GaussianMixture: in place of scikit-learn's, for the parameters they share; with weights and missing cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..core.schema import Item, Schema
from ..em.batches import ROWS_PER_SHARD
from ..em.distances import subsample
from ..em.initialization import draw
from ..em.loop import EMResult, PlainEM, StoppingRule, Update, run_em
from ..engines import Serial
from ..families import Family
from ..model.mixture import Mixture, Params, Stats
from ..profiles import Profiles
from ..profiles.kinds import Gaussian
from ..results.fit_result import Fit
from ..results.start_end import StartEnd
from .base import MixtureEstimator
from .k_means import clusters

__all__ = ["GaussianMixture"]

Floats = NDArray[np.float64]
INITS = ("kmeans", "k-means++", "random", "random_from_data")


def _refuse_large(names: Sequence[str], x: Floats, weights: Floats) -> None:
    """Raise InputError for columns (U, D), NaN where missing, so wide that sums of squares may be no number."""
    with np.errstate(over="ignore"):
        most = (np.fmax.reduce(x) - np.fmin.reduce(x)) ** 2 * weights.sum() * x.shape[1]
    faults = [
        Fault(f"{name} has numbers too large to be squared", argument="X",
              rule="Distances and covariances are sums of squares", remedy="Write them in another unit")
        for name, of in zip(names, most, strict=True) if np.isinf(of)
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)


class LastGain(PlainEM):
    """EM that stops as scikit-learn's does: when the last iteration gained less than tol."""

    def __call__(self, params: Params, stats: Stats, value: Floats) -> Update:
        """Return the M-step, and the last gain as the remaining one."""
        before = self.values[-1] if self.values else np.full(len(value), -np.inf)
        return super().__call__(params, stats, value)._replace(remaining=np.abs(value - before))


class GaussianMixture(MixtureEstimator):
    """Normal components, fitted as scikit-learn's GaussianMixture fits them; attributes as there.

    NaN cells are missing at random.

    Parameters
    ----------
    n_components : int
        Number of components K.
    covariance_type : {"full", "tied", "diag", "spherical", "tied-diag"}
        Form of the covariances. "tied-diag", which scikit-learn does not have, is diagonal and the same for all
        components; `covariances_` and `precisions_` are then (D,).
    tol : float
        Gain in mean log-likelihood of the last iteration of a converged start.
    reg_covar : float
        Added to the variances after each M-step. A covariance that would be singular without it is flagged:
        "singular" in `fit_.flags`.
    max_iter : int
        Iterations of a start at most.
    n_init : int
        Number of starts.
    init_params : {"kmeans", "k-means++", "random", "random_from_data"}
        The first starts from the clusters of k-means, as scikit-learn does (with missing cells as the second), the
        second from rows far from one another, the others from random rows.
    weights_init, means_init, precisions_init : arrays, optional
        Replace that part of the starting values; the components then keep their order.
    random_state : int, RandomState or None
        Seed of the starts and of `sample`.
    warm_start, verbose, verbose_interval
        Not available: `fit` refuses the first two by name.

    Attributes
    ----------
    weights_, means_, covariances_, precisions_, precisions_cholesky_
        As in scikit-learn's GaussianMixture, with the same shapes.
    fit_ : blocs.Fit
        The fit.
    converged_, n_iter_, lower_bound_, lower_bounds_
        As in scikit-learn's GaussianMixture.

    Examples
    --------
    >>> model = GaussianMixture(n_components=2, random_state=1).fit([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> sorted(model.means_[:, 0].round(1).tolist())
    [0.1, 5.1]
    """

    def __init__(
        self, n_components: int = 1, *, covariance_type: str = "full", tol: float = 1e-3, reg_covar: float = 1e-6,
        max_iter: int = 100, n_init: int = 1, init_params: str = "kmeans", weights_init: Any = None,
        means_init: Any = None, precisions_init: Any = None, random_state: Any = None, warm_start: bool = False,
        verbose: int = 0, verbose_interval: int = 10,
    ) -> None:  # fmt: skip
        super().__init__(n_components, tol=tol, max_iter=max_iter, n_init=n_init, random_state=random_state)
        self.covariance_type = covariance_type
        self.reg_covar = reg_covar
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval

    def _check(self, X: NDArray[Any]) -> None:
        super()._check(X)
        if self.init_params not in INITS:
            raise ValueError(f"init_params={self.init_params!r}: it is one of {', '.join(map(repr, INITS))}.")
        for name, instead in (("warm_start", "blocs.fit(init=)"), ("verbose", "blocs.fit(watch=)")):
            if getattr(self, name):
                raise ValueError(f"{name}={getattr(self, name)!r} is not available. Use {instead}.")
        self._check_init()
        kind = Gaussian(self._names(), self.covariance_type, 1e-12, self.reg_covar).kind
        self._schema = Schema((Item.full("x", (), kind),))

    def _check_init(self) -> None:
        k, d = self.n_components, self.n_features_in_
        matrices = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "tied-diag": (d,), "spherical": (k,)}
        shapes = {"weights_init": (k,), "means_init": (k, d), "precisions_init": matrices.get(self.covariance_type)}
        for name, shape in shapes.items():
            given = getattr(self, name)
            if given is not None and shape is not None and np.shape(given) != shape:
                raise ValueError(f"{name} has shape {np.shape(given)}; it should be {shape}.")
        if self.weights_init is not None:
            weights = np.asarray(self.weights_init, dtype=np.float64)
            if (weights < 0).any() or not np.isclose(weights.sum(), 1.0):
                raise ValueError("weights_init holds shares: not negative, and their sum is 1.")
        if self.precisions_init is not None:
            precisions = np.asarray(self.precisions_init, dtype=np.float64)
            square = self.covariance_type in ("full", "tied")
            low = np.linalg.eigvalsh(precisions).min() if square else precisions.min()
            if not low > 0 or (square and not np.allclose(precisions, np.swapaxes(precisions, -1, -2))):
                raise ValueError("precisions_init is not positive definite and symmetric.")

    def _profiles(self, X: NDArray[Any], sample_weight: Floats | None) -> Profiles:
        weights = np.ones(len(X)) if sample_weight is None else sample_weight
        if not (weights > 0).all():
            X, weights = X[weights > 0], weights[weights > 0]
        _refuse_large(self._names(), X, weights)
        return Profiles.from_codes(self._schema, np.zeros((len(X), 1), dtype=np.uint8), weights, values=X)

    def _run(self, profiles: Profiles) -> Fit:
        mixture = Mixture.of(profiles.schema, self.n_components)
        seed = self._seed()
        drawn = self._drawn(mixture, subsample(mixture, profiles, seed), seed)
        start = self._with_given_parts(mixture, drawn)
        rule = StoppingRule(gain=max(self.tol, 1e-15) * profiles.n, change=np.inf, steps=self.max_iter)
        placed = mixture.place(profiles, -(-len(profiles) // ROWS_PER_SHARD))
        return self._fit(mixture, profiles, run_em(mixture, Serial(), placed, start, rule, LastGain(mixture)))

    def _drawn(self, mixture: Mixture, rows: Profiles, seed: int) -> Params:
        """Return the starts."""
        x = np.asarray(rows.values)
        if self.init_params != "kmeans" or not np.isfinite(x).all():
            method = "modes" if self.init_params in ("kmeans", "k-means++") else "probabilities"
            return draw(method, mixture, rows, seed, range(self.n_init))
        k, starts = self.n_components, []
        for i in range(self.n_init):
            of_row = clusters(x, rows.weights, k, np.random.default_rng([seed, i]))
            starts.append(mixture.from_posteriors(rows, np.eye(k)[of_row]))
        return Params.stack(starts)

    def _fit(self, mixture: Mixture, profiles: Profiles, result: EMResult) -> Fit:
        """Return the best start as a Fit, components by weight, or as given."""
        best = int(np.argmax(result.value))
        params = result.params.take(slice(best, best + 1))
        if self.means_init is None and self.weights_init is None and self.precisions_init is None:
            order = np.argsort(-params.shares[0], kind="stable")
            params = params.relabel(order)
        ends = tuple(
            StartEnd(i, float(v), int(n), s, i == best)
            for i, (v, n, s) in enumerate(zip(result.loglik, result.iterations, result.status, strict=True))
        )
        return Fit(
            mixture, params, float(result.loglik[best]), profiles.n, len(profiles), None, ends,
            tuple(result.trace[best]), result.status[best], {}, "", best_start=best,
        )  # fmt: skip

    def _with_given_parts(self, mixture: Mixture, drawn: Params) -> Params:
        """Return the starts with what the user gave in place of what was drawn."""
        family, item = mixture.families[0], mixture.schema.items[0]
        shares = drawn.shares.copy()
        if self.weights_init is not None:
            shares[:] = np.asarray(self.weights_init, dtype=np.float64)
        block = drawn.families[0].copy()
        for s in range(drawn.starts):
            means, covariances = _moments(family, block[:, s])
            if self.means_init is not None:
                means = np.asarray(self.means_init, dtype=np.float64)
            if self.precisions_init is not None:
                covariances = self._covariances(np.asarray(self.precisions_init, dtype=np.float64))
            block[:, s] = family.read(item, (means, covariances), self.n_components)
        return Params.of(shares, (block,))

    def _covariances(self, precisions: Floats) -> Floats:
        """Return (K, D, D) covariances of precisions in scikit-learn's shape for the covariance type."""
        k, d = self.n_components, self.n_features_in_
        if self.covariance_type in ("diag", "tied-diag"):
            return np.asarray([np.diag(1.0 / row) for row in np.broadcast_to(precisions, (k, d))])
        if self.covariance_type == "spherical":
            return np.asarray([np.eye(d) / value for value in precisions])
        return np.asarray(np.broadcast_to(np.linalg.inv(precisions), (k, d, d)))

    def _set_attributes(self, fit: Fit) -> None:
        super()._set_attributes(fit)
        self.means_, full = _moments(fit.mixture.families[0], fit.params.families[0][:, 0])
        diagonal = np.diagonal(full, axis1=1, axis2=2)
        shaped = {"full": full, "tied": full[0], "diag": diagonal, "tied-diag": diagonal[0],
                  "spherical": diagonal.mean(axis=1)}  # fmt: skip
        self.covariances_ = np.array(shaped[self.covariance_type])
        if self.covariance_type not in ("full", "tied"):
            self.precisions_cholesky_ = 1.0 / np.sqrt(self.covariances_)
            self.precisions_ = self.precisions_cholesky_**2
        else:
            low = np.linalg.inv(np.linalg.cholesky(self.covariances_))
            self.precisions_cholesky_ = np.swapaxes(low, -1, -2)
            self.precisions_ = self.precisions_cholesky_ @ low

    def _draw(self, k: int, n: int, rng: np.random.RandomState) -> NDArray[Any]:
        mean, cov = _moments(self.fit_.mixture.families[0], self._params.families[0][:, 0])
        return rng.multivariate_normal(mean[k], cov[k], n)


def _moments(family: Family, theta: Floats) -> tuple[Floats, Floats]:
    """Return (K, D) means and (K, D, D) covariances in the units of the data, from the lines that describe a block."""
    kind = family.items[0].kind
    d = len(kind.parts) if kind is not None else 0
    values = np.array([line.value for line in family.describe(theta)])
    i, j = (np.arange(d), np.arange(d)) if len(values) == 2 * d else np.tril_indices(d)
    covariances = np.zeros((theta.shape[1], d, d))
    covariances[:, i, j] = covariances[:, j, i] = values[d:].T
    return values[:d].T, covariances
