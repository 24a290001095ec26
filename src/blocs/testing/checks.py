"""Laws that every family and every engine obeys, as plain assertions: run them on one of your own.

    from blocs.testing.checks import check_engine, check_family
    check_family(MyFamily(items))      # an outcome distribution (docs/extend.md)
    check_engine(MyEngine())           # a place where sums happen

Each raises AssertionError that begins with the name of the law. They need nothing but numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..families import Family
from ..families.protocol import missing_members
from . import coded, measured
from .engines import check_engine
from .laws import AFTER, BEFORE, draws_are_rows
from .whole import check_in_use

__all__ = ["check_engine", "check_family", "check_recovery"]


def check_family(family: Family, *, complete: bool = True, seed: int = 0) -> None:
    """Assert the laws of an outcome distribution over its items, and that a mixture of it can be fitted and used.

    Parameters
    ----------
    family : Family
        An instance with its items: with codes, three or more of them for `check_recovery`, so that two types can be
        distinguished; or one item of measurements.
    complete : bool
        Whether the codes of each menu are all the values that can occur, as for categories; without it the laws that
        need the whole sample space are left out.
    seed : int
        Of the random parameters and data.

    Raises
    ------
    AssertionError
        If a law does not hold; its text begins with the name of the law.

    Notes
    -----
    The laws: probabilities sum to 1 and densities integrate to 1; the M-step never lowers the expected log-likelihood;
    permuting types permutes everything; statistics add over parts of the data, and weight 3 is three copies; the
    number of free parameters is the rank; free parameters and coordinates lead back; scores are derivatives of the
    log-probability, and the information is that of the scores; a probability that is held stays; drawn rows come from
    the distribution; parameters survive JSON; a mixture can be started, fitted, stepped through, saved and described;
    the truth is recovered.

    Examples
    --------
    >>> from blocs.core.schema import Item, Kind
    >>> from blocs.families import Binomial
    >>> coins = tuple(Item.full(f"coin {i}", ("0/2", "1/2", "2/2"), Kind("binomial")) for i in range(3))
    >>> check_family(Binomial(coins))
    """
    lacking = missing_members(family)
    assert not lacking, f"a family has every member of blocs.families.Family: it lacks {', '.join(lacking)}"
    own: Any = measured if any(item.measured for item in family.items) else coded  # the same laws of each kind
    trial = own.trial(family, np.random.default_rng(seed))
    own.before(trial, complete)
    for law in BEFORE:
        law(trial)
    own.number_of_parameters(trial, complete)
    for law in AFTER:
        law(trial)
    draws_are_rows(trial, complete)
    check_in_use(trial)
    own.truth_is_recovered(trial, complete, seed)


def check_recovery(family: Family, *, rows: int = 6_000, error: float = 0.1, seed: int = 0) -> None:
    """Assert that EM finds two types in rows drawn from them, from starts that are not the truth.

    Parameters
    ----------
    family : Family
        An instance with three or more items with codes.
    rows : int
        How many rows are drawn.
    error : float
        Largest difference of a code's probability that sampling may leave.
    seed : int
        Of the truth, the rows and the starts.

    Raises
    ------
    AssertionError
        If EM ends far from the truth, or began there.
    """
    coded.recovery(coded.trial(family, np.random.default_rng(seed)), rows, error)
