"""One person in several spellings and on several lines, ids that tell no ballots apart, cells that are numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from blocs.ballots import read_cvr
from blocs.ballots.candidate_file import read_parties
from blocs.ballots.name_and_party import name_and_parties, style_of
from blocs.ballots.reports.contest_totals import contest_totals
from test_readers_wordings import ESS, IDS, dominion, refusal, table, totals

GUID = "00000000-0000-0000-0000-000000000000"


def ess(path: Path, cells: Sequence[str], heading: str = "Sheriff", ids: Sequence[str] = ()) -> Path:
    """Write an ES&S table with one contest, and one row for each cell."""
    numbers = ids or [str(i) for i in range(1, len(cells) + 1)]
    return table(path, [[*ESS, heading], *([i, "P", "S", cell] for i, cell in zip(numbers, cells, strict=True))])


def hart(path: Path, names: Sequence[str], guid: str) -> Path:
    """Write a Hart sheet for each name, all with one id."""
    for i, name in enumerate(names):
        option = f"<Option><Name>{name}</Name><Value>1</Value></Option>"
        contest = f"<Contest><Name>Sheriff</Name><Id>1</Id><Options>{option}</Options></Contest>"
        (path / f"{i}.xml").write_text(f"<Cvr><Contests>{contest}</Contests><CvrGuid>{guid}</CvrGuid></Cvr>")
    return path


@pytest.mark.parametrize("cells", [
    ["Ann Lee", "ANN LEE", "ann lee "], ["O'Brien, Jo", "O’Brien, Jo", "O'BRIEN, JO"], ["J. Ruiz, Jr.", "J Ruiz Jr"],
    ["José Díaz", "Jose Diaz"]])  # fmt: skip
def test_spellings_of_one_name(tmp_path: Path, cells: list[str]) -> None:
    """Names that differ in case, accents and punctuation are one candidate, in whatever order they come."""
    found = totals(ess(tmp_path, [*cells, "Bob"]))
    assert "Ann Lee" in found["Sheriff"] or "Ann Lee" not in cells
    assert sorted(found["Sheriff"].values()) == [1, len(cells)]
    assert totals(ess(tmp_path, ["Bob", *reversed(cells)]))["Sheriff"] == found["Sheriff"]


def test_names_in_other_scripts_stay_apart(tmp_path: Path) -> None:
    assert totals(ess(tmp_path, ["Ян", "Ли", "Ли"])) == {"Sheriff": {"Ян": 1, "Ли": 2}}


@pytest.mark.parametrize("names", [
    ["李 Lee", "黎 Lee"], ["Ann Lee 李", "Ann Lee"], ["Søren Bo", "Sren Bo"], ["Lee ٣", "Lee ٤"]])  # fmt: skip
def test_names_that_differ_in_letters_of_another_script_stay_apart(tmp_path: Path, names: list[str]) -> None:
    assert totals(ess(tmp_path, [*names, names[0]])) == {"Sheriff": {names[0]: 2, names[1]: 1}}
    rows = pd.DataFrame({"contest": "Sheriff", "candidate": names, "party": ["DEM", "REP"]})
    assert read_parties(rows)["candidate"].tolist() == names


@pytest.mark.parametrize("cells", [
    ["李 Lee", "李 LEE", "李  Lee "], ["Bjørn Lee, Jr.", "BJØRN LEE JR"], ["Kaʻi Lee", "Ka'i Lee"]])  # fmt: skip
def test_spellings_of_one_name_with_letters_of_another_script(tmp_path: Path, cells: list[str]) -> None:
    assert [*totals(ess(tmp_path, cells))["Sheriff"].values()] == [len(cells)]


def test_spellings_in_two_tables_of_a_folder_and_in_a_long_table(tmp_path: Path) -> None:
    table(tmp_path, [[*ESS, "Sheriff"], ["1", "P", "S", "Ann Lee"]], "a.csv")
    table(tmp_path, [[*ESS, "SHERIFF"], ["2", "P", "S", "ANN LEE"]], "b.csv")
    assert totals(tmp_path) == {"Sheriff": {"Ann Lee": 2}}
    twice = tmp_path / "twice"
    twice.mkdir()
    rows = [[*ESS, "Council", "COUNCIL"], ["1", "P", "S", "Ann", "Bob"], ["2", "P", "S", "Ann", "undervote"]]
    assert totals(table(twice, rows)) == {"Council": {"Ann": 2, "Bob": 1}}
    offices, names = ["SHERIFF", "Sheriff", "Sheriff"], ["ANN LEE", "Ann Lee", "Bob"]
    marks = pd.DataFrame({"voter": [1, 2, 3], "office": offices, "candidate": names})
    assert totals(marks) == {"Sheriff": {"Ann Lee": 2, "Bob": 1}}
    folder = tmp_path / "hart"
    folder.mkdir()
    assert totals(hart(folder, ["Ann Lee", "ANN LEE"], "")) == {"Sheriff": {"Ann Lee": 2}}


def test_a_crossover_vote_is_an_overvote(tmp_path: Path) -> None:
    """A voter who marked the columns of two parties in a primary marked too many."""
    file = ess(tmp_path, ["Ann", "Crossover Vote", "crossover", "Number of Under Votes"])
    assert totals(file) == {"Sheriff": {"Ann": 1, "(overvote)": 2, "(undervote)": 1}}
    rows = [[*ESS, "Crossover Vote", "Sheriff"], ["1", "P", "S", "No", "Lee"], ["2", "P", "S", "Yes", "Lee"]]
    assert totals(table(tmp_path, rows)) == {"Sheriff": {"Lee": 2}}


# Parties


@pytest.mark.parametrize(("names", "expected"), [
    (["LIB TAYLOR", "ANN LEE"], [("LIB TAYLOR", ()), ("ANN LEE", ())]),
    (["LIB TAYLOR", "DEM ANN LEE"], [("TAYLOR", ("LIB",)), ("ANN LEE", ("DEM",))]),
    (["Ann Lee Democratic", "Bob Roe, Republican Party"], [("Ann Lee", ("DEMOCRATIC",)), ("Bob Roe", ("REPUBLICAN",))]),
    (["Ann Lee (Working Families)", "Cy (Conservative)"],
     [("Ann Lee", ("WORKING FAMILIES",)), ("Cy", ("CONSERVATIVE",))]),
    (["D - Ann Lee", "R - Bob", "Write-in"], [("Ann Lee", ("D",)), ("Bob", ("R",)), ("Write-in", ())]),
    (["Ann Lee - D", "Bob Roe - R"], [("Ann Lee", ("D",)), ("Bob Roe", ("R",))]),
    (["DEM/WFP Fox", "REP Hill"], [("Fox", ("DEM", "WFP")), ("Hill", ("REP",))]),
    (["Fox DEM/WFP", "Hill - REP / CON"], [("Fox", ("DEM", "WFP")), ("Hill", ("REP", "CON"))]),
    (["Fox DEM/WF", "Hill REP, CRV", "Roe GRN WFP"],
     [("Fox", ("DEM", "WF")), ("Hill", ("REP", "CRV")), ("Roe", ("GRN", "WFP"))]),
    (["ANN KIM/DEM", "BO LEE/RAY", "KIM/LEE"], [("ANN KIM", ("DEM",)), ("BO LEE/RAY", ()), ("KIM/LEE", ())]),
    (["REP/CON CON DOYLE", "DEM Ann Lee"], [("CON DOYLE", ("REP", "CON")), ("Ann Lee", ("DEM",))]),
    (["Vote for a Republican", "Social Democratic Party", "Working Families Democratic", "Straight Democratic"],
     [("Vote for a Republican", ()), ("Social Democratic Party", ()), ("Working Families Democratic", ()),
      ("Straight Democratic", ())]),
    (["Christian An Republican", "Roe Libertarian"], [("Christian An", ("REPUBLICAN",)), ("Roe", ("LIBERTARIAN",))]),
    (["Democratic Socialists", "Democratic Farmer Labor", "Lee, Republican Party"],
     [("Democratic Socialists", ()), ("Democratic Farmer Labor", ()), ("Lee", ("REPUBLICAN",))]),
    (["DFL - Fox", "R - Hill", "G - Ray"], [("Fox", ("DFL",)), ("Hill", ("R",)), ("Ray", ("G",))]),
    (["DFL - Fox", "R - Hill", "Lee"], [("Fox", ("DFL",)), ("R - Hill", ()), ("Lee", ())]),
    (["dem Fox", "rep Hill", "lib Roe", "Dem. Kim", "for Ann"],
     [("Fox", ("DEM",)), ("Hill", ("REP",)), ("Roe", ("LIB",)), ("Kim", ("DEM",)), ("for Ann", ())]),
    (["Fox dem", "Hill i rep", "Roe | lib"], [("Fox", ("DEM",)), ("Hill", ("REP",)), ("Roe", ("LIB",))]),
    (["rep Hill", "lib Roe"], [("rep Hill", ()), ("lib Roe", ())]),
    (["Lee, Ann D", "Roe, Bob R"], [("Lee, Ann D", ()), ("Roe, Bob R", ())]),
    (["Lee, Reform", "Straight Libertarians"], [("Lee, Reform", ()), ("Straight Libertarians", ())])])  # fmt: skip
def test_parties_beside_names(names: list[str], expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [name_and_parties(name, style_of(names)) for name in names] == expected


def test_parties_of_the_lever_are_no_names(tmp_path: Path) -> None:
    rows = [[*ESS, "Straight Party", "Sheriff"], ["1", "P", "S", "Straight Democratic", "Lee"],
            ["2", "P", "S", "Straight Republican", "Lee"]]  # fmt: skip
    ballots = read_cvr(table(tmp_path, rows))
    assert "2 rows carry a straight-party vote." in ballots.account.remarks


# One person on several lines


def test_marks_on_both_lines_of_one_person_are_one_vote(tmp_path: Path) -> None:
    blank = [""] * len(IDS)
    heading, names, parties = ["Sheriff (Vote For=1)"] * 3, ["Ann", "Ann", "Bob"], ["DEM", "WFP", "REP"]
    rows = [["E", "5"], [*blank, *heading], [*blank, *names], [*IDS, *parties]]
    rows += [[str(i), "1", "1", str(i), *marks] for i, marks in enumerate(["110", "010", "101"], 1)]
    assert totals(table(tmp_path, rows)) == {"Sheriff": {"Ann <DEM/WFP>": 2, "Bob <REP>": 0, "(overvote)": 1}}


def test_selections_of_one_person_in_a_report(tmp_path: Path) -> None:
    def cvr(number: str, *selections: str) -> dict[str, object]:
        marks = [{"ContestSelectionId": s, "SelectionPosition": [{"HasIndication": "yes"}]} for s in selections]
        contest = {"ContestId": "c", "CVRContestSelection": marks}
        return {"UniqueId": number, "CurrentSnapshotId": "n", "CVRSnapshot": [{"@id": "n", "CVRContest": [contest]}]}

    candidates = [{"@id": "a", "Name": "Ann"}, {"@id": "b", "Name": "Bob"}]
    selections = [{"@id": f"s{i}", "CandidateIds": [of]} for i, of in enumerate("aab")]
    election = {"Candidate": candidates, "Contest": [{"@id": "c", "Name": "Sheriff", "ContestSelection": selections}]}
    report = {"CVR": [cvr("1", "s0", "s1"), cvr("2", "s1"), cvr("3", "s0", "s2")], "Election": [election]}
    (tmp_path / "r.json").write_text(json.dumps(report))
    assert totals(tmp_path / "r.json") == {"Sheriff": {"Ann": 2, "Bob": 0, "(overvote)": 1}}


def test_two_contests_of_one_name_in_a_dominion_table(tmp_path: Path) -> None:
    """They allow different numbers of votes, or have no candidate in common and others between them."""
    blank = [""] * len(IDS)
    for second in ("Board (Vote For=2)", "Board (Vote For=1)"):
        heading = ["Board (Vote For=1)"] * 2 + ["Sheriff (Vote For=1)"] + [second] * 3
        rows = [["E", "5"], [*blank, *heading], [*blank, "Ann", "Bob", "Cy", "Di", "Ed", "Flo"], IDS]
        rows += [["1", "1", "1", "1", *"101100"], ["2", "1", "1", "2", *"011010"]]
        found = contest_totals(read_cvr(table(tmp_path, rows)))
        assert found.groupby(["contest", "district"])["votes"].sum().to_dict() == {
            ("Board", ""): 2, ("Board", "2"): 2, ("Sheriff", ""): 2
        }  # fmt: skip
        votes = found.set_index("candidate")["votes"].to_dict()
        assert votes == {"Ann": 1, "Bob": 1, "Cy": 2, "Di": 1, "Ed": 1, "Flo": 0}


def test_two_contests_of_one_name_in_a_clear_ballot_table(tmp_path: Path) -> None:
    head = [f"Choice_{i}_1:{choice}:" for i, choice in enumerate([
        "Board:Vote For 1:Ann", "Sheriff:Vote For 1:Lee", "Board:Vote For 2:Cy", "Board:Vote For 2:Di"])]  # fmt: skip
    rows = [["RowNumber", "BallotID", "PrecinctID", "BallotStyleID", *head]]
    rows += [["1", "a", "P", "S", *"1111"], ["2", "b", "P", "S", *"0111"]]
    found = contest_totals(read_cvr(table(tmp_path, rows))).set_index(["district", "candidate"])["votes"].to_dict()
    assert found == {("", "Ann"): 1, ("", "(undervote)"): 1, ("", "Lee"): 2, ("2", "Cy"): 2, ("2", "Di"): 2}


@pytest.mark.parametrize("heading", ["Voter Group", "Counter Group", "Political Party", "Ballot Hash", "Scan Time"])
def test_more_columns_of_ids(tmp_path: Path, heading: str) -> None:
    rows = [[*ESS, heading, "Sheriff"], *([str(i), "P", "S", word, "Lee"] for i, word in enumerate(["x", "y", "x"]))]
    assert totals(table(tmp_path, rows)) == {"Sheriff": {"Lee": 3}}


# Ids


def test_equal_rows_under_a_number_that_many_share_are_ballots(tmp_path: Path) -> None:
    assert totals(ess(tmp_path, ["Ann", "Ann", "Bob", "Ann"], ids=["0"] * 4)) == {"Sheriff": {"Ann": 3, "Bob": 1}}
    assert totals(ess(tmp_path, ["Ann"] * 15 + ["Bob"] * 15, ids=["7"] * 30)) == {"Sheriff": {"Ann": 15, "Bob": 15}}
    assert totals(ess(tmp_path, ["Ann", "Ann", "Bob"], ids=["1", "1", "2"])) == {"Sheriff": {"Ann": 1, "Bob": 1}}
    file = dominion(tmp_path, "Sheriff (Vote For=1)", ["Ann", "Bob"], ["10", "10", "01"])
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:4], "0,1,1,0,1,0", "0,1,1,0,1,0", "0,1,1,0,0,1", ""]))
    assert totals(file) == {"Sheriff": {"Ann": 2, "Bob": 1}}


@pytest.mark.parametrize(("guid", "votes"), [(GUID, 2), ("0", 2), ("", 2), ("7a", 1)])
def test_sheets_whose_ids_are_zeros_are_no_copies(tmp_path: Path, guid: str, votes: int) -> None:
    assert totals(hart(tmp_path, ["Ann", "Ann", "Bob"], guid)) == {"Sheriff": {"Ann": votes, "Bob": 1}}


def test_a_long_table_in_which_all_voters_have_one_number_is_refused() -> None:
    rows = pd.DataFrame({"voter": "0", "office": "SHERIFF", "candidate": ["ADA", "BEN", "ADA"] * 8})
    assert refusal(rows) == (
        "table, column 'voter': one voter has the same mark 16 times. Every voter has a number of their own. Name "
        "another column as 'voter' in `columns=`, or several that tell voters apart together."
    )


# Cells that are numbers


@pytest.mark.parametrize(("heading", "is_contest"), [
    ("DEM Mayor Citywide (026916)", True), ("Proposition 1", True), ("US Senate", True), ("Council District 4", True),
    ("Year", False), ("Terminal", False), ("Council District", False), ("Congressional District", False)])  # fmt: skip
def test_numbers_stand_for_candidates_under_an_office_or_a_question(
    tmp_path: Path, heading: str, is_contest: bool
) -> None:
    rows = [[*ESS, heading, "Sheriff"], *([str(i), "P", "S", str(219978 + i % 2), "Lee"] for i in range(3))]
    found = [sum(votes.values()) for votes in totals(table(tmp_path, rows)).values()]
    assert found == ([3, 3] if is_contest else [3])


@pytest.mark.parametrize("cells", [["11/3/2020 10:11:12 AM", "11/3/2020 1:05:00 p.m."], ["2020-11-03T10:11:12Z"] * 2])
def test_dates_and_times_are_no_candidates(tmp_path: Path, cells: list[str]) -> None:
    rows = [[*ESS, "Cast On", "Sheriff"], *([str(i), "P", "S", cell, "Lee"] for i, cell in enumerate(cells))]
    assert totals(table(tmp_path, rows)) == {"Sheriff": {"Lee": 2}}


@pytest.mark.parametrize("cell", ["Adams | Cole", "Adams, Baker", "Adams & Baker"])
def test_several_names_in_one_cell(tmp_path: Path, cell: str) -> None:
    assert refusal(ess(tmp_path, [cell, "Adams", "Baker"])) == (
        f"in.csv, 'Sheriff': the cell {cell!r} has several names. A cell has one vote. "
        "Export the table with a column for each vote."
    )


@pytest.mark.parametrize(("cell", "party"), [
    ("Ann Lee;", ""), ("Ann Lee |", ""), ("; Ann Lee", ""), ("Ann Lee,", ""), ("Ann Lee | D", " <DEM>"),
    ("Ann Lee; Democrat", " <DEM>")])  # fmt: skip
def test_a_mark_or_a_party_beside_a_name_is_no_second_name(tmp_path: Path, cell: str, party: str) -> None:
    assert totals(ess(tmp_path, [cell, "Ann Lee", "Bob"])) == {"Sheriff": {f"Ann Lee{party}": 2, "Bob": 1}}
