"""`blocs iia`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.errors import counted
from ..files.atomic import check_apart
from .data import read_data
from .exit_codes import ExitCode
from .help_sections import Section, option
from .labels import read_labels
from .monitor import Monitor
from .notes import left_out_json
from .option_errors import Command
from .options import (
    DataOptions,
    Files,
    data_options,
    files_argument,
    fit_options,
    labels_option,
    output_options,
    paths_of,
)
from .output_paths import csv_file, save_csv
from .printer import Printer, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..inference.iia import IIATest
    from ..inference.menu_shares import MenuSharesTest

__all__ = ["command"]


@click.command("iia", cls=Command)
@files_argument
@data_options
@option(Section.SEARCH, "--types", type=click.IntRange(1), required=True, metavar="K",
        help="Number of types: the one that is used.")
@fit_options
@option(Section.OUTPUT, "--out", metavar="CSV", callback=csv_file,
        help="Save the shares of every type on every menu in this file.")
@labels_option
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: Files, types: int, out: str | None, labels: str | None, memory: str | None,
    jobs: int | None, starts: int, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Test the assumption that makes races with less choice usable (IIA), office by office.

    Of voters of one type, the model says that the odds between two outcomes are the same whether or not a third was on
    the ballot. The test fits types with odds of their own on every menu. Below it stands what the voters did on each
    menu beside what the model says, and whether the types have the same shares on all menus.

    \b
      blocs iia county.csv --types 4
    """
    from ..inference.iia import iia_test
    from ..inference.menu_shares import menu_shares_test
    from ..inference.selection import numbers_of_types

    options = DataOptions.from_call(ctx)
    if out:
        check_apart(out, *paths_of(file), options.candidates, labels)
    settings = {name: rest[name] for name in ("seed", "method", "prior", "accelerate", "exchange", "steps")}
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        profiles, coded = read_data(file, options, memory, jobs, monitor.reading)
        names = read_labels(labels, profiles.schema.names)
        numbers_of_types(profiles, [types])
        test = iia_test(profiles, types, starts=starts, jobs=jobs, watch=monitor.fitting(types, starts), **settings)
        shares = menu_shares_test(test.pooled, profiles) if types > 1 else None
    if out:
        save_csv(test.table, out)
    if as_json:
        print_json({"command": "iia", "file": file, "saved": out, **test.to_dict(),
                    "menu_shares": None if shares is None else shares.to_dict(),
                    "account": profiles.account.to_dict(), "left_out": left_out_json(coded),
                    "labels": names if labels else {}})  # fmt: skip
    else:
        _show(Printer(), test, shares, names)
    return ExitCode.DONE if test.pooled.status == test.by_menu.status == "converged" else ExitCode.NOT_CONVERGED


def _show(printer: Printer, test: IIATest, shares: MenuSharesTest | None, labels: Mapping[str, str]) -> None:
    printer.title(f"IIA within {counted(test.types, 'type')}: likelihood-ratio test")
    rows = [[labels[row["item"]], str(row["menus"]), f"{row['lr']:,.2f}", str(row["df"]), f"{row['p']:.4f}"]
            for row in test.items.to_dict("records")]  # fmt: skip
    printer.table(["", "menus", "LR", "df", "p"], [*rows, ["all", "", f"{test.lr:,.2f}", str(test.df),
                                                           f"{test.p:.4f}"]])  # fmt: skip
    for note in test.notes:
        printer.text(f"Note: {note}")
    printer.text()
    printer.title("Shares on every menu, % of those who had it: by itself, and by the odds of all menus (IIA)")
    cells = [
        [labels[row["item"]], row["menu"], str(row["outcome"]), f"{row['observed']:,.0f}", f"{100 * row['share']:.1f}",
         f"{100 * row['iia']:.1f}", f"{100 * row['difference']:+.1f}"]
        for row in test.overall.to_dict("records")
    ]  # fmt: skip
    printer.table(["", "menu", "outcome", "observed", "by itself", "IIA", "diff."], cells, left=3)
    printer.text()
    if shares is not None:
        _show_shares(printer, shares, labels)


def _show_shares(printer: Printer, test: MenuSharesTest, labels: Mapping[str, str]) -> None:
    printer.title("Same shares of types on all menus: score test")
    rows = [
        [labels.get(row["item"], row["item"]), str(row["menus"]), f"{row['statistic']:,.2f}", str(row["df"]),
         f"{row['p']:.4f}"]
        for row in test.items.to_dict("records")
    ]  # fmt: skip
    p = "" if test.p is None else f"{test.p:.4f}"
    printer.table(["", "menus", "score", "df", "p"], [*rows, ["all", "", f"{test.statistic:,.2f}", str(test.df), p]])
    wide = test.shares.pivot(index=["item", "menu", "n"], columns="type", values="share").reindex(
        test.shares.set_index(["item", "menu", "n"]).index.unique())  # fmt: skip
    cells = [
        [labels.get(item, item), menu, f"{n:,.0f}", *(f"{100 * share:.1f}" for share in row)]
        for (item, menu, n), row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    printer.text()
    printer.title("Shares of the types among those with each menu, %")
    printer.table(["", "menu", "n", *(f"type {k}" for k in wide.columns)], cells, left=2)
