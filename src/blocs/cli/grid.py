"""Grid: a table as lines of text that fit the page. Numbers and labels are never cut.

What is too wide loses the columns that matter least, if the table names such; then labels are folded; then the rest of
the columns comes below, beside the labels once more. (The tables of rich, which draws the progress, cut or fold
numbers where there is no room.)
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

__all__ = ["grid"]

GAP = 2
"""Blanks between columns."""
LEAST = 12
"""Columns of the page below which no label is folded."""


def grid(
    headers: Sequence[str], rows: Sequence[Sequence[str]], left: int, room: int | None, spare: Sequence[str] = ()
) -> tuple[list[tuple[list[str], list[str]]], tuple[str, ...]]:
    """Return the blocks of a table, each its head and its rows as lines, and the columns that are not shown.

    left: columns that are flush left, labels, the others right; the first column is a label in any case; room: columns
    of the page, None for as many as it takes; spare: columns that may be left out, the first of them first.
    """
    shown = list(range(len(headers)))
    widths = [max(_width(cell) for cell in column) for column in zip(headers, *rows, strict=True)]
    labels = list(range(max(left, 1)))
    gone = []
    for name in spare:
        if room is None or _total(widths, shown) <= room:
            break
        shown.remove(headers.index(name))
        gone.append(name.strip())
    numbers = [i for i in shown if i not in labels]
    if room is not None:
        _fold(widths, labels, numbers, room)
    blocks = []
    for part in _parts(widths, labels, numbers, room):
        columns = [*labels, *part]
        narrow = [widths[i] for i in columns]
        head, *body = [_lines([row[i] for i in columns], narrow, left) for row in (headers, *rows)]
        blocks.append((head, [line for lines in body for line in lines]))
    return blocks, tuple(gone)


def _total(widths: Sequence[int], columns: Sequence[int]) -> int:
    return sum(widths[i] for i in columns) + GAP * (len(columns) - 1)


def _fold(widths: list[int], labels: list[int], numbers: list[int], room: int) -> None:
    """Narrow the labels, the widest first, until all numbers have room beside them; else to half of the page."""
    before = list(widths)
    if not _narrow(widths, labels, room - _total(widths, numbers) - GAP):
        widths[:] = before
        _narrow(widths, labels, room // 2)


def _narrow(widths: list[int], labels: list[int], room: int) -> bool:
    """Narrow the labels to the room, but none below what a word needs; return whether they fit."""
    while _total(widths, labels) > room:
        widest = max(labels, key=lambda i: widths[i])
        if widths[widest] <= LEAST:
            return False
        widths[widest] -= 1
    return True


def _parts(widths: list[int], labels: list[int], numbers: list[int], room: int | None) -> list[list[int]]:
    """Return the numbers of each block: as many as have room beside the labels."""
    parts: list[list[int]] = [[]]
    for i in numbers:
        if parts[-1] and room is not None and _total(widths, [*labels, *parts[-1], i]) > room:
            parts.append([])
        parts[-1].append(i)
    return parts


def _lines(cells: list[str], widths: list[int], left: int) -> list[str]:
    """Return one row as lines: labels that are too long go on in the next one."""
    folded = [textwrap.wrap(c, w) if _width(c) > w else [c] for c, w in zip(cells, widths, strict=True)]
    lines = []
    for parts in zip_longest(*folded, fillvalue=""):
        padded = (
            part + " " * (w - _width(part)) if i < left else " " * (w - _width(part)) + part
            for i, (part, w) in enumerate(zip(parts, widths, strict=True))
        )
        lines.append((" " * GAP).join(padded).rstrip())
    return lines


def _width(text: str) -> int:
    """Columns that a text takes: some letters of the world take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
