"""Rows that add others up are no ballots, whatever stands in place of an id or a precinct; places so named are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from blocs.ballots import Ballots, read_cvr
from blocs.ballots.mark_words import is_total
from blocs.core.errors import InputError

TOTALS = ("COUNTY TOTAL", "Grand Total", "TOTALS", "Sum", "Totals for County", "Precinct 1 Total", "Election Totals:")
PLACES = ("TOTAL WINE ROAD", "All Saints Church", "Summit", "Sum Ridge", "Totality Hall", "Countywide Absentee",
          "SUM 12")  # fmt: skip
UNCLEAR = ("", "All", "Countywide")
N = 12
Table = Callable[[str, str], str]


def ess(key: str, precinct: str, marks: str = "DEM Ann,DEM Cy") -> str:
    rows = [f"{i},P {i % 3},S,{'DEM Ann' if i % 2 else 'REP Bo'},DEM Cy" for i in range(1, N + 1)]
    head = "Cast Vote Record,Precinct,Ballot Style,President,Sheriff"
    return "\n".join([head, *rows, f"{key},{precinct},S,{marks}"]) + "\n"


def dominion(key: str, precinct: str) -> str:
    ids = "CvrNumber,TabulatorNum,BatchId,RecordId,ImprintedId,CountingGroup,PrecinctPortion,BallotType"
    rows = [f"{i},1,1,{i},1-1-{i},Mail,P {i % 3},B,{i % 2},{1 - i % 2}" for i in range(1, N + 1)]
    head = ["E,5.1", ",,,,,,,,President (Vote For=1),President (Vote For=1)", ",,,,,,,,Ann,Bo", f"{ids},DEM,REP"]
    return "\n".join([*head, *rows, f"{key},1,1,{key},1-1-{key},Mail,{precinct},B,1,0"]) + "\n"


def clearballot(key: str, precinct: str) -> str:
    ids = "RowNumber,BoxID,BoxPosition,BallotID,PrecinctID,BallotStyleID,PrecinctStyleName,ScanComputerName,S,Remade"
    rows = [f"{i},B,1,X+{i},P {i % 3},S,P,sc,0,0,{i % 2},{1 - i % 2}" for i in range(1, N + 1)]
    head = f"{ids},Choice_1_1:President:Vote For 1:Ann:DEM,Choice_2_1:President:Vote For 1:Bo:REP"
    return "\n".join([head, *rows, f"{key},B,1,X+{key},{precinct},S,P,sc,0,0,1,0"]) + "\n"


def long_table(key: str, precinct: str) -> str:
    rows = [f"{i},P {i % 3},President,{'Ann,DEM' if i % 2 else 'Bo,REP'}" for i in range(1, N + 1)]
    return "\n".join(["cvr_id,precinct,office,candidate,party", *rows, f"{key},{precinct},President,Ann,DEM"]) + "\n"


VENDORS = {"ess": ess, "dominion": dominion, "clearballot": clearballot}


def read(folder: Path, text: str) -> Ballots:
    (folder / "t.csv").write_text(text)
    return read_cvr(folder / "t.csv")


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, text)
    return str(caught.value)


def votes_for_ann(ballots: Ballots) -> int:
    (ann,) = (i for i, of in enumerate(ballots.catalogue.candidates) if of.name == "Ann")
    return int(ballots.options.loc[ballots.options["choice"] == ann, "votes"].sum())


@pytest.mark.parametrize("word", TOTALS)
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_row_with_a_total_in_place_of_the_precinct_is_set_aside(tmp_path: Path, vendor: str, word: str) -> None:
    ballots = read(tmp_path, VENDORS[vendor]("13", word))
    assert votes_for_ann(ballots) == N / 2
    assert ballots.account.steps[0].parts == {"delivered": N, "rows of totals": 1}


@pytest.mark.parametrize("word", TOTALS)
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_row_with_a_total_in_place_of_the_id_is_set_aside(tmp_path: Path, vendor: str, word: str) -> None:
    assert votes_for_ann(read(tmp_path, VENDORS[vendor](word, "P 1"))) == N / 2


@pytest.mark.parametrize("word", TOTALS)
def test_long_tables_with_rows_of_totals_are_refused(tmp_path: Path, word: str) -> None:
    rule = "Every row is a mark for a candidate, or none. Take out rows of totals."
    of_precinct, of_voter = long_table("13", word), long_table(word, "P 1")
    assert refusal(tmp_path, of_precinct) == f"t.csv, column 'precinct': 1 row says {word!r}. {rule}"
    assert refusal(tmp_path, of_voter) == f"t.csv, column 'cvr_id': 1 row says {word!r}. {rule}"
    of_office = of_precinct.replace(f"13,{word},President", f"13,P 1,{word}")
    assert refusal(tmp_path, of_office) == f"t.csv, column 'office': 1 row says {word!r}. {rule}"
    of_candidate = of_precinct.replace(f"13,{word},President,Ann", f"13,P 1,President,{word}")
    assert refusal(tmp_path, of_candidate) == f"t.csv, column 'candidate': 1 row says {word!r}. {rule}"


@pytest.mark.parametrize("word", PLACES)
@pytest.mark.parametrize("table", [*VENDORS.values(), long_table])
def test_a_place_with_such_a_word_in_its_name_is_a_place(tmp_path: Path, table: Table, word: str) -> None:
    ballots = read(tmp_path, table("13", word))
    assert votes_for_ann(ballots) == N / 2 + 1
    assert not is_total(word)
    assert not any("others have a precinct" in remark for remark in ballots.account.remarks)


@pytest.mark.parametrize("word", UNCLEAR)
@pytest.mark.parametrize("table", [*VENDORS.values(), long_table])
def test_what_may_be_all_precincts_is_read_and_named(tmp_path: Path, table: Table, word: str) -> None:
    ballots = read(tmp_path, table("13", word))
    unit, cell = "row" if table is long_table else "ballot", f"says {word!r}" if word else "has none"
    assert votes_for_ann(ballots) == N / 2 + 1
    assert (
        f"In column 'precinct', 1 {unit} {cell}, where others have a precinct: they were read as ballots. If they are "
        "sums of all precincts, take them out."
    ) in ballots.account.remarks


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_county_whose_one_precinct_is_a_total_is_read(tmp_path: Path, vendor: str) -> None:
    """It was refused: all of its rows were rows of totals."""
    text = VENDORS[vendor]("13", "All Precincts")
    for i in range(3):
        text = text.replace(f"P {i}", "All Precincts")
    assert votes_for_ann(read(tmp_path, text)) == N / 2 + 1


def test_a_county_that_is_one_precinct_has_no_remark(tmp_path: Path) -> None:
    text = long_table("13", "All")
    for i in range(3):
        text = text.replace(f"P {i}", "All")
    assert read(tmp_path, text).account.remarks == ()


@pytest.mark.parametrize("word", UNCLEAR)
def test_numbers_in_place_of_names_are_refused(tmp_path: Path, word: str) -> None:
    """They were candidates called 6 and 12."""
    assert refusal(tmp_path, ess("13", word, "6,12")) == (
        "t.csv: a row has '6' in 'President', '12' in 'Sheriff', where others have names. Every row is a ballot. Take "
        "out rows of totals; if a number is a candidate, write a name."
    )
    numbers = ess("13", "P 1", "6,12").replace("DEM Ann", "1").replace("REP Bo", "2").replace("DEM Cy", "3")
    assert len(read(tmp_path, numbers).catalogue.candidates) == 5


def test_numbers_in_place_of_names_are_found_behind_many_rows_of_numbers(tmp_path: Path) -> None:
    """They were candidates where twenty ballots before had a question alone that is answered by number."""
    rows = [f"{i},P,S,,{1 + i % 2}" for i in range(60)]
    rows += [f"{i},P,S,{'Ann' if i % 2 else 'Bo'},1" for i in range(60, 90)]
    head = "Cast Vote Record,Precinct,Ballot Style,President,Question 1"
    assert refusal(tmp_path, "\n".join([head, *rows, "999,P,S,30,45"]) + "\n") == (
        "t.csv: a row has '30' in 'President', where others have names. Every row is a ballot. Take out rows of "
        "totals; if a number is a candidate, write a name."
    )
    assert len(read(tmp_path, "\n".join([head, *rows]) + "\n").catalogue.candidates) == 4


def test_candidates_may_be_numbers_beside_words_for_no_vote(tmp_path: Path) -> None:
    """New York's exports have the ids of candidates; a table was refused as one with a row of totals."""
    cells = ("221127", "219469", "undervote", "Write-in", "overvote", "217605")
    rows = [f"{i},P,S,{cells[i % 6]},{cells[(i + 3) % 6]}" for i in range(30)]
    head = "Cast Vote Record,Precinct,Ballot Style,Mayor Choice 1,Mayor Choice 2"
    ballots = read(tmp_path, "\n".join([head, *rows, ""]))
    assert ballots.catalogue.contests[0].ranks == 2
    assert {of.name for of in ballots.catalogue.candidates} == {"221127", "219469", "217605"}


def test_an_export_without_precincts_beside_one_with_them_has_no_remark(tmp_path: Path) -> None:
    head = "Cast Vote Record,Precinct,Ballot Style,President\n"
    (tmp_path / "a.csv").write_text(head + "1,P 1,S,DEM Ann\n2,P 2,S,REP Bo\n")
    (tmp_path / "b.csv").write_text(head + "1,,S,DEM Ann\n2,,S,REP Bo\n")
    ballots = read_cvr([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert not any("others have a precinct" in remark for remark in ballots.account.remarks)
