"""Office bars: how each top party's voters split, office by office, without any types."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.errors import Fault, InputError
from ...core.schema import MISSING, Item
from ...profiles import Profiles
from ..coding.outcomes import LABELS
from ..coding.rules import TOP

__all__ = ["office_bars", "solid_partisans"]


def office_bars(profiles: Profiles) -> pd.DataFrame:
    """Return how all voters of each top party voted in each office that was contested for them.

    Contested = both parties on the menu. The denominator is *all* of these voters, roll-off and votes for others
    included. Columns: top, office, contested (voters), one share for each outcome (abstain, split, straight, other);
    the shares of a row add to 1. Offices in ballot order, top parties in alphabetical order.
    Raises InputError when the profiles have no group "top".
    """
    top, row, counts = _by_top(profiles)
    rows = []
    for name in sorted(set(top)):
        mine = top == name
        n_u = np.bincount(row[mine], counts[mine], len(profiles))
        for j, item in enumerate(profiles.schema.items):
            n_c = np.bincount(profiles.codes[:, j].astype(np.int64), n_u, item.size)
            by_outcome = _contested_counts(item, n_c)
            total = sum(by_outcome.values())
            shares = {label: by_outcome.get(label, 0.0) / total if total else np.nan for label in LABELS}
            rows.append({"top": name, "office": item.name, "contested": round(total), **shares})
    return pd.DataFrame(rows)


def _contested_counts(item: Item, n_c: NDArray[Any]) -> dict[str, float]:
    """Voters by outcome, of the menus that hold both parties."""
    found: dict[str, float] = {}
    for code, (menu, option) in enumerate(item.codes, start=1):
        if {"split", "straight"} <= set(item.menu_labels(menu)):
            label = str(item.outcomes[option])
            found[label] = found.get(label, 0.0) + float(n_c[code])
    return found


def solid_partisans(profiles: Profiles) -> pd.DataFrame:
    """Return how solid the voters of each top party are in the offices that were contested for them.

    solid: straight in every one of them; opposed: split in every one; mixed: all else, any undervote included; none:
    no contested office. Columns: top, solid, opposed, mixed, none (voters). Raises InputError without a group "top".
    """
    top, row, counts = _by_top(profiles)
    number = np.zeros((3, len(profiles)), dtype=np.int64)
    for j, item in enumerate(profiles.schema.items):
        kind = np.zeros((3, item.size), dtype=np.int64)
        for code, (menu, option) in enumerate(item.codes, start=1):
            if {"split", "straight"} <= set(item.menu_labels(menu)):
                label = item.outcomes[option]
                kind[:, code] = 1, label == "straight", label == "split"
        number += np.where(profiles.codes[:, j] == MISSING, 0, kind[:, profiles.codes[:, j]])
    contested, straight, split = number
    solid, opposed = (contested > 0) & (straight == contested), (contested > 0) & (split == contested)
    parts = {"solid": solid, "opposed": opposed, "none": contested == 0}
    parts["mixed"] = ~(solid | opposed | parts["none"])
    rows = []
    for name in sorted(set(top)):
        n_u = np.bincount(row[top == name], counts[top == name], len(profiles))
        order = ("solid", "opposed", "mixed", "none")
        rows.append({"top": name} | {part: round(float(n_u[parts[part]].sum())) for part in order})
    return pd.DataFrame(rows)


def _by_top(profiles: Profiles) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.float64]]:
    """Return top party, profile and count of each cell."""
    cells = profiles.cells
    if cells is None or TOP not in cells.table:
        raise InputError(
            Fault("the profiles have no group 'top'", where="profiles", rule="Bars are drawn by top party",
                  remedy="Make the profiles with `code`, or with from_table(..., groups='top')")
        )  # fmt: skip
    return cells.table[TOP].astype(str).to_numpy(dtype=object)[cells.group], cells.row, cells.counts
