"""The sums of `score_sums` for shares by group: each row has scores of the log-odds of its own group alone.

So the sums about the shares are blocks on the diagonal, one a group, and each is bordered by its products with the
scores of the other parameters. For the log-odds of group g the score of row u under type k is e_k - pi_g, without the
entry of the first type, and its posterior mean is zeta_u - pi_g.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.shard import Shard
from ..profiles import Profiles
from .estep import EStep
from .mixture import Mixture, Params
from .scores import family_information, family_scores, mean_scores, scores_of_type

__all__ = ["Bordered", "GroupInformation", "group_information", "group_sums"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CELLS = 2_000_000
"""Scores, by row, parameter and type, that are held at once."""
ROWS = 65_536
"""Rows whose posteriors are held at a time."""


@dataclass(frozen=True)
class Bordered:
    """A (P, P) matrix of the log-odds of G groups, K - 1 each, and of F other parameters.

    groups (G, K - 1, K - 1): blocks on the diagonal; border (G, K - 1, F); others (F, F). They add.
    """

    groups: Floats
    border: Floats
    others: Floats

    def __add__(self, other: Bordered) -> Bordered:
        return Bordered(self.groups + other.groups, self.border + other.border, self.others + other.others)

    def whole(self) -> Floats:
        """Return the (P, P) matrix."""
        number, size, free = self.border.shape
        out = np.zeros((number * size + free, number * size + free))
        blocks = out[: number * size, : number * size].reshape(number, size, number, size)
        each = np.arange(number)
        blocks[each, :, each] = self.groups
        border = self.border.reshape(number * size, free)
        out[: number * size, number * size :], out[number * size :, : number * size] = border, border.T
        out[number * size :, number * size :] = self.others
        return out


def group_sums(
    mixture: Mixture, params: Params, profiles: Profiles
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return the sums over the profiles at one start's parameters, in the order of `ScoreSums`."""
    task, pi = mixture.task(params), params.membership[1:, 0]
    own = (mixture.free - pi.size + len(pi)) * mixture.types
    parts = profiles.shards(-(-len(profiles) // max(CELLS // max(own, 1), len(pi))))
    totals, gradient, complete, within, outer, squared = _of_part(mixture, params, parts[0], task)
    for part in parts[1:]:
        more = _of_part(mixture, params, part, task)
        totals, gradient, complete = totals + more[0], gradient + more[1], complete + more[2]
        within, outer = within + more[3], outer + more[4]
        squared = None if squared is None or more[5] is None else squared + more[5]
    gradient[: pi.size - len(pi)] = (totals - totals.sum(axis=1, keepdims=True) * pi)[:, 1:].ravel()
    known, spread = _moments(totals, pi)
    complete = Bordered(known[:, 1:, 1:], complete.border, complete.others)
    within = Bordered(spread[:, 1:, 1:], within.border, within.others)
    whole = outer.whole()
    return gradient, complete.whole(), within.whole(), whole, whole if squared is None else squared.whole()


class GroupInformation(NamedTuple):
    """What each group says of exponents whose softmax its shares are, with the other parameters held fixed.

    observed (G, K, K): information; squared (G, K, K): outer products of the scores of single observations, with their
    squared sampling weights, or None where there are none.
    """

    observed: Floats
    squared: Floats | None


def group_information(mixture: Mixture, params: Params, profiles: Profiles) -> GroupInformation:
    """Return the information of each group, which has nothing to do with that of the others."""
    task, pi = mixture.task(params), params.membership[1:, 0]
    outer, totals = np.zeros((*pi.shape, pi.shape[1])), np.zeros(pi.shape)
    squared = np.zeros_like(outer) if profiles.design else None
    for part in profiles.shards(-(-len(profiles) // ROWS)):
        shard = mixture.shard(part)
        zeta, number = task.posterior(shard)[1], _numbers_of(shard)
        outer += _blocks(number, zeta, pi, part.weights)
        if squared is not None:
            squared += _blocks(number, zeta, pi, part.squares)
        totals += _Groups(number, len(pi)).sum(zeta * part.weights[:, None])
    known, within = _moments(totals, pi)
    return GroupInformation(known - within + outer, squared)


def _blocks(number: Ints, zeta: Floats, pi: Floats, weights: Floats) -> Floats:
    """Return the (G, K, K) sums of w_u (zeta_u - pi_g) (zeta_u - pi_g)' over the rows of each group.

    number (n,): the group of each row; zeta (n, K); pi (G, K); weights (n,).
    """
    own, size = zeta - pi[number], pi.shape[1]
    out = np.zeros((len(pi), size, size))
    for k in range(size):
        for j in range(k + 1):
            out[:, k, j] = out[:, j, k] = np.bincount(number, weights * own[:, k] * own[:, j], len(pi))
    return out


def _numbers_of(shard: Shard) -> Ints:
    """Return (n,) the number of the group of each row of a shard that was placed for shares by group."""
    assert shard.covariates is not None
    return shard.covariates[:, 0].astype(np.int64)[shard.group]


def _moments(totals: Floats, pi: Floats) -> tuple[Floats, Floats]:
    """Return (G, K, K) information about the exponents if the types were known, and sums of outer products of scores.

    They are N_g (diag(pi) - pi pi') and sum w_u zeta_uk (e_k - pi) (e_k - pi)', for (G, K) expected totals.
    """
    n, unit = totals.sum(axis=1)[:, None, None], np.eye(pi.shape[1])
    second, crossed = n * pi[:, :, None] * pi[:, None], totals[:, :, None] * pi[:, None]
    return n * pi[:, :, None] * unit - second, totals[:, :, None] * unit - crossed - crossed.swapaxes(1, 2) + second


def _of_part(
    mixture: Mixture, params: Params, part: Profiles, task: EStep
) -> tuple[Floats, Floats, Bordered, Bordered, Bordered, Bordered | None]:
    """Return (G, K) expected totals, gradient, and the matrices, of which the groups' blocks of two are made later."""
    shard, pi = mixture.shard(part), params.membership[1:, 0]
    number = _numbers_of(shard)
    zeta = task.posterior(shard)[1]
    first, blocks = (len(pi) * (mixture.types - 1)), family_scores(mixture, params, part)
    moved = [block._replace(at=np.where(block.at >= 0, block.at - first, -1)) for block in blocks]
    free = mixture.free - first
    scores, weighted = mean_scores(zeta, moved, free), zeta * part.weights[:, None]
    within, spread = np.zeros((free, free)), np.zeros((len(pi), mixture.types - 1, free))
    by_group = _Groups(number, len(pi))
    for k in range(mixture.types):
        at, own = scores_of_type(moved, k)
        rooted = own * np.sqrt(weighted[:, [k]])
        within[np.ix_(at, at)] += rooted.T @ rooted
        if k:
            spread[:, k - 1, at] += by_group.sum(own * weighted[:, [k]])
    spread -= pi[:, 1:, None] * by_group.sum(scores * part.weights[:, None])[:, None]
    totals = by_group.sum(weighted)
    none = np.zeros((len(pi), mixture.types - 1, mixture.types - 1))
    information = family_information(mixture, params, part, weighted)
    complete = Bordered(none, np.zeros_like(spread), information[first:, first:])
    gradient = np.concatenate([np.zeros(first), part.weights @ scores])

    def products(weights: Floats) -> Bordered:
        rooted, own = scores * np.sqrt(weights)[:, None], (zeta - pi[number])[:, 1:] * weights[:, None]
        border = np.zeros((len(pi), own.shape[1], free))  # of one type, without a column
        for k in range(own.shape[1]):
            border[:, k] = by_group.sum(own[:, [k]] * scores)
        return Bordered(_blocks(number, zeta, pi, weights)[:, 1:, 1:], border, rooted.T @ rooted)

    squared = products(part.squares) if part.design else None
    return totals, gradient, complete, Bordered(none, spread, within), products(part.weights), squared


class _Groups:
    """Sums by group of rows with (n,) group numbers, in the order of the rows."""

    def __init__(self, number: Ints, groups: int) -> None:
        self.order, self.groups = np.argsort(number, kind="stable"), groups
        sorted_ = number[self.order]
        self.begin = np.flatnonzero(np.diff(sorted_, prepend=-1))
        self.present = sorted_[self.begin]

    def sum(self, values: Floats) -> Floats:
        """Return the (G, m) sums of (n, m) values."""
        out = np.zeros((self.groups, values.shape[1]))
        out[self.present] = np.add.reduceat(values[self.order], self.begin, axis=0)
        return out
