"""Free parameters of a mixture as one vector, and derivatives of each row's log-likelihood by them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..profiles import Profiles
from .estep import EStep
from .mixture import Mixture, Params

__all__ = ["Block", "complete_scores", "family_information", "family_scores", "from_free_vector", "mean_scores",
           "parameter_positions", "row_scores", "scores_of_type", "to_free_vector"]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Block(NamedTuple):
    """Scores of the membership or of a family.

    at (F, K): the place of each free parameter in the vector, -1 where it is fixed; scores (U, F, K): derivatives of
    the log-probability of each row under each type.
    """

    at: Ints
    scores: Floats


def parameter_positions(mixture: Mixture) -> list[Ints]:
    """Return for each block (membership, families) the (F, K) places of its free parameters in the vector, or -1."""
    out, first = [], 0
    for part in mixture.parts:
        index = part.index(mixture.types)
        out.append(np.where(index >= 0, index + first, -1))
        first += int(index.max(initial=-1)) + 1
    return out


def to_free_vector(mixture: Mixture, params: Params) -> Floats:
    """Return (S, P) the free parameters of each start: log-odds of shares first."""
    out = np.empty((params.starts, mixture.free))
    for part, theta, at in zip(mixture.parts, params.columns(), parameter_positions(mixture), strict=True):
        free = part.to_free(theta).reshape(len(at), params.starts, params.types)
        out[:, at[at >= 0]] = free.transpose(1, 0, 2)[:, at >= 0]
    return out


def from_free_vector(mixture: Mixture, vector: Floats, like: Params) -> Params:
    """Return the parameters of (S, P) free ones; what is fixed is that of one start, `like`."""
    columns = []
    for part, theta, at in zip(mixture.parts, like.columns(), parameter_positions(mixture), strict=True):
        free = np.repeat(part.to_free(theta)[:, None, :], len(vector), axis=1)
        free.transpose(1, 0, 2)[:, at >= 0] = vector[:, at[at >= 0]]
        moved = part.from_free(free.reshape(len(at), len(vector) * like.types))
        columns.append(moved if at.size else np.tile(theta, len(vector)))
    return like.from_columns(columns)


def row_scores(mixture: Mixture, params: Params, profiles: Profiles) -> Floats:
    """Return (U, P) derivatives of the log-likelihood of each row by the free parameters of one start.

    They are posterior means (Fisher's identity): sum over types of zeta_uk times the derivative of log pi_k p_k(x_u).
    """
    return mean_scores(*complete_scores(mixture, params, profiles), mixture.free)


def complete_scores(
    mixture: Mixture, params: Params, profiles: Profiles, task: EStep | None = None
) -> tuple[Floats, list[Block]]:
    """Return (U, K) posteriors, and the derivatives of log pi_k p_k(x_u) of each row by the free parameters.

    task: the E-step at the parameters, where it is made already.
    """
    shard = mixture.shard(profiles)
    zeta = (task or mixture.task(params)).posterior(shard)[1]
    prior = mixture.membership.scores(params.columns()[0], shard)
    own = Block(np.repeat(np.arange(prior.shape[1])[:, None], mixture.types, axis=1), prior[shard.group])
    return zeta, [own, *family_scores(mixture, params, profiles)]


def family_scores(mixture: Mixture, params: Params, profiles: Profiles) -> list[Block]:
    """Return the derivatives of log p_k(x_u) of each row by the free parameters of each family."""
    each = zip(mixture.families, params.columns()[1:], parameter_positions(mixture)[1:], strict=True)
    return [Block(at, family.scores(theta, mixture.part(i, profiles))) for i, (family, theta, at) in enumerate(each)]


def family_information(mixture: Mixture, params: Params, part: Profiles, weighted: Floats) -> Floats:
    """Return the (P, P) information of rows with (n, K) weights if their types were known, without that of shares."""
    out = np.zeros((mixture.free, mixture.free))
    each = zip(mixture.families, params.columns()[1:], parameter_positions(mixture)[1:], strict=True)
    for i, (family, theta, at) in enumerate(each):
        own = family.information(theta, mixture.part(i, part), weighted)
        for k in range(mixture.types):
            here = np.flatnonzero(at[:, k] >= 0)
            out[np.ix_(at[here, k], at[here, k])] += own[np.ix_(here, here)][..., k]
    return out


def mean_scores(zeta: Floats, blocks: list[Block], free: int) -> Floats:
    """Return (U, P) posterior means of the scores under each type."""
    out = np.zeros((len(zeta), free))
    for at, scores in blocks:
        weighted = scores * zeta[:, None, :]
        if at.size and np.array_equal(at.ravel(), np.arange(at[0, 0], at[0, 0] + at.size)):  # each type has its own
            out[:, at[0, 0] : at[0, 0] + at.size] = weighted.reshape(len(zeta), -1)
            continue
        for k in range(at.shape[1]):
            some = at[:, k] >= 0
            out[:, at[some, k]] += weighted[:, some, k]
    return out


def scores_of_type(blocks: list[Block], k: int) -> tuple[Ints, Floats]:
    """Return the places of the free parameters of type k, and (U, places) the scores of each row under it."""
    each = [(at[:, k], scores[:, :, k]) for at, scores in blocks]
    places = np.concatenate([at for at, _ in each])
    scores = np.concatenate([scores for _, scores in each], axis=1)
    return (places, scores) if (places >= 0).all() else (places[places >= 0], scores[:, places >= 0])
