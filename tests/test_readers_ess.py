"""ES&S tables: tokens, parties in cells, blanks, slots and ranks; CSV and XLSX; damage."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocs.ballots.catalogue import Candidate
from blocs.ballots.name_and_party import name_and_parties as parted
from blocs.ballots.vendors.ess import ESS
from blocs.ballots.vendors.ess.headings import columns
from readers_support import check_reader, damaged, message, read, survives

HEADING = (
    "Cast Vote Record,Precinct,Ballot Style,Governor,Sheriff,Council,,Council,Mayor Choice 1 (45),Mayor Choice 2 (50)"
)
ROWS = [
    "101,North,S1,DEM Ana Lima,WOR Cy Oak,Di Elm,Ed Ash,undervote,Fay Fir ,Gil Yew ",
    "102,North,S1,REP Bo Ek /Ida Ma,undervote,overvote,overvote,overvote,overvote,Fay Fir",
    "103,South,S1,undervote,,write-in:,undervote,undervote,undervote,undervote",
    "104,South,S2,WOR Jo Low,JB Smith,,,,,",
    "105,South,S2,overvote,Redacted,,,,,",
    "106,South,S2,,JB Smith,,,,,",
]
GOOD = "\n".join([HEADING, *ROWS, ""])
EXPECTED = [
    {
        "Governor": ["Ana Lima"],
        "Sheriff": ["Cy Oak"],
        "Council": ["Di Elm", "Ed Ash"],
        "Mayor": ["Fay Fir@1", "Gil Yew@2"],
    },
    {"Governor": ["Bo Ek /Ida Ma"], "Sheriff": ["UNDER"], "Council": ["OVER"], "Mayor": ["OVER@1", "Fay Fir@2"]},
    {"Governor": ["UNDER"], "Sheriff": ["WRITE-IN"], "Council": ["WRITE-IN"], "Mayor": ["UNDER"]},
    {"Governor": ["Jo Low"], "Sheriff": ["JB Smith"]},
    {"Governor": ["OVER"], "Sheriff": ["INVALID"]},
    {"Governor": ["WRITE-IN"], "Sheriff": ["JB Smith"]},
]


def written(at: Path, text: str | bytes) -> Path:
    path = at / "cvr.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_every_kind_of_cell(tmp_path: Path) -> None:
    found = check_reader(ESS, written(tmp_path, GOOD))
    assert found.marks() == EXPECTED
    assert found.column("voter") == ["101", "102", "103", "104", "105", "106"]
    assert (found.column("precinct")[2], found.column("style")[3]) == ("South", "S2")
    limits = [(c.name, c.votes, c.ranks) for c in found.catalogue.contests]
    assert limits == [("Governor", 1, 1), ("Sheriff", 1, 1), ("Council", 3, 1), ("Mayor", 1, 2)]
    assert found.catalogue.candidates[0] == Candidate(0, "Ana Lima", ("DEM",))
    assert Candidate(1, "Cy Oak", ("WOR",)) in found.catalogue.candidates
    assert Candidate(1, "JB Smith") in found.catalogue.candidates


def test_blanks_can_count_as_undervotes(tmp_path: Path) -> None:
    marks = read(ESS, written(tmp_path, GOOD), blank="undervote").marks()
    assert (marks[2]["Sheriff"], marks[5]["Governor"], marks[3].get("Council")) == (["UNDER"], ["UNDER"], None)


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.encode("utf-16"), GOOD.replace("\n", "\r\n")])
def test_dresses_of_the_same_table(tmp_path: Path, text: str | bytes) -> None:
    assert check_reader(ESS, written(tmp_path, text)).marks() == EXPECTED


def test_what_is_set_aside_is_counted(tmp_path: Path) -> None:
    found = check_reader(ESS, written(tmp_path, "\n".join([HEADING, *ROWS, HEADING, ROWS[1]])))
    assert found.marks() == EXPECTED
    parts = {"delivered": 6, "repeated header rows": 1, "exact copies of an earlier row": 1}
    assert found.account.steps[0].parts == parts


def test_a_straight_party_column_becomes_the_lever(tmp_path: Path) -> None:
    lever = ["Straight Party", "Sea", "undervote", "Hill", "overvote", "", "Sea"]
    lines = [f"{line},{cell}" for line, cell in zip([HEADING, *ROWS], lever, strict=True)]
    found = check_reader(ESS, written(tmp_path, "\n".join(lines)))
    assert found.column("straight_party") == ["Sea", None, "Hill", None, None, "Sea"]
    assert found.marks() == EXPECTED


def test_parties_in_cells() -> None:
    assert parted("Ana Lima (DEM)") == ("Ana Lima", ("DEM",))
    assert parted("Ana Lima (r)") == ("Ana Lima", ("R",))
    assert parted("Ana Lima - GRN") == ("Ana Lima", ("GRN",))
    assert parted("Ana Lima REP") == ("Ana Lima", ("REP",))
    assert parted("Ana Lima III") == ("Ana Lima III", ())
    assert parted("Ana Lima (Jr)") == ("Ana Lima (Jr)", ())


def test_choices_without_a_contest_take_the_name_of_the_file() -> None:
    found = columns({1: "Choice 1", 2: "Choice 2", 3: "Choice of Law"}, "town", {1: ["Ann"], 2: ["Bob"], 3: []})
    assert [(c.heading, c.rank) for c in found] == [("town", 1), ("town", 2), ("Choice of Law", 0)]


def test_a_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in [HEADING, *ROWS]:
        book.active.append([int(c) if c.isdigit() else c or None for c in line.split(",")])
    book.save(tmp_path / "cvr.xlsx")
    assert check_reader(ESS, tmp_path / "cvr.xlsx").marks() == EXPECTED


CASES = [
    (GOOD.replace("Cast Vote Record", "Cast Vote Rec."),
     "cvr.csv: no column is headed Cast Vote Record. An ES&S table begins with that heading. "
     "Nearest match: Cast Vote Rec. Export it again, or name the format it is in."),
    ("Cast Vote Record,Precinct,Ballot Style\n1,N,S\n",
     "cvr.csv, row 1: no column of votes stands behind the ids. "
     "Contests head the columns behind Cast Vote Record, Precinct and Ballot Style."),
    (GOOD[:-9], "cvr.csv, row 7: it has 5 cells. Its header has 10. The file may be cut off there; export it again."),
    (HEADING, "cvr.csv: there are no ballots in it. One record at least is a ballot."),
    (GOOD.replace("Jo Low", "Jo\x00Low"), "cvr.csv, line 5: the line holds a NUL byte. Text has none. "
                                          "The file is damaged or not text; export it again."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), CASES)
def test_a_mutation_of_a_good_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert message(ESS, written(tmp_path, text)) == told


@given(data=st.data())
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    survives(ESS, written(tmp_path_factory.mktemp("fuzz"), data.draw(damaged(GOOD.encode()))))


def test_real_madison(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("ess/madison_wi_ward9_2018_general.csv")
    found = check_reader(ESS, path)
    assert found.account.paragraph() == "Records read: 2,335 rows (2,335 delivered)."
    with path.open(newline="") as file:  # the plainest way: cells by contest
        rows = list(csv.DictReader(file))
    tokens = {"undervote": "UNDER", "overvote": "OVER", "write-in:": "WRITE-IN"}
    expected: dict[str, Counter[str]] = {}
    for contest in list(rows[0])[3:]:
        cells = Counter(row[contest] for row in rows)
        if set(cells) != {""}:
            cells = Counter({"write-in:": cells.pop("", 0)}) + cells
            told = Counter[str]()
            for cell, n in cells.items():
                party = cell.partition(" ")[0]
                name = cell.partition(" ")[2] if party in ("DEM", "REP", "LIB", "IND", "CON", "WGR") else cell
                told[tokens.get(cell, name)] += n
            expected[contest] = told
    assert found.totals() == expected
    golden = json.loads(shared_data("golden/golden_madison.json").read_text())["GOV"]["top"]
    governor = found.totals()["Governor / Lieutenant Governor"]
    assert (governor["Tony Evers /Mandela Barnes"], governor["UNDER"]) == (golden["D"], golden["undervote"])
    assert Candidate(0, "Michael J. White /Tiffany Anderson", ("WGR",)) in found.catalogue.candidates


def test_real_workbooks(shared_data: Callable[[str], Path]) -> None:
    portland = check_reader(ESS, shared_data("ess/2015_portland_mayor_cvr.xlsx"))
    (contest,) = portland.catalogue.contests
    assert (contest.name, contest.ranks, len(portland.records)) == ("For Mayor", 15, 99)
    assert portland.marks()[4]["For Mayor"][-1] == "OVER@15"
    simple = check_reader(ESS, shared_data("ess/simple_ess_cvr.xlsx"))
    assert [(c.name, c.ranks) for c in simple.catalogue.contests] == [("simple_ess_cvr", 3)]
    assert len(simple.records) == 10
