"""Items whose menus vary from row to row: an intercept-only conditional logit under IIA (000 §3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..kernels import logit
from .categorical import Categorical
from .offer import Offer

__all__ = ["Choice"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Choice(Categorical):
    """As Categorical, with mu proportional to exp(psi): the probabilities on the menu of all outcomes."""

    @cached_property
    def _with_full(self) -> Offer:
        """The items with the full menu added last: the menu of the pseudo-counts."""
        full = [tuple(range(len(item.outcomes))) for item in self.items]
        return Offer(tuple(replace(i, menus=(*i.menus, f)) for i, f in zip(self.items, full, strict=True)))

    @cached_property
    def _interleaved(self) -> NDArray[np.int64]:
        """Where each menu of `_with_full` is in the data's menus followed by one full menu an item."""
        menus = np.diff(self.offer.item_menu)
        full = int(menus.sum()) + np.arange(len(menus))
        return np.insert(np.arange(int(menus.sum())), self.offer.item_menu[1:], full)

    def slope(self, mu: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """As Categorical: gradient 2 (c_l - sum of C_S p(S, l) over menus) / y_l."""
        c, offer = self.offer.by_outcome(counts), self.offer
        each = np.repeat(offer.by_menu(counts), np.diff(offer.menu_start), axis=0)
        expected = np.zeros_like(mu)
        np.add.at(expected, offer.options, each * offer.table(mu)[offer.chosen])
        many = offer.spread(offer.sizes[:, None].astype(np.float64))
        c, expected = c + self.pseudo, expected + self.pseudo * many * mu
        root = np.sqrt(mu)
        seen = mu > 0
        curve = np.where(seen, 4 * expected / np.where(seen, mu, 1.0), 4 * offer.spread(offer.by_item(c)))
        return 2 * (c - expected) / np.where(root > 0, root, 1.0), curve

    def mstep(self, mu: Floats, counts: Floats) -> Floats:
        """Return the mu that maximise the expected log-likelihood of (C, W) counts, never below the given mu."""
        offer = self.offer
        c, total = offer.by_outcome(counts), offer.by_menu(counts)
        if self.pseudo:
            prior = np.repeat(self.pseudo * offer.sizes[:, None], mu.shape[1], axis=1)
            c, total = c + self.pseudo, np.concatenate([total, prior])[self._interleaved]
            offer = self._with_full
        return logit.solve(mu, c, total, offer.item_start, offer.item_menu, offer.menu_start, offer.options)
