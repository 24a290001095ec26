"""`blocs fit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ..core.limits import MOST_REPLICATES
from .constraints_option import constraints_option
from .error_report import errors_json, show_errors
from .exit_codes import ExitCode, as_one
from .finding import finding
from .fit_made import Made, made
from .fit_page import write_page
from .fit_plan import Plan, plan_of
from .fit_report import document, show
from .fit_tables import tables_of
from .go_on import show_how_to_go_on
from .group_table import shares_test_json, show_shares_test
from .help_sections import Section, option
from .monitor import Monitor
from .not_stable import show_why
from .notes import show_left_out
from .option_errors import Command
from .option_values import listed
from .options import (
    KINDS,
    Files,
    data_options,
    files_argument,
    fit_options,
    labels_option,
    output_options,
    paths_of,
    words_options,
)
from .output_paths import fit_files, page_file, save_all
from .printer import Printer, print_json
from .repeat import made_by
from .scale_options import scale_options, scale_settings
from .show import show_account

if TYPE_CHECKING:
    from ..results.fit_result import Fit

__all__ = ["command", "exit_code"]


@click.command("fit", cls=Command)
@files_argument
@data_options
@option(
    Section.SEARCH,
    "--types",
    type=click.IntRange(1),
    show_default="3, or as for --resume",
    metavar="NUMBER",
    help="Number of types.",
)
@option(Section.SEARCH, "--resume", metavar="JSON",
        help="Start from this saved fit instead of random starts, or go on from this checkpoint. Options of the data "
             "and the coding that are not given are as in that fit.")  # fmt: skip
@option(
    Section.SEARCH,
    "--by",
    "group_by",
    metavar="[top]|COLUMN",
    help="With 'top', fit the voters of each party at the top of the ticket by themselves, with types that go "
         "together. With a column, fit all together: each of its groups has shares of its own, and answers of its own "
         "to items that --equal does not name.",
)
@option(Section.SEARCH, "--equal", callback=listed, metavar="all|none|LIST", show_default="all",
        help="With --by COLUMN: items whose probabilities are equal in all groups.")  # fmt: skip
@constraints_option
@fit_options
@scale_options
@option(Section.OUTPUT, "--out", "files", metavar="FILE", multiple=True, callback=fit_files,
        help="Save the fit in this file, .json, or its tables: .tex, .md, .html, .xlsx, .docx, .txt or .csv; can be "
             "given several times.")
@option(Section.OUTPUT, "--report", metavar="HTML", callback=page_file,
        help="Write a page with figures, tables and a paragraph on the fit to this file; `blocs report` "
             "has more options. It needs the extra report.")
@option(
    Section.OUTPUT,
    "--model",
    is_flag=True,
    help="Ballots: also print the model's probabilities of a choice among all outcomes, which nobody may have had.",
)
@option(Section.OUTPUT, "--se", type=click.Choice(KINDS), show_default="none, or cluster with --cluster",
        help="Print standard errors of this kind.")  # fmt: skip
@option(Section.OUTPUT, "--cluster", metavar="COLUMN",
        help="Cluster robust standard errors, or those of the bootstrap, on this column, such as precinct.")
@option(Section.OUTPUT, "--replicates", type=click.IntRange(2, MOST_REPLICATES), metavar="NUMBER", show_default="1000",
        help="Replicates of --se bootstrap.")  # fmt: skip
@option(Section.OUTPUT, "--test-shares", is_flag=True,
        help="With --by-group or --covariates: test by likelihood ratios whether the shares depend on them, and print "
             "how far they moved the types.")  # fmt: skip
@words_options
@labels_option
@output_options
@click.pass_context
def command(ctx: click.Context, /, file: Files, report: str | None, as_json: bool, quiet: bool, **rest: Any) -> int:
    """Fit types to the ballots or answers in FILE, and print what they show, in a paragraph and in tables.

    FILE holds ballots in any format that blocs reads: long and wide tables, count tables, exports of the vendors. With
    --items it is a table of answers. Ctrl-C ends the fit: the best solution so far is printed, and saved with --out.

    \b
      blocs fit county.csv --report page.html --place "Madison, ward 9"
      blocs fit county.csv --top Governor --types 4 --out fit.json
      blocs fit county.csv --types 3 --by top --out fit.json --out tables.xlsx
      blocs fit counts.csv --weights n --codes 'v_*:0=none,1=REP,2=DEM,*=other'
      blocs fit survey.csv --items a,b,c --weights n --types 2
      blocs fit county.csv --types 3 --se robust --cluster precinct
      blocs fit county.csv --types 3 --se bootstrap --replicates 500
      blocs fit survey.csv --items a,b,c --covariates '~ age + party' --se robust
      blocs fit county.csv --by-group precinct --types 3 --test-shares
      blocs fit survey.csv --items a,b,c,d --by party --equal a,b,c --types 2
    """
    plan = plan_of(ctx, file)
    with Monitor(quiet) as monitor, scale_settings(plan.checkpoint, rest["every"], rest["engine"],
                                                   rest["scheduler"]) as scale:  # fmt: skip
        of = made(plan, file, monitor, scale)
    not_written, code = None, int(ExitCode.DONE)
    if report is not None:
        again = made_by(of.fit, paths_of(file), plan.asked, files=[*filter(None, (plan.saved, *plan.papers))],
                        report=report, **plan.words)  # fmt: skip
        not_written, code = write_page(report, of.fit, of.profiles, of.errors, of.labels, again, plan.words)
    unwritten, written = save_all(
        lambda: tables_of(of.fit, of.profiles, of.errors, of.labels, of.coded is not None, of.test), plan.papers,
        of.errors.table() if of.errors and plan.papers else None,
    )
    found, unfounded = finding(of.fit, of.profiles, file, of.errors, of.labels, plan.words)
    if plan.saved and of.unsaved is None:
        written = [f"Saved to {plan.saved}.", *written]
    if report is not None and not_written is None:
        written = [*written, f"The page is written to {report}."]
    if as_json:
        _print_json(plan, of, file, found)
    else:
        _print(plan, of, found, written)
    if problems := [*filter(None, [of.unsaved, not_written or unfounded]), *unwritten, *of.refused]:
        raise as_one(problems)
    return _end(plan, of, code)


def _print_json(plan: Plan, of: Made, file: Files, found: str) -> None:
    """Print the fit and what was asked beside it as one document."""
    beside = {"standard_errors": errors_json(of.errors)} if of.errors else {}
    beside |= {"shares_test": shares_test_json(of.test)} if of.test else {}
    print_json({**document(of.fit, of.profiles, file, plan.saved, of.coded), **beside, "finding": found,
                "labels": of.labels if plan.given["labels"] else {}, "tables": list(plan.papers),
                "report": plan.given["report"]})  # fmt: skip


def _print(plan: Plan, of: Made, found: str, written: Sequence[str]) -> None:
    """Print the finding, the fit and what was asked beside it, the account, and what was written."""
    printer = Printer()
    if found:
        printer.text(found)
        printer.text()
    show(printer, of.fit, of.profiles, of.labels, of.coded is not None, plan.given["model"], plan.asks_errors)
    if of.errors:
        show_errors(printer, of.errors, of.labels)
    if of.test:
        show_shares_test(printer, of.test)
    show_account(printer, of.profiles.account)
    show_left_out(printer, of.coded)
    for line in written:
        printer.line(line)


def _end(plan: Plan, of: Made, code: int) -> int:
    """Return the exit code, and say what a fit that is not to be relied on needs; code: that of the page."""
    from ..inference.bootstrap_tables import Bootstrap
    from ..results.fit_result import Fit

    fits = [of.fit] if isinstance(of.fit, Fit) else of.fit.fits.values()
    if code == ExitCode.NOT_CONVERGED:
        show_why(of.fit)
    code = max(code, *map(exit_code, fits))
    cut = isinstance(of.errors, Bootstrap) and of.errors.replicates < of.errors.asked
    cut = cut or (plan.asks_errors and isinstance(of.fit, Fit) and of.errors is None)
    if code == ExitCode.INTERRUPTED or cut or (of.test and not of.test.complete):
        begun = isinstance(of.fit, Fit) and of.fit.status == "interrupted"
        show_how_to_go_on(plan.ctx, plan.checkpoint, plan.saved if begun else None)
        return ExitCode.INTERRUPTED
    return code


def exit_code(fit: Fit) -> int:
    """Return 130 for an interrupted fit, 3 for one that is not to be relied on, else 0."""
    if fit.status == "interrupted":
        return ExitCode.INTERRUPTED
    return ExitCode.NOT_CONVERGED if fit.status != "converged" or "empty_type" in fit.flags else ExitCode.DONE
