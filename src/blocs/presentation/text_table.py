"""A table as lines of text that fit into a width. Numbers and labels are never cut.

A table that is too wide first loses the columns that matter least, if the caller names such; then its labels are
wrapped; then the columns that still do not fit follow below, beside the labels once more. (The tables of rich, which
draws the progress, cut or wrap numbers where they do not fit.)
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

__all__ = ["format_table"]

GAP = 2
"""Blanks between columns."""
NARROWEST_LABEL = 12
"""Width below which no column of labels is narrowed."""
Block = tuple[list[str], list[str]]
"""Lines of the header, and lines of the rows."""


def format_table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], left: int, width: int | None, optional: Sequence[str] = ()
) -> tuple[list[Block], tuple[str, ...]]:
    """Return the blocks of a table, one below the other, and the names of the columns that are left out.

    left: columns that are aligned left, the labels; the first column is a label in any case; width: of the output, in
    characters, None for any; optional: columns that may be left out, the least important first.
    """
    shown = list(range(len(headers)))
    widths = [max(_width(cell) for cell in column) for column in zip(headers, *rows, strict=True)]
    labels = list(range(max(left, 1)))
    left_out = []
    for name in optional:
        if width is None or _total(widths, shown) <= width:
            break
        shown.remove(headers.index(name))
        left_out.append(name.strip())
    numbers = [i for i in shown if i not in labels]
    if width is not None:
        _narrow_labels(widths, labels, numbers, width)
    blocks = []
    for part in _parts(widths, labels, numbers, width):
        columns = [*labels, *part]
        of_part = [widths[i] for i in columns]
        header, *body = [_lines([row[i] for i in columns], of_part, left) for row in (headers, *rows)]
        blocks.append((header, [line for lines in body for line in lines]))
    return blocks, tuple(left_out)


def _total(widths: Sequence[int], columns: Sequence[int]) -> int:
    return sum(widths[i] for i in columns) + GAP * (len(columns) - 1)


def _narrow_labels(widths: list[int], labels: list[int], numbers: list[int], width: int) -> None:
    """Narrow the labels until all numbers fit beside them; if that cannot be, until the labels take half the width."""
    before = list(widths)
    if not _narrow(widths, labels, width - _total(widths, numbers) - GAP):
        widths[:] = before
        _narrow(widths, labels, width // 2)


def _narrow(widths: list[int], labels: list[int], width: int) -> bool:
    """Narrow the widest label again and again, but none below what a word needs; return whether all fit."""
    while _total(widths, labels) > width:
        widest = max(labels, key=lambda i: widths[i])
        if widths[widest] <= NARROWEST_LABEL:
            return False
        widths[widest] -= 1
    return True


def _parts(widths: list[int], labels: list[int], numbers: list[int], width: int | None) -> list[list[int]]:
    """Return the columns of numbers of each block: as many as fit beside the labels."""
    parts: list[list[int]] = [[]]
    for i in numbers:
        if parts[-1] and width is not None and _total(widths, [*labels, *parts[-1], i]) > width:
            parts.append([])
        parts[-1].append(i)
    return parts


def _lines(cells: list[str], widths: list[int], left: int) -> list[str]:
    """Return one row as lines: labels that are too long continue in the next line."""
    wrapped = [textwrap.wrap(c, w) if _width(c) > w else [c] for c, w in zip(cells, widths, strict=True)]
    lines = []
    for parts in zip_longest(*wrapped, fillvalue=""):
        padded = (
            part + " " * (w - _width(part)) if i < left else " " * (w - _width(part)) + part
            for i, (part, w) in enumerate(zip(parts, widths, strict=True))
        )
        lines.append((" " * GAP).join(padded).rstrip())
    return lines


def _width(text: str) -> int:
    """Return the characters that a text takes in a terminal: some letters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
