"""ManyLevels: a column of a formula that gives each of its many levels an intercept of its own.

Its columns are 0 but for one in every row, and are not made where the number of the level says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..core.schema import Label
from .formula import Term

__all__ = ["ManyLevels", "many_levels"]

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
