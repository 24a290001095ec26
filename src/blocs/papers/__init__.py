"""Papers: the tables of a paper, and a paragraph that is true of a fit by construction.

Every function here takes what another one of blocs returned, and returns a `Table`, which is written in any form:
`blocs.papers.fit_criteria(blocs.compare(profiles)).save("table1.tex")`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Explanation": "papers.explanation",
    "account": "papers.account_table",
    "classification": "papers.classification_table",
    "coefficients": "papers.coefficient_table",
    "common_rows": "papers.residual_table",
    "diagnosis": "papers.diagnosis_tables",
    "directions": "papers.diagnosis_tables",
    "effects": "papers.effect_table",
    "explain": "papers.explanation",
    "fit_criteria": "papers.criteria_tables",
    "goodness": "papers.residual_table",
    "group_fits": "papers.group_fits_table",
    "group_shares": "papers.share_tables",
    "groups": "papers.vote_tables",
    "iia": "papers.iia_tables",
    "iia_menus": "papers.iia_tables",
    "office_bars": "papers.vote_tables",
    "outcomes": "papers.outcome_table",
    "parameters": "results.paper_tables",
    "partisans": "papers.vote_tables",
    "probabilities": "results.paper_tables",
    "residuals": "papers.residual_table",
    "share_tests": "papers.share_tables",
    "shares": "results.paper_tables",
    "starts": "papers.criteria_tables",
    "taken_out": "papers.diagnosis_tables",
    "totals": "papers.vote_tables",
    "votes_by_type": "papers.type_votes",
}
__all__ = ["Explanation", "account", "classification", "coefficients", "common_rows", "diagnosis", "directions",
           "effects", "explain", "fit_criteria", "goodness", "group_fits", "group_shares", "groups", "iia", "iia_menus",
           "office_bars", "outcomes", "parameters", "partisans", "probabilities", "residuals", "share_tests", "shares",
           "starts", "taken_out", "totals", "votes_by_type"]  # fmt: skip

if TYPE_CHECKING:
    from ..results.paper_tables import parameters, probabilities, shares
    from .account_table import account
    from .classification_table import classification
    from .coefficient_table import coefficients
    from .criteria_tables import fit_criteria, starts
    from .diagnosis_tables import diagnosis, directions, taken_out
    from .effect_table import effects
    from .explanation import Explanation, explain
    from .group_fits_table import group_fits
    from .iia_tables import iia, iia_menus
    from .outcome_table import outcomes
    from .residual_table import common_rows, goodness, residuals
    from .share_tables import group_shares, share_tests
    from .type_votes import votes_by_type
    from .vote_tables import groups, office_bars, partisans, totals


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name in _HOMES:
        return getattr(import_module(f"..{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
