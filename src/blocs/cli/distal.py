"""`blocs distal`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.errors import Fault, InputError
from ..core.summary import p_number
from ..files.atomic import check_apart
from .completed import FileArgument
from .help_sections import Section, option
from .monitor import Monitor
from .option_errors import Command
from .options import DataOptions, Files, data_options, files_argument, output_options, paths_of
from .output_paths import save_forms, table_files
from .printer import Printer
from .result import give
from .step_data import read_for_steps

if TYPE_CHECKING:
    import pandas as pd

    from ..inference.distal_outcome import DistalOutcome

__all__ = ["command"]

METHODS = ("bch", "ml", "naive")
"""The names of `inference.distal_estimates.ESTIMATES`, which is not loaded for a line of help."""


@click.command("distal", cls=Command)
@click.argument("fitted", cls=FileArgument, metavar="FIT")
@files_argument
@data_options
@option(Section.TESTS, "--outcome", metavar="COLUMN", required=True,
        help="Column that the types are to explain: numbers have means, text and 'C(year)' categories, 0 and 1 a "
             "proportion.")  # fmt: skip
@option(Section.TESTS, "--method", type=click.Choice(METHODS), show_default="bch for means, ml for others",
        help="How errors of assignments to types are corrected; naive does not.")
@option(Section.TESTS, "--assignment", type=click.Choice(["modal", "proportional"]), default="modal", show_default=True,
        help="To the most probable type (modal), or to every type by its posterior.")
@option(Section.TESTS, "--errors", type=click.Choice(["corrected", "uncorrected"]), default="corrected",
        show_default=True, help="Whether standard errors have what the errors of the types add.")
@option(Section.TESTS, "--controls", metavar="FORMULA",
        help="Columns on which the outcome is regressed within each type, such as '~ age'.")
@option(Section.TESTS, "--cluster", metavar="COLUMN", help="Column of clusters: errors are then clustered.")
@option(Section.TESTS, "--shares", type=click.Choice(["free", "fixed"]), show_default="free",
        help="With ml: whether the shares of the types are estimated again, or stay as in the fit.")
@option(Section.TESTS, "--variances", metavar="WORD", show_default="equal",
        help="With ml and a mean: 'equal' in all types, 'by_type', or a known variance.")
@option(Section.OUTPUT, "--out", metavar="FILE", multiple=True, callback=table_files,
        help="Save the outcome by type in this file: all columns as .csv, or the table of a paper as .tex, .md, .html, "
             ".xlsx, .docx or .txt. Can be given several times.")  # fmt: skip
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, fitted: str, file: Files, outcome: str, method: str | None, assignment: str, errors: str,
    controls: str | None, cluster: str | None, shares: str | None, variances: str | None, out: tuple[str, ...],
    memory: str | None, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Say how an outcome differs between the types in FIT, the types being as they are.

    FIT is a file that `blocs fit --out` wrote without covariates, FILE the data that were fitted. They are read and
    coded as for the fit. Rows without the outcome keep their part in the types.

    \b
      blocs distal fit.json survey.csv --outcome turnout
      blocs distal fit.json survey.csv --outcome income --controls '~ age'
      blocs distal fit.json survey.csv --outcome vote --out table3.tex
    """
    from ..inference.distal import column_of, distal
    from ..inference.fitted_rows import require_one_share
    from ..membership import columns_of
    from ..papers import outcomes
    from ..results.load import load

    fit = load(fitted)
    if fit.groups is None:
        require_one_share(fit, "An outcome by type")
    options = DataOptions.from_call(ctx, dict(fit.settings).get("data"))
    if options.covariates is not None:
        raise InputError(Fault("it has no meaning for an outcome", argument="covariates",
                               remedy="Give `controls=`, on which the outcome depends within each type"))  # fmt: skip
    for name in out:
        check_apart(name, *paths_of(file), fitted, options.candidates)
    columns = {**({cluster: "cluster"} if cluster else {}), **dict.fromkeys(columns_of(controls), "controls"),
               column_of(outcome)[0]: "outcome"}  # fmt: skip
    with Monitor(quiet) as monitor:
        profiles = read_for_steps(file, options, columns, memory, monitor)
        monitor.task("estimating the outcome", known=False)
        found = distal(fit, profiles, outcome, method, assignment=assignment, errors=errors, controls=controls,
                       cluster=cluster, shares=shares, variances=_variances(variances))  # fmt: skip
    failures, saved = save_forms(found.table(), lambda: [outcomes(found)], out)
    document = {"command": "distal", "fit": fitted, "file": file, **_document(found)}
    return give(document, lambda printer: _show(printer, found), as_json, failures, saved)


def _variances(text: str | None) -> str | float | None:
    """Return a known variance as a number, and any other word as it is."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _document(found: DistalOutcome) -> dict[str, Any]:
    """Return everything as plain data."""
    controls = [] if found.design is None else _records(found.coefficients())
    return {
        "outcome": found.outcome, "method": found.method, "kind": found.kind, "free": found.free, "n": found.n,
        "table": _records(found.table()), "tests": _records(found.tests()), "coefficients": controls,
        "matrix": found.matrix.tolist(), "notes": found.notes,
    }  # fmt: skip


def _records(table: pd.DataFrame) -> list[Any]:
    """Return the rows of a table, null where there is nothing."""
    return list(table.astype(object).where(table.notna(), None).to_dict("records"))


def _show(printer: Printer, found: DistalOutcome) -> None:
    """Print the outcome by type, its differences, and the slopes of controls."""
    numbers = ("se", "low", "high")
    printer.title(f"{found.outcome} of {found.fit.types} types: {found.method}")
    printer.text(f"{found.n:,.0f} observations; standard errors: {found.kind}")
    printer.text()
    labels = [] if found.categories is None else ["category"]
    cells = [
        [f"Type {row['type']}", *(str(row[name]) for name in labels), *_cells(row, ("estimate", *numbers)), row["flag"]]
        for row in found.table().to_dict("records")
    ]  # fmt: skip
    printer.table(["", *labels, "estimate", *numbers, ""], cells, left=1 + len(labels))
    printer.text()
    printer.title("Differences between types: Wald tests")
    tests = [
        ["all types" if row["test"] == "omnibus" else f"Type {row['type']} less type {row['against']}",
         *_cells(row, ("difference", "se", "statistic")), str(row["df"]), p_number(row["p"])]
        for row in found.tests().to_dict("records")
    ]  # fmt: skip
    printer.table(["", "difference", "se", "chi-squared", "df", "p"], tests)
    if found.design is not None:
        printer.text()
        printer.title("Slopes of the controls within each type")
        slopes = [
            [f"Type {row['type']}", *(str(row[name]) for name in labels), row["term"],
             *_cells(row, ("coefficient", *numbers)), p_number(row["p"]), row["flag"]]
            for row in found.coefficients().to_dict("records")
        ]  # fmt: skip
        printer.table(["", *labels, "", "coefficient", *numbers, "p", ""], slopes, left=2 + len(labels))
    for note in (found.free, *found.notes):
        if note:
            printer.text()
            printer.text(note)


def _cells(row: dict[Any, Any], names: tuple[str, ...]) -> list[str]:
    return ["-" if row[name] != row[name] else f"{row[name]:.4f}" for name in names]
