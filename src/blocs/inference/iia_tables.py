"""The tables of a test of IIA: shares of every type on every menu, by itself and by the odds of all menus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.assignment import assigned
from ..core.lazy import lazy_import
from ..core.schema import Item
from ..profiles import Profiles
from ..results.fit_result import Fit
from .fitted_rows import FittedRows
from .menu_items import menu_name, with_menu_items

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["over_types", "table_of_fits", "table_of_posteriors"]

Floats = NDArray[np.float64]


def over_types(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table over all types: item, menu, outcome, full, observed (number), share, iia, difference."""
    rows = table.assign(own=table["expected"] * table["share"], pooled=table["expected"] * table["iia"])
    keys = ["item", "menu", "outcome", "full"]
    sums = rows.groupby(keys, sort=False)[["expected", "own", "pooled"]].sum().reset_index()
    share, iia = sums["own"] / sums["expected"], sums["pooled"] / sums["expected"]
    return sums[keys].assign(observed=sums["own"], share=share, iia=iia, difference=share - iia)


def table_of_fits(profiles: Profiles, tested: list[Item], pooled: Fit, by_menu: Fit, zeta: Floats) -> pd.DataFrame:
    """Return the shares of every type on every menu, by both fits; types of the second matched by posteriors."""
    freed = with_menu_items(profiles, [item.name for item in tested])
    again = by_menu.mixture.posterior(by_menu.params, freed)[1]
    order = [column for _, column in assigned(-(zeta * profiles.weights[:, None]).T @ again)]
    own, own_offsets = by_menu.mixture.table(by_menu.params)[:, order], freed.schema.offsets
    of_types = again[:, order] * profiles.weights[:, None]
    new_places = {name: j for j, name in enumerate(freed.schema.names)}
    parts = []
    for item, m, at in _menus_of(profiles, tested):
        new = new_places[menu_name(item, m)]
        first = int(own_offsets[new]) + 1
        expected = of_types[freed.codes[:, new] > 0].sum(axis=0)
        parts.append((item, m, expected, own[first : first + len(item.menus[m])], at))
    return _table(parts, pooled.mixture.table(pooled.params))


def table_of_posteriors(rows: FittedRows, tested: list[Item]) -> pd.DataFrame:
    """Return the shares of every type on every menu by the posteriors of the pooled fit."""
    weighted, offsets = rows.zeta * rows.profiles.weights[:, None], rows.profiles.schema.offsets
    parts = []
    for item, m, at in _menus_of(rows.profiles, tested):
        j = rows.profiles.schema.names.index(item.name)
        codes = np.arange(at, at + len(item.menus[m])) - offsets[j]
        counts = np.stack([weighted[rows.profiles.codes[:, j] == code].sum(axis=0) for code in codes])
        total = counts.sum(axis=0)
        share = np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)
        parts.append((item, m, total, share, at))
    return _table(parts, rows.mixture.table(rows.params))


def _menus_of(profiles: Profiles, tested: list[Item]) -> Iterator[tuple[Item, int, int]]:
    """Yield each item and menu, the largest menus first, with the place of its first code among all codes."""
    for item in tested:
        first = int(profiles.schema.offsets[profiles.schema.names.index(item.name)]) + 1
        starts = np.cumsum([first, *map(len, item.menus)])
        for m in sorted(range(len(item.menus)), key=lambda m: -len(item.menus[m])):
            yield item, m, int(starts[m])


def _table(parts: list[tuple[Item, int, Floats, Floats, int]], pooled: Floats) -> pd.DataFrame:
    """Return the table of a test: (item, menu, (K,) expected, (outcomes, K) shares, first code) of every menu.

    pooled: (C, K) probabilities of the codes by the pooled fit.
    """
    rows = [
        {"type": k + 1, "item": item.name, "menu": "|".join(map(str, item.menu_labels(m))),
         "outcome": item.outcomes[option], "full": len(item.menus[m]) == len(item.outcomes), "expected": expected[k],
         "share": share[i, k], "iia": pooled[first + i, k]}
        for item, m, expected, share, first in parts
        for i, option in enumerate(item.menus[m]) for k in range(pooled.shape[1])
    ]  # fmt: skip
    return pd.DataFrame(rows).sort_values("type", kind="stable", ignore_index=True)
