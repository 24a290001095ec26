"""Mixture: the immutable specification — families, membership, number of types — with its E-step and M-step.

Parameters of S starts are held side by side: a start is just K more columns, so that one pass over the data serves
all of them and no loop over starts exists below this line.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, named
from ..core.memory import give_back
from ..core.schema import Schema
from ..families import Density, Family, Part, families_of
from ..kernels import measured
from ..kernels.shard import Shard
from ..membership import Shares
from ..profiles import Profiles
from .estep import KERNELS, EStep, Stats, load
from .params import Params

if TYPE_CHECKING:
    from .plate_diagram import Graph

__all__ = ["KERNELS", "EStep", "Mixture", "Params", "Stats"]

Floats = NDArray[np.float64]
Rows = slice | NDArray[np.int64]

FAINT = np.log(1e-300)
"""Log of the smallest ratio of a value's probabilities under two types that a table holds."""


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
    _codes: tuple[Rows, ...] = field(init=False, repr=False, compare=False)
    _rows: tuple[Rows, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.types < 1:
            raise InputError(Fault(f"{self.types} types", where="types", rule="The number of types is 1 or more"))
        named(KERNELS, self.kernel, "kernel", "kernel", "kernels")
        offsets = self.schema.offsets
        codes = [_joined([range(offsets[j], offsets[j + 1]) for j in positions]) for positions in self.where]
        rows, end = list(codes), int(offsets[-1])
        for i, family in enumerate(self.families):
            if any(item.measured for item in family.items):  # its statistics follow the counts of the codes
                rows[i] = slice(end, end + family.rows)
                end += family.rows
        object.__setattr__(self, "_codes", tuple(codes))
        object.__setattr__(self, "_rows", tuple(rows))

    @classmethod
    def of(cls, schema: Schema, types: int, prior: float = 0.0, kernel: str = "compiled") -> Mixture:
        """Return the mixture of the items: Choice where menus vary, else Categorical, or the family of the item's kind.

        prior: Dirichlet pseudo-count for every share and every outcome of every type (0: maximum likelihood).
        """
        made = families_of(schema.items, types, prior)
        families, where = tuple(family for family, _ in made), tuple(positions for _, positions in made)
        return cls(schema, types, families, where, Shares(types, prior), kernel)

    def bind(self, schema: Schema) -> Mixture:
        """Return the same model for data with the same items and other menus (see Profiles.align)."""
        families = tuple(
            family.bind(tuple(schema.items[j] for j in positions))
            for family, positions in zip(self.families, self.where, strict=True)
        )
        return replace(self, schema=schema, families=families)

    def adopt(self, other: Mixture, params: Params) -> Params:
        """Return the parameters of the same model for other data, measurements in the units of this one."""
        blocks = []
        for family, theirs, block in zip(self.families, other.families, params.blocks, strict=True):
            blocks.append(family.carry(block.reshape(len(block), -1), theirs).reshape(block.shape))
        return Params(params.shares, tuple(blocks))

    @property
    def free(self) -> int:
        """Number of free parameters, as poLCA and Mplus count them."""
        return self.membership.free + sum(_count(family.index(self.types)) for family in self.families)

    @property
    def names_types(self) -> bool:
        """Whether something is known of the types of rows, so that types have names."""
        return any(family.names_types for family in self.families)

    def part(self, i: int, profiles: Profiles) -> Part:
        """Return the rows of the profiles as the family at position i sees them."""
        spans = {j: slice(a, b) for j, a, b in self.schema.measured}
        mine = [spans[j] for j in self.where[i] if j in spans]
        empty = np.zeros((len(profiles), 0))
        values = np.asarray(profiles.values)[:, mine[0]] if mine else empty
        return Part(profiles.codes[:, np.array(self.where[i], dtype=np.int64)], values)

    def graph(self, n: float | None = None) -> Graph:
        """Return the plate diagram of the model: `.svg()`, `.dot()`, `.save(path)`; n: number of observations."""
        from .plate_diagram import graph  # a picture is seldom drawn

        return graph(self, n)

    @property
    def statistic_rows(self) -> tuple[Rows, ...]:
        """For each family, the rows of `Stats.counts` that are its own."""
        return self._rows

    def place(self, profiles: Profiles, shards: int = 1) -> tuple[Shard, ...]:
        """Return the arrays of the profiles in contiguous shards, with what the kernel prepares once per data set."""
        prepare = load(self.kernel).prepare
        placed = []
        parts = profiles.shards(shards)
        group = np.zeros(max(map(len, parts), default=0), dtype=np.int32)  # one for all shards
        for part in parts:
            shard = Shard(part.codes, group[: len(part)], part.weights, values=part.values)
            coded = not self.schema.measured  # rows with measurements are worked off in small chunks instead
            plan = prepare(shard.codes, self.schema.offsets, shard.group, 1, self.types) if coded else None
            placed.append(shard._replace(plan=plan))
        if len(placed) > 1:
            give_back()
        return tuple(placed)

    @staticmethod
    def _shard(part: Profiles) -> Shard:
        """Return the arrays of profiles that are passed over once."""
        return Shard(part.codes, np.zeros(len(part), dtype=np.int32), part.weights, values=part.values)

    def table(self, params: Params) -> Floats:
        """Return (C, W) probability of every code under every type."""
        width = params.shares.size
        table = np.ones((int(self.schema.offsets[-1]), width))
        for family, rows, block in zip(self.families, self._codes, params.blocks, strict=True):
            table[rows] = family.table(block.reshape(len(block), width))
        return table

    def log_table(self, params: Params) -> Floats:
        """Return (C, W) log-probability of every code under every type, 0 for MISSING."""
        width = params.shares.size
        logs = np.zeros((int(self.schema.offsets[-1]), width))
        for family, rows, block in zip(self.families, self._codes, params.blocks, strict=True):
            logs[rows] = family.log_table(block.reshape(len(block), width))
        return logs

    def task(self, params: Params) -> EStep:
        """Return the E-step at `params` as a function of a shard."""
        offsets, prior = self.schema.offsets, self.membership.prior(params.shares)
        if not self.schema.measured:
            if not any(family.underflows for family in self.families):
                return EStep(self.table(params), prior, offsets, self.types, self.kernel)
            scaled = _scaled(self.log_table(params), params.starts)
            if scaled is not None:
                return EStep(scaled[0], prior, offsets, self.types, self.kernel, scaled[1])
        logs, blocks = self.log_table(params), self._densities(params)
        return EStep(None, prior, offsets, self.types, self.kernel, logs=logs, blocks=blocks)

    def _densities(self, params: Params) -> tuple[Density, ...]:
        """Return the densities of the measured items, in the order of their columns."""
        first = {j: a for j, a, _ in self.schema.measured}
        found = [
            family.density(block.reshape(len(block), -1), first[positions[0]])
            for family, positions, block in zip(self.families, self.where, params.blocks, strict=True)
            if positions[0] in first
        ]
        return tuple(density for density in found if density is not None)

    def estep(self, params: Params, profiles: Profiles) -> Stats:
        """Return the expected sufficient statistics of the profiles at `params` (000 eq. 2.8, 001 eq. 6.4)."""
        return self.task(params)(self._shard(profiles))

    def mstep(self, params: Params, stats: Stats) -> Params:
        """Return the parameters that maximise the expected log-likelihood (000 eqs. 2.9, 2.10; formulas: M-step)."""
        blocks = []
        for family, rows, block in zip(self.families, self._rows, params.blocks, strict=True):
            theta, here = block.reshape(len(block), params.shares.size), stats.counts[rows]
            blocks.append(family.mstep(theta, here).reshape(block.shape))
        return Params(self.membership.mstep(params.shares, stats.totals), tuple(blocks))

    def log_prior(self, params: Params) -> Floats:
        """Return (S,) log prior density, 0 without a prior."""
        out = self.membership.log_prior(params.shares)
        for family, block in zip(self.families, params.blocks, strict=True):
            theta = block.reshape(len(block), params.shares.size)
            out = out + family.log_prior(theta).reshape(params.shares.shape).sum(axis=1)
        return out

    def from_posteriors(self, profiles: Profiles, zeta: Floats) -> Params:
        """Return the parameters of an M-step from (U, S * K) posteriors: how starts by assignment begin."""
        weighted = zeta * profiles.weights[:, None]
        flat = self._flat(zeta.shape[1] // self.types)
        counts = self._scatter(flat, profiles, weighted)
        return self.mstep(flat, Stats(np.zeros(0), weighted.sum(axis=0, keepdims=True), counts))

    def overall(self, profiles: Profiles) -> Params:
        """Return one start whose types are all like the data as a whole."""
        k, even = self.types, self._flat(1)
        parts = profiles.shards(-(-len(profiles) // 16_384))  # a copy of large data has no room
        counts = sum(self._scatter(even, part, part.weights[:, None].copy()) for part in parts) / k
        totals = np.full((1, k), profiles.weights.sum() / k)
        return self.mstep(even, Stats(np.zeros(0), totals, np.repeat(counts, k, axis=1)))

    def random(
        self, profiles: Profiles, rng: np.random.Generator, centres: NDArray[np.int64] | None = None
    ) -> Params:
        """Return one start of random parameters with equal shares; centres (K,): rows where means begin."""
        counts = self._scatter(self._flat(1), profiles, profiles.weights[:, None].copy())
        if centres is None and self.schema.measured:
            centres = rng.choice(len(profiles), size=self.types, p=profiles.weights / profiles.weights.sum())
        blocks = []
        for i, (family, rows) in enumerate(zip(self.families, self._rows, strict=True)):
            at = None if centres is None else self.part(i, _rows_of(profiles, centres))
            blocks.append(family.start(counts[rows], rng, self.types, at)[:, None, :])
        return Params(np.full((1, self.types), 1.0 / self.types), tuple(blocks))

    def posterior(self, params: Params, profiles: Profiles) -> tuple[Floats, Floats]:
        """Return (U,) log-likelihood and (U, K) posteriors of each profile at one start's `params`."""
        loglik, zeta = self.task(params).posterior(self._shard(profiles))
        return loglik[:, 0], zeta

    def _scatter(self, params: Params, profiles: Profiles, zeta: Floats) -> Floats:
        """Return the expected counts, and moments about the means of `params`, of weighted posteriors (U, W)."""
        kernel, shard = load(self.kernel), self._shard(profiles)
        if not self.schema.measured:
            return np.asarray(kernel.scatter(shard.codes, self.schema.offsets, zeta))
        few = params if zeta.shape[1] == params.shares.size else self._first(params)
        densities: tuple[Any, ...] = self._densities(few)  # the kernels only call their members
        return measured.scatter(kernel, shard, self.schema.offsets, zeta, densities)

    @staticmethod
    def _first(params: Params) -> Params:
        """Return the first type alone."""
        return Params(params.shares[:1, :1], tuple(block[:, :1, :1] for block in params.blocks))

    def _flat(self, starts: int) -> Params:
        """Even parameters, where M-steps that need a start begin."""
        shares = np.full((starts, self.types), 1.0 / self.types)
        blocks = [np.repeat(family.flat(self.types)[:, None, :], starts, axis=1) for family in self.families]
        return Params(shares, tuple(blocks))


def _count(index: NDArray[np.int64]) -> int:
    """Return how many free parameters there are: shared ones count once, fixed ones (-1) not at all."""
    return len(np.unique(index[index >= 0]))


def _rows_of(profiles: Profiles, rows: NDArray[np.int64]) -> Profiles:
    """Return some of the rows, as profiles of weight 1."""
    values, ones = None if profiles.values is None else profiles.values[rows], np.ones(len(rows))
    return Profiles(profiles.schema, profiles.codes[rows], ones, ones, values=values)


def _joined(parts: list[range]) -> Rows:
    """Return the rows of the parts one after the other: a slice where they follow one another, which copies nothing."""
    rows = np.concatenate([np.asarray(part, dtype=np.int64) for part in parts])
    whole = slice(int(rows[0]), int(rows[-1]) + 1)
    return whole if len(rows) == whole.stop - whole.start else rows


def _scaled(logs: Floats, starts: int) -> tuple[Floats, Floats] | None:
    """Return the table of (C, S * K) logs and (C, S) logs of what its rows were divided by; None if that will not do.

    Rows are divided by their most probable type's probability, that counts do not underflow under all types together.
    """
    each = logs.reshape(len(logs), starts, -1)
    top = each.max(axis=2)
    top[~np.isfinite(top)] = 0.0
    away = each - top[:, :, None]
    if (away < FAINT).any(where=np.isfinite(away)):
        return None
    return np.exp(away).reshape(logs.shape), top
