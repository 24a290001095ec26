"""items_by_group: items whose probabilities differ by group, as one item for each group, missing elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, nearest
from ..core.schema import Item, Schema
from ..membership import Groups
from ..profiles import Profiles, require_profiles
from ..profiles.menus import prune
from ..profiles.rows import compact

__all__ = ["divided", "group_item", "group_numbers", "items_by_group"]


def items_by_group(profiles: Profiles, groups: str | Sequence[str], items: str | Sequence[str]) -> Profiles:
    """Return profiles in which some items are one item for each group, so that their probabilities may differ.

    Parameters
    ----------
    profiles : Profiles
        Profiles with covariates.
    groups : str or sequence of str
        Column(s) of their covariates.
    items : str or sequence of str
        Items of categories, not all: those that stay equal in all groups link the types of one group with those of the
        others.

    Returns
    -------
    Profiles
        The same rows in the same order. Item "a" is replaced by "a [party DEM]" and "a [party REP]", each missing for
        the rows of other groups; outcomes that a group could not choose are left out and named in the notes.

    Raises
    ------
    InputError
        For columns and items that are not there, and when no item stays.
    UnsupportedError
        For items of counts and measurements.

    See Also
    --------
    blocs.invariance_test : tests which items are equal.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 1, 1, 0], "b": [0, 1, 1, 1], "party": ["DEM", "DEM", "REP", "REP"]}
    >>> profiles = blocs.Profiles.from_table(table, covariates="party")
    >>> blocs.items_by_group(profiles, "party", "a").schema.names
    ('a [party DEM]', 'a [party REP]', 'b')
    """
    require_profiles(profiles)
    of, listed = Groups.of(groups, profiles), _known(profiles, [items] if isinstance(items, str) else items)
    if len(listed) == len(profiles.schema.items):
        raise InputError(
            Fault("no item is equal in all groups", argument="items", rule="An item that is equal links the types of "
                  "one group with those of the others", remedy="Leave an item out, or use blocs.fit_by_group")
        )  # fmt: skip
    return divided(profiles, of, listed)


def divided(profiles: Profiles, groups: Groups, names: Sequence[str]) -> Profiles:
    """Return profiles with the items of these names divided by group; all may be."""
    number, items, columns = group_numbers(profiles, groups), list[Item](), []
    for item, codes in zip(profiles.schema.items, profiles.codes.T, strict=True):
        if item.name not in names:
            items.append(item)
            columns.append(codes.astype(np.int64))
            continue
        for g in range(len(groups)):
            own = np.where(number == g, codes, 0).astype(np.int64)
            if own.any():
                joint = item.joint and tuple((group_item(half, groups, g), labels) for half, labels in item.joint)
                items.append(replace(item, name=group_item(item.name, groups, g), joint=joint))
                columns.append(own)
    kept, recoded, notes = prune(Schema(tuple(items)), np.column_stack(columns))
    codes = compact(recoded, [item.size for item in kept])
    return replace(profiles, schema=Schema(kept), codes=codes, notes=profiles.notes + notes)


def group_item(name: str, groups: Groups, g: int) -> str:
    """Return the name of an item in a group: a [party REP]."""
    return f"{name} [{groups.word(g)}]"


def group_numbers(profiles: Profiles, groups: Groups) -> NDArray[np.int64]:
    """Return (U,) the group of each profile."""
    assert profiles.covariates is not None, "groups are columns of covariates"
    covariates, row = profiles.covariates.in_use()
    return groups.numbers(covariates)[row]


def _known(profiles: Profiles, names: Sequence[str]) -> list[str]:
    """Return each name once; raise for those that are no items of categories."""
    known = profiles.schema.names
    faults = [
        Fault(f"there is no item {name!r}", argument="items", rule=f"The items are {', '.join(map(repr, known))}",
              nearest=nearest(name, known))
        for name in names if name not in known
    ]  # fmt: skip
    if faults or not names:
        raise InputError(*(faults or [Fault("there are none", argument="items", rule="Name one or more")]))
    for item in (profiles.schema.item(name) for name in names):
        if item.kind is not None:
            raise UnsupportedError(
                f"Probabilities that differ by group are for items of categories; item {item.name!r} is "
                f"{item.kind.family}."
            )
    return list(dict.fromkeys(names))
