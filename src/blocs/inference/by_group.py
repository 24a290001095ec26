"""fit_by_group, compare_by_group: fits of the observations of each group by themselves, with their types aligned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.assignment import assigned
from ..core.errors import Fault, InputError, UnsupportedError, counted
from ..core.interrupts import interruptible
from ..core.lazy import lazy_import
from ..em.fit import fit
from ..profiles import Profiles, Traced, profiles_of, split
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .matching import distances
from .selection import compare, numbers_of_types

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["aligned", "compare_by_group", "fit_by_group", "joined", "numbers_of_groups", "together"]


def fit_by_group(
    profiles: Profiles | Traced,
    types: int,
    by: str = "top",
    *,
    each: Callable[[Any], Mapping[str, Any]] | None = None,
    **settings: Any,
) -> FitsByGroup:
    """Fit types to the observations of each group by themselves, such as the voters of each party at the top.

    Parameters
    ----------
    profiles : Profiles or coded ballots
        The data, with groups.
    types : int
        Number of types K of each group.
    by : str
        The group column.
    each : callable, optional
        Called with the label of a group before it is fitted; returns further arguments of `blocs.fit`, such as `watch`.
    **settings
        Arguments of `blocs.fit`.

    Returns
    -------
    FitsByGroup
        The fits, in the order of the labels. Types are numbered by their shares in the largest group, and those of
        the other groups as the types they resemble most.

    Raises
    ------
    InputError
        As `blocs.fit`; when there is no such group column, and for groups with fewer distinct rows than types.
    UnsupportedError
        As `blocs.fit`; for one checkpoint of all groups.

    Notes
    -----
    For ballots, the fit by top party is the published analysis (`docs/how-to-choose.md`). Each party's voters then have
    the outcomes that were on their menus alone, so that nothing is extrapolated from one party to the other.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1, 0, 1], "b": [0, 0, 1, 1, 0, 1], "region": ["N", "N", "N", "N", "S", "S"]}
    >>> blocs.fit_by_group(blocs.Profiles.from_table(table, groups="region"), types=2, by="region", starts=5)
    <Fits of 2 types by 'region': N (4 observations), S (2 observations); log-likelihood -4.1589>
    """
    _refuse(settings, "Give a file for each: each=lambda label: {'checkpoint': f'{label}.checkpoint'}.")
    parts = split(profiles_of(profiles), by)
    _refuse_types(parts, by, [types])
    with interruptible():  # a Ctrl-C that ends one fit ends those behind it
        fits = {
            label: fit(part, types, **settings, **(each(label) if each is not None else {}))
            for label, part in parts.items()
        }
    return FitsByGroup(by, fits, aligned(fits))


def compare_by_group(
    profiles: Profiles | Traced,
    types: Iterable[int] | int | None = None,
    by: str = "top",
    **settings: Any,
) -> pd.DataFrame:
    """Compare several numbers of types for the observations of each group by themselves.

    Parameters
    ----------
    profiles : Profiles or coded ballots
        The data, with groups.
    types : iterable of int, or int, optional
        The numbers of types K; 1 to 8 by default, or up to the number of unique rows of the group with the fewest.
    by : str
        The group column.
    **settings
        Arguments of `blocs.compare`.

    Returns
    -------
    DataFrame
        The tables of `blocs.compare` one below the other, with the group in the first column.

    Raises
    ------
    InputError
        As `blocs.compare`; when there is no such group column, and for groups with fewer distinct rows than types.
    UnsupportedError
        As `blocs.compare`; for constraints, and for one checkpoint of all groups.

    See Also
    --------
    blocs.fit_by_group, blocs.compare

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1, 0, 1], "b": [0, 0, 1, 1, 0, 1], "region": ["N", "N", "N", "N", "S", "S"]}
    >>> profiles = blocs.Profiles.from_table(table, groups="region")
    >>> blocs.compare_by_group(profiles, [1, 2], "region", starts=5)[["region", "types", "n"]].to_dict("list")
    {'region': ['N', 'N', 'S', 'S'], 'types': [1, 2, 1, 2], 'n': [4.0, 4.0, 2.0, 2.0]}
    """
    _refuse(settings, "Compare the groups one by one.")
    parts = split(profiles_of(profiles), by)
    numbers = numbers_of_groups(parts, by, types if types is None or isinstance(types, Iterable) else [types])
    with interruptible() as interrupt:
        tables = {}
        for label, part in parts.items():
            tables[label] = compare(part, numbers, **settings)
            if interrupt.is_set():
                break
    return joined(tables, by)


def numbers_of_groups(parts: Mapping[Any, Profiles], by: str, types: Iterable[int] | None) -> tuple[int, ...]:
    """Return the numbers of types to compare in every group; see `selection.numbers_of_types`.

    Raises InputError for groups with fewer unique rows than types, all together.
    """
    if types is None:
        return min((numbers_of_types(part) for part in parts.values()), key=len)
    numbers = list(types)
    _refuse_types(parts, by, numbers)
    return numbers_of_types(next(iter(parts.values())), numbers)


def joined(tables: Mapping[Any, pd.DataFrame], by: str) -> pd.DataFrame:
    """Return the comparisons of the groups one below the other, with the group in the first column.

    Raises InputError where the comparisons have a column of that name.
    """
    if any(by in table.columns for table in tables.values()):
        raise InputError(Fault(f"a comparison has a column '{by}' of its own", argument="by",
                               remedy="Give the column of the groups another name"))  # fmt: skip
    named = [table.assign(**{by: label})[[by, *table.columns]] for label, table in tables.items()]
    return pd.concat(named, ignore_index=True)


def together(table: pd.DataFrame) -> pd.DataFrame:
    """Return the criteria of the groups together, for the numbers of types that all of them have.

    table: of `compare_by_group`. One row for each number of types: types, n, loglik, parameters, bic and aic of a model
    in which every group has types of its own; they compare with those of one fit of all observations.
    """
    groups = table[table.columns[0]].nunique()
    whole = table.groupby("types", sort=False).filter(lambda rows: len(rows) == groups)
    sums = whole.groupby("types", sort=False, as_index=False)[["n", "loglik", "parameters"]].sum()
    bic = -2 * sums["loglik"] + sums["parameters"] * np.log(sums["n"])
    return sums.assign(bic=bic, aic=-2 * sums["loglik"] + 2 * sums["parameters"])


def _refuse(settings: Mapping[str, Any], remedy: str) -> None:
    """Raise UnsupportedError for what belongs to one fit of all observations; remedy: instead of one checkpoint."""
    if settings.get("constraints") is not None:
        raise UnsupportedError(
            "Fits by group are not available with constraints: types of one group go with those of others by what they "
            "are like, and constraints number them. Fit the groups one by one."
        )
    if settings.get("checkpoint") is not None:
        raise UnsupportedError(
            f"One checkpoint of fits by group is not available, as each group is other data. {remedy}"
        )


def _refuse_types(parts: Mapping[Any, Profiles], by: str, types: Iterable[int]) -> None:
    """Raise InputError for groups with fewer unique rows than types."""
    most = max((int(k) for k in types if isinstance(k, Integral)), default=0)
    faults = [
        Fault(f"{most:,} types are asked for", where=f"{by} {label!r}", argument="types",
              rule=f"It has {counted(round(part.n), 'observation')} in {counted(len(part), 'unique row')}, which "
                   "cannot tell more types apart than that")
        for label, part in parts.items()
        if most > len(part)
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)


def aligned(fits: Mapping[Any, Fit]) -> dict[Any, tuple[int, ...]]:
    """Return label -> the numbers of the types that go with types 1 to K of the largest group, one to one.

    The sum of their distances is smallest (see `matching.distances`).
    """
    largest = max(fits, key=lambda label: fits[label].n)
    return {
        label: tuple(column + 1 for _, column in assigned(distances(fits[largest], other)))
        for label, other in fits.items()
    }
