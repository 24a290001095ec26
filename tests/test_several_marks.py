"""What counts once: a person of several marks, a question of one answer; and what is no vote in any vendor's file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from blocs.ballots import code, read_cvr
from blocs.ballots.mark_words import is_total, write_in_name
from blocs.ballots.vote_limits import vote_limits
from test_readers_dominion_json import contest, export, folder, mark, session, version
from test_readers_hart import contest as hart_contest
from test_readers_hart import option, sheet
from test_readers_wordings import dominion, refusal, table, totals

ESS = ["Cast Vote Record", "Precinct", "Ballot Style"]
CLEARBALLOT = ["RowNumber", "BoxID", "BoxPosition", "BallotID", "PrecinctID", "BallotStyleID", "PrecinctStyleName",
               "ScanComputerName", "Status", "Remade"]  # fmt: skip


def ess(path: Path, headings: list[str], *votes: list[str]) -> Path:
    return table(path, [ESS + headings, *([str(i), "P", "S", *of] for i, of in enumerate(votes, 1))])


def clearballot(path: Path, marks: list[str]) -> Path:
    choices = [f"Choice_{i}_1:Mayor:Vote For 1:{name}:NON" for i, name in enumerate(("Ann", "Bob"))]
    rows = [[str(i), "B", str(i), f"b{i}", "1", "1", "x", "T", "0", "0", *of] for i, of in enumerate(marks, 1)]
    return table(path, [CLEARBALLOT + choices, *rows])


def test_a_person_marked_twice_has_one_vote_of_several(tmp_path: Path) -> None:
    once = {"Council": {"Kim": 2, "Lee": 1}}
    assert totals(ess(tmp_path, ["Council", ""], ["Kim", "Kim"], ["Kim", "Lee"])) == once
    sheets = {f"{i}.xml": sheet(f"g{i}", hart_contest("Council", *map(option, names)))
              for i, names in enumerate((("Kim", "Kim"), ("Kim", "Lee")))}  # fmt: skip
    at = tmp_path / "hart"
    at.mkdir()
    for name, content in sheets.items():
        (at / name).write_text(content)
    assert totals(at) == once
    rows = pd.DataFrame({"cvr_id": [1, 1, 2, 2], "office": "Council", "candidate": ["Kim", "Kim", "Kim", "Lee"],
                         "magnitude": 2})  # fmt: skip
    assert totals(rows) == once


def test_write_ins_of_several_votes_may_be_for_several_persons(tmp_path: Path) -> None:
    found = totals(ess(tmp_path, ["Council", ""], ["write-in:", "write-in:"], ["Kim", "Lee"]))
    assert found == {"Council": {"Kim": 1, "Lee": 1, "(write-in)": 2}}


@pytest.mark.parametrize("headings", [["Retain", "Retain"], ["Retain", ""]])
def test_questions_under_one_heading_have_one_answer_each(tmp_path: Path, headings: list[str]) -> None:
    found = read_cvr(ess(tmp_path, headings, ["Yes", "Yes"], ["Yes", "No"], ["undervote", "No"], ["overvote", "Yes"]))
    contests = found.catalogue.contests
    assert [(of.name, of.district, of.votes) for of in contests] == [("Retain", "", 1), ("Retain", "2", 1)]


def test_names_under_one_heading_are_votes_of_one_contest(tmp_path: Path) -> None:
    """One name that sounds like an answer, beside others, makes no question of a contest."""
    found = totals(ess(tmp_path, ["Council", "Council"], ["Yes", "Kim"], ["Lee", "undervote"]))
    assert found == {"Council": {"Kim": 1, "Lee": 1, "Yes": 1}}


@pytest.mark.parametrize(("heading", "limits"), [
    ("Judge, Vote for no more than Two", ("Judge", 2, 0)), ("Council VOTE FOR ANY TWO", ("Council", 2, 0)),
    ("Council (Elect 2)", ("Council", 2, 0)), ("Council - Choose up to 3", ("Council", 3, 0)),
    ("Council (2 to be elected)", ("Council", 2, 0)), ("Council (VF2)", ("Council", 2, 0)),
    ("Council: Votes Allowed: 2", ("Council", 2, 0)), ("Council (Vote for 2 candidates)", ("Council", 2, 0)),
    ("Council (Vote for a maximum of 2 or fewer)", ("Council", 2, 0)), ("Mayor (Number of ranks=3)", ("Mayor", 1, 3)),
    ("Shall we elect 2", ("Shall we elect 2", 1, 0)), ("Governor-elect 2", ("Governor-elect 2", 1, 0)),
    ("Council Seat 2", ("Council Seat 2", 1, 0)), ("Vote for twofold taxes", ("Vote for twofold taxes", 1, 0)),
])  # fmt: skip
def test_votes_allowed_in_words(tmp_path: Path, heading: str, limits: tuple[str, int, int]) -> None:
    assert vote_limits(heading) == limits
    (of,) = read_cvr(dominion(tmp_path, heading, ["Ann", "Bob", "Cat"], ["110", "111"])).catalogue.contests
    assert (of.name, of.votes) == limits[:2]
    rows = pd.DataFrame({"voter": [1, 1], "office": heading, "candidate": ["Ann", "Bob"]})
    assert read_cvr(rows).catalogue.contests[0].votes == limits[1]
    assert read_cvr(rows.assign(vote_for=4)).catalogue.contests[0].votes == 4


def test_a_cross_beside_other_cells_is_no_redaction(tmp_path: Path) -> None:
    remedy = "A vote cell is 1, 0 or empty. Export it again, unchanged by hand."
    assert refusal(dominion(tmp_path, "Mayor", ["Ann", "Bob"], ["X0"])) == (
        f"in.csv, row 5, column 5 (Mayor / Ann): 'X' is no vote. {remedy}")  # fmt: skip
    assert refusal(clearballot(tmp_path, ["0x"])) == (
        f"in.csv, row 2, column 12 (Choice_1_1:Mayor:Vote For 1:Bob:NON): 'x' is no vote. {remedy}")  # fmt: skip
    hidden = {"Mayor": {"Ann": 1, "Bob": 0, "(not readable)": 1}}
    assert totals(dominion(tmp_path, "Mayor", ["Ann", "Bob"], ["XX", "10"])) == hidden
    assert totals(clearballot(tmp_path, ["xx", "10"])) == hidden


def test_a_table_that_marks_votes_alone_is_named(tmp_path: Path) -> None:
    rows = [["1", ""], ["", "1"], ["", ""], ["1", ""]]
    remark = ("in.csv: the first 4 rows have votes and no 0: a contest that was left blank looks like one that is not "
              "on the ballot, and undervotes are missing.")  # fmt: skip
    for write in (clearballot, lambda path, of: dominion(path, "Mayor", ["Ann", "Bob"], of)):
        assert remark in read_cvr(write(tmp_path, rows)).account.remarks
        assert remark not in read_cvr(write(tmp_path, [*rows, ["0", "1"]])).account.remarks


def test_an_id_of_two_candidates_is_refused(tmp_path: Path) -> None:
    manifests = {
        "Contest": [{"Id": 1, "Description": "Mayor", "VoteFor": 1}, {"Id": 2, "Description": "Judge", "VoteFor": 1}],
        "Candidate": [{"Id": 5, "Description": "Ann", "ContestId": 1}, {"Id": 5, "Description": "Kim", "ContestId": 2}],
    }  # fmt: skip
    exports = {"CvrExport.json": export([session(1, version([contest(1, mark(5))]))])}
    assert refusal(folder(tmp_path / "x", exports, manifests)) == (
        "CandidateManifest.json: Id 5 stands for 'Ann' and for 'Kim'. An id stands for one thing. Export it again, "
        "unchanged by hand.")  # fmt: skip


@pytest.mark.parametrize("cell", ["Total", "TOTALS:", "Grand total"])
def test_rows_of_totals_are_refused_in_every_table(tmp_path: Path, cell: str) -> None:
    assert is_total(cell)
    long = [["voter", "office", "candidate"], ["1", "Sheriff", "Ann"], ["2", "Sheriff", "Bob"], [cell, "Sheriff", "2"]]
    assert refusal(table(tmp_path, long)) == (
        f"in.csv, column 'voter': 1 row says {cell!r}. Every row is a mark for a candidate, or none. Take out rows of "
        "totals.")  # fmt: skip
    wide = [["President", "Sheriff", "n"], ["DEM", "DEM", "3"], ["REP", "REP", "4"], [cell, "none", "7"]]
    assert refusal(table(tmp_path, wide), offices=["President", "Sheriff"], weights="n") == (
        f"column 'President': a cell says {cell!r}. Every row is a voter, or voters who voted alike. Take out rows of "
        "totals.")  # fmt: skip
    codes = {cell: "off", "DEM": "DEM", "REP": "REP", "none": "none"}
    named = read_cvr(table(tmp_path, wide), offices=["President", "Sheriff"], weights="n", codes=codes)
    assert len(named.catalogue.contests) == 2


def test_candidates_with_numbers_for_names_are_no_totals() -> None:
    rows = pd.DataFrame({"voter": ["Total Eclipse", "2"], "office": "Sheriff", "candidate": ["221", "222"]})
    assert totals(rows) == {"Sheriff": {"221": 1, "222": 1}}


@pytest.mark.parametrize("name", ["n", "votes", "Number of ballots"])
def test_columns_that_count(name: str) -> None:
    marks = pd.DataFrame({"voter": [1, 1, 2], "office": "Sheriff", "candidate": ["Ann", "Bob", "Bob"]})
    assert refusal(marks.assign(**{name: [5, 0, 1]})).startswith(f"table, column {name!r}: it has whole numbers, some")
    assert refusal(marks.assign(**{name: [1, 0, 1]})) == (
        f"table, column {name!r}: it has the numbers 0 and 1. A column that says which rows are votes must be named. "
        "Name it as 'is_vote' in `columns=`; if it says something else, take it out of the table.")  # fmt: skip
    columns = {"is_vote": name}
    assert totals(marks.assign(**{name: [1, 0, 1]}), columns=columns) == {"Sheriff": {"Ann": 1, "Bob": 1}}
    wide = pd.DataFrame({"President": ["DEM", "REP"], "Sheriff": ["REP", "REP"], name: [20, 30]})
    assert read_cvr(wide, offices=["Sheriff"]).account.remarks == (
        f"Every row is one voter: the column {name!r} is not used; if it has numbers of voters, name it (`weights=`).",)
    assert not read_cvr(wide, offices=["Sheriff"], weights=name).account.remarks
    assert not read_cvr(wide.assign(**{name: 1}), offices=["Sheriff"]).account.remarks


def test_many_overvotes_are_named() -> None:
    rows = []
    for voter in range(100):
        party = ("DEM", "REP")[voter % 2]
        marks = [("President", party), ("Council", f"{party} 1"), ("Council", f"{party} 2")][: 2 + (voter < 40)]
        rows += [(voter, office, name, party) for office, name in marks]
    marks = pd.DataFrame(rows, columns=["voter", "office", "candidate", "party"])
    remark = ("Many ballots are overvotes in Council (40 of 100): the file may not say how many votes a contest "
              "allows, or have rows that are no votes.")  # fmt: skip
    assert remark in code(read_cvr(marks)).account.remarks
    few = marks[(marks["voter"] >= 21) | ~marks["candidate"].str.endswith("2")]
    assert not any("overvotes in" in remark for remark in code(read_cvr(few)).account.remarks)


@pytest.mark.parametrize("word", ["Qualified Write-In", "Write-in:", "certified write in -", "WRITEIN"])
def test_names_of_write_ins(word: str) -> None:
    assert write_in_name(f"{word} Ann Lee") == "Ann Lee"
    assert write_in_name("Official Ann Lee") is None
