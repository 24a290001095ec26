"""joint_items: two items as one whose outcomes are pairs, so that they may depend on each other within types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted, nearest
from ..core.schema import JOINED, Item, Label, Schema, paired
from .menus import prune
from .merging import merged
from .profiles import Profiles, require_profiles
from .rows import compact

__all__ = ["joint_items"]

Ints = NDArray[np.int64]


def joint_items(profiles: Profiles, pairs: Sequence[tuple[str, str]]) -> Profiles:
    """Return profiles in which pairs of items are one item each, that they may depend on each other within types.

    Parameters
    ----------
    profiles : Profiles
        Profiles of any data.
    pairs : sequence of (str, str)
        Names of two items of categories each; an item is in one pair at most.

    Returns
    -------
    Profiles
        The same observations; rows that are now equal are one. Items "a" and "b" are replaced by "a & b", where "a"
        was; its outcomes are "x & y" for all outcomes x of "a" and y of "b", its menus those of both. Where a row lacks
        one of the two, the joint item is missing; the notes say of how many observations.

    Raises
    ------
    InputError
        For items that are not there or in two pairs, and a name that another item has.
    UnsupportedError
        For items of counts and measurements.

    See Also
    --------
    blocs.bivariate_residuals : finds pairs that a fit does not describe.
    blocs.joint_margins : the probabilities of the single items in a fit of joint ones.

    Notes
    -----
    Under each type the pair has L_a L_b - 1 free probabilities in place of L_a + L_b - 2: a direct effect between the
    items (Hagenaars 1988). The expected counts of the pair are then those observed, so that its residual is 0.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1]}
    >>> joint = blocs.joint_items(blocs.Profiles.from_table(table), [("a", "b")])
    >>> joint.schema.names, joint.schema.items[0].outcomes
    (('a & b', 'c'), ('0 & 0', '0 & 1', '1 & 0', '1 & 1'))
    """
    require_profiles(profiles)
    places = _places(profiles.schema, [tuple(pair) for pair in pairs])
    second, items, columns, notes = {b for _, b in places}, list[Item](), list[Ints](), list[str]()
    partner = dict(places)
    for j, item in enumerate(profiles.schema.items):
        codes = profiles.codes[:, j].astype(np.int64)
        if j in second:
            continue
        if j in partner:
            other, others = profiles.schema.items[partner[j]], profiles.codes[:, partner[j]].astype(np.int64)
            lacking = float(profiles.counts[(codes > 0) != (others > 0)].sum())
            if lacking:
                notes.append(f"items {item.name!r} and {other.name!r}: {counted(round(lacking), 'observation')} with "
                             "one of the two missing have none in the joint item")  # fmt: skip
            item, codes = _joined(item, other), _pairs(item, other)[codes, others]
        items.append(item)
        columns.append(codes)
    kept, recoded, pruned = prune(Schema(tuple(items)), np.column_stack(columns))
    codes = compact(recoded, [item.size for item in kept])
    out = replace(profiles, schema=Schema(kept), codes=codes, notes=(*profiles.notes, *notes, *pruned))
    return merged(out) if out.values is None else out


def _places(schema: Schema, pairs: Sequence[tuple[str, ...]]) -> list[tuple[int, int]]:
    """Return the positions of the two items of each pair."""
    names, faults = schema.names, list[Fault]()
    if any(len(pair) != 2 for pair in pairs) or not pairs:
        raise InputError(Fault(f"it is {list(pairs)!r}", argument="pairs", rule="Each pair is the names of two items"))
    used = list(chain.from_iterable(pairs))
    for name in dict.fromkeys(used):
        if name not in names:
            faults.append(Fault(f"there is no item {name!r}", argument="pairs",
                                rule=f"The items are {', '.join(map(repr, names))}",
                                nearest=nearest(name, names)))  # fmt: skip
        elif used.count(name) > 1:
            faults.append(Fault(f"item {name!r} is named {used.count(name)} times", argument="pairs",
                                rule="An item is in one pair at most"))  # fmt: skip
    faults += [Fault(f"there is an item {JOINED.join(pair)!r} already", argument="pairs") for pair in pairs
               if JOINED.join(pair) in names]  # fmt: skip
    faults += [
        Fault(f"{'a name' if text in used else 'an outcome'} has {JOINED!r} in it: {text}", argument="pairs",
              rule="It stands between the two parts of joint names", remedy="Rename it")
        for name in dict.fromkeys(used) if name in names
        for text in (name, *map(str, schema.item(name).outcomes)) if JOINED in text
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    for item in map(schema.item, used):
        if item.kind is not None:
            raise UnsupportedError(f"Joint items are of categories; item {item.name!r} is {item.kind.family}.")
    return [(names.index(a), names.index(b)) for a, b in pairs]


def _joined(a: Item, b: Item) -> Item:
    """Return the item of the pairs of outcomes, the second fastest, with every menu of one beside each of the other."""
    outcomes: tuple[Label, ...] = tuple(paired(x, y) for x in a.outcomes for y in b.outcomes)
    wide = len(b.outcomes)
    menus = tuple(tuple(x * wide + y for x in first for y in second) for first in a.menus for second in b.menus)
    joint = tuple((item.name, tuple(map(str, item.outcomes))) for item in (a, b))
    return Item(paired(a.name, b.name), outcomes, menus, plain=a.plain and b.plain, joint=joint)


def _pairs(a: Item, b: Item) -> Ints:
    """Return (codes of a, codes of b) the code of each pair of codes, MISSING where one is."""
    joined, out = _joined(a, b), np.zeros((a.size, b.size), dtype=np.int64)
    for i, (s, x) in enumerate(a.codes, start=1):
        for k, (t, y) in enumerate(b.codes, start=1):
            out[i, k] = joined.lookup[s * len(b.menus) + t, x * len(b.outcomes) + y]
    return out
