"""`blocs plan`."""

from __future__ import annotations

import click

from ..core.limits import MOST_PLANNED
from .exit_codes import ExitCode
from .finite import FiniteRange
from .help_sections import Section, option
from .option_errors import Command
from .options import output_options
from .printer import Printer, print_json

__all__ = ["command"]


@click.command("plan", cls=Command)
@option(Section.DATA, "--profiles", type=click.IntRange(1), required=True, metavar="NUMBER",
        help="Distinct rows of the data.")
@option(Section.DATA, "--items", type=click.IntRange(1, MOST_PLANNED), required=True, metavar="NUMBER",
        help="Number of items.")
@option(Section.DATA, "--outcomes", type=click.IntRange(2, MOST_PLANNED), default=3, show_default=True,
        metavar="NUMBER", help="Outcomes of an item, on average.")
@option(Section.SEARCH, "--types", type=click.IntRange(1, MOST_PLANNED), required=True, metavar="NUMBER",
        help="Number of types.")
@option(Section.SEARCH, "--starts", type=click.IntRange(1), default=20, show_default=True, metavar="NUMBER",
        help="Number of random starts.")
@option(Section.SEARCH, "--workers", type=click.IntRange(1), default=1, show_default=True, metavar="NUMBER",
        help="Number of threads, or of workers of a cluster.")
@option(Section.SEARCH, "--price", type=FiniteRange(0), metavar="NUMBER",
        help="What an hour of a processor costs, in any currency.")
@output_options
def command(
    profiles: int, items: int, outcomes: int, types: int, starts: int, workers: int, price: float | None,
    as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Estimate the time and memory of a fit, from a small one that is made here and now on simulated data.

    The data may need more iterations than the simulated ones, or fewer: take the time for its order of magnitude.

    \b
      blocs plan --profiles 20000000 --items 12 --outcomes 5 --types 6 --workers 2
      blocs plan --profiles 1000000000 --types 6 --workers 1000 --price 0.05
    """
    from ..em.planning import plan

    made = plan(profiles, items, types, outcomes=outcomes, starts=starts, workers=workers)
    cost = None if price is None else made.processor_seconds / 3600 * price
    if as_json:
        print_json({"command": "plan", **made.to_dict(), **({} if cost is None else {"cost": cost})})
        return ExitCode.DONE
    printer = Printer()
    printer.line(str(made))
    if cost is not None:
        printer.line(f"Cost: {cost:,.2f}, at {price:g} for an hour of a processor.")
    return ExitCode.DONE
