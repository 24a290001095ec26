"""Growth: starts for K types out of the solution of K - 1: one more type is split off, or begins somewhere.

Where most of the data's structure is in a few types, random starts of more types find them again each time and end at
one of many poor optima for the rest. The solution of one type less has them already.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from ..results.fit_result import Fit
from .distances import Distances, draw_rows
from .given_values import require_same_items
from .insertion import closeness

__all__ = ["Growth", "growth_of"]

Floats = NDArray[np.float64]

EACH = 2
"""Splits of every type of the smaller solution, and as many types around a row."""


class Growth(NamedTuple):
    """A solution with one type less than is fitted.

    Parameters
    ----------
    mixture : Mixture
        Its model.
    params : Params
        Its parameters (one start).
    """

    mixture: Mixture
    params: Params

    def starts(self, mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
        """Return 2 `EACH` (K - 1) starts of a mixture with K types."""
        smaller = self.mixture.bind(profiles.schema)  # the items may have other menus here
        zeta, distances = smaller.posterior(self.params, profiles)[1], Distances.of(mixture, profiles)
        made, split = [], np.repeat(np.arange(self.mixture.types), EACH)
        draws = rng.random((len(split), 2, distances.trials))
        halves = distances.memberships(profiles, profiles.weights * zeta.T[split], draws)[:, :, 0]
        for k, half in zip(split, halves, strict=True):
            made.append(np.column_stack([zeta, zeta[:, k] * (1 - half)]))
            made[-1][:, k] *= half
        rows = draw_rows(profiles, profiles.weights, rng, EACH * self.mixture.types)
        for near in closeness(distances, rows):
            made.append(np.column_stack([zeta * (1 - near)[:, None], near]))
        return Params.stack([mixture.from_posteriors(profiles, posteriors) for posteriors in made])


def growth_of(fewer: Fit | None, mixture: Mixture, moves: bool) -> Growth | None:
    """Return the solution that a fit of one type less is; raise InputError where it is none, or of other items.

    moves: whether moves are tried.
    """
    if fewer is None:
        return None
    if not isinstance(fewer, Fit):
        raise InputError(Fault(f"it is a {type(fewer).__name__}", argument="fewer", rule="It is a Fit"))
    if not moves:
        raise InputError(
            Fault("no moves are tried in this fit", argument="fewer",
                  rule="Starts made of a fit with one type less count as moves",
                  remedy="Leave it out, or leave out `init=`, `constraints=` and `exchange=False`")
        )  # fmt: skip
    if fewer.types != mixture.types - 1:
        raise InputError(
            Fault(f"it has {counted(fewer.types, 'type')}, and {mixture.types:,} are fitted", argument="fewer",
                  rule="It is a fit with one type less")
        )  # fmt: skip
    require_same_items(fewer, mixture, "fewer")
    return Growth(fewer.mixture, fewer.params)
