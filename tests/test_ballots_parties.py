"""The candidate table: written, completed, taken back; every way to get it wrong has its own words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ballots_support import long_table, voters_of
from blocs.ballots import candidate_table, code, read_cvr
from blocs.ballots.candidate_file import read_parties
from blocs.ballots.party_names import PARTIES, PARTY_CODES, fold, party_name, party_names
from blocs.core.errors import InputError

MENU = frozenset({"abstain", "split", "straight"})
TOP = [(v, "US PRESIDENT", "", "X" if v % 2 else "Y", None) for v in range(1, 5)]
ROWS = [*TOP, (1, "SHERIFF", "", "José Ruiz", None), (2, "SHERIFF", "", "Ann Lee", None),
        (3, "SHERIFF", "", "UNDERVOTE", None), (4, "SHERIFF", "", "Ann Lee", None)]  # fmt: skip


def table(*rows: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["contest", "candidate", "party"])


GOOD = table(("US PRESIDENT", "X", "D"), ("US PRESIDENT", "Y", "Republican"), ("SHERIFF", "JOSE RUIZ", "DEM"),
             ("SHERIFF", "Ann Lee", "REP"))  # fmt: skip


def refusal(candidates: Any, rows: Any = ROWS, /, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        code(read_cvr(long_table(rows), parties=candidates), **options)
    return str(caught.value)


def test_written_completed_and_taken_back(tmp_path: Path) -> None:
    ballots = read_cvr(long_table(ROWS))
    written = candidate_table(ballots)
    assert written.to_csv(index=False) == (
        "contest,office,district,candidate,party,votes\n"
        "US PRESIDENT,US PRESIDENT,,X,,2\nUS PRESIDENT,US PRESIDENT,,Y,,2\n"
        "SHERIFF,SHERIFF,,Ann Lee,,2\nSHERIFF,SHERIFF,,José Ruiz,,1\n"
    )
    written["party"] = ["DEM", "REP", "REP", "DEM"]
    written.to_csv(tmp_path / "parties.csv", index=False)
    expected = {("DEM", (MENU, "straight")): 1, ("DEM", (MENU, "abstain")): 1, ("REP", (MENU, "straight")): 2}
    assert voters_of(code(ballots, candidates=tmp_path / "parties.csv")) == expected
    assert voters_of(code(read_cvr(long_table(ROWS), parties=written))) == expected
    assert voters_of(code(read_cvr(long_table(ROWS), parties=GOOD))) == expected


def test_a_candidate_without_a_vote_is_on_the_menu() -> None:
    sheriff = [("SHERIFF", "Ann Lee", "REP"), ("SHERIFF", "Jose Ruiz", "WFP"), ("SHERIFF", "Nobody", "DEM")]
    parties = pd.concat([GOOD[:2], table(*sheriff)])
    found = voters_of(code(read_cvr(long_table(ROWS), parties=parties)))
    assert found[("DEM", (MENU | {"other"}, "other"))] == 1


def test_parties_of_other_offices_are_not_those_of_this_one() -> None:
    president = GOOD["contest"] == "US PRESIDENT"
    words = ("parties: no candidate for 'US PRESIDENT' is of DEM or REP. {} `blocs parties` writes the table to "
             "complete; `parties=` names the two parties.")  # fmt: skip
    assert refusal(GOOD[~president]) == words.format("The file has parties for other offices, and none for this one.")
    other = GOOD.assign(party=GOOD["party"].mask(president, "LBT"))
    assert refusal(other) == words.format("The parties of its candidates are LBT.")


def test_no_parties_at_all() -> None:
    assert refusal(None) == (
        "parties: no candidate for 'US PRESIDENT' is of DEM or REP. The file or the candidate table must say who "
        "stands for which party. `blocs parties` writes the table to complete; `parties=` names the two parties."
    )


def test_unmatched_names_are_refused_together_with_their_nearest() -> None:
    parties = table(("US PRESIDENT", "X", "D"), ("US PRESIDENT", "Yy", "R"), ("SHERIFF", "J Ruiz", "D"),
                    ("SHERIFF", "Ann Lee", "R"))  # fmt: skip
    assert refusal(parties) == (
        "2 faults:\n"
        "  - candidate table: 'Y' has 2 of 4 marks in 'US PRESIDENT' and is not in the candidate table. Names with "
        "more than 0.1% of a contest's marks must be in the table. Nearest match: Yy. Add a row for the name, or spell "
        "it as the file does.\n"
        "  - candidate table: 'José Ruiz' has 1 of 3 marks in 'SHERIFF' and is not in the candidate table. Names with "
        "more than 0.1% of a contest's marks must be in the table. Nearest match: J Ruiz. Add a row for the name, or "
        "spell it as the file does."
    )


def test_rare_unmatched_names_are_told_in_the_account() -> None:
    rows = [(v, "US PRESIDENT", "", "X", None) for v in range(2000)]
    rows += [(v, "SHERIFF", "", "Ann Lee", None) for v in range(1, 2000)] + [(0, "SHERIFF", "", "Zed", None)]
    parties = table(("US PRESIDENT", "X", "DEM"), ("SHERIFF", "Ann Lee", "REP"), ("CORONER", "Q", "REP"))
    profiles = code(read_cvr(long_table(rows), parties=parties))
    assert profiles.account.remarks[:3] == (
        "Parties were taken from a table of 3 candidates in 2 contests.",
        "1 mark is for names that the table does not have.",
        "1 contest of the table is not in the file.",
    )
    menu = frozenset({"abstain", "split", "other"})
    assert voters_of(profiles) == {("DEM", (menu, "split")): 1999, ("DEM", (menu, "other")): 1}


def test_a_vote_for_a_party_that_the_table_does_not_have_is_a_wrong_table() -> None:
    rows = [(v, "US PRESIDENT", "", "X", "DEM") for v in range(2000)]
    rows += [(v, "SHERIFF", "", "Ann Lee", "DEM") for v in range(1, 2000)] + [(0, "SHERIFF", "", "Zed", "REP")]
    assert refusal(table(("SHERIFF", "Ann Lee", "DEM")), rows) == (
        "candidate table: 'Zed' of REP has 1 mark in 'SHERIFF', where the table has no candidate of REP. A vote for a "
        "party that is not on the ballot means a wrong candidate table. Add the candidate to the table, or correct "
        "the party."
    )


def test_contradictions_in_the_table() -> None:
    parties = pd.concat([GOOD, table(("Sheriff", "Ann LEE", "DEM"), ("SHERIFF", " ", "REP"))])
    assert refusal(parties) == (
        "2 faults:\n"
        "  - candidate table, row 5: 'Ann LEE' in 'Sheriff' has party 'DEM', but row 4 says 'REP'. A candidate has one "
        "row; several parties (fusion) are written in one cell. Write 'REP/DEM' in one row if both are right.\n"
        "  - candidate table, row 6: the candidate has no name. Every row names one candidate."
    )


def test_missing_columns_and_files(tmp_path: Path) -> None:
    assert refusal(pd.DataFrame({"contests": ["a"], "candidate": ["b"]})) == (
        "candidate table: there are no columns 'contest', 'party'. The columns are 'contests', 'candidate'. Nearest "
        "match: contests for 'contest'. A candidate table has columns contest, candidate and party; `blocs parties` "
        "writes one to complete."
    )
    with pytest.raises(InputError) as caught:
        read_parties(tmp_path / "no.csv")
    assert str(caught.value) == (f"{tmp_path / 'no.csv'}: there is no such file or folder. Give one that exists.")


HEADER = "contest,candidate,party\n"
LATIN = f"{HEADER}SHERIFF,José Ruiz,REP\n".encode("latin-1")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "p.csv: the file is empty. A table has a header and rows."),
        (HEADER.encode(), "p.csv: there are no rows below the header. At least one is needed."),
        (LATIN, "p.csv, line 2: the text is not UTF-8. Tables are CSV in UTF-8 or Parquet. Save it as UTF-8."),
        (b"PK\x03\x04\x14\x00", "p.csv: it is a workbook or a zip. Tables are CSV or Parquet. Save the sheet as CSV, "
                                 "or unpack the file."),
        (b'[{"contest": "SHERIFF"}]', "p.csv: it is not a table: it begins as JSON or XML does. "
                                      "Tables are CSV or Parquet."),
        (HEADER.encode() + b"SHERIFF,Ann Lee\n", "p.csv, line 2: the line has 2 cells. The header has 3. "
                                                 "The file may be cut off or edited by hand; export it again."),
        (HEADER.encode() + b"S,A,REP\nS,B,DEM\nS,A,DEM\nS,,REP\n", "2 faults:\n"
         "  - candidate table ({path}), line 4: 'A' in 'S' has party 'DEM', but line 2 says 'REP'. A candidate has one "
         "row; several parties (fusion) are written in one cell. Write 'REP/DEM' in one row if both are right.\n"
         "  - candidate table ({path}), line 5: the candidate has no name. Every row names one candidate."),
    ],
)  # fmt: skip
def test_files_that_are_no_candidate_table(data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_parties(path)
    assert str(caught.value) == said.format(path=path)


def test_a_candidate_table_as_other_programs_save_it(tmp_path: Path) -> None:
    """Semicolons, Parquet, and a candidate called None."""
    rows = table(("SHERIFF", "None", "DEM"), ("SHERIFF", "NA", ""))
    rows.to_csv(tmp_path / "p.csv", sep=";", index=False)
    rows.to_parquet(tmp_path / "p.parquet")
    for name in ("p.csv", "p.parquet"):
        found = read_parties(tmp_path / name)
        assert found[["contest", "candidate", "party"]].values.tolist() == [
            ["SHERIFF", "None", "DEM"], ["SHERIFF", "NA", ""],
        ]  # fmt: skip


def test_a_candidate_table_without_rows_is_refused() -> None:
    assert refusal(GOOD[:0]) == "candidate table: there are no rows. A candidate table has a row for each candidate."


def test_an_error_without_a_fault_cannot_be_made() -> None:
    with pytest.raises(AssertionError, match="an InputError without a fault says nothing"):
        InputError()


def test_no_contest_of_the_table_is_in_the_file() -> None:
    assert refusal(table(("SHERIF", "Ann Lee", "REP"))) == (
        "candidate table: no contest is called 'SHERIF'. A contest has the name the file gives it. Nearest match: "
        "SHERIFF. `blocs parties` lists the contests of a file."
    )


def test_write_ins_of_the_table_are_never_on_a_menu() -> None:
    parties = GOOD.assign(printed=["yes", "yes", "no", "yes"])
    found = voters_of(code(read_cvr(long_table(ROWS), parties=parties)))
    menu = frozenset({"abstain", "split", "other"})
    assert found[("DEM", (menu, "other"))] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"top": "Presidnt"}, "top: no office is called 'Presidnt'. The offices are 'US PRESIDENT', 'SHERIFF'. "
                              "Nearest match: US PRESIDENT."),
        ({"offices": ["US PRESIDENT"]}, "offices: 'US PRESIDENT' is the top of the ticket. The top is never an item of "
                                        "its own."),
        ({"other": "levels", "preset": "sead"}, "2 faults:\n  - other: 'levels' is not a choice. The choices are "
         "'level', 'abstain', 'missing'. Nearest match: level.\n  - preset: no preset is called 'sead'. The only one "
         "is 'seed'."),
        ({"parties": ("DEM", "D")}, "parties: 'DEM', 'D' are not two parties. Name two different ones."),
        ({"groups": ["county"]}, "groups: there is no column 'county'. There are no columns to choose from."),
        ({"parties": ("GRN", "LBT")}, "parties: no candidate for 'US PRESIDENT' is of GRN or LBT. The parties of "
         "its candidates are DEM, REP. `blocs parties` writes the table to complete; "
         "`parties=` names the two parties."),
    ],
)  # fmt: skip
def test_arguments(options: dict[str, Any], said: str) -> None:
    assert refusal(GOOD, **options) == said


def test_names() -> None:
    assert fold("  José  RUÍZ, Jr.") == "jose ruiz jr"
    assert [party_name(p) for p in ("Democratic Party", "R", "Registered Republican", "No Party", "Pirate", "")] == [
        "DEM", "REP", "REP", "", "PIRATE", ""]  # fmt: skip
    assert party_names("DEM/WFP/Democrat") == ("DEM", "WFP")
    assert party_names(None) == () == party_names(float("nan"))


def test_a_spelling_is_of_one_party_and_every_code_has_a_short_name() -> None:
    spellings = [(s, name) for name, of in PARTIES.items() for s in (*map(fold, of.codes), *of.words)]
    assert len({spelling for spelling, _ in spellings}) == len(spellings)
    assert [(fold(s), party_name(s)) for s, _ in spellings] == spellings
    short = {code: party_name(code) for code in PARTY_CODES}
    own = {code for code, name in short.items() if name == code}
    assert own >= {"DEM", "WFP", "UAF"}
    assert {code: name for code, name in short.items() if code not in own} == {
        "DFL": "DEM", "GOP": "REP", "LIB": "LBT", "GRE": "GRN", "NPA": "", "NPP": "", "NON": "", "NP": "",
    }  # fmt: skip


def test_a_party_that_nobody_stands_for_is_a_slip() -> None:
    table = pd.DataFrame(
        [
            ("1", "PRESIDENT", "A", "DEM"), ("1", "SENATE", "C", "DEM"),
            ("2", "PRESIDENT", "B", "REP"), ("2", "SENATE", "D", "REP"),
        ],
        columns=["cvr_id", "office", "candidate", "party"],
    )  # fmt: skip
    ballots = read_cvr(table)
    assert len(code(ballots, top="PRESIDENT", parties=("DEM", "REP"))) == 1
    message = (
        "parties: no candidate of any contest is of REPP. The parties of the candidates are DEM, REP. "
        "Nearest match: REP. `parties=` names the two parties; the candidate table says who stands for which."
    )
    with pytest.raises(InputError) as found:
        code(ballots, top="PRESIDENT", parties=("DEM", "REPP"))
    assert str(found.value) == message
