"""items_by_group: items whose probabilities differ by group, as one item for each group, missing elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.errors import Fault, InputError, UnsupportedError, nearest
from ..membership import Groups
from ..profiles import Profiles, require_profiles

__all__ = ["items_by_group"]


def items_by_group(profiles: Profiles, groups: str | Sequence[str], items: str | Sequence[str]) -> Profiles:
    """Return profiles in which some items are one item for each group, so that their probabilities may differ.

    Parameters
    ----------
    profiles : Profiles
        Profiles with covariates.
    groups : str or sequence of str
        Column(s) of their covariates.
    items : str or sequence of str
        Items of categories, not all: those that stay equal in all groups link the types of one group with those of the
        others.

    Returns
    -------
    Profiles
        The same rows in the same order. Item "a" is replaced by "a [party DEM]" and "a [party REP]", each missing for
        the rows of other groups; outcomes that a group could not choose are left out and named in the notes.

    Raises
    ------
    InputError
        For columns and items that are not there, and when no item stays.
    UnsupportedError
        For items of counts and measurements.

    See Also
    --------
    blocs.invariance_test : tests which items are equal.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 1, 1, 0], "b": [0, 1, 1, 1], "party": ["DEM", "DEM", "REP", "REP"]}
    >>> profiles = blocs.Profiles.from_table(table, covariates="party")
    >>> blocs.items_by_group(profiles, "party", "a").schema.names
    ('a [party DEM]', 'a [party REP]', 'b')
    """
    require_profiles(profiles)
    of, listed = Groups.of(groups, profiles), _known(profiles, [items] if isinstance(items, str) else items)
    if len(listed) == len(profiles.schema.items):
        raise InputError(
            Fault("no item is equal in all groups", argument="items", rule="An item that is equal links the types of "
                  "one group with those of the others", remedy="Leave an item out, or use blocs.fit_by_group")
        )  # fmt: skip
    return of.divided(profiles, listed)


def _known(profiles: Profiles, names: Sequence[str]) -> list[str]:
    """Return each name once; raise for those that are no items of categories."""
    known = profiles.schema.names
    faults = [
        Fault(f"there is no item {name!r}", argument="items", rule=f"The items are {', '.join(map(repr, known))}",
              nearest=nearest(name, known))
        for name in names if name not in known
    ]  # fmt: skip
    if faults or not names:
        raise InputError(*(faults or [Fault("there are none", argument="items", rule="Name one or more")]))
    for item in (profiles.schema.item(name) for name in names):
        if item.kind is not None:
            raise UnsupportedError(
                f"Probabilities that differ by group are for items of categories; item {item.name!r} is "
                f"{item.kind.family}."
            )
    return list(dict.fromkeys(names))
