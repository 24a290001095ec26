"""`blocs demo`: the main job from end to end, on a county with known types."""

from __future__ import annotations

import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.limits import MOST_THREADS
from .compare import run
from .finite import FiniteRange
from .fit import exit_code
from .help_sections import Section, option
from .monitor import Monitor
from .option_errors import Command
from .options import output_options
from .output_paths import output_folder
from .printer import Printer, print_json
from .show import BALLOT_OUTCOMES, comparison_json, fit_json, reached, show_account, show_comparison, type_names

if TYPE_CHECKING:
    from ..simulation.recovery import Recovery

__all__ = ["command"]


@click.command("demo", cls=Command)
@option(Section.SIMULATION, "--voters", type=int, default=20_000, show_default=True, metavar="NUMBER",
        help="Number of voters, from 1 to 10,000,000,000.")
@option(Section.SIMULATION, "--offices", type=int, default=6, show_default=True, metavar="NUMBER",
        help="Number of offices on the ballot, with the President, from 2 to 10,000.")
@option(Section.SIMULATION, "--types", type=click.IntRange(1), default=3, show_default=True, metavar="NUMBER",
        help="True number of types.")
@option(Section.SIMULATION, "--uncontested", type=FiniteRange(), default=0.5, show_default=True, metavar="SHARE",
        help="Share of the district races in which only one of the two parties has a candidate, from 0 to 1.")
@option(Section.SIMULATION, "--seed", type=int, default=1, show_default=True, metavar="NUMBER",
        help="Seed of the random numbers; the same seed gives the same county and the same fit.")
@option(Section.SEARCH, "--starts", type=click.IntRange(1), default=10, show_default=True, metavar="NUMBER",
        help="Number of random starts.")
@option(Section.SEARCH, "--jobs", type=click.IntRange(1, MOST_THREADS), show_default="all cores", metavar="NUMBER",
        help="Number of threads; the fit does not depend on it.")
@option(Section.OUTPUT, "--keep", metavar="FOLDER", callback=output_folder,
        help="Keep the county, its true types and the fit in this folder.")
@output_options
def command(
    voters: int, offices: int, types: int, uncontested: float, starts: int, seed: int, jobs: int | None,
    keep: str | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Simulate a county, write it to a file, read and code the file, fit several numbers of types, and compare the
    types found with the true ones.

    The county has voters of known types, districts, and races that only one party contests.

    \b
      blocs demo
      blocs demo --types 4 --keep demo
    """
    began = time.monotonic()
    if keep:
        Path(keep).mkdir(parents=True, exist_ok=True)
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory(prefix="blocs-demo-") as folder, \
            Monitor(quiet) as monitor:  # fmt: skip
        file = Path(folder) / "county.csv"
        results = _work(file, voters, offices, types, uncontested, seed, starts, jobs, monitor)
        if keep:
            results["truth"].save(file.with_suffix(".truth.json"))
            results["fit"].save(file.with_suffix(".fit.json"))
    seconds = time.monotonic() - began
    (_print_json if as_json else _print)(results, str(file) if keep else None, seconds)
    return exit_code(results["fit"])


def _work(
    file: Path, voters: int, offices: int, types: int, uncontested: float, seed: int, starts: int, jobs: int | None,
    monitor: Monitor,
) -> dict[str, Any]:  # fmt: skip
    """Write a county, read it, code it, fit several numbers of types, and compare with the true types."""
    from ..ballots import code, read_cvr
    from ..inference.selection import compare_table
    from ..simulation import write_collection
    from ..simulation.recovery import recover

    monitor.task("simulating a county")
    truth = write_collection(file, voters, offices, types, uncontested, 1, seed)
    monitor.task("reading the file")
    ballots = read_cvr(file, threads=jobs, progress=monitor.reading)
    profiles = code(ballots)
    numbers = tuple(range(1, types + 2))
    fits = run(profiles, numbers, monitor, starts=starts, jobs=jobs, seed=seed)
    fitted = next((fit for fit in fits if fit.types == types), None)
    if fitted is None:
        raise KeyboardInterrupt
    return {"truth": truth, "profiles": profiles, "table": compare_table(fits), "numbers": numbers, "fit": fitted,
            "recovery": recover(fitted, truth), "size": file.stat().st_size}  # fmt: skip


def _print(results: dict[str, Any], file: str | None, seconds: float) -> None:
    printer, fit, recovery = Printer(), results["fit"], results["recovery"]
    printer.title("1. A simulated county, written as a file and read back")
    show_account(printer, results["profiles"].account, title="")
    printer.text()
    printer.title("2. How many types?")
    show_comparison(printer, results["table"], results["numbers"])
    printer.text()
    printer.title("3. The types found (true values in brackets), percent")
    printer.text(f"Best optimum reached by {reached(fit)}; log-likelihood {fit.loglik:,.4f}.")
    printer.text()
    _show_types(printer, recovery)
    printer.text(f"Largest error of a share {recovery.largest_share_error:.4f}; of a probability "
              f"{recovery.largest_error:.4f}, on average {recovery.mean_error:.4f}.")  # fmt: skip
    printer.text(f"{results['size'] / 1e6:.1f} MB of ballots, {seconds:.1f} seconds in all.")
    if file:
        printer.line(f"The county is in {file}, with its true types and its fit beside it.")


def _show_types(printer: Printer, recovery: Recovery) -> None:
    table = recovery.probabilities
    for name, row in zip(type_names(recovery.shares["fitted"]), recovery.shares.to_dict("records"), strict=True):
        printer.title(f"{name}: share {100 * row['fitted']:.1f} "
                   f"({100 * row['true']:.1f}), error {100 * row['error']:+.1f}")  # fmt: skip
        of_type = table[table["type"] == row["type"]]
        wide = {item: part.set_index("outcome") for item, part in of_type.groupby("item", sort=False)}
        rows = [
            [str(item),
             *(f"{100 * part.at[o, 'fitted']:.1f} ({100 * part.at[o, 'true']:.1f})" if o in part.index else ""
               for o in BALLOT_OUTCOMES),
             f"{100 * part['error'].abs().max():.1f}"]
            for item, part in wide.items()
        ]  # fmt: skip
        printer.table(["office", *BALLOT_OUTCOMES, "largest error"], rows, optional=["largest error"])
        printer.text()


def _print_json(results: dict[str, Any], file: str | None, seconds: float) -> None:
    recovery = results["recovery"]
    print_json(
        {
            "command": "demo",
            "seconds": seconds,
            "compare": comparison_json(results["table"], file or "", results["numbers"])["rows"],
            "fit": fit_json(results["fit"], file or "", None),
            "truth": results["truth"].to_dict(),
            "shares": recovery.shares.to_dict("records"),
            "probabilities": recovery.probabilities.to_dict("records"),
            "largest_share_error": recovery.largest_share_error,
            "largest_error": recovery.largest_error,
            "mean_error": recovery.mean_error,
        }
    )
