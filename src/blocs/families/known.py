"""What is known about a row's type: its label, a set of types it may be, or a probability of the evidence by type.

Evidence is one more item, whose code g has the fixed probability a_gk under type k (0 or 1 for labels): it enters the
E-step as any item does, has no free parameter, and unknown rows are simply missing. So it goes with every other
family, with missing values, weights, compression and every engine, and the shares' M-step is right as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..core.schema import Item
from .parametric import Parametric
from .protocol import Description, Edge, Part
from .user_parameters import CLOSE

__all__ = ["Known"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Known(Parametric):
    """Items of evidence. Parameters are the type numbers 0, 1, ... that the evidence speaks of, so that they travel
    with their types when types are relabelled."""

    has_prior = True
    symbol = ""
    words = "what is known of the type"
    names_types = True

    def values(self, item: Item) -> Floats:
        """Return (L, T) evidence for each of the T types that are named: labels are 'a_1 a_2 ... a_T'."""
        rows = [[float(v) for v in str(label).split()] for label in item.outcomes]
        return np.array(rows).reshape(len(rows), -1) if rows else np.zeros((0, 1))

    def names(self, item: Item) -> tuple[str, ...]:
        """Return the one parameter: which of the named types a type is."""
        return ("is named type",)

    def log_prob(self, x: Floats, theta: Floats) -> Floats:
        """Return log a_gk; labels speak of all types without a name in their last column."""
        which = np.minimum(np.rint(theta[0]).astype(np.int64), x.shape[1] - 1)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(x[:, which]))

    def solve(self, item: Item, x: Floats, counts: Floats, theta: Floats) -> Floats:
        """Return theta: evidence is fixed."""
        return theta

    def chart(self, theta: Floats) -> Floats:
        """Return theta: evidence stays where it is."""
        return theta

    def unchart(self, y: Floats) -> Floats:
        """Return theta."""
        return y

    def slope(self, theta: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Return no slope."""
        return np.zeros_like(theta), np.ones_like(theta)

    def guess(self, x: Floats, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        """Return the type numbers in order."""
        return np.arange(width, dtype=np.float64)[None]

    def flat(self, types: int) -> Floats:
        """Return the type numbers in order; raise InputError when the evidence names other types than there are."""
        for item, x in zip(self.items, self._x, strict=True):
            named = len(item.kind.parts) if item.kind is not None else 0
            rest = x.shape[1] > named  # a column for the types without a name
            if len(x) and (named > types or (named < types and not rest)):
                raise InputError(
                    Fault(f"it names {named} types and the mixture has {types}", where=f"item {item.name!r}",
                          rule="Labels name at most as many types; evidence has one column a type")
                )  # fmt: skip
        return super().flat(types)

    def describe(self, theta: Floats) -> list[Description]:
        """Return which type has which name, as probabilities."""
        return [
            Description(item.name, (np.rint(row) == i).astype(np.float64), outcome=name)
            for item, row in zip(self.items, theta, strict=True)
            for i, name in enumerate(item.kind.parts if item.kind is not None else ())
        ]

    def free_of(self, item: Item) -> int:
        """Nothing is estimated."""
        return 0

    def features(self, part: Part, weights: Floats) -> tuple[NDArray[Any], Floats]:
        """Return nothing: what is known of the type is no answer."""
        return part.codes[:, :0], np.zeros((len(part.codes), 0))

    def faults(self, theta: Floats) -> list[Fault]:
        """Return whether a type number is none."""
        whole = (theta >= 0) & (np.abs(theta - np.rint(theta)) < CLOSE)
        rule = "They are 0, 1, 2, ... in the order of the names"
        return [] if whole.all() else [Fault("a number of a named type is no whole number", rule=rule)]

    def edges(self, theta: Floats) -> list[Edge]:
        """Evidence is never on an edge."""
        return []

    def draw(self, theta: Floats, part: Part, types: Ints, rng: np.random.Generator) -> tuple[Known, Part]:
        """Return the part: what is known of the types is given, not drawn."""
        return self, part
