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

    def mstep(self, mu: Floats, counts: Floats) -> Floats:
        """Return the mu that maximise the expected log-likelihood of (C, W) counts, never below the given mu."""
        offer, wide = self.offer, self._with_full
        c = offer.by_outcome(counts) + self.pseudo
        total = np.empty((len(wide.menu_start) - 1, mu.shape[1]))
        last = wide.item_menu[1:] - 1
        total[last] = self.pseudo * np.diff(offer.item_start)[:, None]
        total[np.setdiff1d(np.arange(len(total)), last)] = offer.by_menu(counts)
        return logit.solve(mu, c, total, wide.item_start, wide.item_menu, wide.menu_start, wide.options)
