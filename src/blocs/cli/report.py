"""`blocs report`."""

from __future__ import annotations

from typing import Any

import click

from ..core.limits import LEAST_GROUP
from ..files.atomic import check_apart
from .completed import FileArgument
from .data import read_data, refuse_shards
from .errors_option import OF_DATA, errors_of, refuse_errors
from .exit_codes import ExitCode
from .help_sections import Section, option
from .labels import read_labels
from .monitor import Monitor
from .not_stable import show_why
from .option_errors import Command
from .options import (
    DataOptions,
    Files,
    data_options,
    labels_option,
    optional_files_argument,
    output_options,
    paths_of,
    words_options,
)
from .output_paths import page_file
from .printer import Printer, print_json
from .repeat import commands

__all__ = ["command"]


@click.command("report", cls=Command)
@click.argument("fitted", cls=FileArgument, metavar="FIT")
@optional_files_argument
@option(Section.OUTPUT, "-o", "--out", required=True, metavar="HTML", callback=page_file,
        help="Write the page to this file.")
@words_options
@option(Section.OUTPUT, "--comparison", metavar="CSV",
        help="What `blocs compare --out` wrote for the same data, for the section on the number of types.")
@option(Section.OUTPUT, "--minimum", type=click.IntRange(1), default=LEAST_GROUP, show_default=True, metavar="NUMBER",
        help="Smallest number of voters of a group that is shown.")
@option(Section.TESTS, "--se", type=click.Choice(OF_DATA), show_default="robust with sampling weights, else observed",
        help="Give standard errors of this kind.")
@labels_option
@data_options
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, fitted: str, file: Files | None, out: str, comparison: str | None, place: str, date: str,
    names: dict[str, str] | None, minimum: int, se: str | None, labels: str | None, memory: str | None, as_json: bool,
    quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Write the fit in FIT as one page with figures, tables and methods, to be opened in a browser or printed.

    FIT is a file that `blocs fit --out` wrote, FILE the data that were fitted: they are read and coded as for the fit,
    and options that are given here override those of the fit. Without FILE the page has what the fit itself holds. The
    page is one file and loads nothing. Group columns of the fit, such as --groups precinct, have shares by group. The
    exit code is 3 where the types are not stable enough to report, which the page then says first.

    \b
      blocs report fit.json county.csv -o report.html
      blocs report fit.json county.csv --comparison compare.csv -o report.html
      blocs report survey.json survey.csv --se robust -o report.html
    """
    from ..report import html_report
    from ..results.fit_result import Fit
    from ..results.load import load_any
    from ..tables.survey_table import plain_table

    fit = load_any(fitted)
    first = fit if isinstance(fit, Fit) else fit.first
    refuse_errors(ctx, file, fit, "minimum")
    options = DataOptions.from_call(ctx, dict(first.settings).get("data"))
    paths = () if file is None else paths_of(file)
    check_apart(out, *paths, fitted, comparison, labels, options.candidates)
    table = None if comparison is None else plain_table(comparison)
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        profiles = None
        if file is not None:
            profiles, _ = read_data(file, options, memory, None, monitor.reading)
            refuse_shards(file, profiles)
        monitor.task("making the page", known=False)
        errors = errors_of(fit, profiles, se)
        again = () if file is None else commands(ctx, fit, fitted, paths, options)
        page = html_report(
            fit, profiles, comparison=table, errors=errors, labels=read_labels(labels, first.schema.names), names=names,
            minimum=minimum, place=place, date=date, repeat=again,
        )  # fmt: skip
    page.save(out)
    if as_json:
        print_json({"command": "report", "fit": fitted, "file": file, "out": out, "characters": len(page.html)})
    else:
        Printer().line(f"Written to {out}.")
    if page.stable:
        return ExitCode.DONE
    show_why(fit)
    return ExitCode.NOT_CONVERGED
