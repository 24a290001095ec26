"""Packages that are imported when they are first used, because they take long to load or need much memory.

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .errors import MissingPackageError

__all__ = ["import_extra", "lazy_import"]


class LazyModule:
    """A module that is imported when one of its names is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def lazy_import(name: str) -> Any:
    """Return an object that imports the module of that name when it is first used."""
    return LazyModule(name)


def import_extra(name: str, part: str, extra: str) -> Any:
    """Return a package that comes with an extra of blocs.

    Parameters
    ----------
    name : str
        The package.
    part : str
        What needs it, such as "blocs.plots".
    extra : str
        The extra of blocs that installs it.

    Raises
    ------
    MissingPackageError
        Where it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise MissingPackageError(f"{part} needs {name}. Install it with: pip install 'blocs[{extra}]', or in a "
                                  f"checkout of blocs with: pip install '.[{extra}]'") from None  # fmt: skip
