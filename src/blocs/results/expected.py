"""What the types did, on the menus they had: sums of posteriors over the voters, by group, item, menu and outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, missing_columns, taken_columns
from ..core.lazy import lazy_import
from ..core.schema import MISSING, Item, Label
from ..core.top_party import TOP
from ..profiles import Profiles

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["expected_counts", "on_full_menu"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OWN = ("type", "item", "menu", "outcome", "expected", "share")
"""Columns of the table beside those of the groups."""


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
        For group columns that the profiles do not have, or that have the name of another column of the table.
    """
    cells, table = _cells(profiles, zeta, _group_columns(profiles, by))
    parts = [
        _of_item(item, profiles.codes[:, j], cells, len(table))
        for j, item in enumerate(profiles.schema.items)
        if item.kind is None and item.codes
    ]
    types = zeta.shape[1]
    parts = parts or [_Part(np.zeros(0, np.int64), [], np.zeros((0, types)), np.zeros((0, types)))]
    order = np.argsort(np.concatenate([part.group for part in parts]), kind="stable")  # items stay in their order
    group, expected, shares = (np.concatenate([part[i] for part in parts])[order] for i in (0, 2, 3))
    labels = [label for part in parts for label in part.labels]
    rows = table.iloc[group].reset_index(drop=True)
    for i, name in enumerate(("item", "menu", "outcome")):
        rows[name] = pd.Series([labels[r][i] for r in order], dtype=object)
    whole = pd.concat([rows] * types, ignore_index=True)
    whole.insert(0, "type", np.repeat(np.arange(1, types + 1), len(rows)))
    return whole.assign(expected=expected.T.ravel(), share=shares.T.ravel())


class _Cells(NamedTuple):
    """(C,) profile and group of each cell, and (C, K) its expected observations of each type."""

    row: Ints
    group: Ints
    expected: Floats


class _Part(NamedTuple):
    """What one item adds: (R,) group, R labels (item, menu, outcome), (R, K) expected observations and shares."""

    group: Ints
    labels: list[tuple[str, str, Label]]
    expected: Floats
    shares: Floats


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
    faults = missing_columns(names, "by", columns) or taken_columns(names, "by", OWN)
    if faults:
        raise InputError(*faults)
    return names


def _cells(profiles: Profiles, zeta: Floats, by: Sequence[str]) -> tuple[_Cells, pd.DataFrame]:
    """Return the cells of profiles and groups, and one row of labels for each group."""
    cells = profiles.cells
    if not by or cells is None:
        rows = np.arange(len(profiles))
        return _Cells(rows, np.zeros_like(rows), profiles.weights[:, None] * zeta), pd.DataFrame(index=[0])
    group, table = cells.by(by)
    return _Cells(cells.row, group, cells.weights[:, None] * zeta[cells.row]), table


def _of_item(item: Item, codes: NDArray[np.unsignedinteger], cells: _Cells, groups: int) -> _Part:
    """Return the sums over the cells of each group for every menu that somebody of it had; codes: (U,) of the item."""
    menu_of = np.array([m for m, _ in item.codes])
    code = codes.astype(np.int64)[cells.row]
    answered = code != MISSING
    key = (cells.group * len(item.codes) + code - 1)[answered]
    size = groups * len(item.codes)
    columns = [np.bincount(key, of_type[answered], size) for of_type in cells.expected.T]
    sums: Floats = np.column_stack(columns).astype(np.float64, copy=False).reshape(groups, len(item.codes), -1)
    of_menu = np.stack([sums[:, menu_of == m].sum(axis=1) for m in range(len(item.menus))], axis=1)
    had = np.zeros((groups, len(item.menus)), dtype=bool)
    had[key // len(item.codes), menu_of[key % len(item.codes)]] = True
    group, which = np.nonzero(had[:, menu_of])
    expected, total = sums[group, which], of_menu[group, menu_of[which]]
    shares = np.divide(expected, total, out=np.full_like(expected, np.nan), where=total > 0)
    menus = ["|".join(map(str, item.menu_labels(m))) for m in range(len(item.menus))]
    labels = [(item.name, menus[m], item.outcomes[option]) for m, option in item.codes]
    return _Part(group, [labels[c] for c in which], expected, shares)
