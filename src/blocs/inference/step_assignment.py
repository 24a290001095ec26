"""Assignment of observations to types, and how often it errs: the first of the three steps after the types."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..membership import Shares
from ..model.mixture import Mixture, Params
from ..profiles import Profiles

__all__ = ["ASSIGNMENTS", "Assignment", "assignment_of"]

Floats = NDArray[np.float64]
ASSIGNMENTS = {"modal": "the most probable type", "proportional": "every type by its posterior probability"}
"""Ways to assign observations to types, and to what."""


class Assignment(NamedTuple):
    """Observations assigned to types.

    zeta (U, K): posteriors; to (U, K): the parts W_us of a profile that are assigned to each type; totals (K,):
    expected observations of each type, sum_u w_u zeta_uk; errors (K, K): D_ts, the probability that an observation of
    type t is assigned to type s; proportional: whether the parts are the posteriors.
    """

    zeta: Floats
    to: Floats
    totals: Floats
    errors: Floats
    proportional: bool

    @property
    def condition(self) -> float:
        """Condition number of the errors: 1 where assignments never err, infinite where they say nothing."""
        return float(np.linalg.cond(self.errors))


def assignment_of(mixture: Mixture, params: Params, profiles: Profiles, way: str) -> Assignment:
    """Return the assignment of profiles by their posteriors at one start's parameters.

    Where groups have shares of their own it is by the posteriors at the mean shares: which type an observation is
    assigned to then depends on its answers alone, and errors are the same in all groups.

    Raises UnsupportedError where a type has no observations, and for proportional assignment with groups.
    """
    zeta = by = mixture.posterior(params, profiles)[1]
    if not mixture.membership.common:
        if way == "proportional":
            raise UnsupportedError("Proportional assignment is not available after shares by group: parts that do not "
                                   "depend on the group are no posteriors. Use 'modal'.")  # fmt: skip
        alike = replace(mixture, membership=Shares(mixture.types))
        by = alike.posterior(Params.of(params.shares, params.families), profiles)[1]
    to = zeta if way == "proportional" else np.eye(zeta.shape[1])[by.argmax(axis=1)]
    weighted = zeta * profiles.weights[:, None]
    totals = weighted.sum(axis=0)
    if not (totals > 0).all():
        empty = int(np.flatnonzero(~(totals > 0))[0]) + 1
        raise UnsupportedError(f"Steps after the types are not available where a type is empty: type {empty} has no "
                               "observations. Fit fewer types.")  # fmt: skip
    errors = np.einsum("ut,us->ts", weighted, to) / totals[:, None]
    return Assignment(zeta, to, totals, errors, way == "proportional")
