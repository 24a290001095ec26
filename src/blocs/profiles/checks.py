"""What is asked of a table's names and of codes before they become profiles: every fault at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, missing_columns, rules_once
from ..core.schema import Schema
from .frames import Columns
from .kinds import Description

__all__ = ["check_codes", "check_mappings", "check_names"]


def check_mappings(menus: Any, levels: Any, kinds: Any) -> None:
    """Refuse menus, levels and kinds that are not given item by item, and kinds that are no descriptions."""
    faults = [
        Fault(f"it is a {type(given).__name__}", argument=role, rule=f"Give a mapping: {{item: {what}}}")
        for role, given, what in (
            ("menus", menus, "its menu or menus"),
            ("levels", levels, "its outcomes"),
            ("kinds", kinds, "what its columns are"),
        )
        if given is not None and not isinstance(given, Mapping)
    ]
    if isinstance(kinds, Mapping):
        faults += [
            Fault(f"it is {_called(kind)}", argument="kinds", key=name,
                  rule="Kinds are Binomial(trials), Multinomial(columns), Poisson(), Gaussian(columns) and Known()")
            for name, kind in kinds.items()
            if isinstance(kind, type) or not hasattr(kind, "read")
        ]  # fmt: skip
    if faults:
        raise InputError(*faults)


def _called(kind: Any) -> str:
    return f"{kind.__name__} itself, not called" if callable(kind) else repr(kind)


def check_names(
    names: Sequence[str],
    columns: Columns,
    groups: Sequence[str],
    weights: Mapping[str, Any],
    menus: Mapping[str, Any],
    levels: Mapping[str, Any],
    kinds: Mapping[str, Description],
    covariates: Sequence[str] = (),
    outcomes: Sequence[str] = (),
) -> None:
    """Refuse columns that are not there, items listed twice, and menus, levels and kinds of other items."""
    needed = [column for name in names for column in (kinds[name].needs(name) if name in kinds else (name,))]
    faults = missing_columns(needed, "items", columns.data)
    faults += missing_columns(groups, "groups", columns.data)
    for role, kind, given_names in (("covariates", "a covariate", covariates), ("outcomes", "an outcome", outcomes)):
        faults += missing_columns(given_names, role, columns.data)
        faults += [
            Fault(f"{name!r} is an item too", argument=role, rule=f"A column is an item or {kind}",
                  remedy="Leave it out of one of them")
            for name in given_names if name in needed
        ]  # fmt: skip
    for role, given in weights.items():
        faults += missing_columns([given] if isinstance(given, str) else [], role, columns.data)
    faults += [
        Fault(f"item {name!r} is listed {times} times", argument="items", rule="Items are unique")
        for name, times in Counter(names).items()
        if times > 1
    ]
    for role, labels in (("menus", menus), ("levels", levels)):
        faults += missing_columns(labels, role, names)
        faults += [
            Fault("it is described by `kinds=`", argument=role, key=name, rule=f"Only categories have {role}")
            for name in labels
            if name in kinds
        ]
    if not names:
        faults.append(Fault("there are no items", argument="items", rule="At least one column is needed"))
    if faults:
        raise InputError(*rules_once(faults))


def check_codes(schema: Schema, codes: NDArray[Any], counts: NDArray[np.float64]) -> None:
    """Refuse rows that a caller coded wrongly."""
    shape = (len(counts), len(schema.items))
    if codes.shape != shape:
        raise InputError(
            Fault(f"the codes have shape {codes.shape}", argument="codes",
                  rule=f"One row for each count and one column for each item: {shape}")
        )  # fmt: skip
    if not len(counts):
        raise InputError(Fault("there are no rows", argument="codes", rule="At least one is needed"))
    faults = [
        Fault(f"code {int(column[bad][0])} in row {int(np.flatnonzero(bad)[0])}", where=f"item {item.name!r}",
              rule=f"Its codes are 0 to {item.size - 1}")
        for item, column in zip(schema.items, codes.T, strict=True)
        if (bad := (column < 0) | (column >= item.size)).any()
    ]  # fmt: skip
    wrong = np.flatnonzero(~(np.isfinite(counts) & (counts > 0)))
    if len(wrong):
        faults.append(Fault(f"the count of row {wrong[0]} is {float(counts[wrong[0]])!r}", argument="counts",
                            rule="Counts are finite and positive"))  # fmt: skip
    if faults:
        raise InputError(*faults)
