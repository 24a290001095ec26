"""Which options the data can speak about: unused ones are pruned and named, menus that do not connect are refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..core.schema import MISSING, Item, Label, Schema
from .rows import narrowest

__all__ = ["answered", "joined_notes", "prune", "unseen"]

ALONE = "was only ever offered alone; it says nothing about types."
UNOFFERED = "is on no menu; it has no parameter."
UNSEEN = "is a level of the column, but in no row; it has no parameter."


def prune(schema: Schema, codes: NDArray[Any]) -> tuple[tuple[Item, ...], NDArray[Any], tuple[str, ...]]:
    """Return the items with the menus and options that (R, J) codes use, the codes in them, and notes on the rest.

    A menu nobody had goes. An option on no menu has no parameter. An option taken from a menu of one was taken with
    probability 1 and says nothing about types, so its code becomes MISSING. Options that are left without a menu are
    named in the notes.
    Raises InputError for items whose menus fall into pieces without a common option: the odds between pieces are
    not identified.
    """
    items, notes, faults = [], [], []
    kind = narrowest([item.size for item in schema.items])
    recoded = codes.astype(kind, copy=False)
    for j, item in enumerate(schema.items):
        column = codes[:, j]
        pruned, remap, of_item = _prune_item(item, np.bincount(column, minlength=item.size) > 0)
        items.append(pruned)
        if not np.array_equal(remap, np.arange(item.size)):
            recoded = recoded.copy() if recoded is codes else recoded
            recoded[:, j] = remap.astype(kind)[column]
        notes += of_item
        faults += _disconnected(pruned)
    if faults:
        raise InputError(*faults)
    return tuple(items), recoded, tuple(notes)


def _prune_item(item: Item, used: NDArray[np.bool_]) -> tuple[Item, NDArray[np.int64], list[str]]:
    if item.plain:
        if used[1:].any() or item.measured:
            return item, np.arange(item.size), []
        return Item.full(item.name, (), item.kind), np.zeros(item.size, dtype=np.int64), [_missing(item.name)]
    had = [m for m in range(len(item.menus)) if used[item.lookup[m][item.lookup[m] >= 0]].any()]
    choices = [item.menus[m] for m in had if len(item.menus[m]) > 1]
    kept = sorted({option for menu in choices for option in menu})
    alone = {item.menus[m][0] for m in had if len(item.menus[m]) == 1}
    notes = [
        (_alone if option in alone else _unoffered)(item.name, label)
        for option, label in enumerate(item.outcomes)
        if option not in kept
    ]
    if not used[1:].any():
        notes = [_missing(item.name)]
    position = {option: new for new, option in enumerate(kept)}
    menus = tuple(tuple(position[option] for option in menu) for menu in choices)
    pruned = replace(item, outcomes=tuple(item.outcomes[option] for option in kept), menus=menus)
    number = {menu: m for m, menu in enumerate(choices)}
    remap = [
        int(pruned.lookup[number[item.menus[m]], position[option]]) if item.menus[m] in number else MISSING
        for m, option in item.codes
    ]
    return pruned, np.array([MISSING, *remap], dtype=np.int64), notes


def answered(schema: Schema, codes: NDArray[Any]) -> tuple[Schema, NDArray[Any], tuple[str, ...]]:
    """Return items without menus with the outcomes that (R, J) codes have, the codes in them, and notes on the rest."""
    items, notes, recoded = [], [], codes
    for j, item in enumerate(schema.items):
        used = np.bincount(codes[:, j], minlength=item.size) > 0
        if not item.plain or item.measured or used[1:].all() or not used[1:].any():
            items.append(item)
            continue
        kept = [outcome for outcome in range(len(item.outcomes)) if used[1 + outcome]]
        notes += [unseen(item.name, label) for label, was in zip(item.outcomes, used[1:], strict=True) if not was]
        items.append(Item.full(item.name, tuple(item.outcomes[outcome] for outcome in kept), item.kind))
        remap = np.zeros(item.size, dtype=codes.dtype)
        remap[1 + np.array(kept)] = 1 + np.arange(len(kept))
        recoded = recoded.copy() if recoded is codes else recoded
        recoded[:, j] = remap[codes[:, j]]
    return Schema(tuple(items)), recoded, tuple(notes)


def joined_notes(notes: Iterable[str], schema: Schema) -> tuple[str, ...]:
    """Return the notes of several parts that still hold for all of them together, in the items of `schema`.

    A part may say that an item or option was not there which another part has, or has alone.
    """
    kept = dict.fromkeys(notes)
    for item in schema.items:
        obsolete = {note(item.name, label) for label in item.outcomes for note in (_alone, _unoffered, unseen)}
        alone = {n for n in kept if n.startswith(f"Item {item.name!r}: option ") and n.endswith(ALONE)}
        obsolete |= {n.removesuffix(ALONE) + UNOFFERED for n in alone}
        obsolete |= {_missing(item.name)} if item.outcomes or alone else set()
        for note in obsolete:
            kept.pop(note, None)
    return tuple(kept)


def _alone(item: str, label: Label) -> str:
    return f"Item {item!r}: option {label!r} {ALONE}"


def _unoffered(item: str, label: Label) -> str:
    return f"Item {item!r}: option {label!r} {UNOFFERED}"


def unseen(item: str, label: Label) -> str:
    """Return the note on a level that a column's type declares and no row has."""
    return f"Item {item!r}: outcome {label!r} {UNSEEN}"


def _missing(item: str) -> str:
    return f"Item {item!r} is missing in every row; it says nothing about types."


def _disconnected(item: Item) -> list[Fault]:
    """Return a fault when the menus of more than one option do not hang together."""
    pieces: list[set[int]] = []
    for menu in item.menus:
        touched = [piece for piece in pieces if not piece.isdisjoint(menu)]
        pieces = [piece for piece in pieces if piece.isdisjoint(menu)] + [set(menu).union(*touched)]
    if len(pieces) <= 1:
        return []
    groups = [", ".join(repr(item.outcomes[o]) for o in sorted(piece)) for piece in sorted(pieces, key=min)]
    return [
        Fault(
            f"its menus fall into {len(pieces)} pieces that share no option: {' | '.join(groups)}",
            where=f"item {item.name!r}",
            rule="Menus must connect, or the odds between the pieces are not identified",
            remedy="Make each piece an item of its own",
        )
    ]
