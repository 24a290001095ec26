"""What the data say at the estimates of a fit: sums of scores, the parameters that are kept, and their information."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..em.row_sums import RowSums
from ..engines import Engine
from ..model.identification import between_types, coinciding_from
from ..model.mixture import Mixture, Params
from ..model.score_sums import ScoreSums, score_sums
from ..profiles import Profiles, Traced
from ..results.fit_result import Fit
from .fitted_rows import observations
from .kept_parameters import Kept, kept_parameters
from .variances import Spectrum, spectrum

__all__ = ["EMPTY", "Curvature", "curvature_of", "require_maximum"]

Floats = NDArray[np.float64]
MOST = 3_000
"""Parameters whose covariance matrix is computed where groups have shares of their own."""
EMPTY = 0.5
"""Observations below which a type is empty, as `Fit.flags` says."""


class Curvature(NamedTuple):
    """profiles: in the items of the fit; mixture: bound to them; added: what adds over their rows; sums: of scores;
    kept: parameters off the boundary."""

    profiles: Profiles
    mixture: Mixture
    added: RowSums
    sums: ScoreSums
    kept: Kept

    def of_kept(self, matrix: Floats) -> Floats:
        """Return a (P, P) information for the kept parameters, (p, p)."""
        return np.asarray(self.kept.basis.T @ matrix @ self.kept.basis)

    def alike(self, params: Params) -> tuple[tuple[int, int], ...]:
        """Return the pairs of types, from 1, that the data do not tell apart, without types of no observations."""
        none = {int(k) for k in np.flatnonzero(params.shares[0] * self.profiles.n < EMPTY)}
        between = self.added(partial(between_types, self.mixture, params))
        pairs = coinciding_from(params, between, float(self.profiles.weights.sum()))
        return tuple((k + 1, other + 1) for k, other in pairs if not {k, other} & none)

    def spectrum(self, information: Floats) -> Spectrum:
        """Return the directions of a (P, P) information among the kept parameters."""
        return spectrum(self.of_kept(information), self.of_kept(self.sums.complete))


def curvature_of(fit: Any, profiles: Profiles | Traced, asked: str, engine: Engine | None = None) -> Curvature:
    """Return what the data say at the estimates; asked: what is wanted, for errors; engine: where rows are summed.

    Raises MismatchError for other data than those that were fitted, UnsupportedError for what is not one fit by maximum
    likelihood.
    """
    require_maximum(fit, asked)
    if fit.groups is not None and fit.n_parameters > MOST:
        raise UnsupportedError(
            f"{asked} available for up to {MOST:,} parameters where groups have shares of their own, and this fit has "
            f"{fit.n_parameters:,}. `shares_by_group` in Python has those of shares, with the types held "
            "fixed."
        )
    if fit.design is not None and fit.design.many is not None and fit.n_parameters > MOST:
        raise UnsupportedError(
            f"{asked} available for up to {MOST:,} parameters where a covariate has many levels, and this fit has "
            f"{fit.n_parameters:,}. Leave {fit.design.many.name!r} out, or fit shares by group."
        )
    if fit.groups is not None and engine is not None:
        raise UnsupportedError(f"{asked} not available on an engine for shares by group. Leave out engine=.")
    of = observations(fit, profiles)
    rows = of.recoded(fit.schema)
    mixture = fit.mixture.bind(rows.schema)
    added = RowSums(rows, engine)
    fit.check(of, None if engine is None else float(added(partial(_loglik, mixture, fit.params))))
    sums = score_sums(mixture, fit.params, rows, None if engine is None else added)
    n = float(rows.weights.sum())
    return Curvature(rows, mixture, added, sums, kept_parameters(fit.evidence, fit.params, sums.complete, n))


def _loglik(mixture: Mixture, params: Params, part: Profiles) -> float:
    return float(mixture.task(params)(mixture.shard(part)).loglik[0])


def require_maximum(fit: Any, asked: str) -> None:
    """Raise UnsupportedError for what is not one fit by maximum likelihood; asked: what is wanted, with its verb."""
    if not isinstance(fit, Fit):
        raise UnsupportedError(
            f"{asked} of one Fit, not of {type(fit).__name__}. Of fits by group, give one of `fits`, and the profiles "
            "of that group."
        )
    if fit.mixture.membership.pseudo or any(family.pseudo for family in fit.mixture.families):
        raise UnsupportedError(
            f"{asked} not available for a fit with a prior, which is no maximum of the likelihood. Fit with prior=0; "
            "probabilities of 0 and 1 are taken out."
        )
