"""A file that is there twice is read once, and the account says which was not read, whatever the format."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import blocs
from blocs.ballots.vendors import VENDORS
from blocs.files.archive import member_on_disk, opened
from blocs.files.copies import copies
from readers_support import read
from test_ballots_several import ALBA, counties  # noqa: F401 - a fixture
from test_readers_vendors import GOOD

SUFFIX = {"dominion-json": ".json", "cdf": ".json", "hart": ".xml", "el155": ".txt"}


def test_copies_are_of_one_content_and_the_shortest_name_is_no_copy(tmp_path: Path) -> None:
    contents = {"a (1).csv": b"1,2\n" * 5000, "a.csv": b"1,2\n" * 5000, "b.csv": b"1,2\n" * 4999 + b"1,3\n",
                "c.csv": b"", "d.csv": b"", "x/y.csv": b"1,2\n" * 5000}  # fmt: skip
    (tmp_path / "x").mkdir()
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    with opened(tmp_path) as files:
        assert copies(files) == {"a (1).csv": "a.csv", "x/y.csv": "a.csv"}
    assert copies([]) == {}
    assert copies([member_on_disk(tmp_path / "a.csv")]) == {}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", [name for name in GOOD if name])
def test_a_copy_in_a_folder_is_read_once(tmp_path: Path, name: str, packed: bool) -> None:
    (vendor,) = (vendor for vendor in VENDORS if vendor.name == name)
    content, suffix = GOOD[name][0], SUFFIX.get(name, ".csv")
    if content.lstrip().startswith(b"<"):
        suffix = ".xml"
    if name == "hart" and b"CvrGuid" not in content:
        content = content.replace(b"<Contests>", b"<CvrGuid>7</CvrGuid><Contests>", 1)
    first, second = f"CvrExport{suffix}", f"CvrExport copy{suffix}"
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / first).write_bytes(content)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    (tmp_path / "two" / second).write_bytes(content)
    paths = [tmp_path / "one", tmp_path / "two"]
    if packed:
        for path in paths:
            files = sorted(path.iterdir())
            with zipfile.ZipFile(path / "t.zip", "w") as archive:
                for file in files:
                    archive.write(file, file.name)
        paths = [path / "t.zip" for path in paths]
    once, twice = (read(vendor, path, 3) for path in paths)
    assert twice.marks() == once.marks()
    assert twice.account.steps == once.account.steps
    remark = f"Not read, since another file is the same: {second} (copy of {first})."
    assert sorted(twice.account.remarks) == sorted((*once.account.remarks, remark))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_files_of_one_name_in_a_zip_are_not_lost(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        for content in (ALBA, ALBA, ALBA.replace("\n", "\n8", 1)):
            archive.writestr("alba.csv", content)
    parts = blocs.read_cvr(tmp_path / "t.zip").account.steps[0].parts
    assert parts == {"delivered": 5, "exact copies of an earlier row": 7}


HEADER = "Cast Vote Record,Precinct,Ballot Style,President\n"
DOMINION = "2024,5.17,,,\n,,,Mayor (Vote For=1),Mayor (Vote For=1)\n,,,Ann,Bob\nCvrNumber,TabulatorNum,Group,,\n"
PARTS = {
    "ess": (HEADER, "7,P,S,DEM Ann\n{},P,S,REP Bob\n", "{},P,S,REP Bob\n9,P,S,DEM Ann\n"),
    "dominion-csv": (DOMINION, "7,1,Mail,1,0\n{},1,Mail,0,1\n", "{},1,Mail,0,1\n9,1,Mail,1,0\n"),
}


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize(("number", "read_once"), [("8", True), ("0", False), ("", False)])
def test_a_ballot_in_two_files_is_read_once(tmp_path: Path, name: str, number: str, read_once: bool) -> None:
    """Files that overlap have rows in common, cell by cell; rows without a number are ballots of voters who agree."""
    header, first, second = PARTS[name]
    (tmp_path / "a.csv").write_text(header + first.format(number))
    (tmp_path / "b.csv").write_text(header + second.format(number))
    ballots = blocs.read_cvr(tmp_path)
    if not read_once and name == "dominion-csv" and not number:
        return  # such rows are sums over several ballots
    copied = {"exact copies of an earlier row": 1} if read_once else {}
    aside = {"rows without a Cast Vote Record number": 2} if name == "ess" and not number else {}
    assert ballots.account.steps[0].parts == {"delivered": 4 - len(copied) - sum(aside.values()), **copied, **aside}


def test_files_that_number_their_ballots_from_1_do_not_overlap(tmp_path: Path) -> None:
    """Of many ballots with one number in two files some are alike; none of them is the other."""
    votes = ["DEM Ann", "REP Bob"]
    for file, every in (("a.csv", 2), ("b.csv", 3)):
        rows = [f"{i},P,S,{votes[i % every == 0]}\n" for i in range(1, 61)]
        (tmp_path / file).write_text(HEADER + "".join(rows))
    account = blocs.read_cvr(tmp_path).account
    assert account.steps[0].parts == {"delivered": 120}
    assert account.remarks == ("60 rows repeat the id of an earlier one.",)


@pytest.mark.parametrize(("every", "read"), [(99, 13), (2, 8)])
def test_small_files_with_the_same_numbers_overlap_where_voters_differ(tmp_path: Path, every: int, read: int) -> None:
    """Five voters of one choice may be five others; five voters of two choices, in the same order, are the same."""
    for file, voters in (("a.csv", 8), ("b.csv", 5)):
        votes = ("DEM Ann" if i % every else "REP Bob" for i in range(1, voters + 1))
        rows = (f"{i},P{i % 4},S,{vote}\n" if every == 2 else f"{i},P,S,{vote}\n" for i, vote in enumerate(votes, 1))
        (tmp_path / file).write_text(HEADER + "".join(rows))
    assert blocs.read_cvr(tmp_path).account.steps[0].parts["delivered"] == read


def test_rows_under_another_header_are_no_copies(tmp_path: Path) -> None:
    for file, contest in (("a.csv", "President"), ("b.csv", "Sheriff")):
        (tmp_path / file).write_text(HEADER.replace("President", contest) + "1,P,S,undervote\n2,P,S,DEM Ann\n")
    assert blocs.read_cvr(tmp_path).account.steps[0].parts == {"delivered": 4}


def test_sheets_without_an_id_may_be_two_ballots(tmp_path: Path) -> None:
    (vendor,) = (vendor for vendor in VENDORS if vendor.name == "hart")
    content = GOOD["hart"][0].replace(b"CvrGuid", b"Other")
    for name in ("1.xml", "2.xml"):
        (tmp_path / name).write_bytes(content)
    assert read(vendor, tmp_path, 3).account.steps[0].parts == {"delivered": 2}


def test_files_of_one_ballot_without_an_id_are_all_read(tmp_path: Path) -> None:
    sheets = [tmp_path / f"{number}.xml" for number in range(3)]
    for sheet in sheets:
        sheet.write_bytes(GOOD["hart"][0].replace(b"CvrGuid", b"Other"))
    assert blocs.read_cvr(sheets).account.steps[0].parts == {"delivered": 3}


@pytest.mark.parametrize(("key", "read"), [('"UniqueId": "7", ', 1), ("", 2)])
def test_reports_of_one_ballot(tmp_path: Path, key: str, read: int) -> None:
    report = (
        '{"@type": "CVR.CastVoteRecordReport", "Election": [{"Contest": [{"@type": "CVR.CandidateContest", "@id": '
        '"c1", "Name": "MAYOR", "VotesAllowed": 1, "ContestSelection": [{"@type": "CVR.CandidateSelection", '
        '"@id": "s1", "CandidateIds": ["a1"]}]}], "Candidate": [{"@id": "a1", "Name": "ANA LIMA"}]}], "CVR": [{KEY'
        '"CurrentSnapshotId": "x", "CVRSnapshot": [{"@id": "x", "Type": "original", "CVRContest": [{"ContestId": "c1", '
        '"CVRContestSelection": [{"ContestSelectionId": "s1", "SelectionPosition": [{"HasIndication": "yes", '
        '"NumberVotes": 1, "IsAllocable": "yes"}]}]}]}]}]}'
    )
    for name in ("1.json", "2.json"):
        (tmp_path / name).write_text(report.replace("KEY", key))
    assert blocs.read_cvr(tmp_path).account.steps[0].parts == {"delivered": read}


def test_copies_of_manifests_are_read_once(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    source = next(path.parent for path in sorted(shared_data("dominion_json").rglob("ContestManifest.json")))
    shutil.copytree(source, tmp_path / "one" / "a")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    shutil.copytree(source, tmp_path / "two" / "again")
    once, twice = (blocs.read_cvr(tmp_path / name) for name in ("one", "two"))
    assert twice.account.steps == once.account.steps
    assert twice.catalogue == once.catalogue


def test_a_file_under_two_names(counties: list[Path], tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "alba2.csv").write_text(ALBA)
    once, twice = blocs.read_cvr(counties), blocs.read_cvr([*counties, tmp_path / "alba2.csv"])
    assert twice.catalogue == once.catalogue
    assert twice.account.paragraph() == (
        "Records read: 7 rows (7 delivered). Not read, since another file is the same: alba2.csv (copy of alba.csv)."
    )
