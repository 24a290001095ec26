"""Names of files to be written, checked before the work rather than after it, and tables written there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ..core.errors import Fault, InputError, PathError
from ..files.atomic import check_folder, check_place, is_stream, whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_file", "output_file", "output_folder", "save_csv", "unsaved"]


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
