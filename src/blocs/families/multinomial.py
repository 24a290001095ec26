"""Count vectors: p = share of expected counts (002 eqs. 10-20, exercise 4)."""

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

__all__ = ["Multinomial"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Multinomial(Parametric):
    """Items whose codes are count vectors; one probability a cell and type. pseudo: Dirichlet pseudo-count."""

    has_prior = True
    symbol = "p"

    def values(self, item: Item) -> Floats:
        """Return (L, m) counts."""
        rows = [[float(v) for v in str(label).split()] for label in item.outcomes]
        return np.array(rows).reshape(-1, len(self.names(item)))

    def names(self, item: Item) -> tuple[str, ...]:
        """Return the cells."""
        return item.kind.parts if item.kind is not None else ()

    def bounds(self, item: Item) -> tuple[tuple[float, float], ...]:
        """Probabilities."""
        return ((0.0, 1.0),) * len(self.names(item))

    def log_prob(self, x: Floats, theta: Floats) -> Floats:
        """Return log n! - sum log x_i! + sum x_i log p_i."""
        ways = special.gammaln(x.sum(axis=1) + 1) - special.gammaln(x + 1).sum(axis=1)
        out = np.repeat(ways[:, None], theta.shape[1], axis=1)
        for i, p in enumerate(theta):
            out += special.xlogy(x[:, i : i + 1], p)
        return out

    def solve(self, item: Item, x: Floats, counts: Floats, theta: Floats) -> Floats:
        """Return each cell's share of the expected counts."""
        c = products(x, counts) + self.pseudo
        n = c.sum(axis=0)
        return np.asarray(c / np.where(n > 0, n, 1.0))

    def guess(self, x: Floats, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        """Return the shares of random rows, drawn a little to the middle."""
        draw = rng.standard_exponential((x.shape[1], width))
        if len(x):
            draw = draw + x[rng.choice(len(x), size=width, p=counts / counts.sum())].T
        return np.asarray(draw / draw.sum(axis=0))

    def free_of(self, item: Item) -> int:
        """One less than cells: they sum to 1."""
        return len(self.names(item)) - 1

    def log_prior(self, theta: Floats) -> Floats:
        """Return (W,) log Dirichlet density, up to a constant."""
        if not self.pseudo:
            return np.zeros(theta.shape[1])
        return np.asarray(self.pseudo * np.log(theta).sum(axis=0))

    def chart(self, theta: Floats) -> Floats:
        """Return coordinates (M, W) for quasi-Newton steps: square roots, on a sphere an item (formulas)."""
        return np.sqrt(theta)

    def unchart(self, y: Floats) -> Floats:
        """Return the probabilities at any coordinates."""
        c = y * y
        return np.concatenate([c[rows] / c[rows].sum(axis=0) for _, _, _, rows in self._parts])

    def slope(self, theta: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Return (M, W) gradient of the expected log-likelihood in the coordinates, and its complete-data curvature."""
        c = [products(x, counts[codes]) + self.pseudo for _, x, codes, _ in self._parts]
        n = np.concatenate([np.repeat(part.sum(axis=0, keepdims=True), len(part), axis=0) for part in c])
        root = np.sqrt(theta)
        return 2 * (np.concatenate(c) - n * theta) / np.where(root > 0, root, 1.0), 4 * n

    def coordinates(self, item: Item) -> Floats:
        """Return (L, m) shares of the cells."""
        x = self.values(item)
        return np.asarray(x / x.sum(axis=1, keepdims=True))

    def code_scores(self, position: int, theta: Floats) -> Floats:
        """Return (L, m - 1, W) derivatives by the log-odds of the cells: x_i - n p_i."""
        _, x, _, rows = self._parts[position]
        return np.asarray((x[:, :, None] - x.sum(axis=1)[:, None, None] * theta[rows])[:, 1:])

    def code_information(self, position: int, theta: Floats, counts: Floats) -> Floats:
        """Return (m - 1, m - 1, W): expected total times diag(p) - p p'."""
        _, x, _, rows = self._parts[position]
        p = theta[rows][1:]
        spread = np.eye(len(p))[:, :, None] * p - p[:, None] * p
        return np.asarray(x.sum(axis=1) @ counts * spread)

    def sample(self, item: Item, x: Floats, theta: Floats, rng: np.random.Generator) -> Sequence[Label]:
        """Return new counts with each row's own total."""
        totals = np.rint(x.sum(axis=1)).astype(np.int64)
        drawn = rng.multinomial(totals, (theta / theta.sum(axis=0)).T)
        return [" ".join(map(str, row)) for row in drawn.tolist()]

    def describe(self, theta: Floats) -> list[Description]:
        """Return the probability of every cell."""
        cells = [(item.name, name) for item in self.items for name in self.names(item)]
        return [Description(item, p, name, name) for (item, name), p in zip(cells, theta, strict=True)]
