"""blocs: voter types from cast vote records — mixture models by EM at the scale of whole elections."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .core.version import VERSION

__version__ = VERSION

_HOMES = {
    "Binomial": "profiles.kinds",
    "BlocsError": "core.errors",
    "Fit": "results.fit_result",
    "FitsByGroup": "results.fits_by_group",
    "Gaussian": "profiles.kinds",
    "InputError": "core.errors",
    "Known": "profiles.kinds",
    "MismatchError": "core.errors",
    "Mixture": "model.mixture",
    "Multinomial": "profiles.kinds",
    "Poisson": "profiles.kinds",
    "Profiles": "profiles",
    "UnsupportedError": "core.errors",
    "bivariate_residuals": "inference.bivariate",
    "blrt": "inference.blrt",
    "bootstrap": "inference.bootstrap",
    "code": "ballots",
    "code_rows": "ballots",
    "compare": "inference.selection",
    "compare_by_group": "inference.by_group",
    "concat": "profiles",
    "diagnose": "inference.diagnosis",
    "distal": "inference.distal",
    "explain": "papers.explanation",
    "fit": "em.fit",
    "fit_by_group": "inference.by_group",
    "given": "em.start_values",
    "goodness_of_fit": "inference.goodness",
    "html_report": "report",
    "iia_test": "inference.iia",
    "invariance_test": "inference.invariance",
    "items_by_group": "inference.items_by_group",
    "joint_items": "profiles",
    "joint_margins": "inference.joint_margins",
    "load": "results.load",
    "load_by_group": "results.load",
    "lr_test": "inference.lr_test",
    "match": "inference.matching",
    "menu_shares_test": "inference.menu_shares",
    "office_bars": "ballots",
    "open_shards": "profiles",
    "plan": "em.planning",
    "profile_interval": "inference.profile_interval",
    "read_cvr": "ballots",
    "recommend": "inference.recommendation",
    "regress": "inference.regress",
    "residuals": "inference.residuals",
    "shares_by_group": "inference.group_shares",
    "shares_test": "inference.shares_test",
    "simulate": "simulation",
    "stability": "inference.matching",
    "standard_errors": "inference.standard_errors",
    "step": "em.single_step",
    "write_shards": "profiles",
}
__all__ = ["Binomial", "BlocsError", "Fit", "FitsByGroup", "Gaussian", "InputError", "Known",
           "MismatchError", "Mixture", "Multinomial", "Poisson", "Profiles", "UnsupportedError",
           "bivariate_residuals", "blrt", "bootstrap", "code", "code_rows", "compare",
           "compare_by_group", "concat",
           "diagnose", "distal", "explain", "fit", "fit_by_group", "given", "goodness_of_fit",
           "html_report", "iia_test", "invariance_test", "items_by_group",
           "joint_items", "joint_margins", "load", "load_by_group", "lr_test",
           "match", "menu_shares_test", "office_bars", "open_shards", "plan", "profile_interval",
           "read_cvr", "recommend", "regress", "residuals", "shares_by_group", "shares_test", "simulate",
           "stability", "standard_errors", "step", "write_shards"]  # fmt: skip

_PARTS = ("datasets", "papers")
"""Parts that are used by their own names: `blocs.papers.fit_criteria`."""

if TYPE_CHECKING:
    from . import datasets, papers  # noqa: F401
    from .ballots import code, code_rows, office_bars, read_cvr
    from .core.errors import BlocsError, InputError, MismatchError, UnsupportedError
    from .em.fit import fit
    from .em.planning import plan
    from .em.single_step import step
    from .em.start_values import given
    from .inference.bivariate import bivariate_residuals
    from .inference.blrt import blrt
    from .inference.bootstrap import bootstrap
    from .inference.by_group import compare_by_group, fit_by_group
    from .inference.diagnosis import diagnose
    from .inference.distal import distal
    from .inference.goodness import goodness_of_fit
    from .inference.group_shares import shares_by_group
    from .inference.iia import iia_test
    from .inference.invariance import invariance_test
    from .inference.items_by_group import items_by_group
    from .inference.joint_margins import joint_margins
    from .inference.lr_test import lr_test
    from .inference.matching import match, stability
    from .inference.menu_shares import menu_shares_test
    from .inference.profile_interval import profile_interval
    from .inference.recommendation import recommend
    from .inference.regress import regress
    from .inference.residuals import residuals
    from .inference.selection import compare
    from .inference.shares_test import shares_test
    from .inference.standard_errors import standard_errors
    from .model.mixture import Mixture
    from .papers.explanation import explain
    from .profiles import Profiles, concat, joint_items, open_shards, write_shards
    from .profiles.kinds import Binomial, Gaussian, Known, Multinomial, Poisson
    from .report import html_report
    from .results.fit_result import Fit
    from .results.fits_by_group import FitsByGroup
    from .results.load import load, load_by_group
    from .simulation import simulate


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import blocs` and `blocs --help` stay quick."""
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    if name in _PARTS:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_PARTS})
