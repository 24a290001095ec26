"""What vendors' tables have in common: by columns and by rows alike, containers, sheets, damage, words, copies."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocs.ballots.catalogue import UNDER, WRITE_IN, Candidate
from blocs.ballots.vendors import row_copies, table_rows
from blocs.ballots.vendors.clearballot import CLEARBALLOT
from blocs.ballots.vendors.dominion_csv import DOMINION_CSV
from blocs.ballots.vendors.ess import ESS
from blocs.ballots.vendors.format import Format
from blocs.ballots.vendors.row_copies import _met_before
from blocs.files import text_table
from blocs.files.export import open_export
from blocs.files.text_table import Irregular, TextTable
from readers_support import Read, check_reader, message, read, recognised


def text_of(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


CELL = st.sampled_from(["", "0", "1", "1", "1 (97)", "Redacted", " 1 ", "2", '="1"'])
NAME = st.sampled_from(
    ["Ann Lee", 'Bo "Bud" Ek', "Cy, Jr.", "Di\nElm", "Éva Ö", "", "undervote", "overvote", "Write-in"]
)


@st.composite
def dominion(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 4))
    head = [
        ["County", "5.1"],
        ["", "", ""] + ["Governor (Vote For=1)"] * width,
        ["", "", "", *(f"C{i}" for i in range(width))],
        ["CvrNumber", "TabulatorNum", "BallotType"] + [""] * width,
    ]
    ids = st.sampled_from(["1", "2", '="3"', "Redacted and Aggregated", ""])
    body = draw(st.lists(st.tuples(ids, st.sampled_from(["7", "8"]), st.just("A"), *[CELL] * width), min_size=1))
    return [*head, *map(list, body)]  # fmt: skip


@st.composite
def ess(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 4))
    head = ["Cast Vote Record", "Precinct", "Ballot Style", *(f"Office {i}" for i in range(width))]
    rows = draw(st.lists(st.tuples(st.sampled_from("1234"), st.just("P"), st.sampled_from("AB"), *[NAME] * width)))
    return [head, *map(list, rows)]


@st.composite
def clear(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 4))
    choices = [f"Choice_{i}_1:Mayor:{i % 2 + 1}:Vote For 1:Name {i // 2}:NON" for i in range(width)]
    rows = draw(st.lists(st.tuples(st.sampled_from("123"), st.just("b"), st.just("p"), st.just("s"), *[CELL] * width)))
    return [["RowNumber", "BallotID", "PrecinctID", "BallotStyleID", *choices], *map(list, rows)]


def outcome(reader: Format, path: Path) -> Read | str:
    try:
        return read(reader, path, 3)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize(("reader", "tables"), [(DOMINION_CSV, dominion()), (ESS, ess()), (CLEARBALLOT, clear())])
def test_by_columns_and_by_rows_a_table_is_the_same(
    reader: Format, tables: st.SearchStrategy[list[list[str]]], tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fast = TextTable.columns

    def slow(*_: object) -> Iterator[pa.RecordBatch]:
        raise Irregular
        yield

    @given(tables)
    @settings(max_examples=60, deadline=None)
    def same(rows: list[list[str]]) -> None:
        path = tmp_path_factory.mktemp("t") / "t.csv"
        path.write_text(text_of(rows))
        monkeypatch.setattr(TextTable, "columns", fast)
        by_columns = outcome(reader, path)
        monkeypatch.setattr(TextTable, "columns", slow)
        assert by_columns == outcome(reader, path)

    same()


@pytest.mark.parametrize(
    ("text", "in_order"),
    [("1,2\n3,4\n", True), ('"1","2"\n"3","a ""b"" c"\n', True), ('="1",2\n', True), ('"a\nb",2\n', True),
     ('"1"x,2\n', False), ('5" wide,2\n', False), ('"1,2\n3,4\n', False), ("1,2\r3,4\n", False), ("1,2\n3\n", False),
     ("1,2\n3,4,5\n", False)],
)  # fmt: skip
def test_columns_are_read_of_sound_text_alone(tmp_path: Path, text: str, in_order: bool) -> None:
    """What a strict reader of rows refuses is never read by columns, and the cells are the same."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"head,er\n" + text.encode())
    with open_export(path) as export:
        (table,) = export.tables
        try:
            parts = list(table.columns(1, frozenset()))
        except Irregular:
            assert not in_order
            return
        assert in_order
        cells = [list(row) for part in parts for row in zip(*(c.to_pylist() for c in part.words.values()), strict=True)]
        assert cells == [row for number, row in table.rows() if number > 1]


def test_met_before_is_what_a_set_says() -> None:
    rng, seen, known = np.random.default_rng(0), (), set[int]()
    for _ in range(50):
        hashes = rng.integers(0, 400, rng.integers(0, 20)).astype(np.uint64)
        met, seen = _met_before(hashes, seen)
        expected = []
        for value in hashes.tolist():
            expected.append(value in known)
            known.add(value)
        assert met.tolist() == expected


@pytest.mark.parametrize("block", [60, 150, 1 << 22])
@pytest.mark.parametrize("by_columns", [True, False])
def test_copies_do_not_depend_on_blocks(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, block: int, by_columns: bool
) -> None:
    """A row is a copy if it equals an earlier one, unless its id is zero or many rows share it or any id."""
    monkeypatch.setattr(text_table, "_BLOCK", block)
    monkeypatch.setattr(table_rows, "_AT_ONCE", max(1, block // 50))
    monkeypatch.setattr(row_copies, "MOST_ROWS", 4)
    monkeypatch.setattr(row_copies, "MOST_ON_AVERAGE", 3)
    head = ["RowNumber", "BallotID", "PrecinctID", "BallotStyleID", "Choice_1_1:Mayor:Vote For 1:Ann:NON"]

    @given(st.lists(st.tuples(st.sampled_from("01234"), st.sampled_from("01")), min_size=1, max_size=30))
    @settings(max_examples=40, deadline=None)
    def same(rows: list[tuple[str, str]]) -> None:
        path = tmp_path_factory.mktemp("t") / "t.csv"
        body = [[f"{n}", number, "P", "S", mark] for n, (number, mark) in enumerate(rows, 1)]
        path.write_text(text_of([head, *body]) + ("" if by_columns else "9,b,P,S,1,\n"))  # an empty cell too many
        ids = Counter(number for number, _ in rows)
        named = Counter(number for number in ids.elements() if int(number) > 0)
        of_ballots = named.total() <= 3 * len(named)
        copies = sum(of_ballots and row in rows[:i] and 0 < named[row[0]] <= 4 for i, row in enumerate(rows))
        found = read(CLEARBALLOT, path).account.steps[0].parts
        assert found.get("exact copies of an earlier row", 0) == copies
        assert found["delivered"] == len(rows) - copies + (not by_columns)

    same()


HEAD = ["Cast Vote Record", "Precinct", "Ballot Style", "President", "Sheriff"]
PART_1 = [HEAD, ["1", "P", "S", "DEM Ann", "REP Bo"], ["2", "P", "S", "REP Cy", "undervote"]]
PART_2 = [HEAD, ["1", "Q", "S", "DEM Ann", "DEM Di"]]


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(sheets: dict[str, Sequence[Sequence[str]]]) -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    book.save(out)
    return out.getvalue()


def containers() -> dict[str, bytes]:
    one, two = text_of(PART_1).encode(), text_of(PART_2).encode()
    around = {"read me.txt": b"Exported in November.", "__MACOSX/._a.csv": b"\0\0", "metadata.json": b"{}"}
    return {
        "a.zip": zipped({"x/a.csv": one, "x/b.csv": two, **around}),
        "b.zip": zipped({"a.zip": zipped({"a.csv": one}), "b.csv": two, **around}),
        "c.zip": zipped({"book.xlsx": workbook({"first": PART_1}), "b.csv": two}),
        "d.xlsx": workbook({"cover": [["Official results"]], "first": PART_1, "second": PART_2}),
        "e.xls": workbook({"first": PART_1, "second": PART_2}),
        "g.zip": zipped({"a.csv.gz": gzip.compress(one), "b.CSV.GZ": gzip.compress(two), "c.gz": gzip.compress(b"x")}),
        "f.zip": zipped({"a.csv": text_of(PART_1, ";").encode("utf-16"), "b.csv": text_of(PART_2, "\t").encode()}),
    }


@pytest.mark.parametrize("name", ["a.zip", "b.zip", "c.zip", "d.xlsx", "e.xls", "f.zip", "g.zip"])
def test_containers(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(containers()[name])
    found = check_reader(ESS, path)
    assert found.totals() == {"President": Counter(Ann=2, Cy=1), "Sheriff": Counter(Bo=1, Di=1, UNDER=1)}
    said = {
        "a.zip": "read me.txt, metadata.json",
        "b.zip": "read me.txt, metadata.json",
        "d.xlsx": "d.xlsx, sheet 'cover'",
        "g.zip": "c.gz",
    }
    expected = f"Not read, since they hold no ballots of this format: {said[name]}." if name in said else None
    assert [remark for remark in found.account.remarks if remark.startswith("Not read")] == (
        [expected] if expected else []
    )


def test_a_folder_of_tables_and_zips(tmp_path: Path) -> None:
    folder = tmp_path / "county"
    (folder / "x").mkdir(parents=True)
    (folder / "x" / "a.zip").write_bytes(zipped({"a.csv": text_of(PART_1).encode()}))
    (folder / "b.csv").write_text(text_of(PART_2))
    (folder / ".hidden.csv").write_text(text_of(PART_2))
    assert len(check_reader(ESS, folder).records) == 3


def test_packed_files_of_a_folder_and_a_zip(tmp_path: Path) -> None:
    """Files that are compressed by gzip are read as those beside them are, and are no further ballots of the same."""
    folder, one = tmp_path / "county", gzip.compress(text_of(PART_1).encode())
    folder.mkdir()
    (folder / "a.csv.gz").write_bytes(one)
    (folder / "b.csv").write_text(text_of(PART_2))
    assert len(check_reader(ESS, folder).records) == 3
    (folder / "a.csv").write_text(text_of(PART_1))
    found = check_reader(ESS, folder)
    assert len(found.records) == 3
    assert "Not read, since another file is the same: a.csv.gz (copy of a.csv)." in found.account.remarks
    path = tmp_path / "c.zip"
    path.write_bytes(zipped({"a.csv.gz": one[:-9]}))
    assert message(ESS, path) == (
        "c.zip/a.csv.gz: the compressed file is cut off or damaged (Compressed file ended before the end-of-stream "
        "marker was reached). Download it again."
    )


@pytest.mark.parametrize("name", ["a.xlsx", "a.zip"])
def test_rows_that_go_on_without_a_header_are_refused(tmp_path: Path, name: str) -> None:
    """A second sheet, or file, with the rows behind those of the first would be ballots that are lost."""
    sums = [["Contest", "A", "B", "C", "D"], [*"12345"]]
    parts = {"first": PART_1, "second": PART_2[1:], "cover": [["1"]], "sums": sums}
    files = {f"{sheet}.csv": text_of(rows).encode() for sheet, rows in parts.items()}
    (tmp_path / name).write_bytes(workbook(parts) if name == "a.xlsx" else zipped(files))
    first, second = ("/first.csv", "/second.csv") if name == "a.zip" else (", sheet 'first'", ", sheet 'second'")
    assert message(ESS, tmp_path / name) == (
        f"{name}{second}: it has rows like those of {name}{first}, but no header. Every sheet and file of ballots "
        "begins with the header. Write the header above its rows, or take it out if it holds no ballots."
    )


def test_a_zip_in_a_zip_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.zip"
    path.write_bytes(zipped({"b.zip": zipped({"a.zip": zipped({"a.csv": b"1"})})}))
    assert message(ESS, path) == (
        "c.zip/b.zip/a.zip: it is a zip in a zip in a zip. blocs opens a zip in a zip, no deeper. "
        "Unpack it and read the folder."
    )


def test_the_files_own_ids_are_kept(tmp_path: Path) -> None:
    rows = [["County", "5.1"], ["", "", "", "", "Mayor (Vote For=1)"], ["", "", "", "", "Ann"],
            ["CvrNumber", "TabulatorNum", "Precinct", "Record", "DEM"], ["1", '="7"', "P 1", "0", "1"],
            ["2", "", "P 1", "redacted", "0"]]  # fmt: skip
    path = tmp_path / "t.csv"
    path.write_text(text_of(rows))
    found = check_reader(DOMINION_CSV, path)
    assert (found.column("TabulatorNum"), found.column("Record_id")) == (["7", None], ["0", None])
    assert (found.column("voter"), found.column("precinct")) == (["1", "2"], ["P 1", "P 1"])


def ess_rows(tmp_path: Path, head: Sequence[str], *rows: Sequence[str]) -> Read:
    path = tmp_path / "t.csv"
    path.write_text(text_of([head, *rows]))
    return check_reader(ESS, path)


def test_rows_that_are_no_ballots(tmp_path: Path) -> None:
    found = ess_rows(tmp_path, HEAD, *PART_1[1:], ["", "", "", "Total", ""], ["Total : 2", "", "", "", ""],
                     ["Grand Total", "", "", "2", "2"], ["", "P", "S", "1", "1"])  # fmt: skip
    assert found.account.steps[0].parts == {"delivered": 2, "rows without a Cast Vote Record number": 4}
    assert {candidate.name for candidate in found.catalogue.candidates} == {"Ann", "Bo", "Cy"}


def test_a_table_whose_numbers_are_withheld_has_ballots(tmp_path: Path) -> None:
    assert len(ess_rows(tmp_path, HEAD, *(["", *row[1:]] for row in PART_1[1:])).records) == 2


@pytest.mark.parametrize(
    ("heading", "cells"),
    [("Tabulator CVR", "00071 00072"), ("Batch", "A B"), ("Audit Number", "1-1 1-2"), ("Ballot Status", "ok undervote"),
     ("Reporting Group", "Mail Mail"), ("Number of page", "1 2"), ("Ballots", "v w")],
)  # fmt: skip
def test_columns_that_are_no_contests(tmp_path: Path, heading: str, cells: str) -> None:
    one, two = cells.split()
    found = ess_rows(tmp_path, [*HEAD[:3], heading, *HEAD[3:]], [*PART_1[1][:3], one, *PART_1[1][3:]],
                     [*PART_1[2][:3], two, *PART_1[2][3:]])  # fmt: skip
    assert [contest.name for contest in found.catalogue.contests] == ["President", "Sheriff"]
    assert found.column(heading) == [one, two]


def test_a_column_of_names_that_all_differ_is_no_contest(tmp_path: Path) -> None:
    rows = [[str(i), "P", "S", f"id-{i}-x", "DEM Ann" if i % 2 else "undervote"] for i in range(60)]
    found = ess_rows(tmp_path, [*HEAD[:3], "What it is", "President"], *rows)
    assert [contest.name for contest in found.catalogue.contests] == ["President"]


@pytest.mark.parametrize(
    "headings",
    [["DEM Mayor Choice 1 of 3 Citywide (026916)", "DEM Mayor Choice 2 of 3 Citywide (226916)"],
     ["Mayor 1st Choice (5715)", "Mayor 2nd Choice (5716)"], ["Mayor First Choice", "Mayor Second Choice"],
     ["Mayor - Rank 1", "Mayor - Rank 2"], ["Mayor Choice 1 (45)", "Mayor Choice 2 (50)"]],
)  # fmt: skip
def test_ranks_in_headings(tmp_path: Path, headings: list[str]) -> None:
    cells = [["221127", "219469"], ["overvote", "7"], ["undervote", "undervote"]]
    found = ess_rows(tmp_path, [*HEAD[:3], *headings], *([str(i), "P", "S", *two] for i, two in enumerate(cells)))
    (contest,) = found.catalogue.contests
    assert contest.ranks == 2
    assert [list(record.values()) for record in found.marks()] == [
        [["221127@1", "219469@2"]],
        [["OVER@1", "7@2"]],
        [["UNDER"]],
    ]


def test_ranks_that_are_left_blank(tmp_path: Path) -> None:
    """Where no cell says undervote, a blank is a rank that was not used, never the image of a write-in."""
    found = ess_rows(tmp_path, [*HEAD[:3], "Mayor Choice 1", "Mayor Choice 2"], ["1", "P", "S", "Ann", ""],
                     ["2", "P", "S", "Bo", "Ann"], ["3", "P", "S", "Ann", "Bo"])  # fmt: skip
    assert [record["Mayor"] for record in found.marks()] == [["Ann@1"], ["Bo@1", "Ann@2"], ["Ann@1", "Bo@2"]]


def sheets_of(n: int, styles: int, blank: float) -> tuple[list[list[str]], dict[str, Counter[str]]]:
    """Return rows of ballots of two sheets (one sheet in a few styles), and the right totals."""
    rng = np.random.default_rng(n)
    rows, totals = [], {office: Counter[str]() for office in ("President", "Senate", "Sheriff", "Clerk")}
    for i in range(n):
        style = i % styles
        sheets = (("President", "Senate"), ("Sheriff", "Clerk")) if style else (("President", "Senate", "Sheriff"),)
        for sheet in sheets:
            cells = dict.fromkeys(totals, "")
            for office in sheet:
                written = rng.random() < blank
                choice = "" if written else rng.choice([f"DEM A {office}", f"REP B {office}", "undervote"])
                cells[office] = choice
                totals[office]["WRITE-IN" if written else "UNDER" if choice == "undervote" else choice[4:]] += 1
            rows.append([str(len(rows) + 1), "P", f"Style {style}", *cells.values()])
    return rows, totals


@pytest.mark.parametrize(("n", "styles", "blank"), [(40, 2, 0.0), (400, 3, 0.03), (2000, 5, 0.1)])
def test_sheets_of_a_ballot_are_told_from_write_ins(tmp_path: Path, n: int, styles: int, blank: float) -> None:
    rows, totals = sheets_of(n, styles, blank)
    lost = [row for row in rows if not any(row[3:])]  # a sheet on which all is written in shows nothing
    found = ess_rows(tmp_path, [*HEAD[:3], "President", "Senate", "Sheriff", "Clerk"], *rows)
    difference = sum((sum(of.values()) for of in totals.values()), 0) - sum(
        sum(of.values()) for of in found.totals().values()
    )
    assert difference <= 3 * len(lost)
    for office, of in found.totals().items():
        assert of - Counter({"WRITE-IN": of["WRITE-IN"]}) == totals[office] - Counter(
            {"WRITE-IN": totals[office]["WRITE-IN"]}
        )
        assert abs(of["WRITE-IN"] - totals[office]["WRITE-IN"]) <= len(lost)


def test_the_account_says_what_became_of_blanks(tmp_path: Path) -> None:
    rows = [[str(i), "P", "S", *(("DEM Ann", "") if i % 2 else ("", "REP Bo"))] for i in range(20)]
    assert ess_rows(tmp_path, HEAD, *rows).account.remarks == (
        "t.csv: 20 rows have contests of the ballot style blank that stand on another sheet; the rows do not show "
        "them.",
    )
    rows = [[str(i), "P", "S", "DEM Ann", "" if i == 1 else "REP Bo"] for i in range(20)]
    assert ess_rows(tmp_path, HEAD, *rows).account.remarks == (
        "t.csv: 1 blank cell in contests that the row shows was read as write-ins.",
        "t.csv: no cell says undervote; if blank cells do, read them so (`blank=`).",
    )


PARTIES = [
    ("JOHN SMITH (DEM)", "JOHN SMITH", ("DEM",)), ("FOR THE TAX LEVY", "FOR THE TAX LEVY", ()),
    ("BRIAN KEMP (I) (Rep)", "BRIAN KEMP", ("REP",)), ("Raphael Warnock (I) (Dem)", "Raphael Warnock", ("DEM",)),
    ("DEM Tony Evers", "Tony Evers", ("DEM",)), ("SAM LEE", "SAM LEE", ()), ("Ann Lee (I)", "Ann Lee (I)", ()),
    ("Ann Lee (Republican)", "Ann Lee", ("REPUBLICAN",)), ("YES", "YES", ()), ("NO (AGAINST)", "NO (AGAINST)", ()),
    ("Ann Lee [DEM]", "Ann Lee", ("DEM",)), ("Ann Lee / DEM", "Ann Lee", ("DEM",)), ("Ann Lee | D", "Ann Lee", ("D",)),
    ("(DEM) Ann Lee", "Ann Lee", ("DEM",)), ("Democratic - Ann Lee", "Ann Lee", ("DEMOCRATIC",)),
    ("Ann Lee – DEM", "Ann Lee", ("DEM",)),
    ("Ann Lee, Democrat", "Ann Lee", ("DEMOCRAT",)), ("Ann Lee (DEM, WFP)", "Ann Lee", ("DEM", "WFP")),
    ("Ann Lee (DEM - Incumbent)", "Ann Lee", ("DEM",)), ("Lee, R", "Lee, R", ()), ("(D) None", "(D) None", ()),
    ("Stein / Green", "Stein / Green", ()), ("Mary Green", "Mary Green", ()), ("Lee, Con", "Lee, Con", ()),
    ("JB Smith", "JB Smith", ()), ("Bo Ek (Jr)", "Bo Ek (Jr)", ()), ("LBT Cal Cole", "Cal Cole", ("LBT",)),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "name", "parties"), PARTIES)
def test_parties_are_known_words_alone(tmp_path: Path, cell: str, name: str, parties: tuple[str, ...]) -> None:
    found = ess_rows(tmp_path, HEAD, ["1", "P", "S", cell, cell], ["2", "P", "S", "undervote", cell])
    assert found.catalogue.candidates == (Candidate(0, name, parties), Candidate(1, name, parties))


def test_one_letter_parties_make_i_a_party(tmp_path: Path) -> None:
    found = ess_rows(
        tmp_path, HEAD[:4], *([str(i), "P", "S", c] for i, c in enumerate(["Ann (D)", "Bo (I)", "Cy (R)"]))
    )
    assert [candidate.parties for candidate in found.catalogue.candidates] == [("D",), ("I",), ("R",)]


WORDS = [
    ("Under-Vote", UNDER), ("UNDERVOTES", UNDER), ("Blank", UNDER), ("Unresolved Write-In", WRITE_IN),
    ("Uncertified  Write In", WRITE_IN), ("Undeclared Write-ins", WRITE_IN), ("UWI", WRITE_IN),
    ("No image found", WRITE_IN), ("write-in:", WRITE_IN), ("Write-in-122", WRITE_IN), ("Scattering", WRITE_IN),
]  # fmt: skip


@pytest.mark.parametrize(("word", "choice"), WORDS)
def test_words_that_are_no_candidates(tmp_path: Path, word: str, choice: int) -> None:
    found = ess_rows(
        tmp_path, HEAD[:4], ["1", "P", "S", word], ["2", "P", "S", " Ann  Lee"], ["3", "P", "S", "Ann Lee "]
    )
    assert found.votes["choice"].to_pylist() == [choice, 0, 0]
    clear = tmp_path / "c.csv"
    heading = f"Choice_1_1:Mayor:Vote For 1:{word}:"
    head = ["RowNumber", "BallotID", "PrecinctID", "BallotStyleID", heading]
    clear.write_text(text_of([head, ["1", "b", "p", "s", "1"]]))
    if choice == WRITE_IN:
        assert check_reader(CLEARBALLOT, clear).votes["choice"].to_pylist() == [WRITE_IN]


def test_tables_without_a_contest_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text_of([["Ballots"], [*HEAD[:1], "Batch", "Ballot Status", "Original Exception"],
                             ["5", "B1", "Not Reviewed", "Overvote"], ["Total : 1", "", "", ""]]))  # fmt: skip
    assert recognised(ESS, path)
    assert message(ESS, path) == (
        "t.csv, row 2: no column of votes stands behind the ids. "
        "Contests head the columns behind Cast Vote Record, Precinct and Ballot Style."
    )


def test_real_tables_by_columns_and_by_rows(
    shared_data: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [(ESS, "ess/madison_wi_ward9_2018_general.csv"), (DOMINION_CSV, "dominion_csv/arapahoe2016_testdeck.csv"),
             (DOMINION_CSV, "dominion_csv/boulder2024_general_excerpt_with_redactions.csv"),
             (CLEARBALLOT, "clearballot/kansas_primary.cvr.csv")]  # fmt: skip
    by_columns = [read(reader, shared_data(name)) for reader, name in files]

    def slow(*_: object) -> Iterator[pa.RecordBatch]:
        raise Irregular
        yield

    monkeypatch.setattr(TextTable, "columns", slow)
    assert by_columns == [read(reader, shared_data(name)) for reader, name in files]
