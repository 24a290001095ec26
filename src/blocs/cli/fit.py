"""`blocs fit`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..core.interrupts import halting
from ..files.atomic import check_apart
from .data import read_profiles
from .exit_codes import ExitCode
from .monitor import Monitor
from .option_names import Command
from .options import DataOptions, data_options_of, fit_options, output_options
from .page import Page, print_json
from .places import place
from .show import fit_json, show_account, show_fit

if TYPE_CHECKING:
    from ..results.fit_result import Fit

__all__ = ["command", "exit_code"]


@click.command("fit", cls=Command, short_help="Fit types to ballots or to a categorical table.")
@click.argument("file")
@click.option("--types", type=click.IntRange(1), help="Number of types (default: 3, or as in --resume).")
@click.option("--out", metavar="JSON", callback=place, help="Save the fit here.")
@click.option("--resume", metavar="JSON", help="Start from a saved fit instead of random starts.")
@fit_options
@data_options_of("--resume")
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: str, types: int | None, out: str | None, resume: str | None, memory: str | None,
    jobs: int | None, starts: int, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Fit types to FILE and print them.

    FILE holds ballots in any format that blocs reads (long and wide tables, count tables, the vendors' exports), or,
    with --items, a plain categorical table. Ctrl-C ends the fit with the best so far, printed and saved to --out.

    \b
      blocs fit county.csv --top President --parties DEM,REP --types 4 --out fit.json
      blocs fit counts.csv.gz --top PRS --weights voters --codes 'v_*:0=none,1=REP,2=DEM,*=other'
      blocs fit survey.csv --items a,b,c --weights n --types 2
    """
    from ..em.fit import fit
    from ..inference.selection import numbers_of_types
    from ..results.fit_result import load

    begin = load(resume) if resume else None
    options = DataOptions.from_call(ctx, dict(begin.settings).get("data") if begin else None)
    if out:
        check_apart(out, file, options.candidates)
    number = types or (begin.types if begin else 3)
    settings = {name: rest[name] for name in ("seed", "method", "prior", "accelerate", "exchange", "steps")}
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        profiles = read_profiles(file, options, memory, jobs, monitor.reading)
        numbers_of_types(profiles, [number])
        with halting():  # what is found is saved, also when Ctrl-C comes late
            watch = monitor.fitting(number, 1 if begin else starts)
            found = fit(profiles, number, starts=starts, jobs=jobs, init=begin, watch=watch, **settings)
            found = replace(found, settings={**found.settings, "data": options.to_dict()})
            if out:
                found.save(out)
    if as_json:
        print_json(fit_json(found, file, out))
    else:
        page = Page()
        show_fit(page, found, "voter" if options.items is None else "observation")
        show_account(page, profiles.account.paragraph())
        if out:
            page.line(f"Saved to {out}.")
    return exit_code(found)


def exit_code(fit: Fit) -> int:
    """Return 130 for an interrupted fit, 3 for one that is not to be relied on, else 0."""
    if fit.status == "interrupted":
        return ExitCode.INTERRUPTED
    return ExitCode.NOT_CONVERGED if fit.status != "converged" or "empty_type" in fit.flags else ExitCode.DONE
