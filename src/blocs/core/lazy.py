"""later: a package that is imported when it is first used, because it takes long to load or much memory.

    if TYPE_CHECKING:
        import pandas as pd
    else:
        pd = later("pandas")
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["later"]


class Later:
    """Stands for a module until one of its names is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def later(name: str) -> Any:
    """Return a stand-in for the module of that name."""
    return Later(name)
