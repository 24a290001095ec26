"""Rules that hold in every vendor's form: exact copies, parties in names, columns of one heading, votes allowed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import blocs
from blocs.ballots import catalogue
from blocs.ballots.catalogue import Candidate
from blocs.ballots.vendors.clearballot import CLEARBALLOT
from blocs.ballots.vendors.ess import ESS
from blocs.ballots.vendors.format import Format
from blocs.ballots.vendors.hart import HART
from blocs.ballots.vendors.nist_cdf import NIST_CDF
from blocs.ballots.vendors.record_copies import Identified, without_copies
from blocs.ballots.vendors.records import Record, SetAside
from readers_support import check_reader


def cdf(names: dict[str, str], ballots: list[tuple[str, str]]) -> str:
    """Write a report of one contest: id -> name of its candidates, and (id of the ballot, candidate)."""
    return json.dumps({
        "@type": "CVR.CastVoteRecordReport",
        "CVR": [
            {"UniqueId": ballot, "CurrentSnapshotId": "s",
             "CVRSnapshot": [{"@id": "s", "CVRContest": [{"ContestId": "c", "CVRContestSelection": [
                 {"ContestSelectionId": number, "SelectionPosition": [{"HasIndication": "yes"}]}]}]}]}
            for ballot, number in ballots
        ],
        "Election": [{"Contest": [{"@id": "c", "Name": "Governor", "ContestSelection": [
            {"@id": number, "CandidateIds": [number]} for number in names]}],
            "Candidate": [{"@id": number, "Name": name} for number, name in names.items()]}],
    })  # fmt: skip


def hart(ballot: str, name: str, number: int = 1) -> str:
    """Write a sheet with one vote for Governor."""
    return (
        f"<Cvr xmlns='http://tempuri.org/CVRDesign.xsd'><Contests><Contest><Name>Governor</Name><Id>c</Id><Options>"
        f"<Option><Name>{name}</Name><Id>o</Id><Value>1</Value></Option></Options></Contest></Contests>"
        f"<SheetNumber>{number}</SheetNumber><CvrGuid>{ballot}</CvrGuid></Cvr>"
    )


def clear_ballot(ballots: list[tuple[str, str]]) -> str:
    """Write a table of one contest."""
    rows = [f"{n},{ballot},P1,S1,{+(name == 'Ann')},{+(name == 'Bob')}" for n, (ballot, name) in enumerate(ballots, 1)]
    heading = "RowNumber,BallotID,PrecinctID,BallotStyleID,Choice_1_1:Governor:Vote For 1:Ann:DEM,"
    return "\n".join([f"{heading}Choice_2_1:Governor:Vote For 1:Bob:REP", *rows, ""])


def written(at: Path, reader: Format, ballots: list[tuple[str, str]]) -> Path:
    """Write ballots, (id, name), in a vendor's form."""
    if reader is CLEARBALLOT:
        (at / "cvr.csv").write_text(clear_ballot(ballots))
        return at / "cvr.csv"
    if reader is NIST_CDF:
        (at / "report.json").write_text(cdf({"Ann": "Ann", "Bob": "Bob"}, ballots))
        return at / "report.json"
    for n, (ballot, name) in enumerate(ballots):
        (at / f"{n}.xml").write_text(hart(ballot, name) + "\n" * n)  # which is not the same file
    return at


ONE_BY_ONE = pytest.mark.parametrize(
    ("reader", "record"), [(CLEARBALLOT, "row"), (NIST_CDF, "ballot"), (HART, "sheet")], ids=lambda of: str(of)[:20]
)


@ONE_BY_ONE
def test_an_exact_copy_of_a_ballot_counts_once(tmp_path: Path, reader: Format, record: str) -> None:
    ballots = [("B1", "Ann"), ("B2", "Bob"), ("B1", "Ann"), ("B3", "Ann"), ("B2", "Bob")]
    found = check_reader(reader, written(tmp_path, reader, ballots))
    assert found.totals() == {"Governor": {"Ann": 2, "Bob": 1}}
    assert found.account.steps[0].parts == {"delivered": 3, f"exact copies of an earlier {record}": 2}
    assert not any("repeat the id" in remark for remark in found.account.remarks)


@ONE_BY_ONE
def test_ballots_of_one_id_with_other_votes_count_and_are_named(tmp_path: Path, reader: Format, record: str) -> None:
    found = check_reader(reader, written(tmp_path, reader, [("B1", "Ann"), ("B2", "Bob"), ("B1", "Bob")]))
    assert found.totals() == {"Governor": {"Ann": 1, "Bob": 2}}
    assert f"1 {record} repeats the id of an earlier one." in found.account.remarks


@pytest.mark.parametrize("choices", [(catalogue.UNDER, catalogue.OVER), (catalogue.WRITE_IN, catalogue.OVER)])
def test_ballots_that_differ_in_one_choice_are_no_copies(choices: tuple[int, int]) -> None:
    rows = [Identified(Record("v", "P1", "S1", None, (0, choice, 1)), "B1") for choice in choices]
    assert [row for row in without_copies(rows, lambda: rows, "copy") if isinstance(row, Record | SetAside)] == [
        row for row, *_ in rows
    ]


@ONE_BY_ONE
@pytest.mark.parametrize("number", ["", "000", "REDACTED", "***", "NULL", "Anonymous"])
def test_ballots_without_an_id_are_no_copies(tmp_path: Path, reader: Format, record: str, number: str) -> None:
    found = check_reader(reader, written(tmp_path, reader, [(number, "Ann"), (number, "Ann"), (number, "Bob")]))
    assert found.totals() == {"Governor": {"Ann": 2, "Bob": 1}}


@ONE_BY_ONE
def test_an_id_of_many_ballots_is_none(tmp_path: Path, reader: Format, record: str) -> None:
    found = check_reader(reader, written(tmp_path, reader, [("B7", "Ann")] * 20 + [("B7", "Bob")] * 5))
    assert found.totals() == {"Governor": {"Ann": 20, "Bob": 5}}


@ONE_BY_ONE
def test_ids_of_batches_are_none(tmp_path: Path, reader: Format, record: str) -> None:
    ballots = [("B1", "Ann")] * 12 + [("B1", "Bob")] * 4 + [("B2", "Ann")] * 9
    assert check_reader(reader, written(tmp_path, reader, ballots)).totals() == {"Governor": {"Ann": 21, "Bob": 4}}


def test_reports_that_overlap_count_a_ballot_once_and_those_numbered_alike_all(tmp_path: Path) -> None:
    names, of_one = {"Ann": "Ann", "Bob": "Bob"}, [(f"{n}", "Bob" if n % 3 else "Ann") for n in range(1, 31)]
    (tmp_path / "a.json").write_text(cdf(names, of_one))
    (tmp_path / "b.json").write_text(cdf(names, [*of_one[10:], ("99", "Ann")]))
    assert check_reader(NIST_CDF, tmp_path).totals() == {"Governor": {"Bob": 20, "Ann": 11}}
    (tmp_path / "b.json").write_text(cdf(names, [(f"{n}", "Ann" if n % 2 else "Bob") for n in range(1, 31)]))
    assert check_reader(NIST_CDF, tmp_path).totals() == {"Governor": {"Bob": 35, "Ann": 25}}


def test_sheets_of_one_number_are_no_copies_of_each_other(tmp_path: Path) -> None:
    for n in (1, 2):
        (tmp_path / f"{n}.xml").write_text(hart("a", "Ann", n))
    assert check_reader(HART, tmp_path).totals() == {"Governor": {"Ann": 2}}


@pytest.mark.parametrize("key", ["BatchId", "BatchSequenceId", "BallotSheetId", "CreatingDeviceId"])
def test_ballots_of_one_number_in_several_batches_are_no_copies(tmp_path: Path, key: str) -> None:
    report = json.loads(cdf({"Ann": "Ann", "Bob": "Bob"}, [("7", "Ann"), ("7", "Ann"), ("8", "Bob")]))
    for n, ballot in enumerate(report["CVR"]):
        ballot[key] = f"{n}"
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert check_reader(NIST_CDF, tmp_path / "report.json").totals() == {"Governor": {"Ann": 2, "Bob": 1}}


def test_a_longer_report_that_is_numbered_from_1_again_is_another_one(tmp_path: Path) -> None:
    names = {"Ann": "Ann", "Bob": "Bob"}
    (tmp_path / "a.json").write_text(cdf(names, [("1", "Ann"), ("2", "Ann")]))
    (tmp_path / "b.json").write_text(cdf(names, [("1", "Ann"), ("2", "Ann"), ("3", "Bob")]))
    assert check_reader(NIST_CDF, tmp_path).totals() == {"Governor": {"Ann": 4, "Bob": 1}}


@pytest.mark.parametrize("reader", [HART, NIST_CDF])
@pytest.mark.parametrize(("ann", "bob"), [("DEM Ann Lee", "R Bob Ray"), ("D Ann Lee", "REP Bob Ray"),
                                          ("Ann Lee, DEM", "Bob Ray, R"), ("Dem Ann Lee", "Rep Bob Ray"),
                                          ("(D) Ann Lee", "(R) Bob Ray")])  # fmt: skip
def test_all_names_of_a_contest_show_how_they_carry_parties(
    tmp_path: Path, reader: Format, ann: str, bob: str
) -> None:
    if reader is HART:
        (tmp_path / "1.xml").write_text(hart("a", ann))
        (tmp_path / "2.xml").write_text(hart("b", bob))
    else:
        (tmp_path / "r.json").write_text(cdf({"a": ann, "b": bob}, [("1", "a"), ("2", "b")]))
    found = check_reader(reader, tmp_path)
    assert [c.name for c in found.catalogue.candidates] == ["Ann Lee", "Bob Ray"]
    assert [blocs.ballots.party_names.party_name(c.parties[0]) for c in found.catalogue.candidates] == ["DEM", "REP"]


def test_initials_in_one_contest_are_no_parties(tmp_path: Path) -> None:
    for n, name in enumerate(("R Bob Ray", "D Ann Lee", "Cy Oak")):
        (tmp_path / f"{n}.xml").write_text(hart(str(n), name))
    assert check_reader(HART, tmp_path).catalogue.candidates == tuple(
        Candidate(0, name) for name in ("R Bob Ray", "D Ann Lee", "Cy Oak")
    )


def ess(at: Path, heading: str, rows: list[tuple[Any, Any]]) -> Path:
    """Write a table with two columns of one heading."""
    lines = [f"{n},P1,S1,{n % 2},{','.join(row)}" for n, row in enumerate(rows, 1)]
    at = at / "cvr.csv"
    at.write_text("\n".join([f"Cast Vote Record,Precinct,Ballot Style,Fee,{heading},{heading}", *lines, ""]))
    return at


APART = "cvr.csv: 2 columns are headed 'Council' and share no name; they were read as 2 votes in one contest. If they "


@pytest.mark.parametrize(
    ("heading", "rows", "contests", "remarks"),
    [
        ("Council", [("Lee", "Fox"), ("Ray", "Gil"), ("undervote", "Fox")], 2, 0),  # a name behind no name
        ("Council", [("Lee", "Fox"), ("Ray", "Gil"), ("overvote", "Fox")], 2, 0),
        ("Council", [("Lee", "Fox"), ("Ray", "Gil")] * 10, 2, 0),  # names that many rows would have in both columns
        ("Council", [("Lee", "Fox"), ("Ray", "Gil")], 1, 1),  # too few rows to tell
        ("Council", [("Lee", "Fox"), ("Lee", "undervote")], 1, 0),  # a ballot with two names
        ("Council", [("Lee", "Fox"), ("Fox", "undervote"), ("undervote", "undervote")], 1, 0),
        ("Council", [("Lee", "Fox"), ("Ray", "Gil"), ("write-in", "Fox")], 1, 1),  # a write-in is a vote
        ("Council", [("Lee", "Fox"), ("FOX", "undervote"), ("undervote", "Fox")], 1, 0),
        ("Council (Vote for 2)", [("Lee", "Fox"), ("Ray", "Gil"), ("undervote", "Fox")], 1, 0),
        ("Measure", [("Yes", "No"), ("No", "Yes")], 2, 0),
    ],
)
def test_columns_of_one_heading(
    tmp_path: Path, heading: str, rows: list[tuple[str, str]], contests: int, remarks: int
) -> None:
    found = check_reader(ESS, ess(tmp_path, heading, rows))
    assert [c.votes for c in found.catalogue.contests if c.name.startswith(heading)] == [3 - contests] * contests
    assert sum(remark.startswith(APART) for remark in found.account.remarks) == remarks


def test_columns_of_one_heading_that_are_contests_are_named(tmp_path: Path) -> None:
    found = check_reader(ESS, ess(tmp_path, "Council", [("Lee", "Fox"), ("Ray", "Gil"), ("undervote", "Fox")]))
    remark = "cvr.csv: 2 columns are headed 'Council' and share no name; they were read as 2 contests."
    assert remark in found.account.remarks


@pytest.mark.parametrize(("cell", "votes"), [("2", 2), ("2.0", 2), ("two", 2), ("Vote for Two", 2), ("up to 2", 2),
                                             ("vote for no more than two (2)", 2), ("", 1)])  # fmt: skip
def test_votes_allowed_in_the_words_of_a_column(tmp_path: Path, cell: str, votes: int) -> None:
    rows = [f"{voter},Council,{name},{cell}" for voter, name in (("1", "Ann"), ("1", "Bob"), ("2", "Ann"))]
    (tmp_path / "long.csv").write_text("\n".join(["voter,office,candidate,vote_for", *rows, ""]))
    ballots = blocs.read_cvr(tmp_path / "long.csv")
    assert ballots.catalogue.contests[0].votes == votes


@pytest.mark.parametrize(
    ("names", "parties"),
    [
        (("Ann Lee (DEM)", "Bob Ray (REP)"), (("DEM",), ("REP",))),
        (("DFL Ann Lee", "R Bob Ray"), (("DFL",), ("R",))),
        (("Ann Lee (DEM)", "Ann Lee (WFP)", "Bob Ray (REP)"), (("DEM", "WFP"), ("REP",))),
    ],
)
@pytest.mark.parametrize("heading", ["voter,office,candidate", "CvrId,ContestName,CandidateName"])
def test_a_long_table_without_parties_has_them_in_names(
    tmp_path: Path, names: tuple[str, ...], parties: tuple[tuple[str, ...], ...], heading: str
) -> None:
    rows = [f"{n},Governor,{name}" for n, name in enumerate((*names, "undervote"))]
    (tmp_path / "long.csv").write_text("\n".join([heading, *rows, ""]))
    catalogue = blocs.read_cvr(tmp_path / "long.csv").catalogue
    assert [(c.name, c.parties) for c in catalogue.candidates] == [*zip(("Ann Lee", "Bob Ray"), parties, strict=True)]


def test_a_long_table_with_parties_keeps_its_names(tmp_path: Path) -> None:
    rows = ["1,Governor,Ann Lee (DEM),DEM", "2,Governor,R Bob Ray,REP", "3,Sheriff,Cy Fox,"]
    (tmp_path / "long.csv").write_text("\n".join(["voter,office,candidate,party", *rows, ""]))
    catalogue = blocs.read_cvr(tmp_path / "long.csv").catalogue
    assert [c.name for c in catalogue.candidates] == ["Ann Lee (DEM)", "R Bob Ray", "Cy Fox"]


@pytest.mark.parametrize("total", ["Total", "All Precincts"])
def test_a_total_in_place_of_a_precinct_is_refused_where_others_have_one(tmp_path: Path, total: str) -> None:
    table = tmp_path / "long.csv"
    heading = "voter,precinct,office,candidate"
    table.write_text("\n".join([heading, "1,P1,Governor,Ann", "2,P2,Governor,Bob", f"3,{total},Governor,Ann", ""]))
    with pytest.raises(blocs.InputError) as caught:
        blocs.read_cvr(table)
    assert str(caught.value).endswith(
        f"long.csv, column 'precinct': 1 row says '{total}'. Every row is a mark for a candidate, or none. Take out "
        "rows of totals."
    )
    table.write_text("\n".join([heading, f"1,{total},Governor,Ann", f"2,{total},Governor,Bob", ""]))
    assert len(blocs.read_cvr(table).catalogue.candidates) == 2
