"""Items whose menus vary from row to row: an intercept-only conditional logit under IIA (000 §3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..kernels import logit
from .categorical import Categorical
from .menu_index import MenuIndex

__all__ = ["Choice"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Choice(Categorical):
    """As Categorical, with mu proportional to exp(psi): the probabilities on the menu of all outcomes."""

    @property
    def words(self) -> str:
        """What its items are."""
        return "choices from menus"

    @cached_property
    def menus(self) -> logit.Menus:
        """The menus as the kernel sees them."""
        return _menus(self.offer)

    @cached_property
    def _with_full(self) -> tuple[logit.Menus, NDArray[np.bool_]]:
        """The menus with the full one added last to every item, and (C,) bool, which codes are those of the data."""
        items = [replace(item, menus=(*item.menus, tuple(range(len(item.outcomes))))) for item in self.items]
        own = [np.arange(item.size + len(item.outcomes)) < item.size for item in self.items]
        return _menus(MenuIndex(tuple(items))), np.concatenate(own)

    def table(self, mu: Floats) -> Floats:
        """Return (C, W) probability of every code under every type; where a whole menu has mu = 0 it is even."""
        return logit.table(mu, self.menus)

    def mstep(self, mu: Floats, counts: Floats) -> Floats:
        """Return the mu that maximise the expected log-likelihood of (C, W) counts, never below the given mu."""
        if not self.pseudo:
            return logit.solve(mu, counts, self.menus)
        menus, own = self._with_full
        both = np.full((len(own), mu.shape[1]), self.pseudo)  # as if chosen from the full menu
        both[own] = counts
        return logit.solve(mu, both, menus)

    def slope(self, mu: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """As Categorical: gradient 2 (c_l - sum of C_S p(S, l) over menus) / y_l."""
        c, expected = logit.expected(mu, counts, self.menus)
        if self.pseudo:
            many = self.offer.spread(self.offer.sizes[:, None].astype(np.float64))
            c, expected = c + self.pseudo, expected + self.pseudo * many * mu
        root, seen = np.sqrt(mu), mu > 0
        curve = np.where(seen, 4 * expected / np.where(seen, mu, 1.0), 4 * self.offer.spread(self.offer.by_item(c)))
        return 2 * (c - expected) / np.where(root > 0, root, 1.0), curve


def _menus(offer: MenuIndex) -> logit.Menus:
    return logit.Menus(offer.item_start, offer.item_menu, offer.menu_start, offer.options)
