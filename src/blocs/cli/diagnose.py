"""`blocs diagnose`."""

from __future__ import annotations

from typing import Any

import click

from ..core.errors import UnsupportedError
from .data import read_data
from .exit_codes import ExitCode
from .monitor import Monitor
from .option_errors import Command
from .options import DataOptions, Files, data_options, files_argument, output_options
from .printer import Printer, print_json

__all__ = ["command"]


@click.command("diagnose", cls=Command)
@click.argument("fitted", metavar="FIT")
@files_argument
@data_options
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, fitted: str, file: Files, memory: str | None, as_json: bool, quiet: bool, **rest: Any
) -> int:
    """Say whether the fit in FIT is a maximum at which the data in FILE determine its parameters.

    FIT is a file that `blocs fit --out` wrote, FILE the data that were fitted. They are read and coded as for the fit;
    options that are given here override those of the fit.

    \b
      blocs diagnose fit.json county.csv
    """
    from ..inference.diagnosis import diagnose
    from ..results.fits_by_group import FitsByGroup
    from ..results.load import load_any

    fit = load_any(fitted)
    if isinstance(fit, FitsByGroup):
        raise UnsupportedError("A diagnosis is of one fit of all voters, not of fits by group.")
    options = DataOptions.from_call(ctx, dict(fit.settings).get("data"))
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        profiles, _ = read_data(file, options, memory, None, monitor.reading)
        monitor.task("diagnosing the fit")
        found = diagnose(fit, profiles)
    if as_json:
        print_json({"command": "diagnose", "fit": fitted, "file": file, **found.to_dict()})
        return ExitCode.DONE
    printer = Printer()
    for line in str(found).split("\n"):
        printer.line(line)
    return ExitCode.DONE
