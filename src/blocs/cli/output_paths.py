"""Names of files to be written, checked before the work rather than after it, and tables written there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import BlocsError, Fault, InputError, PathError, counted
from ..files.atomic import check_folder, check_place, is_stream, whole
from ..presentation.save import ENDINGS, FIRST_ONLY, ending_of, save_tables
from .written import to_be_written

if TYPE_CHECKING:
    import pandas as pd

    from ..presentation import Table

__all__ = ["csv_file", "fit_files", "output_file", "output_folder", "page_file", "places_of", "save_all", "save_csv",
           "save_folder", "save_forms", "save_place", "save_table", "table_file", "table_files", "tables_place",
           "unsaved"]  # fmt: skip


def output_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a file to be written, after a check that it can be."""
    if value is not None:
        check_place(value)
        to_be_written(value)
    return value


def csv_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a CSV file to be written, which ends in .csv or .csv.gz."""
    output_file(ctx, param, value)
    if value is not None and not value.endswith((".csv", ".csv.gz")) and not is_stream(value):
        raise InputError(Fault(f"{value!r} is not the name of a CSV file", argument=param.name or "",
                               rule="It ends in .csv or .csv.gz"))  # fmt: skip
    return value


def page_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a page to be written, which ends in .html."""
    output_file(ctx, param, value)
    if value is not None and not value.casefold().endswith((".html", ".htm")) and not is_stream(value):
        raise InputError(Fault(f"{value!r} is not the name of a page", argument=param.name or "",
                               rule="It ends in .html"))  # fmt: skip
    return value


def table_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a file of a table to be written, whose ending says the form."""
    output_file(ctx, param, value)
    if value is not None and not is_stream(value):
        ending_of(value, param.name or "")
    return value


def table_files(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of files of one result in several forms, which the endings say."""
    for name in value:
        table_file(ctx, param, name)
    return value


def fit_files(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Return the name of the file of a fit, None for none, and those of its tables: their endings say the form."""
    fits, tables = [], []
    for name in value:
        check_place(name)
        to_be_written(name)
        ending = "" if is_stream(name) else Path(name).suffix.casefold()
        if ending in ("", ".json"):
            fits.append(name)
        else:
            _refuse_other(name, param.name or "")
            tables.append(name)
    if len(fits) > 1:
        raise InputError(Fault(f"{' and '.join(map(repr, fits))} are both given for the fit", argument=param.name or "",
                               rule="A fit is saved once", remedy="Leave out one"))  # fmt: skip
    return (fits[0] if fits else None), tuple(tables)


def _refuse_other(name: str, argument: str) -> None:
    """Refuse a name that says neither that it is of a fit nor of tables."""
    try:
        ending_of(name, argument)
    except InputError as error:
        rule = f"A fit is saved under a name that ends in .json, its tables under {', '.join(ENDINGS)}"
        raise InputError(*(Fault(fault.what, argument=argument, rule=rule, nearest=fault.nearest)
                           for fault in error.faults)) from None  # fmt: skip


def tables_place(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of one file of several tables, or of a folder for a CSV file of each."""
    if value is None or not Path(value).suffix or Path(value).is_dir():
        return output_folder(ctx, param, value)
    table_file(ctx, param, value)
    if value.casefold().endswith(FIRST_ONLY):
        raise InputError(Fault(f"{value!r} is the name of a CSV file", argument=param.name or "",
                               rule="A CSV file holds one table, and there are several",
                               remedy="Name a folder, which gets a CSV file for each, or a file such as tables.xlsx",
                               ))  # fmt: skip
    return value


def output_folder(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a folder to be made, after a check that it can be."""
    if value is not None:
        check_folder(value)
        to_be_written(value)
    return value


def unsaved(save: Callable[[str], None], out: str | None) -> Exception | None:
    """Save a result, and return why that failed, None when it did not: the caller prints the result, then raises it."""
    try:
        if out is not None:
            save(out)
    except (OSError, PathError) as error:
        return error
    return None


def save_all(
    make: Callable[[], Sequence[Table]], names: Sequence[str], frame: pd.DataFrame | None = None
) -> tuple[list[Exception], list[str]]:
    """Write tables to each of the files; return why some failed, and a line on each of the others.

    frame: what CSV files get in place of the first table. An error in making the tables is returned, too: the fit that
    they are of is printed all the same.
    """
    failures: list[Exception] = []
    lines: list[str] = []
    try:
        tables = make() if names else ()
    except BlocsError as error:
        return [error], lines
    for name in names:
        own = frame if name.casefold().endswith(FIRST_ONLY) else None
        failure = unsaved(partial(save_tables, tables) if own is None else partial(save_csv, own), name)
        if failure is not None:
            failures.append(failure)
        elif own is not None:
            lines.append(f"Probabilities with standard errors and intervals are saved to {name}.")
        elif name.casefold().endswith(FIRST_ONLY) and len(tables) > 1:
            lines.append(f"The first of {len(tables)} tables is saved to {name}; .xlsx, .html, .tex, .md, .docx and "
                         ".txt take all.")  # fmt: skip
        else:
            lines.append(f"{counted(len(tables), 'table is', 'tables are')} saved to {name}.")
    return failures, lines


def save_table(frame: pd.DataFrame, tables: Callable[[], Sequence[Table]], out: str) -> None:
    """Write a result: as CSV the frame with all its columns, in any other form the tables as they are for a paper."""
    if is_stream(out) or out.casefold().endswith(FIRST_ONLY):
        save_csv(frame, out)
    else:
        save_tables(tables(), out)


def save_forms(
    frame: pd.DataFrame, tables: Callable[[], Sequence[Table]], names: Sequence[str]
) -> tuple[list[Exception], list[str]]:
    """Write a result to each of the files, as `save_table`; return why some failed, and the names of the others."""
    ends = {name: unsaved(partial(save_table, frame, tables), name) for name in dict.fromkeys(names)}
    return [end for end in ends.values() if end is not None], [name for name, end in ends.items() if end is None]


def save_csv(table: pd.DataFrame, out: str) -> None:
    """Write a table as CSV, all or nothing."""
    with whole(out) as part:
        table.to_csv(part, index=False)


def places_of(out: str | None, names: Iterable[str]) -> list[Path]:
    """Return the files of several tables: the one that is named, or a CSV file of each table in the folder."""
    if out is None:
        return []
    return [Path(out)] if _is_file(out) else [Path(out) / f"{name}.csv" for name in names]


def _is_file(out: str) -> bool:
    return bool(Path(out).suffix) and not Path(out).is_dir()


def save_place(
    frames: Mapping[str, pd.DataFrame], tables: Callable[[], Sequence[Table]], out: str | None
) -> tuple[list[str], Exception | None]:
    """Save several tables: as a paper has them in one file, or with all columns as CSV files in a folder.

    Return the names of the files, and why that failed, if it did.
    """
    if out is None or not _is_file(out):
        return save_folder(frames, out)
    failure = unsaved(partial(save_tables, tables()), out)
    return ([] if failure else [Path(out).as_posix()]), failure


def save_folder(tables: Mapping[str, pd.DataFrame], out: str | None) -> tuple[list[str], Exception | None]:
    """Save tables as CSV files in a folder, all or none; return the names of the files and why that failed, if so."""

    def save(folder: str) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with ExitStack() as files:
            for name, table in tables.items():
                table.to_csv(files.enter_context(whole(Path(folder) / f"{name}.csv")), index=False)

    failure = unsaved(save, out)
    saved = out is not None and failure is None
    return [(Path(str(out)) / f"{name}.csv").as_posix() for name in tables if saved], failure
