"""Errors of the outcome probabilities, line by line: on a menu by log-odds, of other items by derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Label, Schema
from ..families import constrained_simplices
from ..families.pattern import Simplex
from ..results.fit_result import Fit
from ..results.fit_tables import described
from .described_slopes import described_slopes
from .kept_parameters import Kept

__all__ = ["Estimate", "OutcomeErrors"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Estimate(NamedTuple):
    """A value with its standard error and 95 per cent interval; flag: why there is none, or ""."""

    se: float
    low: float
    high: float
    flag: str


@dataclass(frozen=True)
class OutcomeErrors:
    """Rows of the tables of outcome probabilities of a fit.

    error: the error of a probability, from its type (from 0), its value, the free parameters that it depends on, its
    derivatives by them, and its value without outcomes on the boundary.
    """

    fit: Fit
    schema: Schema
    kept: Kept
    error: Callable[[int, float, Ints, Floats, float], Estimate]

    def _on_menu(self, k: int, item: str, menu: Sequence[int], i: int, value: float) -> Estimate:
        """Return the error of option i of a menu of an item under type k (from 0)."""
        odds = self.kept.odds.get((k, item))
        if odds is None or len(menu) < 2 or np.isnan(value):
            return self.error(k, value, np.zeros(0, np.int64), np.zeros(0), value)
        return self.error(k, value, odds.at, odds.slope(menu, i), odds.among(menu)[i])

    @cached_property
    def _probabilities(self) -> dict[str, tuple[tuple[Label, ...], Floats]]:
        """For each item with probabilities its outcomes and (L, K) probabilities, in the order of the schema."""
        lines = [line for line in described(self.fit.evidence, self.fit.params) if line.outcome is not None]
        out = {}
        for item in self.schema.names:
            own = [line for line in lines if line.item == item]
            if own:
                out[item] = (tuple(line.outcome for line in own if line.outcome is not None),
                             np.array([line.value for line in own]))  # fmt: skip
        return out

    def outcomes(self) -> Iterator[tuple[object, ...]]:
        """Give the rows of `StandardErrors.table`: those of `Fit.table`, in its order."""
        for k in range(self.fit.types):
            for item, (outcomes, values) in self._probabilities.items():
                known = np.flatnonzero(~np.isnan(values[:, k])).tolist()
                for i, (outcome, value) in enumerate(zip(outcomes, values[:, k].tolist(), strict=True)):
                    if item in self._numerical:
                        error = self._by_difference(k, item, i, value)
                    else:
                        error = self._on_menu(k, item, known, known.index(i) if i in known else -1, value)
                    yield (k + 1, item, outcome, value, *error)

    def _by_difference(self, k: int, item: str, i: int, value: float) -> Estimate:
        """Return the error of line i of an item whose outcomes are no log-odds, as a binomial's success."""
        at, slopes = self._numerical[item]
        simplex, odds = self._simplices.get((k, item)), self.kept.odds.get((k, item))
        if simplex is not None and (not np.isnan(simplex.value[i]) or simplex.determined):
            return self.error(k, value, np.zeros(0, np.int64), np.zeros(0), value)
        moved = (slopes[i, :, k] @ self.kept.basis[at[:, k]]).any()
        if simplex is not None and odds is not None and i in simplex.free:
            moved &= odds.among(range(len(odds.p)))[simplex.free.tolist().index(i)] > 0
        return self.error(k, value, at[:, k], slopes[i, :, k], value if moved else 0.0)

    @cached_property
    def _numerical(self) -> dict[str, tuple[Ints, Floats]]:
        return described_slopes(self.fit)

    @cached_property
    def _simplices(self) -> dict[tuple[int, str], Simplex]:
        """The constraints on the probabilities of each type (from 0) and item that has some."""
        return constrained_simplices(self.fit.mixture.families)

    def by_menu(self) -> Iterator[tuple[object, ...]]:
        """Give the rows of `StandardErrors.table(by_menu=True)`; items without menus have that of all outcomes."""
        p = self.fit.mixture.bind(self.schema).table(self.fit.params)
        menus = [
            (j, item, m, menu) for j, item in enumerate(self.schema.items) if item.kind is None
            for m, menu in enumerate(item.menus)
        ]  # fmt: skip
        for k in range(self.fit.types):
            for j, item, m, menu in menus:
                known, words = self.fit.evidence.knows(j, menu)[k], "|".join(map(str, item.menu_labels(m)))
                for i, outcome in enumerate(menu):
                    code = int(self.schema.offsets[j]) + 1 + item.codes.index((m, outcome))
                    value = float(p[code, k]) if known else np.nan
                    error = self._on_menu(k, item.name, menu, i, value)
                    yield (k + 1, item.name, words, item.outcomes[outcome], value, *error)
