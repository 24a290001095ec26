"""A table in Markdown, with pipes between the cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .table import Table

__all__ = ["to_markdown"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def escaped(text: str) -> str:
    """Return a text of which no letter is taken for markup, in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def to_markdown(table: Table) -> str:
    """Return caption, table and notes; labels are aligned left, numbers right."""
    header = [escaped(column.heading) for column in table.columns]
    rule = [":---" if column.kind == "text" or i < table.labels else "---:" for i, column in enumerate(table.columns)]
    lines = [_line(header), f"|{'|'.join(rule)}|"]
    for r, row in enumerate(table.printed()):
        cells = [escaped(cell) for cell in row]
        lines.append(_line([f"**{cell}**" if (r, c) in table.bold else cell for c, cell in enumerate(cells)]))
    caption = [f"**{escaped(table.caption)}**", ""] if table.caption else []
    notes = ["", *(escaped(note) for note in table.notes)] if table.notes else []
    return "\n".join([*caption, *lines, *notes])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
