"""What the data say about each type's outcomes, and what stands in their place where they say nothing.

Two options that a type never chose have probabilities of 1e-17 and 1e-18 under it, or whatever the iterations left, and
on a menu of these two alone their ratio would be rounding error. Whether a type's odds on a menu are known is decided
by expected counts instead (formulas: menus of which a type says nothing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Schema
from ..families import Family
from ..kernels.shard import Shard, for_kernels
from ..profiles import Profiles
from .estep import EStep, load
from .mixture import Mixture, Params

__all__ = [
    "Evidence", "Place", "Unknown", "counts_by_item", "expected_counts", "expected_if_all_answer", "substituted",
]  # fmt: skip

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEAST = 0.5
"""Expected observations, below which a type says nothing; a type of fewer is called empty."""
NOBODY = 1e-9
"""Observations of an outcome that nobody chose, up to rounding."""


class Unknown(NamedTuple):
    """Where types say nothing. codes (C, K): the codes of menus; blocks (K,) for each block of measurements."""

    codes: Flags
    blocks: tuple[Flags, ...]

    @property
    def any(self) -> bool:
        """Whether there is any such place."""
        return bool(self.codes.any() or any(block.any() for block in self.blocks))

    def of_rows(self, schema: Schema, shard: Shard) -> Flags:
        """Return (n, K) whether a type says nothing of at least one item of a row."""
        out = np.zeros((len(shard.codes), self.codes.shape[1]), dtype=bool)
        for j, offset in enumerate(schema.offsets[:-1]):
            out |= self.codes[offset + shard.codes[:, j].astype(np.int64)]
        for (_, first, last), block in zip(schema.measured, self.blocks, strict=True):
            out |= _answered(shard.values, first, last)[:, None] & block
        return out


class Place(NamedTuple):
    """A menu of an item ("" for numbers), the types (K,) that say nothing of it, and the rows (U,) that have it.

    Of an outcome of which no type says anything, menu is the outcome, and rows are those that chose it.
    """

    item: str
    menu: str
    types: Flags
    rows: Flags


@dataclass(frozen=True)
class Evidence:
    """How often each type is expected to have chosen what, and from which menu.

    mixture: bound to the data that were fitted; counts: for each item the expected number (codes, K) of rows that have
    each code but MISSING, and (1, K) of rows that have any value, for items of numbers; observation: the mean weight of
    a row, which counts as one observation where it is less than 1.
    """

    mixture: Mixture
    counts: tuple[Floats, ...]
    observation: float = 1.0

    @cached_property
    def _families(self) -> dict[int, Family]:
        """The family of each item."""
        each = zip(self.mixture.families, self.mixture.where, strict=True)
        return {j: family for family, positions in each for j in positions}

    @property
    def _least(self) -> float:
        """The smallest expected weight that says something."""
        return LEAST * min(1.0, self.observation)

    @cached_property
    def bounded(self) -> tuple[Flags, ...]:
        """For each item (L, L, K): whether the odds of outcome m against l have an upper bound under a type, at (m, l).

        They have when l was chosen where m was on offer, or along a chain of such pairs.
        """
        return tuple(_closure(self._pairs(j) >= self._least) for j in range(len(self.counts)))

    def knows(self, j: int, menu: Sequence[int]) -> Flags:
        """Return (K,) whether a type's probabilities on a menu of item j are known.

        They are when there is an option against which the odds of all others have an upper bound.
        """
        options = np.array(menu)
        return np.asarray(self.bounded[j][np.ix_(options, options)].all(axis=0).any(axis=0))

    def answers(self, j: int) -> Flags:
        """Return (K,) whether a type has observations of an item of numbers; what is known of types is given."""
        family = self._families[j]
        return np.asarray((self.counts[j].sum(axis=0) + family.pseudo >= self._least) | family.names_types)

    def known_outcomes(self, j: int) -> Flags:
        """Return (L, K) the outcomes of item j of which a type speaks: the largest menu that it knows."""
        bounded = self.bounded[j]
        if len(bounded) < 2:
            return np.ones((len(bounded), bounded.shape[2]), dtype=bool)
        chosen = np.einsum("llk->lk", self._pairs(j))
        more = chosen / (1 + chosen)  # of two such menus, that of the option chosen more often
        size = np.where(chosen >= self._least, bounded.sum(axis=0) + more, 0.0)
        largest = bounded[:, size.argmax(axis=0), np.arange(bounded.shape[2])]
        return np.asarray(largest & (size.max(axis=0) > 0))

    def shown(self, j: int, values: Floats) -> Floats:
        """Return values (..., n, K) that describe item j, NaN where a type says nothing.

        Probabilities of outcomes are those on the menu of the outcomes of which the type speaks.
        """
        if self.mixture.schema.items[j].kind is not None:
            return np.where(self.answers(j), values, np.nan)
        known = self.known_outcomes(j)
        total = np.where(known.all(axis=0), 1.0, (values * known).sum(axis=-2, keepdims=True))
        return np.where(known, values / np.where(total > 0, total, 1.0), np.nan)

    def unknown(self, schema: Schema) -> Unknown:
        """Return where types say nothing in data with the same items and other menus.

        No type says anything of an outcome that nobody chose: its probabilities are rounding errors of 0.
        """
        types = self.counts[0].shape[1]
        codes, blocks = np.zeros((int(schema.offsets[-1]), types), dtype=bool), []
        for j, (item, offset) in enumerate(zip(schema.items, schema.offsets[:-1], strict=True)):
            if item.measured:
                blocks.append(~self.answers(j))
            elif item.kind is not None:
                codes[offset + 1 : offset + item.size] = ~self.answers(j)
            else:
                first = offset + 1
                never = np.einsum("llk->l", self._pairs(j)) < NOBODY
                for menu in item.menus:
                    codes[first : first + len(menu)] = ~self.knows(j, menu) | never[list(menu), None]
                    first += len(menu)
        return Unknown(codes, tuple(blocks))

    def unknown_and_new(self, schema: Schema) -> Unknown:
        """Return `unknown` of what no fitted row had: other menus, and items that nobody answered.

        Nothing of the likelihood of the data that were fitted depends on these.
        """
        codes, blocks = self.unknown(schema)
        answered = [bool(counts.sum() >= NOBODY) for counts in self.counts]
        for j, (item, offset) in enumerate(zip(schema.items, schema.offsets[:-1], strict=True)):
            first = offset + 1
            if item.kind is not None:
                codes[first : offset + item.size] &= not answered[j]
                continue
            fitted = set(map(frozenset, self.mixture.schema.items[j].menus))
            for menu in item.menus:
                codes[first : first + len(menu)] &= frozenset(menu) not in fitted
                first += len(menu)
        measured = (j for j, _, _ in schema.measured)
        return Unknown(codes, tuple(block & (not answered[j]) for j, block in zip(measured, blocks, strict=True)))

    def _pairs(self, j: int) -> Floats:
        """Return (L, L, K) how often a type chose outcome l where m was on offer, at (m, l); L = 0 for numbers."""
        item, counts = self.mixture.schema.items[j], self.counts[j]
        if item.kind is not None:
            return np.zeros((0, 0, counts.shape[1]))
        size, first = len(item.outcomes), 0
        out = np.full((size, size, counts.shape[1]), self._families[j].pseudo)
        for menu in item.menus:
            options = np.array(menu)
            out[np.ix_(options, options)] += counts[first : first + len(menu)]
            first += len(menu)
        return out

    def places(self, profiles: Profiles) -> list[Place]:
        """Return every menu of the profiles of which a type says nothing, in the order of the items."""
        schema, out = profiles.schema, []
        unknown = self.unknown(schema)
        for j, item in enumerate(schema.items):
            column, first = profiles.codes[:, j], 1
            for m, menu in enumerate(item.menus):
                codes = range(first, first + len(menu))
                flags = unknown.codes[schema.offsets[j] + first :][: len(menu)]
                types, first = np.logical_and.reduce(flags, axis=0), codes.stop
                if types.any():
                    words = "" if item.kind is not None else "|".join(map(str, item.menu_labels(m)))
                    out.append(Place(item.name, words, types, (column >= codes.start) & (column < codes.stop)))
                    continue
                for i in np.flatnonzero(flags.all(axis=1)).tolist():
                    out.append(Place(item.name, str(item.outcomes[menu[i]]), flags[i], column == codes[i]))
        for (j, a, b), types in zip(schema.measured, unknown.blocks, strict=True):
            if types.any():
                out.append(Place(schema.items[j].name, "", types, _answered(profiles.values, a, b)))
        return [place for place in out if place.rows.any()]


def _closure(pairs: Flags) -> Flags:
    """Return the pairs that a chain of (L, L, K) pairs connects; every outcome is connected with itself."""
    out = pairs | np.eye(len(pairs), dtype=bool)[:, :, None]
    for via in range(len(out)):
        out |= out[:, via, None] & out[None, via]
    return out


def expected_counts(mixture: Mixture, zeta: Floats, part: Profiles) -> tuple[Floats, ...]:
    """Return the counts of `Evidence` of some rows with (U, K) posteriors; they add over parts of the data."""
    weighted, schema = zeta * part.weights[:, None], mixture.schema
    codes = np.asarray(load(mixture.kernel).scatter(for_kernels(part.codes), schema.offsets, weighted))
    columns = {j: (first, last) for j, first, last in schema.measured}
    out = []
    for j, item in enumerate(schema.items):
        of_item = codes[schema.offsets[j] + 1 : schema.offsets[j + 1]]
        if j in columns:
            of_item = weighted[_answered(part.values, *columns[j])]
        out.append(of_item if item.kind is None else of_item.sum(axis=0, keepdims=True))
    return tuple(out)


def counts_by_item(mixture: Mixture, counts: Floats) -> tuple[Floats, ...]:
    """Return the counts of `Evidence` of (C, K) expected counts of all codes, where no item has measurements."""
    each = [counts[a + 1 : b] for a, b in pairwise(mixture.schema.offsets.tolist())]
    items = zip(each, mixture.schema.items, strict=True)
    return tuple(own if item.kind is None else own.sum(axis=0, keepdims=True) for own, item in items)


def expected_if_all_answer(mixture: Mixture, params: Params, n: float) -> tuple[Floats, ...]:
    """Return the counts of `Evidence` as if every one of n rows answered every item from every menu.

    Fits saved before format 6 do not have the counts; these are the largest that they can be.
    """
    table, offsets, shares = mixture.table(params), mixture.schema.offsets, params.shares
    each = [n * shares * table[a + 1 : b] for a, b in pairwise(offsets.tolist())]
    return tuple(
        counts if item.kind is None else n * shares for item, counts in zip(mixture.schema.items, each, strict=True)
    )


def _answered(values: Any, first: int, last: int) -> Flags:
    """Return (n,) whether a row has any of the columns of a block."""
    return np.asarray(~np.isnan(np.asarray(values)[:, first:last]).all(axis=1))


def substituted(mixture: Mixture, params: Params, unknown: Unknown) -> EStep:
    """Return the E-step of one start, where a type of which the data say nothing has the others' probabilities.

    They are those of the other types together, weighted by shares, so that the item leaves the odds of the type against
    the others where they are. What no type says anything of is missing.
    """
    task = mixture.task(params)
    if not unknown.any:
        return task
    shares = params.shares[0]
    if task.table is not None:
        with np.errstate(divide="ignore"):
            logs = np.log(task.table)
        return replace(task, table=np.where(unknown.codes, np.exp(_of_others(logs, unknown.codes, shares)), task.table))
    blocks = tuple(_Mixed(block, flags, shares) for block, flags in zip(task.blocks, unknown.blocks, strict=True))
    return replace(task, logs=_of_others(np.asarray(task.logs), unknown.codes, shares), blocks=blocks)


def _of_others(logs: Floats, unknown: Flags, shares: Floats) -> Floats:
    """Return (n, K) log-probabilities, those that are unknown replaced by the log of the average of the known ones."""
    known = ~unknown & (shares > 0)
    top = np.where(known, logs, -np.inf).max(axis=1, keepdims=True)
    top[~np.isfinite(top)] = 0.0
    weights = known * shares
    total = np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        average = np.log((weights / total * np.where(known, np.exp(logs - top), 0.0)).sum(axis=1, keepdims=True)) + top
    return np.where(unknown, np.where(known.any(axis=1, keepdims=True), average, 0.0), logs)


@dataclass(frozen=True)
class _Mixed:
    """A block of measurements under which some types have the density of the others together."""

    block: Any
    unknown: Flags
    shares: Floats

    def log_density(self, part: Shard, out: Floats) -> None:
        """Add (n, K) log-densities."""
        own = np.zeros_like(out)
        self.block.log_density(part, own)
        out += _of_others(own, np.broadcast_to(self.unknown, own.shape), self.shares)
