"""`blocs assign`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import Fault, InputError, counted
from ..files.atomic import check_apart, whole
from .data import code_ballots, open_ballots, plain_profiles
from .exit_codes import ExitCode
from .help_sections import Section, option
from .monitor import Monitor
from .option_errors import Command
from .options import DataOptions, data_options, output_options
from .output_paths import output_file
from .printer import Printer, print_json
from .show import missing_items, show_missing, show_unknown, unknown_json

if TYPE_CHECKING:
    import pyarrow as pa

    from ..profiles import Profiles
    from ..results.fit_result import Fit

__all__ = ["command"]

MATTERS = 0.01
"""Posterior probability of the types that say nothing about a row's menu, from which the row is counted."""
Counts = dict[int | str, tuple[int, float]]
"""Type, or reason of being set aside -> rows, and the voters or observations that they stand for."""


@click.command("assign", cls=Command)
@click.argument("file")
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
@option(Section.OUTPUT, "--posteriors", is_flag=True, help="Add the posterior probability of every type.")
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: str, fitted: str, out: str, posteriors: bool, memory: str | None, as_json: bool,
    quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Write one row for every ballot of FILE: its ids, its most probable type and its posterior probability.

    A ballot without a type has the reason in its row. FILE is read and coded as it was for the fit; options that are
    given here override those of the fit.

    \b
      blocs assign county.csv --fit fit.json --out types.parquet
    """
    from ..results.load import load

    if not out.endswith((".parquet", ".csv")):
        raise InputError(Fault(f"{out!r} does not say the format", argument="out", rule="It ends in .parquet or .csv"))
    fit = load(fitted)
    options = DataOptions.from_call(ctx, dict(fit.settings).get("data"))
    check_apart(out, file, fitted, options.candidates)
    with Monitor(quiet) as monitor:
        monitor.task("reading the file")
        parts, profiles = _assigned(file, fit, options, posteriors, memory, monitor)
        unit = "voters" if options.items is None else "observations"
        counts, unknown = _write(out, parts, unit, monitor)
    missing, places = missing_items(fit, profiles), fit.unknown(profiles)
    if as_json:
        print_json({"command": "assign", "file": file, "fit": fitted, "out": out, **_counts_json(counts, unit),
                    "missing_items": list(missing),
                    "unknown": {"rows": unknown, "menus": unknown_json(places, profiles)}})  # fmt: skip
        return ExitCode.DONE
    printer, total = Printer(), sum(weight for _, weight in counts.values())
    rows = [[key if isinstance(key, str) else f"Type {key}", f"{n:,}", f"{weight:,.0f}",
             f"{weight / total:.1%}" if total else ""]
            for key, (n, weight) in counts.items()]  # fmt: skip
    printer.table(["", "rows", unit, "share"], rows)
    printer.text()
    show_missing(printer, missing, fit)
    show_unknown(printer, places, profiles, unit.removesuffix("s"), unknown)
    printer.line(f"{counted(sum(n for n, _ in counts.values()), 'row')} written to {out}.")
    return ExitCode.DONE


def _counts_json(counts: Counts, unit: str) -> dict[str, Any]:
    types = {str(key): n for key, (n, _) in counts.items() if not isinstance(key, str)}
    aside = {key: n for key, (n, _) in counts.items() if isinstance(key, str)}
    weights = {str(key): weight for key, (_, weight) in counts.items()}
    return {"rows": sum(n for n, _ in counts.values()), "types": types, "set_aside": aside, unit: weights}


def _assigned(
    file: str, fit: Fit, options: DataOptions, posteriors: bool, memory: str | None, monitor: Monitor
) -> tuple[Iterable[pa.Table], Profiles]:
    """Return the ballots or rows with their types, and their profiles."""
    from ..inference.assignment import assign_ballots, assign_rows

    if options.items is not None:
        from ..tables.survey_table import plain_table

        frame = plain_table(file, options.missing or ())
        profiles = plain_profiles(frame, file, options)
        table = assign_rows(fit, profiles, posteriors)
        if options.weights is not None:
            table = table.add_column(1, "observations", [frame[options.weights].to_numpy()])
        return [table], profiles
    ballots = open_ballots(file, options, memory, None, monitor.reading)
    coded = code_ballots(ballots, options)
    return assign_ballots(fit, ballots, coded, posteriors=posteriors), coded.profiles


def _write(out: str, parts: Iterable[pa.Table], unit: str, monitor: Monitor) -> tuple[Counts, int]:
    """Write all parts, or nothing; return what they hold by type or reason, and rows with unknown odds."""
    import pyarrow.compute as pc
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    counts: Counts = {}
    unknown = 0
    kind = pq.ParquetWriter if out.endswith(".parquet") else pacsv.CSVWriter
    parts = iter(parts)
    first = next(parts, None)
    if first is None:
        return {}, 0
    with whole(out) as part, open(part, "wb") as file, kind(file, first.schema) as writer:  # a pipe cannot be sought
        for table in chain([first], parts):
            writer.write_table(table)
            _count(table, unit, counts)
            unknown += pc.sum(pc.greater_equal(table["unknown"], MATTERS)).as_py() or 0
            monitor.update(0.0, "writing the types", f"{sum(n for n, _ in counts.values()):,} rows")
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
