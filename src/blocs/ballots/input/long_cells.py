"""Cells that are too long for a name, found again in the file when one was refused.

Names are cleaned far from where they were read, and the millions that are short need no address.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...core.errors import InputError
from ...files.export import open_export
from ..clean import LONGEST, LongCellError, long_cell

__all__ = ["long_cells_named"]

_COMPARED = 100
"""Characters by which a part of a cell is found in it."""


@contextmanager
def long_cells_named(files: Sequence[Path]) -> Iterator[None]:
    """Raise LongCellError with the file, the row and the column of the whole cell, where a table of `files` has it."""
    try:
        yield
    except LongCellError as error:
        for file in files:
            if (file.is_file() or file.is_dir()) and (found := _place(error.text, file)):  # a pipe is read once
                raise long_cell(*found) from None
        names = [file.name for file in files]
        raise long_cell(error.text, ", ".join(names)) from None


def _place(text: str, file: Path) -> tuple[str, str] | None:
    """Return the whole cell that a text is in, and where it stands; None where the file is no table that has it."""
    try:
        with open_export(file) as export:
            for table in export.tables:
                for row, cells in table.rows():
                    for column, cell in enumerate(cells, start=1):
                        if len(cell) > LONGEST and text[:_COMPARED] in cell:
                            return cell, f"{table.name}, row {row}, column {column}"
    except InputError:  # the address is all that is lost
        return None
    return None
