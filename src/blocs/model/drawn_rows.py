"""Rows drawn at random parameters, in the menus, trials, totals and missing cells of the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Schema
from ..profiles import Profiles
from ..profiles.draws import drawn_places
from .mixture import Mixture, Params
from .row_sample import POOL, row_intensities
from .scores import from_free_vector, to_free_vector

__all__ = ["drawn_rows", "random_params", "rows_for_draws", "rows_of_groups"]

Ints = NDArray[np.int64]
ROWS_OF_GROUP = 3
"""Rows of every group for each type: no other rows determine its shares."""


def rows_for_draws(mixture: Mixture, profiles: Profiles, wanted: int, rng: np.random.Generator) -> Profiles:
    """Return rows of the data, each as often as it takes: some of each known label and group, the others at random.

    Of more rows than are wanted, those of rare codes and small groups are as often drawn as others.
    """
    labelled = [j for family, at in zip(mixture.families, mixture.where, strict=True) if family.names_types for j in at]
    first = [np.unique(profiles.codes[:, j], return_index=True)[1] for j in labelled]
    others = np.arange(len(profiles))
    if len(profiles) > wanted:
        others = others if len(profiles) <= POOL else np.linspace(0, len(profiles) - 1, POOL).astype(np.int64)
        some = profiles if len(profiles) <= POOL else profiles.take(others)
        others = others[drawn_places(row_intensities(mixture, some), rng.random(wanted))]
    at = np.concatenate([*first, rows_of_groups(mixture, profiles), np.resize(others, wanted)])
    return profiles.take(at)


def random_params(mixture: Mixture, rows: Profiles, rng: np.random.Generator) -> Params:
    """Return one start: shares and parameters of codes random in their free form, measurements as starts have them."""
    start = mixture.random(rows, rng)
    free = to_free_vector(mixture, start)
    measured = [any(item.measured for item in family.items) for family in mixture.families]
    moved = from_free_vector(mixture, rng.normal(size=free.shape), start)
    blocks = zip(start.families, moved.families, measured, strict=True)
    return Params((moved.membership, *(old if kept else new for old, new, kept in blocks)))


def drawn_rows(
    mixture: Mixture, params: Params, other: Params, rows: Profiles, most: int, rng: np.random.Generator
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
    first = np.arange(len(distinct)) < most
    first[rows_of_groups(mixture, rows.take(distinct))] = True
    distinct = distinct[first]
    kept = None if values is None else values[distinct]
    schema = Schema(tuple(items))
    drawn = replace(rows.take(distinct), schema=schema, codes=codes[distinct], values=kept)
    return mixture.bind(schema), drawn


def rows_of_groups(mixture: Mixture, rows: Profiles) -> Ints:
    """Return the numbers of the first rows of each group, and of each level of each term of a formula.

    There are `ROWS_OF_GROUP` a type; rows come again where there are few. No other rows determine its shares.
    """
    design = mixture.membership.design
    if design is None or rows.covariates is None:
        return np.zeros(0, dtype=np.int64)
    covariates, of_row = rows.covariates.in_use()
    each = ROWS_OF_GROUP * mixture.types
    found = [_first_of_each(level[of_row], each) for level in design.crossed(covariates)]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def _first_of_each(level: Ints, number: int) -> Ints:
    """Return the numbers of the first rows of each level."""
    level = np.unique(level, return_inverse=True)[1]
    order, size = np.argsort(level, kind="stable"), np.bincount(level)
    begin = np.cumsum(size) - size
    return np.asarray(order[begin[:, None] + np.arange(number) % size[:, None]].ravel())
