"""The steps after the types: an estimate of what depends on them, with the errors that the first step leaves in it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..membership import Shares
from ..model.mixture import Params
from .first_step import CORRECTED, FirstStep
from .step_models import Regression, StepModel
from .step_rows import StepRows
from .step_slopes import slopes_by_types
from .step_sums import Pieces, Solution, row_sums, slices, solve
from .variances import NONE, spectrum

__all__ = ["LEAST", "StepEstimate", "estimate", "pieces_of"]

Floats = NDArray[np.float64]
LEAST = 1e-3
"""Information if the types were known, in observations, below which an estimate is on the boundary."""
UNKNOWN = 1e-6
"""Part of a variance in directions of which the data say nothing, above which it is not given."""


class StepEstimate(NamedTuple):
    """What was estimated.

    theta (m,); matrix (m, m): its covariance matrix; unknown: by flag the directions (m, .) without standard errors;
    notes: what a reader should know.
    """

    theta: Floats
    matrix: Floats
    unknown: tuple[tuple[str, Floats], ...]
    notes: tuple[str, ...]

    def flag(self, slope: Floats) -> str:
        """Return why a sum of parameters with slopes (m,) has no standard error, or ""."""
        for flag, directions in self.unknown:
            if ((slope @ directions) ** 2).sum() > UNKNOWN * (slope**2).sum():
                return flag
        return ""


def pieces_of(first: FirstStep, rows: StepRows, method: str) -> Pieces:
    """Return what a method takes from the first step for the rows of the next."""
    assigned, types = first.assignment, first.fit.types
    with np.errstate(divide="ignore"):
        if method == "two_step":
            logs = _log_answers(first)[rows.profile]
            return Pieces(rows.weights, np.ones((len(logs), 1)), logs[:, None, :])
        if method == "ml":
            return Pieces(rows.weights, assigned.to[rows.profile], np.log(assigned.errors.T)[None])
        parts = assigned.to[rows.profile]
        if method == "bch":
            parts = parts @ np.linalg.inv(assigned.errors)
        return Pieces(rows.weights, parts, np.log(np.eye(types))[None])


def _log_answers(first: FirstStep) -> Floats:
    """Return (U, K) log-probabilities of the answers of each profile under each type, up to what the types share."""
    if first.mixture.membership.common:
        return np.asarray(np.log(first.assignment.zeta) - np.log(first.fit.params.shares[0]))
    types = first.mixture.types
    alike = replace(first.mixture, membership=Shares(types))
    even = Params.of(np.full((1, types), 1.0 / types), first.fit.params.families)
    return np.asarray(np.log(alike.posterior(even, first.profiles)[1]))


def estimate(
    first: FirstStep, rows: StepRows, model: StepModel, start: Floats, method: str, errors: str
) -> StepEstimate:
    """Return the estimate of a model and its covariance matrix."""
    pieces = pieces_of(first, rows, method)
    found = solve(*_together(model, pieces), start)
    value, vector = np.linalg.eigh(found.sums.complete)
    away, kept = vector[:, value < LEAST], vector[:, value >= LEAST]
    within = spectrum(kept.T @ found.sums.observed @ kept, kept.T @ found.sums.complete @ kept)
    bread = kept @ within.inverse @ kept.T
    null = kept @ within.directions[:, within.share <= NONE]
    null = null / np.sqrt((null**2).sum(axis=0, keepdims=True)) if null.size else null
    matrix = bread if first.kind == "observed" else bread @ _middle(model, pieces, rows, found) @ bread
    if CORRECTED[errors]:
        slopes = bread @ slopes_by_types(first, rows, model, pieces, found.theta, method)
        matrix = matrix + slopes @ first.matrix @ slopes.T
    notes = (*first.notes, *rows.notes)
    if not found.converged:
        notes = (*notes, "The estimates have not converged: what they maximise still rises.")
    return StepEstimate(found.theta, matrix, ((model.uninformed, away), ("not_identified", null)), notes)


def _together(model: StepModel, pieces: Pieces) -> tuple[StepModel, Pieces]:
    """Return a regression of the distinct rows of covariates, where nothing but the parts differs between rows."""
    if not isinstance(model, Regression) or len(pieces.logs) > 1:
        return model, pieces
    each = pieces.weights[:, None] * pieces.parts
    parts = np.array([np.bincount(model.row, part, len(model.x)) for part in each.T], dtype=np.float64).T
    ones, row = np.ones(len(model.x)), np.arange(len(model.x), dtype=np.int32)
    return Regression(model.x, row, model.types), Pieces(ones, parts, pieces.logs)


def _middle(model: StepModel, pieces: Pieces, rows: StepRows, found: Solution) -> Floats:
    """Return (m, m) the outer product of the scores of single observations, or of clusters."""
    size, types = model.size, pieces.logs.shape[2]
    out = np.zeros((size, size))
    clusters = None if rows.cluster is None else np.zeros((int(rows.cluster.max()) + 1, size))
    for part in slices(len(rows.profile), size * types):
        scores = np.einsum("ns,nsm->nm", pieces.parts[part], row_sums(model, pieces, found.theta, part)[0].scores)
        if clusters is None or rows.cluster is None:
            out += (scores * rows.squares[part, None]).T @ scores
        else:
            np.add.at(clusters, rows.cluster[part], scores * rows.weights[part, None])
    return out if clusters is None else np.asarray(clusters.T @ clusters)
