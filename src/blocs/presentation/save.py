"""save_tables: one table or several in a file whose name says the form."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import Fault, InputError, nearest
from ..files.atomic import whole

if TYPE_CHECKING:
    from .table import Table

__all__ = ["ENDINGS", "FIRST_ONLY", "ending_of", "save_tables"]


def _csv(tables: Sequence[Table]) -> bytes:
    return tables[0].to_csv().encode()


def _csv_gz(tables: Sequence[Table]) -> bytes:
    return gzip.compress(_csv(tables), mtime=0)


def _docx(tables: Sequence[Table]) -> bytes:
    from .document import to_document

    return to_document(tables)


def _html(tables: Sequence[Table]) -> bytes:
    from .html import to_page

    return to_page(tables).encode()


def _md(tables: Sequence[Table]) -> bytes:
    return ("\n\n".join(table.to_markdown() for table in tables) + "\n").encode()


def _tex(tables: Sequence[Table]) -> bytes:
    return "\n".join(table.to_latex() for table in tables).encode()


def _txt(tables: Sequence[Table]) -> bytes:
    return ("\n\n\n".join(table.to_text() for table in tables) + "\n").encode()


def _xlsx(tables: Sequence[Table]) -> bytes:
    from .workbook import to_workbook

    return to_workbook(tables)


ENDINGS: dict[str, Callable[[Sequence[Table]], bytes]] = {
    ".csv": _csv, ".csv.gz": _csv_gz, ".docx": _docx, ".html": _html, ".md": _md, ".tex": _tex, ".txt": _txt,
    ".xlsx": _xlsx,
}  # fmt: skip
"""Ending of a name -> what writes that form."""
FIRST_ONLY = (".csv", ".csv.gz")
"""Endings of files that hold one table: the first."""


def ending_of(path: str | Path, argument: str = "path") -> str:
    """Return the ending of a name; raise InputError, which blames `argument`, for one that is no form of tables."""
    name = Path(path).name.casefold()
    ending = next((one for one in sorted(ENDINGS, key=len, reverse=True) if name.endswith(one)), None)
    if ending is None:
        own = Path(name).suffix
        raise InputError(Fault(f"{Path(path).name!r} has the ending {own!r}" if own else f"{str(path)!r} has no ending",
                               argument=argument, rule=f"Tables are written to names that end in {_listed()}",
                               nearest=nearest(own, ENDINGS) if own else ""))  # fmt: skip
    return ending


def _listed() -> str:
    *names, last = ENDINGS
    return f"{', '.join(names)} or {last}"


def save_tables(tables: Sequence[Table], path: str | Path) -> None:
    """Write tables to a file; the ending of its name says the form.

    Parameters
    ----------
    tables : sequence of Table
        At least one. A CSV file holds the first one alone, a workbook has a sheet for each.
    path : str or Path
        A name that ends in .csv, .csv.gz, .docx, .html, .md, .tex, .txt or .xlsx. The file is written whole or not at
        all.

    Raises
    ------
    InputError
        For other endings, and if the file cannot be written.
    """
    content = ENDINGS[ending_of(path)](tables)
    with whole(path) as part:
        part.write_bytes(content)
