"""Sums over the profiles of which standard errors are made: scores, their products, and the information of known types.

Rows are worked off in parts of bounded memory: no array of all rows, types and parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..profiles import Profiles
from .estep import EStep
from .group_sums import group_sums
from .mixture import Mixture, Params
from .pair_sums import pair_sums, pair_tables, pairs_fit
from .scores import complete_scores, family_information, mean_scores, parameter_positions, scores_of_type

__all__ = ["Added", "ScoreSums", "parts_of_bounded_size", "score_sums"]

Floats = NDArray[np.float64]
Added = Callable[[Callable[[Profiles], Any]], Any]
"""Adds what a task makes of each part of a data set."""
CELLS = 2_000_000
"""Scores, by row, parameter and type, that are held at once."""
FEWEST = 64
"""Rows of a part at least."""


@dataclass(frozen=True)
class ScoreSums:
    """Sums over rows u with weights w_u, posteriors zeta_uk, and scores s_uk of log pi_k p_k(x_u); they add.

    gradient (P,): sum w_u s_u, with s_u = sum_k zeta_uk s_uk; complete (P, P): the information if the types were known,
    sum w_u zeta_uk times minus the second derivative of log pi_k p_k(x_u); within (P, P): sum w_u zeta_uk s_uk s_uk';
    outer (P, P): sum w_u s_u s_u'; squared (P, P): the same with the squared weights of the single rows.
    """

    gradient: Floats
    complete: Floats
    within: Floats
    outer: Floats
    squared: Floats

    def __add__(self, other: ScoreSums) -> ScoreSums:
        outer = self.outer + other.outer
        squared = outer if self.squared is self.outer else self.squared + other.squared
        return ScoreSums(
            self.gradient + other.gradient,
            self.complete + other.complete,
            self.within + other.within,
            outer,
            squared,
        )

    @property
    def observed(self) -> Floats:
        """Observed information (Louis 1982): that of known types, less the variance of the scores given the rows."""
        return self.complete - self.within + self.outer


def score_sums(mixture: Mixture, params: Params, profiles: Profiles, added: Added | None = None) -> ScoreSums:
    """Return the sums over the profiles at one start's parameters, added in the order of the rows.

    Of items with codes they follow from a table of pairs of codes, unless it would be too large. added: what adds a
    task over the parts of the profiles, by default here; shares by group, and here those by covariates of which one has
    many levels, have sums of all rows together.
    """
    membership = mixture.membership
    if membership.levels is not None and (added is None or membership.groups is not None):
        return ScoreSums(*group_sums(mixture, params, profiles))
    added = added or partial(_added, profiles.parts)
    if pairs_fit(mixture):
        return ScoreSums(*pair_sums(mixture, params, added(partial(pair_tables, mixture, params))))
    total: ScoreSums = added(partial(_of_rows, mixture, params))
    return total


def _added(parts: Sequence[Profiles], task: Callable[[Profiles], Any]) -> Any:
    return reduce(add, map(task, parts))


def _of_rows(mixture: Mixture, params: Params, rows: Profiles) -> ScoreSums:
    """Return the sums over rows whose scores do not all fit into memory."""
    task = mixture.task(params)
    return reduce(add, (_of_part(part, mixture, params, task) for part in parts_of_bounded_size(mixture, rows)))


def parts_of_bounded_size(mixture: Mixture, profiles: Profiles) -> tuple[Profiles, ...]:
    """Return the profiles in parts whose scores fit into memory; their number does not depend on the machine."""
    each = max(sum(at.size for at in parameter_positions(mixture)), mixture.free, 1)
    return profiles.shards(-(-len(profiles) // max(CELLS // each, FEWEST)))


def _of_part(part: Profiles, mixture: Mixture, params: Params, task: EStep) -> ScoreSums:
    zeta, blocks = complete_scores(mixture, params, part, task)
    weighted, free = zeta * part.weights[:, None], mixture.free
    scores, within = mean_scores(zeta, blocks, free), np.zeros((free, free))
    for k in range(mixture.types):
        at, own = scores_of_type(blocks, k)
        own = own * np.sqrt(weighted[:, [k]])
        within[np.ix_(at, at)] += own.T @ own
    outer = _outer(scores, part.weights)
    squared = _outer(scores, part.squares) if part.design else outer
    return ScoreSums(part.weights @ scores, _complete(mixture, params, part, weighted), within, outer, squared)


def _outer(scores: Floats, weights: Floats) -> Floats:
    rooted = scores * np.sqrt(weights)[:, None]
    return np.asarray(rooted.T @ rooted)  # one array on both sides: the product is symmetric to the bit


def _complete(mixture: Mixture, params: Params, part: Profiles, weighted: Floats) -> Floats:
    """Return the (P, P) information of rows with (n, K) weights if their types were known."""
    gamma, shard = params.columns()[0], mixture.shard(part)
    totals = np.zeros((len(mixture.membership.prior(gamma, shard)), mixture.types))
    for k in range(mixture.types):
        totals[:, k] = np.bincount(shard.group, weighted[:, k], len(totals))
    own, out = mixture.membership.information(gamma, shard, totals), family_information(mixture, params, part, weighted)
    out[: len(own), : len(own)] = own
    return out
