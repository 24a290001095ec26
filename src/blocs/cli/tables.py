"""`blocs tables`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..files import check_apart
from . import DONE
from .data import read_profiles
from .monitor import Monitor
from .options import DataOptions, data_options, output_options
from .page import Page, print_json
from .places import save_csv
from .show import show_account

if TYPE_CHECKING:
    import pandas as pd

    from ..ballots.published import Published
    from ..profiles import Profiles

__all__ = ["command"]

TABLES = ("bars.csv", "partisans.csv", "groups.csv")


@click.command("tables", short_help="Print tables of the coded ballots.")
@click.argument("file")
@click.option("--by", metavar="LIST", help="Columns of the groups of the third table, such as precinct, style, lever.")
@click.option("--fit", "fitted", metavar="JSON", help="Add the expected voters of each type of this fit.")
@click.option("--minimum", type=click.IntRange(1), default=10, show_default=True,
              help="Smallest number of voters a published cell stands for.")  # fmt: skip
@click.option("--out", metavar="FOLDER", help="Write bars.csv, partisans.csv and groups.csv here.")
@data_options
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: str, by: str | None, fitted: str | None, minimum: int, out: str | None,
    memory: str | None, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Print how the voters of each top party voted, without any types, and how they spread over groups.

    First, office by office, the shares of straight, split, abstain and other among all voters for whom the office was
    contested; then how many chose one party in every contested office; with --by the voters of each group, where no
    cell stands for fewer than --minimum voters.

    \b
      blocs tables county.csv
      blocs tables county.csv --by precinct --fit fit.json --minimum 10 --out tables
    """
    from ..ballots import office_bars, solid_partisans

    options, fit = DataOptions.from_call(ctx), None
    if fitted is not None:
        from ..result import load

        fit = load(fitted)
        options = DataOptions.from_call(ctx, dict(fit.settings).get("data"))
    for name in TABLES if out else ():
        check_apart(Path(str(out)) / name, file, fitted, options.candidates)
    groups = tuple(part.strip() for part in (by or "").split(",") if part.strip())
    options = replace(options, groups=tuple(dict.fromkeys((*options.groups, *(g for g in groups if g != "top")))))
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        profiles = read_profiles(file, options, memory, None, monitor.reading)
    tables = {"bars": office_bars(profiles), "partisans": solid_partisans(profiles)}
    published = _by_group(profiles, groups, None if fit is None else fit.posterior(profiles).to_numpy(), minimum)
    if published is not None:
        tables["groups"] = published.table
    saved = _save(tables, out)
    if as_json:
        found = {name: table.to_dict("records") for name, table in tables.items()}
        remark = None if published is None else published.remark
        print_json({"command": "tables", "file": file, **found, "remark": remark, "saved": saved,
                    "account": profiles.account.to_dict()})  # fmt: skip
        return DONE
    _show(Page(), tables, published, profiles)
    return DONE


def _by_group(profiles: Profiles, groups: tuple[str, ...], posterior: Any, minimum: int) -> Published | None:
    from ..ballots.published import by_group

    return by_group(profiles, list(groups), posterior, minimum) if groups else None


def _save(tables: dict[str, pd.DataFrame], out: str | None) -> list[str]:
    if out is None:
        return []
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        save_csv(table, str(folder / f"{name}.csv"))
    return [(folder / f"{name}.csv").as_posix() for name in tables]


def _show(page: Page, tables: dict[str, pd.DataFrame], published: Published | None, profiles: Profiles) -> None:
    outcomes = ("straight", "split", "abstain", "other")
    for top, rows in tables["bars"].groupby("top", sort=True):
        page.title(f"{top}: votes in each office, % of all voters for whom it was contested")
        cells = [
            [row["office"], f"{row['contested']:,}", *(_percent(row[outcome]) for outcome in outcomes)]
            for row in rows.to_dict("records")
        ]
        page.table(["office", "contested", *outcomes], cells)
        page.text()
    page.title("One party in every contested office")
    names = ["solid", "opposed", "mixed", "none"]
    cells = [[row["top"], *(f"{row[n]:,}" for n in names)] for row in tables["partisans"].to_dict("records")]
    page.table(["top", *names], cells)
    page.text()
    if published is not None:
        page.title("Voters by group")
        counts = [c for c in published.table.columns if c == "voters" or str(c).startswith("type_")]
        labels = [c for c in published.table.columns if c not in counts]
        cells = [
            [*(str(row[c]) for c in labels), *("" if row[c] != row[c] else f"{row[c]:,.0f}" for c in counts)]
            for row in published.table.to_dict("records")
        ]
        page.table([*map(str, labels), *counts], cells, left=len(labels))
        page.text(published.remark)
        page.text()
    show_account(page, profiles.account.paragraph())


def _percent(share: float) -> str:
    return "" if share != share else f"{100 * share:.1f}"
