"""`blocs residuals`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.limits import MOST_THREADS
from ..core.summary import p_number
from ..files.atomic import check_apart
from .completed import FileArgument
from .data import read_data
from .exit_codes import ExitCode
from .help_sections import Section, option
from .labels import read_labels, with_group_labels
from .monitor import Monitor
from .option_errors import Command
from .options import DataOptions, Files, data_options, files_argument, labels_option, output_options, paths_of
from .output_paths import places_of, save_place, tables_place
from .printer import Printer, print_json
from .scale_options import checkpoint_options, refuse_kept, scale_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["command"]

NO_TABLE = "  Not computed for shares that depend on covariates or groups: few rows have the same of both."
"""What stands in place of the numbers of the whole table."""
MOST_PAIRS = 20
"""Pairs of items that are printed; --json and --out have all."""
TABLES = ("pairs", "rows")
"""Names of the tables that are saved."""


@click.command("residuals", cls=Command)
@click.argument("fitted", cls=FileArgument, metavar="FIT")
@files_argument
@data_options
@option(Section.TESTS, "--bootstrap", type=click.IntRange(0), default=0, show_default=True, metavar="NUMBER",
        help="Replicates of a parametric bootstrap, such as 999, for the p-values.")
@option(Section.TESTS, "--seed", type=click.IntRange(0), default=0, show_default=True, metavar="NUMBER",
        help="Seed of the bootstrap.")
@option(Section.SEARCH, "--jobs", type=click.IntRange(1, MOST_THREADS), show_default="all cores", metavar="NUMBER",
        help="Number of threads; results do not depend on it.")
@checkpoint_options
@option(Section.TESTS, "--rows", "shown", type=click.IntRange(1), default=20, show_default=True, metavar="NUMBER",
        help="Number of rows in the table of the most common ones.")
@option(Section.OUTPUT, "--out", metavar="PLACE", callback=tables_place,
        help="Save pairs.csv and rows.csv in this folder, or all tables in this file, such as residuals.xlsx or "
             "residuals.tex.")
@labels_option
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, fitted: str, file: Files, bootstrap: int, seed: int, shown: int, out: str | None,
    labels: str | None, memory: str | None, jobs: int | None, checkpoint: str | None, every: float, as_json: bool,
    quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Print how well the types of FIT, which `blocs fit --out` saved, describe FILE, the data that they were fitted to.

    The first numbers compare the whole table of answers with the model, then each pair of items is compared, then the
    most common rows. FILE is read and coded as it was for the fit.

    \b
      blocs residuals fit.json county.csv
      blocs residuals fit.json county.csv --bootstrap 199 --out residuals
      blocs residuals fit.json county.csv --out residuals.tex
    """
    from ..inference.bivariate import bivariate_residuals
    from ..inference.goodness import goodness_of_fit
    from ..inference.residuals import residuals
    from ..papers import common_rows, goodness
    from ..papers import residuals as table_of_pairs
    from ..results.load import load

    fit = load(fitted)
    options = DataOptions.from_call(ctx, dict(fit.settings).get("data"))
    for place in places_of(out, TABLES):
        check_apart(place, *paths_of(file), fitted, options.candidates)
    refuse_kept(checkpoint, bootstrap)
    with Monitor(quiet) as monitor, scale_settings(checkpoint, every, "local", None):
        monitor.task("reading the file")
        profiles, coded = read_data(file, options, memory, jobs, monitor.reading)
        names = with_group_labels(read_labels(labels, profiles.schema.names), fit.schema)
        monitor.task("comparing with the fit", known=bootstrap > 0)
        draw: dict[str, Any] = {"seed": seed, "jobs": jobs, "checkpoint": checkpoint, "every": every}
        names_of = {"whole": "bootstrap of the whole table", "pairs": "bootstrap of pairs"}
        each = {name: monitor.drawing(bootstrap, words) if bootstrap else None for name, words in names_of.items()}
        common = fit.mixture.membership.common
        whole = goodness_of_fit(fit, profiles, bootstrap, each=each["whole"], **draw) if common else None
        tables = {"pairs": bivariate_residuals(fit, profiles, bootstrap, each=each["pairs"], **draw),
                  "rows": residuals(fit, profiles, shown)}  # fmt: skip
    saved, failure = save_place(tables, lambda: [
        *([] if whole is None else [goodness(whole)]), table_of_pairs(tables["pairs"], names),
        common_rows(tables["rows"], names),
    ], out)  # fmt: skip
    if as_json:
        print_json({"command": "residuals", "file": file, "fit": fitted, "goodness_of_fit": whole and whole.to_dict(),
                    **{name: table.to_dict("records") for name, table in tables.items()}, "saved": saved,
                    "labels": names if labels else {}})  # fmt: skip
    else:
        printer = Printer()
        title, *lines = ["Goodness of fit", NO_TABLE] if whole is None else str(whole).splitlines()
        printer.title(title)
        for line in lines:
            printer.text(line)
        printer.text()
        _show_pairs(printer, tables["pairs"], names, "offices" if coded else "items", whole is not None)
        _show_rows(printer, tables["rows"], names)
    if failure is not None:
        raise failure
    return ExitCode.DONE


def _show_pairs(printer: Printer, pairs: pd.DataFrame, labels: Mapping[str, str], noun: str, drawn: bool) -> None:
    """Print pairs of items; drawn: whether a bootstrap can draw tables like the data."""
    printer.title(f"Pairs of {noun}, the worst first: X2, and X2 by degree of freedom (BVR)")
    cells = [
        [labels[row["item_a"]], labels[row["item_b"]], f"{row['x2']:,.2f}", str(row["df"]), f"{row['bvr']:,.2f}",
         p_number(row["p"])]
        for row in pairs.head(MOST_PAIRS).to_dict("records")
    ]  # fmt: skip
    width = 6 if pairs["p"].notna().any() else 5
    headers = ["", "", "X2", "df", "BVR", "p"][:width]
    printer.table(headers, [row[:width] for row in cells], left=2)
    if len(pairs) > MOST_PAIRS:
        printer.text(f"{len(pairs) - MOST_PAIRS:,} more pairs are in the output of --json and --out.")
    if width == 5:
        printer.text("X2 has no chi-square distribution, as the types were fitted to the same data"
                     f"{'; --bootstrap 999 gives p-values.' if drawn else '.'}")  # fmt: skip
    printer.text()


def _show_rows(printer: Printer, rows: pd.DataFrame, labels: Mapping[str, str]) -> None:
    printer.title("The most common rows: observed, expected and standardised difference")
    names = list(rows.columns[:-4])
    cells = [
        [str(number), f"{row['observed']:,.0f}", f"{row['expected']:,.1f}", f"{row['standardised']:.2f}",
         *(_outcome(row[name], f"{name}: " in row["menus"]) for name in names)]
        for number, row in enumerate(rows.to_dict("records"), start=1)
    ]  # fmt: skip
    printer.table(["", "observed", "expected", "std.", *(labels.get(name, name) for name in names)], cells)
    if rows["menus"].ne("").any():
        printer.text("* Less than all outcomes were on offer; --json and --out have the menus.")


def _outcome(label: object, less: bool) -> str:
    return "" if label is None else f"{label}{'*' if less else ''}"
