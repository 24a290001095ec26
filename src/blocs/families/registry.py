"""Families by name: what an item's kind says, and how a saved fit finds its families again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..core.errors import Fault, InputError, named
from ..core.schema import Item
from .binomial import Binomial
from .categorical import Categorical
from .choice import Choice
from .constrained import Constrained
from .constraints import Constraint
from .gaussian import Gaussian
from .known import Known
from .multinomial import Multinomial
from .poisson import Poisson
from .protocol import Family

__all__ = ["FAMILIES", "all_simplices", "families_of", "family", "register"]

FAMILIES: dict[str, Any] = {
    "binomial": Binomial,
    "gaussian": Gaussian,
    "known": Known,
    "multinomial": Multinomial,
    "poisson": Poisson,
}
"""Families by the name that an item's kind gives; `register` adds one of your own."""


def family(name: str) -> Any:
    """Return the family of that name; raise InputError with the nearest one if there is none."""
    remedy = "A family of your own is made known with blocs.families.register(name, family)"
    return named(FAMILIES, name, "kinds", "family", "families", remedy)


def register(name: str, made: Any) -> None:
    """Make a family known under a name, for items whose kind gives it and for saved fits.

    Parameters
    ----------
    name : str
        The name.
    made : class or callable
        Makes the family from a tuple of items and the pseudo-count of a prior.

    Raises
    ------
    InputError
        If a family of another class has the name already.
    """
    if FAMILIES.get(name, made).__qualname__ != made.__qualname__:  # a class defined again replaces itself
        raise InputError(Fault(f"there is a family {name!r} already", where="register", remedy="Choose another name"))
    FAMILIES[name] = made


def families_of(
    items: Sequence[Item], types: int, prior: float, constraints: Sequence[Constraint] = ()
) -> list[tuple[Family, tuple[int, ...]]]:
    """Return the families of the items, each with the positions of its own: categories first.

    Categories: Constrained where there are constraints, Choice where menus vary, else Categorical. Else the family of
    the item's kind: items with the same settings share one, and a block of measurements has one for itself. prior:
    pseudo-count. Raises as `pattern_of` for constraints.
    """
    groups: dict[Any, list[int]] = {}
    constrained, made = {c.item for c in constraints}, partial(Constrained, constraints=tuple(constraints))
    for j, item in enumerate(items):
        key: tuple[Any, Any] = (Choice if len(item.menus) > 1 else Categorical, ())
        if item.name in constrained:
            key = (made, ())
        if item.kind is not None:
            key = (family(item.kind.family), j if item.measured else item.kind.options)
        groups.setdefault(key, []).append(j)
    order = sorted(groups, key=lambda key: (key[0] is not Categorical, key[0] is not Choice))
    return [
        (key[0](tuple(items[j] for j in groups[key]), prior).with_types(types), tuple(groups[key])) for key in order
    ]


def all_simplices(families: Sequence[Family]) -> bool:
    """Say whether the parameters of all families are one simplex an item, so that they can be computed together.

    A family that derives from one of these has methods of its own.
    """
    return all(type(family) in (Categorical, Choice) for family in families)
