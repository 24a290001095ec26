"""`blocs parties`."""

from __future__ import annotations

from typing import Any

import click

from ..core.errors import counted
from ..core.printable import printable
from ..files.atomic import check_apart
from .data import open_uncoded
from .exit_codes import ExitCode
from .help_sections import Section, option
from .monitor import Monitor
from .option_errors import Command
from .options import DataOptions, Files, files_argument, output_options, paths_of, reading_options
from .output_paths import csv_file, save_csv
from .printer import Printer, print_json
from .show import show_offices

__all__ = ["command"]


@click.command("parties", cls=Command)
@files_argument
@reading_options
@option(
    Section.OUTPUT,
    "--out",
    metavar="CSV",
    callback=csv_file,
    show_default="print it",
    help="Save the table in this file.",
)
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: Files, out: str | None, memory: str | None, as_json: bool, quiet: bool, **rest: Any
) -> int:
    """Write the candidates of FILE as a table: contest, office, district, candidate, party, votes.

    Complete the columns party, office and district in any editor, and use the table with --candidates. Office and
    district are read from the names of the contests where the file does not give them.

    \b
      blocs parties county.csv --out candidates.csv
      blocs fit county.csv --candidates candidates.csv
    """
    from ..ballots import candidate_table

    options = DataOptions.from_call(ctx)
    if out:
        check_apart(out, *paths_of(file), options.candidates)
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        ballots = open_uncoded(file, options, memory, monitor.reading)
        table = candidate_table(ballots)
    if out:
        save_csv(table, out)
    columns = ["contest", "office", "district"]
    contests = [dict(zip(columns, row, strict=True)) for row in table[columns].drop_duplicates().to_numpy()]
    if as_json:
        print_json({"command": "parties", "file": file, "saved": out, "offices": contests,
                    "candidates": table.to_dict("records")})  # fmt: skip
        return ExitCode.DONE
    blank = int((table["party"] == "").sum())
    printer = Printer()
    if out:
        printer.line(f"{counted(len(table), 'candidate')} in {counted(table['contest'].nunique(), 'contest')}, "
                  f"{blank:,} without a party. Saved to {out}.")  # fmt: skip
        if ballots.named:
            printer.text()
            show_offices(printer, contests)
    else:
        content = table.to_csv(index=False)
        click.echo(printable(content) if printer.terminal else content, nl=False)
    return ExitCode.DONE
