"""Clear Ballot: headings with colons and commas, ranks, blanks, damage."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocs.ballots.catalogue import Candidate
from blocs.ballots.vendors.clearballot import CLEARBALLOT
from readers_support import check_reader, damaged, message, survives

IDS = "RowNumber,BoxID,BoxPosition,BallotID,PrecinctID,BallotStyleID,PrecinctStyleName,ScanComputerName,Status,Remade"
CHOICES = [
    "Choice_1_1:County: Sheriff, Unit 2:Vote For 1:Ana Lima: the Elder:DEM",
    'Choice_2_1:County: Sheriff, Unit 2:Vote For 1:Bo ""Bob"" Ek, Jr.:REP',
    "Choice_3_1:County: Sheriff, Unit 2:Vote For 1:Write-in:",
    "Choice_4_1:Council:Vote For 2:Di Elm:NON",
    "Choice_5_1:Council:Vote For 2:Ed Ash:NON",
    "Choice_6_1:Mayor:1:Number of Winners 1:Fay Fir:NON",
    "Choice_6_1:Mayor:2:Number of Winners 1:Fay Fir:NON",
    "Choice_7_1:Mayor:1:Number of Winners 1:Gil Yew:NON",
    "Choice_7_1:Mayor:2:Number of Winners 1:Gil Yew:NON",
]
ROWS = [
    "1,B-1,1,B-1+1,76,1,3804,S1,0,0,1,0,0,1,1,1,0,0,1",
    "2,B-1,2,B-1+2,76,1,3804,S1,0,0,0,0,1,0,0,,,,",
    "3,B-1,3,B-1+3,77,2,3805,S1,0,0,1,1,0,,,0,0,0,0",
]
HEADING = IDS + "," + ",".join(f'"{choice}"' for choice in CHOICES)
GOOD = "\n".join([HEADING, *ROWS, ""])
EXPECTED = [
    {"County: Sheriff, Unit 2": ["Ana Lima: the Elder"], "Council": ["Di Elm", "Ed Ash"], "Mayor": ["Fay Fir@1", "Gil Yew@2"]},  # noqa: E501
    {"County: Sheriff, Unit 2": ["WRITE-IN"], "Council": ["UNDER"]},
    {"County: Sheriff, Unit 2": ["Ana Lima: the Elder", 'Bo "Bob" Ek, Jr.'], "Mayor": ["UNDER"]},
]  # fmt: skip


def written(at: Path, text: str | bytes) -> Path:
    path = at / "cvr.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_headings_are_read_from_both_ends(tmp_path: Path) -> None:
    found = check_reader(CLEARBALLOT, written(tmp_path, GOOD))
    assert found.marks() == EXPECTED
    assert found.column("voter") == ["B-1+1", "B-1+2", "B-1+3"]
    assert found.column("precinct") == ["76", "76", "77"]
    assert found.column("style") == ["1", "1", "2"]
    limits = [(c.name, c.votes, c.ranks) for c in found.catalogue.contests]
    assert limits == [("County: Sheriff, Unit 2", 1, 1), ("Council", 2, 1), ("Mayor", 1, 2)]
    assert found.catalogue.candidates[0] == Candidate(0, "Ana Lima: the Elder", ("DEM",))


def test_a_party_in_a_name_beside_which_none_stands(tmp_path: Path) -> None:
    """In a contest where one stands beside other names."""
    text = GOOD.replace("Ana Lima: the Elder:DEM", "Ana Lima (dem):").replace("Di Elm:NON", "Di Elm (Rep):NON")
    found = check_reader(CLEARBALLOT, written(tmp_path, text)).catalogue.candidates
    assert [(c.name, c.parties) for c in found if c.name.startswith(("A", "B", "D"))] == [
        ("Ana Lima", ("DEM",)), ('Bo "Bob" Ek, Jr.', ("REP",)), ("Di Elm (Rep)", ("NON",))
    ]  # fmt: skip


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.encode("utf-16"), GOOD.replace("\n", "\r\n")])
def test_dresses_of_the_same_file(tmp_path: Path, text: str | bytes) -> None:
    assert check_reader(CLEARBALLOT, written(tmp_path, text)).marks() == EXPECTED


def test_blanks_around_the_parts_of_headings_make_no_difference(tmp_path: Path) -> None:
    padded = re.sub(r"(?<!County)(?<!Lima)(?<!_1):|(?<=_1):", " : ", HEADING).replace("_1 :", "_1:")
    assert padded.count("Choice_1_1: County: Sheriff, Unit 2 : Vote For 1 : Ana Lima: the Elder : DEM") == 1
    plain = check_reader(CLEARBALLOT, written(tmp_path, GOOD))
    found = check_reader(CLEARBALLOT, written(tmp_path, GOOD.replace(HEADING, padded)))
    assert found.catalogue == plain.catalogue
    assert found.marks() == EXPECTED


def test_what_is_set_aside_is_counted(tmp_path: Path) -> None:
    text = "\n".join([HEADING, *ROWS, HEADING, ROWS[0], "9,,,,,,,,,,12,4,0,3,3,0,0,0,0"])
    found = check_reader(CLEARBALLOT, written(tmp_path, text))
    assert found.marks() == EXPECTED
    assert found.account.steps[0].parts == {
        "delivered": 3, "repeated header rows": 1, "exact copies of an earlier row": 1, "aggregated redaction rows": 1
    }  # fmt: skip


CUT = "The file may be cut off there; export it again."
CASES = [
    (GOOD.replace("Choice_4_1:Council:Vote For 2:Di Elm:NON", "Choice_4_1:Council"),
     "cvr.csv, row 1, column 14: 'Choice_4_1:Council' is no heading of a choice. "
     "A choice is headed Choice_<id>_<n>:<contest>:Vote For <n>:<name>:<party>."),
    (GOOD.replace("BallotID", "Ballot_ID"),
     "cvr.csv, row 1: there is no column 'BallotID'. The columns are 'RowNumber', 'BoxID', 'BoxPosition', 'Ballot_ID', "
     "'PrecinctID', 'BallotStyleID', 'PrecinctStyleName', 'ScanComputerName', 'Status', 'Remade'. Nearest match: "
     "Ballot_ID. A Clear Ballot export has it; export the file again."),
    ("\n".join([IDS, *ROWS]), "cvr.csv, row 1: there is no column of a choice. "
                              "A choice is headed Choice_<id>_<n>:<contest>:Vote For <n>:<name>:<party>."),
    (GOOD.replace("S1,0,0,1,1,0,,", "S1,0,0,1,yes,0,,"),
     "cvr.csv, row 4, column 12 (Choice_2_1:County: Sheriff, Unit 2:Vote For 1:Bo \"Bob\" Ek, Jr.:REP): 'yes' is no vote. "  # noqa: E501
     "A vote cell is 1, 0 or empty. Export it again, unchanged by hand."),
    (GOOD[:-12], f"cvr.csv, row 4: it has 13 cells. Its header has 19. {CUT}"),
    (HEADING, "cvr.csv: there are no ballots in it. One record at least is a ballot."),
    ("", "cvr.csv: the file is empty. It is read as clearballot: headers Choice_<id>_<n>:<contest>:..."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), CASES)
def test_a_mutation_of_a_good_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert message(CLEARBALLOT, written(tmp_path, text)) == told


@given(data=st.data())
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    survives(CLEARBALLOT, written(tmp_path_factory.mktemp("fuzz"), data.draw(damaged(GOOD.encode()))))


@pytest.mark.parametrize(("name", "ballots"), [("kansas_primary.cvr.csv", 50), ("inline_comma.csv", 178)])
def test_real_files(shared_data: Callable[[str], Path], name: str, ballots: int) -> None:
    path = shared_data(f"clearballot/{name}")
    found = check_reader(CLEARBALLOT, path)
    assert len(found.records) == ballots
    sums = Counter[str]()  # the plainest way: the sums of the columns, by the last name but one
    with path.open(newline="") as file:
        headings, *rows = csv.reader(file)
    for row in rows:
        for heading, cell in zip(headings, row, strict=True):
            if heading.startswith("Choice_") and cell == "1":
                name = heading.split(":")[-2]
                sums["WRITE-IN" if name.startswith("Write-in") else name] += 1
    (told,) = found.totals().values()
    assert Counter({k: n for k, n in told.items() if k != "UNDER"}) == sums


def test_real_facts(shared_data: Callable[[str], Path]) -> None:
    (contest,) = check_reader(CLEARBALLOT, shared_data("clearballot/inline_comma.csv")).catalogue.contests
    assert (contest.name, contest.ranks) == ("City of Portland, Auditor", 2)
