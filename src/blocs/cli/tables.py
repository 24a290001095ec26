"""`blocs tables`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import Fault, InputError
from ..core.limits import LEAST_CELL
from ..files.atomic import check_apart
from ..presentation.numbers import NOTHING
from .data import read_coded
from .exit_codes import ExitCode
from .help_sections import Section, option
from .labels import read_labels
from .monitor import Monitor
from .notes import left_out_json, show_left_out
from .option_errors import Command
from .options import DataOptions, Files, data_options, files_argument, labels_option, output_options, paths_of
from .output_paths import places_of, save_place, tables_place
from .printer import Printer, print_json
from .show import BALLOT_OUTCOMES, missing_items, percent, show_account, show_missing, show_unknown, unknown_menus

if TYPE_CHECKING:
    import pandas as pd

    from ..ballots import Coded
    from ..ballots.reports.disclosure import Published
    from ..presentation import Table
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["command"]

BARS = (*BALLOT_OUTCOMES, "missing")
"""Shares of an office, in the order of the table; the last is there if something is treated as missing."""
PARTS = ("solid", "opposed", "mixed", "none")


@click.command("tables", cls=Command)
@files_argument
@data_options
@option(Section.TABLES, "--by", metavar="LIST", help="Columns by which voters are counted, such as precinct or style.")
@option(Section.TABLES, "--fit", "fitted", metavar="JSON",
        help="A saved fit, or fits by top party: adds the expected voters of each type to the table of --by. Options "
             "of the data and the coding that are not given are as in that fit.")  # fmt: skip
@option(
    Section.TABLES,
    "--minimum",
    type=click.IntRange(1),
    default=LEAST_CELL,
    show_default=True,
    metavar="NUMBER",
    help="Disclosure control: the smallest number of voters that a cell may stand for.",
)
@option(
    Section.OUTPUT,
    "--out",
    metavar="PLACE",
    callback=tables_place,
    help="Save bars.csv, partisans.csv and groups.csv in this folder, or all tables in this file, such as tables.xlsx "
    "or tables.tex.",
)
@labels_option
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: Files, by: str | None, fitted: str | None, minimum: int, out: str | None,
    labels: str | None, memory: str | None, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Print how the voters of each party at the top of the ticket voted in the other offices, without any types.

    The first table has, for every office, the shares of straight, split, abstain and other among all voters for whom
    the office was contested, and the share of what --other or --overvote treats as missing. The second counts the
    voters who chose one party in every contested office. With --by, the third counts the voters of each group.

    For disclosure control, a cell that stands for fewer voters than --minimum stays blank, with a second one of its row
    if its number could be worked out from the others; small groups are merged. --minimum 1 prints everything.

    \b
      blocs tables county.csv
      blocs tables county.csv --by precinct --fit fit.json --out tables
    """
    fit, options = _fit_and_options(ctx, fitted)
    if options.items is not None:
        raise InputError(Fault("it is for tables of answers", argument="items",
                               rule="Tables are made of coded ballots"))  # fmt: skip
    for place in places_of(out, TABLES):
        check_apart(place, *paths_of(file), fitted, options.candidates)
    groups = tuple(dict.fromkeys(part.strip() for part in (by or "").split(",") if part.strip()))
    options = replace(options, groups=tuple(dict.fromkeys((*options.groups, *(g for g in groups if g != "top")))))
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        coded = read_coded(file, options, memory, None, monitor.reading)
    profiles = coded.profiles
    names = read_labels(labels, profiles.schema.names)
    tables = _tables(coded, fit, groups, minimum)
    called = tables["bars"].table.replace({"office": names})
    named = {**tables, "bars": replace(tables["bars"], table=called)}
    saved, failure = save_place({name: of.table for name, of in named.items()}, lambda: _for_a_paper(named), out)
    menus = unknown_menus(fit, profiles) if groups and fit is not None else []
    if as_json:
        rows = {name: published.table.to_dict("records") for name, published in tables.items()}
        remarks = {name: published.remark for name, published in tables.items()}
        print_json({"command": "tables", "file": file, **rows, "remarks": remarks, "saved": saved,
                    "unknown": menus,
                    "account": profiles.account.to_dict(), "labels": names if labels else {},
                    "left_out": left_out_json(coded)})  # fmt: skip
    else:
        printer = Printer()
        for name, published in named.items():
            TABLES[name](printer, published)
        if groups and fit is not None:
            show_missing(printer, missing_items(_one(fit), profiles), _one(fit))
            show_unknown(printer, menus, "voter", None)
        show_account(printer, profiles.account)
        show_left_out(printer, coded)
        for written in saved:
            printer.line(f"Saved to {written}.")
    if failure is not None:
        raise failure
    return ExitCode.DONE


def _fit_and_options(ctx: click.Context, fitted: str | None) -> tuple[Fit | FitsByGroup | None, DataOptions]:
    """Return the saved fit, or fits by group, and how the file is read and coded: by default as for the fit."""
    if fitted is None:
        return None, DataOptions.from_call(ctx)
    from ..results.load import load_any

    fit = load_any(fitted)
    return fit, DataOptions.from_call(ctx, dict(_one(fit).settings).get("data"))


def _one(fit: Fit | FitsByGroup) -> Fit:
    """Return a fit, of fits by group the first: all have the same items and settings."""
    from ..results.fits_by_group import FitsByGroup

    return fit.first if isinstance(fit, FitsByGroup) else fit


def _tables(coded: Coded, fit: Fit | FitsByGroup | None, groups: tuple[str, ...], minimum: int) -> dict[str, Published]:
    """Return the tables by name, after disclosure control."""
    from ..ballots import office_bars, solid_partisans
    from ..ballots.reports.disclosure import by_group, few_withheld
    from ..inference.assignment import posterior_of_cells

    bars = office_bars(coded)
    if not (bars["missing"] > 0).any():
        bars = bars.drop(columns="missing")
    tables = {
        "bars": few_withheld(bars, [name for name in BARS if name in bars], minimum, of="contested"),
        "partisans": few_withheld(solid_partisans(coded), PARTS, minimum),
    }
    if groups:
        profiles = coded.profiles
        posterior = None if fit is None else posterior_of_cells(fit, profiles)
        tables["groups"] = by_group(profiles, list(groups), posterior, minimum)
    return tables


def _for_a_paper(tables: dict[str, Published]) -> list[Table]:
    """Return the tables as a paper has them, with what is withheld in their notes."""
    from .. import papers

    make: dict[str, Callable[[pd.DataFrame], Table]]
    make = {"bars": papers.office_bars, "partisans": papers.partisans, "groups": papers.groups}
    made = [(make[name](of.table), of.remark) for name, of in tables.items()]
    return [replace(table, notes=(*table.notes, remark)) for table, remark in made]


def _show_bars(printer: Printer, bars: Published) -> None:
    shares = [name for name in BARS if name in bars.table]
    for top, rows in bars.table.groupby("top", sort=True):
        printer.title(f"{top}: votes in each office, % of all voters for whom it was contested")
        cells = [
            [row["office"], _whole(row["contested"]), *(percent(row[outcome]) or NOTHING for outcome in shares)]
            for row in rows.to_dict("records")
        ]
        printer.table(["office", "contested", *shares], cells)
        printer.text()
    _show_remark(printer, bars)


def _show_partisans(printer: Printer, partisans: Published) -> None:
    printer.title("One party in every contested office")
    printer.table(["top", *PARTS], [[row["top"], *(_whole(row[n]) for n in PARTS)] for row in _rows(partisans)])
    _show_remark(printer, partisans)


def _show_groups(printer: Printer, groups: Published) -> None:
    counts = [c for c in groups.table.columns if c == "voters" or str(c).startswith("type_")]
    labels = [c for c in groups.table.columns if c not in counts]
    printer.title("Voters by group" + ", and expected voters of each type" * (len(counts) > 1))
    cells = [[*(str(row[c]) for c in labels), *(_voters(row[c], c) for c in counts)] for row in _rows(groups)]
    printer.table([*map(str, labels), *counts], cells, left=len(labels))
    _show_remark(printer, groups)


def _rows(published: Published) -> list[dict[Any, Any]]:
    return published.table.to_dict("records")


def _show_remark(printer: Printer, published: Published) -> None:
    printer.text(published.remark)
    printer.text()


def _whole(number: float) -> str:
    """Return a number of voters; a dash where it is withheld."""
    return NOTHING if number != number else f"{number:,.0f}"


def _voters(number: float, column: str) -> str:
    """Return a number of voters: of types they are expected ones, with the one decimal that is published."""
    return _whole(number) if column == "voters" or number != number else f"{number:,.1f}"


TABLES = {"bars": _show_bars, "partisans": _show_partisans, "groups": _show_groups}
"""Name of a table -> what prints it."""
