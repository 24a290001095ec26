"""Items in the outcomes of another data set: codes translated between lists of outcomes and menus, and their union."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, nearest
from ..core.schema import MISSING, Item, Schema, label_order, paired
from .rows import compact

__all__ = ["recode", "reordered_values", "translate", "union"]

Floats = NDArray[np.float64]


def recode(schema: Schema, codes: NDArray[Any], target: Schema) -> tuple[tuple[Item, ...], NDArray[Any]]:
    """Return the items of `target` with the menus of (U, J) codes of `schema`, and the codes in them.

    Items that `schema` does not have, and numbers that are missing in all rows, are missing. Where nothing changes, the
    codes are those that were given, and not a copy. Raises InputError for items and outcomes that `target` does not
    have.
    """
    unknown = [repr(item.name) for item in schema.items if item.name not in target.names]
    faults = [fault for item in schema.items for fault in unknown_faults(item, target)]
    if len(unknown) > 1:
        known = [fault for item in schema.items if item.name in target.names for fault in unknown_faults(item, target)]
        faults = [Fault(f"items {', '.join(unknown)} are not in the fit", rule=_items_of(target),
                        remedy="Data of another election need a fit of their own; in data of the same one, leave these "
                               "items out"), *known]  # fmt: skip
    if faults:
        raise InputError(*faults)
    position = {item.name: j for j, item in enumerate(schema.items) if item.outcomes or not item.kind}
    maps: list[tuple[int, NDArray[np.int64]] | None] = []
    items = []
    for wanted in target.items:
        if wanted.name not in position:
            items.append(replace(wanted, outcomes=() if wanted.kind else wanted.outcomes, menus=()))
            maps.append(None)
            continue
        j = position[wanted.name]
        item, remap = translate(schema.items[j], with_new_values(schema.items[j], wanted))
        items.append(item)
        maps.append((j, remap))
    if tuple(items) == schema.items:
        return schema.items, codes
    none = np.zeros(len(codes), dtype=np.int64)
    columns = [none if of is None else of[1][codes[:, of[0]]] for of in maps]
    return tuple(items), compact(np.column_stack(columns), [item.size for item in items])


def reordered_values(schema: Schema, values: Floats | None, target: Schema, rows: int) -> Floats:
    """Return (rows, D) measured columns in the order of `target`, NaN for items that `schema` does not have."""
    span = {schema.items[j].name: (a, b) for j, a, b in schema.measured}
    wanted = [(target.items[j].name, b - a) for j, a, b in target.measured]
    if values is not None and [name for name, _ in wanted] == list(span):
        return values
    blocks = [
        np.full((rows, width), np.nan) if values is None or name not in span else values[:, slice(*span[name])]
        for name, width in wanted
    ]
    return np.column_stack(blocks)


def translate(item: Item, target: Item, into: Item | None = None) -> tuple[Item, NDArray[np.int64]]:
    """Return `item` in the outcomes of `target`, and the map from its codes to the new ones.

    into: an item that already has all the menus; by default the result has the menus of `item` alone, or the full
    one of `target` when no menus were stated.
    """
    place = {label: i for i, label in enumerate(target.outcomes)}
    position = [place[label] for label in item.outcomes]
    full = tuple(range(len(target.outcomes)))
    menus = [full if item.plain else tuple(sorted(position[option] for option in menu)) for menu in item.menus]
    if into is None:
        into = replace(target, menus=tuple(dict.fromkeys(menus)), plain=item.plain and target.plain)
    number = {menu: m for m, menu in enumerate(into.menus)}
    remap = [MISSING, *(into.lookup[number[menus[m]], position[option]] for m, option in item.codes)]
    return into, np.array(remap, dtype=np.int64)


def union(items: Sequence[Item]) -> Item:
    """Return the item with the outcomes and menus of all.

    The outcomes keep their order where exactly one order lists them all; otherwise they are sorted.
    """
    joint = _joint(items)
    labels = {label for item in items for label in item.outcomes}
    orders = {item.outcomes for item in items if set(item.outcomes) == labels}
    outcomes = orders.pop() if len(orders) == 1 else tuple(sorted(labels, key=label_order))
    if joint is not None:
        (_, first), (_, second) = joint
        outcomes = tuple(paired(a, b) for a in first for b in second)
    if all(item.plain for item in items):
        return replace(Item.full(items[0].name, outcomes, items[0].kind), joint=joint)
    blank = Item(items[0].name, outcomes, (), joint=joint)
    menus = {menu for item in items for menu in translate(item, blank)[0].menus}
    return replace(blank, menus=tuple(sorted(menus, reverse=True)))


def _joint(items: Sequence[Item]) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    """Return the two items that all are of, with the outcomes of all; None where one is not joint."""
    each = [item.joint for item in items if item.joint is not None]
    if len(each) < len(items) or len({tuple(name for name, _ in joint) for joint in each}) > 1:
        return None
    if len(set(each)) == 1:
        return each[0]
    both = ({label for joint in each for label in joint[half][1]} for half in (0, 1))
    return tuple((name, tuple(sorted(own))) for (name, _), own in zip(each[0], both, strict=True))


def with_new_values(item: Item, target: Item) -> Item:
    """Return `target` with the values of `item` that it never saw: numbers have a probability all the same."""
    if target.kind is None or target.measured:
        return target
    new = tuple(label for label in item.outcomes if label not in set(target.outcomes))
    return Item.full(target.name, target.outcomes + new, target.kind) if new else target


def _items_of(schema: Schema) -> str:
    return f"Its items are {', '.join(map(repr, schema.names))}"


def unknown_faults(item: Item, schema: Schema) -> list[Fault]:
    """Return the faults of an item, or of its outcomes, that `schema` does not have."""
    targets = {target.name: target for target in schema.items}
    if item.name not in targets:
        return [
            Fault(f"item {item.name!r} is not in the fit", rule=_items_of(schema),
                  nearest=nearest(item.name, targets), remedy="Leave it out")
        ]  # fmt: skip
    target = targets[item.name]
    if _nothing_known(item, target):
        return []
    if _what(item) != _what(target):
        return [
            Fault(f"it holds {_what(item)} here and {_what(target)} in the fit", where=f"item {item.name!r}",
                  remedy="Describe the column as it was described for the fit with `kinds=`")
        ]  # fmt: skip
    outcomes = with_new_values(item, target).outcomes
    in_fit = set(outcomes)
    rule = f"Its outcomes are {', '.join(map(repr, outcomes))}" if outcomes else "It had no outcome to learn from"
    return [
        Fault(
            f"outcome {label!r} was not seen when the model was fitted",
            where=f"item {item.name!r}",
            rule=rule,
            nearest=nearest(label, outcomes),
            remedy="Recode it, or make it missing",
        )
        for label in item.outcomes
        if label not in in_fit
    ]


def _nothing_known(item: Item, target: Item) -> bool:
    """Whether both say what is known of the type, and nothing is here: then there are no labels to name types by."""
    return all(i.kind is not None and i.kind.family == "known" for i in (item, target)) and not item.outcomes


def _what(item: Item) -> str:
    """Return what an item holds, in words."""
    if item.kind is None:
        return "categories"
    parts = f" of {', '.join(map(repr, item.kind.parts))}" if item.kind.parts else ""
    return f"{item.kind.family} values{parts}"
