"""Evaluation: the posteriors of profiles at the parameters of a fit, and where they rest on what is not known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..model.evidence import Evidence, Place, substituted
from ..model.mixture import Params
from ..profiles import Profiles

__all__ = ["Evaluation", "Place", "evaluated"]


class Evaluation(NamedTuple):
    """What a fit says of the types of profiles.

    Attributes
    ----------
    posterior : (U, K) float
        Posterior probability of each type.
    unknown : (U,) float
        Posterior probability of the types that say nothing about one of the profile's menus or items: where it is not
        small, the posteriors rest on a rule, not on the data.
    places : tuple of Place
        The menus of which a type says nothing: item, menu, types (K,) and rows (U,).
    """

    posterior: NDArray[np.float64]
    unknown: NDArray[np.float64]
    places: tuple[Place, ...]


def evaluated(evidence: Evidence, params: Params, profiles: Profiles) -> Evaluation:
    """Return the evaluation of profiles in the items and outcomes of the data that were fitted."""
    mixture = evidence.mixture.bind(profiles.schema)
    unknown, shard = evidence.unknown(profiles.schema), mixture.shard(profiles)
    zeta = substituted(mixture, params, unknown).posterior(shard)[1]
    if not unknown.any:
        return Evaluation(zeta, np.zeros(len(zeta)), ())
    share = (zeta * unknown.of_rows(profiles.schema, shard)).sum(axis=1)
    return Evaluation(zeta, share, tuple(evidence.places(profiles)))
