"""`blocs parties`."""

from __future__ import annotations

from typing import Any

import click

from . import DONE
from .data import open_ballots
from .monitor import Monitor
from .options import DataOptions, data_options, output_options, place
from .page import Page, print_json

__all__ = ["command"]


@click.command("parties", short_help="Write the candidate table of a file.")
@click.argument("file")
@click.option("--out", metavar="CSV", callback=place, help="Write the table here (default: print it).")
@data_options
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: str, out: str | None, memory: str | None, as_json: bool, quiet: bool, **rest: Any
) -> int:
    """Write the candidates of FILE as a table: contest, office, district, candidate, party, votes.

    Complete the columns party, office and district in any editor and give it back with --candidates.

    \b
      blocs parties county.csv --out candidates.csv
      blocs fit county.csv --candidates candidates.csv
    """
    from ..ballots import candidate_table

    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        ballots = open_ballots(file, DataOptions.from_call(ctx), memory, None, monitor.reading)
        table = candidate_table(ballots)
    if out:
        table.to_csv(out, index=False)
    if as_json:
        print_json({"command": "parties", "file": file, "saved": out, "candidates": table.to_dict("records")})
        return DONE
    blank = int((table["party"] == "").sum())
    page = Page()
    if out:
        page.line(f"{len(table):,} candidates in {table['contest'].nunique():,} contests, {blank:,} without a party. "
                  f"Saved to {out}.")  # fmt: skip
    else:
        click.echo(table.to_csv(index=False), nl=False)
    return DONE
