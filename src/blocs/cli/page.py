"""Page: what is printed on stdout. Tables with rules and bold heads on a terminal, plain aligned text elsewhere."""

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

from .grid import grid

__all__ = ["Page", "print_json"]

_WIDTH = 100


class Page:
    """Prints titles, paragraphs and tables."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.room = _room(self.terminal)

    def title(self, text: str) -> None:
        """Print a heading."""
        click.secho(text, bold=True) if self.terminal else click.echo(text)

    def text(self, text: str = "", indent: str = "") -> None:
        """Print a paragraph, wrapped."""
        width = min(_WIDTH, self.room or _WIDTH)
        wrapped = textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
        click.echo(wrapped)

    def line(self, text: str) -> None:
        """Print a line as it is: paths are never broken."""
        click.echo(text)

    def table(
        self, headers: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1, spare: Sequence[str] = ()
    ) -> None:
        """Print a table; the first `left` columns are flush left, all others right.

        spare: columns that may be left out where the page is too narrow, the first of them first.
        """
        blocks, gone = grid(headers, rows, left, self.room, spare)
        for number, (head, lines) in enumerate(blocks):
            if number:
                click.echo()
            for line in head:
                self.title(line)
            if self.terminal:
                click.echo("─" * max(map(len, [*head, *lines])))
            for line in lines:
                click.echo(line)
        if gone:
            self.text(f"Not shown in {self.room} columns: {', '.join(gone)}.")


def _room(terminal: bool) -> int | None:
    """Columns of the page: those of the terminal, or what COLUMNS says; None without either."""
    if terminal:
        return shutil.get_terminal_size().columns
    said = os.environ.get("COLUMNS", "")
    return int(said) if said.isdigit() and int(said) else None


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
