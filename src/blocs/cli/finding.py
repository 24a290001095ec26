"""The finding of a fit: the paragraph with which `blocs fit` begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..core.errors import BlocsError, Fault, InputError
from .data import is_shard_folder
from .options import Files, paths_of

if TYPE_CHECKING:
    from ..inference.bootstrap_tables import Bootstrap
    from ..inference.error_tables import StandardErrors
    from ..profiles import Profiles
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["finding", "words_of_finding"]


def words_of_finding(options: Mapping[str, Any], items: Any) -> dict[str, Any]:
    """Return the place, the date and the names that are given; refuse them for a table of answers."""
    words = {name: options[name] for name in ("place", "date", "names") if options[name]}
    if words and items is not None:
        raise InputError(*(Fault("it is for ballots only", argument=name, rule="The file is a table of answers",
                                 remedy="Leave it out") for name in words))  # fmt: skip
    return words


def finding(
    fit: Fit | FitsByGroup, profiles: Profiles, file: Files, errors: StandardErrors | Bootstrap | None,
    labels: Mapping[str, str], words: Mapping[str, Any],
) -> tuple[str, BlocsError | None]:  # fmt: skip
    """Return the paragraph of `blocs explain`, or "" and why there is none.

    Of a folder of shards, which may be larger than memory, it is that of the fit alone. words: place, date and names,
    as `blocs.explain` takes them.
    """
    from ..papers import explain

    on_disk = any(is_shard_folder(path) for path in paths_of(file))
    try:
        return explain(fit, None if on_disk else profiles, errors=errors, labels=labels, **words).paragraph, None
    except BlocsError as error:  # such as a name of no party; the fit is printed all the same
        return "", error
