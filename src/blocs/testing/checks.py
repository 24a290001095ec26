"""Laws that every family and every engine obeys, as plain assertions: run them on one of your own.

    from blocs.testing.checks import check_engine, check_family
    check_family(MyFamily(items))      # an outcome distribution (docs/extend.md)
    check_engine(MyEngine())           # a place where sums happen

Each raises AssertionError that begins with the name of the law. They need nothing but numpy.
"""

from __future__ import annotations

import numpy as np

from ..families import Family
from ..families.protocol import missing_members
from . import coded, measured
from .engines import check_engine
from .laws import AFTER, BEFORE, draws_are_rows
from .trials import CodedTrial, MeasuredTrial, trial_of
from .whole import check_in_use

__all__ = ["check_engine", "check_family", "check_recovery"]


def check_family(family: Family, *, complete: bool = True, seed: int = 0) -> None:
    """Assert the laws of an outcome distribution over its items, and that a mixture of it can be fitted and used.

    family: an instance with its items (for `check_recovery` three or more, so that two types can be told apart);
    complete: whether the codes of each menu are all the values that can occur, as for categories; without it the laws
    that need the whole sample space are left out. Raises AssertionError naming the law. A block of measurements has
    the same laws for densities.
    """
    lacking = missing_members(family)
    assert not lacking, f"a family has every member of blocs.families.Family: it lacks {', '.join(lacking)}"
    trial = trial_of(family, np.random.default_rng(seed))
    if isinstance(trial, MeasuredTrial):
        measured.before(trial)
    elif isinstance(trial, CodedTrial):
        coded.before(trial, complete)
    for law in BEFORE:
        law(trial)
    if isinstance(trial, MeasuredTrial):
        measured.number_of_parameters(trial)
    elif isinstance(trial, CodedTrial) and complete:
        coded.number_of_parameters(trial)
    for law in AFTER:
        law(trial)
    draws_are_rows(trial, complete)
    check_in_use(trial)
    if isinstance(trial, MeasuredTrial):
        measured.truth_is_recovered(trial)
    elif complete and len(family.items) >= 3:
        check_recovery(family, seed=seed)


def check_recovery(family: Family, *, rows: int = 6_000, error: float = 0.1, seed: int = 0) -> None:
    """Assert that EM finds two types in `rows` drawn from them, from starts that are not the truth.

    error: largest difference of a code's probability that sampling may leave.
    """
    coded.recovery(CodedTrial(family, np.random.default_rng(seed)), rows, error)
