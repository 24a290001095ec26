"""How much the shares of groups differ: the concentration of a Dirichlet distribution, and the shares drawn by it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engines import Serial
from ..model.group_sums import group_information
from ..model.mixture import Mixture, Params, Stats
from ..profiles import Profiles

__all__ = ["Concentrated", "concentrated"]

Floats = NDArray[np.float64]
ROWS = 65_536
"""Rows of a shard."""
CHANGE = 1e-6
"""Largest change of a share in an iteration, below which the shares of a concentration are found."""
STEPS = 500
"""Iterations at most for one concentration."""
SMALLEST, LARGEST = 0.1, 1e7
"""Concentrations that are tried; beyond the largest the groups do not differ."""


class Concentrated(NamedTuple):
    """params: with shares drawn to their mean; concentration: infinite where groups do not differ; n (G,): weights of
    the groups; information (G, K, K): of the rows and of the prior about the logs of shares, up to a factor."""

    params: Params
    concentration: float
    n: Floats
    information: Floats


def concentrated(mixture: Mixture, params: Params, profiles: Profiles) -> Concentrated:
    """Return the concentration that maximises the likelihood of all groups with the types held fixed."""
    from scipy.optimize import minimize_scalar  # scipy takes long to load, and is seldom needed

    search = _Search(mixture, params, profiles)
    found = minimize_scalar(
        lambda log_a: -search.value(float(np.exp(log_a))), bounds=(np.log(SMALLEST), np.log(LARGEST)),
        method="bounded", options={"xatol": 1e-3},
    )  # fmt: skip
    a = float(np.exp(found.x))
    if search.loglik_alike >= -float(found.fun) or a > LARGEST / 2:
        return Concentrated(search.alike, np.inf, search.n, np.zeros(0))
    return Concentrated(search.drawn(a), a, search.n, search.information(a))


class _Search:
    """Shares drawn to their mean m by a concentration a, and the likelihood of a."""

    def __init__(self, mixture: Mixture, params: Params, profiles: Profiles) -> None:
        self.mixture, self.profiles, self.mean = mixture, profiles, params.shares[0]
        self.placed = mixture.place(profiles, -(-len(profiles) // ROWS))
        self.alike = self._with(params, np.repeat(self.mean[None], len(params.membership) - 1, axis=0))
        self.last, stats = params, self._stats(params)
        self.n = stats.membership.sum(axis=1)
        self.loglik_alike = float(self._stats(self.alike).loglik[0])

    def drawn(self, a: float) -> Params:
        """Return the mode of the shares on the scale of log-odds: (c + a m) / (n + a), with expected numbers c."""
        params = self.last
        for _ in range(STEPS):
            c = self._stats(params).membership + a * self.mean
            pi = c / c.sum(axis=1, keepdims=True)
            change = float(np.abs(pi - params.membership[1:, 0]).max())
            params = self._with(params, pi)
            if change <= CHANGE:
                break
        self.last = params
        return params

    def value(self, a: float) -> float:
        """Return the log of the integral of the likelihood over the shares of all groups, by Laplace's approximation.

        On the scale of log-odds the density of the shares is Gamma(a) prod_k pi_k^(a m_k) / Gamma(a m_k).
        """
        from scipy.special import gammaln

        params = self.drawn(a)
        some = self.mean > 0
        pi, alpha = params.membership[1:, 0][:, some], a * self.mean[some]
        constant = gammaln(a) - gammaln(alpha).sum() + 0.5 * (len(alpha) - 1) * np.log(2 * np.pi)
        curvature = self.information(a)[:, some][:, :, some][:, 1:, 1:]
        each = (alpha * np.log(pi)).sum(axis=1) + constant - 0.5 * np.linalg.slogdet(curvature)[1]
        return float(self._stats(params).loglik[0] + each.sum())

    def information(self, a: float) -> Floats:
        """Return (G, K, K) minus the second derivatives, by exponents of the shares, of the log density at its mode."""
        params = self.last
        pi = params.membership[1:, 0]
        prior = a * (pi[:, :, None] * np.eye(pi.shape[1]) - pi[:, :, None] * pi[:, None])
        return group_information(self.mixture, params, self.profiles).observed + prior

    def _stats(self, params: Params) -> Stats:
        stats: Stats = Serial().sum(self.mixture.task(params), self.placed)
        return stats

    def _with(self, params: Params, pi: Floats) -> Params:
        mean = params.membership[:1, 0]
        return Params((np.concatenate([mean, pi])[:, None], *params.families))
