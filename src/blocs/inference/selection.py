"""How many types: one table over the number of types K."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import Fault, InputError
from ..core.interrupts import interruptible, something_to_keep
from ..core.lazy import lazy_import
from ..em.fit import fit, refuse_types
from ..files.checkpoint import EVERY, Checkpoint, Checkpointed, checkpoint_of
from ..profiles import Profiles, require_profiles
from ..results.fit_result import Fit
from .blrt import blrt_of, refuse_blrt
from .criteria import criteria, parameters_at_boundary
from .cross_validation import folds_of, held_out
from .fitted_rows import refuse_own_shares
from .parametric_bootstrap import whole_number
from .replicate_ratios import SAME

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["PValue", "compare", "compare_table", "numbers_of_types", "one_less", "p_values", "refuse_with_covariates"]

CONVERGED = ("converged", "duplicate")
"""Ends of starts that converged, or were left because they were on the way to the optimum of a better start."""


class PValue(NamedTuple):
    """The p-value of one type less, NaN where there is none, and whether Ctrl-C came before all its replicates."""

    p: float
    interrupted: bool


def compare(
    profiles: Profiles,
    types: Iterable[int] | int | None = None,
    *,
    each: Callable[[Fit], None] | None = None,
    cross_validate: int | None = None,
    blrt: int | None = None,
    checkpoint: Checkpointed = None,
    every: float = EVERY,
    **settings: Any,
) -> pd.DataFrame:
    """Fit several numbers of types and compare them in one table.

    Parameters
    ----------
    profiles : Profiles
        The data.
    types : iterable of int, or int, optional
        The numbers of types K; 1 to 8 by default, or up to the number of unique rows.
    each : callable, optional
        Called with every `Fit` when it is done.
    cross_validate : int, optional
        Number of folds of a cross-validation, such as 5, which gives `held_out`.
    blrt : int, optional
        Number of replicates of bootstrap likelihood-ratio tests (`blocs.blrt`), such as 999, which give `blrt_p`.
    checkpoint : str or Path, optional
        A file in which finished starts, and replicates of the tests, are kept; where it is there already, the
        comparison goes on from it.
    every : float
        Seconds between two times that the checkpoint is written, at least.
    **settings
        Further arguments of `blocs.fit`.

    Returns
    -------
    DataFrame
        One row for each number of types: types, n (observations), loglik, parameters, parameters_at_boundary, aic, bic,
        aic3, abic, caic, awe, clc, icl, bic_per_observation, relative_entropy (as in Mplus), entropy_r2 (as in Latent
        GOLD), held_out (log-likelihood of an observation that was left out, NaN without cross-validation), blrt_p
        (p-value of one type less; NaN without the test, where that was not fitted, and where it fits better), hits
        (starts that reached the best optimum by their own iterations), converged (starts that converged, or were left
        on the way to the optimum of a better one), starts, smallest_share (of the smallest type), status, and flags as
        one text with commas: those of the fit, and held_out_interrupted and blrt_interrupted where Ctrl-C ended the
        cross-validation or the test. Numbers of types that were not begun then have no row.

    Raises
    ------
    InputError
        As `blocs.fit` does; if there are no numbers, more types than unique rows, or a wrong number of folds.
    UnsupportedError
        For cross-validation and tests with sampling weights or counts that are not whole; as `blocs.blrt`.

    See Also
    --------
    blocs.recommend, blocs.blrt

    Notes
    -----
    `docs/how-to-choose.md` has the formulas of the criteria and what each is for.

    Examples
    --------
    >>> import blocs
    >>> answers = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 0, 1, 1, 1], "c": [0, 0, 1, 1, 1, 0]}
    >>> table = blocs.compare(blocs.Profiles.from_table(answers), types=[1, 2], starts=5)
    >>> table[["types", "loglik", "parameters"]].round(2).to_dict("list")
    {'types': [1, 2], 'loglik': [-12.48, -7.98], 'parameters': [3, 7]}
    """
    require_profiles(profiles)
    if "fewer" in settings:
        raise InputError(Fault("each fit begins with the one of one type less already", argument="fewer",
                               rule="It is an argument of one fit", remedy="Leave it out"))  # fmt: skip
    refuse_with_covariates(settings, cross_validate, blrt)
    seed = int(settings.get("seed", 0))
    folds = None if cross_validate is None else folds_of(profiles, cross_validate, seed)
    if blrt is not None:
        blrt = whole_number("blrt", blrt, 1)
        refuse_blrt(profiles, float(settings.get("prior", 0)), settings.get("constraints") is not None)
    fits: list[Fit] = []
    kept = checkpoint_of(checkpoint, profiles, every)
    numbers = numbers_of_types(profiles, types if types is None or isinstance(types, Iterable) else [types])
    with interruptible() as interrupt:  # a Ctrl-C that ends one part of it ends those behind it
        for k in numbers:
            fits.append(fit(profiles, k, checkpoint=kept, fewer=one_less(fits, k, settings), **settings))
            if each is not None:
                each(fits[-1])
            if interrupt.is_set():
                break
        of_folds = None if folds is None else held_out(fits, profiles, folds)
        tests = None
        if blrt is not None:
            tests = p_values(fits, profiles, blrt, seed=seed, jobs=settings.get("jobs"), checkpoint=kept)
    return compare_table(fits, of_folds, tests)


def one_less(fits: Sequence[Fit], types: Any, settings: Mapping[str, Any]) -> Fit | None:
    """Return the fit of one type less than `types`, if there is one and fits of these settings have moves."""
    if not settings.get("exchange", True) or any(settings.get(name) is not None for name in ("init", "constraints")):
        return None
    return next((fit for fit in fits if fit.types + 1 == types), None)


def numbers_of_types(profiles: Profiles, types: Iterable[int] | None = None) -> tuple[int, ...]:
    """Return each number once, in the order given; without any, 1 to 8 or as many as there are unique rows.

    Raises InputError when there are none, and for more types than there are unique rows.
    """
    if types is None:
        return tuple(range(1, min(8, profiles.distinct) + 1))
    numbers: dict[int, None] = {}
    for k in types:
        if isinstance(k, Integral):  # what is not a whole number is refused by `fit`
            refuse_types(profiles, int(k))
        numbers[k] = None
    if not numbers:
        raise InputError(Fault("there are none", argument="types", rule="Give at least one number of types"))
    return tuple(numbers)


def refuse_with_covariates(settings: Mapping[str, Any], cross_validate: int | None, blrt: Any) -> None:
    """Raise UnsupportedError for what draws or divides rows, where the shares of types depend on the row."""
    asked = {"Cross-validation": cross_validate, "The bootstrap likelihood-ratio test": blrt}
    for question in (question for question, wanted in asked.items() if wanted):
        refuse_own_shares(question, settings)


def p_values(
    fits: Sequence[Fit], profiles: Profiles, replicates: int, *, seed: int = 0, jobs: int | None = None,
    checkpoint: Checkpoint | None = None, each: Callable[[int, int], None] | None = None,
) -> list[PValue]:  # fmt: skip
    """Return the test of each fit against a type less, p NaN without such a fit and where that fits better.

    each: called with a number of types and the number of its replicates that are done. After Ctrl-C none is begun.
    """
    by_types, out = {f.types: f for f in fits}, []
    with interruptible() as interrupt:
        something_to_keep()  # the fits
        for f in fits:
            less = by_types.get(f.types - 1)
            if less is None or interrupt.is_set() or 2 * (f.loglik - less.loglik) < -SAME:
                out.append(PValue(math.nan, less is not None and interrupt.is_set()))
                continue
            counted_for = None if each is None else partial(each, f.types)
            try:
                test = blrt_of(less, f, profiles, replicates, seed=seed, jobs=jobs, checkpoint=checkpoint,
                               each=counted_for)  # fmt: skip
                out.append(PValue(test.p, test.interrupted))
            except InputError:
                if not interrupt.is_set():
                    raise
                out.append(PValue(math.nan, True))
    return out


def compare_table(
    fits: Sequence[Fit], held_out: Sequence[float] | None = None, tests: Sequence[PValue] | None = None
) -> pd.DataFrame:
    """Return the table of fits to the same profiles, one row each; the others: of each, where they were asked for.

    held_out: NaN where it was interrupted.
    """
    none, no_test = [math.nan] * len(fits), [PValue(math.nan, False)] * len(fits)
    return pd.DataFrame(
        [
            {
                "types": f.types,
                "n": f.n,
                "loglik": f.loglik,
                "parameters": f.n_parameters,
                "parameters_at_boundary": parameters_at_boundary(f),
                **criteria(f),
                "bic_per_observation": f.bic / f.n,
                "relative_entropy": f.relative_entropy,
                "entropy_r2": f.entropy_r2,
                "held_out": value,
                "blrt_p": test.p,
                "hits": f.hits,
                "converged": sum(end.status in CONVERGED for end in f.ends),
                "starts": len(f.ends),
                "smallest_share": float(f.params.shares[0].min()),
                "status": f.status,
                "flags": ", ".join([*f.flags, *_ended(held_out is not None and math.isnan(value), test.interrupted)]),
            }
            for f, value, test in zip(fits, held_out or none, tests or no_test, strict=True)
        ]
    )


def _ended(held_out: bool, test: bool) -> list[str]:
    """Return the flags of what was asked beside a fit and ended by Ctrl-C."""
    return [flag for flag, holds in {"held_out_interrupted": held_out, "blrt_interrupted": test}.items() if holds]
