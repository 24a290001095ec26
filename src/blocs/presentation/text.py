"""A table as plain text."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

from .text_table import format_table

if TYPE_CHECKING:
    from .table import Table

__all__ = ["to_text", "without_repeats"]

WIDEST_TEXT = 100
"""Width of captions and notes, in characters, where there is space for more."""


def to_text(table: Table, width: int | None = None) -> str:
    """Return caption, rows in columns of equal width, and notes."""
    paragraphs = min(WIDEST_TEXT, width or WIDEST_TEXT)
    headings = [column.heading for column in table.columns]
    blocks, _ = format_table(headings, without_repeats(table), table.labels, width)
    parts = [fill(table.caption, paragraphs)] if table.caption else []
    for header, lines in blocks:
        rule = "─" * max(map(len, [*header, *lines]))
        parts.append("\n".join([*header, rule, *lines]))
    parts += [fill(note, paragraphs) for note in table.notes]
    return "\n\n".join(parts)


def without_repeats(table: Table) -> list[list[str]]:
    """Return the printed cells without the labels that are those of the row above, but for the last label."""
    rows: list[list[str]] = []
    before: list[str] = []
    for row in table.printed():
        same = 0
        while same < table.labels - 1 and row[: same + 1] == before[: same + 1]:
            same += 1
        rows.append(["" if i < same else cell for i, cell in enumerate(row)])
        before = row
    return rows
