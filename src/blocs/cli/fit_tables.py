"""The tables of a fit that `--out` writes: for ballots the votes of the types, for answers their probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..core.limits import LEAST_CELL

if TYPE_CHECKING:
    from ..inference.bootstrap_tables import Bootstrap
    from ..inference.error_tables import StandardErrors
    from ..inference.shares_test import SharesTest
    from ..presentation import Table
    from ..profiles import Profiles
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["tables_of"]


def tables_of(
    fit: Fit | FitsByGroup, profiles: Profiles, errors: StandardErrors | Bootstrap | None,
    labels: Mapping[str, str], ballots: bool, test: SharesTest | None = None,
) -> list[Table]:  # fmt: skip
    """Return the tables of a fit, the most important first; ballots: whether the profiles are ballots.

    test: of what the shares depend on, where it was asked for.
    """
    from .. import papers
    from ..results.fit_result import Fit

    if ballots:
        tables = [papers.votes_by_type(fit, profiles, stood, labels) for stood in ("both", "one")]
    else:
        assert isinstance(fit, Fit)
        tables = [papers.probabilities(fit, errors, labels), papers.parameters(fit, errors, labels)]
    if isinstance(fit, Fit):
        tables.append(papers.shares(fit, errors))
        if fit.groups is not None:
            tables.append(papers.group_shares(fit, errors, minimum=LEAST_CELL))
        tables.append(papers.classification(fit, profiles, errors))
        if fit.design is not None and fit.types > 1 and errors is not None:
            tables.append(papers.coefficients(errors))
            tables.append(papers.effects(errors.margins(), f"One-step. Standard errors: {errors.kind}."))
        if test is not None:
            tables.append(papers.share_tests(test))
    else:
        tables.append(papers.group_fits(fit))
    tables.append(papers.account(profiles.account))
    return [table for table in tables if table.rows]
