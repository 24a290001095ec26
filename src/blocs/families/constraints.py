"""Constraints on probabilities of outcomes: what they are, and the simplices that they make of some items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError
from ..core.schema import Item, Label
from .pattern import Pattern, Simplex
from .user_parameters import CLOSE

__all__ = ["INDEPENDENT", "Constraint", "pattern_of"]

Ints = NDArray[np.int64]
INDEPENDENT = "independent"
"""What the two parts of a joint item are under a type, in place of a value or a label."""


class Constraint(NamedTuple):
    """One probability that has a given value, or is equal to the others with the same label.

    item: its name; type: number of the type, from 1; outcome: label of the outcome; equals: the value, or a label. Or
    outcome "" and equals `INDEPENDENT`: the two items that a joint item is of are independent under the type.
    """

    item: str
    type: int
    outcome: Label
    equals: float | str


def pattern_of(items: Sequence[Item], types: int, constraints: Sequence[Constraint]) -> Pattern:
    """Return the simplices of the items under the constraints.

    Raises InputError where given values do not allow probabilities that sum to 1, UnsupportedError where the
    simplices of a group have different labels or different masses.
    """
    number: dict[str, int] = {}
    apart = {(c.item, c.type - 1) for c in constraints if c.equals == INDEPENDENT}
    equals: dict[tuple[str, int, Label], float | str] = {
        (c.item, c.type - 1, c.outcome): c.equals for c in constraints if c.equals != INDEPENDENT
    }
    cells = []
    for j, item in enumerate(items):
        for k in range(types):
            own = [equals.get((item.name, k, outcome)) for outcome in item.outcomes]
            value = np.array([e if isinstance(e, float) else np.nan for e in own], dtype=np.float64)
            label = [number.setdefault(e, len(number)) if isinstance(e, str) else -1 for e in own]
            cells.append((j, k, value, np.array(label, dtype=np.int64)))
    group = _groups([label for *_, label in cells], len(number))
    start = np.cumsum([0, *(len(item.outcomes) for item in items)]).tolist()
    made = tuple(
        Simplex(j, k, slice(start[j], start[j + 1]), value, label, g, _pair(items[j], (items[j].name, k) in apart))
        for (j, k, value, label), g in zip(cells, group, strict=True)
    )
    _refuse_sums(items, made)
    _refuse_coupled(items, made, tuple(number))
    return Pattern(types, made, tuple(number))


def _pair(item: Item, independent: bool) -> tuple[int, int] | None:
    """Return the numbers of outcomes of the two parts that are independent; raise InputError for other items."""
    if not independent:
        return None
    if item.halves is None:
        raise InputError(Fault(f"item {item.name!r} is no joint item", argument="constraints",
                               rule=f"{INDEPENDENT!r} is for two different items that are one",
                               remedy="Make it with blocs.joint_items"))  # fmt: skip
    (_, first), (_, second) = item.halves
    return len(first), len(second)


def _groups(labels: Sequence[Ints], number: int) -> list[int]:
    """Return the group of each simplex, numbered in their order; labels: those of its cells."""
    of_label, of_simplex = list(range(number)), []
    for own in labels:  # labels of one simplex are in one group
        some = [of_label[label] for label in own[own >= 0].tolist()]
        of_label = [min(some) if g in some else g for g in of_label]
    for s, own in enumerate(labels):
        some = own[own >= 0].tolist()
        of_simplex.append(of_label[some[0]] if some else number + s)
    order = {g: i for i, g in enumerate(dict.fromkeys(of_simplex))}
    return [order[g] for g in of_simplex]


def _refuse_sums(items: Sequence[Item], simplices: Sequence[Simplex]) -> None:
    faults = []
    for simplex in simplices:
        item, total = items[simplex.item], float(np.nansum(simplex.value))
        where = f"item {item.name!r}, type {simplex.type + 1}"
        others = [str(item.outcomes[i]) for i in np.flatnonzero(np.isnan(simplex.value))]
        if total > 1 + CLOSE or (not others and abs(total - 1) > CLOSE):
            faults.append(Fault(f"the values sum to {total:.6g}", where, "The probabilities of an item sum to 1",
                                argument="constraints"))  # fmt: skip
        elif others and total > 1 - CLOSE:
            faults.append(Fault(f"the values sum to 1 and leave nothing for {', '.join(others)}", where,
                                "Probabilities that are estimated are positive", argument="constraints",
                                remedy="Give these the value 0"))  # fmt: skip
    if faults:
        raise InputError(*faults)


def _refuse_coupled(items: Sequence[Item], simplices: Sequence[Simplex], names: Sequence[str]) -> None:
    first: dict[int, Simplex] = {}
    for simplex in simplices:
        other = first.setdefault(simplex.group, simplex)
        labels = [sorted(of.label[of.label >= 0].tolist()) for of in (other, simplex)]
        alike = labels[0] == labels[1] and (len(other.free) > 0) == (len(simplex.free) > 0)
        if alike and abs(other.mass - simplex.mass) <= CLOSE:
            continue
        both = [f"item {items[of.item].name!r} under type {of.type + 1}" for of in (other, simplex)]
        listed = [", ".join(dict.fromkeys(names[label] for label in of)) for of in labels]
        tied = f"{both[0]} (equal: {listed[0]}) and {both[1]} (equal: {listed[1]})"
        raise UnsupportedError(
            f"These constraints are not available: {tied} are tied, and do not have the same labels, each as often, "
            "and the same sum of given values. Items that share a label must, and either all or none of them have "
            "outcomes without a constraint."
        )
