"""blocs: voter types from cast vote records — mixture models by EM at the scale of whole elections."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Binomial": "profiles.kinds",
    "BlocsError": "errors",
    "Fit": "result",
    "Gaussian": "profiles.kinds",
    "InputError": "errors",
    "Known": "profiles.kinds",
    "MismatchError": "errors",
    "Mixture": "mixture",
    "Multinomial": "profiles.kinds",
    "Poisson": "profiles.kinds",
    "Profiles": "profiles",
    "UnsupportedError": "errors",
    "code": "ballots",
    "compare": "selection",
    "concat": "profiles",
    "fit": "fitting",
    "given": "startvalues",
    "load": "result",
    "office_bars": "ballots",
    "read_cvr": "ballots",
    "simulate": "simulation",
    "step": "steps",
}
__all__ = ["Binomial", "BlocsError", "Fit", "Gaussian", "InputError", "Known", "MismatchError", "Mixture",
           "Multinomial", "Poisson", "Profiles", "UnsupportedError", "code", "compare", "concat", "fit", "given",
           "load", "office_bars", "read_cvr", "simulate", "step"]  # fmt: skip

if TYPE_CHECKING:
    from .ballots import code, office_bars, read_cvr
    from .errors import BlocsError, InputError, MismatchError, UnsupportedError
    from .fitting import fit
    from .mixture import Mixture
    from .profiles import Profiles, concat
    from .profiles.kinds import Binomial, Gaussian, Known, Multinomial, Poisson
    from .result import Fit, load
    from .selection import compare
    from .simulation import simulate
    from .startvalues import given
    from .steps import step


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import blocs` and `blocs --help` stay quick."""
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
