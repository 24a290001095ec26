"""Families by name: what an item's kind says, and how a saved fit finds its families again."""

from __future__ import annotations

from typing import Any

from ..core.errors import Fault, InputError, named
from .binomial import Binomial
from .gaussian import Gaussian
from .known import Known
from .multinomial import Multinomial
from .poisson import Poisson

__all__ = ["FAMILIES", "family", "register"]

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
    """Make a family known under a name; raise InputError when a family of another class has it already."""
    if FAMILIES.get(name, made).__qualname__ != made.__qualname__:  # a class defined again replaces itself
        raise InputError(Fault(f"there is a family {name!r} already", where="register", remedy="Choose another name"))
    FAMILIES[name] = made
