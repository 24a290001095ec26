"""`blocs totals`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.errors import counted
from ..files.atomic import check_apart
from .data import open_uncoded
from .exit_codes import ExitCode
from .help_sections import Section, option
from .monitor import Monitor
from .option_errors import Command
from .options import DataOptions, Files, files_argument, output_options, paths_of, reading_options
from .output_paths import save_table, table_file
from .printer import Printer, print_json

if TYPE_CHECKING:
    import pandas as pd

    from ..ballots import Ballots

__all__ = ["command"]


@click.command("totals", cls=Command)
@files_argument
@reading_options
@option(
    Section.DATA,
    "--returns",
    metavar="CSV",
    help="Table of certified totals, with the columns contest, candidate and votes, and district where contests of one "
         "name are told apart by it.",
)
@option(Section.OUTPUT, "--out", metavar="FILE", callback=table_file,
        help="Save the table in this file: .csv, .tex, .md, .html, .xlsx, .docx or .txt.")
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: Files, returns: str | None, out: str | None, memory: str | None, as_json: bool,
    quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Print the valid votes of every candidate of FILE, contest by contest, as they were read, before any coding.

    Ballots that left a contest blank, marked too many or cannot be read are lines of their own, (undervote), (overvote)
    and (not readable): the lines add up to the ballots that had the contest. Where a ballot has several votes, the line
    below the table adds them up with the unused votes.

    With --returns the votes are printed beside the certified totals, with the tier of their difference: 0, < 1 %,
    < 5 %, < 10 % or more.

    \b
      blocs totals county.csv
      blocs totals county.csv --returns certified.csv
    """
    from ..ballots.reports.certified_totals import against_returns
    from ..ballots.reports.contest_totals import contest_totals
    from ..papers import totals
    from ..tables.survey_table import text_table

    options = DataOptions.from_call(ctx)
    if out:
        check_apart(out, *paths_of(file), options.candidates, returns)
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        ballots = open_uncoded(file, options, memory, monitor.reading)
        table = contest_totals(ballots) if returns is None else against_returns(ballots, text_table(returns))
    if out:
        save_table(table, lambda: [totals(table)], out)
    if as_json:
        print_json({"command": "totals", "file": file, "records": ballots.records, "rows_read": ballots.rows,
                    "account": ballots.account.to_dict(), "returns": returns, "saved": out,
                    "rows": table.to_dict("records")})  # fmt: skip
        return ExitCode.DONE
    printer = Printer()
    _show_head(printer, ballots)
    if returns is None:
        _show_totals(printer, table)
    else:
        _show_certified(printer, table)
    return ExitCode.DONE


def _show_head(printer: Printer, ballots: Ballots) -> None:
    contests = len(ballots.catalogue.contests)
    read = [] if ballots.records is None else [counted(ballots.records, ballots.unit.removesuffix("s"))]
    read += [] if ballots.rows is None else [counted(ballots.rows, "row")]
    printer.title(", ".join([*read, counted(contests, "contest")]))
    for line in [*(step.sentence() for step in ballots.account.steps), *ballots.account.remarks]:
        printer.text(line)


def _show_totals(printer: Printer, table: pd.DataFrame) -> None:
    for _, rows in table.groupby(["contest", "district"], sort=False):
        cells = [
            [row["candidate"], row["party"], f"{row['votes']:,}",
             "" if row["share"] != row["share"] else f"{row['share']:.1%}"]
            for row in rows.to_dict("records")
        ]  # fmt: skip
        allowed, ballots, later = int(rows["allowed"].iloc[0]), int(rows["ballots"].iloc[0]), int(rows["later"].sum())
        if allowed == 1:
            cells.append(["ballots", "", f"{ballots:,}", ""])
        printer.text()
        printer.table([_title(rows), "party", "votes", "share"], cells, left=2)
        if allowed > 1:
            printer.text(_sum_of_several(rows, ballots, allowed))
        if later:
            are = "1 vote is" if later == 1 else f"{later:,} votes are"
            printer.text(f"{are} of a later rank, where the ranks before it hold no mark.")


def _title(rows: pd.DataFrame) -> str:
    """Return what a contest is called, with its district where its name does not say it."""
    contest, district = str(rows["contest"].iloc[0]), str(rows["district"].iloc[0])
    return contest if not district or district in contest else f"{contest} ({district})"


def _sum_of_several(rows: pd.DataFrame, ballots: int, allowed: int) -> str:
    """Return how votes and ballots add up in a contest in which a ballot has several votes."""
    words = {"(overvote)": "overvoted", "(undervote)": "undervoted", "(not readable)": "not readable"}
    by_name = {name: int(n) for name, n in zip(rows["candidate"], rows["votes"], strict=True) if name in words}
    valid, unused = ballots - sum(by_name.values()), int(rows["unused"].iloc[0])
    none = "".join(f"{n:,} {words[name]}, " for name, n in by_name.items())
    are = "is" if unused == 1 else "are"
    return (f"{counted(ballots, 'ballot')}: {none}{valid:,} valid with {allowed:,} votes each; {unused:,} of these "
            f"{allowed * valid:,} votes {are} unused.")  # fmt: skip


def _show_certified(printer: Printer, table: pd.DataFrame) -> None:
    certified = table[table["certified"].notna()]
    for _, rows in certified.groupby(["contest", "district"], sort=False):
        printer.text()
        cells = [
            [row["candidate"], f"{row['counted']:,}", f"{row['certified']:,.0f}", f"{row['difference']:+,.0f}",
             row["tier"]]
            for row in rows.to_dict("records")
        ]  # fmt: skip
        printer.table([_title(rows), "counted", "certified", "difference", "tier"], cells)
    printer.text()
    tiers = ", ".join(f"{n:,} in tier {tier}" for tier, n in certified["tier"].value_counts(sort=False).items())
    rest = len(table) - len(certified)
    printer.text(f"{counted(len(certified), 'candidate')} compared ({tiers}); "
              f"{rest:,} {'has' if rest == 1 else 'have'} no certified total.")  # fmt: skip
