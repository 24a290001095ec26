"""HTML of the page: every text is escaped here, and nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from ..presentation import Table
from .drawing import chart
from .figure_data import DataTable

__all__ = ["Choices", "Figure", "Part", "data_tables", "figure", "heading", "listed", "paragraph", "plain_table",
           "script_text", "section"]  # fmt: skip


class Choices(NamedTuple):
    """A control of a figure: a list of one value (`several` False), or boxes to tick.

    name: of the value in the script; label: what the reader sees; options: value -> its words.
    """

    name: str
    label: str
    options: Mapping[str, str]
    several: bool = False


class Figure(NamedTuple):
    """A figure: its chart and specification by measure, the tables that it draws, its words and controls.

    specs: in Vega-Lite; finding: what it shows in a sentence, which is its name for screen readers; height: of the
    space that is kept for it until it is drawn, in pixels.
    """

    chart: str
    tables: Sequence[DataTable]
    specs: Mapping[str, dict[str, Any]]
    caption: str
    finding: str
    controls: Sequence[Choices] = ()
    height: int = 200

    @property
    def name(self) -> str:
        """The name of its tables."""
        return self.tables[0].name


Part = str | Figure
"""A piece of a section: HTML, or a figure."""


def script_text(value: object) -> str:
    """Return JSON that may stand in a script element: no "<" is in it, which could end it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def section(name: str, title: str, *parts: str) -> str:
    """Return a section with its heading."""
    return f'<section id="{name}"><h2>{escape(title)}</h2>{"".join(parts)}</section>\n'


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph; "" for no text."""
    return f"<p{f' class={kind}' if kind else ''}>{_with_code(text)}</p>" if text else ""


def listed(texts: Iterable[str]) -> str:
    """Return a list."""
    items = "".join(f"<li>{_with_code(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def _with_code(text: str) -> str:
    """Return a text escaped, what stands between backticks as code.

    Examples
    --------
    >>> _with_code("See `blocs iia` & others")
    'See <code>blocs iia</code> &amp; others'
    """
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))


def heading(text: str) -> str:
    """Return a heading within a section."""
    return f"<h3>{escape(text)}</h3>"


def plain_table(table: Table) -> str:
    """Return a table that no figure draws, in a region that scrolls."""
    return _region(table.caption, table.to_html())


def figure(of: Figure, number: int) -> str:
    """Return a figure with its controls, its caption and the tables that it draws directly below."""
    specs = "".join(f'<script type="application/json" data-measure="{escape(measure)}">'
                    f"{script_text(chart(spec))}</script>"
                    for measure, spec in of.specs.items())  # fmt: skip
    form = f"<form hidden>{''.join(map(_control, of.controls))}</form>" if of.controls else ""
    shown = '<b class="shown"></b> ' if of.controls else ""
    return (
        f'<figure data-chart="{of.chart}" data-name="{escape(of.name)}">{form}'
        f'<div class="plate" role="group" tabindex="0" aria-label="{escape(of.finding)}" '
        f'style="min-height:{of.height}px"><div></div></div>'
        f"<figcaption><b>Figure {number}.</b> {escape(of.caption)} {shown}</figcaption>{specs}"
        f"{data_tables(of.tables)}</figure>\n"
    )


def data_tables(tables: Sequence[DataTable]) -> str:
    """Return the tables that a figure draws, in one region that scrolls."""
    return _region(f"Numbers: {tables[0].table.caption}", "".join(map(_data_table, tables)))


def _region(label: str, content: str) -> str:
    return f'<div class="wide" role="region" tabindex="0" aria-label="{escape(label)}">{content}</div>'


def _data_table(of: DataTable) -> str:
    """Return a table without the end tags that HTML lets go: there may be thousands of cells."""
    table = of.table
    facts = "".join(f" data-{key}={_quoted(text)}" for key, text in of.facts.items())
    left = [" class=l" if column.kind == "text" else "" for column in table.columns]
    names = [escape(column.flat or column.name) for column in table.columns]
    head = "".join(f"<th scope=col{kind}>{name}" for name, kind in zip(names, left, strict=True))
    body = "".join(_row(table, r, cells, left) for r, cells in enumerate(table.printed()))
    notes = paragraph(" ".join(table.notes), "note")
    return (f'<table data-name="{escape(of.name)}" data-keys="{" ".join(of.keys)}"{facts}>'
            f"<caption>{escape(table.caption)}</caption><thead><tr>{head}</thead><tbody>{body}</tbody></table>"
            f"{notes}")  # fmt: skip


def _quoted(text: str) -> str:
    """Return the value of an attribute between single quotes: JSON has thousands of double ones, which stay short."""
    return f"'{escape(text, quote=False).replace(chr(39), '&#39;')}'"


def _row(table: Table, number: int, cells: Sequence[str], left: Sequence[str]) -> str:
    row = ""
    for c, cell in enumerate(cells):
        text = f"<strong>{escape(cell)}</strong>" if (number, c) in table.bold else escape(cell)
        row += f"<th scope=row>{text}" if c < table.labels else f"<td{left[c]}>{text}"
    return f"<tr{' class=marked' if number in table.marks else ''}>{row}"


def _control(of: Choices) -> str:
    if of.several:
        boxes = "".join(
            f'<label><input type="checkbox" name="{of.name}" value="{escape(value)}" data-word="{escape(word)}" '
            f"checked>{escape(word)}</label>"
            for value, word in of.options.items()
        )
        label = escape(of.label)
        return f"<details><summary>{label}</summary><fieldset><legend>{label}</legend>{boxes}</fieldset></details>"
    options = "".join(f'<option value="{escape(value)}">{escape(word)}</option>' for value, word in of.options.items())
    return f'<label>{escape(of.label)} <select name="{of.name}">{options}</select></label>'
