"""What families of codes have in common: no measurements, rows of counts, and derivatives worked off code by code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..core.schema import Item, Label
from .protocol import Charted, Family, Part

__all__ = ["Coded", "cannot_hold", "separate"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Coded(ABC):
    """Members of the protocol that follow from a table of codes; a family of codes writes the others."""

    items: tuple[Item, ...]
    pseudo: float = 0.0
    symbol = "θ"
    underflows = False
    names_types = False
    turned = False

    @abstractmethod
    def table(self, theta: Floats) -> Floats:
        """Return (C, W) probability of every code under every type."""

    @abstractmethod
    def free_of(self, item: Item) -> int:
        """Return the number of free parameters of one item and type."""

    @abstractmethod
    def code_scores(self, position: int, theta: Floats) -> Floats:
        """Return (codes of one item without MISSING, f, W) derivatives of log-probabilities by its free parameters."""

    @abstractmethod
    def code_information(self, position: int, theta: Floats, counts: Floats) -> Floats:
        """Return (f, f, W) minus the second derivatives of one item's log-probabilities, times (codes, W) counts."""

    def collapsed(self, theta: Floats, rows: Floats) -> NDArray[np.bool_]:
        """Return (S, K) that no type is a spike: probabilities are at most 1."""
        return np.zeros(rows.shape, dtype=bool)

    @property
    def words(self) -> str:
        """What its items are: the name of the family."""
        return self.items[0].kind.family if self.items[0].kind is not None else "categories"

    @property
    def charted(self) -> Charted | None:
        """The family itself where it has coordinates for quasi-Newton steps."""
        return cast(Charted, self) if hasattr(self, "chart") else None

    def turn(self, y: Floats, v: Floats, back: bool) -> Floats:
        """Return the directions: the curvature is diagonal as it is."""
        return v

    def unit(self, y: Floats) -> Floats:
        """Return half of the coordinates: they are square roots of probabilities or rates."""
        return np.abs(y) / 2

    @cached_property
    def rows(self) -> int:
        """Number of codes, those of MISSING included."""
        return sum(item.size for item in self.items)

    def density(self, theta: Floats, first: int) -> None:
        """Return None: there are no measurements."""
        return

    def with_types(self, types: int) -> Self:
        """Return the family itself: types share no parameters."""
        return self

    def bind(self, items: tuple[Item, ...]) -> Self:
        """Return the same family for items with other menus, or other values in their code books."""
        return type(self)(items, self.pseudo)

    def carry(self, theta: Floats, other: Family) -> Floats:
        """Return the parameters as they are: codes have no units."""
        return theta

    def index(self, types: int) -> Ints:
        """Return (F, K) places of the free parameters: every type has its own."""
        return separate(sum(self.estimated(item) for item in self.items), types)

    def estimated(self, item: Item) -> int:
        """Return the number of free parameters of one item and type, 0 where the item is missing in every row."""
        return self.free_of(item) if item.outcomes else 0

    def scores(self, theta: Floats, part: Part) -> Floats:
        """Return (n, F, W) derivatives of the log-probability of each row by the free parameters."""
        some = [j for j, item in enumerate(self.items) if self.estimated(item)]
        none = np.zeros((len(part.codes), 0, theta.shape[1]))
        return np.concatenate([none, *(_of_rows(self.code_scores(j, theta), part.codes[:, j]) for j in some)], axis=1)

    def information(self, theta: Floats, part: Part, zeta: Floats) -> Floats:
        """Return (F, F, W) information of the rows with weights zeta (n, W): the items tell of their own parameters."""
        size = sum(self.estimated(item) for item in self.items)
        out, first = np.zeros((size, size, theta.shape[1])), 0
        for j, item in enumerate(self.items):
            rows = slice(first, first + self.estimated(item))
            if rows.stop > first:
                codes = part.codes[:, j].astype(np.int64)
                counts: Floats = np.stack([np.bincount(codes, z, item.size) for z in zeta.T], axis=1).astype(np.float64)
                out[rows, rows] = self.code_information(j, theta, counts[1:])
            first = rows.stop
        return out

    def holding(self, item: str, outcome: Label, column: int, value: float) -> Family:
        """Refuse: only categories have it."""
        raise cannot_hold(item, self.words)

    def draw(self, theta: Floats, part: Part, types: Ints, rng: np.random.Generator) -> tuple[Self, Part]:
        """Return new rows like those of the part: each item's code from the menu that the row had, MISSING stays."""
        drawn = [self._drawn(j, theta, part.codes[:, j], types, rng) for j in range(len(self.items))]
        items = tuple(item for item, _ in drawn)
        codes = np.stack([codes for _, codes in drawn], axis=1) if drawn else part.codes
        return (self if items == self.items else self.bind(items)), Part(codes, part.values)

    def _drawn(
        self, position: int, theta: Floats, codes: NDArray[Any], types: Ints, rng: np.random.Generator
    ) -> tuple[Item, Ints]:
        """Return one item and new codes for its rows."""
        item, out = self.items[position], np.zeros(len(codes), dtype=np.int64)
        first = sum(other.size for other in self.items[:position])
        table = self.table(theta)[first : first + item.size]
        menu = np.array([-1, *(menu for menu, _ in item.codes)])
        for offered in range(len(item.menus)):
            listed = np.flatnonzero(menu == offered)
            below = np.cumsum(table[listed], axis=0)
            rows = np.flatnonzero(menu[codes.astype(np.int64)] == offered)
            level = rng.random(len(rows)) * below[-1, types[rows]]
            out[rows] = listed[np.minimum((below[:, types[rows]] <= level).sum(axis=0), len(listed) - 1)]
        return item, out

    def features(self, part: Part, weights: Floats) -> tuple[NDArray[Any], Floats]:
        """Return the codes: rows differ in the items that they answer differently."""
        return part.codes, np.zeros((len(part.codes), 0))


def cannot_hold(item: str, words: str) -> UnsupportedError:
    """Return the error of a family that cannot hold a probability."""
    return UnsupportedError(f"A probability is held for items of categories; item {item!r} is {words}.")


def separate(free: int, types: int) -> Ints:
    """Return (F, K) places of free parameters that every type has for itself."""
    return np.arange(free * types, dtype=np.int64).reshape(free, types)


def _of_rows(scores: Floats, codes: NDArray[Any]) -> Floats:
    """Return (n, f, W) scores of the codes of rows: 0 where missing."""
    return np.concatenate([np.zeros((1, *scores.shape[1:])), scores])[codes.astype(np.int64)]
