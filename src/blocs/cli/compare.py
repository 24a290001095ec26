"""`blocs compare`."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from ..core.interrupts import halting
from ..files.atomic import check_apart
from .data import read_profiles
from .exit_codes import ExitCode
from .monitor import Monitor
from .option_names import Command
from .options import DataOptions, data_options, fit_options, output_options, type_range
from .page import Page, print_json
from .places import csv_place, save_csv
from .show import comparison_json, show_account, show_comparison

if TYPE_CHECKING:
    from ..profiles import Profiles
    from ..results.fit_result import Fit

__all__ = ["command", "run"]


@click.command("compare", cls=Command, short_help="Fit several numbers of types.")
@click.argument("file")
@click.option("--types", type=type_range, help="Numbers of types, as in 1-8 or 1,2,4 (default: 1-8, or as "
              "many as there are unique rows).")  # fmt: skip
@click.option("--out", metavar="CSV", callback=csv_place, help="Write the table here as CSV.")
@fit_options
@data_options
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: str, types: tuple[range, ...] | None, out: str | None, memory: str | None,
    jobs: int | None, starts: int, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Fit several numbers of types to FILE and print one table: log-likelihood, BIC, AIC, entropy, starts.

    Exit code 3 means that the fit with the lowest BIC did not converge.

    \b
      blocs compare county.csv --types 1-8 --starts 20
    """
    from ..inference.selection import compare_table, numbers_of_types

    options = DataOptions.from_call(ctx)
    if out:
        check_apart(out, file, options.candidates)
    settings = {name: rest[name] for name in ("seed", "method", "prior", "accelerate", "exchange", "steps")}
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        profiles = read_profiles(file, options, memory, jobs, monitor.reading)
        numbers = numbers_of_types(profiles, None if types is None else chain.from_iterable(types))
        table = compare_table(run(profiles, numbers, monitor, starts=starts, jobs=jobs, **settings))
    if out:
        save_csv(table, out)
    if as_json:
        print_json({**comparison_json(table, file, numbers), "account": profiles.account.to_dict()})
    else:
        page = Page()
        show_comparison(page, table, numbers)
        page.text()
        show_account(page, profiles.account.paragraph())
    if "interrupted" in set(table["status"]) or len(table) < len(numbers):
        return ExitCode.INTERRUPTED
    best = table["bic"].to_numpy().argmin()
    return ExitCode.DONE if table["status"].iloc[best] == "converged" else ExitCode.NOT_CONVERGED


def run(profiles: Profiles, types: tuple[int, ...], monitor: Monitor, starts: int, **settings: Any) -> list[Fit]:
    """Return a fit for each number of types, with a bar for each; stop at the first that is interrupted."""
    from ..em.fit import fit

    fits: list[Fit] = []
    with halting() as event:
        for k in types:
            fits.append(fit(profiles, k, starts=starts, watch=monitor.fitting(k, starts), **settings))
            if event.is_set():
                break
    return fits
