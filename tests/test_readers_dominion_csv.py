"""Dominion wide tables: headers, cells, redactions, repeated and copied rows; CSV and XLSX; hostile ones."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs.files.text as text_module
from blocs.ballots.catalogue import Candidate
from blocs.ballots.vendors.dominion_csv import DOMINION_CSV
from readers_support import check_reader, damaged, message, read, survives

IDS = [
    "CvrNumber",
    "TabulatorNum",
    "BatchId",
    "RecordId",
    "ImprintedId",
    "CountingGroup",
    "PrecinctPortion",
    "BallotType",
]
BLANK = [""] * 8
GOVERNOR, COUNCIL, MAYOR = (
    "Governor (Vote For=1)",
    "Council (Vote For=2)",
    "Mayor (Number of positions=1, Number of ranks=2)",
)
HEADER = [
    ["Our Election", "5.11.2.3"],
    [*BLANK, *[GOVERNOR] * 4, *[COUNCIL] * 2, *[MAYOR] * 4],
    [*BLANK, "Ana Lima", "Bo\nEk", "Write-in", "Cy Oak", "Di Elm", "Zoé Ash",
     "Fay Fir(1)", "Gil Yew(1)", "Fay Fir(2)", "Gil Yew(2)"],
    [*IDS, "DEM", "REP", *[""] * 8],
]  # fmt: skip
ROWS = [
    ["1", "3", "4", "1", "3-4-1", "Mail", "North 1", "A", *"1000", *"11", *"1001"],
    ["2", "3", "4", "2", "3-4-2", "Mail", "North 1", "A", *"0000", *"01", *"1100"],
    ["3", "3", "4", "3", "3-4-3", "Mail", "North 1", "B", *"1100", "", "", *"0000"],
    ["4", "3", "4", "4", "3-4-4", "Mail", "Redacted", "B", *"0010", *"00", *[""] * 4],
    ["5", "3", "4", "5", "3-4-5", "Mail", "North 2", "B", *"0001", "*", "*", *[""] * 4],
]
EXPECTED = [
    {"Governor": ["Ana Lima"], "Council": ["Di Elm", "Zoé Ash"], "Mayor": ["Fay Fir@1", "Gil Yew@2"]},
    {"Governor": ["UNDER"], "Council": ["Zoé Ash"], "Mayor": ["Fay Fir@1", "Gil Yew@1"]},
    {"Governor": ["Ana Lima", "Bo Ek"], "Mayor": ["UNDER"]},
    {"Governor": ["WRITE-IN"], "Council": ["UNDER"]},
    {"Governor": ["Cy Oak"], "Council": ["INVALID"]},
]


def table(rows: list[list[str]], *, quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


GOOD = table(HEADER + ROWS)


def written(at: Path, text: str | bytes, name: str = "cvr.csv") -> Path:
    path = at / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_every_kind_of_cell(tmp_path: Path) -> None:
    found = check_reader(DOMINION_CSV, written(tmp_path, GOOD))
    assert found.marks() == EXPECTED
    assert found.column("voter") == ["1", "2", "3", "4", "5"]
    assert found.column("precinct") == ["North 1", "North 1", "North 1", None, "North 2"]
    assert found.column("style") == ["A", "A", "B", "B", "B"]
    limits = [(c.name, c.votes, c.ranks) for c in found.catalogue.contests]
    assert limits == [("Governor", 1, 1), ("Council", 2, 1), ("Mayor", 1, 2)]
    assert list(found.catalogue.candidates[:3]) == [  # behind the write-in line stand qualified write-ins
        Candidate(0, "Ana Lima", ("DEM",)), Candidate(0, "Bo Ek", ("REP",)), Candidate(0, "Cy Oak", (), printed=False)
    ]  # fmt: skip
    assert found.account.paragraph() == "Records read: 5 rows (5 delivered)."


def excel(rows: list[list[str]]) -> str:
    """Write every cell as Dominion does to keep Excel from touching it."""
    quoted = ([f'"{wrapped}"' for c in row for wrapped in [f'="{c}"'.replace('"', '""') if c else ""]] for row in rows)
    return "".join(",".join(row) + "\r\n" for row in quoted)


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("latin-1"),
        GOOD.encode("utf-16"),
        GOOD.replace("Zoé", "ZoÃ©"),
        table(HEADER + ROWS, quoting=csv.QUOTE_ALL),
        excel(HEADER + ROWS),
        table(HEADER[1:] + ROWS),
        table([[*row, ""] for row in HEADER + ROWS]),
        table(HEADER + [[c + " (97)" if c == "1" and i > 7 else c for i, c in enumerate(row)] for row in ROWS]),
        table([*HEADER, *ROWS[:2], [], ["", ""], *ROWS[2:]]),
        GOOD.replace("\r\n", "\n"),
    ],
    ids=str.split("BOM Latin-1 UTF-16 mojibake quoted excel no-row-1 blank-column density blank-rows LF"),
)
def test_dresses_of_the_same_table(tmp_path: Path, text: str | bytes) -> None:
    assert check_reader(DOMINION_CSV, written(tmp_path, text)).marks() == EXPECTED


def test_what_is_set_aside_is_counted(tmp_path: Path) -> None:
    sums = [["Redacted and Aggregated", *[""] * 7, *["12"] * 10], ["7", *[""] * 7, *["1"] * 4, "9", *[""] * 5]]
    text = table([*HEADER, *ROWS[:3], *HEADER, *ROWS[3:], ROWS[0], *sums])
    found = check_reader(DOMINION_CSV, written(tmp_path, text))
    assert found.marks() == EXPECTED
    assert found.account.steps[0].parts == {
        "delivered": 5, "repeated header rows": 4, "exact copies of an earlier row": 1, "aggregated redaction rows": 2
    }  # fmt: skip


def test_a_straight_party_line_becomes_the_lever(tmp_path: Path) -> None:
    lever = "Straight Party (Vote For=1)"
    header = [HEADER[0], [*HEADER[1], lever, lever], [*HEADER[2], "Sea", "Hill"], [*HEADER[3], "DEM", "REP"]]
    marks = [["1", "0"], ["0", "0"], ["1", "1"], ["0", "1"], ["", ""]]
    text = table([*header, *([*row, *more] for row, more in zip(ROWS, marks, strict=True))])
    found = check_reader(DOMINION_CSV, written(tmp_path, text))
    assert found.column("straight_party") == ["Sea", None, None, "Hill", None]
    assert found.marks() == EXPECTED


def workbook(path: Path, rows: list[list[str]]) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([int(c) if c.isdigit() else c or None for c in row])
    book.save(path)
    return path


def test_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "cvr.xlsx", [[c.replace("\n", " ") for c in row] for row in HEADER + ROWS])
    assert check_reader(DOMINION_CSV, path).marks() == EXPECTED


def test_hostile_workbooks(tmp_path: Path) -> None:
    good = workbook(tmp_path / "cvr.xlsx", HEADER + ROWS)
    with zipfile.ZipFile(good) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    swelling = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    cases = {
        "entities": swelling + parts["xl/worksheets/sheet1.xml"].partition(b"?>")[2],
        "cut": parts["xl/worksheets/sheet1.xml"][:400],
    }
    told = {}
    for name, sheet in cases.items():
        with zipfile.ZipFile(tmp_path / f"{name}.xlsx", "w") as archive:
            for part, data in parts.items():
                archive.writestr(part, sheet if part == "xl/worksheets/sheet1.xml" else data)
        told[name] = message(DOMINION_CSV, tmp_path / f"{name}.xlsx")
    assert told["entities"] == (
        "entities.xlsx/xl/worksheets/sheet1.xml: its XML declares a document type. A workbook has none; entities can be "  # noqa: E501
        "made to grow without limit. Save it again, or save the sheet as CSV."
    )
    assert told["cut"].startswith("cut.xlsx: the workbook is damaged (")
    assert told["cut"].endswith("). Save it again, or save the sheet as CSV.")


def changed(row: int, column: int, cell: str) -> str:
    rows = [list(r) for r in HEADER + ROWS]
    rows[row][column] = cell
    return table(rows)


VOTE = "A vote cell is 1, 0 or empty. Export it again, unchanged by hand."
CASES = [
    (table([HEADER[0], HEADER[1], HEADER[2], *ROWS]),
     "cvr.csv: no row has a cell CvrNumber. The fourth row of a Dominion table names its id columns. "
     "Export it again, or name the format it is in."),
    (table([HEADER[0], HEADER[1], HEADER[2], ["CvrNumbr", *IDS[1:]], *ROWS]),
     "cvr.csv: no row has a cell CvrNumber. The fourth row of a Dominion table names its id columns. "
     "Nearest match: CvrNumbr. Export it again, or name the format it is in."),
    (table([HEADER[2], HEADER[3], *ROWS]),
     "cvr.csv, row 3: there are no rows of contests and choices above it. Contests and choices stand in the two rows "
     "above CvrNumber. Export it again with its whole header."),
    (changed(2, 9, ""), "cvr.csv, row 3, column 10: there is no choice below 'Governor (Vote For=1)'. "
                        "Each column of a contest has a choice."),
    (changed(5, 8, "Ana"), "cvr.csv, row 7, column 9 (Governor (Vote For=1) / Ana Lima): 'Ana' is no vote. " + VOTE),
    (table([*HEADER, ROWS[0], ROWS[1][:12]]),
     "cvr.csv, row 7: it has 12 cells. Its header has 18. The file may be cut off there; export it again."),
    (table([*HEADER, ROWS[0][:9], ROWS[1][:12]]),
     "2 faults:\n  - cvr.csv, row 6: it has 9 cells. Its header has 18. The file may be cut off there; export it again.\n"  # noqa: E501
     "  - cvr.csv, row 7: it has 12 cells. Its header has 18. The file may be cut off there; export it again."),
    (table([*HEADER, ["Redacted", *[""] * 17]]),
     "cvr.csv: there are no ballots in it (1 aggregated redaction rows). One record at least is a ballot."),
    (table(HEADER), "cvr.csv: there are no ballots in it. One record at least is a ballot."),
    (GOOD.replace("North 2", 'North "2'),
     None),
    (GOOD + '"6,3', "cvr.csv, line 11: not readable as comma-separated text (unexpected end of data). A cell that holds a "  # noqa: E501
                    'comma, a quote or a line break stands in "quotes", and a quote inside is doubled. '
                    "The file may be cut off; export it again."),
    (GOOD.replace("North 2", "North\x002"),
     "cvr.csv, line 10: the line holds a NUL byte. Text has none. The file is damaged or not text; export it again."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), CASES)
def test_a_mutation_of_a_good_file_is_told(tmp_path: Path, text: str, told: str | None) -> None:
    path = written(tmp_path, text)
    if told is None:
        assert read(DOMINION_CSV, path).marks() == EXPECTED
    else:
        assert message(DOMINION_CSV, path) == told


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "MAX_LINE", 5000)  # as a gigabyte is to the true limit
    assert message(DOMINION_CSV, written(tmp_path, GOOD + "7," * 50_000)) == (
        "cvr.csv, line 11: the line is longer than 5,000 bytes. A row of a ballot export is shorter. "
        "The file is damaged or not a table of ballots; export it again."
    )


def test_swapped_columns_do_not_matter(tmp_path: Path) -> None:
    order = [3, 1, 2, 0, 4, 5, 7, 6, *range(8, 18)]
    rows = [row if len(row) < 18 else [row[c] for c in order] for row in HEADER + ROWS]
    found = check_reader(DOMINION_CSV, written(tmp_path, table(rows)))
    assert found.marks() == EXPECTED
    assert found.column("style") == ["A", "A", "B", "B", "B"]


def test_ten_faults_are_enough(tmp_path: Path) -> None:
    text = table([*HEADER, *([str(n), *ROWS[0][1:8], "q", *[""] * 9] for n in range(100))])
    assert message(DOMINION_CSV, written(tmp_path, text)).startswith(
        "10 faults:\n  - cvr.csv, row 6, column 9 (Governor"
    )


@given(data=st.data())
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    survives(DOMINION_CSV, written(tmp_path_factory.mktemp("fuzz"), data.draw(damaged(GOOD.encode()))))


@pytest.fixture(scope="module")
def good_workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return workbook(tmp_path_factory.mktemp("good") / "good.xlsx", HEADER + ROWS).read_bytes()


@given(data=st.data())
def test_fuzz_of_workbooks(tmp_path_factory: pytest.TempPathFactory, good_workbook: bytes, data: st.DataObject) -> None:
    survives(DOMINION_CSV, written(tmp_path_factory.mktemp("fuzz"), data.draw(damaged(good_workbook)), "bad.xlsx"))


REAL = [("arapahoe2016_testdeck.csv", 165, 0), ("arapahoe2016_voteforN_small.csv", 165, 0), ("corla_adams_test.csv", 165, 0),  # noqa: E501
        ("boulder2023_excerpt_RCV.csv", 4, 0), ("boulder2024_general_excerpt_with_redactions.csv", 5, 8)]  # fmt: skip


@pytest.mark.parametrize(("name", "ballots", "aside"), REAL)
def test_real_tables(shared_data: Callable[[str], Path], name: str, ballots: int, aside: int) -> None:
    path = shared_data(f"dominion_csv/{name}")
    found = check_reader(DOMINION_CSV, path)
    step = found.account.steps[0]
    assert (step.total, step.parts["delivered"]) == (ballots + aside, ballots)
    with path.open(newline="") as file:  # the plainest way: the sums of the columns
        lines = [[cell.strip('="') for cell in row] for row in csv.reader(file)]
    sums: dict[str, Counter[str]] = {}
    for row in (r for r in lines[4:] if r and r[0].isdigit()):
        for heading, cell in zip(lines[1], row, strict=True):
            if heading and cell == "1":
                sums.setdefault(heading.partition(" (Vote")[0].partition(" (Number")[0], Counter())["votes"] += 1
    told = {c: Counter(votes=sum(n for k, n in t.items() if k != "UNDER")) for c, t in found.totals().items()}
    assert {c: n for c, n in told.items() if n["votes"]} == sums


def test_real_facts(shared_data: Callable[[str], Path]) -> None:
    deck = read(DOMINION_CSV, shared_data("dominion_csv/arapahoe2016_testdeck.csv"))
    assert deck.totals()["Presidential Electors"]["Hillary Clinton / Tim Kaine"] == 41
    assert len(deck.catalogue.contests) == 83
    small = read(DOMINION_CSV, shared_data("dominion_csv/arapahoe2016_voteforN_small.csv"))
    assert [c.votes for c in small.catalogue.contests if c.votes > 1] == [2, 3]
    boulder = read(DOMINION_CSV, shared_data("dominion_csv/boulder2024_general_excerpt_with_redactions.csv"))
    assert boulder.account.steps[0].parts["aggregated redaction rows"] == 8
    assert "Claudia De la Cruz / Karina García" in [c.name for c in boulder.catalogue.candidates]  # was mojibake
    ranked = read(DOMINION_CSV, shared_data("dominion_csv/boulder2023_excerpt_RCV.csv"))
    assert (ranked.catalogue.contests[0].ranks, ranked.catalogue.contests[1].votes) == (4, 4)
    copies = check_reader(DOMINION_CSV, shared_data("dominion_csv/invalid_dup_line.csv"))
    assert copies.account.steps[0].parts == {"delivered": 165, "exact copies of an earlier row": 1}


def test_a_contest_above_the_ids_is_refused(tmp_path: Path) -> None:
    """A choice above CvrNumber, as when rows of a file are swapped, made every row a sum over several ballots."""
    rows = ["Election,5.1", "Mayor,Mayor", "Ann,Bo", "CvrNumber,TabulatorNum", "1,0"]
    assert message(DOMINION_CSV, written(tmp_path, "\n".join(rows))) == (
        "cvr.csv, row 4: a contest or a choice stands above CvrNumber. Contests stand behind the id columns. "
        "Export it again, unchanged by hand."
    )
