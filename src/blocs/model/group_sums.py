"""The sums of `score_sums` for shares by group: each row has scores of the log-odds of its own group alone.

So the sums about the shares are blocks on the diagonal, one a group, and each is bordered by its products with the
scores of the other parameters. For the log-odds of group g the score of row u under type k is e_k - pi_u, without the
entry of the first type, and its posterior mean is zeta_u - pi_u; the shares pi_u are those of the group, or depend on
covariates beside it, whose coefficients are among the other parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from ..kernels.shard import Shard
from ..membership import GroupShares, LevelSoftmax
from ..profiles import Profiles
from .estep import EStep
from .mixture import Mixture, Params
from .scores import Block, family_information, family_scores, mean_scores, scores_of_type

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
    task, membership = mixture.task(params), cast("GroupShares | LevelSoftmax", mixture.membership)
    others = mixture.free - membership.levels * (mixture.types - 1)
    parts = profiles.shards(-(-len(profiles) // max(CELLS // max(others * mixture.types, 1), membership.levels)))
    gradient, complete, within, outer, squared = _of_part(mixture, params, parts[0], task)
    for part in parts[1:]:
        more = _of_part(mixture, params, part, task)
        gradient, complete, within, outer = (
            gradient + more[0], complete + more[1], within + more[2], outer + more[3]
        )  # fmt: skip
        squared = None if squared is None or more[4] is None else squared + more[4]
    turn = membership.to_coefficients()
    outer_of = _whole(outer, turn)
    squared_of = outer_of if squared is None else _whole(squared, turn)
    if turn is not None:
        gradient = np.concatenate([turn.T @ gradient[: len(turn)], gradient[len(turn) :]])
    return gradient, _whole(complete, turn), _whole(within, turn), outer_of, squared_of


def _whole(matrix: Bordered, turn: Floats | None) -> Floats:
    """Return the (P, P) matrix; turn (M, M): the derivatives of its M log-odds and coefficients by other parameters."""
    out = matrix.whole()
    if turn is None:
        return out
    m = len(turn)
    out[:m] = turn.T @ out[:m]
    out[:, :m] = out[:, :m] @ turn
    return np.asarray(0.5 * (out + out.T))


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
        outer += _blocks(number, zeta - pi[number], part.weights, len(pi))
        if squared is not None:
            squared += _blocks(number, zeta - pi[number], part.squares, len(pi))
        totals += _Groups(number, len(pi)).sum(zeta * part.weights[:, None])
    known, within = _moments(totals, pi)
    return GroupInformation(known - within + outer, squared)


def _blocks(number: Ints, away: Floats, weights: Floats, groups: int) -> Floats:
    """Return the (G, K, K) sums of w_u d_u d_u' over the rows of each group.

    number (n,): the group of each row; away (n, K): zeta_u - pi_u; weights (n,).
    """
    size = away.shape[1]
    out = np.zeros((groups, size, size))
    for k in range(size):
        for j in range(k + 1):
            out[:, k, j] = out[:, j, k] = np.bincount(number, weights * away[:, k] * away[:, j], groups)
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
) -> tuple[Floats, Bordered, Bordered, Bordered, Bordered | None]:
    """Return the sums of a part, by the log-odds of the groups."""
    membership = cast("GroupShares | LevelSoftmax", mixture.membership)
    shard, types = mixture.shard(part), mixture.types
    x, level = membership.by_level(shard)
    prior, zeta = membership.prior(params.columns()[0], shard), task.posterior(shard)[1]
    groups, own, pi = membership.levels, x.shape[1] * (types - 1), prior[shard.group]
    first = groups * (types - 1)
    blocks = [_of_coefficients(x[shard.group], pi)] if own else []
    blocks += [block._replace(at=np.where(block.at >= 0, block.at - first, -1))
               for block in family_scores(mixture, params, part)]  # fmt: skip
    free, weighted = mixture.free - first, zeta * part.weights[:, None]
    scores, by_group = mean_scores(zeta, blocks, free), _Groups(level[shard.group], groups)
    within, spread = np.zeros((free, free)), np.zeros((groups, types - 1, free))
    for k in range(types):
        at, of_type = scores_of_type(blocks, k)
        rooted = of_type * np.sqrt(weighted[:, [k]])
        within[np.ix_(at, at)] += rooted.T @ rooted
        if k:
            spread[:, k - 1, at] += by_group.sum(of_type * weighted[:, [k]])
    for k in range(1, types):
        spread[:, k - 1] -= by_group.sum(scores * (part.weights * pi[:, k])[:, None])
    moments = _pairs(by_group.number, part.weights, zeta, pi, groups)
    n = np.bincount(shard.group, part.weights, len(x)).astype(np.float64)
    complete = _known(x, level, prior, n, groups)
    inner = np.zeros((free, free))
    inner[:own, :own] = complete.others
    inner[own:, own:] = family_information(mixture, params, part, weighted)[first + own :, first + own :]
    border = np.concatenate([complete.border, np.zeros((groups, types - 1, free - own))], axis=2)
    gradient = by_group.sum((zeta - pi)[:, 1:] * part.weights[:, None])

    def products(weights: Floats) -> Bordered:
        rooted, away = scores * np.sqrt(weights)[:, None], (zeta - pi)[:, 1:] * weights[:, None]
        border = np.zeros((groups, types - 1, free))  # of one type, without a column
        for k in range(types - 1):
            border[:, k] = by_group.sum(away[:, [k]] * scores)
        return Bordered(_blocks(by_group.number, zeta - pi, weights, groups)[:, 1:, 1:], border, rooted.T @ rooted)

    squared = products(part.squares) if part.design else None
    return (np.concatenate([gradient.ravel(), part.weights @ scores]), Bordered(complete.groups, border, inner),
            Bordered(moments[:, 1:, 1:], spread, within), products(part.weights), squared)  # fmt: skip


def _of_coefficients(x: Floats, pi: Floats) -> Block:
    """Return the scores x_uq ([j = k] - pi_uj) of the coefficients of columns x (n, p), type by type."""
    each = (np.eye(pi.shape[1])[1:] - pi[:, 1:, None])[:, :, None, :] * x[:, None, :, None]
    scores = each.reshape(len(x), -1, pi.shape[1])
    return Block(np.repeat(np.arange(scores.shape[1])[:, None], pi.shape[1], axis=1), scores)


def _known(x: Floats, level: Ints, pi: Floats, n: Floats, groups: int) -> Bordered:
    """Return the information about the log-odds of groups and the coefficients of columns x (R, p) of known types.

    level (R,): the group of each row; pi (R, K); n (R,): its observations.
    """
    others, p = pi.shape[1] - 1, x.shape[1]
    out = Bordered(np.zeros((groups, others, others)), np.zeros((groups, others, others, p)),
                   np.zeros((others, p, others, p)))  # fmt: skip
    for k in range(others):
        for j in range(others):
            v = n * pi[:, 1 + k] * ((j == k) - pi[:, 1 + j])
            out.groups[:, k, j] = np.bincount(level, v, groups)
            for q in range(p):
                out.border[:, k, j, q] = np.bincount(level, v * x[:, q], groups)
            out.others[k, :, j] = (x * v[:, None]).T @ x
    return Bordered(out.groups, out.border.reshape(groups, others, others * p), out.others.reshape(2 * (others * p,)))


def _pairs(number: Ints, weights: Floats, zeta: Floats, pi: Floats, groups: int) -> Floats:
    """Return the (G, K, K) sums of w_u zeta_uk (e_k - pi_u) (e_k - pi_u)' over the types and the rows of each group."""
    out = np.zeros((groups, zeta.shape[1], zeta.shape[1]))
    for k in range(zeta.shape[1]):
        for j in range(zeta.shape[1]):
            each = pi[:, k] * pi[:, j] - zeta[:, k] * pi[:, j] - pi[:, k] * zeta[:, j] + (j == k) * zeta[:, k]
            out[:, k, j] = np.bincount(number, weights * each, groups)
    return out


class _Groups:
    """Sums by group of rows with (n,) group numbers, in the order of the rows."""

    def __init__(self, number: Ints, groups: int) -> None:
        self.number, self.order, self.groups = number, np.argsort(number, kind="stable"), groups
        sorted_ = number[self.order]
        self.begin = np.flatnonzero(np.diff(sorted_, prepend=-1))
        self.present = sorted_[self.begin]

    def sum(self, values: Floats) -> Floats:
        """Return the (G, m) sums of (n, m) values."""
        out = np.zeros((self.groups, values.shape[1]))
        out[self.present] = np.add.reduceat(values[self.order], self.begin, axis=0)
        return out
