"""Small tables on which the best optimum is hard to find: families of simulated tables, any number of each.

A problem is a family and the seed of its data, such as `menus/3`, and is the same on every machine. Nothing here needs
blocs until a problem is turned into its profiles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["FAMILIES", "Problem", "problem"]


class Problem(NamedTuple):
    """A table and the number of types that are fitted to it.

    columns: name -> (R,) values; types: K; measured: how the columns are measurements ("tied", "diag", "full"), or
    None for categories; menus: (R, J) uint8, 1 where the last outcome of the item was not offered, or None.
    """

    name: str
    columns: dict[str, np.ndarray]
    types: int
    measured: str | None = None
    menus: np.ndarray | None = None

    def profiles(self) -> Any:
        """Return the table as profiles of blocs."""
        import blocs

        if self.measured is not None:
            kind = blocs.Gaussian(list(self.columns), covariance=self.measured)
            return blocs.Profiles.from_table(self.columns, items=[], kinds={"x": kind})
        if self.menus is None:
            return blocs.Profiles.from_table(self.columns)
        table = dict(self.columns)
        offered: dict[int, set[int]] = {0: {0, 1, 2}, 1: {0, 1}}
        menus = {}
        for j, name in enumerate(self.columns):
            table[f"menu {name}"] = self.menus[:, j]
            menus[name] = (f"menu {name}", offered)
        return blocs.Profiles.from_table(table, items=list(self.columns), menus=menus)


def _votes(rng: np.random.Generator, kind: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """Return (R, J) outcomes drawn from the (K, J, L) probabilities of each row's type."""
    edges = probs[kind].cumsum(axis=2)[:, :, :-1]
    return (rng.random(edges.shape[:2])[:, :, None] > edges).sum(axis=2).astype(np.uint8)


def _named(values: np.ndarray) -> dict[str, np.ndarray]:
    return {f"q{j + 1}": column for j, column in enumerate(values.T)}


def crowded(rng: np.random.Generator) -> tuple[Any, ...]:
    """More types are fitted than there are: 3 true ones, 5 or 6 fitted, 150 to 500 rows."""
    rows, items, outcomes = int(rng.integers(150, 500)), int(rng.integers(6, 11)), int(rng.integers(2, 5))
    probs = rng.dirichlet(np.ones(outcomes), (3, items))
    kind = rng.choice(3, rows, p=rng.dirichlet(np.full(3, 5.0)))
    return _named(_votes(rng, kind, probs)), int(rng.integers(5, 7))


def menus(rng: np.random.Generator) -> tuple[Any, ...]:
    """300 voters, 10 offices, each uncontested for half of them; 4 types."""
    probs = rng.dirichlet(np.full(3, 1.5), (4, 10))
    kind, uncontested = rng.choice(4, 300, p=[0.4, 0.3, 0.2, 0.1]), rng.random((300, 10)) < 0.5
    chance = probs[kind]
    chance[:, :, 2] *= ~uncontested
    chance /= chance.sum(axis=2, keepdims=True)
    votes = (rng.random((300, 10))[:, :, None] > chance.cumsum(axis=2)[:, :, :-1]).sum(axis=2)
    return _named(np.minimum(votes, 2 - uncontested).astype(np.uint8)), 4, None, uncontested.astype(np.uint8)


def boundary(rng: np.random.Generator) -> tuple[Any, ...]:
    """Types that give many outcomes no chance: 100 to 250 rows, 4 or 5 types."""
    rows, types = int(rng.integers(100, 250)), int(rng.integers(4, 6))
    probs = rng.dirichlet(np.full(3, 0.3), (types, 8))
    kind = rng.choice(types, rows, p=rng.dirichlet(np.full(types, 3.0)))
    noise = rng.integers(0, 3, (rows, 8))
    votes = np.where(rng.random((rows, 8)) < 0.15, noise, _votes(rng, kind, probs))
    return _named(votes.astype(np.uint8)), types


def overlapping(rng: np.random.Generator) -> tuple[Any, ...]:
    """Types that differ little, so that optima lie near one another in value: 200 to 500 rows, 3 or 4 types."""
    rows, types, items = int(rng.integers(200, 500)), int(rng.integers(3, 5)), int(rng.integers(6, 9))
    probs = rng.dirichlet(np.full(3, 4.0), (types, items))
    return _named(_votes(rng, rng.integers(0, types, rows), probs)), types


def _skewed(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Return (R, D) measurements of 3 skewed and heavy-tailed groups that overlap."""
    kind = rng.choice(3, rows, p=rng.dirichlet(np.full(3, 5.0)))
    means = 1.5 * rng.normal(size=(3, columns))
    turn = np.eye(columns) + 0.4 * rng.normal(size=(columns, columns))
    noise = rng.gamma(3.0, size=(rows, columns)) / np.sqrt(3.0)
    return means[kind] + noise @ turn


def profiles_diag(rng: np.random.Generator) -> tuple[Any, ...]:
    """Latent profiles: 269 rows of 5 skewed measurements, variances of each type, 3 to 5 types."""
    return _named(_skewed(rng, 269, 5)), int(rng.integers(3, 6)), "diag"


def profiles_tied(rng: np.random.Generator) -> tuple[Any, ...]:
    """Latent profiles: 150 to 400 rows of 4 measurements, one covariance for all types, 4 to 6 types."""
    return _named(_skewed(rng, int(rng.integers(150, 400)), 4)), int(rng.integers(4, 7)), "tied"


def profiles_full(rng: np.random.Generator) -> tuple[Any, ...]:
    """Latent profiles: 300 to 500 rows of 3 measurements, 3 or 4 normal types that overlap, a covariance for each.

    No more types are fitted than there are: else the best optima are types of a handful of rows.
    """
    rows, types = int(rng.integers(300, 500)), int(rng.integers(3, 5))
    means, turns = 1.2 * rng.normal(size=(types, 3)), np.eye(3) + 0.5 * rng.normal(size=(types, 3, 3))
    kind = rng.choice(types, rows, p=rng.dirichlet(np.full(types, 5.0)))
    noise = np.einsum("rij,rj->ri", turns[kind], rng.normal(size=(rows, 3)))
    return _named(means[kind] + noise), types, "full"


FAMILIES: dict[str, Callable[[np.random.Generator], tuple[Any, ...]]] = {
    "crowded": crowded,
    "menus": menus,
    "boundary": boundary,
    "overlapping": overlapping,
    "diag": profiles_diag,
    "tied": profiles_tied,
    "full": profiles_full,
}
"""Families by name."""


def problem(name: str) -> Problem:
    """Return the problem of that name: a family, a slash and the seed of its data."""
    family, seed = name.split("/")
    made = FAMILIES[family](np.random.default_rng([list(FAMILIES).index(family), int(seed)]))
    return Problem(name, *made)
