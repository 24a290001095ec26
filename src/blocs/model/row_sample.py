"""Rows of large data that stand for all of them, with rare outcomes, small groups and small types among them.

Rows drawn by weight alone miss an outcome that 30 of 100,000 chose, or have it in fewer rows than there are types: the
data then seem to know less of its probabilities than they do. A row u is drawn here with probability in proportion to

    q_u = w_u sum_s c_s / N_s,    over what the row has: its code of each item, its group, and its types by posteriors,

where N_s is the weight of all rows with the same, and c_s are the free parameters of an item under one type, divided
by its codes, 1 for a group, and for a type a quarter of those of all items divided by the types. A row drawn has the
weight w_u / q_u (of n draws, with q_u that sum to n), so that sums over the sample estimate sums over the rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..profiles import Profiles
from ..profiles.draws import drawn_places
from .mixture import Mixture, Params

__all__ = ["POOL", "row_intensities", "rows_by_weight", "spread_rows"]

Floats = NDArray[np.float64]
POOL = 1_000_000
"""Rows among which those of a sample are looked for."""
ROWS_AT_A_TIME = 16_384
"""Rows whose posteriors are computed at a time."""


def rows_by_weight(profiles: Profiles, most: int) -> Profiles:
    """Return all rows, or some at random, drawn by weight, that stand for them."""
    return profiles if len(profiles) <= most else _drawn(profiles, profiles.weights, most)


def spread_rows(mixture: Mixture, params: Params, profiles: Profiles, most: int) -> Profiles:
    """Return all rows, or some that stand for them, drawn by the `q_u` above at one start's parameters."""
    return profiles if len(profiles) <= most else _drawn(profiles, row_intensities(mixture, profiles, params), most)


def row_intensities(mixture: Mixture, profiles: Profiles, params: Params | None = None) -> Floats:
    """Return (U,) the `q_u` above, without types where there are no parameters."""
    weights, out = profiles.weights, np.zeros(len(profiles))
    free = [len(family.index(mixture.types)) for family in mixture.families]
    for family, positions, own_free in zip(mixture.families, mixture.where, free, strict=True):
        each = own_free / sum(item.size for item in family.items)
        for j in positions:
            codes = profiles.codes[:, j]
            own = np.bincount(codes, weights, mixture.schema.items[j].size)
            out += (each / np.maximum(own, np.finfo(np.float64).tiny))[codes]
    if mixture.membership.groups is not None:
        rows = mixture.membership.rows([profiles])[0]
        out += (1 / np.bincount(rows.row, weights, rows.number))[rows.row]
    if params is not None:
        parts = profiles.shards(-(-len(profiles) // ROWS_AT_A_TIME))
        totals = np.sum([mixture.estep(params, part).totals.sum(axis=0) for part in parts], axis=0)
        rare = sum(free) / (4 * mixture.types) / np.maximum(totals, 1.0)
        out += np.concatenate([mixture.posterior(params, part)[1] @ rare for part in parts])
    return np.asarray(weights * (out + 1 / weights.sum()))


def _drawn(profiles: Profiles, intensities: Floats, most: int) -> Profiles:
    draws = np.random.default_rng(0).random(most)
    at, often = np.unique(drawn_places(intensities, draws), return_counts=True)
    weights = often * profiles.weights[at] / intensities[at] * (float(intensities.sum()) / most)
    return profiles.take(at, np.asarray(weights, dtype=np.float64))
