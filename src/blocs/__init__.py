"""blocs: voter types from cast vote records — mixture models by EM at the scale of whole elections."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

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
    "concat": "profiles",
    "diagnose": "inference.diagnosis",
    "fit": "em.fit",
    "fit_by_group": "inference.by_group",
    "given": "em.start_values",
    "goodness_of_fit": "inference.goodness",
    "iia_test": "inference.iia",
    "load": "results.load",
    "load_by_group": "results.load",
    "match": "inference.matching",
    "menu_shares_test": "inference.menu_shares",
    "office_bars": "ballots",
    "open_shards": "profiles",
    "plan": "em.planning",
    "profile_interval": "inference.profile_interval",
    "read_cvr": "ballots",
    "recommend": "inference.recommendation",
    "residuals": "inference.residuals",
    "simulate": "simulation",
    "stability": "inference.matching",
    "standard_errors": "inference.standard_errors",
    "step": "em.single_step",
    "write_shards": "profiles",
}
__all__ = ["Binomial", "BlocsError", "Fit", "FitsByGroup", "Gaussian", "InputError", "Known", "MismatchError",
           "Mixture", "Multinomial", "Poisson", "Profiles", "UnsupportedError", "bivariate_residuals", "blrt",
           "bootstrap", "code", "code_rows", "compare", "concat", "diagnose", "fit", "fit_by_group", "given",
           "goodness_of_fit", "iia_test", "load", "load_by_group", "match", "menu_shares_test", "office_bars",
           "open_shards", "plan", "profile_interval", "read_cvr", "recommend", "residuals", "simulate", "stability",
           "standard_errors", "step", "write_shards"]  # fmt: skip

if TYPE_CHECKING:
    from .ballots import code, code_rows, office_bars, read_cvr
    from .core.errors import BlocsError, InputError, MismatchError, UnsupportedError
    from .em.fit import fit
    from .em.planning import plan
    from .em.single_step import step
    from .em.start_values import given
    from .inference.bivariate import bivariate_residuals
    from .inference.blrt import blrt
    from .inference.bootstrap import bootstrap
    from .inference.by_group import fit_by_group
    from .inference.diagnosis import diagnose
    from .inference.goodness import goodness_of_fit
    from .inference.iia import iia_test
    from .inference.matching import match, stability
    from .inference.menu_shares import menu_shares_test
    from .inference.profile_interval import profile_interval
    from .inference.recommendation import recommend
    from .inference.residuals import residuals
    from .inference.selection import compare
    from .inference.standard_errors import standard_errors
    from .model.mixture import Mixture
    from .profiles import Profiles, concat, open_shards, write_shards
    from .profiles.kinds import Binomial, Gaussian, Known, Multinomial, Poisson
    from .results.fit_result import Fit
    from .results.fits_by_group import FitsByGroup
    from .results.load import load, load_by_group
    from .simulation import simulate


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import blocs` and `blocs --help` stay quick."""
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
