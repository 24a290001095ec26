"""The sums of `score_sums` for items with codes, from one table of pairs of codes: no scores of rows are needed.

A score under type k is a sum over the items of a row, s_uk = sum_j d_k(code_uj), with the scores d of single codes, and
one more, d_k(0), of the membership. So sum_u w_u zeta_uk zeta_ul s_uk s_ul' follows from the sums

    T_kl(a, b) = sum over rows u with codes a and b of w_u zeta_uk zeta_ul,

and with it all others: over l the posteriors zeta_ul add to 1. One row costs a few additions for each pair of items.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..families import Part
from ..kernels.pairs import add_pairs
from ..kernels.shard import Shard, for_kernels
from ..profiles import Profiles
from .mixture import Mixture, Params
from .scores import parameter_positions

__all__ = ["PairTables", "pair_sums", "pair_tables", "pairs_fit"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST = 4_000_000
"""Numbers in the table of pairs at most."""


@dataclass(frozen=True)
class PairTables:
    """The (G, G, K (K + 1) / 2) table with the weights and, with sampling weights, with their squares; they add."""

    tables: tuple[Floats, ...]

    def __add__(self, other: PairTables) -> PairTables:
        return PairTables(tuple(a + b for a, b in zip(self.tables, other.tables, strict=True)))


def pairs_fit(mixture: Mixture) -> bool:
    """Whether the sums follow from a table of pairs of codes that is not too large, with one prior for all rows."""
    if mixture.needs_rows:
        return False
    codes = 1 + sum(item.size - 1 for item in mixture.schema.items)
    return codes**2 * mixture.types * (mixture.types + 1) // 2 <= MOST


def pair_sums(mixture: Mixture, params: Params, of: PairTables) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return the sums over all rows at one start's parameters, in the order of `ScoreSums`, from their tables."""
    tables = [_full(table, mixture.types) for table in of.tables]
    places, scores = _scores(mixture, params)
    free, pairs = mixture.free, tables[0]
    gradient, within = np.zeros(free), np.zeros((free, free))
    totals = pairs[0].sum(axis=2)  # (G, K) expected numbers: every row has code 0
    for k, at in enumerate(places):
        own = scores[k]
        gradient[at] += own.T @ totals[:, k]
        within[np.ix_(at, at)] += own.T @ pairs[:, :, k].sum(axis=2) @ own
    outer, *squared = (_outer(places, scores, table, free) for table in tables)
    return gradient, _complete(mixture, params, totals), within, outer, squared[0] if squared else outer


def _outer(places: list[Ints], scores: list[Floats], pairs: Floats, free: int) -> Floats:
    out = np.zeros((free, free))
    for k, at in enumerate(places):
        for other, there in enumerate(places):
            out[np.ix_(at, there)] += scores[k].T @ pairs[:, :, k, other] @ scores[other]
    return 0.5 * (out + out.T)


def pair_tables(mixture: Mixture, params: Params, part: Profiles) -> PairTables:
    """Return the tables of some rows at one start's parameters."""
    sizes = [item.size - 1 for item in mixture.schema.items]
    first = np.cumsum([1, *sizes])[:-1] - 1
    codes, pairs = 1 + sum(sizes), mixture.types * (mixture.types + 1) // 2
    out = [np.zeros((codes, codes, pairs)) for _ in range(2 if part.design else 1)]
    zeta = np.ascontiguousarray(mixture.task(params).posterior(mixture.shard(part))[1])
    own = part.codes.astype(np.int32)
    numbered = np.concatenate([np.zeros((len(part), 1), np.int32), np.where(own > 0, own + first, -1)], axis=1)
    numbered = np.ascontiguousarray(numbered, dtype=np.int32)
    for table, weights in zip(out, (part.weights, part.squares), strict=False):
        add_pairs(numbered, zeta, for_kernels(np.ascontiguousarray(weights)), table)
    return PairTables(tuple(out))


def _full(table: Floats, types: int) -> Floats:
    """Return the (G, G, K, K) table of all pairs, in both orders, of codes and of types."""
    upper = np.zeros((*table.shape[:2], types, types))
    k, other = np.triu_indices(types)
    upper[:, :, k, other] = upper[:, :, other, k] = table
    return np.where(np.eye(len(table), dtype=bool)[:, :, None, None], upper, upper + upper.swapaxes(0, 1))


def _single_codes(mixture: Mixture) -> NDArray[np.int64]:
    """Return (G, J) rows: none, then each code of each item by itself."""
    out = np.zeros((1 + sum(item.size - 1 for item in mixture.schema.items), len(mixture.schema.items)), np.int64)
    first = 1
    for j, item in enumerate(mixture.schema.items):
        out[first : first + item.size - 1, j] = np.arange(1, item.size)
        first += item.size - 1
    return out


def _scores(mixture: Mixture, params: Params) -> tuple[list[Ints], list[Floats]]:
    """Return for each type the places of its F free parameters, and the (G, F) scores of each code."""
    gamma, *thetas = params.columns()
    rows, (_, *others) = _single_codes(mixture), parameter_positions(mixture)
    prior = mixture.membership.scores(gamma, _one_row(mixture))
    own = np.zeros((len(rows), *prior.shape[1:]))
    own[0] = prior[0]
    places, blocks = [np.repeat(np.arange(prior.shape[1])[:, None], mixture.types, axis=1), *others], [own]
    for family, theta, where in zip(mixture.families, thetas, mixture.where, strict=True):
        blocks.append(family.scores(theta, _part(rows, where)))
    scores = np.concatenate(blocks, axis=1)
    scores = np.where(np.isfinite(scores), scores, 0.0)  # of codes of probability 0
    of_types = np.concatenate(places).T
    return [at[at >= 0] for at in of_types], [scores[:, at >= 0, k] for k, at in enumerate(of_types)]


def _one_row(mixture: Mixture) -> Shard:
    return mixture.shard(Profiles(mixture.schema, _single_codes(mixture)[:1], np.ones(1), np.ones(1)))


def _part(rows: Ints, where: tuple[int, ...]) -> Part:
    return Part(rows[:, list(where)], np.zeros((len(rows), 0)))


def _complete(mixture: Mixture, params: Params, totals: Floats) -> Floats:
    """Return the (P, P) information if the types were known, from the (G, K) expected numbers of each code."""
    gamma, *thetas = params.columns()
    rows, (own, *others) = _single_codes(mixture), parameter_positions(mixture)
    out, size = np.zeros((mixture.free, mixture.free)), int((own >= 0).sum())
    out[:size, :size] = mixture.membership.information(gamma, _one_row(mixture), totals[:1])
    for family, theta, at, where in zip(mixture.families, thetas, others, mixture.where, strict=True):
        each = family.information(theta, _part(rows, where), totals)
        for k in range(mixture.types):
            here = np.flatnonzero(at[:, k] >= 0)
            out[np.ix_(at[here, k], at[here, k])] += each[np.ix_(here, here)][..., k]
    return out
