"""Small files that were read wrong without a word, or refused with the wrong reason: a kind each."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from blocs.ballots import Ballots, read_cvr
from blocs.core.errors import InputError

ESS = "Cast Vote Record,Precinct,Ballot Style,"


def put(folder: Path, text: str) -> Path:
    path = folder / "t.csv"
    path.write_text(text)
    return path


def votes(ballots: Ballots) -> dict[str, int]:
    marks = ballots.options[ballots.options["choice"] >= 0]
    names = [ballots.catalogue.candidates[choice].name for choice in marks["choice"]]
    return dict(zip(names, marks["votes"].tolist(), strict=True))


def test_columns_of_nothing_behind_a_contest_are_no_votes_of_it(tmp_path: Path) -> None:
    """A spreadsheet writes them; the contest allowed three votes."""
    ballots = read_cvr(put(tmp_path, ESS + "Mayor,,\n1,P,S,Ann,,\n2,P,S,Bo,,\n"))
    assert [contest.votes for contest in ballots.catalogue.contests] == [1]
    assert votes(ballots) == {"Ann": 1, "Bo": 1}
    two = read_cvr(put(tmp_path, ESS + "Council,\n1,P,S,Ann,Bo\n2,P,S,Bo,\n"))
    assert [contest.votes for contest in two.catalogue.contests] == [2]


def test_numbers_that_a_spreadsheet_has_cut_are_no_ids(tmp_path: Path) -> None:
    """Two ballots became one in an ES&S table, and two voters one in a long table."""
    ballots = read_cvr(put(tmp_path, ESS + "Mayor\n1.23E+11,P,S,Ann\n1.23E+11,P,S,Bo\n1.23E+11,P,S,Ann\n"))
    assert votes(ballots) == {"Ann": 2, "Bo": 1}
    with pytest.raises(InputError) as caught:
        read_cvr(put(tmp_path, "cvr_id,office,candidate\n1.23E+11,Mayor,Ann\n1.23E+11,Mayor,Bo\n"))
    assert str(caught.value) == (
        "t.csv, column 'cvr_id': it says '1.23E+11'. Every voter has a number of their own, and a spreadsheet has cut "
        "long ones. Export the table again, and do not save it in a spreadsheet program."
    )


def test_numbers_that_programs_write_shorter_are_ids(tmp_path: Path) -> None:
    """R writes the hundred thousandth voter so; the table was refused."""
    rows = [f"{voter},Mayor,{name}" for voter, name in (("99999", "Ann"), ("1e+05", "Bo"), ("2E+7", "Bo"))]
    assert votes(read_cvr(put(tmp_path, "\n".join(["cvr_id,office,candidate", *rows, ""])))) == {"Ann": 1, "Bo": 2}
    for cut in ("1.23E+05", "1E+12", "1,2E+4"):
        with pytest.raises(InputError, match="a spreadsheet has cut long ones"):
            read_cvr(put(tmp_path, f'cvr_id,office,candidate\n"{cut}",Mayor,Ann\n'))


@pytest.mark.parametrize("second", ["candidate", "Candidate", "CANDIDATE"])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, second: str) -> None:
    """The first was read, and the other one left without a word."""
    path = put(tmp_path, f"cvr_id,office,candidate,{second}\n1,Mayor,Ann,Bo\n2,Mayor,Bo,Ann\n")
    with pytest.raises(InputError) as caught:
        read_cvr(path)
    assert str(caught.value) == (
        f"t.csv: 'candidate' and '{second}_1' both say the candidate. Columns that differ in case, blanks or a number "
        "that was added are of one name. Name the one to read as 'candidate' in `columns=`, or take the other one out "
        "of the table."
    )
    assert votes(read_cvr(path, columns={"candidate": f"{second}_1"})) == {"Ann": 1, "Bo": 1}


@pytest.mark.parametrize(("name", "cells"), [("mark_density", ("95", "3")), ("IsAmbiguous", ("false", "true"))])
def test_columns_that_say_how_a_mark_was_read_are_named(tmp_path: Path, name: str, cells: tuple[str, str]) -> None:
    rows = [f"{i},Mayor,{('Ann', 'Bo')[i % 2]},{cells[i % 3 == 1]}" for i in range(6)]
    path = put(tmp_path, "\n".join([f"cvr_id,office,candidate,{name}", *rows, ""]))
    assert read_cvr(path).account.remarks == (
        f"Column {name!r} says how marks were read, and is not followed: every row was read as a mark. If rows are no "
        "votes, name a column that says which are votes as 'is_vote' (`columns=`).",
    )
    assert read_cvr(path, columns={"is_vote": ()}).account.remarks == ()
    same = put(tmp_path, path.read_text().replace(f",{cells[1]}\n", f",{cells[0]}\n"))
    assert read_cvr(same).account.remarks == ()


def test_a_heading_that_says_fewer_votes_than_it_has_columns(tmp_path: Path) -> None:
    text = ESS + "Mayor (Vote for 1),Mayor (Vote for 1)\n1,P,S,Ann,Bo\n2,P,S,Bo,Ann\n3,P,S,Ann,undervote\n"
    ballots = read_cvr(put(tmp_path, text))
    assert [contest.votes for contest in ballots.catalogue.contests] == [2]
    assert ballots.account.remarks == (
        "t.csv: 2 columns are headed 'Mayor (Vote for 1)', which says fewer votes; they were read as 2 votes in one "
        "contest. If they are ranks or contests of their own, give them different headings.",
    )


@pytest.mark.parametrize("name", ["quantity", "Weight", "votes_cast", "Total"])
def test_more_names_of_columns_of_counts(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_cvr(put(tmp_path, f"cvr_id,office,candidate,{name}\n1,Mayor,Ann,10\n2,Mayor,Bo,5\n"))
    assert str(caught.value).startswith(f"t.csv, column {name!r}: it has whole numbers, some above 1. Every row of a ")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("columns", [("contest", "choice"), ("office", "choice"), ("contest", "candidate")])
def test_columns_called_as_those_made_on_the_way(tmp_path: Path, kind: str, columns: tuple[str, str]) -> None:
    """Parquet files with a column `contest` were refused as damaged."""
    table = pd.DataFrame({"cvr_id": [1, 2, 3], columns[0]: ["M", "M", "M"], columns[1]: ["Ann", "Bo", "Ann"]})
    path = tmp_path / f"t.{kind}"
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    assert votes(read_cvr(path)) == {"Ann": 2, "Bo": 1}


def test_a_column_choice_beside_the_candidate(tmp_path: Path) -> None:
    ballots = read_cvr(put(tmp_path, "cvr_id,office,candidate,choice\n1,Mayor,Ann,1\n2,Mayor,Bo,1\n"))
    assert votes(ballots) == {"Ann": 1, "Bo": 1}


def test_letters_as_web_pages_write_them(tmp_path: Path) -> None:
    text = ESS + "Mayor\n1,P,S,Ann O&#39;Hara\n2,P,S,ANN O'HARA\n3,P,S,Bo &amp; Di\n4,P,S,Bo & Di\n5,P,S,Mu&ntilde;oz\n"
    assert votes(read_cvr(put(tmp_path, text))) == {"Ann O'Hara": 2, "Bo & Di": 2, "Muñoz": 1}
    assert votes(read_cvr(put(tmp_path, ESS + "Mayor\n1,P,S,Cat&dog; Ltd\n"))) == {"Cat&dog; Ltd": 1}


def test_an_office_of_a_wide_table_that_is_named_twice(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_cvr(put(tmp_path, "Pres,Sher\nDEM,REP\n"), format="wide", offices=["Pres", "Sher", "Pres"])
    assert str(caught.value) == "offices: 'Pres' is named twice. Each column is one office."


@pytest.mark.parametrize("line", ["Registered Voters", "BALLOTS CAST", "Cards Cast"])
def test_lines_of_a_report_are_no_candidates(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError) as caught:
        read_cvr(put(tmp_path, f"cvr_id,office,candidate\n1,Mayor,Ann\n2,Mayor,{line}\n"))
    assert str(caught.value) == (
        f"t.csv, column 'candidate': 1 row says {line!r}. Every row is a mark for a candidate, or none. Take out rows "
        "of totals."
    )
