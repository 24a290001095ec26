"""Binomial items: x successes in n trials; phi = expected successes / expected trials (001 eqs. 6.15, 6.16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.lazy import lazy_import
from ..core.schema import Item, Label
from ..kernels.products import products
from .parametric import Parametric
from .protocol import Description

if TYPE_CHECKING:
    from scipy import special
else:
    special = lazy_import("scipy.special")

__all__ = ["Binomial"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Binomial(Parametric):
    """Items whose codes are (successes, trials); one success probability phi a type.

    pseudo: pseudo-count of both outcomes (a Beta prior).
    """

    has_prior = True
    symbol = "φ"

    def values(self, item: Item) -> Floats:
        """Return (L, 2) successes and trials."""
        pairs = [[float(v) for v in str(label).split("/")] for label in item.outcomes]
        return np.array(pairs).reshape(-1, 2)

    def names(self, item: Item) -> tuple[str, ...]:
        """Return the one parameter."""
        return ("success probability",)

    def statistics(self, item: Item) -> tuple[str, ...]:
        """Return the names of the two sums."""
        return ("successes", "trials")

    def bounds(self, item: Item) -> tuple[tuple[float, float], ...]:
        """A probability."""
        return ((0.0, 1.0),)

    def log_prob(self, x: Floats, theta: Floats) -> Floats:
        """Return log C(n, s) + s log phi + (n - s) log(1 - phi)."""
        s, n = x[:, :1], x[:, 1:]
        ways = -np.log1p(n) - special.betaln(s + 1, n - s + 1)
        return np.asarray(ways + special.xlogy(s, theta) + special.xlog1py(n - s, -theta))

    def solve(self, item: Item, x: Floats, counts: Floats, theta: Floats) -> Floats:
        """Return expected successes / expected trials."""
        s, n = products(x, counts) + np.array([[self.pseudo], [2 * self.pseudo]])
        return np.asarray((s / np.where(n > 0, n, 1.0))[None])

    def guess(self, x: Floats, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        """Return success shares of random rows, drawn a little to the middle."""
        if not len(x):
            return np.full((1, width), 0.5)
        rows = rng.choice(len(x), size=width, p=counts / counts.sum())
        return np.asarray((x[rows, 0] + rng.random(width)) / (x[rows, 1] + 1))[None]

    def log_prior(self, theta: Floats) -> Floats:
        """Return (W,) log Beta density, up to a constant."""
        if not self.pseudo:
            return np.zeros(theta.shape[1])
        return np.asarray(self.pseudo * (np.log(theta) + np.log1p(-theta)).sum(axis=0))

    def chart(self, theta: Floats) -> Floats:
        """Return coordinates (M, W) for quasi-Newton steps: the angle whose squared sine is phi."""
        return np.asarray(np.arcsin(np.sqrt(theta)))

    def unchart(self, y: Floats) -> Floats:
        """Return the probabilities at any angles."""
        return np.asarray(np.sin(y) ** 2)

    def unit(self, y: Floats) -> Floats:
        """Return how far the angle moves with one unit of the log-odds: |sin 2y| / 4, for successes and failures."""
        return np.asarray(np.abs(np.sin(2 * y)) / 4)

    def slope(self, theta: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Return (M, W) gradient of the expected log-likelihood by the angles, and its complete-data curvature."""
        sums = np.stack([products(x, counts[codes]) for _, x, codes, _ in self._parts])
        s, n = sums[:, 0] + self.pseudo, sums[:, 1] + 2 * self.pseudo
        spread = np.sqrt(theta * (1 - theta))
        return 2 * (s - n * theta) / np.where(spread > 0, spread, 1.0), 4 * n

    def coordinates(self, item: Item) -> Floats:
        """Return (L, 1) shares of successes."""
        x = self.values(item)
        return np.asarray(x[:, :1] / x[:, 1:])

    def code_scores(self, position: int, theta: Floats) -> Floats:
        """Return (L, 1, W) derivatives by the log-odds of phi: s - n phi."""
        _, x, _, rows = self._parts[position]
        return np.asarray((x[:, :1] - x[:, 1:] * theta[rows])[:, None])

    def code_information(self, position: int, theta: Floats, counts: Floats) -> Floats:
        """Return (1, 1, W): expected trials times phi (1 - phi)."""
        _, x, _, rows = self._parts[position]
        return np.asarray((x[:, 1] @ counts * theta[rows] * (1 - theta[rows]))[None])

    def sample(self, item: Item, x: Floats, theta: Floats, rng: np.random.Generator) -> Sequence[Label]:
        """Return new successes in each row's own trials."""
        trials = np.rint(x[:, 1]).astype(np.int64)
        return [f"{s}/{n}" for s, n in zip(rng.binomial(trials, theta[0]).tolist(), trials.tolist(), strict=True)]

    def describe(self, theta: Floats) -> list[Description]:
        """Return the success probability of every item."""
        names = [item.name for item in self.items]
        return [Description(i, p, "success", "success probability") for i, p in zip(names, theta, strict=True)]
