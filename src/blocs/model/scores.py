"""Free parameters of a mixture as one vector, and derivatives of each row's log-likelihood by them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..profiles import Profiles
from .mixture import Mixture, Params

__all__ = ["complete_scores", "from_free_vector", "parameter_positions", "row_scores", "to_free_vector"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    zeta, by_type = complete_scores(mixture, params, profiles)
    out = np.zeros((len(profiles), mixture.free))
    for k, (at, scores) in enumerate(by_type):
        out[:, at] += scores * zeta[:, [k]]
    return out


def complete_scores(mixture: Mixture, params: Params, profiles: Profiles) -> tuple[Floats, list[tuple[Ints, Floats]]]:
    """Return (U, K) posteriors and, for each type, the places of the free parameters it has, with their scores.

    The scores (U, places) are the derivatives of log pi_k p_k(x_u) of each row.
    """
    zeta = mixture.posterior(params, profiles)[1]
    gamma, *thetas = params.columns()
    shard = mixture.shard(profiles)
    others = parameter_positions(mixture)[1:]
    prior = mixture.membership.scores(gamma, shard)[shard.group]
    parts = [
        (at, family.scores(theta, mixture.part(i, profiles)))
        for i, (family, theta, at) in enumerate(zip(mixture.families, thetas, others, strict=True))
    ]
    first = np.arange(prior.shape[1])
    by_type = []
    for k in range(mixture.types):
        free = [(at[:, k][at[:, k] >= 0], scores[:, at[:, k] >= 0, k]) for at, scores in parts]
        places, scores = zip((first, prior[:, :, k]), *free, strict=True)
        by_type.append((np.concatenate(places), np.concatenate(scores, axis=1)))
    return zeta, by_type
