"""`blocs iia`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import Fault, InputError
from ..core.summary import p_number, p_value
from ..files.atomic import check_apart
from .data import read_data, refuse_covariates
from .exit_codes import ExitCode
from .help_sections import Section, option
from .labels import read_labels
from .monitor import Monitor
from .notes import left_out_json, show_left_out
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
from .output_paths import save_forms, table_files
from .printer import Printer, print_json
from .scale_options import checkpoint_options, refuse_kept, scale_settings
from .show import show_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ..inference.iia import IIATest
    from ..inference.menu_shares import MenuSharesTest
    from ..presentation import Table

__all__ = ["command"]

ALL = "all"
"""The group of all voters."""
LEVEL = 0.05
"""Level of the test in the sentence that answers."""
SMALL = 500
"""Expected voters of the smallest type below which the bootstrap is advised (docs/iia.md)."""


@click.command("iia", cls=Command)
@files_argument
@data_options
@option(Section.SEARCH, "--types", type=click.IntRange(1), required=True, metavar="NUMBER",
        help="Number of types: the one that is used.")
@option(Section.SEARCH, "--by", "group_by", type=click.Choice(("top",)), metavar="[top]",
        help="Test the voters of each party at the top of the ticket by themselves.")
@option(Section.TESTS, "--kind", "test_kind", type=click.Choice(("lr", "wald")), default="lr", show_default=True,
        help="Kind of test: 'lr' is the likelihood-ratio test, 'wald' the score test at the pooled fit.")
@option(Section.TESTS, "--cluster", metavar="COLUMN",
        help="With --kind wald: column of the units within which voters resemble each other, such as precinct.")
@option(Section.TESTS, "--bootstrap", type=click.IntRange(0), default=0, show_default=True, metavar="NUMBER",
        help="Replicates of a parametric bootstrap, such as 199, for p-values without chi-square.")
@fit_options
@checkpoint_options
@option(Section.OUTPUT, "--out", metavar="FILE", multiple=True, callback=table_files,
        help="Save the test in this file: the shares of every type on every menu as .csv, or the tables of a paper as "
             ".tex, .md, .html, .xlsx, .docx or .txt. Can be given several times.")
@labels_option
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: Files, types: int, group_by: str | None, test_kind: str, cluster: str | None,
    bootstrap: int, checkpoint: str | None, every: float, out: tuple[str, ...], labels: str | None, memory: str | None,
    jobs: int | None, starts: int, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Test the assumption that makes races with less choice usable (IIA), office by office.

    Of voters of one type, the model says that the odds between two outcomes are the same whether or not a third was on
    the ballot. The test fits types with odds of their own on every menu. Below it stands what the voters did on each
    menu beside what the model says, and whether the types have the same shares on all menus.

    Where one party stands alone, its voters have another menu than those of the other party: --by top tests the voters
    of each party by themselves.

    \b
      blocs iia county.csv --types 4
      blocs iia county.csv --types 2 --by top --out iia.csv --out iia.tex
    """
    from ..inference.iia import iia_test, menus_compare
    from ..inference.menu_shares import menu_shares_test, menus_differ
    from ..inference.selection import numbers_of_types
    from ..profiles import split

    options = DataOptions.from_call(ctx)
    refuse_covariates(options)
    if cluster not in (None, "top", *options.groups):
        options = replace(options, groups=(*options.groups, str(cluster)))
    for name in out:
        check_apart(name, *paths_of(file), options.candidates, labels)
    settings = {name: rest[name] for name in ("seed", "method", "prior", "accelerate", "exchange", "steps")}
    refuse_kept(checkpoint, bootstrap, group_by)
    with Monitor(quiet) as monitor, scale_settings(checkpoint, every, "local", None):
        monitor.task("reading the file")
        profiles, coded = read_data(file, options, memory, jobs, monitor.reading)
        names = read_labels(labels, profiles.schema.names)
        parts = {ALL: profiles} if group_by is None else split(profiles, group_by)
        nothing = [] if group_by is None else [label for label, part in parts.items() if not menus_compare(part)]
        if len(nothing) == len(parts):
            who = " and ".join(map(str, nothing))
            raise InputError(Fault(f"for voters of {who} no office has two outcomes on several menus",
                                   argument="group_by", rule="IIA says something of such offices only",
                                   remedy="There is nothing to test"))  # fmt: skip
        parts = {label: part for label, part in parts.items() if label not in nothing}
        tests, shares = {}, {}
        for label, part in parts.items():
            numbers_of_types(part, [types])
            watch = monitor.fitting(types, starts)
            each = monitor.drawing(bootstrap, "bootstrap") if bootstrap else None
            tests[label] = iia_test(part, types, kind=test_kind, cluster=cluster, bootstrap=bootstrap, each=each,
                                    checkpoint=checkpoint, every=every, starts=starts, jobs=jobs, watch=watch,
                                    covariates=options.covariates, groups=options.by_group, **settings)  # fmt: skip
            compared = types > 1 and menus_differ(part) and tests[label].pooled.mixture.membership.common
            shares[label] = menu_shares_test(tests[label].pooled, part, cluster) if compared else None
    failures, saved = save_forms(_together(tests, group_by), lambda: _tables(tests, group_by, names), out)
    if as_json:
        found = [
            {**({} if group_by is None else {group_by: label}), **test.to_dict(),
             "menu_shares": None if (of := shares[label]) is None else of.to_dict()}
            for label, test in tests.items()
        ]  # fmt: skip
        print_json({"command": "iia", "file": file, "saved": saved, "tests": found, "not_tested": nothing,
                    "account": profiles.account.to_dict(), "left_out": left_out_json(coded),
                    "labels": names if labels else {}})  # fmt: skip
    else:
        printer = Printer()
        for label, test in tests.items():
            _show(printer, test, "" if group_by is None else f"{label}: ", names)
            if (of_menus := shares[label]) is not None:
                _show_shares(printer, of_menus, names)
        for label in nothing:
            printer.text(f"{label}: there is nothing to test. For voters of {label} no office has two outcomes on "
                         "several menus.")  # fmt: skip
            printer.text()
        show_account(printer, profiles.account)
        show_left_out(printer, coded)
        for name in saved:
            printer.line(f"Saved to {name}.")
    for failure in failures:
        raise failure
    fits = [fit for test in tests.values() for fit in (test.pooled, test.by_menu) if fit is not None]
    return ExitCode.DONE if all(fit.status == "converged" for fit in fits) else ExitCode.NOT_CONVERGED


def _together(tests: Mapping[Any, IIATest], by: str | None) -> pd.DataFrame:
    """Return the tables of all groups as one, with the group in the first column."""
    import pandas as pd

    if by is None:
        return tests[ALL].table
    parts = []
    for label, test in tests.items():
        parts.append(test.table.copy())
        parts[-1].insert(0, by, label)
    return pd.concat(parts, ignore_index=True)


def _tables(tests: Mapping[Any, IIATest], by: str | None, labels: Mapping[str, str]) -> list[Table]:
    """Return the tables of all groups, with the group in their captions."""
    from ..papers import iia, iia_menus

    own = [(label, make(test, labels)) for label, test in tests.items() for make in (iia, iia_menus)]
    if by is None:
        return [table for _, table in own]
    return [
        replace(table, caption=f"{label}: {table.caption}", name=f"{table.name} {label}") for label, table in own
    ]


def _show(printer: Printer, test: IIATest, group: str, labels: Mapping[str, str]) -> None:
    printer.title(f"{group}{test.title}")
    printer.text(_answer(test))
    printer.text()
    rows = [
        [labels.get(row["item"], row["item"]), str(row["menus"]), _number(row["statistic"]), str(row["df"]),
         p_number(row["p"]), p_number(row.get("bootstrap_p"))]
        for row in test.items.to_dict("records")
    ]  # fmt: skip
    statistic = "LR" if test.kind == "lr" else "score"
    all_items = ["all", "", _number(test.statistic), str(test.df), p_number(test.p), p_number(test.bootstrap_p)]
    headers = ["", "menus", statistic, "df", "p", "bootstrap p"][: 6 if test.bootstrap else 5]
    printer.table(headers, [row[: len(headers)] for row in [*rows, all_items]])
    for note in test.notes:
        printer.text(f"Note: {note}")
    printer.text()
    printer.title("% on every menu: by itself, by the odds of all menus (IIA), difference")
    apart = test.table.assign(apart=100 * (test.table["share"] - test.table["iia"]))
    of_types = apart.pivot_table(index=["item", "menu", "outcome"], columns="type", values="apart", sort=False)
    numbers = list(of_types.columns) if test.types > 1 else []
    cells = [
        [labels.get(row["item"], row["item"]), _menu(row["menu"]), str(row["outcome"]), f"{row['observed']:,.0f}",
         f"{100 * row['share']:.1f}", f"{100 * row['iia']:.1f}", _points(100 * row["difference"]),
         *(_points(of_types.loc[(row["item"], row["menu"], row["outcome"]), k]) for k in numbers)]
        for row in test.overall.to_dict("records")
    ]  # fmt: skip
    headers = ["", "menu", "outcome", "observed", "by itself", "IIA", "diff.", *(f"type {k}" for k in numbers)]
    printer.table(headers, cells, left=3)
    printer.text()


def _answer(test: IIATest) -> str:
    """Return what the test says of all items together, and what it needs where a type is small."""
    p = test.bootstrap_p if test.bootstrap else test.p
    if p is None or p != p:
        return "There is no p-value of all offices together."
    found = "rejects IIA: within types, the odds between outcomes differ from menu to menu" if p < LEVEL else (
        "finds no difference of the odds between outcomes from menu to menu within types")  # fmt: skip
    text = f"At the {100 * LEVEL:.0f} per cent level the test {found} ({p_value(p)})."
    smallest = test.pooled.n * float(test.pooled.shares.min())
    if test.bootstrap or smallest >= SMALL:
        return text
    return (f"{text} The smallest type has about {smallest:,.0f} observations: --bootstrap 199 gives p-values without "
            "chi-square, which are better for types of a few hundred.")  # fmt: skip


def _menu(menu: str) -> str:
    """Return a menu as a list that can be wrapped."""
    return menu.replace("|", ", ")


def _points(difference: Any) -> str:
    return f"{round(float(difference), 1) + 0.0:+.1f}"  # no -0.0


def _number(statistic: float) -> str:
    return "" if statistic != statistic else f"{statistic:,.2f}"


def _show_shares(printer: Printer, test: MenuSharesTest, labels: Mapping[str, str]) -> None:
    printer.title(test.title)
    rows = [
        [labels.get(row["item"], row["item"]), str(row["menus"]), _number(row["statistic"]), str(row["df"]),
         p_number(row["p"])]
        for row in test.items.to_dict("records")
    ]  # fmt: skip
    all_items = ["all", "", _number(test.statistic), str(test.df), p_number(test.p)]
    printer.table(["", "menus", "score", "df", "p"], [*rows, all_items])
    for note in test.notes:
        printer.text(f"Note: {note}")
    wide = test.shares.pivot(index=["item", "menu", "n"], columns="type", values="share").reindex(
        test.shares.set_index(["item", "menu", "n"]).index.unique())  # fmt: skip
    cells = [
        [labels.get(item, item), _menu(menu), f"{n:,.0f}", *(f"{100 * share:.1f}" for share in row)]
        for (item, menu, n), row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    printer.text()
    printer.title("Shares of the types among those with each menu, %")
    printer.table(["", "menu", "n", *(f"type {k}" for k in wide.columns)], cells, left=2)
    printer.text()
