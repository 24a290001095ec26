"""Schema: the labels that travel beside the numbers — items, their outcomes, the menus, the codes.

A code is a (menu, outcome) pair: what was on offer and what was chosen. Code 0 of every item means "missing"
(the item was not on the ballot, or was not answered): one code of probability 1 for every type.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Fault, InputError, nearest

__all__ = ["MISSING", "Item", "Label", "Schema", "label_order", "plain_label"]

Label = str | int | float | bool
MISSING = 0
"""The code of a missing item: its probability is 1 under every type."""


@dataclass(frozen=True)
class Item:
    """One categorical item (an office, a question).

    name: its column; outcomes: labels of the L outcomes; menus: each a sorted tuple of outcome positions, the
    sets of outcomes that were on offer somewhere; plain: True when nobody stated menus, so that the item always
    offers all its outcomes, also those another data set adds.
    """

    name: str
    outcomes: tuple[Label, ...]
    menus: tuple[tuple[int, ...], ...]
    plain: bool = False

    @classmethod
    def full(cls, name: str, outcomes: tuple[Label, ...]) -> Item:
        """Return a plain item: one menu, all its outcomes."""
        return cls(name, outcomes, (tuple(range(len(outcomes))),) if outcomes else (), plain=True)

    @cached_property
    def codes(self) -> tuple[tuple[int, int], ...]:
        """The (menu, outcome) pair of codes 1, 2, ...; code 0 is MISSING and is not listed."""
        return tuple((m, option) for m, menu in enumerate(self.menus) for option in menu)

    @property
    def size(self) -> int:
        """Number of codes, MISSING included."""
        return 1 + len(self.codes)

    @cached_property
    def lookup(self) -> NDArray[np.int64]:
        """(menus, L) int: code of each (menu, outcome); -1 where the outcome is not on the menu."""
        table = np.full((len(self.menus), len(self.outcomes)), -1, dtype=np.int64)
        for code, (m, option) in enumerate(self.codes, start=1):
            table[m, option] = code
        return table

    def menu_labels(self, menu: int) -> tuple[Label, ...]:
        """Return the labels on one menu."""
        return tuple(self.outcomes[option] for option in self.menus[menu])


@dataclass(frozen=True)
class Schema:
    """All items of a data set, in column order."""

    items: tuple[Item, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the items."""
        return tuple(item.name for item in self.items)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """(J + 1,) int: item j's codes are rows offsets[j] .. offsets[j + 1] - 1 of every code table."""
        return np.concatenate([[0], np.cumsum([item.size for item in self.items])]).astype(np.int64)

    def item(self, name: str) -> Item:
        """Return the item of that name; raise InputError with the nearest match if there is none."""
        for item in self.items:
            if item.name == name:
                return item
        raise InputError(
            Fault(
                f"no item is called {name!r}",
                rule=f"The items are {', '.join(map(repr, self.names))}",
                nearest=nearest(name, self.names),
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "items": [
                {
                    "name": i.name,
                    "outcomes": list(i.outcomes),
                    "menus": [list(m) for m in i.menus],
                    "plain": i.plain,
                }
                for i in self.items
            ]
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Schema:
        """Inverse of `to_dict`."""
        return cls(
            tuple(
                Item(i["name"], tuple(i["outcomes"]), tuple(tuple(m) for m in i["menus"]), i["plain"])
                for i in data["items"]
            )
        )


def plain_label(value: Hashable) -> Label:
    """Return a label as plain str, int, float or bool, so that it survives JSON.

    Whole floats become integers (pandas turns a column of integers with gaps into floats); any other kind of
    value is written out as text.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | str):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, int):
        return value
    return str(value)


def label_order(label: Label) -> tuple[bool, Label]:
    """Sort key for labels of mixed kinds: numbers first, then text."""
    return (isinstance(label, str), label)
