"""Simulation: tables of counts drawn from a fitted model, several on the same rows, for refits side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from ..profiles.rows import compact, unique_rows
from .fitted_rows import Patterns, patterns_of, require_categories
from .resampling import generator
from .simulated_counts import simulated_counts

__all__ = ["Simulation", "require_counts"]

Floats = NDArray[np.float64]

TOGETHER = 128
"""Tables on the same rows at most; fixed, so that results do not depend on the number of threads."""
COUNTS = 20_000_000
"""Counts of all tables on the same rows at most."""
SPARSE = 4
"""Tables are put on the same rows while these are at most so many times those of a table."""


@dataclass(frozen=True)
class Simulation:
    """What tables are drawn from: a model, one start's parameters, the menus and missing items of the data, a seed."""

    mixture: Mixture
    params: Params
    patterns: Patterns
    seed: int

    @classmethod
    def of(cls, mixture: Mixture, params: Params, profiles: Profiles, question: str, seed: int) -> Simulation:
        """Return it for the data; raises UnsupportedError as `refuse` does."""
        cls.refuse(profiles, question)
        return cls(mixture, params, patterns_of(profiles), seed)

    @staticmethod
    def refuse(profiles: Profiles, question: str) -> None:
        """Raise UnsupportedError, naming the question, where no tables of counts can be drawn."""
        require_categories(profiles.schema, question)
        require_counts(profiles, question)

    def tables(self, number: int) -> Iterator[tuple[range, Profiles, Floats]]:
        """Give for some replicates at a time their numbers, the rows that occur, and (U, b) counts.

        The rows are in lexicographic order; their own counts are those of all these replicates together.
        """
        together, first = TOGETHER, 0
        while first < number:
            drawn = [self._drawn(b) for b in range(first, min(number, first + together))]
            rows, counts = _joined(drawn)
            if len(drawn) > 1 and counts.size > min(SPARSE * sum(map(len, drawn)), COUNTS):
                together = max(1, len(drawn) // 2)
                continue
            yield range(first, first + len(drawn)), rows, counts
            first += len(drawn)

    def _drawn(self, b: int) -> Profiles:
        return simulated_counts(self.mixture, self.params, self.patterns, generator(self.seed, b))


def _joined(tables: list[Profiles]) -> tuple[Profiles, Floats]:
    """Return the rows of all tables, and (U, b) counts of each in every table."""
    schema = tables[0].schema
    sizes = [item.size for item in schema.items]
    rows, where = unique_rows(np.concatenate([table.codes for table in tables]).astype(np.int64), sizes)
    which = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    counts = np.zeros((len(rows), len(tables)))
    counts[where, which] = np.concatenate([table.counts for table in tables])
    total = counts.sum(axis=1)
    return Profiles(schema, compact(rows, sizes), total, total), counts


def require_counts(profiles: Profiles, question: str) -> None:
    """Raise UnsupportedError with sampling weights and for counts that are not whole."""
    if profiles.design:
        raise UnsupportedError(f"{question} is not available with sampling weights: it needs numbers of observations.")
    if not (profiles.counts == np.rint(profiles.counts)).all():
        raise UnsupportedError(f"{question} is not available for weights that are not whole numbers.")
