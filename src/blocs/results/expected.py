"""What the types did, on the menus they had: sums of posteriors over the voters, by group, item, menu and outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, missing_columns
from ..core.lazy import lazy_import
from ..core.schema import MISSING, Item
from ..profiles import Profiles

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["TOP", "expected_counts", "on_full_menu"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOP = "top"
"""Group column of coded ballots with the party at the top of the ticket, which own and other party refer to."""


def expected_counts(profiles: Profiles, zeta: Floats, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Return the expected number of observations of each type that chose each outcome, menu by menu.

    Parameters
    ----------
    profiles : Profiles
        U profiles.
    zeta : (U, K) float
        Posterior probability of each type.
    by : str or sequence of str, optional
        Group columns; by default the top party where the profiles have it.

    Returns
    -------
    DataFrame
        One row for each type, group, item of categories, menu that somebody of the group had, and outcome on it: type,
        the group columns, item, menu, outcome, expected, share. See `Fit.expected`.

    Raises
    ------
    InputError
        For group columns that the profiles do not have.
    """
    row, group, weights, table = _cells(profiles, _group_columns(profiles, by))
    parts = [
        (j, *_of_item(item, profiles.codes[:, j], row, group, weights, zeta, len(table)))
        for j, item in enumerate(profiles.schema.items)
        if item.kind is None and item.codes
    ]
    position = np.concatenate([np.full(len(g), j) for j, g, *_ in parts] or [np.zeros(0, np.int64)])
    groups = np.concatenate([g for _, g, *_ in parts] or [np.zeros(0, np.int64)])
    order = np.lexsort((position, groups))  # stable: menus and outcomes stay in their order
    labels = [(profiles.schema.items[j].name, *label) for j, _, of_item, *_ in parts for label in of_item]
    expected = np.concatenate([e for *_, e, _ in parts] or [np.zeros((0, zeta.shape[1]))])[order]
    totals = np.concatenate([n for *_, n in parts] or [np.zeros((0, zeta.shape[1]))])[order]
    rows = table.iloc[groups[order]].reset_index(drop=True)
    rows[["item", "menu", "outcome"]] = pd.DataFrame([labels[i] for i in order], columns=["item", "menu", "outcome"],
                                                     dtype=object)  # fmt: skip
    types = zeta.shape[1]
    whole = pd.concat([rows] * types, ignore_index=True)
    whole.insert(0, "type", np.repeat(np.arange(1, types + 1), len(rows)))
    whole["expected"] = expected.T.ravel()
    whole["share"] = np.divide(expected, totals, out=np.full_like(expected, np.nan), where=totals > 0).T.ravel()
    return whole


def on_full_menu(profiles: Profiles, zeta: Floats) -> dict[str, Floats]:
    """Return item -> (K,) expected number of observations of each type that could choose among all its outcomes."""
    numbers = {}
    for j, item in enumerate(profiles.schema.items):
        whole = [m for m, menu in enumerate(item.menus) if len(menu) == len(item.outcomes)]
        codes = [c for c, (m, _) in enumerate(item.codes, start=1) if m in whole]
        n_u = profiles.weights * np.isin(profiles.codes[:, j], codes)
        numbers[item.name] = (n_u[:, None] * zeta).sum(axis=0)
    return numbers


def _group_columns(profiles: Profiles, by: str | Sequence[str] | None) -> list[str]:
    columns = () if profiles.cells is None else tuple(map(str, profiles.cells.table.columns))
    if by is None:
        return [TOP] if TOP in columns else []
    names = [by] if isinstance(by, str) else list(dict.fromkeys(by))
    faults = missing_columns(names, "by", columns)
    if faults:
        raise InputError(*faults)
    return names


def _cells(profiles: Profiles, by: Sequence[str]) -> tuple[Ints, Ints, Floats, pd.DataFrame]:
    """Return the (C,) profile, group and weight of each cell, and one row of labels for each group."""
    if not by or profiles.cells is None:
        rows = np.arange(len(profiles))
        return rows, np.zeros(len(rows), np.int64), profiles.weights, pd.DataFrame(index=[0])
    cells = profiles.cells
    group, table = cells.by(by)
    return cells.row, group, cells.weights, table


def _of_item(
    item: Item, codes: NDArray[np.unsignedinteger], row: Ints, group: Ints, weights: Floats, zeta: Floats, groups: int
) -> tuple[Ints, list[tuple[str, object]], Floats, Floats]:
    """Return, for each group and code of the menus it had: the group, (menu, outcome), expected (K), and of the menu.

    codes: (U,) code of the item; row, group, weights: (C,) of the cells; groups: how many there are.
    """
    menu_of = np.array([m for m, _ in item.codes])
    of_cell = codes.astype(np.int64)[row]
    answered = np.flatnonzero(of_cell != MISSING)
    key = group[answered] * len(item.codes) + of_cell[answered] - 1
    size = groups * len(item.codes)
    sums = np.column_stack([
        np.bincount(key, weights[answered] * zeta[row[answered], k], size) for k in range(zeta.shape[1])
    ]).reshape(groups, len(item.codes), -1)  # fmt: skip
    of_menu = np.zeros((groups, len(item.menus), zeta.shape[1]))
    for m in range(len(item.menus)):
        of_menu[:, m] = sums[:, menu_of == m].sum(axis=1)
    had = np.zeros((groups, len(item.menus)), dtype=bool)
    had[key // len(item.codes), menu_of[key % len(item.codes)]] = True
    which, code = np.nonzero(had[:, menu_of])
    totals = of_menu[:, menu_of]
    menus = ["|".join(map(str, item.menu_labels(m))) for m in range(len(item.menus))]
    labels: list[tuple[str, object]] = [(menus[menu_of[c]], item.outcomes[item.codes[c][1]]) for c in code]
    return which.astype(np.int64), labels, sums[which, code].astype(np.float64), totals[which, code]
