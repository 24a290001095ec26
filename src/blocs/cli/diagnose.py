"""`blocs diagnose`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from ..files.atomic import check_apart
from .completed import FileArgument
from .data import read_data
from .help_sections import Section, option
from .monitor import Monitor
from .option_errors import Command
from .options import DataOptions, Files, data_options, files_argument, output_options, paths_of
from .output_paths import save_forms, table_files
from .printer import Printer
from .result import give

__all__ = ["command"]


@click.command("diagnose", cls=Command)
@click.argument("fitted", cls=FileArgument, metavar="FIT")
@files_argument
@data_options
@option(Section.TESTS, "--cluster", metavar="COLUMN",
        help="Column of the units to which menus belong, such as district, for the test of equal shares on all menus.")
@option(Section.OUTPUT, "--out", metavar="FILE", multiple=True, callback=table_files,
        help="Save the diagnosis in this file: its measures as .csv, or the tables of a paper as .tex, .md, .html, "
             ".xlsx, .docx or .txt. Can be given several times.")
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, fitted: str, file: Files, cluster: str | None, out: tuple[str, ...], memory: str | None,
    as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Say whether the fit in FIT is a maximum at which the data in FILE determine its parameters.

    Where menus differ between voters, it also says whether the types have the same shares on all of them.

    FIT is a file that `blocs fit --out` wrote, FILE the data that were fitted. They are read and coded as for the fit;
    options that are given here override those of the fit.

    \b
      blocs diagnose fit.json county.csv
      blocs diagnose fit.json county.csv --out diagnosis.tex
    """
    from ..inference.diagnosis import diagnose
    from ..papers import classification, diagnosis, directions, taken_out
    from ..results.load import load

    fit = load(fitted)
    options = DataOptions.from_call(ctx, dict(fit.settings).get("data"))
    if cluster not in (None, "top", *options.groups):
        options = replace(options, groups=(*options.groups, str(cluster)))
    for name in out:
        check_apart(name, *paths_of(file), fitted, options.candidates)
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        profiles, _ = read_data(file, options, memory, None, monitor.reading)
        monitor.task("diagnosing the fit")
        found = diagnose(fit, profiles, cluster)
    failures, saved = save_forms(found.table(), lambda: [
        table for table in (diagnosis(found), directions(found), taken_out(found), classification(fit, profiles))
        if table.rows
    ], out)  # fmt: skip
    document = {"command": "diagnose", "fit": fitted, "file": file, **found.to_dict()}
    return give(document, lambda printer: _show(printer, str(found)), as_json, failures, saved)


def _show(printer: Printer, words: str) -> None:
    """Print the lines as they are."""
    for line in words.split("\n"):
        printer.line(line)
