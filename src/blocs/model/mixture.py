"""Mixture: the immutable specification — families, membership, number of types — with its E-step and M-step.

Parameters of S starts are held side by side: a start is just K more columns, so that one pass over the data serves
all of them and no loop over starts exists below this line.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, named
from ..core.memory import give_back
from ..core.schema import Item, Schema
from ..families import Categorical, Choice, Gaussian, Known, Parametric
from ..families import family as family_called
from ..kernels import measured
from ..kernels.shard import Shard
from ..membership import Shares
from ..profiles import Profiles
from .estep import KERNELS, EStep, Stats, load
from .params import Params

if TYPE_CHECKING:
    from .plate_diagram import Graph

__all__ = ["KERNELS", "EStep", "Family", "Mixture", "Params", "Stats"]

Floats = NDArray[np.float64]
Rows = slice | NDArray[np.int64]

FAINT = np.log(1e-300)
"""Log of the smallest ratio of a value's probabilities under two types that a table holds."""


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

    def flat(self, types: int) -> Floats:
        """Parameters (M, types) that M-steps can begin from."""
        ...

    def log_prior(self, theta: Floats) -> Floats:
        """(W,) log prior density, 0 without a prior."""
        ...

    def boundary(self, theta: Floats) -> bool:
        """Whether a parameter is on the edge of its range."""
        ...

    def cells(self, item: Item) -> float:
        """How many free cell probabilities one item has at most."""
        ...

    def parameters(self, theta: Floats) -> list[dict[str, Any]]:
        """Rows item, parameter, value (W,) of what `tidy` does not hold."""
        ...

    def bind(self, items: tuple[Item, ...]) -> Family:
        """The same family for the same items with other menus."""
        ...

    def tidy(self, theta: Floats) -> list[dict[str, Any]]:
        """Rows item, outcome, probability (W,) for the fit's table."""
        ...


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
    _rows: tuple[Rows, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.types < 1:
            raise InputError(Fault(f"{self.types} types", argument="types", rule="The number of types is 1 or more"))
        named(KERNELS, self.kernel, "kernel", "kernel", "kernels")
        offsets = self.schema.offsets
        rows, end = list[Rows](), int(offsets[-1])
        for made, positions in zip(self.families, self.where, strict=True):
            if isinstance(made, Gaussian):  # its moments follow the counts of the codes
                rows.append(slice(end, end + made.rows))
                end += made.rows
            else:
                rows.append(_joined([range(offsets[j], offsets[j + 1]) for j in positions]))
        object.__setattr__(self, "_rows", tuple(rows))

    @classmethod
    def of(cls, schema: Schema, types: int, prior: float = 0.0, kernel: str = "compiled") -> Mixture:
        """Return the mixture of the items: Choice where menus vary, else Categorical, or the family of the item's kind.

        prior: Dirichlet pseudo-count for every share and every outcome of every type (0: maximum likelihood).
        """
        groups: dict[Any, list[int]] = {}
        for j, item in enumerate(schema.items):
            key: tuple[Any, Any]
            if item.kind is None:
                key = (Choice if len(item.menus) > 1 else Categorical, ())
            else:  # a measured block is a family of its own; settings are the family's
                key = (family_called(item.kind.family), j if item.measured else item.kind.options)
            groups.setdefault(key, []).append(j)
        order = sorted(groups, key=lambda key: (key[0] is not Categorical, key[0] is not Choice))
        made = (key[0](tuple(schema.items[j] for j in groups[key]), prior) for key in order)
        families: tuple[Any, ...] = tuple(replace(f, types=types) if isinstance(f, Gaussian) else f for f in made)
        where = [tuple(groups[key]) for key in order]
        return cls(schema, types, families, tuple(where), Shares(types, prior), kernel)

    def bind(self, schema: Schema) -> Mixture:
        """Return the same model for data with the same items and other menus (see Profiles.align)."""
        families = tuple(
            family.bind(tuple(schema.items[j] for j in positions))
            for family, positions in zip(self.families, self.where, strict=True)
        )
        return replace(self, schema=schema, families=families)

    def adopt(self, other: Mixture, params: Params) -> Params:
        """Return the parameters of the same model for other data, measurements in the units of this one."""
        blocks = list(params.blocks)
        for i, (mine, theirs) in enumerate(zip(self.families, other.families, strict=True)):
            if isinstance(mine, Gaussian) and isinstance(theirs, Gaussian):
                flat = blocks[i].reshape(len(blocks[i]), -1)
                blocks[i] = mine.from_natural(*theirs.natural(flat)).reshape(blocks[i].shape)
        return Params(params.shares, tuple(blocks))

    @property
    def free(self) -> int:
        """Number of free parameters, as poLCA and Mplus count them."""
        own = self.types * sum(family.free for family in self.families)
        return self.membership.free + own + sum(getattr(family, "shared", 0) for family in self.families)

    @property
    def evidence(self) -> tuple[int, ...]:
        """Positions of the items that say what is known of a row's type: they give types their names."""
        found = zip(self.families, self.where, strict=True)
        return tuple(j for family, positions in found if isinstance(family, Known) for j in positions)

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
        for family, rows, block in zip(self.families, self._rows, params.blocks, strict=True):
            if not isinstance(family, Gaussian):
                table[rows] = family.table(block.reshape(len(block), width))
        return table

    def log_table(self, params: Params) -> Floats:
        """Return (C, W) log-probability of every code under every type, 0 for MISSING."""
        width = params.shares.size
        logs = np.zeros((int(self.schema.offsets[-1]), width))
        for family, rows, block in zip(self.families, self._rows, params.blocks, strict=True):
            theta = block.reshape(len(block), width)
            if isinstance(family, Parametric):
                logs[rows] = family.log_table(theta)
            elif not isinstance(family, Gaussian):
                with np.errstate(divide="ignore"):
                    logs[rows] = np.log(family.table(theta))
        return logs

    def task(self, params: Params) -> EStep:
        """Return the E-step at `params` as a function of a shard."""
        offsets, prior = self.schema.offsets, self.membership.prior(params.shares)
        if not self.schema.measured:
            if not any(isinstance(family, Parametric) for family in self.families):
                return EStep(self.table(params), prior, offsets, self.types, self.kernel)
            scaled = _scaled(self.log_table(params), params.starts)
            if scaled is not None:
                return EStep(scaled[0], prior, offsets, self.types, self.kernel, scaled[1])
        logs, blocks = self.log_table(params), self._blocks(params)
        return EStep(None, prior, offsets, self.types, self.kernel, logs=logs, blocks=blocks)

    def _blocks(self, params: Params) -> tuple[measured.Block, ...]:
        """Return the measured items as kernels see them."""
        if not self.schema.measured:
            return ()
        first = {j: a for j, a, _ in self.schema.measured}
        blocks: list[measured.Block] = []
        for family, positions, block in zip(self.families, self.where, params.blocks, strict=True):
            if isinstance(family, Gaussian):
                blocks.append(family.block(block.reshape(len(block), -1), first[positions[0]]))
        return tuple(blocks)

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
        for family, positions, rows in zip(self.families, self.where, self._rows, strict=True):
            if isinstance(family, Gaussian):
                span = next((a, b) for j, a, b in self.schema.measured if j == positions[0])
                values = np.asarray(profiles.values)[centres, slice(*span)]
                blocks.append(family.start(family.in_units(values), self.types)[:, None, :])
            else:
                blocks.append(family.start(counts[rows], rng, self.types)[:, None, :])
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
        return measured.scatter(kernel, shard, self.schema.offsets, zeta, self._blocks(few))

    @staticmethod
    def _first(params: Params) -> Params:
        """Return the first type alone."""
        return Params(params.shares[:1, :1], tuple(block[:, :1, :1] for block in params.blocks))

    def _flat(self, starts: int) -> Params:
        """Even parameters, where M-steps that need a start begin."""
        shares = np.full((starts, self.types), 1.0 / self.types)
        blocks = [np.repeat(family.flat(self.types)[:, None, :], starts, axis=1) for family in self.families]
        return Params(shares, tuple(blocks))


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
