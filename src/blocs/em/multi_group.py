"""Fits in which some items have probabilities of their own in every group, and the others are equal in all groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.assignment import assigned
from ..core.errors import Fault, InputError, UnsupportedError, nearest
from ..core.interrupts import interruptible
from ..membership import Groups
from ..profiles import Profiles
from ..results.fit_result import Fit
from .optima import same_value

__all__ = ["fit_multi_group", "free_items", "freed_fit", "pairs_of_types"]

Floats = NDArray[np.float64]
Fitter = Callable[..., Fit]
"""`em.fit.fit`."""
ANSWERS = ("all", "none")
OF_ONE_FIT = {
    "checkpoint": "a checkpoint is that of one fit, and items that are free by group take several",
    "constraints": "they are of the items of the profiles. Fit the profiles that `blocs.items_by_group` makes with "
                   "constraints= and groups=",
}  # fmt: skip


def free_items(profiles: Profiles, equal: str | Sequence[str] | None) -> list[str]:
    """Return the items that are free by group; equal: "all" (the same as None), "none", or the items that are equal.

    Raises InputError for items that are not there, UnsupportedError where an item of counts or measurements is free.
    """
    names = profiles.schema.names
    listed = list(names) if equal is None else [equal] if isinstance(equal, str) else list(equal)
    if equal in ANSWERS and not {*ANSWERS} & {*names}:
        listed = list(names) if equal == "all" else []
    faults = [
        Fault(f"there is no item {name!r}", argument="equal", nearest=nearest(str(name), [*names, *ANSWERS]),
              rule=f"It is 'all', 'none', or items that are equal in all groups: {', '.join(map(repr, names))}")
        for name in listed if name not in names
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    free = [name for name in names if name not in listed]
    for item in (profiles.schema.item(name) for name in free):
        if item.kind is not None:
            raise UnsupportedError(
                f"Probabilities that differ by group are for items of categories; item {item.name!r} is "
                f"{item.kind.family}. Name it in equal=."
            )
    return free


def fit_multi_group(
    fit: Fitter, profiles: Profiles, types: int, groups: Groups, free: Sequence[str], settings: Mapping[str, Any]
) -> Fit:
    """Return the best fit in which some items are free by group; settings: the other arguments of `fit`.

    Raises UnsupportedError for what is of one fit alone.
    """
    for name, why in OF_ONE_FIT.items():
        if settings[name] is not None:
            raise UnsupportedError(f"Items that are free by group are not available with {name}=: {why}.")
    own = {**settings, "groups": groups.names}
    if settings["init"] is not None:
        return fit(groups.divided(profiles, free), types, **own)
    with interruptible():
        equal = fit(profiles, types, **{**own, "fewer": None})
        zeta = equal.mixture.posterior(equal.params, profiles)[1]
        return freed_fit(fit, profiles, groups, free, equal, zeta, settings)


def freed_fit(
    fit: Fitter, profiles: Profiles, groups: Groups, free: Sequence[str], equal: Fit, zeta: Floats,
    settings: Mapping[str, Any],
) -> Fit:  # fmt: skip
    """Return the best fit with free items, whose types go with those of the fit in which all items are equal.

    It begins at random and at the posteriors zeta (U, K) of `equal`; where no item is equal, also at the types of each
    group fitted by itself. The starts of all are reported together.
    """
    freed, own = groups.divided(profiles, free), {**settings, "groups": groups.names}
    ends = [fit(freed, equal.types, **own)]
    if equal.types > 1:
        begin = [zeta]
        if len(free) == len(profiles.schema.items):
            begin.append(_of_single_groups(fit, profiles, groups, zeta, settings))
        mixture = ends[0].mixture
        given = [{**own, "fewer": None, "init": mixture.from_posteriors(freed, of)} for of in begin]
        ends += [fit(freed, equal.types, **each) for each in given]
    best = _together(ends)
    again = best.mixture.posterior(best.params, freed)[1]
    return best.relabel({column + 1: row + 1 for row, column in pairs_of_types(zeta, again, profiles.weights)})


def pairs_of_types(zeta: Floats, other: Floats, weights: Floats) -> list[tuple[int, int]]:
    """Return the types (U, K) of one fit and those of another that share most observations, one to one."""
    return assigned(-(zeta * weights[:, None]).T @ other)


def _of_single_groups(
    fit: Fitter, profiles: Profiles, groups: Groups, zeta: Floats, settings: Mapping[str, Any]
) -> Floats:
    """Return (U, K) posteriors of fits of each group by itself, types in the order of zeta.

    Groups with fewer distinct rows than types keep those of zeta.
    """
    out, number = zeta.copy(), groups.numbers(profiles.covariates)
    assert profiles.covariates is not None, "groups are columns of covariates"
    of_profile = number[profiles.covariates.row]
    for g in range(len(groups)):
        rows = np.flatnonzero(of_profile == g)
        part = profiles.take(rows, profiles.weights[rows])
        if part.distinct < zeta.shape[1]:
            continue
        alone = fit(part, zeta.shape[1], **{**settings, "fewer": None, "covariates": None})  # may be the same for all
        own = alone.mixture.posterior(alone.params, part)[1]
        order = [column for _, column in pairs_of_types(zeta[rows], own, part.weights)]
        out[rows] = own[:, order]
    return out


def _together(fits: Sequence[Fit]) -> Fit:
    """Return the best of fits of the same data with the ends of the starts of all; the first began at random."""

    def value(fit: Fit) -> float:
        return fit.loglik + float(fit.mixture.log_prior(fit.params)[0])

    highest, ends, first = max(map(value, fits)), list(fits[0].ends), len(fits[0].ends)
    reached = [same_value(value(fit), highest) for fit in fits]
    best = [fit for fit, there in zip(fits, reached, strict=True) if there][-1]  # it began at types that go together
    ends = [replace(end, best=end.best and reached[0]) for end in ends]
    for i, fit in enumerate(fits[1:]):
        end = fit.ends[0]
        ends.append(replace(end, start=first + i, best=reached[i + 1], arrived=end.loglik))
    start = best.best_start if best is fits[0] else first + [fit is best for fit in fits].index(True) - 1
    settings = {**best.settings, "init": fits[0].settings["init"]}
    return replace(best, ends=tuple(ends), best_start=start, settings=settings)
