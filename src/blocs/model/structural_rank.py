"""How many of the free parameters the probabilities of all possible rows determine: generic identification.

At almost all parameters the Jacobian of the probabilities has the same rank, the highest that it has anywhere
(it is a rational function of the parameters, or an analytic one). It is found by its rank at random parameters, over
rows drawn at random in the menus, totals and missing cells of the data; that the rows were drawn so does not matter, as
they stand for the possible ones.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Schema
from ..membership import GroupShares, LevelSoftmax
from ..profiles import Profiles
from .mixture import Mixture, Params
from .scores import from_free_vector, row_scores, to_free_vector

__all__ = ["MOST", "rank_of", "structural_rank"]

Floats = NDArray[np.float64]
MOST = 600
"""Free parameters of a model whose rank is computed."""
DRAWS = 20
"""Rows drawn for each free parameter; equal ones count once."""
ROWS = 3
"""Distinct rows for each free parameter whose scores are computed."""
TRIALS = 3
"""Random parameters; the highest rank counts."""
SMALL = 1e-10
"""Singular values below this, of the largest, are 0, where scores are exact."""


def structural_rank(mixture: Mixture, profiles: Profiles) -> int | None:
    """Return the rank, at most the number of free parameters; None for models with more of them than `MOST`."""
    if mixture.types == 1 or mixture.free == 0:
        return mixture.free
    if mixture.free > MOST:
        return None
    best, rng = 0, np.random.default_rng(0)
    some = _some_rows(mixture, profiles, rng)
    for _ in range(TRIALS):
        params, other = _random_params(mixture, some, rng), _random_params(mixture, some, rng)
        bound, rows = _drawn(mixture, params, other, some, rng)
        with np.errstate(all="ignore"):
            scores = row_scores(bound, params, rows)
        best = max(best, rank_of(scores[np.isfinite(scores).all(axis=1)], SMALL))
        if best == mixture.free:
            break
    return best


def rank_of(scores: Floats, small: float) -> int:
    """Return the rank of (U, P) scores, whose columns are first brought to one length."""
    size = np.sqrt((scores**2).sum(axis=0))
    values = np.linalg.svd(scores / np.where(size > 0, size, 1.0), compute_uv=False)
    return int((values > small * max(values.max(initial=0.0), 1e-300)).sum())


def _some_rows(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Profiles:
    """Return rows of the data, each as often as it takes: one of each label that is known, the others at random."""
    wanted = DRAWS * mixture.free
    labelled = [j for family, at in zip(mixture.families, mixture.where, strict=True) if family.names_types for j in at]
    first = [np.unique(profiles.codes[:, j], return_index=True)[1] for j in labelled]
    if len(profiles) > wanted:
        others = rng.choice(len(profiles), size=wanted, replace=False)
    else:
        others = np.resize(np.arange(len(profiles)), wanted)
    at = np.concatenate([*first, others])
    return profiles.take(at)


def _random_params(mixture: Mixture, rows: Profiles, rng: np.random.Generator) -> Params:
    """Return one start: shares and parameters of codes random in their free form, measurements as starts have them."""
    start = mixture.random(rows, rng)
    free = to_free_vector(mixture, start)
    measured = [any(item.measured for item in family.items) for family in mixture.families]
    moved = from_free_vector(mixture, rng.normal(size=free.shape), start)
    blocks = zip(start.families, moved.families, measured, strict=True)
    return Params((moved.membership, *(old if kept else new for old, new, kept in blocks)))


def _drawn(
    mixture: Mixture, params: Params, other: Params, rows: Profiles, rng: np.random.Generator
) -> tuple[Mixture, Profiles]:
    """Return the mixture bound to the values drawn, and distinct rows: half of them drawn at other parameters."""
    both = Params.stack([params, other])
    types = rng.integers(2 * mixture.types, size=len(rows))
    items, codes, values = list(mixture.schema.items), rows.codes.astype(np.int64), rows.values
    for i, (family, positions, theta) in enumerate(
        zip(mixture.families, mixture.where, both.columns()[1:], strict=True)
    ):
        bound, part = family.draw(theta, mixture.part(i, rows), types, rng)
        codes[:, positions] = part.codes
        for j, item in zip(positions, bound.items, strict=True):
            items[j] = item
        for j, a, b in mixture.schema.measured:
            if j in positions and values is not None:
                values = values.copy()
                values[:, a:b] = part.values
    key = codes if values is None else np.hstack([codes, np.nan_to_num(values)])
    if rows.covariates is not None:
        key = np.column_stack([key, rows.covariates.row])
    distinct = rng.permutation(np.unique(key, axis=0, return_index=True)[1])
    first = np.arange(len(distinct)) < ROWS * mixture.free + 50
    if isinstance(mixture.membership, GroupShares | LevelSoftmax):  # and some of every group, which no others determine
        shard = mixture.shard(rows.take(distinct))
        group = mixture.membership.by_level(shard)[1][shard.group]
        order = np.argsort(group, kind="stable")
        begin = np.flatnonzero(np.diff(group[order], prepend=-1))
        first[order] |= np.arange(len(order)) - np.repeat(begin, np.diff([*begin, len(order)])) < ROWS * mixture.types
    distinct = distinct[first]
    kept = None if values is None else values[distinct]
    schema = Schema(tuple(items))
    drawn = replace(rows.take(distinct), schema=schema, codes=codes[distinct], values=kept)
    return mixture.bind(schema), drawn
