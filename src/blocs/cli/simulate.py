"""`blocs simulate`."""

from __future__ import annotations

import click

from ..core.errors import counted
from ..files.atomic import check_new
from .exit_codes import ExitCode
from .monitor import Monitor
from .option_names import Command
from .options import output_options
from .page import Page, print_json
from .places import place
from .show import type_name

__all__ = ["command"]

SMALL = 0.01
"""Share below which a type is not named by itself."""


@click.command("simulate", cls=Command, short_help="Write simulated counties whose types are known.")
@click.argument("out")
@click.option("--voters", type=int, default=20_000, show_default=True, help="Voters in all.")
@click.option("--offices", type=int, default=6, show_default=True, help="Offices on the ballot, President included.")
@click.option("--types", type=int, default=3, show_default=True, help="Number of types.")
@click.option("--uncontested", type=float, default=0.5, show_default=True,
              help="Share of district races with one of the two parties only.")  # fmt: skip
@click.option("--parts", type=int, default=1, show_default=True, help="Counties; each is one file of a folder.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same files.")
@click.option("--jobs", type=click.IntRange(1), help="Processes (default: all cores); the files do not depend on it.")
@click.option("--truth", metavar="JSON", callback=place, help="Save the types here (default: OUT.truth.json).")
@output_options
def command(
    out: str, voters: int, offices: int, types: int, uncontested: float, parts: int, seed: int, jobs: int | None,
    truth: str | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Write simulated counties to OUT as a long table in the Harvard/MIT layout.

    OUT ending in .csv, .csv.gz or .parquet is one file; any other name is a folder with one Parquet file a county,
    written in parallel.

    \b
      blocs simulate county.csv --voters 20000 --types 3 --seed 1
      blocs simulate counties --voters 42700000 --parts 362
    """
    from ..simulation import write_collection

    truth = truth or f"{out.rstrip('/')}.truth.json"
    check_new(truth)
    with Monitor(quiet) as monitor:
        monitor.task("simulating")

        def told(done: int, total: int) -> None:
            monitor.update(done / total, told=f"{done:,} of {total:,} voters")

        drawn = write_collection(out, voters, offices, types, uncontested, parts, seed, jobs, told)
    drawn.save(truth)
    if as_json:
        print_json({"command": "simulate", "out": out, "voters": voters, "parts": parts, "truth": drawn.to_dict()})
        return ExitCode.DONE
    page = Page()
    named = [type_name(int(str(k)), s) for k, s in drawn.shares.items() if s >= SMALL]
    rest = [f"{counted(types - len(named), 'type')} of less than 1 %"] * (len(named) < types)
    page.text(f"{counted(voters, 'voter')}, {counted(offices, 'office')}, {counted(parts, 'county', 'counties')}, "
              f"{', '.join(named + rest)}.")  # fmt: skip
    page.line(f"Ballots in {out}, types in {truth}.")
    return ExitCode.DONE
