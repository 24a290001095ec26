"""What SECURITY.md promises of hostile names and files: a name is that file, text is text, values have bounds."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import blocs
import test_readers_cdf as cdf
from ballots_support import long_table
from blocs.ballots.reports.contest_totals import contest_totals
from blocs.ballots.vendors.nist_cdf.report import NIST_CDF
from blocs.cli import cli
from blocs.core.errors import InputError
from blocs.files import workbook_limits
from blocs.tables.survey_table import plain_table
from fuzz_readers import LONG
from readers_support import message, read
from test_readers_vendors import GOOD

ACTING = "'; drop table marks; --"
NAMES = ["a[1]", "a*", "a?", "~", "it's", 'a"b', "a\\b", "a;b", "$(touch x)", "https:", "-a", "a\nb", "é{1,2}", "%61"]
"""Names that a shell, a pattern, a query or an address would take for something else."""


def table(voters: int, name: str = "X") -> pa.Table:
    rows = [(i, "US PRESIDENT", "", *((name, "DEM") if i % 2 else ("Y", "REP"))) for i in range(voters)]
    return pa.Table.from_pandas(long_table(rows), preserve_index=False)


def write(voters: int, path: Path) -> None:
    with path.open("wb") as file:  # Arrow would take "~" and "https:" for something else
        pq.write_table(table(voters), file)


def votes(path: Path | str) -> int:
    return int(contest_totals(blocs.read_cvr(path, threads=1))["votes"].sum())


@pytest.mark.parametrize("kind", ["file", "folder", "CSV"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_that_file(name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for other in ("a1", "ab", "abc", "home", "a", "b"):
        Path(other).mkdir()
        write(7, Path(f"{other}.parquet"))
        write(7, Path(other) / "x.parquet")
    if kind == "folder":
        Path(name).mkdir()
        write(4, Path(name) / "x.parquet")
        path = name
    elif kind == "file":
        path = f"{name}.parquet"
        write(4, Path(path))
    else:
        path = f"{name}.csv"
        with open(path, "w") as file:
            table(4).to_pandas().to_csv(file, index=False)
    assert votes(path) == 4
    assert not Path("x").exists()


def test_text_never_becomes_a_part_of_a_query(tmp_path: Path) -> None:
    pq.write_table(table(6, ACTING), tmp_path / f"{ACTING}.parquet")
    found = contest_totals(blocs.read_cvr(tmp_path / f"{ACTING}.parquet"))
    assert found.set_index("candidate")["votes"].to_dict()[ACTING] == 3


def test_numbers_of_a_report_have_bounds(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(cdf.GOOD.replace('"NumberVotes": 1', '"NumberVotes": ' + "1" * 5000, 1))
    assert "1" * 5000 in path.read_text()
    assert message(NIST_CDF, path) == (
        "r.json: a number has thousands of digits. Counts and ids are shorter. The file is cut off or damaged; export "
        "it again."
    )


def test_a_half_of_a_letter_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(cdf.GOOD.replace('"Name": "', '"Name": "\\ud800', 1))
    assert "\\ud800" in path.read_text()
    assert message(NIST_CDF, path) == (
        "r.json: a text holds half of a letter, \\ud800. Surrogates come in pairs. The file is cut off or damaged; "
        "export it again."
    )
    path.write_text(cdf.GOOD.replace('"Name": "', '"Name": "\\ud83d\\uddf3', 1))
    assert read(NIST_CDF, path).records.num_rows > 0


def test_a_name_twice_in_a_report_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(cdf.GOOD.replace('"NumberVotes": 1', '"NumberVotes": 0, "NumberVotes": 1', 1))
    assert message(NIST_CDF, path) == (
        "r.json: an object has the name 'NumberVotes' twice. Which of the two counts cannot be known. The file is cut "
        "off or damaged; export it again."
    )


def test_names_have_bounds(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = [(i, "US PRESIDENT", "", "A" * 6_000, "DEM") for i in range(3)]
    long_table(rows).to_csv(path, index=False)
    with pytest.raises(InputError) as refused:
        blocs.read_cvr(path)
    says = (
        "{}a cell that begins with 'AAAAAAAAAAAAAAAAAAAA' has 6,000 characters. Names have 5,000 at most. The file is "
        "damaged; export it again."
    )
    assert str(refused.value) == says.format("long.csv, row 2, column 4: ")
    with pytest.raises(InputError) as refused:
        blocs.read_cvr(long_table(rows))
    assert str(refused.value) == says.format("")
    long_table(rows).to_parquet(tmp_path / "long.parquet")
    with pytest.raises(InputError) as refused:
        blocs.read_cvr(tmp_path / "long.parquet")
    assert str(refused.value) == says.format("long.parquet: ")


def test_a_long_cell_of_a_vendors_file_has_its_address(tmp_path: Path) -> None:
    """The whole cell is counted, of which a part was refused; in a folder with the name of the file."""
    cells = ["1,P,S,DEM Ann", "2,P,S,DEM " + "(a " * 3_000, "3,P,S,REP Bo"]
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "b.csv").write_text("\n".join(["Cast Vote Record,Precinct,Ballot Style,Governor", *cells, ""]))
    with pytest.raises(InputError) as refused:
        blocs.read_cvr(tmp_path / "x")
    assert str(refused.value) == (
        "b.csv, row 3, column 4: a cell that begins with 'DEM (a (a (a (a (a (' has 9,004 characters. Names have 5,000 "
        "at most. The file is damaged; export it again."
    )


@pytest.mark.parametrize("text", ["a,b\r1,2\r2,1\r", "cvr_id,office,candidate\r1,Mayor,Ann", "a|b\r\r1|2"])
def test_lines_that_end_in_a_carriage_return_alone_are_named(text: str, tmp_path: Path) -> None:
    for name, data in (("t.csv", text.encode()), ("t.csv.gz", gzip.compress(text.encode()))):
        (tmp_path / name).write_bytes(data)
        for reader in (blocs.read_cvr, plain_table):
            with pytest.raises(InputError) as refused:
                reader(tmp_path / name)
            assert str(refused.value) == (
                f"{name}: its lines end in a carriage return alone. Lines end in a line feed, with or without one "
                "before. Save it as CSV for Windows or Linux, or as a workbook."
            )
    (tmp_path / "ok.csv").write_bytes(b"a,b\r\n1,2")
    assert plain_table(tmp_path / "ok.csv").to_dict("list") == {"a": [1], "b": [2]}


@pytest.mark.parametrize("begin", ["<html><body><table>", "<!DOCTYPE html><TABLE border=1>", "\n<table>"])
def test_a_page_with_a_table_called_xls_is_named(begin: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_text(f"{begin}<tr><td>Cast Vote Record</td><td>Sheriff</td></tr><tr><td>1</td><td>Ann</td></tr></table>")
    with pytest.raises(InputError) as refused:
        blocs.read_cvr(path)
    assert str(refused.value) == (
        "a.xls: it is a web page with a table, not ballots. Open it in a spreadsheet program and save it as CSV; if "
        "the page asks for a login or an agreement, download the file itself."
    )


def test_votes_of_a_contest_have_bounds(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = [(i, "US PRESIDENT", "", "ANN", "DEM") for i in range(3)]
    long_table(rows).assign(magnitude=2**70).to_csv(path, index=False)
    with pytest.raises(InputError) as refused:
        blocs.read_cvr(path)
    assert str(refused.value) == (
        "1,180,591,620,717,411,303,424 votes are allowed in 'US PRESIDENT'. 10,000 are the most. The file is damaged; "
        "export it again."
    )


def test_cells_that_are_far_out_are_refused(tmp_path: Path) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.cell(1_000_000, 100, "far")
    book.save(out)
    path = tmp_path / "b.xlsx"
    path.write_bytes(out.getvalue())
    with pytest.raises(InputError) as refused:
        blocs.read_cvr(path)
    assert str(refused.value) == (
        "b.xlsx/xl/worksheets/sheet1.xml: its cells reach to row 1,000,000 and column 100. A sheet has at most "
        "1,048,576 rows, 16,384 columns and 50,000,000 cells up to its last one. Delete the cells that are far out, or "
        "save the sheet as CSV."
    )


def changed_sheet(tmp_path: Path, change: Callable[[bytes], bytes]) -> Path:
    """A workbook of 15 rows whose sheet was changed."""
    book, whole = openpyxl.Workbook(), io.BytesIO()
    for row in range(1, 16):
        book.active.append([f"x{row}", row, "a"])
    book.save(whole)
    path = tmp_path / "b.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            sheet = info.filename.endswith("sheet1.xml")
            new.writestr(info, change(old.read(info)) if sheet else old.read(info))
    return path


@pytest.mark.parametrize("block", [64, 1 << 20])
def test_rows_that_are_not_in_order_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """The library that reads workbooks would ask for more memory than there is, which ends the process."""
    monkeypatch.setattr(workbook_limits, "_BLOCK", block)
    path = changed_sheet(tmp_path, lambda sheet: re.sub(rb'r="([A-C]?)15"', rb"r='\g<1>1'", sheet))
    with pytest.raises(InputError) as refused:
        blocs.read_cvr(path)
    assert str(refused.value) == (
        "b.xlsx/xl/worksheets/sheet1.xml: its rows are not in the order of their numbers. Every program writes them in "
        "order. Save it again, or save the sheet as CSV."
    )


@pytest.mark.parametrize("block", [64, 1 << 20])
def test_rows_that_are_in_order_are_read_in_any_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_limits, "_BLOCK", block)
    book, whole = openpyxl.Workbook(), io.BytesIO()
    for row in range(1, 500):
        book.active.append([f"x{row}", row, "a"])
    book.save(whole)
    assert workbook_limits.workbook_faults(whole.getvalue(), "b.xlsx") == []


@pytest.mark.parametrize("place", [b'r="B\x7f7"', b'R="B7"', b"r=B7", b'r="7B"'])
def test_places_that_cannot_be_read_are_refused(tmp_path: Path, place: bytes) -> None:
    path = changed_sheet(tmp_path, lambda sheet: sheet.replace(b'r="B7"', place))
    with pytest.raises(InputError) as refused:
        blocs.read_cvr(path)
    assert str(refused.value) == (
        "b.xlsx/xl/worksheets/sheet1.xml: some of its rows or cells have no place that can be read, and others have "
        "one. Every program writes the places of all, or of none. Save it again, or save the sheet as CSV."
    )


@pytest.mark.parametrize("place", [b'r="XFD1048576"', b"r='XFD1048576'", b'r = "xfd1048576"'])
def test_far_cells_are_refused_however_their_places_are_written(tmp_path: Path, place: bytes) -> None:
    path = changed_sheet(tmp_path, lambda sheet: sheet.replace(b'r="C15"', place))
    with pytest.raises(InputError, match=r"its cells reach to row 1,048,576 and column 16,384\."):
        blocs.read_cvr(path)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("fit") / "fit.json"
    blocs.fit(blocs.Profiles.from_table({"a": [0, 1, 1], "b": [0, 1, 0]}), types=1).save(path)
    document: dict[str, Any] = json.loads(path.read_text())
    return document


@pytest.mark.parametrize(
    ("part", "value", "rule"),
    [
        ("n", -5, "'n' is not a positive number"),
        ("prior", float("nan"), "'prior' is not a number, 0 or more"),
        ("hits", 10**30, "'hits' is not a whole number, 0 or more"),
        ("loglik", 10**400, "'loglik' is not a finite number"),
        ("types", 10**9, "'types' is not a whole number from 1 to 100,000"),
        ("settings", [], "'settings' is not an object"),
        ("trace", [None], "'trace' is not a list of finite numbers"),
        ("traces", [1.0], "'traces' is not a list of lists of finite numbers, or null"),
        ("traces", [[1.0]] * 99, "'traces' are not as many as the starts"),
    ],
)
def test_a_fit_has_values_that_a_fit_can_have(
    part: str, value: Any, rule: str, saved: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "fit.json"
    path.write_text(json.dumps({**saved, part: value}))
    with pytest.raises(InputError) as refused:
        blocs.load(path)
    assert str(refused.value) == f"{path}: the fit in it is damaged ({rule}). Give the file of a saved fit."


HALF = bytes(range(256)) * 8
KINDS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "gzip that is cut off": lambda good: gzip.compress(good)[:-20],
    "gzip in gzip": lambda good: gzip.compress(gzip.compress(good)),
    "byte order mark": lambda good: b"\xef\xbb\xbf" + good,
    "UTF-16": lambda good: good.decode("utf-8", "replace").encode("utf-16"),
    "NUL": lambda good: good[: len(good) // 2] + b"\0" + good[len(good) // 2 :],
    "escape sequences": lambda good: good.replace(b"A", b"\x1b]0;x\x07A"),
    "direction of writing": lambda good: good.replace(b"A", "\u202eA\x9b31m".encode()),
    "carriage returns": lambda good: good.replace(b"\n", b"\r"),
    "cut in the middle": lambda good: good[: len(good) // 2],
    "halves of letters": lambda good: good.replace(b"a", b"\xed\xa0\x80", 3),
    "any bytes at the end": lambda good: good[:200] + HALF,
    "negative numbers": lambda good: good.replace(b"1", b"-1"),
    "numbers of 5,000 digits": lambda good: good.replace(b"1", b"1" + b"0" * 5000, 3),
    "twice": lambda good: good + good,
    "nothing": lambda good: b"",
    "ends of lines": lambda good: b"\n" * 3,
}
FILES = {name: contents[0] for name, contents in GOOD.items() if name} | {
    "long": LONG, "wide": b"PRS,USH,n\n" + b"Democrat,Republican,1\nRepublican,Democrat,2\n" * 20,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FILES)
def test_every_hostile_kind_for_every_reader(name: str, kind: str, tmp_path: Path) -> None:
    """An answer, or one clear error: no other exception."""
    path = tmp_path / "ballots"
    path.write_bytes(KINDS[kind](FILES[name]))
    try:
        number, refusal = votes(path), "no refusal"
    except InputError as error:
        number, refusal = 0, str(error)
    assert number >= 0
    assert 0 < len(refusal) < 20_000


@pytest.mark.parametrize("cells", [[["x"], None], [{"a": 1}, {"a": 2}]], ids=["lists", "objects"])
def test_nested_cells_are_no_answers(cells: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pq.write_table(pa.table({"a": pa.array(cells), "b": [0, 1]}), "nested.parquet")
    ended = CliRunner().invoke(cli, ["fit", "nested.parquet", "--items", "a,b", "--types", "1"])
    assert (ended.exit_code, ended.stderr) == (
        1, "blocs: item 'a': a cell holds a list or another value that cannot be a label. Labels are text, numbers, "
        "true or false.\n",
    )  # fmt: skip


def test_an_archive_that_ends_early_says_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", LONG)
    content = bytearray((tmp_path / "a.zip").read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 20 : entry + 28] = (2**20).to_bytes(4, "little") * 2  # its size, packed and not
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError) as refused:
        votes(tmp_path / "a.zip")
    assert str(refused.value) == (
        "a.zip/a.csv: the archive is cut off or damaged (it ends early). A zip ends with a list of its contents. "
        "Download it again."
    )


LONG_END = b"9,US PRESIDENT,," + b"A" * 33_000_000 + b",DEM,1"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_last_line_above_the_buffer_of_the_database_is_not_left_out(end: bytes, packed: bool, tmp_path: Path) -> None:
    """It is, by the database itself, without an error."""
    path, content = tmp_path / "t.csv", LONG + LONG_END + end
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    rule = "A row of a table is shorter. The file is damaged or not a table; export it again."
    for reader in (votes, plain_table):
        with pytest.raises(InputError) as refused:
            reader(path)
        assert str(refused.value) == f"t.csv: the last line is longer than 2,000,000 bytes. {rule}"


def test_a_line_above_the_buffer_of_the_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(LONG + LONG_END + b"\n" + LONG.split(b"\n", 1)[1])
    with pytest.raises(InputError, match=r"the line is longer than 2,000,000 bytes\. A row of a table is shorter\."):
        votes(tmp_path / "t.csv")


def test_columns_have_a_bound(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a,b" + b"," * 100_000 + b"\n1,2\n")
    with pytest.raises(InputError) as refused:
        votes(tmp_path / "t.csv")
    assert str(refused.value) == (
        "t.csv: the header has 100,002 cells. Tables have 100,000 columns at most. The file is damaged or not a table; "
        "export it again."
    )
