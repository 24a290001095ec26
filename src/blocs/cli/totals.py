"""`blocs totals`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.errors import counted
from ..files.atomic import check_apart
from .data import open_uncoded
from .exit_codes import ExitCode
from .monitor import Monitor
from .option_names import Command
from .options import DataOptions, output_options, reading_options
from .page import Page, print_json
from .places import csv_place, save_csv

if TYPE_CHECKING:
    import pandas as pd

    from ..ballots import Ballots

__all__ = ["command"]


@click.command("totals", cls=Command, short_help="Print the votes of every candidate.")
@click.argument("file")
@click.option("--returns", metavar="CSV", help="Certified totals: columns contest, candidate, votes.")
@click.option("--out", metavar="CSV", callback=csv_place, help="Write the table here as CSV.")
@reading_options
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: str, returns: str | None, out: str | None, memory: str | None, as_json: bool,
    quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Print the votes of every candidate of FILE, contest by contest, as they were read, before any coding.

    With --returns each candidate stands beside the certified total, in tiers: 0, < 1 %, < 5 %, < 10 %, more.

    \b
      blocs totals county.csv
      blocs totals county.csv --returns certified.csv
    """
    from ..ballots.reports.certified_totals import against_returns
    from ..ballots.reports.contest_totals import contest_totals
    from ..tables.survey_table import text_table

    options = DataOptions.from_call(ctx)
    if out:
        check_apart(out, file, options.candidates, returns)
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        ballots = open_uncoded(file, options, memory, monitor.reading)
    table = contest_totals(ballots) if returns is None else against_returns(ballots, text_table(returns))
    if out:
        save_csv(table, out)
    if as_json:
        print_json({"command": "totals", "file": file, "records": ballots.records, "returns": returns, "saved": out,
                    "rows": table.to_dict("records")})  # fmt: skip
        return ExitCode.DONE
    page = Page()
    _show_head(page, ballots)
    if returns is None:
        _show_totals(page, table)
    else:
        _show_certified(page, table)
    return ExitCode.DONE


def _show_head(page: Page, ballots: Ballots) -> None:
    contests = len(ballots.catalogue.contests)
    read = "" if ballots.records is None else f"{counted(ballots.records, ballots.unit.removesuffix('s'))}, "
    page.title(f"{read}{counted(contests, 'contest')}")
    for line in [*(step.sentence() for step in ballots.account.steps), *ballots.account.remarks]:
        page.text(line)


def _show_totals(page: Page, table: pd.DataFrame) -> None:
    for _, rows in table.groupby(["contest", "district"], sort=False):
        contest, district = str(rows["contest"].iloc[0]), str(rows["district"].iloc[0])
        title = contest if not district or district in contest else f"{contest} ({district})"
        cells = [
            [row["candidate"], row["party"], f"{row['votes']:,}",
             "" if row["share"] != row["share"] else f"{row['share']:.1%}"]
            for row in rows.to_dict("records")
        ]  # fmt: skip
        page.text()
        page.table([title, "party", "votes", "share"], cells, left=2)


def _show_certified(page: Page, table: pd.DataFrame) -> None:
    known = table[table["certified"].notna()]
    for contest, rows in known.groupby("contest", sort=False):
        page.text()
        cells = [
            [row["candidate"], f"{row['counted']:,}", f"{row['certified']:,.0f}", f"{row['difference']:+,.0f}",
             row["tier"]]
            for row in rows.to_dict("records")
        ]  # fmt: skip
        page.table([str(contest), "counted", "certified", "difference", "tier"], cells)
    page.text()
    tiers = ", ".join(f"{n:,} in tier {tier}" for tier, n in known["tier"].value_counts(sort=False).items())
    rest = len(table) - len(known)
    page.text(f"{counted(len(known), 'candidate')} compared ({tiers}); "
              f"{rest:,} {'has' if rest == 1 else 'have'} no certified total.")  # fmt: skip
