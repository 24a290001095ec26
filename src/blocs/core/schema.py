"""Schema: the labels beside the numbers: items, their outcomes, the menus and the codes.

A code is a (menu, outcome) pair: what was on offer and what was chosen. Code 0 of every item means "missing"
(the item was not on the ballot, or was not answered): one code of probability 1 for every type.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Fault, InputError, counted, nearest

__all__ = ["JOINED", "MISSING", "Item", "Kind", "Label", "Schema", "label_order", "paired", "plain_label"]

Label = str | int | float | bool
MISSING = 0
"""The code of a missing item: its probability is 1 under every type."""
JOINED = " & "
"""Between the two outcomes of a pair, and the names of their items, where two items are one."""
MOST_SHOWN = 10
"""Items, and outcomes of an item, that are shown."""


@dataclass(frozen=True)
class Kind:
    """How the values of an item are modelled, where they are not plain categories.

    Parameters
    ----------
    family : str
        A name in `families.FAMILIES`.
    parts : tuple of str
        Names of the parts of a value: the cells of a count vector, the columns of a measurement.
    units : tuple of (float, float)
        (centre, scale) of every measured column, in the units of the data; empty for counts.
    options : tuple of (str, value)
        Settings of the family, in the order of their names.
    read : tuple of (str, value)
        How the columns were described beyond that, so that new tables are read alike: the trials of a binomial. Kinds
        that differ in this alone are equal.
    """

    family: str
    parts: tuple[str, ...] = ()
    units: tuple[tuple[float, float], ...] = ()
    options: tuple[tuple[str, Label], ...] = ()
    read: tuple[tuple[str, Any], ...] = field(default=(), compare=False)

    @property
    def measured(self) -> bool:
        """Whether its values are real numbers of each row, not codes."""
        return bool(self.units)

    def option(self, name: str, default: Any) -> Any:
        """Return one setting of the family."""
        return dict(self.options).get(name, default)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "family": self.family,
            "parts": list(self.parts),
            "units": [list(unit) for unit in self.units],
            "options": dict(self.options),
            **({"read": dict(self.read)} if self.read else {}),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Kind:
        """Inverse of `to_dict`."""
        units = tuple((float(centre), float(scale)) for centre, scale in data["units"])
        options = tuple(sorted(data["options"].items()))
        read = tuple((name, tuple(v) if isinstance(v, list) else v) for name, v in data.get("read", {}).items())
        return cls(data["family"], tuple(data["parts"]), units, options, read)


@dataclass(frozen=True)
class Item:
    """One item: an office, a question, a count, or a block of measurements.

    Parameters
    ----------
    name : str
        Its column.
    outcomes : (L,) tuple of labels
        Labels of its outcomes; with a `kind`, the values that the codes stand for.
    menus : tuple of tuples of int
        The sets of outcomes that were on offer somewhere, each as sorted positions in `outcomes`.
    plain : bool
        True where no menus were stated: the item then always offers all its outcomes, also those that another data
        set adds.
    kind : Kind, optional
        What the values are, None for categories.
    joint : tuple of two (str, tuple of str), optional
        Where the item is two of them as one: the name of each, and the text of its outcomes.
    within : tuple of (str, tuple of (str, label)), optional
        Where the item is another one in the rows of a group: the name of that one, and the columns of the group with
        its labels.
    """

    name: str
    outcomes: tuple[Label, ...]
    menus: tuple[tuple[int, ...], ...]
    plain: bool = False
    kind: Kind | None = None
    joint: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    within: tuple[str, tuple[tuple[str, Label], ...]] | None = None

    @classmethod
    def full(cls, name: str, outcomes: tuple[Label, ...], kind: Kind | None = None) -> Item:
        """Return a plain item: one menu, all its outcomes."""
        return cls(name, outcomes, (tuple(range(len(outcomes))),) if outcomes else (), plain=True, kind=kind)

    @property
    def measured(self) -> bool:
        """Whether its values are real numbers of each row, not codes."""
        return self.kind is not None and self.kind.measured

    @cached_property
    def codes(self) -> tuple[tuple[int, int], ...]:
        """The (menu, outcome) pair of codes 1, 2, ...; code 0 is MISSING and is not listed."""
        return tuple((m, option) for m, menu in enumerate(self.menus) for option in menu)

    @property
    def size(self) -> int:
        """Number of codes, MISSING included."""
        return 1 + len(self.codes)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The outcomes of the two items that each of a joint item stands for; none for other items."""
        if self.joint is None:
            return ()
        (_, first), (_, second) = self.joint
        of = {paired(a, b): (a, b) for a in first for b in second}
        return tuple(of[str(outcome)] for outcome in self.outcomes)

    @property
    def halves(self) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
        """The two items of a joint item that has all pairs of their outcomes, the second fastest; else None."""
        if self.joint is None:
            return None
        (_, first), (_, second) = self.joint
        return self.joint if self.outcomes == tuple(paired(a, b) for a in first for b in second) else None

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
    """All items of a data set.

    Parameters
    ----------
    items : (J,) tuple of Item
        The items in the order of their columns.

    Examples
    --------
    >>> Schema((Item.full("GOVERNOR", ("DEM", "REP")), Item.full("SHERIFF", ("DEM", "REP", "abstain"))))
    <Schema of 2 items>
      'GOVERNOR': DEM, REP
      'SHERIFF': DEM, REP, abstain
    """

    items: tuple[Item, ...]

    def __repr__(self) -> str:
        more = len(self.items) - MOST_SHOWN
        lines = [f"<Schema of {counted(len(self.items), 'item')}>"]
        lines += [f"  {item.name!r}: {_described(item)}" for item in self.items[:MOST_SHOWN]]
        return "\n".join([*lines, f"  and {counted(more, 'more item')}"] if more > 0 else lines)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the items."""
        return tuple(item.name for item in self.items)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """(J + 1,) int: item j's codes are rows offsets[j] .. offsets[j + 1] - 1 of every code table."""
        return np.concatenate([[0], np.cumsum([item.size for item in self.items])]).astype(np.int64)

    @cached_property
    def measured(self) -> tuple[tuple[int, int, int], ...]:
        """(item position, first column, end column) of every measured item in the values of the profiles."""
        spans, done = [], 0
        for j, item in enumerate(self.items):
            if item.kind is not None and item.measured:
                spans.append((j, done, done + len(item.kind.parts)))
                done += len(item.kind.parts)
        return tuple(spans)

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
                    **({} if i.kind is None else {"kind": i.kind.to_dict()}),
                    **({} if i.joint is None else {"joint": [[name, list(own)] for name, own in i.joint]}),
                    **({} if i.within is None else {"within": [i.within[0], [list(part) for part in i.within[1]]]}),
                }
                for i in self.items
            ]
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Schema:
        """Inverse of `to_dict`."""
        return cls(
            tuple(
                Item(
                    i["name"],
                    tuple(i["outcomes"]),
                    tuple(tuple(m) for m in i["menus"]),
                    i["plain"],
                    Kind.from_dict(i["kind"]) if "kind" in i else None,
                    tuple((name, tuple(own)) for name, own in i["joint"]) if "joint" in i else None,
                    (i["within"][0], tuple((column, label) for column, label in i["within"][1]))
                    if "within" in i else None,
                )
                for i in data["items"]
            )
        )


def _described(item: Item) -> str:
    """Return in one line what an item can be."""
    if item.kind is not None:
        parts = f" ({', '.join(item.kind.parts)})" if item.kind.parts else ""
        return f"{item.kind.family}{parts}"
    if not item.outcomes:
        return "missing in every row"
    shown = ", ".join(map(str, item.outcomes[:MOST_SHOWN]))
    more = len(item.outcomes) - MOST_SHOWN
    outcomes = f"{shown} and {more:,} more" if more > 0 else shown
    return outcomes if len(item.menus) < 2 else f"{outcomes} ({len(item.menus)} menus)"


def paired(first: Label, second: Label) -> str:
    """Return the outcome of a joint item, or its name, from those of the two items."""
    return f"{first}{JOINED}{second}"


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
