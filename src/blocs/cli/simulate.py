"""`blocs simulate`."""

from __future__ import annotations

import os

import click

from ..core.errors import Fault, PathError, counted
from ..core.limits import MOST_THREADS
from ..files.atomic import check_named, check_new
from .completed import FileArgument
from .exit_codes import ExitCode
from .finite import FiniteRange
from .help_sections import Section, option
from .monitor import Monitor
from .option_errors import Command
from .options import output_options
from .output_paths import output_file
from .printer import Printer, print_json
from .show import type_names
from .written import to_be_written

__all__ = ["command"]

SMALL = 0.01
"""Share below which a type is not named by itself."""


@click.command("simulate", cls=Command)
@click.argument("out", cls=FileArgument)
@option(Section.SIMULATION, "--voters", type=int, default=20_000, show_default=True, metavar="NUMBER",
        help="Number of voters, from 1 to 10,000,000,000.")
@option(Section.SIMULATION, "--offices", type=int, default=6, show_default=True, metavar="NUMBER",
        help="Number of offices on the ballot, with the President, from 2 to 10,000.")
@option(Section.SIMULATION, "--types", type=int, default=3, show_default=True, metavar="NUMBER",
        help="Number of types, from 1 to 10,000.")
@option(Section.SIMULATION, "--uncontested", type=FiniteRange(), default=0.5, show_default=True, metavar="SHARE",
        help="Share of the district races in which only one of the two parties has a candidate, from 0 to 1.")
@option(Section.SIMULATION, "--parts", type=int, default=1, show_default=True, metavar="NUMBER",
        help="Number of counties, from 1 to the number of voters; in a folder, each is one file.")
@option(Section.SIMULATION, "--seed", type=int, default=0, show_default=True, metavar="NUMBER",
        help="Seed of the random numbers, 0 or more; the same seed gives the same files.")
@option(Section.SIMULATION, "--jobs", type=click.IntRange(1, MOST_THREADS), show_default="all cores", metavar="NUMBER",
        help="Number of processes; the files do not depend on it.")
@option(Section.OUTPUT, "--truth", metavar="JSON", callback=output_file, show_default="OUT.truth.json",
        help="Save the true types in this file.")
@output_options
def command(
    out: str, voters: int, offices: int, types: int, uncontested: float, parts: int, seed: int, jobs: int | None,
    truth: str | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Write simulated counties to OUT, as a long table with the columns of the Harvard/MIT collection.

    If OUT ends in .csv, .csv.gz or .parquet, it is one file; any other name is a folder with one Parquet file for each
    county.

    \b
      blocs simulate county.csv --voters 20000 --types 3 --seed 1
      blocs simulate counties --voters 42700000 --parts 362
    """
    from ..simulation import write_collection

    check_named(out)
    to_be_written(out)
    truth = truth or f"{out.rstrip('/')}.truth.json"
    check_new(truth)
    if os.path.realpath(truth) == os.path.realpath(out):
        raise PathError(Fault("it is where the ballots are to be written, too", where=truth,
                              rule="The true types are a file of their own", remedy="Give another name"))  # fmt: skip
    with Monitor(quiet) as monitor:
        monitor.task("simulating")

        def show(done: int, total: int) -> None:
            monitor.update(done / total, status=f"{done:,} of {total:,} voters")

        true_types = write_collection(out, voters, offices, types, uncontested, parts, seed, jobs, show)
    true_types.save(truth)
    if as_json:
        print_json({"command": "simulate", "out": out, "voters": voters, "parts": parts, "truth": true_types.to_dict()})
        return ExitCode.DONE
    printer = Printer()
    shares = true_types.shares
    named = [name for name, share in zip(type_names(shares), shares, strict=True) if share >= SMALL]
    rest = [f"{counted(types - len(named), 'type')} of less than 1 %"] * (len(named) < types)
    printer.text(f"{counted(voters, 'voter')}, {counted(offices, 'office')}, {counted(parts, 'county', 'counties')}, "
              f"{', '.join(named + rest)}.")  # fmt: skip
    printer.line(f"Ballots in {out}, types in {truth}.")
    return ExitCode.DONE
