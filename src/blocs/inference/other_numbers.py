"""Fits of other numbers of types, made as one fit was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..core.errors import UnsupportedError
from ..core.interrupts import interruptible
from ..em.fit import fit as fit_types
from ..profiles import Profiles
from ..results.fit_result import Fit
from .selection import numbers_of_types, one_less

__all__ = ["other_numbers"]

TAKEN = ("starts", "finish", "most", "seed", "method", "prior", "gain", "change", "steps", "accelerate", "exchange",
         "kernel", "covariates", "groups")  # fmt: skip
"""Settings of a fit that the others are made with."""


def other_numbers(
    fit: Fit, profiles: Profiles, types: Iterable[int], watch: Callable[[int], Any] | None = None
) -> list[Fit]:
    """Return fits of several numbers of types to the data of a fit, with its settings; itself for its own number.

    Parameters
    ----------
    fit : Fit
        The fit.
    profiles : Profiles
        The data that were fitted.
    types : iterable of int
        Numbers of types.
    watch : callable, optional
        From a number of types to what `blocs.fit` takes as `watch`.

    Returns
    -------
    list of Fit
        In the order of the numbers.

    Raises
    ------
    InputError
        For no numbers, and more types than there are distinct rows.
    UnsupportedError
        For a fit with constraints, which are on its own types.
    """
    if fit.mixture.constraints:
        raise UnsupportedError(
            "Other numbers of types are not available for a fit with constraints: these are on its own types. Fit each "
            "number by itself, and give the fits to `blocs.plots.item_profiles_data`."
        )
    settings = {name: fit.settings[name] for name in TAKEN if fit.settings.get(name) is not None}
    fits: list[Fit] = []
    numbers = numbers_of_types(profiles, types)
    with interruptible():  # a Ctrl-C that ends one fit ends those behind it
        for k in numbers:
            own = {**settings, "fewer": one_less(fits, k, settings), "watch": None if watch is None else watch(k)}
            fits.append(fit if k == fit.types else fit_types(profiles, k, **own))
    return fits
