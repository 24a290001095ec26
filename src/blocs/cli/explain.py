"""`blocs explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .completed import FileArgument
from .data import read_data, refuse_shards
from .errors_option import OF_DATA, errors_of, refuse_errors
from .exit_codes import ExitCode
from .help_sections import Section, option
from .labels import read_labels
from .monitor import Monitor
from .option_errors import Command
from .options import (
    DataOptions,
    Files,
    data_options,
    labels_option,
    optional_files_argument,
    output_options,
    words_options,
)
from .printer import Printer, print_json

if TYPE_CHECKING:
    from ..results.fit_result import Fit

__all__ = ["command"]

@click.command("explain", cls=Command)
@click.argument("fitted", cls=FileArgument, metavar="FIT")
@optional_files_argument
@data_options
@words_options
@option(Section.OUTPUT, "--comparison", metavar="CSV",
        help="What `blocs compare --out` wrote for the same data, for a sentence on the number of types.")
@option(Section.TESTS, "--se", type=click.Choice(OF_DATA), show_default="none",
        help="Put the shares into words by standard errors of this kind.")  # fmt: skip
@labels_option
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, fitted: str, file: Files | None, place: str, date: str, names: dict[str, str] | None,
    comparison: str | None, se: str | None, labels: str | None, memory: str | None, as_json: bool, quiet: bool,
    **rest: Any,
) -> int:  # fmt: skip
    """Say in one paragraph what the fit in FIT shows, in words that are true of it, and what it does not show.

    FIT is a file that `blocs fit --out` wrote, FILE the data that were fitted. Without FILE nothing is stated about
    single offices by party. Counts come first; types are described only if the fit converged, two starts or more
    reached it and the data can tell its types apart. The exit code is 3 where that is not so.

    \b
      blocs explain fit.json county.csv --place "Madison, ward 9" --se observed
      blocs explain fit.json county.csv --names DEM=Evers,REP=Walker
    """
    from ..papers import explain
    from ..results.fit_result import Fit
    from ..results.load import load_any
    from ..tables.survey_table import plain_table

    fit = load_any(fitted)
    one = fit if isinstance(fit, Fit) else fit.first
    refuse_errors(ctx, file, fit)
    options = DataOptions.from_call(ctx, dict(one.settings).get("data") if file is not None else None)
    table = None if comparison is None else plain_table(comparison)
    data, errors = None, None
    with Monitor(quiet) as monitor:
        if file is not None:
            monitor.task("reading the file")
            profiles, coded = read_data(file, options, memory, None, monitor.reading)
            refuse_shards(file, profiles)
            data = profiles if coded is None else coded
            if se:
                monitor.task("standard errors", known=False)
            errors = errors_of(fit, profiles, se)
        short = read_labels(labels, one.schema.names)
        found = explain(fit, data, errors=errors, comparison=table, place=place, date=date, names=names, labels=short)
    if as_json:
        print_json({"command": "explain", "fit": fitted, "file": file, **found.to_dict()})
    else:
        _print(found.paragraph, found.not_shown, _unnamed(one, names))
    return ExitCode.DONE if found.stable else ExitCode.NOT_CONVERGED


def _unnamed(fit: Fit, names: dict[str, str] | None) -> list[str]:
    """Return the parties without a name where others have one."""
    from ..papers.record import record_of

    record = record_of(fit.account, names) if names else None
    return [] if record is None else [party.code for party in record.parties if not party.name]


def _print(paragraph: str, not_shown: tuple[str, ...], unnamed: list[str]) -> None:
    printer = Printer()
    printer.text(paragraph)
    if unnamed:
        printer.text(f"Note: --names has no name for {' and '.join(unnamed)}.")
    printer.text()
    printer.title("What this does not show")
    for line in not_shown:
        printer.text(line, indent="  ")
