"""Categorical items with one menu (Bernoulli: two outcomes): mu is the share of expected counts (000 eq. 2.10)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Item
from .offer import Offer

__all__ = ["Categorical"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Categorical:
    """Items whose outcomes have probabilities mu, (M, W): M outcomes of all items, W columns (types of all starts).

    items: their labels; pseudo: Dirichlet pseudo-count of every outcome of every type (0: maximum likelihood).
    """

    items: tuple[Item, ...]
    pseudo: float = 0.0

    @cached_property
    def offer(self) -> Offer:
        """Index arrays of the items."""
        return Offer(self.items)

    def table(self, mu: Floats) -> Floats:
        """Return (C, W) probability of every code under every type."""
        return self.offer.table(mu)

    def mstep(self, mu: Floats, counts: Floats) -> Floats:
        """Return the mu that maximise the expected log-likelihood of (C, W) expected counts.

        Where a type expects nobody to answer an item, its parameters stay as they are.
        """
        c = self.offer.by_outcome(counts) + self.pseudo
        n = self.offer.spread(self.offer.by_item(c))
        return np.asarray(c / n) if n.all() else np.where(n > 0, c / np.where(n > 0, n, 1.0), mu)

    def start(self, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        """Return (M, width) random probabilities, uniform on the simplex of each item."""
        draw = rng.standard_exponential((int(self.offer.item_start[-1]), width))
        return np.asarray(draw / self.offer.spread(self.offer.by_item(draw)))

    def flat(self, types: int) -> Floats:
        """Return (M, types) even probabilities, where M-steps that need a start begin."""
        sizes = [len(item.outcomes) for item in self.items]
        even = np.repeat([1.0 / size for size in sizes if size], [size for size in sizes if size])
        return np.repeat(even[:, None], types, axis=1)

    def boundary(self, mu: Floats) -> bool:
        """Return whether a probability is 0 or 1, or nearly, of an item that has more than one outcome."""
        open_items = np.repeat([len(item.outcomes) > 1 for item in self.items], self.offer.sizes)
        return bool(((mu < 1e-6) | (mu > 1 - 1e-6))[open_items].any())

    def log_prior(self, mu: Floats) -> Floats:
        """Return (W,) log Dirichlet density of mu, up to a constant."""
        if not self.pseudo:
            return np.zeros(mu.shape[1])
        with np.errstate(divide="ignore"):
            return np.asarray(self.pseudo * np.log(mu).sum(axis=0))

    def chart(self, mu: Floats) -> Floats:
        """Return coordinates (M, W) for quasi-Newton steps: square roots, on a sphere an item (formulas)."""
        return np.sqrt(mu)

    def unchart(self, y: Floats) -> Floats:
        """Return the probabilities at any coordinates (M, W)."""
        c = y * y
        return np.asarray(c / self.offer.spread(self.offer.by_item(c)))

    def slope(self, mu: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Return (M, W) gradient of the expected log-likelihood in the coordinates, and its complete-data curvature."""
        c = self.offer.by_outcome(counts) + self.pseudo
        n = self.offer.spread(self.offer.by_item(c))
        root = np.sqrt(mu)
        return 2 * (c - n * mu) / np.where(root > 0, root, 1.0), 4 * n

    @property
    def free(self) -> int:
        """Free parameters of one type."""
        return sum(max(0, len(item.outcomes) - 1) for item in self.items)

    def cells(self, item: Item) -> float:
        """Return how many free cell probabilities one item has."""
        return float(sum(len(menu) - 1 for menu in item.menus))

    def parameters(self, mu: Floats) -> list[dict[str, Any]]:
        """Return no rows: `tidy` has them all."""
        return []

    def bind(self, items: tuple[Item, ...]) -> Categorical:
        """Return the same family for items with the same outcomes and other menus."""
        return type(self)(items, self.pseudo)

    def tidy(self, mu: Floats) -> list[dict[str, Any]]:
        """Return rows item, outcome, probability (W,) of the parameters."""
        labels = [(item.name, outcome) for item in self.items for outcome in item.outcomes]
        return [{"item": i, "outcome": o, "probability": p} for (i, o), p in zip(labels, mu, strict=True)]
