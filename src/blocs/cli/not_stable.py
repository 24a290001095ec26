"""Why a command that writes a page ends with 3: on stderr, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .exit_codes import ExitCode

if TYPE_CHECKING:
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["show_why"]


def show_why(fit: Fit | FitsByGroup) -> None:
    """Print why the types are not stable enough to report, as the page says it."""
    from ..papers.type_sentences import unstable
    from ..results.fit_result import Fit

    fits = [fit] if isinstance(fit, Fit) else list(fit.fits.values())
    reasons = dict.fromkeys(reason for one in fits for reason in unstable(one))
    click.echo(f"The types are not stable enough to report, and the exit code is {ExitCode.NOT_CONVERGED.value}: "
               f"{'; '.join(reasons)}.", err=True)  # fmt: skip
