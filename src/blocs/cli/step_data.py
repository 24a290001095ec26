"""The data of a saved fit for the steps after it: read as for the fit, with further columns as groups."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from ..core.top_party import TOP
from .data import named_instead, read_data
from .monitor import Monitor
from .options import DataOptions, Files

if TYPE_CHECKING:
    from ..profiles import Profiles

__all__ = ["read_for_steps"]


def read_for_steps(
    file: Files, options: DataOptions, columns: Mapping[str, str], memory: str | None, monitor: Monitor
) -> Profiles:
    """Return the profiles of a file with columns as groups; columns: name -> the argument that names it, for errors."""
    always = {TOP} if options.items is None else set()  # groups of all ballots
    names = dict.fromkeys([*options.groups, *columns])
    grouped = replace(options, groups=tuple(name for name in names if name not in always), covariates=None)
    monitor.task("reading the file")
    with ExitStack() as blame:
        for name, argument in columns.items():
            blame.enter_context(named_instead(argument, {name}))
        return read_data(file, grouped, memory, None, monitor.reading)[0]
