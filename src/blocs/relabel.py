"""One item in the words of another: translating codes between two lists of outcomes and menus, and their union."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .errors import Fault, nearest
from .schema import MISSING, Item, Schema, label_order

__all__ = ["translate", "union", "unknown"]


def translate(item: Item, target: Item, into: Item | None = None) -> tuple[Item, NDArray[np.int64]]:
    """Return `item` in the outcomes of `target`, and the map from its codes to the new ones.

    into: an item that already has all the menus; by default the result has the menus of `item` alone, or the full
    one of `target` when no menus were stated.
    """
    position = [target.outcomes.index(label) for label in item.outcomes]
    full = tuple(range(len(target.outcomes)))
    menus = [full if item.plain else tuple(sorted(position[option] for option in menu)) for menu in item.menus]
    if into is None:
        into = Item(target.name, target.outcomes, tuple(dict.fromkeys(menus)), item.plain and target.plain)
    number = {menu: m for m, menu in enumerate(into.menus)}
    remap = [MISSING, *(into.lookup[number[menus[m]], position[option]] for m, option in item.codes)]
    return into, np.array(remap, dtype=np.int64)


def union(items: Sequence[Item]) -> Item:
    """Return the item with the outcomes and menus of all.

    The outcomes keep their order where exactly one order lists them all; otherwise they are sorted.
    """
    labels = {label for item in items for label in item.outcomes}
    orders = {item.outcomes for item in items if set(item.outcomes) == labels}
    outcomes = orders.pop() if len(orders) == 1 else tuple(sorted(labels, key=label_order))
    if all(item.plain for item in items):
        return Item.full(items[0].name, outcomes)
    blank = Item(items[0].name, outcomes, ())
    menus = {menu for item in items for menu in translate(item, blank)[0].menus}
    return replace(blank, menus=tuple(sorted(menus, reverse=True)))


def unknown(item: Item, schema: Schema) -> list[Fault]:
    """Return the faults of an item, or of its outcomes, that `schema` does not have."""
    known = {target.name: target for target in schema.items}
    if item.name not in known:
        return [
            Fault(f"item {item.name!r} is not in the fit", rule=f"Its items are {', '.join(map(repr, known))}",
                  nearest=nearest(item.name, known), remedy="Leave it out")
        ]  # fmt: skip
    outcomes = known[item.name].outcomes
    told = f"Its outcomes are {', '.join(map(repr, outcomes))}" if outcomes else "It had no outcome to learn from"
    return [
        Fault(
            f"outcome {label!r} was not seen when the model was fitted",
            where=f"item {item.name!r}",
            rule=told,
            nearest=nearest(label, outcomes),
            remedy="Recode it, or make it missing",
        )
        for label in item.outcomes
        if label not in outcomes
    ]
