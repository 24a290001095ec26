"""Mixture: the immutable specification — families, membership, number of types — with its E-step and M-step.

Parameters of S starts are held side by side: a start is just K more columns, so that one pass over the data serves
all of them and no loop over starts exists below this line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .errors import Fault, InputError, nearest
from .families import Categorical, Choice
from .kernels.shard import Shard
from .membership import Shares
from .profiles import Profiles
from .schema import Item, Schema

__all__ = ["KERNELS", "EStep", "Family", "Mixture", "Params", "Stats"]

Floats = NDArray[np.float64]

KERNELS = {"compiled": "blocs.kernels.compiled", "plain": "blocs.kernels.plain"}
"""Kernels by name: modules with the functions `expect`, `posterior`, `scatter`."""


class Family(Protocol):
    """An outcome distribution over a run of items; every array has one column a type (of every start)."""

    @property
    def items(self) -> tuple[Item, ...]:
        """The items it describes."""
        ...

    @property
    def free(self) -> int:
        """Free parameters of one type."""
        ...

    def table(self, theta: Floats) -> Floats:
        """(C, W) probability of every code of the items, MISSING included, from (M, W) parameters."""
        ...

    def mstep(self, theta: Floats, counts: Floats) -> Floats:
        """Parameters that raise the expected log-likelihood of (C, W) expected counts, from the current ones."""
        ...

    def start(self, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        """Random parameters (M, width); counts (C, 1) are the data's own."""
        ...

    def log_prior(self, theta: Floats) -> Floats:
        """(W,) log prior density, 0 without a prior."""
        ...

    def bind(self, items: tuple[Item, ...]) -> Family:
        """The same family for the same items with other menus."""
        ...

    def tidy(self, theta: Floats) -> list[dict[str, Any]]:
        """Rows item, outcome, probability (W,) for the fit's table."""
        ...


class Params(NamedTuple):
    """Parameters of S starts: shares pi (S, K); blocks, one (M, S, K) array a family."""

    shares: Floats
    blocks: tuple[Floats, ...]

    @property
    def starts(self) -> int:
        """Number of starts S."""
        return len(self.shares)

    def take(self, which: Any) -> Params:
        """Return the starts at the given positions."""
        return Params(self.shares[which], tuple(block[:, which] for block in self.blocks))

    def vector(self) -> Floats:
        """Return (S, P) all parameters of each start in a row, shares first."""
        s = self.starts
        return np.concatenate([self.shares, *(b.transpose(1, 0, 2).reshape(s, -1) for b in self.blocks)], axis=1)

    def like(self, vector: Floats) -> Params:
        """Inverse of `vector`: parameters of the same shape from (S, P), S as in the vector."""
        s, k = len(vector), self.shares.shape[1]
        ends = np.cumsum([k, *(len(b) * k for b in self.blocks)])
        blocks = [
            np.ascontiguousarray(vector[:, a:b].reshape(s, -1, k).transpose(1, 0, 2))
            for a, b in zip(ends[:-1], ends[1:], strict=True)
        ]
        return Params(np.ascontiguousarray(vector[:, :k]), tuple(blocks))

    @classmethod
    def stack(cls, parts: Sequence[Params]) -> Params:
        """Put starts side by side."""
        return cls(
            np.concatenate([p.shares for p in parts]),
            tuple(np.concatenate(blocks, axis=1) for blocks in zip(*(p.blocks for p in parts), strict=True)),
        )


@dataclass(frozen=True)
class Stats:
    """Expected sufficient statistics of a part of the data; they add (fact 1).

    loglik: (S,); totals: (G, W) expected type totals by group; counts: (C, W) expected code counts.
    """

    loglik: Floats
    totals: Floats
    counts: Floats

    def __add__(self, other: Stats) -> Stats:
        return Stats(self.loglik + other.loglik, self.totals + other.totals, self.counts + other.counts)

    def take(self, which: Any, types: int) -> Stats:
        """Return the statistics of the starts at the given positions."""

        def pick(x: Floats) -> Floats:
            return np.ascontiguousarray(x.reshape(len(x), -1, types)[:, which]).reshape(len(x), -1)

        return Stats(self.loglik[which], pick(self.totals), pick(self.counts))


@dataclass(frozen=True)
class EStep:
    """The E-step at given parameters, ready to be applied to any shard, here or in another process."""

    table: Floats
    prior: Floats
    offsets: NDArray[np.int64]
    types: int
    kernel: str

    def __call__(self, shard: Shard) -> Stats:
        expect = import_module(KERNELS[self.kernel]).expect
        sums = expect(
            shard.codes, self.offsets, self.table, self.prior, shard.group, self.types, shard.weights
        )
        return Stats(*sums)


@dataclass(frozen=True)
class Mixture:
    """K types, each with its own outcome probabilities for every item.

    schema: the items; types: K; families: outcome distributions; where: for each family the positions of its items;
    membership: who belongs to which type a priori; kernel: a name in KERNELS.
    """

    schema: Schema
    types: int
    families: tuple[Family, ...]
    where: tuple[tuple[int, ...], ...]
    membership: Shares
    kernel: str = "compiled"
    _rows: tuple[NDArray[np.int64], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.types < 1:
            raise InputError(Fault(f"{self.types} types", where="types", rule="The number of types is 1 or more"))
        if self.kernel not in KERNELS:
            raise InputError(
                Fault(f"there is no kernel {self.kernel!r}", where="kernel",
                      rule=f"The kernels are {', '.join(map(repr, KERNELS))}", nearest=nearest(self.kernel, KERNELS))
            )  # fmt: skip
        offsets = self.schema.offsets
        rows = tuple(
            np.concatenate([np.arange(offsets[j], offsets[j + 1]) for j in positions]) for positions in self.where
        )
        object.__setattr__(self, "_rows", rows)

    @classmethod
    def of(cls, schema: Schema, types: int, prior: float = 0.0, kernel: str = "compiled") -> Mixture:
        """Return the mixture of categorical items: Choice where menus vary, Categorical elsewhere.

        prior: Dirichlet pseudo-count for every share and every outcome of every type (0: maximum likelihood).
        """
        varying = [len(item.menus) > 1 for item in schema.items]
        families: list[Family] = []
        where: list[tuple[int, ...]] = []
        for kind, wanted in ((Categorical, False), (Choice, True)):
            positions = tuple(j for j, v in enumerate(varying) if v == wanted)
            if positions:
                families.append(kind(tuple(schema.items[j] for j in positions), prior))
                where.append(positions)
        return cls(schema, types, tuple(families), tuple(where), Shares(types, prior), kernel)

    def bind(self, schema: Schema) -> Mixture:
        """Return the same model for data with the same items and other menus (see Profiles.align)."""
        families = tuple(
            family.bind(tuple(schema.items[j] for j in positions))
            for family, positions in zip(self.families, self.where, strict=True)
        )
        return replace(self, schema=schema, families=families)

    @property
    def free(self) -> int:
        """Number of free parameters, as poLCA and Mplus count them."""
        return self.membership.free + self.types * sum(family.free for family in self.families)

    def place(self, profiles: Profiles, shards: int = 1) -> tuple[Shard, ...]:
        """Return the arrays of the profiles in contiguous shards."""
        return tuple(
            Shard(part.codes, np.zeros(len(part), dtype=np.int32), part.weights) for part in profiles.shards(shards)
        )

    def table(self, params: Params) -> Floats:
        """Return (C, W) probability of every code under every type."""
        width = params.shares.size
        table = np.ones((int(self.schema.offsets[-1]), width))
        for family, rows, block in zip(self.families, self._rows, params.blocks, strict=True):
            table[rows] = family.table(block.reshape(len(block), width))
        return table

    def task(self, params: Params) -> EStep:
        """Return the E-step at `params` as a function of a shard."""
        return EStep(
            self.table(params), self.membership.prior(params.shares), self.schema.offsets, self.types, self.kernel
        )

    def estep(self, params: Params, profiles: Profiles) -> Stats:
        """Return the expected sufficient statistics of the profiles at `params` (000 eq. 2.8, 001 eq. 6.4)."""
        return self.task(params)(*self.place(profiles))

    def mstep(self, params: Params, stats: Stats) -> Params:
        """Return the parameters that maximise the expected log-likelihood (000 eqs. 2.9, 2.10; formulas: M-step)."""
        blocks = [
            family.mstep(block.reshape(len(block), -1), stats.counts[rows]).reshape(block.shape)
            for family, rows, block in zip(self.families, self._rows, params.blocks, strict=True)
        ]
        return Params(self.membership.mstep(params.shares, stats.totals), tuple(blocks))

    def log_prior(self, params: Params) -> Floats:
        """Return (S,) log prior density, 0 without a prior."""
        out = self.membership.log_prior(params.shares)
        for family, block in zip(self.families, params.blocks, strict=True):
            out = out + family.log_prior(block.reshape(len(block), -1)).reshape(params.shares.shape).sum(axis=1)
        return out

    def from_posteriors(self, profiles: Profiles, zeta: Floats) -> Params:
        """Return the parameters of an M-step from (U, S * K) posteriors: how starts by assignment begin."""
        kernel = import_module(KERNELS[self.kernel])
        weighted = zeta * profiles.weights[:, None]
        counts = kernel.scatter(profiles.codes, self.schema.offsets, weighted)
        stats = Stats(np.zeros(0), weighted.sum(axis=0, keepdims=True), counts)
        return self.mstep(self._flat(zeta.shape[1] // self.types), stats)

    def random(self, profiles: Profiles, rng: np.random.Generator) -> Params:
        """Return one start of random parameters with equal shares."""
        kernel = import_module(KERNELS[self.kernel])
        counts = kernel.scatter(profiles.codes, self.schema.offsets, profiles.weights[:, None].copy())
        blocks = [
            family.start(counts[rows], rng, self.types)[:, None, :]
            for family, rows in zip(self.families, self._rows, strict=True)
        ]
        return Params(np.full((1, self.types), 1.0 / self.types), tuple(blocks))

    def posterior(self, params: Params, profiles: Profiles) -> tuple[Floats, Floats]:
        """Return (U,) log-likelihood and (U, K) posteriors of each profile at one start's `params`."""
        kernel = import_module(KERNELS[self.kernel])
        task, shard = self.task(params), self.place(profiles)[0]
        loglik, zeta = kernel.posterior(
            shard.codes, task.offsets, task.table, task.prior, shard.group, self.types
        )
        return loglik[:, 0], zeta

    def _flat(self, starts: int) -> Params:
        """Even parameters, where M-steps that need a start begin."""
        shares = np.full((starts, self.types), 1.0 / self.types)
        blocks = []
        for family in self.families:
            sizes = [len(item.outcomes) for item in family.items]
            even = np.repeat([1.0 / size for size in sizes if size], [size for size in sizes if size])
            blocks.append(np.tile(even[:, None, None], (1, starts, self.types)))
        return Params(shares, tuple(blocks))
