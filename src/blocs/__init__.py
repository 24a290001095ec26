"""blocs: voter types from cast vote records — mixture models by EM at the scale of whole elections."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "BlocsError": "errors",
    "Fit": "result",
    "InputError": "errors",
    "MismatchError": "errors",
    "Mixture": "mixture",
    "Profiles": "profiles",
    "UnsupportedError": "errors",
    "compare": "selection",
    "concat": "profiles",
    "fit": "fitting",
    "load": "result",
}
__all__ = ["BlocsError", "Fit", "InputError", "MismatchError", "Mixture", "Profiles", "UnsupportedError", "compare",
           "concat", "fit", "load"]  # fmt: skip

if TYPE_CHECKING:
    from .errors import BlocsError, InputError, MismatchError, UnsupportedError
    from .fitting import fit
    from .mixture import Mixture
    from .profiles import Profiles, concat
    from .result import Fit, load
    from .selection import compare


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import blocs` and `blocs --help` stay quick."""
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
