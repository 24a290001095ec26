"""Papers: the tables of a paper, and a paragraph that is true of a fit by construction."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Explanation": "explanation",
    "explain": "explanation",
}
__all__ = ["Explanation", "explain"]

if TYPE_CHECKING:
    from .explanation import Explanation, explain


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
