"""Categorical items with one menu (Bernoulli: two outcomes): mu is the share of expected counts (000 eq. 2.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault
from ..core.schema import Item, Label
from .coded import Coded
from .free_parameters import from_log_odds, log_odds, log_odds_of
from .held import Held
from .menu_index import MenuIndex
from .protocol import Description, Edge, Family, FreeParameter, Part
from .user_parameters import CLOSE, by_outcome, matrix, refuse_sums

__all__ = ["Categorical"]

Floats = NDArray[np.float64]
NEAR = 1e-6
"""Probabilities nearer to 0 or 1 are on the edge."""


@dataclass(frozen=True)
class Categorical(Coded):
    """Items whose outcomes have probabilities mu, (M, W): M outcomes of all items, W columns (types of all starts).

    items: their labels; pseudo: Dirichlet pseudo-count of every outcome of every type (0: maximum likelihood).
    """

    symbol = "μ"

    @property
    def words(self) -> str:
        """What its items are."""
        return "categories"

    @cached_property
    def offer(self) -> MenuIndex:
        """Index arrays of the items."""
        return MenuIndex(self.items)

    def table(self, mu: Floats) -> Floats:
        """Return (C, W) probability of every code under every type."""
        return self.offer.table(mu)

    def log_table(self, mu: Floats) -> Floats:
        """Return (C, W) log-probability of every code under every type."""
        with np.errstate(divide="ignore"):
            return np.log(self.table(mu))

    def mstep(self, mu: Floats, counts: Floats) -> Floats:
        """Return the mu that maximise the expected log-likelihood of (C, W) expected counts.

        Where a type expects nobody to answer an item, its parameters stay as they are.
        """
        c = self.offer.by_outcome(counts) + self.pseudo
        n = self.offer.spread(self.offer.by_item(c))
        return np.asarray(c / n) if n.all() else np.where(n > 0, c / np.where(n > 0, n, 1.0), mu)

    def start(self, stats: Floats, rng: np.random.Generator, width: int, centres: Part | None = None) -> Floats:
        """Return (M, width) random probabilities, uniform on the simplex of each item."""
        draw = rng.standard_exponential((int(self.offer.item_start[-1]), width))
        return np.asarray(draw / self.offer.spread(self.offer.by_item(draw)))

    def flat(self, types: int) -> Floats:
        """Return (M, types) even probabilities, where M-steps that need a start begin."""
        sizes = [len(item.outcomes) for item in self.items]
        even = np.repeat([1.0 / size for size in sizes if size], [size for size in sizes if size])
        return np.repeat(even[:, None], types, axis=1)

    def edges(self, mu: Floats) -> list[Edge]:
        """Return the probabilities that are 0 or 1, or nearly, of items that have more than one outcome."""
        choice = np.repeat([len(item.outcomes) > 1 for item in self.items], self.offer.sizes)[:, None]
        low, high = np.argwhere((mu < NEAR) & choice), np.argwhere((mu > 1 - NEAR) & choice)
        return [Edge(int(m), int(w), kind) for kind, at in (("lower", low), ("upper", high)) for m, w in at]

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

    def free_of(self, item: Item) -> int:
        """One less than outcomes: they sum to 1."""
        return max(0, len(item.outcomes) - 1)

    def free_parameters(self) -> list[FreeParameter]:
        """Return the log-odds of the outcomes of each item against its first."""
        return [free for item in self.items for free in log_odds_of(item.name, item.outcomes)]

    def to_free(self, mu: Floats) -> Floats:
        """Return (F, W) log-odds psi of the outcomes of each item against its first."""
        none = np.zeros((0, mu.shape[1]))
        return np.concatenate([none, *(log_odds(mu[rows]) for rows in self.rows_of_items if rows.stop > rows.start)])

    def from_free(self, free: Floats) -> Floats:
        """Return the (M, W) probabilities of log-odds."""
        out, first = [np.zeros((0, free.shape[1]))], 0
        for rows in self.rows_of_items:
            if rows.stop > rows.start:
                last = first + rows.stop - rows.start - 1
                out.append(from_log_odds(free[first:last]))
                first = last
        return np.concatenate(out)

    @cached_property
    def rows_of_items(self) -> tuple[slice, ...]:
        """The rows of each item in mu."""
        return tuple(slice(a, b) for a, b in pairwise(self.offer.item_start.tolist()))

    def code_scores(self, position: int, mu: Floats) -> Floats:
        """Return (codes, L - 1, W) derivatives by the log-odds: [l = m] - p(S, m) for options m of the menu S."""
        item, own = self.items[position], mu[self.rows_of_items[position]]
        out = np.zeros((item.size - 1, len(item.outcomes), mu.shape[1]))
        on_menu = [_on_menu(own[list(options)]) for options in item.menus]
        for code, (menu, option) in enumerate(item.codes):
            out[code, list(item.menus[menu])] = -on_menu[menu]
            out[code, option] += 1.0
        return out[:, 1:]

    def code_information(self, position: int, mu: Floats, counts: Floats) -> Floats:
        """Return (L - 1, L - 1, W): for every menu S its count times diag(p) - p p'."""
        item, p = self.items[position], mu[self.rows_of_items[position]]
        out = np.zeros((len(p), len(p), p.shape[1]))
        chosen_from = np.array([menu for menu, _ in item.codes])
        for menu, options in enumerate(item.menus):
            n, among = counts[chosen_from == menu].sum(axis=0), np.zeros_like(p)
            among[list(options)] = _on_menu(p[list(options)])
            out -= n * among[:, None] * among
            out[np.arange(len(p)), np.arange(len(p))] += n * among
        return out[1:, 1:]

    def holding(self, item: str, outcome: Label, column: int, value: float) -> Family:
        """Return the family with one probability of one type held at a value, on the menu of all outcomes."""
        position = [own.name for own in self.items].index(item)
        option = self.items[position].outcomes.index(outcome)
        return cast(Family, Held(self, self.rows_of_items[position], option, column, value))

    def describe(self, mu: Floats) -> list[Description]:
        """Return the probability of every outcome."""
        labels = [(item.name, outcome) for item in self.items for outcome in item.outcomes]
        return [Description(item, p, outcome=label) for (item, label), p in zip(labels, mu, strict=True)]

    def describe_statistics(self, mu: Floats, counts: Floats) -> list[Description]:
        """Return the expected counts of the outcomes, whatever the menu."""
        labels = [(item.name, str(outcome)) for item in self.items for outcome in item.outcomes]
        rows = self.offer.by_outcome(counts)
        return [Description(item, row, parameter=label) for (item, label), row in zip(labels, rows, strict=True)]

    def read(self, item: Item, written: Any, types: int) -> Floats:
        """Return the (L, K) probabilities of one item: outcome -> K of them, or rows in the order of the outcomes."""
        rows = by_outcome(item, written) if isinstance(written, Mapping) else written
        array = matrix(item, rows, len(item.outcomes), types)
        refuse_sums(item, array)
        return array

    def faults(self, mu: Floats) -> list[Fault]:
        """Return what makes an array no probabilities."""
        if (mu < 0).any():
            return [Fault("a probability is negative")]
        if (self.offer.by_item(mu) > 1 + CLOSE).any():
            return [Fault("the probabilities of an item sum to more than 1")]
        return []


def _on_menu(mu: Floats) -> Floats:
    """Return the (options, W) probabilities on a menu; where all are 0 they are even."""
    among = mu.sum(axis=0)
    return np.where(among > 0, mu / np.where(among > 0, among, 1.0), 1.0 / len(mu))
