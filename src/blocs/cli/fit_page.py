"""`blocs fit --report`: the page of the fit that was just made."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import BlocsError, Fault, PathError
from ..core.lazy import import_extra
from .data import refuse_shards
from .exit_codes import ExitCode
from .options import Files

if TYPE_CHECKING:
    from ..inference.bootstrap_tables import Bootstrap
    from ..inference.error_tables import StandardErrors
    from ..profiles import Profiles
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["require_page", "write_page"]


def require_page(name: str, file: Files, others: Sequence[str]) -> None:
    """Raise the error of a page that cannot be made, before anything is fitted; others: files that are written, too."""
    if any(os.path.realpath(name) == os.path.realpath(other) for other in others):
        raise PathError(Fault("it is written by --out, too", where=name, remedy="Give the page another name"))
    import_extra("vl_convert", "the report", "report")
    refuse_shards(file)


def write_page(
    name: str, fit: Fit | FitsByGroup, profiles: Profiles, errors: StandardErrors | Bootstrap | None,
    labels: Mapping[str, str], repeat: Sequence[str], words: Mapping[str, Any],
) -> tuple[Exception | None, int]:  # fmt: skip
    """Write the page of a fit; return why that failed, None when it did not, and 3 where its types are not stable.

    words: place, date and names, as `blocs.html_report` takes them.
    """
    from ..report import html_report

    try:
        page = html_report(fit, profiles, errors=errors, labels=labels, repeat=repeat, **words)
        page.save(name)
    except (OSError, BlocsError) as error:  # the fit is printed all the same
        return error, ExitCode.DONE
    return None, ExitCode.DONE if page.stable else ExitCode.NOT_CONVERGED
