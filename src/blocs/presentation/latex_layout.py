"""How a table fits into a page of LaTeX: the size of its letters, columns that wrap, columns that follow below."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from .table import Table

__all__ = ["Layout", "layout"]

PAGE = 345.0
"""Width of the text of an article in points."""
NORMAL, SMALL = (10.0, 6.0), (8.6, 3.0)
"""Width of an em in points, and space at each side of a column, of \\normalsize and of \\footnotesize."""
LABELS = 0.45
"""Largest part of the page for the labels where columns follow below."""
LEAST = 60.0
"""Points that a wrapped column has at least: a single word that is wider does not make it wider."""
_WIDTHS = {"ijl.,:;'|!": 0.29, "ftrsI()[]-/ ": 0.4, "mwMW%—@": 1.0}
_CAPITAL, _OTHER = 0.76, 0.54


class Layout(NamedTuple):
    """small: whether letters are small; wrapped: column -> its width in points, of columns whose text is wrapped;
    blocks: the columns of each block, which stand one below the other; lines: how many the rows take."""

    small: bool
    wrapped: dict[int, float]
    blocks: list[list[int]]
    lines: int


def layout(table: Table, cells: Sequence[Sequence[str]]) -> Layout:
    """Return how a table fits into the width of the text; cells: as they are printed.

    Letters are small, and columns of text wrapped, only where the table would be too wide; where the numbers alone
    are, columns follow below, under the labels again.
    """
    columns = list(range(len(table.columns)))
    if sum(_natural(table, cells, *NORMAL)) <= PAGE:
        return Layout(False, {}, [columns], len(cells))
    wide = _natural(table, cells, *SMALL)
    texts = [c for c in columns if table.columns[c].kind == "text"]
    fixed = sum(wide[c] for c in columns if c not in texts)
    least = {c: _least(table.columns[c].name, [row[c] for row in cells]) for c in texts}
    if fixed + sum(min(least[c], wide[c]) for c in texts) <= PAGE:
        blocks, shared = [columns], _shared(wide, least, PAGE - fixed)
    else:
        labels = {c: least[c] for c in texts if c < table.labels}
        shared = _shared(wide, labels, LABELS * PAGE)
        shared |= {c: min(wide[c], LABELS * PAGE) for c in texts if c >= table.labels}
        blocks = _blocks(table, [shared.get(c, wide[c]) for c in columns])
    wrapped = {c: width - 2 * SMALL[1] for c, width in shared.items() if width < wide[c]}
    lines = [
        max([ceil(_width(row[c], SMALL[0]) / 0.8 / width) for c, width in wrapped.items()], default=1) for row in cells
    ]
    return Layout(True, wrapped, blocks, sum(lines))


def _natural(table: Table, cells: Sequence[Sequence[str]], em: float, space: float) -> list[float]:
    """Return the width of every column without line breaks, with the space at its sides."""
    wide = []
    for c, column in enumerate(table.columns):
        bold = [1.17 if (r, c) in table.bold else 1.0 for r in range(len(cells))]
        texts = [_width(row[c], em) * factor for row, factor in zip(cells, bold, strict=True)]
        wide.append(max([_width(column.name, em), *texts]) + 2 * space)
    for text, first, number in table.spanners() if table.spanned else ():
        lacking = _width(text, em) + 2 * space - sum(wide[first : first + number])
        wide[first + number - 1] += max(0.0, lacking) if text else 0.0
    return wide


def _least(heading: str, cells: Sequence[str]) -> float:
    """Return the least width of a column of text: that of its longest word, if it is not too long."""
    words = [word for text in (heading, *cells) for word in text.split()]
    return min(LEAST, max((_width(word, SMALL[0]) for word in words), default=0.0)) + 2 * SMALL[1]


def _shared(wide: Sequence[float], least: dict[int, float], rest: float) -> dict[int, float]:
    """Return column -> its width, so that all fit into the rest: the widest columns give way first."""
    shared = {c: wide[c] for c in least}
    limit = PAGE
    while sum(shared.values()) > rest and limit > 0:
        limit -= 1.0
        shared = {c: min(wide[c], max(least[c], limit)) for c in least}
    return shared


def _blocks(table: Table, wide: Sequence[float]) -> list[list[int]]:
    """Return the columns of each block: the labels, and as many others as fit; those of one spanner stay together."""
    labels = list(range(table.labels))
    blocks = [[*labels]]
    for _, first, number in table.spanners():
        group = [c for c in range(first, first + number) if c >= table.labels]
        whole = sum(wide[c] for c in (*labels, *group)) <= PAGE
        for part in [group] if whole else [[c] for c in group]:
            if len(blocks[-1]) > len(labels) and sum(wide[c] for c in (*blocks[-1], *part)) > PAGE:
                blocks.append([*labels])
            blocks[-1] += part
    return blocks


def _width(text: str, em: float) -> float:
    """Return about how wide a text is in points."""
    return em * sum(map(_letter, text))


def _letter(letter: str) -> float:
    """Return about how wide a letter is in ems."""
    known = next((width for letters, width in _WIDTHS.items() if letter in letters), None)
    return known or (_CAPITAL if letter.isupper() else _OTHER)
