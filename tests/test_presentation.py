"""One table in every form: the same cells, all text escaped, numbers printed by one rule."""

from __future__ import annotations

import csv
import io
import math
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest

from blocs import InputError
from blocs.presentation import Column, Table, printed, save_tables
from blocs.presentation.latex import escaped
from blocs.presentation.text import without_repeats

TEX = shutil.which("pdflatex") or shutil.which("xelatex") or shutil.which("tectonic")
HOSTILE = "</script><b> & 50 % of $x_1^2$ {\\a} \"q\" #~|`*"
TABLE = Table(
    (Column("Office"), Column("Party"), Column("Share", "share"), Column("low", "share", spanner="95 % CI"),
     Column("high", "share", spanner="95 % CI"), Column("LL", "number"), Column("n", "count"), Column("p", "p")),
    (
        (HOSTILE, "DEM", 0.7, 0.65, 0.75, -1234.5, 12345, 0.0001),
        (HOSTILE, "REP", 0.0003, None, math.nan, 12.0, 3, 0.04),
        ("Sheriff", "REP", 1.0, 0.9996, 0.5, 0.001, 0, 1.0),
    ),
    "Shares & more, 50 %.", ("Per cent.", "* not converged."), labels=2, bold=frozenset({(0, 2)}), marks={1: "*"},
    name="Office [bars]: all/of them",
)  # fmt: skip

_INDICES = ("AIC", "BIC", "aBIC", "CAIC", "AWE")
CRITERIA = Table(
    (Column("Classes", "count"), Column("Par", "count"), Column("LL", "number"), Column("% Converged", "share"),
     Column("% Replicated", "share"), *(Column(name, "number", 2, "Model fit indices") for name in _INDICES),
     Column("Entropy", "number", 3), Column("VLMR p", "p", spanner="LRTs"), Column("BLRT p", "p", spanner="LRTs"),
     Column("n", "count", spanner="Smallest class"), Column("%", "share", spanner="Smallest class")),
    tuple((k, 24 * k, -124567.89, 1.0, 0.5, *[224567.89] * 5, 0.915, None, 0.01, 12294, 1.0) for k in (1, 2)),
    "Fit.", bold=frozenset({(0, 5), (0, 6), (1, 9)}),
)  # fmt: skip
VOTES = Table(
    (Column("Type"), Column("Stood"), Column("Top"), Column("Office"), Column("Voters", "expected"),
     *(Column(name, "share") for name in ("Split", "Left blank", "Other", "Straight"))),
    tuple((f"Type {k} (33.3 %)", "other party only", top, office, 123456.0, 0.2, 0.3, 0.1, 0.4)
          for k in (1, 2) for top in ("DEM", "REP")
          for office in ("Clerk of Circuit Court Dane County", "SUPERINTENDENT OF PUBLIC INSTRUCTION, STATEWIDE")),
    "Votes.", labels=4,
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (0.0, "share", "0.0"), (1e-15, "share", "0.0"), (1e-9, "share", "<0.1"), (1 - 1e-15, "share", "100.0"),
        (0.0004999, "share", "<0.1"), (0.0005, "share", "0.1"), (0.9995, "share", "100.0"),
        (0.99951, "share", ">99.9"), (1.0, "share", "100.0"), (0.268, "share", "26.8"),
        (0.023, "points", "+2.3"), (-0.023, "points", "−2.3"), (-0.0001, "points", "0.0"), (0.0, "points", "0.0"),
        (-1234.567, "number", "−1,234.57"), (-0.001, "number", "0.00"), (math.inf, "number", "∞"),
        (-math.inf, "number", "−∞"), (12345, "count", "12,345"), (209.6, "expected", "≈ 210"),
        (0.0009, "p", "<.001"), (0.001, "p", ".001"), (0.05, "p", ".050"), (1.0, "p", "1.000"),
        (None, "share", "—"), (math.nan, "count", "—"), (pd.NA, "p", "—"), ("a", "text", "a"),
    ],
)  # fmt: skip
def test_a_number_is_printed_by_the_rule_of_its_kind(value: object, kind: str, text: str) -> None:
    assert printed(value, kind) == text


def test_decimals_belong_to_a_column() -> None:
    assert printed(2.5, "number", 0) == "2" and printed(2.5, "number", 4) == "2.5000"


def test_a_kind_that_is_not_known() -> None:
    with pytest.raises(InputError) as error:
        printed(1, "shares")
    assert str(error.value) == (
        "kind: there is no kind of column 'shares'. The kinds of columns are 'text', 'share', 'points', 'number', "
        "'count', 'expected', 'p'. Nearest match: share."
    )


def test_a_row_with_a_cell_too_many() -> None:
    with pytest.raises(InputError) as error:
        Table((Column("a"),), (("x",), ("x", "y")))
    assert str(error.value) == "row 2 of the table: it has 2 cells. There is one for each of the 1 columns."


class Cells(HTMLParser):
    """The rows of a table, the attributes of its header cells, and all tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.headers: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True
        if tag == "th":
            self.headers.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def test_html_has_every_cell_and_the_scope_of_every_header() -> None:
    page = Cells(TABLE.to_html())
    assert page.rows[2:] == TABLE.printed()
    assert page.rows[1] == [column.name for column in TABLE.columns]
    assert [h["scope"] for h in page.headers] == ["colgroup", *["col"] * 8, *["row", "row"] * 3]
    assert page.headers[0]["colspan"] == "2"
    assert {"script", "b", "style"}.isdisjoint(page.tags) and page.tags.count("caption") == 1
    assert page.tags.count("strong") == 1 and TABLE.to_html() == TABLE._repr_html_()


def test_markdown_has_a_cell_between_two_pipes() -> None:
    lines = TABLE.to_markdown().splitlines()
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]
    unescaped = [[re.sub(r"\\(.)", r"\1", cell.strip()) for cell in row] for row in rows]
    assert {len(row) for row in rows} == {8} and len(rows) == 2 + len(TABLE.rows)
    expected = TABLE.printed()
    expected[0][2] = "**70.0**"
    assert unescaped[2:] == expected
    assert rows[1] == [":---", ":---", *["---:"] * 6]


def letters(text: str) -> str:
    """Undo what the table of escapes does: what a reader of the printed page sees."""
    for command, letter in (("\\textbackslash{}", "\\"), ("\\textasciitilde{}", "~"), ("\\textasciicircum{}", "^"),
                            ("\\textbar{}", "|"), ("\\char34{}", '"'), ("\\textasciigrave{}", "`"),
                            ("$<$", "<"), ("$>$", ">"), ("$-$", "−"), ("$\\infty$", "∞"), ("---", "—")):  # fmt: skip
        text = text.replace(command, f"\0{ord(letter)}\0")
    text = re.sub(r"\\([&%$#_{}])", r"\1", text)
    return re.sub("\0(\\d+)\0", lambda match: chr(int(match[1])), text)


def test_latex_is_escaped_and_balanced() -> None:
    text = TABLE.to_latex()
    body = text.partition("\\midrule\n")[2].partition("\\bottomrule")[0]
    rows = [line.removesuffix(" \\\\").split(" & ") for line in body.splitlines()]
    plain = [[letters(re.sub(r"^\\text(?:bf|color\{gray\})\{(.*)\}$", r"\1", cell)) for cell in row] for row in rows]
    assert plain == TABLE.printed()
    assert text.startswith("% packages: array, booktabs, xcolor\n\\begin{table}[htbp]\n\\centering\n"
                           "\\caption{Shares \\& more, 50 \\%.}\n\\label{tab:office-bars-all-of-them}\n"
                           "\\footnotesize\n\\setlength{\\tabcolsep}{3pt}\n\\begin{tabular}"
                           "{>{\\raggedright\\arraybackslash\\hspace{0pt}}p{128pt}lrrrrrr}\n\\toprule\n"
                           " &  &  & \\multicolumn{2}{c}{95 \\% CI} &  &  &  \\\\\n\\cmidrule(lr){4-5}\n")  # fmt: skip
    environments = re.findall(r"\\(begin|end)\{(\w+)\}", text)
    assert environments == [("begin", "table"), ("begin", "tabular"), ("end", "tabular"), ("begin", "minipage"),
                            ("end", "minipage"), ("end", "table")]  # fmt: skip
    assert "\\textbf{70.0}" in text and text.count("\\textcolor{gray}") == 8
    without = re.sub(r"\\[\\{}$%]", "", text)
    assert without.count("{") == without.count("}") and without.count("$") % 2 == 0


def test_a_table_longer_than_a_page_has_its_headings_on_every_page() -> None:
    short = replace(TABLE, rows=(("Sheriff", *TABLE.rows[0][1:]), ("Sheriff", *TABLE.rows[1][1:]), TABLE.rows[2]))
    text = replace(short, rows=short.rows * 16).to_latex()
    assert text.startswith("% packages: booktabs, longtable, xcolor\n\\begin{longtable}{llrrrrrr}\n\\caption{Shares")
    assert "\\midrule\n\\endhead\n" in text and text.count("\\\\\n") == 3 + 48
    assert re.findall(r"\\(begin|end)\{(\w+)\}", text) == [("begin", "longtable"), ("end", "longtable"),
                                                          ("begin", "minipage"), ("end", "minipage")]  # fmt: skip
    assert replace(short, rows=short.rows * 15).to_latex().startswith("% packages: booktabs, xcolor\n\\begin{table}")


@pytest.mark.skipif(TEX is None, reason="no pdflatex, xelatex or tectonic here; the grammar is checked above")
@pytest.mark.parametrize("encoding", ["", "\\usepackage[T1]{fontenc}"], ids=["OT1", "T1"])
def test_latex_compiles(tmp_path: Path, encoding: str) -> None:
    """No line is wider than the text of an article, whatever the table."""
    packages = f"\\usepackage{{longtable,booktabs,xcolor,array}}{encoding}"
    long = replace(TABLE, rows=TABLE.rows * 30, caption="Long.", name="long")
    tables = [TABLE, long, replace(long, caption="", notes=()), CRITERIA, VOTES, replace(VOTES, rows=VOTES.rows * 9)]
    body = "\n".join(table.to_latex() for table in tables)
    page = f"\\documentclass{{article}}{packages}\\begin{{document}}\n{body}\\end{{document}}\n"
    (tmp_path / "page.tex").write_text(page, encoding="utf-8")
    more = [] if "tectonic" in str(TEX) else ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run([str(TEX), *more, "page.tex"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "Overfull \\hbox" not in done.stdout


def test_a_wide_table_has_small_letters_wrapped_text_and_columns_that_follow_below() -> None:
    text = VOTES.to_latex()
    assert text.startswith("% packages: array, booktabs\n\\begin{table}[htbp]\n")
    assert "\n\\footnotesize\n\\setlength{\\tabcolsep}{3pt}\n" in text
    assert text.count("\\begin{tabular}") == 1 and "}rrrrr}\n" in text
    folded = CRITERIA.to_latex()
    blocks = folded.split("\\begin{tabular}")[1:]
    headings = [re.findall(r"^Classes & (.*) ..$", block, re.M)[0].split(" & ") for block in blocks]
    assert [len(of) for of in headings] == [4, 6, 4]  # columns of one spanner stay together
    assert [name for of in headings for name in of] == [escaped(c.name) for c in CRITERIA.columns[1:]]
    assert all(block.count("\n1 & ") == block.count("\n2 & ") == 1 for block in blocks)
    assert folded.count("\\multicolumn") == folded.count("\\cmidrule") == 3
    small = Table((Column("Type"), Column("Share", "share")), ((1, 0.7), (2, 0.3)), "Shares.")
    assert "footnotesize" not in small.to_latex()


def test_csv_has_the_values_as_they_are() -> None:
    rows = list(csv.reader(io.StringIO(TABLE.to_csv())))
    assert rows[0] == ["Office", "Party", "Share", "95 % CI low", "95 % CI high", "LL", "n", "p", "mark"]
    assert rows[1] == [HOSTILE, "DEM", "0.7", "0.65", "0.75", "-1234.5", "12345", "0.0001", ""]
    assert rows[2] == [HOSTILE, "REP", "0.0003", "", "", "12.0", "3", "0.04", "*"]
    assert len(rows) == 4


def test_text_fits_into_a_width_and_loses_no_number() -> None:
    small = Table((Column("Type"), Column("Share", "share"), Column("LL", "number")), (("1", 0.7, -1.5), ("2", 0.3, 2)),
                  "Shares.", ("Per cent.",))  # fmt: skip
    assert str(small) == (
        "Shares.\n\nType  Share     LL\n──────────────────\n1      70.0  −1.50\n2      30.0   2.00\n\nPer cent."
    )
    narrow = TABLE.to_text(60)
    assert max(map(len, narrow.splitlines())) <= 60
    assert all(cell in narrow for row in TABLE.printed() for cell in row[2:])


def test_a_workbook_has_numbers_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "tables.xlsx"
    save_tables([TABLE, TABLE], path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Office  bars   all of them", "Office  bars   all of them 2"]
    caption, heading, *rows = book.worksheets[0].iter_rows()
    assert caption[0].value == TABLE.caption and caption[0].font.b
    assert [cell.value for cell in heading] == [*(column.heading for column in TABLE.columns), "mark"]
    values = [[None if value != value else value for value in row] for row in TABLE.rows]
    assert [[cell.value for cell in row[:8]] for row in rows[:3]] == values
    assert [cell.number_format for cell in rows[0]][2:8] == ["0.0%", "0.0%", "0.0%", "#,##0.00", "#,##0", "0.000"]
    assert rows[0][2].font.b and not rows[0][3].font.b and rows[1][2].font.color.rgb == "FF808080"
    assert [row[8].value for row in rows[:3]] == [None, "*", None]
    assert [row[0].value for row in rows[4:]] == list(TABLE.notes)


def test_a_workbook_shows_differences_with_their_sign_and_no_number_that_is_none(tmp_path: Path) -> None:
    columns = (Column("a"), Column("b", "points"), Column("c", "expected"), Column("d", "number", 0))
    Table(columns, (("x", -0.1, 3.4, 2.0), ("y", 0.0, None, math.inf))).save(tmp_path / "t.xlsx")
    _, *rows = openpyxl.load_workbook(tmp_path / "t.xlsx").active.iter_rows()
    assert [[cell.value for cell in row] for row in rows] == [["x", -0.1, 3.4, 2.0], ["y", 0.0, None, "∞"]]
    assert [cell.number_format for cell in rows[0][1:]] == ['+0.0%;"−"0.0%;0.0%', "#,##0", "#,##0"]


def test_a_document_has_every_cell(tmp_path: Path) -> None:
    path = tmp_path / "table.docx"
    TABLE.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    found = parts["word/document.xml"].iter(f"{w}tr")
    rows = [["".join(cell.itertext()) for cell in row.iter(f"{w}tc")] for row in found]
    assert rows == [["", "", "", "95 % CI", "", "", ""], [column.name for column in TABLE.columns], *TABLE.printed()]
    assert {"[Content_Types].xml", "_rels/.rels"} < set(parts)


def test_labels_of_the_row_above_are_not_printed_again() -> None:
    rows = (("a", "x", 1), ("a", "y", 2), ("b", "y", 3), ("b", "y", 4))
    table = Table((Column("item"), Column("outcome"), Column("n", "count")), rows, labels=2)
    assert without_repeats(table) == [["a", "x", "1"], ["", "y", "2"], ["b", "y", "3"], ["", "y", "4"]]
    assert "\\midrule\na & x & 1 \\\\\n & y & 2 \\\\\nb & y & 3 \\\\\n & y & 4 \\\\\n\\bottomrule" in table.to_latex()
    assert Cells(table.to_html()).rows[1:] == table.printed()  # a row header says what its row is about


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "docx", "html", "md", "tex", "txt", "xlsx"])
def test_the_same_table_gives_the_same_bytes(tmp_path: Path, ending: str) -> None:
    paths = [tmp_path / f"{name}.{ending}" for name in "ab"]
    for path in paths:
        TABLE.save(path)
    assert paths[0].read_bytes() == paths[1].read_bytes() != b""


def test_a_page_loads_nothing_and_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    save_tables([TABLE, TABLE], path)
    text = path.read_text(encoding="utf-8")
    page = Cells(text)
    assert "default-src 'none'" in text and page.tags.count("table") == 2
    assert {"script", "link", "img", "b"}.isdisjoint(page.tags)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("table.json", "'table.json' has the ending '.json'"),
        ("table", "'table' has no ending"),
        ("table.texx", "'table.texx' has the ending '.texx'"),
    ],
)
def test_a_file_that_is_no_form_of_tables(name: str, what: str) -> None:
    with pytest.raises(InputError) as error:
        TABLE.save(name)
    near = " Nearest match: .tex." if name == "table.texx" else ""
    assert str(error.value) == (
        f"path: {what}. Tables are written to names that end in .csv, .csv.gz, .docx, .html, .md, .tex, .txt or .xlsx."
        f"{near}"
    )


def test_the_frame_has_the_marks() -> None:
    frame = TABLE.to_frame()
    assert frame["mark"].tolist() == ["", "*", ""] and frame["Share"].tolist() == [0.7, 0.0003, 1.0]
    assert math.isnan(frame["95 % CI low"].iloc[1])
