"""ManyLevels: a column of a formula that gives each of its many levels an intercept of its own.

Its columns are 0 but for one in every row, and are not made where the number of the level says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Label
from .formula import Matrix, Term

__all__ = ["ManyLevels", "many_levels", "with_levels", "within"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MANY = 20
"""Levels from which a column is one of many."""


class ManyLevels(NamedTuple):
    """A column of many levels that stands in one term of a formula, by itself.

    name; labels: its levels, of which the first is the reference; term: the number of its term; rest: the formula
    without this term, or "" where it is the only one.
    """

    name: str
    labels: tuple[Label, ...]
    term: int
    rest: str


def many_levels(terms: Sequence[Term], levels: Mapping[str, tuple[Label, ...] | None]) -> ManyLevels | None:
    """Return the column with the most levels of those that stand in one term by themselves, None without many."""
    found = None
    for t, term in enumerate(terms):
        name, others = term.columns[0], [*terms[:t], *terms[t + 1 :]]
        labels = levels.get(name) or ()
        alone = len(term.factors) == 1 and term.words in (name, f"`{name}`", f"C({name})", f"C(`{name}`)")
        if not alone or any(name in other.columns for other in others):
            continue
        if len(labels) >= MANY and (found is None or len(labels) > len(found.labels)):
            rest = " + ".join(other.words for other in others)
            found = ManyLevels(name, labels, t, f"~ {rest}" if rest else "")
    return found


def within(x: Floats, level: Ints, n: Floats) -> Floats:
    """Return columns (G, p) less their means over the rows of the same level, with (G,) numbers of rows."""
    means = np.zeros((int(level.max()) + 1, x.shape[1]))
    for q, column in enumerate(x.T):
        means[:, q] = np.bincount(level, n * column) / np.bincount(level, n)
    return np.asarray(x - means[level])


def with_levels(made: Matrix, numbers: Floats, many: ManyLevels, part: Floats) -> tuple[Matrix, Floats]:
    """Return names and sizes, and mean, standard deviation and largest value (3, Q - 1), with the columns of levels.

    made, numbers: those of the other columns; part (G,): the part of the rows that each level has.
    """
    first, spread = sum(made.sizes[: many.term]), np.sqrt(part * (1 - part))
    own = np.array([part, spread, np.maximum(part, 1 - part) / spread])[:, 1:]
    labels = [f"{many.name}[{label}]" for label in many.labels[1:]]
    sizes = (*made.sizes[: many.term], len(labels), *made.sizes[many.term :])
    names = (*made.names[:first], *labels, *made.names[first:])
    between = np.concatenate([numbers[:, :first], own, numbers[:, first:]], axis=1)
    return made._replace(names=names, sizes=sizes), between
