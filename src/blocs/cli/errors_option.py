"""--se of the commands that read a saved fit: standard errors that are computed from its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..core.errors import Fault, InputError
from .data import refuse_without_file
from .options import KINDS, Files

if TYPE_CHECKING:
    from ..inference.error_tables import StandardErrors
    from ..profiles import Profiles
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["OF_DATA", "errors_of", "refuse_errors"]

OF_DATA = tuple(kind for kind in KINDS if kind not in ("cluster", "bootstrap"))
"""Kinds of standard errors that need the data and nothing else."""


def refuse_errors(ctx: click.Context, file: Files | None, fit: Fit | FitsByGroup, *others: str) -> None:
    """Refuse options that have no effect: those of the data without a file, standard errors of several fits.

    others: names of further options that are about the data.
    """
    from ..results.fits_by_group import FitsByGroup

    if file is None:
        refuse_without_file(ctx, "se", *others)
    if ctx.params["se"] and isinstance(fit, FitsByGroup):
        raise InputError(Fault("it is for one fit of all voters", argument="se",
                               rule="Fits of one party each have none"))  # fmt: skip


def errors_of(fit: Fit | FitsByGroup, profiles: Profiles | None, kind: str | None) -> StandardErrors | None:
    """Return the standard errors of a kind, None where none was asked for."""
    from ..inference.standard_errors import standard_errors
    from ..results.fit_result import Fit

    if kind is None or profiles is None or not isinstance(fit, Fit):
        return None
    return standard_errors(fit, profiles, kind)
