"""Counts drawn from a fitted model, with the menus and missing items of its data: how often each row occurs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Item
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from ..profiles.rows import compact, sum_by, unique_rows
from .fitted_rows import Patterns

__all__ = ["simulated_counts"]

Floats = NDArray[np.float64]


def simulated_counts(mixture: Mixture, params: Params, patterns: Patterns, rng: np.random.Generator) -> Profiles:
    """Return profiles drawn from items of categories: as many observations of every pattern of menus.

    Nobody is drawn one by one. The observations of a pattern are divided among the types, then by their outcomes of the
    first item, these by those of the second, and so on: a multinomial at each step, of the rows that occur.

    Parameters
    ----------
    mixture : Mixture
        The model.
    params : Params
        One start.
    patterns : Patterns
        The patterns with whole numbers of observations.
    rng : Generator
        The random numbers.

    Returns
    -------
    Profiles
        The rows in the schema of the mixture, also where outcomes or menus do not occur.
    """
    items, offsets, table = mixture.schema.items, mixture.schema.offsets, mixture.table(params)
    drawn = rng.multinomial(patterns.n.astype(np.int64), params.shares[0] / params.shares[0].sum())
    pattern, kind = np.nonzero(drawn)
    counts, codes = drawn[pattern, kind], np.zeros((len(pattern), len(items)), dtype=np.int64)
    for j, item in enumerate(items):
        chances = _chances(item, table[offsets[j] : offsets[j + 1]])
        divided = rng.multinomial(counts, chances[patterns.menus[pattern, j], kind])
        row, code = np.nonzero(divided)
        counts, codes, pattern, kind = divided[row, code], codes[row], pattern[row], kind[row]
        codes[:, j] = code
    sizes = [item.size for item in items]
    rows, where = unique_rows(codes, sizes)
    n_u = sum_by(where, counts.astype(np.float64), len(rows))
    return Profiles(mixture.schema, compact(rows, sizes), n_u, n_u)


def _chances(item: Item, table: Floats) -> Floats:
    """Return (menus + 1, K, codes) probabilities of an item's codes given the menu; the last menu is a missing item."""
    out = np.zeros((len(item.menus) + 1, table.shape[1], item.size))
    out[-1, :, 0] = 1.0
    for code, (menu, _) in enumerate(item.codes, start=1):
        out[menu, :, code] = table[code]
    return np.asarray(out / out.sum(axis=2, keepdims=True))
