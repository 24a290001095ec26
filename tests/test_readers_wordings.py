"""The same files in the wordings of other makers: the same totals, or one refusal that says what to do."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from blocs.ballots import read_cvr
from blocs.ballots.reports.contest_totals import contest_totals
from blocs.core.errors import InputError
from blocs.tables.survey_table import plain_table

Totals = dict[str, dict[str, int]]
ESS = ["Cast Vote Record", "Precinct", "Ballot Style"]


def table(path: Path, rows: Sequence[Sequence[object]], name: str = "in.csv", encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    file = path / name
    file.write_bytes(text.getvalue().encode(encoding))
    return file


def totals(source: object, **options: object) -> Totals:
    """Return contest -> candidate, with the party behind, -> votes; lines of no votes in brackets left out."""
    found: Totals = {}
    for row in contest_totals(read_cvr(source, **options)).to_dict("records"):  # type: ignore[arg-type]
        name = f"{row['candidate']} <{row['party']}>" if row["party"] else row["candidate"]
        found.setdefault(row["contest"], {})[name] = row["votes"]
    return found


def refusal(source: object, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        read_cvr(source, **options)  # type: ignore[arg-type]
    return str(caught.value)


# ES&S


HEADINGS = ("Mayor - {}", "MAYOR {} CITY WIDE", "Mayor ({})", "Mayor {} (1 of 3)", "Mayor [{}]", "{} Mayor",
            "{} - Mayor", "Mayor: {} (97)")  # fmt: skip
RANKS = (("1st Choice", "2nd Choice", "3rd Choice"), ("Choice 1 of 3", "Choice 2 of 3", "Choice 3 of 3"),
         ("Rank 1", "Rank 2", "Rank 3"), ("Preference 1", "Preference 2", "Preference 3"),
         ("First Preference", "Second Preference", "Third Preference"), ("Choice One", "Choice Two", "Choice Three"),
         ("Choice-1", "Choice-2", "Choice-3"), ("RCV 1", "RCV 2", "RCV 3"), ("choice_1", "choice_2", "choice_3"),
         ("Rank #1", "Rank #2", "Rank #3"))  # fmt: skip


@pytest.mark.parametrize(("heading", "ranks"), [*product(HEADINGS[:2], RANKS), *product(HEADINGS[2:], RANKS[:2])])
def test_headings_of_ranks(tmp_path: Path, heading: str, ranks: tuple[str, ...]) -> None:
    rows = [ESS + [heading.format(rank) for rank in ranks]]
    marks = [("Ann", "Bob", "undervote"), ("Bob", "Ann", "Cat"), ("undervote", "Ann", "undervote"),
             ("overvote", "Ann", "undervote"), ("undervote", "undervote", "undervote")]  # fmt: skip
    rows += [[str(i), "P", "S", *of] for i, of in enumerate(marks, 1)]
    (found,) = totals(table(tmp_path, rows)).values()
    assert found == {"Ann": 2, "Bob": 1, "Cat": 0, "(undervote)": 1, "(overvote)": 1}


@pytest.mark.parametrize("again", ["Council", "", "Council.1", "Unnamed: 4", "...5"])
def test_headings_that_programs_have_changed(tmp_path: Path, again: str) -> None:
    """A second vote of a contest: its heading is repeated or blank, and pandas and R make another of that."""
    head = [*ESS, "Council...4" if again == "...5" else "Council", again, "Sheriff"]
    found = totals(table(tmp_path, [head, ["1", "P", "S", "Ann", "Bob", "Lee"]]))
    assert found == {"Council": {"Ann": 1, "Bob": 1}, "Sheriff": {"Lee": 1}}


OF_IDS = (
    "Vote Center", "Election Day/Early", "Voting Method", "Image Path", "File Name", "Ballot Format", "Jurisdiction",
    "Adjudicated", "Voting Location Name", "Early Voting Site", "Ballot Category", "Equipment", "Town",
    "Operator", "Ballot Color", "District Name", "Is Absentee", "School District Name", "Was Remade",
    "Is.Absentee", "District_Name", "Envelope Type",
)  # fmt: skip


def test_columns_of_ids(tmp_path: Path) -> None:
    words = enumerate(["x", "y", "x"], 1)
    rows = [[*ESS, *OF_IDS, "Sheriff"], *([str(i), "P", "S", *[word] * len(OF_IDS), "Lee"] for i, word in words)]
    assert totals(table(tmp_path, rows)) == {"Sheriff": {"Lee": 3}}


def test_a_question_about_a_name_is_a_contest(tmp_path: Path) -> None:
    rows = [[*ESS, "Change of County Name", "Is Absentee"], ["1", "P", "S", "Yes", "No"], ["2", "P", "S", "No", "Yes"]]
    assert totals(table(tmp_path, rows)) == {"Change of County Name": {"Yes": 1, "No": 1}}


@pytest.mark.parametrize(("heading", "cell", "is_contest"), [
    ("Stock", "Heavy", False), ("Stock", "DEM Ann", True), ("Roads", "Yes", True), ("Coroner", "Ann", True),
    ("Straight Party", "Democratic", False)])  # fmt: skip
def test_a_column_with_one_word_in_all_rows_is_a_contest_by_its_heading_or_the_word(
    tmp_path: Path, heading: str, cell: str, is_contest: bool
) -> None:
    def read(rows: int) -> tuple[list[str], list[str]]:
        lines = [[i, "P", "S", cell, ("Lee", "Ray")[i % 2]] for i in range(rows)]
        ballots = read_cvr(table(tmp_path, [[*ESS, heading, "Sheriff"], *lines]))
        return [contest.name for contest in ballots.catalogue.contests], ballots.account.remarks

    names, remarks = read(10)
    assert names == ([heading, "Sheriff"] if is_contest else ["Sheriff"])
    assert any(remark.endswith(f": {heading}.") for remark in remarks) == (heading == "Stock" and not is_contest)
    assert heading == "Straight Party" or read(9)[0] == [heading, "Sheriff"]


@pytest.mark.parametrize("key", [
    "Number of ballots", "*** TOTAL ***", "Summary", "All", "Subtotal", "End of report", "Ballots cast: 3",
    "3 records"])  # fmt: skip
def test_rows_that_are_no_ballots(tmp_path: Path, key: str) -> None:
    rows = [[*ESS, "Sheriff"], *([str(i), "P", "S", "Lee"] for i in range(1, 4)), [key, "", "", "3"]]
    ballots = read_cvr(table(tmp_path, rows))
    assert ballots.account.steps[0].parts == {"delivered": 3, "rows without a Cast Vote Record number": 1}
    assert totals(table(tmp_path, rows)) == {"Sheriff": {"Lee": 3}}


def test_numbers_of_ballots_may_have_letters(tmp_path: Path) -> None:
    keys = ["1", "2", "3", "D12-34", "HC 001", "4a", "(redacted)"]
    file = table(tmp_path, [[*ESS, "Sheriff"], *([key, "P", "S", "Lee"] for key in keys)])
    assert totals(file) == {"Sheriff": {"Lee": 7}}


@pytest.mark.parametrize(("rows_of_precinct", "written"), [(20, 0), (19, 19)])
def test_a_question_of_some_precincts_of_a_style(tmp_path: Path, rows_of_precinct: int, written: int) -> None:
    """No row of precinct Q fills the question: it has none, unless the rows are so few that all may be write-ins."""
    rows = [[*ESS, "Sheriff", "Question"]]
    rows += [[str(i), "P", "S", "Lee", "Yes"] for i in range(30)]
    rows += [[str(100 + i), "Q", "S", "Lee", ""] for i in range(rows_of_precinct)]
    file = table(tmp_path, rows)
    assert totals(file)["Question"].get("(write-in)", 0) == written
    says = "in.csv: 20 cells were blank in a contest that no row of the precinct fills; the rows do not show it."
    assert (says in read_cvr(file).account.remarks) == (written == 0)


def test_a_list_of_ballots_beside_the_table(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    table(folder, [[*ESS, "Sheriff"], ["1", "P", "S", "Lee"]], "a.csv")
    table(folder, [["Cast Vote Record", "Batch", "Ballot Status"], ["1", "B", "Ok"]], "list.csv")
    assert totals(folder) == {"Sheriff": {"Lee": 1}}
    assert "Not read, since they hold no ballots of this format: list.csv." in read_cvr(folder).account.remarks
    (folder / "a.csv").unlink()
    assert refusal(folder) == (
        "list.csv, row 1: no column of votes stands behind the ids. Contests head the columns behind Cast Vote Record, "
        "Precinct and Ballot Style."
    )


def test_a_zip_without_a_table_of_a_known_format_is_refused_as_such(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.csv", "precinct,office\n1,SHERIFF\n")
    assert refusal(tmp_path / "x.zip").startswith(
        "x.zip: it is a zip or a workbook that holds no table of a known format. A table with a row for each voter is "
        "read as CSV or Parquet. Unpack it, or save the sheet as CSV. blocs reads dominion-csv ("
    )


# Dominion and Clear Ballot

IDS = ["CvrNumber", "TabulatorNum", "BatchId", "RecordId"]


def dominion(path: Path, heading: str, choices: Sequence[str], marks: Sequence[str], party: str = "") -> Path:
    """Write a table with one contest; marks: a row of digits for each ballot."""
    blank = [""] * len(IDS)
    above = [["Election", "5.10"], [*blank, *[heading] * len(choices)], [*blank, *choices]]
    rows = [[str(i), "1", "1", str(i), *of] for i, of in enumerate(marks, 1)]
    return table(path, [*above, [*IDS, *[party] * len(choices)], *rows])


@pytest.mark.parametrize("limit", [
    "(Vote For=2)", "(vote for 2)", "(Vote For: 2)", "(Vote for Two)", "(Vote for not more than 2)", "- Vote For 2",
    "[Vote for up to 2]", "(Vote for Two (2))"])  # fmt: skip
def test_votes_allowed(tmp_path: Path, limit: str) -> None:
    found = totals(dominion(tmp_path, f"Council {limit}", ["Ann", "Bob", "Cat"], ["110", "111", "001"]))
    assert found == {"Council": {"Ann": 1, "Bob": 1, "Cat": 1, "(overvote)": 1}}


@pytest.mark.parametrize("limit", [
    " (Number of positions=1, Number of ranks=2)",
    " (Number of positions=1; Number of ranks=2)", " (Number of ranks=2)", " (Vote For=1)", ""])  # fmt: skip
@pytest.mark.parametrize("choice", ["{}({})", "{} (Rank {})", "{}[{}]"])
def test_ranks_of_choices(tmp_path: Path, limit: str, choice: str) -> None:
    choices = [choice.format(name, rank) for rank in (1, 2) for name in ("Ann", "Bob", "Write-in")]
    found = totals(dominion(tmp_path, f"Mayor{limit}", choices, ["100010", "000100", "110000", "000000"]))
    assert found == {"Mayor": {"Ann": 2, "Bob": 0, "(overvote)": 1, "(undervote)": 1}}


def test_numbered_write_ins_are_no_ranks(tmp_path: Path) -> None:
    choices = ["Ann", "Bob", "Write-in(1)", "Write-in(2)"]
    found = totals(dominion(tmp_path, "Council (Vote For=2)", choices, ["1100", "0011", "1010"]))
    assert found == {"Council": {"Ann": 2, "Bob": 1, "(write-in)": 3}}


def test_columns_of_undervotes_and_overvotes_are_no_candidates(tmp_path: Path) -> None:
    choices, marks = ["Ann", "Bob", "Undervote", "Overvote"], ["1000", "0100", "0010", "0001", "1101"]
    expected = {"Sheriff": {"Ann": 1, "Bob": 1, "(undervote)": 1, "(overvote)": 2}}
    assert totals(dominion(tmp_path, "Sheriff (Vote For=1)", choices, marks)) == expected
    head = [f"Choice_{i}_1:Sheriff:Vote For 1:{name}:" for i, name in enumerate(choices)]
    rows = [[str(i), str(i), "P", "S", *of] for i, of in enumerate(marks, 1)]
    assert totals(table(tmp_path, [["RowNumber", "BallotID", "PrecinctID", "BallotStyleID", *head], *rows])) == expected


def test_parties_in_the_names_of_choices_where_none_stands_beside(tmp_path: Path) -> None:
    names = ["Ann Lee (DEM)", "Bob Roe [Rep]", "JO (UNA)"]
    found = totals(dominion(tmp_path, "Sheriff (Vote For=1)", names, ["100", "010", "001"]))
    assert found == {"Sheriff": {"Ann Lee <DEM>": 1, "Bob Roe <REP>": 1, "JO <UNA>": 1}}
    beside = totals(dominion(tmp_path, "Sheriff (Vote For=1)", names, ["100", "010", "001"], party="NPA"))
    assert beside == {"Sheriff": dict.fromkeys(names, 1)}


@pytest.mark.parametrize("limit", ["Vote For 1", "Vote for 1", "Vote For=1", "Choose 1", "Number of Winners 1"])
def test_a_row_of_sums_of_clear_ballot(tmp_path: Path, limit: str) -> None:
    head = [f"Choice_{i}_1:Sheriff:{limit}:{name}:" for i, name in enumerate(["Ann (D)", "Bob (R)"])]
    rows = [["RowNumber", "BallotID", "PrecinctID", "BallotStyleID", *head], ["1", "b1", "P", "S", 1, 0],
            ["Total", "", "", "", 1, 0]]  # fmt: skip
    file = table(tmp_path, rows)
    assert totals(file) == {"Sheriff": {"Ann <DEM>": 1, "Bob <REP>": 0}}
    parts = {"delivered": 1, "rows without a number and an id of a ballot": 1}
    assert read_cvr(file).account.steps[0].parts == parts


# Long and wide tables

VOTES = {"US PRESIDENT": {"ADA": 2, "BEN": 1}, "SHERIFF": {"LEE": 1, "RUIZ": 1, "(undervote)": 1}}


def listed(column: str, yes: str, no: str) -> pd.DataFrame:
    """Return a row for every candidate of every voter, and whether it is a vote."""
    stood = {"US PRESIDENT": ["ADA", "BEN"], "SHERIFF": ["LEE", "RUIZ"]}
    chosen = {1: ("ADA", "LEE"), 2: ("BEN", ""), 3: ("ADA", "RUIZ")}
    rows = [(voter, office, name, yes if name in votes else no)
            for voter, votes in chosen.items() for office, names in stood.items() for name in names]  # fmt: skip
    return pd.DataFrame(rows, columns=["voter", "office", "candidate", column])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("yes", "no"), [("x", ""), ("selected", "not selected"), ("Vote", "No Vote"), ("1", ""), ("✓", "")]
)
def test_words_for_rows_that_are_votes(yes: str, no: str) -> None:
    assert totals(listed("selected", yes, no)) == VOTES
    other = listed("Votes", yes, no)
    assert totals(other, columns={"is_vote": "Votes"}) == VOTES
    shown = f"{yes!r} and nothing" if not no else " and ".join(map(repr, sorted([yes, no])))
    assert refusal(other) == (
        f"table, column 'Votes': it says {shown}, and different ones in rows of one voter in one contest. A column "
        "that says which rows are votes must be named. Name it as 'is_vote' in `columns=`; if it says something else, "
        "take it out of the table."
    )


RANKED = pd.DataFrame([(voter, "MAYOR", name, rank) for voter, names in enumerate(["AB", "BA", "AB"])
                       for rank, name in enumerate(names, 1)],
                      columns=["voter", "office", "candidate", "rank"])  # fmt: skip


@pytest.mark.parametrize("name", ["Rank Number", "rank_order", "choice_rank", "Preference"])
def test_names_of_the_column_of_ranks(name: str) -> None:
    assert totals(RANKED.rename(columns={"rank": name})) == {"MAYOR": {"A": 2, "B": 1}}


@pytest.mark.slow
def test_a_column_that_seems_to_have_ranks_is_asked_about() -> None:
    other = RANKED.rename(columns={"rank": "pref"})
    assert refusal(other) == (
        "table, column 'pref': it says '1' and '2', and different ones in rows of one voter in one "
        "contest. A column that has the ranks of choices must be named. Name it as 'rank' in `columns=`; if it says "
        "something else, take it out of the table."
    )
    assert totals(other, columns={"rank": "pref"}) == {"MAYOR": {"A": 2, "B": 1}}
    assert totals(other, columns={"rank": ()}) == {"MAYOR": {"A": 0, "B": 0, "(overvote)": 3}}
    number = RANKED.assign(number=RANKED["candidate"].map({"A": 1, "B": 2}))  # of a candidate: not of a choice
    page = RANKED.assign(page=RANKED["voter"] % 2 + 1)
    row = RANKED.assign(row=range(len(RANKED)))
    for table_ in (number, page, row):
        assert totals(table_) == {"MAYOR": {"A": 2, "B": 1}}


TWICE = [(9, "MAYOR", "A", "1"), (9, "MAYOR", "B", "1")]
ASKED = {
    "blank": ({"": "", "1": "1", "2": "2"}, "'1', '2' and nothing"),
    "zero": ({"": "0", "1": "1", "2": "2"}, "'0', '1' and '2'"),
    "decimals": ({"": "", "1": "1.0", "2": "2.0"}, "'1.0', '2.0' and nothing"),
    "words": ({"": "", "1": "1st choice", "2": "2nd choice"}, "'1st choice', '2nd choice' and nothing"),
    "first": ({"": "First", "1": "First", "2": "Second"}, "'First' and 'Second'"),
}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize(("tie", "others"), [(TWICE, 4), ([], 1200)], ids=["a tie", "no tie, long"])
def test_ranks_beside_contests_without_any_are_asked_about(name: str, tie: list[object], others: int) -> None:
    """Whatever stands in the other contests, of which the first rows are, and if one voter gives one rank twice."""
    words, shown = ASKED[name]
    top = [(voter, "PRESIDENT", "X", "") for voter in range(others)]
    rows = [*top, *RANKED.itertuples(index=False, name=None), *tie]
    frame = pd.DataFrame(rows, columns=["voter", "office", "candidate", "Place"])
    frame["Place"] = frame["Place"].astype(str).map(words)
    assert refusal(frame) == (
        f"table, column 'Place': it says {shown}, and different ones in rows of one voter in one contest. A column "
        "that has the ranks of choices must be named. Name it as 'rank' in `columns=`; if it says something else, take "
        "it out of the table."
    )
    if name == "zero":
        return
    counted = totals(frame, columns={"rank": "Place"})
    assert counted["PRESIDENT"] == {"X": others}
    assert counted["MAYOR"] == {"A": 2, "B": 1} | ({"(overvote)": 1} if tie else {})


@pytest.mark.parametrize(
    ("cells", "shown", "wrong"),
    [
        (["yes", "no", "", "no", "yes", ""], "'no', 'yes' and nothing", "nothing in 2 rows"),
        (["VALID", "AMBIGUOUS", "VALID", "INVALID", "VALID", "VALID"], "'AMBIGUOUS', 'INVALID' and 'VALID'",
         "'AMBIGUOUS' in 1 row"),
        (["Marked", "Faint", "", "Faint", "Marked", ""], "'Faint', 'Marked' and nothing",
         "nothing in 2 rows, 'Faint' in 2 rows"),
    ],
)  # fmt: skip
def test_states_of_marks_are_asked_about(cells: list[str], shown: str, wrong: str) -> None:
    """With the role, or a name that has it, words that are neither yes nor no are refused, too."""
    rows = [(v, office, name) for v in (1, 2) for office, name in (("GOV", "A"), ("GOV", "B"), ("CLERK", "C"))]
    frame = pd.DataFrame(rows, columns=["voter", "office", "candidate"]).assign(Mark=cells)
    assert refusal(frame) == (
        f"table, column 'Mark': it says {shown}, and different ones in rows of one voter in one contest. A column "
        "that says which rows are votes must be named. Name it as 'is_vote' in `columns=`; if it says something else, "
        "take it out of the table."
    )
    says = (
        "table, column {!r}: it says {}. Whether a row is a vote is true or false, yes or no, 1 or 0. Correct the "
        "cells, or give the column another name."
    )
    assert refusal(frame, columns={"is_vote": "Mark"}) == says.format("Mark", wrong)
    assert refusal(frame.rename(columns={"Mark": "IsVote"})) == says.format("IsVote", wrong)


def test_what_is_missing_and_who_is_written_in() -> None:
    names = ["ADA", "NA", "WRITE IN: JO", "Times Over Voted", "Under Votes"]
    ballots = read_cvr(pd.DataFrame({"voter": range(5), "office": "SHERIFF", "candidate": names}))
    assert [(c.name, c.printed) for c in ballots.catalogue.candidates] == [("ADA", True), ("JO", False)]
    rows = contest_totals(ballots).set_index("candidate")["votes"].to_dict()
    assert rows == {"ADA": 1, "JO": 1, "(undervote)": 1, "(overvote)": 1, "(not readable)": 1}


def test_rows_without_an_office_are_refused() -> None:
    rows = pd.DataFrame({"voter": ["1", "Total"], "office": ["SHERIFF", None], "candidate": ["ADA", "1"]})
    assert refusal(rows) == (
        "table: 1 row has no 'office'. Every row is a mark in a contest. Fill the column, or take out rows of totals."
    )


@pytest.mark.parametrize("word", ["Total", "GRAND TOTAL", "Total votes"])
@pytest.mark.parametrize("candidate", ["ADA", "", "2"])
def test_a_total_in_place_of_a_voter_is_refused(word: str, candidate: str) -> None:
    rows = pd.DataFrame({"voter": ["1", "2", word], "office": "SHERIFF", "candidate": ["ADA", "BO", candidate]})
    assert refusal(rows) == (
        f"table, column 'voter': 1 row says {word!r}. Every row is a mark for a candidate, or none. "
        "Take out rows of totals."
    )


def test_missing_values_of_wide_tables_are_asked_about() -> None:
    rows = pd.DataFrame({"president": ["DEM", "REP"], "sheriff": ["DEM", "NA"]})
    assert refusal(rows, offices=["president", "sheriff"]) == (
        "column 'sheriff': the cell 'NA' may be a missing value. Without codes the cells have parties or words such as "
        "'none' and 'off'. Give all cells a meaning with `codes=`, 'NA' among them."
    )
    found = totals(rows.replace("NA", "third party"), offices=["president", "sheriff"])
    assert found["sheriff"] == {"DEM <DEM>": 1, "OTHER <OTHER>": 1}


def test_xml_in_utf_16_that_says_so(tmp_path: Path) -> None:
    report = (
        '<?xml version="1.0" encoding="UTF-16"?><CastVoteRecordReport><Election><Contest ObjectId="c">'
        '<Name>Sheriff</Name><ContestSelection ObjectId="s"><Selection>Lee</Selection></ContestSelection></Contest>'
        "</Election><CVR>"
        "<CurrentSnapshotId>n</CurrentSnapshotId><CVRSnapshot ObjectId='n'><CVRContest><ContestId>c</ContestId>"
        "<CVRContestSelection><ContestSelectionId>s</ContestSelectionId><SelectionPosition><HasIndication>yes"
        "</HasIndication></SelectionPosition></CVRContestSelection></CVRContest></CVRSnapshot></CVR></CastVoteRecordReport>"
    )
    file = tmp_path / "r.xml"
    file.write_text(report, encoding="utf-16")
    assert totals(file) == {"Sheriff": {"Lee": 1}}


@pytest.mark.parametrize("headings", [
    ("Mayor 1st", "Mayor 2nd"), ("Mayor Column 1", "Mayor Column 2"), ("Mayor (Column 1)", "Mayor (Column 2)"),
    ("Mayor - First", "Mayor - Second"), ("Mayor Col. 1 (97)", "Mayor Col. 2 (98)"), ("Mayor Ch. 1", "Mayor Ch. 2"),
    ("Mayor (Ranked) 1 of 2", "Mayor (Ranked) 2 of 2")])  # fmt: skip
def test_headings_that_may_be_ranks_are_if_the_names_come_again(tmp_path: Path, headings: tuple[str, str]) -> None:
    rows = [(1, "P", "S", "Ann", "Bob"), (2, "P", "S", "Bob", "Ann"), (3, "P", "S", "undervote", "Bob")]
    [(contest, found)] = totals(table(tmp_path, [[*ESS, *headings], *rows])).items()
    assert contest in ("Mayor", "Mayor (Ranked)")
    assert found == {"Ann": 1, "Bob": 2}
    rows = [(1, "P", "S", "Ann", "Cat"), (2, "P", "S", "Bob", "Dan"), (3, "P", "S", "undervote", "Dan")]
    found = totals(table(tmp_path, [[*ESS, *headings], *rows]))
    assert list(found.values()) == [{"Ann": 1, "Bob": 1, "(undervote)": 1}, {"Cat": 1, "Dan": 2}]


@pytest.mark.parametrize("headings", [
    ("Mayor - 1", "Mayor - 2"), ("Mayor (1)", "Mayor (2)"), ("1. Mayor", "2. Mayor"), ("Mayor_1", "Mayor_2"),
    ("Mayor 1 of 2", "Mayor 2 of 2"), ("Mayor #1 (97)", "Mayor #2 (98)"), ("Mayor No. 1", "Mayor No. 2"),
    ("Mayor 1", "Mayor 2")])  # fmt: skip
def test_numbers_that_may_be_ranks_or_votes_are_asked_about(tmp_path: Path, headings: tuple[str, str]) -> None:
    rows = [(1, "P", "S", "Ann", "Bob"), (2, "P", "S", "Ann", "Cat"), (3, "P", "S", "Bob", "Cat"),
            (4, "P", "S", "Cat", "Ann"), (5, "P", "S", "Bob", "undervote")]  # fmt: skip
    file = table(tmp_path, [[*ESS, *headings], *rows])
    assert refusal(file) == (
        f"numbered, {file.name}: the same names stand under {headings[0]!r} and {headings[1]!r}. Such columns are the "
        "ranks of one contest, several votes in one contest, or contests of their own. Say which: \"ranks\", \"votes\" "
        'or "contests".'
    )
    assert totals(file, numbered="ranks") == {"Mayor": {"Ann": 2, "Bob": 2, "Cat": 1}}
    own = totals(file, numbered="contests")
    assert list(own.values()) == [{"Ann": 2, "Bob": 2, "Cat": 1}, {"Bob": 1, "Cat": 2, "Ann": 1, "(undervote)": 1}]


def test_numbered_columns_as_votes_in_ballot_order_and_with_other_names(tmp_path: Path) -> None:
    headings = ("Mayor - 1", "Mayor - 2")
    rows = [(1, "P", "S", "Ann", "Bob"), (2, "P", "S", "Ann", "Cat"), (3, "P", "S", "Bob", "Cat")]
    file = table(tmp_path, [[*ESS, *headings], *rows])
    assert totals(file, numbered="votes") == {"Mayor": {"Ann": 2, "Bob": 2, "Cat": 2}}
    assert "'Mayor - 1' and 'Mayor - 2' were read as votes" in str(read_cvr(file, numbered="votes").account)
    rows = [(1, "P", "S", "Ann", "Bob"), (2, "P", "S", "Bob", "Cat"), (3, "P", "S", "Ann", "Cat")]  # in ballot order
    assert "the same names stand under" in refusal(table(tmp_path, [[*ESS, *headings], *rows]))
    rows = [(1, "P", "S", "Ann", "Cat"), (2, "P", "S", "Bob", "Dan"), (3, "P", "S", "undervote", "Dan"),
            (4, "P", "S", "No Candidate", "No Candidate")]  # fmt: skip
    found = totals(table(tmp_path, [[*ESS, *headings], *rows]))
    assert [set(of) for of in found.values()] == [
        {"Ann", "Bob", "No Candidate", "(undervote)"}, {"Cat", "Dan", "No Candidate"}
    ]  # fmt: skip


def test_numbered_columns_with_other_names_are_named_as_contests_of_their_own(tmp_path: Path) -> None:
    heads = ["Mayor 1", "Mayor 2", "Trustee #1", "Trustee #2", "Governor"]
    rows = [(1, "P", "S", "Ann", "Bob", "Kim", "Lou", "Al"), (2, "P", "S", "Ann", "Cat", "Lou", "Kim", "Al")]
    file = table(tmp_path, [[*ESS, *heads], *rows])
    assert list(totals(file, numbered="ranks")) == ["Mayor 1", "Mayor 2", "Trustee", "Governor"]
    account = str(read_cvr(file, numbered="ranks").account)
    assert (
        f"{file.name}: 'Mayor 1' and 'Mayor 2' do not have the same names, and were read as contests of their own; "
        "if they are one, name 'Mayor' in `numbered=`."
    ) in account
    assert "contests of their own" not in str(read_cvr(file, numbered="contests").account)
    named = {"mayor": "ranks", "Trustee": "votes"}
    assert totals(file, numbered=named) == {
        "Mayor": {"Ann": 2, "Bob": 0, "Cat": 0}, "Trustee": {"Kim": 2, "Lou": 2}, "Governor": {"Al": 2}
    }  # fmt: skip
    with pytest.raises(InputError) as caught:
        read_cvr(file, numbered={"Mayro": "rank"})
    assert str(caught.value) == (
        "3 faults:\n"
        "  - numbered: 'rank' is no meaning of numbered columns. It is one of ranks, votes, contests. Nearest match: "
        "ranks.\n"
        f"  - numbered, {file.name}: no numbered columns are of a contest 'Mayro'. They are of 'Trustee', 'Mayor'. "
        "Nearest match: Mayor.\n"
        f"  - numbered, {file.name}: the same names stand under 'Trustee #1' and 'Trustee #2'. Such columns are the "
        "ranks of one contest, several votes in one contest, or contests of their own. Say which: \"ranks\", \"votes\" "
        "or \"contests\"."
    )


def test_a_contest_of_numbered_that_no_file_has_is_refused(tmp_path: Path) -> None:
    files = []
    for name, office in (("a", "Mayor"), ("b", "Judge")):
        (tmp_path / name).mkdir()
        rows = [(1, "P", "S", "Ann", "Bob"), (2, "P", "S", "Al", "Cat")]
        made = table(tmp_path / name, [[*ESS, f"{office} 1", f"{office} 2"], *rows])
        files.append(made.rename(made.with_name(f"{name}{made.suffix}")))
    both = read_cvr(files, numbered={"Mayor": "votes", "Judge": "votes"})
    assert [(k.name, k.votes) for k in both.catalogue.contests] == [("Mayor", 2), ("Judge", 2)]
    with pytest.raises(InputError) as caught:
        read_cvr(files, numbered={"Mayor": "votes", "Jugde": "votes"})
    assert str(caught.value) == (
        "numbered: no numbered columns are of a contest 'Jugde'. They are of 'Mayor', 'Judge'. Nearest match: Judge."
    )
    with pytest.raises(InputError) as caught:
        read_cvr(files[0], numbered={"Mayor": "votes", "Judge": "votes"})
    assert str(caught.value) == "numbered: no numbered columns are of a contest 'Judge'. They are of 'Mayor'."
    plain = table(tmp_path, [[*ESS, "Mayor"], (1, "P", "S", "Ann"), (2, "P", "S", "Bob")])
    with pytest.raises(InputError) as caught:
        read_cvr(plain, numbered={"Mayor": "votes"})
    assert str(caught.value) == "numbered: no numbered columns are of a contest 'Mayor'. No columns are numbered."


def test_one_word_is_for_all_numbered_columns_where_no_name_comes_again(tmp_path: Path) -> None:
    file = table(tmp_path, [[*ESS, "Mayor 1", "Mayor 2"], (1, "P", "S", "Ann", "Bob"), (2, "P", "S", "Ann", "Cat")])
    assert list(totals(file)) == ["Mayor 1", "Mayor 2"]
    assert totals(file, numbered="ranks") == {"Mayor": {"Ann": 2, "Bob": 0, "Cat": 0}}


def test_a_name_at_a_late_rank_alone_hides_no_ranks(tmp_path: Path) -> None:
    rows = [(1, "P", "S", "Ann", "Bob", "Cy"), (2, "P", "S", "Bob", "undervote", "undervote"),
            (3, "P", "S", "undervote", "Ann", "undervote")]  # fmt: skip
    assert "the same names stand under" in refusal(table(tmp_path, [[*ESS, "Mayor 1", "Mayor 2", "Mayor 3"], *rows]))
    for heads in (["RCV Mayor Pref 1", "RCV Mayor Pref 2", "RCV Mayor Pref 3"],
                  ["RCV Mayor Primera Opción", "RCV Mayor Segunda Opción", "RCV Mayor Tercera Opción"]):  # fmt: skip
        assert totals(table(tmp_path, [[*ESS, *heads], *rows])) == {"RCV Mayor": {"Ann": 2, "Bob": 1, "Cy": 0}}


def test_a_title_above_a_table_is_read_past(tmp_path: Path) -> None:
    ess = [["Cast votes", "of Example County"], [], [*ESS, "Mayor"], (1, "P", "S", "Ann"), (2, "P", "S", "Bob")]
    clear = [["Example County"], ["RowNumber", "BallotID", "PrecinctID", "BallotStyleID",
                                  *(f"Choice_{n}_1:Mayor:Vote For 1:{name}:" for n, name in enumerate(("Ann", "Bob")))],
             (1, 11, 1, 1, 1, 0), (2, 12, 1, 1, 0, 1)]  # fmt: skip
    dominion = [["Example County"], ["Exported in November"], ["2024 General", "5.10"],
                ["", "", "Mayor (Vote For=1)", "Mayor (Vote For=1)"], ["", "", "Ann", "Bob"],
                ["CvrNumber", "TabulatorNum", "", ""], (1, 1, 1, 0), (2, 1, 0, 1)]  # fmt: skip
    for rows, titles in (
        (ess, "1 line above the header: Cast votes of Example County"),
        (clear, "1 line above the header: Example County"),
        (dominion, "2 lines above the header: Example County, Exported in November"),
    ):
        file = table(tmp_path, rows)
        assert totals(file) == {"Mayor": {"Ann": 1, "Bob": 1}}
        assert f"{file.name}: read past {titles}." in str(read_cvr(file).account)


@pytest.mark.parametrize("title", ["Votes of a county\n", "Votes of a county,,\n", '"Votes, as cast"\n\n', "sep=,\n"])
def test_a_title_above_a_long_or_wide_table_is_refused(tmp_path: Path, title: str) -> None:
    for text, options in (
        ("voter,office,candidate\n1,Mayor,Ann\n2,Mayor,Bob\n", {}),
        ("voter,mayor,sheriff\n1,DEM,REP\n2,REP,DEM\n", {"offices": ["mayor"]}),
    ):
        file = tmp_path / "t.csv"
        file.write_text(title + text)
        first = text.partition("\n")[0]
        with pytest.raises(InputError) as caught:
            read_cvr(file, **options)
        assert str(caught.value) == (
            f"t.csv: line 1 is {title.strip().strip(',').strip(chr(34))!r} alone, which seems to be a title. The first "
            f"line names the columns. If {first!r} names them, take out what stands above it."
        )


@pytest.mark.parametrize("text", ["answer\nyes; no\nno; yes\n", "answer\nyes\nno; yes\n", "id,\n1,2\n3,4\n"])
def test_a_table_of_one_name_has_no_title(tmp_path: Path, text: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text(text)
    assert len(plain_table(file)) == 2


def test_numbers_of_ranks_beside_other_numbers_and_words(tmp_path: Path) -> None:
    heads = [f"District {d} Council (Ranked Choice) {rank} of 2" for d in (1, 2) for rank in (1, 2)]
    rows = [(1, "P", "S", "Ann", "Bob", "Di", "Ed"), (2, "P", "S", "Bob", "Ann", "Ed", "Di")]
    assert totals(table(tmp_path, [[*ESS, *heads], *rows])) == {
        "District 1 Council (Ranked Choice)": {"Ann": 1, "Bob": 1},
        "District 2 Council (Ranked Choice)": {"Di": 1, "Ed": 1},
    }


@pytest.mark.parametrize(("headings", "cells"), [
    (("Council Seat 1", "Council Seat 2"), ("No candidate", "No candidate")),
    (("Ward 1 Council", "Ward 2 Council"), ("Nobody", "Nobody")), (("Question 1", "Question 2"), ("Yes", "No")),
    (("Batch 1", "Batch 2"), ("a", "a")), (("Proposition 1", "Proposition 2"), ("For", "For"))])  # fmt: skip
def test_numbers_that_are_no_ranks(tmp_path: Path, headings: tuple[str, str], cells: tuple[str, str]) -> None:
    found = totals(table(tmp_path, [[*ESS, *headings, "Mayor"], [1, "P", "S", *cells, "Lee"]]))
    assert [*found] == (["Mayor"] if "Batch 1" in headings else [*headings, "Mayor"])


def test_numbered_questions_are_no_ranks(tmp_path: Path) -> None:
    rows = [(1, "P", "S", "Yes", "No"), (2, "P", "S", "No", "No"), (3, "P", "S", "Yes", "undervote")]
    found = totals(table(tmp_path, [[*ESS, "School Choice 1", "School Choice 2"], *rows]))
    assert found == {"School Choice 1": {"Yes": 2, "No": 1}, "School Choice 2": {"No": 2, "(undervote)": 1}}


def test_codes_of_parties_that_are_names_of_persons(tmp_path: Path) -> None:
    """"CON" is the Conservative party where codes stand beside the other names, and a name where none does."""
    rows = [[*ESS, "Mayor"], (1, "P", "S", "CON DOYLE"), (2, "P", "S", "JOHN CON"), (3, "P", "S", "ANN LEE")]
    assert totals(table(tmp_path, rows)) == {"Mayor": {"CON DOYLE": 1, "JOHN CON": 1, "ANN LEE": 1}}
    rows = [[*ESS, "Mayor"], (1, "P", "S", "CON DOYLE"), (2, "P", "S", "DEM ANN LEE"), (3, "P", "S", "DEM ANN LEE")]
    assert totals(table(tmp_path, rows)) == {"Mayor": {"DOYLE <CON>": 1, "ANN LEE <DEM>": 2}}


def test_codes_in_small_letters_where_names_have_both_large_parties(tmp_path: Path) -> None:
    names = ("Dem Harris / Walz", "Rep Trump / Vance", "Lbt Oliver / Ter Maat", "Stein / Ware")
    rows = [(i, "P", "S", name) for i, name in enumerate(names)]
    assert totals(table(tmp_path, [[*ESS, "President"], *rows])) == {"President": {
        "Harris / Walz <DEM>": 1, "Trump / Vance <REP>": 1, "Oliver / Ter Maat <LBT>": 1, "Stein / Ware": 1,
    }}  # fmt: skip
    rows = [(i, "P", "S", name) for i, name in enumerate(("Ann Lee i Dem", "Bo Roe Rep", "Di Day, Ind"))]
    found = totals(table(tmp_path, [[*ESS, "Mayor"], *rows]))
    assert found == {"Mayor": {"Ann Lee <DEM>": 1, "Bo Roe <REP>": 1, "Di Day <IND>": 1}}
    rows = [(i, "P", "S", name) for i, name in enumerate(("Rep Ann Lee", "Sen Bo Roe"))]
    assert totals(table(tmp_path, [[*ESS, "Mayor"], *rows])) == {"Mayor": {"Rep Ann Lee": 1, "Sen Bo Roe": 1}}


def test_brackets_that_held_a_rank_alone(tmp_path: Path) -> None:
    rows = [(1, "P", "S", "Ann", "Bob"), (2, "P", "S", "Bob", "Ann")]
    file = table(tmp_path, [[*ESS, "Mayor (Preference 1)", "Mayor (Preference 2)"], *rows])
    assert totals(file) == {"Mayor": {"Ann": 1, "Bob": 1}}


@pytest.mark.parametrize(("content", "message"), [
    (bytes(257) + b"ustar" + bytes(250), "it is an archive (.tar), not ballots. Unpack it, or make it a zip."),
    (b"7z\xbc\xaf\x27\x1c" + bytes(40), "it is an archive of 7-Zip (.7z), not ballots. Unpack it, or make it a zip."),
    (b"Rar!\x1a\x07\x01" + bytes(40), "it is an archive of RAR (.rar), not ballots. Unpack it, or make it a zip."),
    (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
     "it is a spreadsheet in the XML of Excel 2003, not ballots. Open it in a spreadsheet program and save it as .xlsx "
     "or CSV.")])  # fmt: skip
def test_containers_that_are_not_read(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "cvr.xls").write_bytes(content)
    assert refusal(tmp_path / "cvr.xls") == f"cvr.xls: {message}"


def test_skipped_and_unresolved_are_no_candidates(tmp_path: Path) -> None:
    rows = [[*ESS, "Mayor"], (1, "P", "S", "Ann"), (2, "P", "S", "Skipped"), (3, "P", "S", "Unresolved")]
    assert totals(table(tmp_path, rows)) == {"Mayor": {"Ann": 1, "(undervote)": 1, "(not readable)": 1}}


def test_several_names_in_one_cell_are_refused(tmp_path: Path) -> None:
    rows = [(1, "P", "S", "Adams; Baker", ""), (2, "P", "S", "Adams", "Cole"), (3, "P", "S", "Baker", "Cole")]
    assert refusal(table(tmp_path, [[*ESS, "Council", "Council"], *rows])) == (
        "in.csv, 'Council': the cell 'Adams; Baker' has several names. A cell has one vote. "
        "Export the table with a column for each vote."
    )


def test_a_party_of_few_votes_one_letter_from_a_common_one_is_refused_in_a_wide_table() -> None:
    frame = pd.DataFrame({"PRES": ["DEM"] * 100 + ["REP"] * 99 + ["DEMCORAT"]})
    assert refusal(frame, offices=["PRES"]) == (
        "column 'PRES': the party 'DEMCORAT' of 1 vote is one letter from 'democrat'. A party of few votes with nearly "
        "the name of a common one is taken for a slip. Nearest match: DEM. Correct it, or give it a name of its own "
        "with `codes=`."
    )
    whig = pd.DataFrame({"PRES": ["WHIG"] * 100 + ["REP"] * 99 + ["WHIGGERY"]})
    assert len(read_cvr(whig, offices=["PRES"]).catalogue.candidates) == 3


@pytest.mark.parametrize("name", ["President of the Senate", "Senate President", "Council President"])
def test_presidents_of_other_bodies(tmp_path: Path, name: str) -> None:
    ballots = read_cvr(table(tmp_path, [[*ESS, name], (1, "P", "S", "Ann")]))
    assert [contest.office for contest in ballots.catalogue.contests] == [name]


def test_numbers_in_a_wide_table_without_codes_are_refused() -> None:
    frame = pd.DataFrame({"PRES": ["DEM", "REP", "DEM"], "SEN": ["DEM", "7", "8.0"]})
    assert refusal(frame, offices=["PRES", "SEN"]) == (
        "column 'SEN': a number stands in the cell '7' and 1 other cell. Without codes the cells have parties or words "
        "such as 'none' and 'off'. Give all cells a meaning with `codes=`."
    )


@pytest.mark.parametrize(("ann", "bob"), [
    ("Democratic Ann Lee", "Republican Bob Roe"), ("(D) Ann Lee", "(R) Bob Roe"), ("[D] Ann Lee", "[R] Bob Roe"),
    ("(D) Ann Lee", "Bob Roe (R)")])  # fmt: skip
def test_words_and_letters_of_parties_before_names(tmp_path: Path, ann: str, bob: str) -> None:
    rows = [[*ESS, "Governor"], ["1", "P", "S", ann], ["2", "P", "S", bob]]
    assert totals(table(tmp_path, rows)) == {"Governor": {"Ann Lee <DEM>": 1, "Bob Roe <REP>": 1}}


@pytest.mark.parametrize("words", [("(C) Bonds", "(D) None of these"), ("Republican Party", "Democratic ticket")])
def test_letters_and_words_that_are_no_parties(tmp_path: Path, words: tuple[str, str]) -> None:
    rows = [[*ESS, "Question 1"], *([str(i), "P", "S", word] for i, word in enumerate(words, 1))]
    assert totals(table(tmp_path, rows)) == {"Question 1": dict.fromkeys(words, 1)}


def test_columns_that_are_no_contests_by_their_cells_are_named(tmp_path: Path) -> None:
    rows = [[*ESS, "Ballot GUID", "Key", "Sheriff"], *([str(i), "P", "S", f"a{i}", i, "Lee"] for i in (1, 2))]
    ballots = read_cvr(table(tmp_path, rows))
    assert ballots.account.remarks[0] == (
        "in.csv: no contests, by their cells (numbers alone, one word in all rows, or hardly any cell twice): Key."
    )
    assert [contest.name for contest in ballots.catalogue.contests] == ["Sheriff"]


def test_a_folder_with_tables_of_two_vendors_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "county"
    folder.mkdir()
    table(folder, [[*ESS, "Sheriff"], ["1", "P", "S", "Lee"]], "ess.csv")
    table(folder, [["2024"], ["", "", "Sheriff (Vote For=1)"], ["", "", "Lee"], ["CvrNumber", "TabulatorNum", "REP"],
                   [1, 1, 1]], "dominion.csv")  # fmt: skip
    assert refusal(folder) == (
        "county: it holds files of the formats dominion-csv and ess. A folder or zip is the export of one vendor. Name "
        "the one to read with `format=`, or give each file by its name."
    )
    assert totals(folder, format="ess") == {"Sheriff": {"Lee": 1}}
    assert totals([folder / "ess.csv", folder / "dominion.csv"]) == {"Sheriff": {"Lee <REP>": 2}}


@pytest.mark.parametrize("key", ["", "REDACTED", "***"])
def test_equal_rows_without_ids_are_ballots_of_voters_who_agree(tmp_path: Path, key: str) -> None:
    ballots = read_cvr(table(tmp_path, [[*ESS, "Sheriff"], *[[key, "P", "S", "Lee"]] * 3, [key, "P", "S", "Ruiz"]]))
    assert ballots.account.steps[0].sentence() == "Records read: 4 rows (4 delivered)."
    assert contest_totals(ballots)["votes"].to_list() == [3, 1]


def test_other_headings_of_ids(tmp_path: Path) -> None:
    head = ["Cast Vote Record Number", "Precinct ID", "Precinct Name", "Ballot Style Name", "Sheriff"]
    ballots = read_cvr(table(tmp_path, [head, ["1", "7", "P", "S", "Lee"], ["2", "7", "P", "S", "Lee"], head]))
    assert [contest.name for contest in ballots.catalogue.contests] == ["Sheriff"]
    assert ballots.account.steps[0].sentence() == "Records read: 3 rows (2 delivered; 1 repeated header rows)."


@pytest.mark.parametrize("blank", ["", "NA", "nan", "NULL", "Not on ballot"])
def test_what_programs_write_in_blank_cells(tmp_path: Path, blank: str) -> None:
    rows = [["1", "P", "S", "Ann", blank], ["2", "P", "S", "Bob", blank], ["3", "P", "T", blank, "Cy"]]
    found = totals(table(tmp_path, [[*ESS, "Mayor", "Clerk"], *rows]))
    assert found == {"Mayor": {"Ann": 1, "Bob": 1}, "Clerk": {"Cy": 1}}


@pytest.mark.parametrize("withheld", ["***", "XXX", "REDACTED", "---"])
def test_what_is_withheld_is_no_blank_cell(tmp_path: Path, withheld: str) -> None:
    rows = [["1", "P", "S", "Ann"], ["2", "P", "S", withheld]]
    assert totals(table(tmp_path, [[*ESS, "Mayor"], *rows])) == {"Mayor": {"Ann": 1, "(not readable)": 1}}


def test_a_candidate_may_be_called_x(tmp_path: Path) -> None:
    rows = [[*ESS, "Club"], *([str(i), "P", "S", cell] for i, cell in enumerate(["X", "Y", "XX"]))]
    assert totals(table(tmp_path, rows)) == {"Club": {"X": 1, "Y": 1, "(not readable)": 1}}


@pytest.mark.parametrize("blank", [".", "_"])
def test_headings_in_which_programs_have_replaced_blanks(tmp_path: Path, blank: str) -> None:
    head = [name.replace(" ", blank) for name in (*ESS, "Council District 3")]
    assert totals(table(tmp_path, [head, ["1", "P", "S", "Ann"]])) == {head[-1]: {"Ann": 1}}


def test_a_table_with_one_word_of_a_vendor_is_no_export_of_it(tmp_path: Path) -> None:
    file = table(tmp_path, [["BallotID", "Contest Name", "Choice Name", "Marked"], ["1", "Governor", "Ann", "Y"]])
    assert refusal(file).startswith("in.csv: it is a table whose columns do not say that it holds ballots. ")


def test_stars_of_incumbents(tmp_path: Path) -> None:
    rows = [[str(i), "P", "S", name] for i, name in enumerate(("Ann (DEM)*", "*Ann (DEM)", "Bob*", "Bob"))]
    assert totals(table(tmp_path, [[*ESS, "Mayor"], *rows])) == {"Mayor": {"Ann <DEM>": 2, "Bob": 2}}


# Long tables


def test_roles_of_columns_say_that_a_table_is_long(tmp_path: Path) -> None:
    path = table(tmp_path, [["Stimmzettel", "Wahl", "Kandidat"], [1, "Rat", "Ann"], [2, "Rat", "UNDERVOTE"]])
    roles = {"voter": "Stimmzettel", "office": "Wahl", "candidate": "Kandidat"}
    assert totals(path, columns=roles) == {"Rat": {"Ann": 1, "(undervote)": 1}}


@pytest.mark.parametrize("names", [("CVR_ID", "Office", "Candidate"), ("cvrId", "CONTEST", "Choice")])
def test_usual_names_of_columns_in_any_case(tmp_path: Path, names: tuple[str, str, str]) -> None:
    assert totals(table(tmp_path, [names, [1, "MAYOR", "ANN"], [2, "MAYOR", "BOB"]])) == {"MAYOR": {"ANN": 1, "BOB": 1}}


def test_numbers_of_rows_are_no_counts(tmp_path: Path) -> None:
    marks = [[voter, "MAYOR", "ANN" if voter % 2 else "BOB", voter] for voter in range(1, 7)]
    assert totals(table(tmp_path, [["voter", "office", "candidate", "n"], *marks])) == {"MAYOR": {"ANN": 3, "BOB": 3}}


@pytest.mark.parametrize("name", ["votes", "Vote Count", "BALLOTS"])
def test_counts_of_votes_are_no_ballots(tmp_path: Path, name: str) -> None:
    path = table(tmp_path, [["voter", "office", "candidate", name], ["P1", "MAYOR", "ANN", "1,120"],
                            ["P1", "MAYOR", "BOB", 1]])  # fmt: skip
    assert refusal(path) == (
        f"in.csv, column {name!r}: it has whole numbers, some above 1. Every row of a long table is one mark of one "
        "voter, and counts of votes are not read. Read the ballots themselves; if the column says something else, take "
        "it out of the table."
    )


@pytest.mark.parametrize("word", ["Total", "GRAND TOTAL", "Sub-total:", "Total votes cast"])
def test_rows_of_totals_in_long_tables_are_refused(tmp_path: Path, word: str) -> None:
    path = table(tmp_path, [["voter", "office", "candidate"], [1, "MAYOR", "ANN"], [2, "MAYOR", word]])
    assert refusal(path) == (
        f"in.csv, column 'candidate': 1 row says {word!r}. Every row is a mark for a candidate, or none. Take out rows "
        "of totals."
    )


# XML


@pytest.mark.parametrize(("says", "votes"), [
    ("<Overvoted>false</Overvoted>", {"Ann": 1}), ("<Overvoted>0</Overvoted>", {"Ann": 1}),
    ("<Overvoted />", {"Ann": 0, "(overvote)": 1}), ("<Overvoted>true</Overvoted>", {"Ann": 0, "(overvote)": 1})])
def test_an_element_that_says_false(tmp_path: Path, says: str, votes: dict[str, int]) -> None:
    file = tmp_path / "1.xml"
    option = "<Option><Name>Ann</Name><Value>1</Value></Option>"
    file.write_text(f"<Cvr><Contests><Contest><Name>Mayor</Name><Options>{option}</Options>{says}</Contest></Contests>"
                    "<CvrGuid>a</CvrGuid></Cvr>")  # fmt: skip
    assert totals(file) == {"Mayor": votes}
