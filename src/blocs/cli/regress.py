"""`blocs regress`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.errors import Fault, InputError
from ..files.atomic import check_apart
from .change_table import show_changes
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
    from ..inference.step_regression import StepRegression

__all__ = ["command"]

METHODS = ("two_step", "ml", "bch", "naive")
"""The names of `inference.first_step.METHODS`, which is not loaded for a line of help."""


@click.command("regress", cls=Command)
@click.argument("fitted", cls=FileArgument, metavar="FIT")
@files_argument
@data_options
@option(Section.TESTS, "--method", type=click.Choice(METHODS), default="two_step", show_default=True,
        help="Two steps, or three with corrections for the errors of assignments to types (ml, bch) or without.")
@option(Section.TESTS, "--assignment", type=click.Choice(["modal", "proportional"]),
        show_default="modal",
        help="With three steps: to the most probable type (modal), or to every type by its posterior.")
@option(Section.TESTS, "--errors", type=click.Choice(["corrected", "uncorrected"]), default="corrected",
        show_default=True, help="Whether standard errors have what the errors of the types add.")
@option(Section.TESTS, "--cluster", metavar="COLUMN", help="Column of clusters: errors are then clustered.")
@option(Section.OUTPUT, "--out", metavar="FILE", multiple=True, callback=table_files,
        help="Save the coefficients in this file: all columns as .csv, or the tables of a paper, with the effects on "
             "the shares, as .tex, .md, .html, .xlsx, .docx or .txt. Can be given several times.")
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, fitted: str, file: Files, method: str, assignment: str | None, errors: str,
    cluster: str | None, out: tuple[str, ...], memory: str | None, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Say how the shares of the types in FIT depend on covariates, the types being as they are.

    FIT is a file that `blocs fit --out` wrote without covariates, FILE the data that were fitted. They are read and
    coded as for the fit. Rows without one of the covariates keep their part in the types.

    \b
      blocs regress fit.json county.csv --covariates '~ age + C(party)'
      blocs regress fit.json survey.csv --covariates '~ age' --cluster county
      blocs regress fit.json survey.csv --covariates '~ age' --out table2.tex
    """
    from ..inference.regress import regress
    from ..membership import columns_of
    from ..papers import coefficients, effects
    from ..results.load import load

    fit = load(fitted)
    options = DataOptions.from_call(ctx, dict(fit.settings).get("data"))
    formula = options.covariates
    if formula is None:
        raise InputError(Fault("there is none", argument="covariates", rule="The columns that shares depend on",
                               remedy="Give a formula, such as --covariates '~ age'"))  # fmt: skip
    for name in out:
        check_apart(name, *paths_of(file), fitted, options.candidates)
    columns = {**({cluster: "cluster"} if cluster else {}), **dict.fromkeys(columns_of(formula), "covariates")}
    with Monitor(quiet) as monitor:
        profiles = read_for_steps(file, options, columns, memory, monitor)
        monitor.task("estimating coefficients", known=False)
        found = regress(fit, profiles, formula, method, assignment=assignment, errors=errors, cluster=cluster)
    how = f"{found.method}; standard errors: {found.kind}."
    failures, saved = save_forms(
        found.coefficients(), lambda: [coefficients(found), effects(found.margins(), how)], out
    )  # fmt: skip
    document = {"command": "regress", "fit": fitted, "file": file, **_document(found)}
    return give(document, lambda printer: _show(printer, found), as_json, failures, saved)


def _document(found: StepRegression) -> dict[str, Any]:
    """Return everything as plain data."""
    return {
        "formula": found.design.formula, "method": found.method, "kind": found.kind, "n": found.n,
        "coefficients": found.coefficients().to_dict("records"), "margins": found.margins().to_dict("records"),
        "matrix": found.matrix.tolist(), "tests": [test._asdict() for test in found.tests()], "notes": found.notes,
    }  # fmt: skip


def _show(printer: Printer, found: StepRegression) -> None:
    """Print coefficients, tests of terms and changes of shares."""
    printer.title(f"Shares of {found.fit.types} types by {found.design.formula}: {found.method}")
    printer.text(f"{found.n:,.0f} observations; standard errors: {found.kind}")
    printer.text()
    cells = [
        [f"Type {row['type']}", row["term"], *_numbers(row, ("coefficient", "se", "low", "high")), row["flag"]]
        for row in found.coefficients().to_dict("records")
    ]
    printer.table(["against type 1", "", "log-odds", "se", "low", "high", ""], cells, left=2)
    printer.text()
    for test in found.tests():
        printer.text(str(test))
    printer.text()
    show_changes(printer, found.margins())
    for note in found.notes:
        printer.text()
        printer.text(note)


def _numbers(row: dict[Any, Any], names: tuple[str, ...]) -> list[str]:
    return ["-" if row[name] != row[name] else f"{row[name]:.4f}" for name in names]
