"""Items of which each group of rows has one of its own, missing elsewhere: probabilities may differ by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, missing_columns
from ..core.schema import Item, Label, Schema
from .covariates import Covariates
from .menus import prune
from .rows import compact

if TYPE_CHECKING:
    from .profiles import Profiles

__all__ = ["divided_items", "group_item", "with_group_items"]

Group = tuple[tuple[str, Label], ...]
"""The columns of a group, each with its label."""


def group_item(name: str, group: Group) -> str:
    """Return the name of an item in a group: a [party REP]."""
    return f"{name} [{', '.join(f'{column} {label}' for column, label in group)}]"


def divided_items(profiles: Profiles, groups: Mapping[str, Sequence[Group]]) -> Profiles:
    """Return profiles in which some items are one item for each group; groups: by the names of these items.

    The rows stay, in their order. Outcomes that a group could not choose are left out and named in the notes. Raises
    InputError for columns that are no covariates.
    """
    inside = {group: _inside(profiles.covariates, group) for of in groups.values() for group in of}
    items, columns = list[Item](), []
    for item, codes in zip(profiles.schema.items, profiles.codes.T, strict=True):
        if item.name not in groups:
            items.append(item)
            columns.append(codes.astype(np.int64))
            continue
        for group in groups[item.name]:
            own = np.where(inside[group], codes, 0).astype(np.int64)
            if own.any():
                joint = item.joint and tuple((group_item(half, group), labels) for half, labels in item.joint)
                name = group_item(item.name, group)
                items.append(replace(item, name=name, joint=joint, within=(item.name, group)))
                columns.append(own)
    kept, recoded, notes = prune(Schema(tuple(items)), np.column_stack(columns))
    codes = compact(recoded, [item.size for item in kept])
    return replace(profiles, schema=Schema(kept), codes=codes, notes=profiles.notes + notes)


def with_group_items(profiles: Profiles, schema: Schema) -> Profiles:
    """Return profiles with the items of groups that a schema has, from the items that they are of."""
    groups = dict[str, list[Group]]()
    for item in schema.items:
        if item.within is not None and item.name not in profiles.schema.names:
            groups.setdefault(item.within[0], []).append(item.within[1])
    own = {name: of for name, of in groups.items() if name in profiles.schema.names}
    return divided_items(profiles, own) if own else profiles


def _inside(covariates: Covariates | None, group: Group) -> NDArray[np.bool_]:
    """Return (U,) whether each profile is of a group."""
    names = [column for column, _ in group]
    known = () if covariates is None else covariates.names
    if covariates is None or any(name not in known for name in names):
        remedy = "Items of the fit differ by it: name it among the covariates where the profiles are made"
        raise InputError(*missing_columns(names, "profiles", known, remedy=remedy))
    inside = np.ones(len(covariates.values), dtype=bool)
    for column, label in group:
        v = known.index(column)
        levels, values = covariates.levels[v], covariates.values[:, v]
        inside &= values == label if levels is None else np.array([of == label for of in levels])[values.astype(int)]
    return np.asarray(inside[covariates.row])
