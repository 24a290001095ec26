"""A family on trial: random parameters, rows and statistics of it, whether its items have codes or measurements."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Schema
from ..families import Family, Part
from ..kernels.shard import Shard
from ..membership import Shares
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from ..profiles.rows import compact, unique_rows

__all__ = ["CodedTrial", "MeasuredTrial", "Trial", "log_rows"]

Floats = NDArray[np.float64]


class Trial(ABC):
    """A family for `width` types, a generator, and data drawn for it."""

    width = 4

    def __init__(self, family: Family, rng: np.random.Generator) -> None:
        self.family, self.rng = family.with_types(self.width), rng
        self.schema = Schema(family.items)
        self.size = int(self.schema.offsets[-1])

    @abstractmethod
    def theta(self) -> Floats:
        """Random parameters (M, width) inside their range."""
        ...

    @abstractmethod
    def statistics(self, theta: Floats) -> Floats:
        """Random statistics (R, width) at the parameters."""
        ...

    @abstractmethod
    def part(self, rows: int = 60) -> Part:
        """Random rows, some cells missing."""
        ...

    @abstractmethod
    def start(self, rng: np.random.Generator) -> Floats:
        """Random parameters where a start may begin."""
        ...

    def mixture(self, types: int) -> Mixture:
        """The family alone in a mixture."""
        positions = tuple(range(len(self.family.items)))
        return Mixture(self.schema, types, (self.family.with_types(types),), (positions,), Shares(types))

    def params(self, theta: Floats) -> Params:
        """Parameters of a mixture of `width` types with even shares."""
        return Params.of(np.full((1, theta.shape[1]), 1.0 / theta.shape[1]), (theta[:, None, :],))

    def profiles(self, part: Part, counts: Floats | None = None) -> Profiles:
        """Profiles of exactly this schema with the given rows: nothing is pruned or joined."""
        n = np.ones(len(part.codes)) if counts is None else counts
        codes = compact(part.codes.astype(np.int64), [item.size for item in self.schema.items])
        return Profiles(self.schema, codes, n, n, values=part.values if part.values.shape[1] else None)


class CodedTrial(Trial):
    """Codes of the items, used about evenly."""

    def counts(self, width: int = Trial.width, zeros: float = 0.0) -> Floats:
        """Random expected counts (C, width), none 0 unless asked for."""
        counts = self.rng.gamma(2.0, 10.0, (self.size, width)) + 1.0
        counts[self.rng.random(counts.shape) < zeros] = 0.0
        return counts

    def theta(self, width: int = Trial.width) -> Floats:
        """An M-step from a random start."""
        start = self.family.start(self.counts(1), self.rng, width)
        return self.family.mstep(start, self.counts(width))

    def statistics(self, theta: Floats) -> Floats:
        """Random counts."""
        return self.counts(theta.shape[1])

    def start(self, rng: np.random.Generator) -> Floats:
        """A start at random counts."""
        return self.family.start(self.counts(1), rng, self.width)

    def part(self, rows: int = 60) -> Part:
        """Rows of random codes."""
        codes = [self.rng.integers(0, item.size, rows) for item in self.family.items]
        return Part(np.column_stack(codes), np.zeros((rows, 0)))

    def menus(self) -> list[tuple[int, list[int]]]:
        """(item, code rows) of every menu."""
        return [
            (j, [int(self.schema.offsets[j]) + c for c, (m, _) in enumerate(item.codes, 1) if m == menu])
            for j, item in enumerate(self.family.items)
            for menu in range(len(item.menus))
        ]

    def joined(self, codes: NDArray[np.int64], counts: Floats) -> Profiles:
        """Profiles whose equal rows are one."""
        unique, index = unique_rows(codes, [item.size for item in self.schema.items])
        n_u = np.bincount(index, counts, len(unique)).astype(np.float64)
        return self.profiles(Part(unique, np.zeros((len(unique), 0))), n_u)


class MeasuredTrial(Trial):
    """Rows of several blobs in the units that the family sees."""

    width = 3

    def __init__(self, family: Family, rng: np.random.Generator) -> None:
        super().__init__(family, rng)
        self.columns = sum(b - a for _, a, b in self.schema.measured)
        seen = self.points(np.concatenate([np.zeros((1, self.columns)), np.eye(self.columns)]))
        self.scale = 1.0 / np.diagonal(seen[1:] - seen[0])
        self.centre = -seen[0] * self.scale

    def points(self, values: Floats) -> Floats:
        """The measurements as the family compares them."""
        codes = np.zeros((len(values), len(self.family.items)), dtype=np.uint8)
        return self.family.features(Part(codes, values), np.ones(len(values)))[1]

    def of(self, points: Floats) -> Part:
        """Rows with the given measurements in the family's units."""
        codes = np.zeros((len(points), len(self.family.items)), dtype=np.uint8)
        return Part(codes, points * self.scale + self.centre)

    def part(self, rows: int = 400, holes: float = 0.1) -> Part:
        """Rows of several blobs, some cells missing."""
        kind = self.rng.integers(self.width, size=rows)
        x = self.rng.normal(size=(rows, self.columns))
        x += self.rng.normal(size=(self.width, self.columns))[kind]
        x[self.rng.random(x.shape) < holes] = np.nan
        return self.of(x)

    def theta(self) -> Floats:
        """An M-step from random posteriors."""
        part = self.part()
        zeta = self.rng.dirichlet(np.full(self.width, 0.3), size=len(part.values))
        return self.mixture(self.width).from_posteriors(self.profiles(part), zeta).families[0][:, 0]

    def statistics(self, theta: Floats) -> Floats:
        """Moments of random posteriors."""
        part = self.part(holes=0.0)
        zeta = self.rng.dirichlet(np.full(self.width, 0.3), size=len(part.values))
        out, density = np.zeros((self.family.rows, self.width)), self.family.density(theta, 0)
        assert density is not None, "measurements have a density: there is none"
        density.moments(_shard(part), zeta, out)
        return out

    def start(self, rng: np.random.Generator) -> Floats:
        """A start whose means are at random rows."""
        centres = self.of(rng.normal(size=(self.width, self.columns)))
        return self.family.start(np.zeros((self.family.rows, 1)), rng, self.width, centres)


def log_rows(family: Family, theta: Floats, part: Part) -> Floats:
    """Return (n, W) log-probabilities, or log-densities, of rows of the family's items."""
    density = family.density(theta, 0)
    if density is not None:
        out = np.zeros((len(part.codes), theta.shape[1]))
        density.log_density(_shard(part), out)
        return out
    table, first = family.log_table(theta), np.cumsum([0, *(item.size for item in family.items)])[:-1]
    return np.asarray(table[first + part.codes.astype(np.int64)].sum(axis=1))


def _shard(part: Part) -> Shard:
    n = len(part.codes)
    return Shard(part.codes, np.zeros(n, dtype=np.int32), np.ones(n), values=part.values)
