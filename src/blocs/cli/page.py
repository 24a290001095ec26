"""Page: what is printed on stdout. Rich tables on a terminal, plain aligned text elsewhere."""

from __future__ import annotations

import json
import math
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

import click

__all__ = ["Page", "print_json"]

_WIDTH = 100


class Page:
    """Prints titles, paragraphs and tables."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()

    def title(self, text: str) -> None:
        """Print a heading."""
        click.secho(text, bold=True) if self.terminal else click.echo(text)

    def text(self, text: str = "", indent: str = "") -> None:
        """Print a paragraph, wrapped."""
        width = min(_WIDTH, _terminal_width()) if self.terminal else _WIDTH
        wrapped = textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
        click.echo(wrapped)

    def line(self, text: str) -> None:
        """Print a line as it is: paths are never broken."""
        click.echo(text)

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> None:
        """Print a table; the first `left` columns are flush left, all others right."""
        if self.terminal:
            _rich_table(headers, rows, left)
        else:
            click.echo(plain_table(headers, rows, left))


def plain_table(headers: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> str:
    """Return a table as aligned text, two blanks between columns."""
    widths = [max(len(cell) for cell in column) for column in zip(headers, *rows, strict=True)]
    lines = []
    for row in (headers, *rows):
        cells = [c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _rich_table(headers: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, name in enumerate(headers):
        table.add_column(Text(name), justify="left" if i < left else "right", no_wrap=i >= left)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(file=sys.stdout, highlight=False).print(table)


def _terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def print_json(data: dict[str, Any]) -> None:
    """Print one JSON document: numbers that are not finite become null."""
    click.echo(json.dumps(_plain(data), indent=1, allow_nan=False, ensure_ascii=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
