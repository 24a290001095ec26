"""From outcome probabilities to code probabilities: p_kj(S, l) = mu_kjl / sum of mu over the menu S (IIA)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Item

__all__ = ["MenuIndex"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class MenuIndex:
    """The index arrays of a run of items: M outcomes in all, C codes (MISSING included), menus in item order."""

    items: tuple[Item, ...]

    @cached_property
    def item_start(self) -> Ints:
        """(J + 1,) first outcome row of each item."""
        return np.cumsum([0, *(len(item.outcomes) for item in self.items)], dtype=np.int64)

    @cached_property
    def sizes(self) -> Ints:
        """(J,) number of outcomes of each item."""
        return np.diff(self.item_start)

    @cached_property
    def item_menu(self) -> Ints:
        """(J + 1,) first menu of each item."""
        return np.cumsum([0, *(len(item.menus) for item in self.items)], dtype=np.int64)

    @cached_property
    def options(self) -> Ints:
        """Outcome rows of all menus, one menu after the other."""
        rows = [start + option for start, item in zip(self.item_start, self.items, strict=False)
                for menu in item.menus for option in menu]  # fmt: skip
        return np.array(rows, dtype=np.int64)

    @cached_property
    def menu_start(self) -> Ints:
        """(menus + 1,) where each menu begins in `options`."""
        return np.cumsum([0, *(len(menu) for item in self.items for menu in item.menus)], dtype=np.int64)

    @cached_property
    def chosen(self) -> NDArray[np.bool_]:
        """(C,) bool: True for codes, False for each item's MISSING; codes run through `options` in order."""
        flags = [flag for item in self.items for flag in (False, *(True for _ in item.codes))]
        return np.array(flags, dtype=bool)

    @cached_property
    def _chosen(self) -> Ints:
        """The rows where `chosen` is True: numbers are looked up faster than flags."""
        return np.flatnonzero(self.chosen)

    @cached_property
    def full(self) -> bool:
        """Whether every item has just the menu of all its outcomes, so that p = mu."""
        return all(item.menus in ((), (tuple(range(len(item.outcomes))),)) for item in self.items)

    def table(self, mu: Floats) -> Floats:
        """Return (C, W) probabilities of all codes from (M, W) mu; where a whole menu has mu = 0, p is even."""
        p = mu[self.options]
        if not self.full:
            size = np.diff(self.menu_start)
            among = np.repeat(np.add.reduceat(p, self.menu_start[:-1], axis=0), size, axis=0)
            even = np.repeat(1.0 / size, size)[:, None]
            p = np.where(among > 0, p / np.where(among > 0, among, 1.0), even)
        table = np.ones((len(self.chosen), mu.shape[1]))
        table[self._chosen] = p
        return table

    def by_outcome(self, counts: Floats) -> Floats:
        """Return (M, W) counts by outcome from (C, W) counts by code."""
        if len(self.options) == self.item_start[-1] and self.full:
            return counts[self._chosen]
        out = np.zeros((int(self.item_start[-1]), counts.shape[1]))
        np.add.at(out, self.options, counts[self._chosen])
        return out

    def by_item(self, values: Floats) -> Floats:
        """Return (J, W) sums over the outcomes of each item of (M, W) values; items without outcomes give 0."""
        if self._none_empty:
            return np.add.reduceat(values, self.item_start[:-1], axis=0)
        some = self.sizes > 0  # np.add.reduceat gives a wrong value for empty runs
        out = np.zeros((len(some), values.shape[1]))
        if some.any():
            out[some] = np.add.reduceat(values, self.item_start[:-1][some], axis=0)
        return out

    @cached_property
    def _none_empty(self) -> bool:
        return bool(self.sizes.all())

    def spread(self, values: Floats) -> Floats:
        """Return (J, W) values repeated for every outcome, (M, W)."""
        return values.repeat(self.sizes, axis=0)
