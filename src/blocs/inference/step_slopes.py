"""How the score of a step after the types moves with the parameters of the types."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.score_sums import parts_of_bounded_size
from ..model.scores import complete_scores, parameter_positions
from .first_step import FirstStep
from .step_models import StepModel
from .step_rows import StepRows
from .step_sums import Pieces, row_sums, slices

__all__ = ["slopes_by_types"]

Floats = NDArray[np.float64]


def slopes_by_types(
    first: FirstStep, rows: StepRows, model: StepModel, pieces: Pieces, theta: Floats, method: str
) -> Floats:
    """Return (m, P) derivatives of the score of the last step by the free parameters of the fit."""
    number, types, size = len(first.profiles), first.fit.types, model.size
    own, common, by_share = np.zeros((number, types, size)), np.zeros((types, types, size)), np.zeros((types, size))
    assigned = first.assignment
    inverse = np.linalg.inv(assigned.errors) if method == "bch" else np.eye(types)
    for part in slices(len(rows.profile), size * types):
        (z, scores, logs), under = row_sums(model, pieces, theta, part)
        each = rows.weights[part, None] * pieces.parts[part]
        if method == "two_step":
            change = each[:, 0, None, None] * z[:, 0, :, None] * (under - scores)
            np.add.at(own, rows.profile[part], change)
            continue
        by_part = np.einsum("st,ntm->nsm", inverse, scores)
        if assigned.proportional:
            np.add.at(own, rows.profile[part], rows.weights[part, None, None] * by_part)
        if method == "bch":
            common -= np.einsum("na,nbm->abm", each, by_part)
        if method == "ml":
            ratio = np.exp(model.log_joint(theta, part)[:, None, :] - logs[:, :, None])  # z / F
            common += _by_density(each[:, :, None] * ratio, under, scores)
            by_share += _by_density(each[:, :, None] * z, under, scores).sum(axis=1)
    shares = slice(0, int(parameter_positions(first.mixture)[0].max()) + 1)  # their log-odds against the first
    if method == "two_step":
        out = _through(first, own)
        out[:, shares] = 0.0  # the answers given the types do not depend on the shares
        return out
    out = _through(first, _by_posterior(first, own, common))
    if model.of_shares:
        out[:, shares] += by_share[1:].T  # whose sum over types is 0
    return out


def _by_density(weights: Floats, under: Floats, scores: Floats) -> Floats:
    """Return (K, S, m) the sum of weights (n, S, K) times scores by type (n, K, m) less those by part (n, S, m)."""
    return np.asarray(np.einsum("nst,ntm->tsm", weights, under) - np.einsum("nst,nsm->tsm", weights, scores))


def _by_posterior(first: FirstStep, by_part: Floats, common: Floats) -> Floats:
    """Return (U, K, m) c with the derivative sum_u sum_k c_uk s_uk, s_uk the scores of log pi_k p_k(x_u).

    by_part: derivatives of the score by the parts assigned, where they are posteriors; common (K, K, m): by D_ts.
    """
    assigned = first.assignment
    w = first.profiles.weights[:, None, None] / assigned.totals[:, None]
    v = w * np.einsum("tsm,uts->utm", common, assigned.to[:, None, :] - assigned.errors)
    if assigned.proportional:
        v += by_part
        v += first.profiles.weights[:, None, None] * np.einsum(
            "tsm,ut->usm", common / assigned.totals[:, None, None], assigned.zeta
        )
    mean = np.einsum("ut,utm->um", assigned.zeta, v)
    return np.asarray(assigned.zeta[:, :, None] * (v - mean[:, None, :]))


def _through(first: FirstStep, change: Floats) -> Floats:
    """Return (m, P) the sum over profiles and types of change_uk (U, K, m) times the scores of log pi_k p_k(x_u)."""
    mixture, params = first.mixture, first.fit.params
    out, task, begin = np.zeros((change.shape[2], mixture.free)), mixture.task(params), 0
    for part in parts_of_bounded_size(mixture, first.profiles):
        blocks = complete_scores(mixture, params, part, task)[1]
        own = change[begin : begin + len(part)]
        begin += len(part)
        for at, scores in blocks:
            for k in range(at.shape[1]):
                some = at[:, k] >= 0
                out[:, at[some, k]] += own[:, k].T @ scores[:, some, k]
    return out
