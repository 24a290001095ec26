"""fit_by_group: a fit of the observations of each group by themselves, with their types aligned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..core.errors import Fault, InputError, UnsupportedError, counted
from ..core.interrupts import interruptible
from ..em.fit import fit
from ..profiles import Profiles, Traced, profiles_of, split
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .matching import assigned, distances

__all__ = ["aligned", "fit_by_group"]


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
    if settings.get("constraints") is not None:
        raise UnsupportedError(
            "Fits by group are not available with constraints: types of one group go with those of others by what they "
            "are like, and constraints number them. Fit the groups one by one."
        )
    if settings.get("checkpoint") is not None:
        raise UnsupportedError(
            "One checkpoint of fits by group is not available, as each group is other data. Give a file for each: "
            "each=lambda label: {'checkpoint': f'{label}.checkpoint'}."
        )
    parts = split(profiles_of(profiles), by)
    faults = [
        Fault(f"{types:,} types are asked for", where=f"{by} {label!r}", argument="types",
              rule=f"It has {counted(round(part.n), 'observation')} in {counted(len(part), 'unique row')}, which "
                   "cannot tell more types apart than that")
        for label, part in parts.items()
        if isinstance(types, int) and types > len(part)
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    with interruptible():  # a Ctrl-C that ends one fit ends those behind it
        fits = {
            label: fit(part, types, **settings, **(each(label) if each is not None else {}))
            for label, part in parts.items()
        }
    return FitsByGroup(by, fits, aligned(fits))


def aligned(fits: Mapping[Any, Fit]) -> dict[Any, tuple[int, ...]]:
    """Return label -> the numbers of the types that go with types 1 to K of the largest group, one to one.

    The sum of their distances is smallest (see `matching.distances`).
    """
    largest = max(fits, key=lambda label: fits[label].n)
    return {
        label: tuple(column + 1 for _, column in assigned(distances(fits[largest], other)))
        for label, other in fits.items()
    }
