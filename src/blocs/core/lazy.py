"""Packages that are imported when they are first used, because they take long to load or need much memory.

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["lazy_import"]


class LazyModule:
    """A module that is imported when one of its names is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def lazy_import(name: str) -> Any:
    """Return an object that imports the module of that name when it is first used."""
    return LazyModule(name)
