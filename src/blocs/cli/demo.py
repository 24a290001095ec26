"""`blocs demo`: the main job from end to end, on a county whose types are known."""

from __future__ import annotations

import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .compare import run
from .fit import exit_code
from .monitor import Monitor
from .option_names import Command
from .options import output_options
from .page import Page, print_json
from .places import folder
from .show import comparison_json, fit_json, reached, show_account, show_comparison, type_name

if TYPE_CHECKING:
    from ..simulation.recovery import Recovery

__all__ = ["command"]

_ORDER = ("straight", "split", "abstain", "other")


@click.command("demo", cls=Command, short_help="Simulate a county and find its types again.")
@click.option("--voters", type=int, default=20_000, show_default=True, help="Voters.")
@click.option("--offices", type=int, default=6, show_default=True, help="Offices on the ballot, President included.")
@click.option("--types", type=click.IntRange(1), default=3, show_default=True, help="True number of types.")
@click.option("--uncontested", type=float, default=0.5, show_default=True,
              help="Share of district races with one of the two parties only.")  # fmt: skip
@click.option("--starts", type=click.IntRange(1), default=10, show_default=True, help="Random starts.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same county.")
@click.option("--jobs", type=click.IntRange(1), help="Threads (default: all).")
@click.option("--keep", metavar="DIR", callback=folder, help="Keep the county, its truth and the fit in this folder.")
@output_options
def command(
    voters: int, offices: int, types: int, uncontested: float, starts: int, seed: int, jobs: int | None,
    keep: str | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Simulate a county, write it as a file, read it back, code it, compare numbers of types, fit, and print both.

    The county has known types of voters, districts, and races that only one party contests.

    \b
      blocs demo
      blocs demo --types 4 --keep demo
    """
    began = time.monotonic()
    if keep:
        Path(keep).mkdir(parents=True, exist_ok=True)
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory(prefix="blocs-demo-") as place, \
            Monitor(quiet) as monitor:  # fmt: skip
        file = Path(place) / "county.csv"
        found = _work(file, voters, offices, types, uncontested, seed, starts, jobs, monitor)
        if keep:
            found["truth"].save(file.with_suffix(".truth.json"))
            found["fit"].save(file.with_suffix(".fit.json"))
    seconds = time.monotonic() - began
    (_print_json if as_json else _print)(found, str(file) if keep else None, seconds)
    return exit_code(found["fit"])


def _work(
    file: Path, voters: int, offices: int, types: int, uncontested: float, seed: int, starts: int, jobs: int | None,
    monitor: Monitor,
) -> dict[str, Any]:  # fmt: skip
    """File out, file in, code, compare, fit, recover."""
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


def _print(found: dict[str, Any], file: str | None, seconds: float) -> None:
    page, fit, recovery = Page(), found["fit"], found["recovery"]
    page.title("1. A simulated county, written as a file and read back")
    show_account(page, found["profiles"].account.paragraph(), title="")
    page.text()
    page.title("2. How many types?")
    show_comparison(page, found["table"], found["numbers"])
    page.text()
    page.title("3. The types found (true values in brackets), percent")
    page.text(f"Best optimum reached by {reached(fit)}; log-likelihood {fit.loglik:,.4f}.")
    page.text()
    _show_types(page, recovery)
    page.text(f"Largest error of a share {recovery.largest_share_error:.4f}; of a probability "
              f"{recovery.largest_error:.4f}, on average {recovery.mean_error:.4f}.")  # fmt: skip
    page.text(f"{found['size'] / 1e6:.1f} MB of ballots, {seconds:.1f} seconds in all.")
    if file:
        page.line(f"Kept in {file}, with its truth and its fit beside it.")


def _show_types(page: Page, recovery: Recovery) -> None:
    table = recovery.probabilities
    for row in recovery.shares.to_dict("records"):
        page.title(f"{type_name(row['type'], row['fitted'])}: share {100 * row['fitted']:.1f} "
                   f"({100 * row['true']:.1f}), error {100 * row['error']:+.1f}")  # fmt: skip
        mine = table[table["type"] == row["type"]]
        wide = {item: part.set_index("outcome") for item, part in mine.groupby("item", sort=False)}
        rows = [
            [str(item),
             *(f"{100 * part.at[o, 'fitted']:.1f} ({100 * part.at[o, 'true']:.1f})" if o in part.index else ""
               for o in _ORDER),
             f"{100 * part['error'].abs().max():.1f}"]
            for item, part in wide.items()
        ]  # fmt: skip
        page.table(["office", *_ORDER, "largest error"], rows, spare=["largest error"])
        page.text()


def _print_json(found: dict[str, Any], file: str | None, seconds: float) -> None:
    recovery = found["recovery"]
    print_json(
        {
            "command": "demo",
            "seconds": seconds,
            "compare": comparison_json(found["table"], file or "", found["numbers"])["rows"],
            "fit": fit_json(found["fit"], file or "", None),
            "truth": found["truth"].to_dict(),
            "shares": recovery.shares.to_dict("records"),
            "probabilities": recovery.probabilities.to_dict("records"),
            "largest_share_error": recovery.largest_share_error,
            "largest_error": recovery.largest_error,
            "mean_error": recovery.mean_error,
        }
    )
