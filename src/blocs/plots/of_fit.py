"""The picture of a fit: what `Fit.plot` draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..ballots.coding.outcomes import LABELS
from ..core.errors import Fault, InputError
from ..inference.other_numbers import other_numbers
from ..profiles import profiles_of
from .item_profiles import item_profiles, item_profiles_data
from .types_by_office import types_by_office, types_by_office_data

if TYPE_CHECKING:
    from ..profiles import Profiles, Traced
    from ..results.fit_result import Fit
    from .layout import Panels

__all__ = ["picture_of"]


def picture_of(
    fit: Fit, profiles: Profiles | Traced | None = None, compare: Iterable[int] | None = None, **settings: Any
) -> Panels:
    """Return the axes of `types_by_office` for a fit of ballots, of `item_profiles` for any other.

    compare: numbers of types that `item_profiles` shows beside each other. Raises InputError for a fit of ballots
    without the ballots, and for a comparison without data.
    """
    if compare is not None:
        if profiles is None:
            raise InputError(Fault("there are no data", argument="profiles", remedy="Give the data that were fitted",
                                   rule="Other numbers of types are fitted to them"))  # fmt: skip
        fits = other_numbers(fit, profiles_of(profiles), compare)
        return item_profiles(item_profiles_data(fits), **settings)
    outcomes = {str(outcome) for item in fit.schema.items for outcome in item.outcomes}
    if not outcomes <= set(LABELS):
        return item_profiles(item_profiles_data(fit), **settings)
    if profiles is None:
        raise InputError(Fault("there are no ballots", argument="profiles", remedy="Give the coded ballots",
                               rule="The picture shows what the types did on the menus they had"))  # fmt: skip
    return types_by_office(types_by_office_data(fit, profiles), **settings)
