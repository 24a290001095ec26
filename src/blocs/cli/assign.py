"""`blocs assign`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import Fault, InputError, UnsupportedError, counted, missing_columns
from ..core.interrupts import interruptible, something_to_keep
from ..files.atomic import check_apart, whole
from .data import (
    blamed_on_shares,
    code_ballots,
    columns_of_shares,
    one_table,
    open_ballots,
    plain_profiles,
    with_groups,
)
from .exit_codes import ExitCode
from .help_sections import Section, option
from .monitor import Monitor
from .notes import another_card
from .option_errors import Command
from .options import DataOptions, Files, data_options, files_argument, keep_option, output_options, paths_of
from .output_paths import output_file
from .printer import Printer, print_json
from .show import missing_items, show_missing, show_unknown, unknown_menus

if TYPE_CHECKING:
    import pyarrow as pa

    from ..profiles import Profiles
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["command"]

MATTERS = 0.01
"""Posterior probability of the types that say nothing about a row's menu, from which the row is counted."""
Counts = dict[int | str, tuple[int, float]]
"""Type, or reason of being set aside -> rows, and the voters or observations that they stand for."""
TWO_SHARES = (
    "Why the two shares differ: a row counts wholly for its most probable type in the first, and for every type by its "
    "posterior probability in the second. The second estimates the shares of the types; the first favours large types "
    "where types are hard to tell apart."
)
"""What is printed below the two sums of types."""


@click.command("assign", cls=Command)
@files_argument
@option(Section.DATA, "--fit", "fitted", required=True, metavar="JSON",
        help="A fit that `blocs fit --out` has saved. Options of the data and the coding that are not given are as in "
             "that fit.")  # fmt: skip
@data_options
@option(
    Section.OUTPUT,
    "--out",
    required=True,
    metavar="PARQUET",
    callback=output_file,
    help="Write the types to this file, which ends in .parquet or .csv.",
)
@keep_option
@option(Section.OUTPUT, "--posteriors", is_flag=True, help="Add the posterior probability of every type.")
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: Files, fitted: str, out: str, keep: tuple[str, ...], posteriors: bool,
    memory: str | None, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Write one row for every ballot of FILE: its ids, its most probable type and its posterior probability.

    The rows are those of FILE, in its order, under the ids that FILE gives them (voters of a long table in the order of
    their ids). A row without a type has the reason in it. FILE is read and coded as it was for the fit; options that
    are given here override those of the fit.

    \b
      blocs assign county.csv --fit fit.json --out types.parquet
      blocs assign county.csv --fit fit.json --out types.csv --keep precinct,style
    """
    from ..inference.assignment import expected_by_type
    from ..results.fits_by_group import FitsByGroup
    from ..results.load import load_any

    if not out.endswith((".parquet", ".csv")):
        raise InputError(Fault(f"{out!r} does not say the format", argument="out", rule="It ends in .parquet or .csv"))
    fit = load_any(fitted)
    one = fit.first if isinstance(fit, FitsByGroup) else fit
    options = DataOptions.from_call(ctx, dict(one.settings).get("data"))
    check_apart(out, *paths_of(file), fitted, options.candidates)
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        unit = "voters" if options.items is None else "observations"
        parts, profiles, cards = _assigned(file, fit, options, keep, posteriors, memory, monitor)
        counted_only = () if options.items is not None or options.weights is not None else ("voters",)
        expected = expected_by_type(fit, profiles)
        missing, menus = missing_items(one, profiles), unknown_menus(fit, profiles)
        counts, unknown = _write(out, parts, unit, counted_only, monitor, ctx)
    if as_json:
        print_json({"command": "assign", "file": file, "fit": fitted, "out": out, **_counts_json(counts, unit),
                    "expected": {str(k): n for k, n in enumerate(expected.tolist(), start=1)},
                    "missing_items": list(missing),
                    "unknown": {"rows": unknown, "menus": menus}})  # fmt: skip
        return ExitCode.DONE
    printer = Printer()
    printer.table(["", "rows", unit, "share", f"expected {unit}", "expected share"], _rows(counts, expected.tolist()))
    printer.text()
    printer.text(TWO_SHARES)
    printer.text()
    if cards:
        printer.text(f"Note: {cards}")
        printer.text()
    show_missing(printer, missing, one)
    show_unknown(printer, menus, unit.removesuffix("s"), unknown)
    printer.line(f"{counted(sum(n for n, _ in counts.values()), 'row')} written to {out}.")
    return ExitCode.DONE


def _rows(counts: Counts, expected: list[float]) -> list[list[str]]:
    """Return the rows of the printed table: the types, then why rows were set aside; shares are of rows with a type."""
    with_type = sum(weight for key, (_, weight) in counts.items() if not isinstance(key, str))
    rows = []
    for k, number in enumerate(expected, start=1):
        n, weight = counts.get(k, (0, 0.0))
        shares = [f"{value / with_type:.1%}" if with_type else "" for value in (weight, number)]
        rows.append([f"Type {k}", f"{n:,}", f"{weight:,.0f}", shares[0], f"{number:,.1f}", shares[1]])
    aside = [(key, *of) for key, of in counts.items() if isinstance(key, str)]
    return rows + [[key, f"{n:,}", f"{weight:,.0f}", "", "", ""] for key, n, weight in aside]


def _counts_json(counts: Counts, unit: str) -> dict[str, Any]:
    types = {str(key): n for key, (n, _) in counts.items() if not isinstance(key, str)}
    aside = {key: n for key, (n, _) in counts.items() if isinstance(key, str)}
    weights = {str(key): weight for key, (_, weight) in counts.items()}
    return {"rows": sum(n for n, _ in counts.values()), "types": types, "set_aside": aside, unit: weights}


def _assigned(
    file: Files, fit: Fit | FitsByGroup, options: DataOptions, keep: tuple[str, ...], posteriors: bool,
    memory: str | None, monitor: Monitor,
) -> tuple[Iterable[pa.Table], Profiles, str]:  # fmt: skip
    """Return the ballots or rows with their types, their profiles, and what to do about cards of one ballot."""
    from ..inference.assignment import assign_ballots
    from ..profiles import group_covariates

    if options.items is not None:
        return (*_assigned_rows(one_table(file), fit, options, keep, posteriors), "")
    names = columns_of_shares(options)
    ballots = open_ballots(file, options, memory, None, monitor.reading)
    with blamed_on_shares(options):
        coded = code_ballots(ballots, with_groups(options, names))
    parts = assign_ballots(fit, ballots, coded, posteriors=posteriors, keep=keep)
    profiles = group_covariates(coded.profiles, names) if names else coded.profiles
    return parts, profiles, another_card(coded)


def _assigned_rows(
    file: str, fit: Fit | FitsByGroup, options: DataOptions, keep: tuple[str, ...], posteriors: bool
) -> tuple[Iterable[pa.Table], Profiles]:
    import pyarrow as pa

    from ..inference.assignment import assign_rows
    from ..results.fit_result import Fit
    from ..tables.survey_table import plain_table

    frame = plain_table(file, options.missing or ())
    profiles = plain_profiles(frame, file, options)
    faults = missing_columns(keep, "keep", list(frame.columns))
    if not isinstance(fit, Fit):
        raise UnsupportedError("Rows of a table of answers are assigned by one fit of all, not by fits by group.")
    if faults:
        raise InputError(*faults)
    table = assign_rows(fit, profiles, posteriors)
    if options.weights is not None:
        table = table.add_column(1, "observations", [frame[options.weights].to_numpy()])
    taken = set(table.column_names)
    for position, name in enumerate(dict.fromkeys(keep), start=1):
        shown = f"{name}_column" if name in taken else name
        table = table.add_column(position, shown, [pa.array(frame[name], from_pandas=True)])
    return [table], profiles


def _write(
    out: str, parts: Iterable[pa.Table], unit: str, counted_only: tuple[str, ...], monitor: Monitor,
    ctx: click.Context,
) -> tuple[Counts, int]:  # fmt: skip
    """Write all parts, or nothing; return what they hold by type or reason, and rows with unknown odds.

    counted_only: columns that are not written, the numbers of voters where every row is one. A request to stop that
    comes when all is written, to the end of `ctx`, does not keep the file from its name, and the result is printed.
    """
    import pyarrow.compute as pc
    import pyarrow.csv as pacsv

    from ..files.parquet_writer import parquet_writer

    counts: Counts = {}
    unknown = 0
    kind = parquet_writer if out.endswith(".parquet") else pacsv.CSVWriter
    parts = iter(parts)
    first = next(parts, None)
    if first is None:
        return {}, 0
    schema = first.drop_columns(counted_only).schema
    with whole(out) as part:
        with open(part, "wb") as file, kind(file, schema) as writer:  # a pipe cannot be sought
            for table in chain([first], parts):
                writer.write_table(table.drop_columns(counted_only))
                _count(table, unit, counts)
                unknown += pc.sum(pc.greater_equal(table["unknown"], MATTERS)).as_py() or 0
                monitor.update(0.0, "writing the types", f"{sum(n for n, _ in counts.values()):,} rows")
        ctx.with_resource(interruptible())
        something_to_keep()
    return dict(sorted(counts.items(), key=lambda entry: (isinstance(entry[0], str), entry[0]))), unknown


def _count(part: pa.Table, unit: str, counts: Counts) -> None:
    """Add the rows of a part, and what they stand for, to the counts by type or reason."""
    weight = part[unit] if unit in part.column_names else [[1] * len(part)]
    small = part.select(["type", "reason"]).append_column("weight", weight)
    sums = small.group_by(["type", "reason"]).aggregate([("weight", "count"), ("weight", "sum")])
    for row in sums.to_pylist():
        key = row["type"] if row["type"] is not None else row["reason"]
        rows, total = counts.get(key, (0, 0))
        counts[key] = (rows + row["weight_count"], total + row["weight_sum"])
