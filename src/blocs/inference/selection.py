"""How many types: one table over K."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Integral
from typing import TYPE_CHECKING, Any

from ..core.errors import Fault, InputError, counted
from ..core.lazy import later
from ..em.fit import fit
from ..profiles import Profiles, require_profiles
from ..results.fit_result import Fit

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

__all__ = ["compare", "compare_table", "numbers_of_types"]


def compare(
    profiles: Profiles,
    types: Iterable[int] | int | None = None,
    *,
    each: Callable[[Fit], None] | None = None,
    **settings: Any,
) -> pd.DataFrame:
    """Return one row per number of types: log-likelihood, parameters, criteria, entropy R2, hits of the best optimum.

    types: the numbers K, 1 to 8 unless given; each: called with every Fit as it is done; settings: as for `fit`.
    flags: those of the fit, with commas. Raises InputError as `fit` does, when there are no numbers, and for more types
    than there are unique rows.
    """
    require_profiles(profiles)
    fits = []
    for k in numbers_of_types(profiles, types if types is None or isinstance(types, Iterable) else [types]):
        found = fit(profiles, k, **settings)
        fits.append(found)
        if each is not None:
            each(found)
        if found.status == "interrupted":
            break
    return compare_table(fits)


def numbers_of_types(profiles: Profiles, types: Iterable[int] | None = None) -> tuple[int, ...]:
    """Return each number once, in the order given; without any, 1 to 8 or as many as there are unique rows.

    Raises InputError when there are none, and for more types than there are unique rows.
    """
    most = len(profiles)
    if types is None:
        return tuple(range(1, min(8, most) + 1))
    found: dict[int, None] = {}
    for k in types:
        if isinstance(k, Integral) and k > most:  # what is no number at all is refused by the fit
            raise InputError(
                Fault(f"{k:,} types are asked for", argument="types", remedy=f"Give numbers up to {most:,}",
                      rule=f"There are {counted(most, 'unique row')}, which cannot tell more types apart than that")
            )  # fmt: skip
        found[k] = None
    if not found:
        raise InputError(Fault("there are none", argument="types", rule="Give at least one number of types"))
    return tuple(found)


def compare_table(fits: Iterable[Fit]) -> pd.DataFrame:
    """Return the table of fits to the same profiles, one row each."""
    return pd.DataFrame(
        [
            {
                "types": f.types,
                "loglik": f.loglik,
                "parameters": f.n_parameters,
                "aic": f.aic,
                "bic": f.bic,
                "bic_per_observation": f.bic / f.n,
                "entropy_r2": f.entropy,
                "hits": f.hits,
                "starts": len(f.ends),
                "status": f.status,
                "flags": ", ".join(f.flags),
            }
            for f in fits
        ]
    )
