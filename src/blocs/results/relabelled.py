"""The same fit with its types in other numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..core.errors import Fault, InputError, UnsupportedError, counted

if TYPE_CHECKING:
    from .fit_result import Fit

__all__ = ["HasMapping", "relabelled"]


class HasMapping(Protocol):
    """What `blocs.match` returns."""

    @property
    def mapping(self) -> Mapping[int, int]:
        """Number of a type -> number of the type that it goes with."""
        ...


def relabelled(fit: Fit, mapping: Mapping[int, int] | HasMapping) -> Fit:
    """Return the fit with type number -> new number; raises as `Fit.relabel`."""
    mapping = mapping if isinstance(mapping, Mapping) else getattr(mapping, "mapping", mapping)
    if not isinstance(mapping, Mapping):
        raise InputError(Fault(f"it is a {type(mapping).__name__}", argument="mapping",
                               rule="It gives each type a number, as {1: 2, 2: 1} or blocs.match(fit, other)",
                               ))  # fmt: skip
    numbers = list(range(1, fit.types + 1))
    if sorted(mapping) != numbers or sorted(mapping.values()) != numbers:
        raise InputError(Fault(f"it is {dict(mapping)!r}", argument="mapping",
                               rule=f"It gives each of the {counted(fit.types, 'type')} one of the numbers 1 to "
                                    f"{fit.types}"))  # fmt: skip
    alike = fit.mixture.alike
    if any(alike[old - 1] != alike[new - 1] for old, new in mapping.items()):
        raise UnsupportedError("The types of this fit have the numbers that its constraints give them: types change "
                               "places only where the constraints are then the same.")  # fmt: skip
    if any(family.names_types for family in fit.mixture.families):
        raise UnsupportedError("The types of this fit have names, by what is known of rows: they keep their order.")
    old = {new: number - 1 for number, new in mapping.items()}
    order = np.array([old[new] for new in numbers])
    counts = None if fit.counts is None else tuple(of_item[:, order] for of_item in fit.counts)
    separated = {name: tuple(part[k] for k in order.tolist()) for name, part in fit.separated.items()}
    return replace(fit, params=fit.params.relabel(order), counts=counts, separated=separated)
