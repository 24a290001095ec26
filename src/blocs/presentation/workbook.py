"""Tables as a workbook (.xlsx): a sheet for each, with numbers as numbers.

The file is a zip of a few XML parts (ECMA-376). They are written here, so that no package is needed and the same tables
give the same bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from .numbers import is_missing, printed
from .package import zipped

if TYPE_CHECKING:
    from .table import Column, Table

__all__ = ["to_workbook"]

_SHEET_NAME = 31
"""Letters that the name of a sheet may have."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TEXT, _HEADING = "text", "heading"
_FORMATS = {"share": "0.0%", "points": '+0.0%;"\N{MINUS SIGN}"0.0%;0.0%', "count": "#,##0", "expected": "#,##0",
            "p": "0.000"}  # fmt: skip
"""Kind of a column -> how a spreadsheet shows its numbers; "number" has its decimals."""


def to_workbook(tables: Sequence[Table]) -> bytes:
    """Return a workbook: in each sheet the caption, the headings in one row, the rows, and the notes."""
    names = _sheet_names(tables)
    styles = _Styles()
    sheets = [_sheet(table, styles) for table in tables]
    each = range(1, len(tables) + 1)
    entries = "".join(f'<sheet name={quoteattr(name)} sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(names, 1))
    links = "".join(_link(i, "worksheet", f"worksheets/sheet{i}.xml") for i in each)
    kinds = "".join(_kind(f"/xl/worksheets/sheet{i}.xml", f"{_CONTENT}.worksheet+xml") for i in each)
    package = "http://schemas.openxmlformats.org/package/2006"
    return zipped({
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        + _kind("/xl/workbook.xml", f"{_CONTENT}.sheet.main+xml") + _kind("/xl/styles.xml", f"{_CONTENT}.styles+xml")
        + f"{kinds}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        + _link(1, "officeDocument", "xl/workbook.xml") + "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}'
        + _link(len(tables) + 1, "styles", "styles.xml") + "</Relationships>",
        "xl/styles.xml": styles.xml(),
        **{f"xl/worksheets/sheet{i}.xml": sheet for i, sheet in zip(each, sheets, strict=True)},
    })  # fmt: skip


def _kind(part: str, content: str) -> str:
    return f'<Override PartName="{part}" ContentType="{content}"/>'


def _link(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'


def _sheet_names(tables: Sequence[Table]) -> list[str]:
    """Return a name for each sheet: without letters that are refused, short, and each once."""
    names: list[str] = []
    for table in tables:
        plain = re.sub(r"[\[\]:*?/\\']", " ", table.name).strip()[:_SHEET_NAME] or "table"
        number, name = 1, plain
        while name.casefold() in {other.casefold() for other in names}:
            number += 1
            name = f"{plain[: _SHEET_NAME - 4]} {number}"
        names.append(name)
    return names


class _Styles:
    """The formats of cells, each once, numbered as they are asked for."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, bool, bool], int] = {(_TEXT, False, False): 0}

    def of(self, shown: str, bold: bool = False, grey: bool = False) -> int:
        """Return the number of a style: how a number is shown, and its letters."""
        return self.known.setdefault((shown, bold, grey), len(self.known))

    def xml(self) -> str:
        shown = list(dict.fromkeys(one for one, _, _ in self.known if one not in (_TEXT, _HEADING)))
        formats = "".join(f'<numFmt numFmtId="{164 + i}" formatCode={quoteattr(one)}/>' for i, one in enumerate(shown))
        numbers = {one: 164 + i for i, one in enumerate(shown)} | {_TEXT: 0, _HEADING: 0}
        fonts = "".join(
            f'<font>{bold}<sz val="11"/>{grey}<name val="Calibri"/></font>'
            for grey in ("", '<color rgb="FF808080"/>')
            for bold in ("", "<b/>")
        )
        cells = "".join(
            f'<xf numFmtId="{numbers[one]}" fontId="{bold + 2 * grey}" fillId="0" borderId="0" xfId="0" '
            'applyNumberFormat="1" applyFont="1"/>'
            for one, bold, grey in self.known
        )
        own = f'<numFmts count="{len(shown)}">{formats}</numFmts>' if shown else ""
        none = "".join(f'<fill><patternFill patternType="{kind}"/></fill>' for kind in ("none", "gray125"))
        return (
            f'<styleSheet xmlns="{_MAIN}">{own}<fonts count="4">{fonts}</fonts><fills count="2">{none}</fills>'
            '<borders count="1"><border/></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            f'<cellXfs count="{len(self.known)}">{cells}</cellXfs>'
            '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
        )


def _sheet(table: Table, styles: _Styles) -> str:
    """Return the part of a sheet."""
    bold = styles.of(_HEADING, bold=True)
    lines: list[list[str]] = [[_text(table.caption, bold)]] if table.caption else []
    marks = bool(table.marks)
    lines.append([_text(column.heading, bold) for column in table.columns] + ([_text("mark", bold)] if marks else []))
    for r, row in enumerate(table.rows):
        grey = r in table.marks
        cells = [
            _cell(value, column, styles, (r, c) in table.bold, grey)
            for c, (value, column) in enumerate(zip(row, table.columns, strict=True))
        ]
        lines.append(cells + ([_text(table.marks.get(r, ""), 0)] if marks else []))
    lines += [[], *([_text(note, 0)] for note in table.notes)] if table.notes else []
    rows = "".join(f'<row r="{i}">{"".join(cells)}</row>' for i, cells in enumerate(lines, start=1))
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def _cell(value: Any, column: Column, styles: _Styles, bold: bool, grey: bool) -> str:
    """Return a cell: a number where it is one and finite, else text; empty where there is none."""
    if is_missing(value):
        return _text("", 0)
    if column.kind == "text" or not math.isfinite(value):
        return _text(printed(value, column.kind), styles.of(_TEXT, bold, grey))
    shown = _FORMATS.get(column.kind) or (f"#,##0.{'0' * column.digits}" if column.digits else "#,##0")
    return f'<c s="{styles.of(shown, bold, grey)}"><v>{float(value)!r}</v></c>'


def _text(text: str, style: int) -> str:
    plain = "".join(letter for letter in text if letter.isprintable())
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{escape(plain)}</t></is></c>' if plain else "<c/>"
