"""How many types: one table over K."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .errors import Fault, InputError
from .fitting import fit
from .later import later
from .profiles import Profiles
from .result import Fit

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

__all__ = ["compare", "compare_table"]


def compare(
    profiles: Profiles,
    types: Iterable[int] | int = range(1, 9),
    *,
    each: Callable[[Fit], None] | None = None,
    **settings: Any,
) -> pd.DataFrame:
    """Return one row per number of types: log-likelihood, parameters, criteria, entropy R2, hits of the best optimum.

    types: the numbers K; each: called with every Fit as it is done; settings: as for `fit`. Raises InputError as `fit`
    does, and when there are no numbers.
    """
    numbers = list(types) if isinstance(types, Iterable) else [types]
    if not numbers:
        raise InputError(Fault("there are none", where="types", rule="Give at least one number of types"))
    fits = []
    for k in numbers:
        found = fit(profiles, k, **settings)
        fits.append(found)
        if each is not None:
            each(found)
        if found.status == "interrupted":
            break
    return compare_table(fits)


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
            }
            for f in fits
        ]
    )
