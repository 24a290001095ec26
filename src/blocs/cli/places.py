"""Places: names of files to be written, refused before the work rather than after it, and tables written there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..core.errors import Fault, InputError
from ..files.atomic import check_folder, check_place, is_stream, whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_place", "folder", "place", "save_csv"]


def place(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The name of a file to be written."""
    if value is not None:
        check_place(value)
    return value


def csv_place(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The name of a CSV file to be written; its ending says so."""
    place(ctx, param, value)
    if value is not None and not value.endswith((".csv", ".csv.gz")) and not is_stream(value):
        raise InputError(Fault(f"{value!r} is not the name of a CSV file", argument=param.name or "",
                               rule="It ends in .csv or .csv.gz"))  # fmt: skip
    return value


def folder(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The name of a folder to be made."""
    if value is not None:
        check_folder(value)
    return value


def save_csv(table: pd.DataFrame, out: str) -> None:
    """Write a table as CSV, all or nothing."""
    with whole(out) as part:
        table.to_csv(part, index=False)
