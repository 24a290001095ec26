"""`blocs fit`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..core.interrupts import interruptible
from ..files.atomic import check_apart
from .data import read_profiles
from .exit_codes import ExitCode
from .help_sections import Section, option
from .monitor import Monitor
from .option_errors import Command
from .options import DataOptions, data_options, fit_options, output_options
from .output_paths import output_file
from .printer import Printer, print_json
from .show import fit_json, show_account, show_fit

if TYPE_CHECKING:
    from ..results.fit_result import Fit

__all__ = ["command", "exit_code"]


@click.command("fit", cls=Command)
@click.argument("file")
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
        help="Start from this saved fit instead of random starts. Options of the data and the coding that are not "
             "given are as in that fit.")  # fmt: skip
@fit_options
@option(Section.OUTPUT, "--out", metavar="JSON", callback=output_file, help="Save the fit in this file.")
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: str, types: int | None, out: str | None, resume: str | None, memory: str | None,
    jobs: int | None, starts: int, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Fit types to the ballots or answers in FILE, and print them.

    FILE holds ballots in any format that blocs reads: long and wide tables, count tables, exports of the vendors. With
    --items it is a table of answers. Ctrl-C ends the fit: the best solution so far is printed, and saved with --out.

    \b
      blocs fit county.csv --top President --parties DEM,REP --types 4 --out fit.json
      blocs fit counts.csv.gz --top PRS --weights voters --codes 'v_*:0=none,1=REP,2=DEM,*=other'
      blocs fit survey.csv --items a,b,c --weights n --types 2
    """
    from ..em.fit import fit
    from ..results.load import load

    begin = load(resume) if resume else None
    options = DataOptions.from_call(ctx, dict(begin.settings).get("data") if begin else None)
    if out:
        check_apart(out, file, options.candidates)
    number = types or (begin.types if begin else 3)
    settings = {name: rest[name] for name in ("seed", "method", "prior", "accelerate", "exchange", "steps")}
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        profiles = read_profiles(file, options, memory, jobs, monitor.reading)
        with interruptible():  # the fit is saved, also when Ctrl-C comes late
            watch = monitor.fitting(number, 1 if begin else starts)
            fitted = fit(profiles, number, starts=starts, jobs=jobs, init=begin, watch=watch, **settings)
            fitted = replace(fitted, settings={**fitted.settings, "data": options.to_dict()})
            if out:
                fitted.save(out)
    if as_json:
        print_json(fit_json(fitted, file, out))
    else:
        printer = Printer()
        show_fit(printer, fitted, "voter" if options.items is None else "observation")
        show_account(printer, profiles.account)
        if out:
            printer.line(f"Saved to {out}.")
    return exit_code(fitted)


def exit_code(fit: Fit) -> int:
    """Return 130 for an interrupted fit, 3 for one that is not to be relied on, else 0."""
    if fit.status == "interrupted":
        return ExitCode.INTERRUPTED
    return ExitCode.NOT_CONVERGED if fit.status != "converged" or "empty_type" in fit.flags else ExitCode.DONE
