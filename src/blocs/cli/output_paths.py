"""Names of files to be written, checked before the work rather than after it, and tables written there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import Fault, InputError, PathError
from ..files.atomic import check_folder, check_place, is_stream, whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_file", "output_file", "output_folder", "save_csv", "save_tables", "unsaved"]


def output_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a file to be written, after a check that it can be."""
    if value is not None:
        check_place(value)
    return value


def csv_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a CSV file to be written, which ends in .csv or .csv.gz."""
    output_file(ctx, param, value)
    if value is not None and not value.endswith((".csv", ".csv.gz")) and not is_stream(value):
        raise InputError(Fault(f"{value!r} is not the name of a CSV file", argument=param.name or "",
                               rule="It ends in .csv or .csv.gz"))  # fmt: skip
    return value


def output_folder(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a folder to be made, after a check that it can be."""
    if value is not None:
        check_folder(value)
    return value


def unsaved(save: Callable[[str], None], out: str | None) -> Exception | None:
    """Save a result, and return why that failed, None when it did not: the caller prints the result, then raises it."""
    try:
        if out is not None:
            save(out)
    except (OSError, PathError) as error:
        return error
    return None


def save_csv(table: pd.DataFrame, out: str) -> None:
    """Write a table as CSV, all or nothing."""
    with whole(out) as part:
        table.to_csv(part, index=False)


def save_tables(tables: Mapping[str, pd.DataFrame], out: str | None) -> tuple[list[str], Exception | None]:
    """Save tables as CSV files in a folder, all or none; return the names of the files and why that failed, if so."""

    def save(folder: str) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with ExitStack() as files:
            for name, table in tables.items():
                table.to_csv(files.enter_context(whole(Path(folder) / f"{name}.csv")), index=False)

    failure = unsaved(save, out)
    saved = out is not None and failure is None
    return [(Path(str(out)) / f"{name}.csv").as_posix() for name in tables if saved], failure
