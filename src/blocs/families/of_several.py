"""What is asked of all families of a model together: their constraints, and parameters of other data or constraints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .categorical import Categorical
from .constrained import Constrained
from .constraints import Constraint, Simplex
from .protocol import Family

__all__ = ["constrained_simplices", "constraints_in", "converted"]

Floats = NDArray[np.float64]


def constraints_in(families: Sequence[Family]) -> tuple[Constraint, ...]:
    """Return the constraints on probabilities, none where there are none."""
    return next((family.constraints for family in families if isinstance(family, Constrained)), ())


def constrained_simplices(families: Sequence[Family]) -> dict[tuple[int, str], Simplex]:
    """Return the probabilities of each type (from 0) and item with constraints."""
    return {
        (simplex.type, family.items[simplex.item].name): simplex
        for family in families if isinstance(family, Constrained)
        for simplex in family.pattern.simplices
    }  # fmt: skip


def converted(families: Sequence[Family], others: Sequence[Family], thetas: Sequence[Floats]) -> list[Floats]:
    """Return the parameters (M, W) of others, the same items in other data, in the units of the families.

    Where constraints are others, items may be in other families of categories, and their probabilities are as near as
    the constraints allow.
    """
    rows, numbers = dict[str, Floats](), list[tuple[Family, Floats]]()
    for family, theta in zip(others, thetas, strict=True):
        if isinstance(family, Categorical):
            rows |= {item.name: theta[own] for item, own in zip(family.items, family.rows_of_items, strict=True)}
        else:
            numbers.append((family, theta))
    out, rest = [], iter(numbers)
    for family in families:
        if isinstance(family, Categorical):
            theta = np.concatenate([rows[item.name] for item in family.items])
            out.append(family.constrained(theta) if isinstance(family, Constrained) else theta)
        else:
            before, theta = next(rest)
            out.append(family.carry(theta, before))
    return out
