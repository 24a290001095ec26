"""Mixture: the immutable specification — families, membership, number of types — with its E-step and M-step.

Parameters of S starts are held side by side: a start is just K more columns, so that one pass over the data serves
all of them and no loop over starts exists below this line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted, named
from ..core.memory import release_memory
from ..core.schema import Schema
from ..families import (
    Charted,
    Constraint,
    Density,
    Family,
    Part,
    alike_types,
    constrained,
    constraints_in,
    converted,
    families_of,
)
from ..kernels import measured, simplices
from ..kernels.shard import Shard, for_kernels
from ..kernels.simplices import Simplices
from ..membership import Design, Groups, GroupShares, LevelSoftmax, Membership, PriorRows, Shares, Softmax
from ..profiles import Profiles
from .estep import KERNELS, EStep, Stats, load, prepared
from .params import Params
from .simplices import simplices_of

if TYPE_CHECKING:
    from .plate_diagram import Graph

__all__ = ["KERNELS", "EStep", "Mixture", "Params", "Stats"]

Floats = NDArray[np.float64]
Rows = slice | NDArray[np.int64]

SMALLEST_LOG_RATIO = np.log(1e-300)
"""Log of the smallest ratio of a value's probabilities under two types that a table holds."""


@dataclass(frozen=True)
class Mixture:
    """K types, each with its own outcome probabilities for every item: the immutable specification of a model.

    Parameters
    ----------
    schema : Schema
        The items.
    types : int
        Number of types K.
    families : tuple of Family
        Outcome distributions.
    where : tuple of tuple of int
        For each family the positions of its items in the schema.
    membership : Membership
        Who belongs to which type a priori.
    kernel : str
        A name in `KERNELS`.

    Raises
    ------
    InputError
        If there are no types, or no kernel of that name.

    Examples
    --------
    >>> import blocs
    >>> profiles = blocs.Profiles.from_table({"a": [0, 1, 1], "n": [3, 0, 5]}, kinds={"n": blocs.Poisson()})
    >>> mixture = blocs.Mixture.of(profiles.schema, 2)
    >>> mixture
    <Mixture of 2 types: 1 item of categories, 1 item of poisson; 5 free parameters>
    """

    schema: Schema
    types: int
    families: tuple[Family, ...]
    where: tuple[tuple[int, ...], ...]
    membership: Membership
    kernel: str = "compiled"
    _codes: tuple[Rows, ...] = field(init=False, repr=False, compare=False)
    _rows: tuple[Rows, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.types < 1:
            raise InputError(Fault(f"{self.types} types", argument="types", rule="The number of types is 1 or more"))
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
    def of(
        cls,
        schema: Schema,
        types: int,
        prior: float = 0.0,
        kernel: str = "compiled",
        design: Design | Groups | None = None,
        constraints: Sequence[Constraint] = (),
    ) -> Mixture:
        """Return the mixture of the items: categories, choices where menus vary, or the family of the item's kind.

        Parameters
        ----------
        schema : Schema
            The items.
        types : int
            Number of types K.
        prior : float
            Dirichlet pseudo-count for every share and every outcome of every type (0: maximum likelihood).
        kernel : str
            A name in `KERNELS`.
        design : Design or Groups, optional
            Columns of covariates that the shares of the types depend on, or groups that have shares of their own; by
            default they are the same for all rows.
        constraints : sequence of Constraint
            Probabilities that have a given value or are equal; types keep the numbers that these give them.

        Returns
        -------
        Mixture

        Raises
        ------
        InputError
            If an item's kind names a family that is not known, or given values do not sum to what they may.
        UnsupportedError
            For constraints that are not available.
        """
        made = families_of(schema.items, types, prior, constraints)
        families, where = tuple(family for family, _ in made), tuple(positions for _, positions in made)
        return cls(schema, types, families, where, _membership(types, prior, design), kernel)

    def bind(self, schema: Schema) -> Mixture:
        """Return the same model for data with the same items and other menus (see Profiles.align)."""
        families = tuple(
            family.bind(tuple(schema.items[j] for j in positions))
            for family, positions in zip(self.families, self.where, strict=True)
        )
        return replace(self, schema=schema, families=families)

    def convert_params(self, other: Mixture, params: Params) -> Params:
        """Return the parameters of the same items in other data, measurements in the units of this one.

        Where the constraints are others, probabilities are as near as these allow.
        """
        gamma, *thetas = params.columns()
        return params.from_columns([gamma, *converted(self.families, other.families, thetas)])

    def toward(self, params: Params, other: Params, part: float) -> Params:
        """Return parameters that are a small part of the way to others: what was possible there is possible here.

        What is known of the types is given, and stays. Products of two probabilities, which a constraint makes of those
        of a joint item, are none between two such points: the nearest ones are taken.
        """
        gamma, *thetas = params.toward(other, part).columns()
        moved = (
            old if family.names_types else constrained(family, theta)
            for family, old, theta in zip(self.families, params.columns()[1:], thetas, strict=True)
        )
        return params.from_columns([gamma, *moved])

    @property
    def parts(self) -> tuple[Membership | Family, ...]:
        """The membership and the families: what each block of parameters belongs to."""
        return (self.membership, *self.families)

    @cached_property
    def charts(self) -> tuple[Charted, ...] | None:
        """Coordinates of every block for quasi-Newton steps, None where the membership or a family has none."""
        charts = [part.charted for part in self.parts]
        known = tuple(chart for chart in charts if chart is not None)
        return known if len(known) == len(charts) else None

    @cached_property
    def simplices(self) -> Simplices | None:
        """The table by which shares and categories are computed together, None where there is something else."""
        return simplices_of(self)

    @cached_property
    def free(self) -> int:
        """Number of free parameters, as poLCA and Mplus count them: shared ones count once, fixed ones not at all."""
        places = [part.index(self.types) for part in self.parts]
        return sum(len(np.unique(index[index >= 0])) for index in places)

    @property
    def pseudo(self) -> bool:
        """Whether a model of shares and categories has a prior."""
        return self.simplices is not None and bool(self.simplices.pseudo.any())

    @property
    def needs_rows(self) -> bool:
        """Whether sums of posteriors over the rows of a code do not suffice: measurements, or shares that differ."""
        return bool(self.schema.measured) or not self.membership.common

    @property
    def names_types(self) -> bool:
        """Whether types have names: something is known of those of rows, or constraints give them numbers."""
        return bool(self.constraints) or any(family.names_types for family in self.families)

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """Probabilities that have a given value or are equal."""
        return constraints_in(self.families)

    @cached_property
    def alike(self) -> NDArray[np.int64]:
        """(K,) int, equal for types that constraints do not tell apart, so that they are ordered by share."""
        return alike_types(self.constraints, self.types)

    def part(self, i: int, profiles: Profiles) -> Part:
        """Return the rows of the profiles as the family at position i sees them."""
        spans = [slice(a, b) for j, a, b in self.schema.measured if j in self.where[i]]
        values = np.asarray(profiles.values)[:, spans[0]] if spans else np.zeros((len(profiles), 0))
        return Part(profiles.codes[:, np.array(self.where[i], dtype=np.int64)], values)

    def __repr__(self) -> str:
        of_families = [f"{counted(len(family.items), 'item')} of {family.words}" for family in self.families]
        return (
            f"<Mixture of {counted(self.types, 'type')}: {', '.join(of_families)}; "
            f"{counted(self.free, 'free parameter')}>"
        )

    def graph(self, n: float | None = None) -> Graph:
        """Return the plate diagram of the model: `.svg()`, `.dot()`, `.save(path)`; n: number of observations."""
        from .plate_diagram import graph  # a picture is seldom drawn

        if not self.membership.common:
            raise UnsupportedError("A plate diagram is not available for a model with covariates or shares by group.")

        return graph(self, n)

    def statistics(self, stats: Stats) -> list[Floats]:
        """Return the statistics of the membership and of each family."""
        return [stats.membership, *(stats.counts[rows] for rows in self._rows)]

    def place(self, profiles: Profiles, shards: int = 1) -> tuple[Shard, ...]:
        """Return the arrays of the profiles in contiguous shards, with what the kernel prepares once per data set.

        Rows with shares by group or covariates come in the order of these, others in their own.
        """
        placed = []
        order = self.membership.order(profiles)
        if order is not None:
            profiles = profiles.take(order, profiles.weights[order])
        parts = profiles.shards(shards)
        for part, rows in zip(parts, self.membership.rows(parts), strict=True):
            shard = _shard(part, rows)
            coded = not self.schema.measured  # rows with measurements are worked off in small chunks instead
            placed.append(
                prepared(shard, self.kernel, self.schema.offsets, rows.number, self.types) if coded else shard
            )
        if len(placed) > 1:
            release_memory()
        return tuple(placed)

    def shard(self, part: Profiles) -> Shard:
        """Return the arrays of profiles that are used once."""
        return _shard(part, self.membership.rows([part])[0])

    def table(self, params: Params) -> Floats:
        """Return (C, W) probability of every code under every type."""
        if self.simplices is not None:
            return simplices.table(params.rows(), self.simplices)
        table = np.ones((int(self.schema.offsets[-1]), params.starts * params.types))
        for family, rows, theta in zip(self.families, self._codes, params.columns()[1:], strict=True):
            table[rows] = family.table(theta)
        return table

    def log_table(self, params: Params) -> Floats:
        """Return (C, W) log-probability of every code under every type, 0 for MISSING."""
        if self.simplices is not None:
            with np.errstate(divide="ignore"):
                return np.log(self.table(params))
        logs = np.zeros((int(self.schema.offsets[-1]), params.starts * params.types))
        for family, rows, theta in zip(self.families, self._codes, params.columns()[1:], strict=True):
            logs[rows] = family.log_table(theta)
        return logs

    def task(self, params: Params) -> EStep:
        """Return the E-step at `params` as a function of a shard."""
        task = partial(EStep, self.membership, params.columns()[0], self.schema.offsets, self.types, self.kernel)
        if not self.schema.measured:
            if not any(family.underflows for family in self.families):
                return task(table=self.table(params))
            scaled = _scaled(self.log_table(params), params.starts)
            if scaled is not None:
                return task(table=scaled[0], shift=scaled[1])
        return task(logs=self.log_table(params), blocks=self._densities(params))

    def _densities(self, params: Params) -> tuple[Density, ...]:
        """Return the densities of the measured items, in the order of their columns."""
        first = {j: a for j, a, _ in self.schema.measured}
        densities = [
            family.density(theta, first[positions[0]])
            for family, positions, theta in zip(self.families, self.where, params.columns()[1:], strict=True)
            if positions[0] in first
        ]
        return tuple(density for density in densities if density is not None)

    def estep(self, params: Params, profiles: Profiles) -> Stats:
        """Return the expected sufficient statistics of the profiles at `params` (000 eq. 2.8, 001 eq. 6.4)."""
        return self.task(params)(self.shard(profiles))

    def mstep(self, params: Params, stats: Stats) -> Params:
        """Return the parameters that maximise the expected log-likelihood (000 eqs. 2.9, 2.10; formulas: M-step)."""
        if self.simplices is not None:
            return params.from_rows(simplices.mstep(params.rows(), stats.totals, stats.counts, self.simplices))
        each = zip(self.parts, params.columns(), self.statistics(stats), strict=True)
        return params.from_columns(part.mstep(theta, own) for part, theta, own in each)

    def log_prior(self, params: Params) -> Floats:
        """Return (S,) log prior density, 0 without a prior."""
        if self.simplices is not None and not self.pseudo:
            return np.zeros(params.starts)
        gamma, *thetas = params.columns()
        out = self.membership.log_prior(gamma)
        for family, theta in zip(self.families, thetas, strict=True):
            out = out + family.log_prior(theta).reshape(params.starts, params.types).sum(axis=1)
        return out

    def from_posteriors(self, profiles: Profiles, zeta: Floats, which: NDArray[np.int64] | None = None) -> Params:
        """Return the parameters of an M-step from posteriors: how starts by assignment begin.

        zeta: (U, S * K); or (U, M * K), of which `which` (S * K,) are the columns of every type of every start.
        """
        weighted = zeta * profiles.weights[:, None]
        counts = self._scatter(self._flat(zeta.shape[1] // self.types), profiles, weighted)
        totals = weighted.sum(axis=0, keepdims=True) if self.schema.measured else self._totals(counts)
        if which is not None:
            totals, counts = totals.take(which, axis=1), counts.take(which, axis=1)
            weighted = weighted if self.membership.common else weighted.take(which, axis=1)
        return self._from_sums(profiles, weighted, totals, counts)

    def from_products(
        self, profiles: Profiles, zeta: Floats, by: Floats, instead: tuple[int, Floats] | None = None
    ) -> Params:
        """Return the parameters of M-steps from posteriors (U, K) multiplied by each column of `by` (U, B): B starts.

        instead: a type, and its posteriors in the B starts, (U, B), in place of these products.
        """
        if self.needs_rows:
            posteriors = by[:, :, None] * zeta[:, None, :]
            if instead is not None:
                posteriors[:, :, instead[0]] = instead[1]
            return self.from_posteriors(profiles, posteriors.reshape(len(zeta), -1))
        codes, offsets, scatter = for_kernels(profiles.codes), self.schema.offsets, load(self.kernel).scatter
        weighted = zeta * profiles.weights[:, None]
        counts = scatter(codes, offsets, weighted, by)
        if instead is not None:
            counts[:, instead[0] :: self.types] = scatter(codes, offsets, instead[1] * profiles.weights[:, None])
        return self._from_sums(profiles, weighted, self._totals(counts), counts)

    def overall(self, profiles: Profiles) -> Params:
        """Return one start whose types are all like the data as a whole."""
        k, even = self.types, self._flat(1)
        parts = profiles.shards(-(-len(profiles) // 16_384))  # part by part, for large data
        counts = sum(self._scatter(even, part, part.weights[:, None].copy()) for part in parts) / k
        totals = np.full((1, k), profiles.weights.sum() / k)
        all_rows = np.broadcast_to(profiles.weights[:, None], (len(profiles), k))
        return self.mstep(even, self._stats(even, profiles, all_rows, totals, np.repeat(counts, k, axis=1)))

    def _totals(self, counts: Floats) -> Floats:
        """Return the totals (1, W) that the counts (C, W) have where nothing is measured: every row has each item."""
        return np.asarray(counts[: self.schema.offsets[1]].sum(axis=0, keepdims=True))

    def _from_sums(self, profiles: Profiles, zeta: Floats, totals: Floats, counts: Floats) -> Params:
        """Return the parameters of an M-step from the sums of weighted posteriors in proportion to zeta (U, W)."""
        flat = self._flat(counts.shape[1] // self.types)
        return self.mstep(flat, self._stats(flat, profiles, zeta, totals, counts))

    def _stats(self, params: Params, profiles: Profiles, zeta: Floats, totals: Floats, counts: Floats) -> Stats:
        """Return the statistics of weighted posteriors in proportion to zeta (U, W), with totals (1, W)."""
        rows, by_row = self.membership.rows([profiles])[0], totals
        if rows.number > 1:
            sums = np.zeros((rows.number, zeta.shape[1]))
            np.add.at(sums, rows.row, zeta)
            by_row = sums * (totals.sum() / sums.sum())
        own = self.membership.statistics(params.columns()[0], _shard(profiles, rows), by_row)
        return Stats(np.zeros(0), totals, counts, own)

    def random(self, profiles: Profiles, rng: np.random.Generator, centres: NDArray[np.int64] | None = None) -> Params:
        """Return one start of random parameters with equal shares; centres (K,): rows where means begin."""
        counts = np.zeros((int(self.schema.offsets[-1]), 1))
        if self.simplices is None:  # others begin near what the data have
            counts = self._scatter(self._flat(1), profiles, profiles.weights[:, None].copy())
        if centres is None and self.schema.measured:
            centres = rng.choice(len(profiles), size=self.types, p=profiles.weights / profiles.weights.sum())
        columns = [self.membership.even(1)]
        for i, (family, rows) in enumerate(zip(self.families, self._rows, strict=True)):
            at = None if centres is None else self.part(i, profiles.take(centres))
            columns.append(family.start(counts[rows], rng, self.types, at))
        return Params.of_columns(columns, self.types)

    def posterior(self, params: Params, profiles: Profiles) -> tuple[Floats, Floats]:
        """Return (U,) log-likelihood and (U, K) posteriors of each profile at one start's `params`."""
        loglik, zeta = self.task(params).posterior(self.shard(profiles))
        return loglik[:, 0], zeta

    def _scatter(self, params: Params, profiles: Profiles, zeta: Floats) -> Floats:
        """Return the expected counts, and moments about the means of `params`, of weighted posteriors (U, W)."""
        kernel, shard = load(self.kernel), self.shard(profiles)
        if not self.schema.measured:
            return np.asarray(kernel.scatter(shard.codes, self.schema.offsets, zeta))
        one = params.each(lambda block: block[:, :1, :1])  # all columns are alike
        few = params if zeta.shape[1] == params.starts * params.types else one
        densities: tuple[Any, ...] = self._densities(few)  # the kernels only call their members
        return measured.scatter(kernel, shard, self.schema.offsets, zeta, densities)

    def _flat(self, starts: int) -> Params:
        """Even parameters, where M-steps that need a start begin."""
        gamma = self.membership.even(starts)
        blocks = [np.repeat(family.flat(self.types)[:, None, :], starts, axis=1) for family in self.families]
        return Params((gamma.reshape(len(gamma), starts, self.types), *blocks))


def _membership(types: int, prior: float, design: Design | Groups | None) -> Membership:
    """Return the same shares for all rows, those of groups, or those that depend on columns of covariates."""
    if design is None:
        return Shares(types, prior)
    if isinstance(design, Groups):
        return GroupShares(types, design, prior)
    if design.many is not None and not prior:  # observations at the means, which a prior adds, are of no level
        return LevelSoftmax(types, design)
    return Softmax(types, design, prior)


def _shard(part: Profiles, rows: PriorRows) -> Shard:
    """Return the arrays of a part of the profiles, with its rows of the prior."""
    weights = np.ascontiguousarray(part.weights)  # kernels load several at once
    codes, weights, values = map(for_kernels, (part.codes, weights, part.values))
    return Shard(codes, rows.row, weights, values=values, covariates=rows.covariates)


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
    if (away < SMALLEST_LOG_RATIO).any(where=np.isfinite(away)):
        return None
    return np.exp(away).reshape(logs.shape), top
