"""`blocs tables`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import Fault, InputError
from ..files.atomic import check_apart
from .data import read_profiles
from .exit_codes import ExitCode
from .monitor import Monitor
from .option_names import Command
from .options import DataOptions, data_options_of, output_options
from .page import Page, print_json
from .places import folder, save_csv
from .show import missing_items, show_account, show_missing

if TYPE_CHECKING:
    from ..ballots.reports.disclosure import Published

__all__ = ["command"]

TABLES = ("bars.csv", "partisans.csv", "groups.csv")
OUTCOMES = ("straight", "split", "abstain", "other")
PARTS = ("solid", "opposed", "mixed", "none")


@click.command("tables", cls=Command, short_help="Print tables of the coded ballots.")
@click.argument("file")
@click.option("--by", metavar="LIST", help="Columns of the groups of the third table, such as precinct, style, lever.")
@click.option("--fit", "fitted", metavar="JSON", help="Add the expected voters of each type of this fit.")
@click.option("--minimum", type=click.IntRange(1), default=10, show_default=True,
              help="Smallest number of voters that a cell of any table stands for.")  # fmt: skip
@click.option("--out", metavar="FOLDER", callback=folder, help="Write bars.csv, partisans.csv and groups.csv here.")
@data_options_of("--fit")
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: str, by: str | None, fitted: str | None, minimum: int, out: str | None,
    memory: str | None, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Print how the voters of each top party voted, without any types, and how they spread over groups.

    First, office by office, the shares of straight, split, abstain and other among all voters for whom the office was
    contested; then how many chose one party in every contested office; with --by the voters of each group.

    No cell of any table stands for fewer than --minimum voters: it stays blank, with another one of its row where it
    could be worked out, and small groups are merged. --minimum 1 prints everything.

    \b
      blocs tables county.csv
      blocs tables county.csv --by precinct --fit fit.json --minimum 10 --out tables
    """
    from ..ballots import office_bars, solid_partisans
    from ..ballots.reports.disclosure import by_group, few_withheld

    options, fit = DataOptions.from_call(ctx), None
    if fitted is not None:
        from ..results.fit_result import load

        fit = load(fitted)
        options = DataOptions.from_call(ctx, dict(fit.settings).get("data"))
    if options.items is not None:
        raise InputError(Fault("it is for plain tables", argument="items", rule="Tables are made of coded ballots"))
    for name in TABLES if out else ():
        check_apart(Path(str(out)) / name, file, fitted, options.candidates)
    groups = tuple(part.strip() for part in (by or "").split(",") if part.strip())
    options = replace(options, groups=tuple(dict.fromkeys((*options.groups, *(g for g in groups if g != "top")))))
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        profiles = read_profiles(file, options, memory, None, monitor.reading)
    found = {
        "bars": few_withheld(office_bars(profiles), OUTCOMES, minimum, of="contested"),
        "partisans": few_withheld(solid_partisans(profiles), PARTS, minimum),
    }
    if groups:
        posterior = None if fit is None else fit.posterior(profiles).to_numpy()
        found["groups"] = by_group(profiles, list(groups), posterior, minimum)
    saved = _save(found, out)
    if as_json:
        rows = {name: published.table.to_dict("records") for name, published in found.items()}
        remarks = {name: published.remark for name, published in found.items()}
        print_json({"command": "tables", "file": file, **rows, "remarks": remarks, "saved": saved,
                    "account": profiles.account.to_dict()})  # fmt: skip
        return ExitCode.DONE
    page = Page()
    _show_bars(page, found["bars"])
    _show_partisans(page, found["partisans"])
    if groups:
        _show_groups(page, found["groups"])
    if groups and fit is not None:
        show_missing(page, missing_items(fit, profiles), fit)
    show_account(page, profiles.account.paragraph())
    return ExitCode.DONE


def _save(tables: dict[str, Published], out: str | None) -> list[str]:
    if out is None:
        return []
    place = Path(out)
    place.mkdir(parents=True, exist_ok=True)
    for name, published in tables.items():
        save_csv(published.table, str(place / f"{name}.csv"))
    return [(place / f"{name}.csv").as_posix() for name in tables]


def _show_bars(page: Page, bars: Published) -> None:
    for top, rows in bars.table.groupby("top", sort=True):
        page.title(f"{top}: votes in each office, % of all voters for whom it was contested")
        cells = [
            [row["office"], _whole(row["contested"]), *(_percent(row[outcome]) for outcome in OUTCOMES)]
            for row in rows.to_dict("records")
        ]
        page.table(["office", "contested", *OUTCOMES], cells)
        page.text()
    _show_remark(page, bars)


def _show_partisans(page: Page, partisans: Published) -> None:
    page.title("One party in every contested office")
    page.table(["top", *PARTS], [[row["top"], *(_whole(row[n]) for n in PARTS)] for row in _rows(partisans)])
    _show_remark(page, partisans)


def _show_groups(page: Page, groups: Published) -> None:
    page.title("Voters by group")
    counts = [c for c in groups.table.columns if c == "voters" or str(c).startswith("type_")]
    labels = [c for c in groups.table.columns if c not in counts]
    cells = [[*(str(row[c]) for c in labels), *(_whole(row[c]) for c in counts)] for row in _rows(groups)]
    page.table([*map(str, labels), *counts], cells, left=len(labels))
    _show_remark(page, groups)


def _rows(published: Published) -> list[dict[Any, Any]]:
    return published.table.to_dict("records")


def _show_remark(page: Page, published: Published) -> None:
    page.text(published.remark)
    page.text()


def _whole(number: float) -> str:
    return "" if number != number else f"{number:,.0f}"


def _percent(share: float) -> str:
    return "" if share != share else f"{100 * share:.1f}"
