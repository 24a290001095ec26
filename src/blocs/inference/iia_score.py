"""The score form of the test of IIA: at the pooled fit, without a second one; over voters or over clusters of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Item
from ..model.mixture import Mixture, Params
from ..model.scores import parameter_positions, row_scores
from .fitted_rows import FittedRows
from .menu_items import menu_name, with_menu_items
from .score_test import Clusters, NetScores, net_scores, some_rows

__all__ = ["as_pooled", "iia_scores"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def iia_scores(rows: FittedRows, tested: list[Item], clusters: Clusters) -> tuple[NetScores, dict[str, Ints]]:
    """Return the scores of probabilities of their own on every menu, at the pooled fit, and their places by item.

    Parameters
    ----------
    rows : FittedRows
        The data beside the pooled fit.
    tested : list of Item
        The items whose menus are freed.
    clusters : Clusters
        Units within which rows depend on each other.
    """
    freed = with_menu_items(rows.profiles, [item.name for item in tested])
    mixture = Mixture.of(freed.schema, rows.mixture.types)
    params = as_pooled(mixture, rows, tested)
    columns = _columns(mixture, tested)
    places = np.concatenate(list(columns.values()))

    def scores(some: slice) -> tuple[Floats, Floats]:
        pooled = row_scores(rows.mixture, rows.params, some_rows(rows.profiles, some))
        return pooled, row_scores(mixture, params, some_rows(freed, some))[:, places]

    ends = np.cumsum([0, *map(len, columns.values())])
    within = {name: np.arange(a, b) for name, (a, b) in zip(columns, pairwise(ends.tolist()), strict=True)}
    return net_scores(scores, freed, clusters), within


def as_pooled(mixture: Mixture, rows: FittedRows, tested: list[Item]) -> Params:
    """Return the parameters of the freed model that give every row its pooled probability."""
    table, schema = rows.mixture.table(rows.params), rows.mixture.schema
    own: dict[str, Floats] = {}
    blocks: dict[tuple[Item, ...], Floats] = {}
    for family, theta in zip(rows.mixture.families, rows.params.columns()[1:], strict=True):
        blocks[family.items] = theta
        if all(item.kind is None for item in family.items):
            ends = np.cumsum([0, *(len(item.outcomes) for item in family.items)]).tolist()
            own |= {item.name: theta[a:b] for item, (a, b) in zip(family.items, pairwise(ends), strict=True)}
    for item in tested:
        first = int(schema.offsets[schema.names.index(item.name)]) + 1
        for m, menu in enumerate(item.menus):
            own[menu_name(item, m)] = table[first : first + len(menu)]
            first += len(menu)
    parts = [
        blocks[family.items] if family.items in blocks else np.concatenate([own[item.name] for item in family.items])
        for family in mixture.families
    ]
    return Params.of_columns([rows.params.columns()[0], *parts], mixture.types)


def _columns(mixture: Mixture, tested: list[Item]) -> dict[str, Ints]:
    """Return for each tested item the places of the free parameters of its menus in the vector of all."""
    owner = {menu_name(item, m): item.name for item in tested for m in range(len(item.menus))}
    out: dict[str, list[Ints]] = {item.name: [] for item in tested}
    for family, at in zip(mixture.families, parameter_positions(mixture)[1:], strict=True):
        first = 0
        for item in family.items:
            if item.kind is not None:
                break  # a family of numbers has no menus
            last = first + max(len(item.outcomes) - 1, 0)
            if item.name in owner:
                out[owner[item.name]].append(at[first:last].ravel())
            first = last
    return {name: np.concatenate(places) for name, places in out.items()}
