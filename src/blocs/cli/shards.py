"""`blocs shards`."""

from __future__ import annotations

from typing import Any

import click

from ..core.errors import counted
from .data import read_data
from .exit_codes import ExitCode
from .help_sections import Section, option
from .monitor import Monitor
from .notes import show_left_out
from .option_errors import Command
from .options import DataOptions, Files, data_options, files_argument, output_options
from .output_paths import output_folder
from .printer import Printer, print_json
from .show import show_account

__all__ = ["command"]


@click.command("shards", cls=Command)
@files_argument
@data_options
@option(Section.SEARCH, "--jobs", type=click.IntRange(1), show_default="all cores", metavar="NUMBER",
        help="Number of threads that read.")
@option(Section.OUTPUT, "--out", metavar="FOLDER", required=True, callback=output_folder,
        help="Make this folder, and write the shards there.")
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: Files, out: str, memory: str | None, jobs: int | None, as_json: bool, quiet: bool,
    **rest: Any,
) -> int:  # fmt: skip
    """Read and code FILE once, and write its distinct rows as a folder of Parquet shards.

    `blocs fit FOLDER` and `blocs compare FOLDER` then use data that are larger than memory, on this machine or on a
    cluster that sees the folder.

    \b
      blocs shards county.csv --top President --out county.shards
      blocs fit county.shards --types 4 --checkpoint fit.checkpoint
    """
    from ..profiles import write_shards

    options = DataOptions.from_call(ctx)
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        profiles, coded = read_data(file, options, memory, jobs, monitor.reading)
        monitor.task("writing the shards")
        write_shards(profiles, out)
    if as_json:
        print_json({"command": "shards", "file": file, "out": out, "profiles": len(profiles), "n": profiles.n,
                    "account": profiles.account.to_dict()})  # fmt: skip
        return ExitCode.DONE
    printer = Printer()
    show_account(printer, profiles.account)
    show_left_out(printer, coded)
    printer.line(f"{counted(len(profiles), 'profile')} in {out}.")
    return ExitCode.DONE
