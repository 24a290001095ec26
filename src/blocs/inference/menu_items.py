"""Menu items: each menu of an item as an item of its own, missing where a row had another menu (formulas: IIA)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from ..core.schema import Item, Schema
from ..profiles import Profiles
from ..profiles.rows import compact

__all__ = ["with_menu_items"]


def with_menu_items(profiles: Profiles, names: Collection[str]) -> Profiles:
    """Return the same rows with the items of these names replaced by one item for each of their menus.

    Each is named by its item and menu, and has the outcomes on the menu. Distinct rows stay distinct, in their order.
    """
    items: list[Item] = []
    columns = []
    for item, codes in zip(profiles.schema.items, profiles.codes.T, strict=True):
        if item.name not in names:
            items.append(item)
            columns.append(codes.astype(np.int64))
            continue
        for m in range(len(item.menus)):
            own = [(code, option) for code, (menu, option) in enumerate(item.codes, start=1) if menu == m]
            new = np.zeros(item.size, dtype=np.int64)
            new[[code for code, _ in own]] = np.arange(1, len(own) + 1)
            items.append(Item.full(menu_name(item, m), tuple(item.outcomes[option] for _, option in own)))
            columns.append(new[codes.astype(np.int64)])
    codes = compact(np.column_stack(columns), [item.size for item in items])
    return replace(profiles, schema=Schema(tuple(items)), codes=codes)


def menu_name(item: Item, menu: int) -> str:
    """Return the name of the item that stands for one menu: item (outcome|outcome)."""
    return f"{item.name} ({'|'.join(map(str, item.menu_labels(menu)))})"
