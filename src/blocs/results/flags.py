"""What a reader should know about a fit, as names that the tables of the command line explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..model.spikes import spikes
from ..model.structural_rank import MOST
from .fit_tables import described

if TYPE_CHECKING:
    from .fit_result import Fit

__all__ = ["flags_of"]

EMPTY = 0.5
"""Observations below which a type is empty."""


def flags_of(fit: Fit) -> tuple[str, ...]:
    """Return the names of the conditions that hold; `Fit.flags` says what each means."""
    families = zip(fit.mixture.families, fit.params.columns()[1:], strict=True)
    edges = {edge.kind for family, theta in families for edge in family.edges(theta)}
    conditions = {
        fit.status: fit.status != "converged",
        "empty_type": bool((fit.params.shares * fit.n < EMPTY).any()),
        "boundary": bool(edges - {"floor", "singular"} or fit.separated),
        "singular": "floor" in edges or bool(spikes(fit.mixture, fit.params, fit.n).any()),
        "not_identified": fit.identified is False,
        "not_checked": fit.identified is None and fit.types > 1 and fit.mixture.free > MOST,
        "unknown": any(np.isnan(line.value).any() for line in described(fit.evidence, fit.params)),
        "best_once": fit.types > 1 and len(fit.ends) > 1 and fit.hits < 2,
    }
    return tuple(name for name, holds in conditions.items() if holds)
