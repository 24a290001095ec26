"""What is printed on stdout: tables (on a terminal with rules and bold headers), paragraphs, and JSON."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

import click

from ..core.printable import printable, printable_json
from ..presentation.text_table import format_table

__all__ = ["Printer", "print_json"]

_WIDEST_TEXT = 100
"""Width of a paragraph, in characters, where there is space for more."""


class Printer:
    """Prints titles, paragraphs and tables."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.width = _output_width(self.terminal)

    def title(self, text: str) -> None:
        """Print a heading."""
        text = printable(text)
        click.secho(text, bold=True) if self.terminal else click.echo(text)

    def text(self, text: str = "", indent: str = "") -> None:
        """Print a paragraph, wrapped."""
        width = min(_WIDEST_TEXT, self.width or _WIDEST_TEXT)
        wrapped = textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
        click.echo(printable(wrapped))

    def line(self, text: str) -> None:
        """Print a line as it is: names of files are never wrapped."""
        click.echo(printable(text))

    def table(
        self, headers: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1, optional: Sequence[str] = ()
    ) -> None:
        """Print a table; the first `left` columns are aligned left, all others right.

        optional: columns that are left out where the table is too wide, the least important first.
        """
        cells = [[printable(cell).replace("\n", "\\n") for cell in row] for row in rows]
        blocks, left_out = format_table([*map(printable, headers)], cells, left, self.width, optional)
        for number, (header, lines) in enumerate(blocks):
            if number:
                click.echo()
            for line in header:
                self.title(line)
            if self.terminal:
                click.echo("─" * max(map(len, [*header, *lines])))
            for line in lines:
                click.echo(line)
        if left_out:
            self.text(f"Not shown in {self.width} columns: {', '.join(left_out)}.")


def _output_width(terminal: bool) -> int | None:
    """Return the width of the terminal, or the one that COLUMNS gives, in characters; None without either."""
    if terminal:
        return shutil.get_terminal_size().columns
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) else None


def print_json(data: dict[str, Any]) -> None:
    """Print one JSON document: numbers that are not finite become null."""
    unicode = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    text = json.dumps(_plain(data), indent=1, allow_nan=False, ensure_ascii=not unicode)
    click.echo(printable_json(text))  # json escapes some of them only


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
