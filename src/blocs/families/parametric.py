"""Families of numbers behind codes: a code's probability is that of its value under each type.

A family of one's own derives from `Parametric` and writes five small methods for one item: `values`, `names`,
`log_prob`, `guess`, and `solve` (or `bounds`, for the numerical M-step). See docs/extend.md.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..core.schema import Item
from .numerical import maximise

__all__ = ["Parametric"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parametric(ABC):
    """Items of one kind, each with m parameters a type, theta (m, W): W columns are the types of all starts.

    items: their labels (the outcomes are the values behind the codes); pseudo: pseudo-count of a prior, 0 for maximum
    likelihood.
    """

    items: tuple[Item, ...]
    pseudo: float = 0.0
    measured = False
    has_prior = False

    def __post_init__(self) -> None:
        if self.pseudo and not self.has_prior:
            name = self.items[0].kind.family if self.items[0].kind else type(self).__name__
            raise UnsupportedError(
                f"A prior is not available for the {name} family (item {self.items[0].name!r}). "
                "Fit with prior=0, or leave the item out."
            )

    @abstractmethod
    def values(self, item: Item) -> Floats:
        """Return (L, ...) the values behind codes 1, 2, ... of one item."""

    @abstractmethod
    def names(self, item: Item) -> tuple[str, ...]:
        """Return the names of the m parameters of one item."""

    @abstractmethod
    def log_prob(self, x: Floats, theta: Floats) -> Floats:
        """Return (L, W) log-probability of the values x (L, ...) under theta (m, W)."""

    @abstractmethod
    def guess(self, x: Floats, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        """Return (m, width) random parameters; counts (L,) are the data's own."""

    def bounds(self, item: Item) -> tuple[tuple[float, float], ...]:
        """Return (low, high) of every parameter, for the numerical M-step; infinities where there is none."""
        return ((-np.inf, np.inf),) * len(self.names(item))

    def score(self, x: Floats, theta: Floats) -> Floats | None:
        """Return (m, L, W) derivatives of log_prob by the parameters, or None: then differences are used."""
        return None

    def solve(self, item: Item, x: Floats, counts: Floats, theta: Floats) -> Floats:
        """Return the (m, W) parameters that maximise sum_l counts_lw log_prob(x_l, theta_w): 001 eq. 6.5.

        This default maximises numerically, one column at a time, and never lowers it.
        """
        return maximise(self.log_prob, self.score, x, counts, theta, self.bounds(item))

    def free_of(self, item: Item) -> int:
        """Return the number of free parameters of one item and type."""
        return len(self.names(item))

    def cells(self, item: Item) -> float:
        """Return how many free cell probabilities the item has at most: infinite where its values have no end."""
        return np.inf

    def coordinates(self, item: Item) -> Floats:
        """Return (L, q) numbers that tell values apart, for starts."""
        x = self.values(item)
        return x.reshape(len(x), math.prod(x.shape[1:]))  # -1 would not do where no value was seen

    def statistics(self, item: Item) -> tuple[str, ...]:
        """Return the names of the sums of the columns of the values, for a step laid open."""
        return tuple(f"sum of {name}" for name in self.names(item))

    def sufficient(self, position: int, counts: Floats) -> list[tuple[str, str, Floats]]:
        """Return (item, statistic, (W,) value) of one item: expected sums of its values from (C, W) counts."""
        item, x, codes, _ = self._parts[position]
        sums = x.reshape(len(x), -1).T @ counts[codes]
        return [(item.name, name, row) for name, row in zip(self.statistics(item), sums, strict=False)]

    # What Mixture asks of a family, for all items at once

    @cached_property
    def _x(self) -> tuple[Floats, ...]:
        return tuple(self.values(item) for item in self.items)

    @cached_property
    def _parts(self) -> tuple[tuple[Item, Floats, slice, slice], ...]:
        """(item, values, rows of its codes without MISSING, rows of its parameters)."""
        parts, code, row = [], 0, 0
        for item, x in zip(self.items, self._x, strict=True):
            m = len(self.names(item))
            parts.append((item, x, slice(code + 1, code + item.size), slice(row, row + m)))
            code, row = code + item.size, row + m
        return tuple(parts)

    @property
    def size(self) -> int:
        """Number of parameters M of all items."""
        return sum(len(self.names(item)) for item in self.items)

    def log_table(self, theta: Floats) -> Floats:
        """Return (C, W) log-probability of every code, 0 for MISSING."""
        table = np.zeros((sum(item.size for item in self.items), theta.shape[1]))
        for _, x, codes, rows in self._parts:
            if len(x):
                table[codes] = self.log_prob(x, theta[rows])
        return table

    def table(self, theta: Floats) -> Floats:
        """Return (C, W) probability of every code under every type."""
        return np.asarray(np.exp(self.log_table(theta)))

    def mstep(self, theta: Floats, counts: Floats) -> Floats:
        """Return the parameters that maximise the expected log-likelihood of (C, W) expected counts.

        Where a type expects no value of an item, its parameters stay as they are.
        """
        out = theta.copy()
        for item, x, codes, rows in self._parts:
            here = counts[codes]
            some = here.sum(axis=0) + self.pseudo > 0
            if len(x) and some.any():
                out[rows] = np.where(some, self.solve(item, x, here, theta[rows]), theta[rows])
        return out

    def start(self, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        """Return (M, width) random parameters; counts (C, 1) are the data's own.

        Of an item that is missing in all rows, as a rare one may be in some of the data, any value will do.
        """
        seen = [counts[codes, 0] for _, _, codes, _ in self._parts]
        out = [
            self.guess(x, here if here.any() else np.ones(len(x)), rng, width)
            for (_, x, _, _), here in zip(self._parts, seen, strict=True)
        ]
        return np.concatenate(out) if out else np.zeros((0, width))

    def flat(self, types: int) -> Floats:
        """Return (M, types) parameters that M-steps can begin from."""
        rng = np.random.default_rng(0)
        return np.concatenate([self.guess(x, np.ones(len(x)), rng, types) for _, x, _, _ in self._parts])

    def log_prior(self, theta: Floats) -> Floats:
        """Return (W,) log prior density, 0 without a prior."""
        return np.zeros(theta.shape[1])

    @property
    def free(self) -> int:
        """Free parameters of one type."""
        return sum(self.free_of(item) for item in self.items)

    def boundary(self, theta: Floats) -> bool:
        """Return whether a parameter is on the edge of its range."""
        edges = [edge for item in self.items for edge in self.bounds(item)]
        return any(
            bool((row <= low + 1e-6).any() or (row >= high - 1e-6).any())
            for row, (low, high) in zip(theta, edges, strict=True)
        )

    def bind(self, items: tuple[Item, ...]) -> Parametric:
        """Return the same family for items with other values in their code books."""
        return type(self)(items, self.pseudo)

    def tidy(self, theta: Floats) -> list[dict[str, Any]]:
        """Return no rows: the parameters are not probabilities of outcomes; see `parameters`."""
        return []

    def parameters(self, theta: Floats) -> list[dict[str, Any]]:
        """Return rows item, parameter, value (W,)."""
        names = [(item.name, name) for item in self.items for name in self.names(item)]
        return [{"item": i, "parameter": p, "value": v} for (i, p), v in zip(names, theta, strict=True)]
