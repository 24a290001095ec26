"""Poisson items: the rate is the mean of the expected counts."""

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

if TYPE_CHECKING:
    from scipy import special
else:
    special = lazy_import("scipy.special")

__all__ = ["Poisson"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Poisson(Parametric):
    """Items whose codes are counts; one rate a type."""

    symbol = "λ"

    def values(self, item: Item) -> Floats:
        """Return (L,) counts."""
        return np.array([float(v) for v in item.outcomes])

    def names(self, item: Item) -> tuple[str, ...]:
        """Return the one parameter."""
        return ("rate",)

    def bounds(self, item: Item) -> tuple[tuple[float, float], ...]:
        """A rate."""
        return ((0.0, np.inf),)

    def log_prob(self, x: Floats, theta: Floats) -> Floats:
        """Return x log rate - rate - log x!."""
        return np.asarray(special.xlogy(x[:, None], theta) - theta - special.gammaln(x + 1)[:, None])

    def solve(self, item: Item, x: Floats, counts: Floats, theta: Floats) -> Floats:
        """Return the mean of the expected counts."""
        n = counts.sum(axis=0)
        return np.asarray(products(x[:, None], counts) / np.where(n > 0, n, 1.0))

    def chart(self, theta: Floats) -> Floats:
        """Return coordinates (M, W) for quasi-Newton steps: square roots of the rates."""
        return np.sqrt(theta)

    def unchart(self, y: Floats) -> Floats:
        """Return the rates at any coordinates."""
        return np.asarray(y * y)

    def slope(self, theta: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Return (M, W) gradient of the expected log-likelihood in the coordinates, and its complete-data curvature."""
        total = np.concatenate([products(x[:, None], counts[codes]) for _, x, codes, _ in self._parts])
        n = np.stack([counts[codes].sum(axis=0) for _, _, codes, _ in self._parts])
        root = np.sqrt(theta)
        return 2 * (total - n * theta) / np.where(root > 0, root, 1.0), 4 * n

    def code_scores(self, position: int, theta: Floats) -> Floats:
        """Return (L, 1, W) derivatives by the log of the rate: x - rate."""
        _, x, _, rows = self._parts[position]
        return np.asarray(x[:, None, None] - theta[rows])

    def code_information(self, position: int, theta: Floats, counts: Floats) -> Floats:
        """Return (1, 1, W): expected number of rows times the rate."""
        return np.asarray((counts.sum(axis=0) * theta[self._parts[position][3]])[None])

    def sample(self, item: Item, x: Floats, theta: Floats, rng: np.random.Generator) -> Sequence[Label]:
        """Return new counts."""
        return [int(n) for n in rng.poisson(theta[0])]

    def guess(self, x: Floats, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        """Return random rows' counts, drawn a little to the mean."""
        if not len(x):
            return np.ones((1, width))
        p = counts / counts.sum()
        drawn = x[rng.choice(len(x), size=width, p=p)]
        return np.asarray(0.7 * drawn + 0.3 * (p * x).sum() + 0.1 * rng.random(width))[None]
