"""Slips of a candidate table that would turn a race of two parties into a race of one, and those that would not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ballots_support import long_table
from blocs.ballots import candidate_table, code, read_cvr
from blocs.core.errors import InputError
from shared_files import shared

TOP = [(v, "PRESIDENT", "", "XY"[v % 2], None) for v in range(20)]
SHERIFF = [(v, "SHERIFF", "", ("Lee", "Ruiz", "Stone")[v % 3 if v < 12 else 0], None) for v in range(20)]
CLERK = [(v, "CLERK", "", ("Day", "Fox")[v % 2], None) for v in range(20)]
ROWS = [*TOP, *SHERIFF, *CLERK]
PARTY = {"X": "Democrat", "Y": "Republican", "Lee": "Democrat", "Ruiz": "Republican", "Stone": "Green",
         "Day": "Democrat", "Fox": "Republican"}  # fmt: skip
CONTEST = {"X": "PRESIDENT", "Y": "PRESIDENT", "Lee": "SHERIFF", "Ruiz": "SHERIFF", "Stone": "SHERIFF", "Day": "CLERK",
           "Fox": "CLERK"}  # fmt: skip


def table(**changed: str) -> pd.DataFrame:
    rows = [(CONTEST[name], name, party) for name, party in (PARTY | changed).items()]
    return pd.DataFrame(rows, columns=["contest", "candidate", "party"])


def refusal(candidates: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        code(read_cvr(long_table(ROWS), parties=candidates), **options)
    return str(caught.value)


def slip(cell: str, name: str, spelling: str, row: int, nearest: str) -> str:
    return (
        f"candidate table, row {row}: {cell!r}, the party of {name!r} in {CONTEST[name]!r}, is one letter from "
        f"{spelling!r}. A party of one or two candidates with nearly the name of a common one is taken for a slip. "
        f"Nearest match: {nearest}. Correct it, or write OTH if it is another party."
    )


@pytest.mark.parametrize(
    ("cell", "spelling", "nearest"),
    [
        ("DEMCORAT", "democrat", "DEM"), ("Demcrat", "democrat", "DEM"), ("Demoocrat", "democrat", "DEM"),
        ("Denocrat", "democrat", "DEM"), ("Demorcatic party", "democratic", "DEM"), ("DME", "DEM", "DEM"),
        ("DEMM", "DEM", "DEM"), ("Repubican", "republican", "REP"), ("RPE", "REP", "REP"),
    ],
)  # fmt: skip
def test_a_party_one_letter_from_a_common_one(cell: str, spelling: str, nearest: str) -> None:
    assert refusal(table(Ruiz=cell)) == slip(cell, "Ruiz", spelling, 4, nearest)


def test_all_slips_are_named_together() -> None:
    parties = table(Ruiz="Republicn", Fox="", Lee="Democrta")
    assert refusal(parties) == (
        "3 faults:\n"
        f"  - {slip('Democrta', 'Lee', 'democrat', 3, 'DEM')}\n"
        f"  - {slip('Republicn', 'Ruiz', 'republican', 4, 'REP')}\n"
        "  - candidate table: 'Fox' has no party and 50% of the marks in 'CLERK', where DEM has a candidate and REP "
        "has none. In such a race a candidate with 10% or more must have a party: it decides who was on the ballot. "
        "Write the party, or NONE if the candidate really has none."
    )


@pytest.mark.parametrize("party", ["NONE", "OTH", "IND", "NPP", "Nonpartisan", "Green", "Pirate"])
def test_an_independent_who_is_said_to_be_one_is_no_fault(party: str) -> None:
    profiles = code(read_cvr(long_table(ROWS), parties=table(Fox=party)))
    item = profiles.schema.items[profiles.schema.names.index("CLERK")]
    assert {item.menu_labels(m) for m in range(len(item.menus))} == {
        ("abstain", "straight", "other"), ("abstain", "split", "other"),
    }  # fmt: skip


def test_a_blank_is_no_fault_where_the_two_parties_stand_or_neither() -> None:
    assert code(read_cvr(long_table(ROWS), parties=table(Stone=""))).n == 20
    nonpartisan = code(read_cvr(long_table(ROWS), parties=table(Day="", Fox="")))
    assert nonpartisan.schema.names == ("SHERIFF",)


def test_a_blank_of_few_marks_is_no_fault() -> None:
    rows = [*TOP, *((v, "CLERK", "", "Fox" if v == 0 else "Day", None) for v in range(20))]
    parties = table(Fox="").query("contest != 'SHERIFF'")
    assert code(read_cvr(long_table(rows), parties=parties)).n == 20


def test_offices_that_are_not_asked_for_are_not_looked_at() -> None:
    assert code(read_cvr(long_table(ROWS), parties=table(Fox="")), offices=["SHERIFF"]).n == 20
    assert "'Fox' has no party" in refusal(table(Fox=""), offices=["CLERK"])


def test_a_party_of_the_file_and_one_that_stands_three_times_are_no_slips() -> None:
    rows = [(v, office, district, name, "REPS" if name == "Stone" else party)
            for v, office, district, name, party in ROWS]  # fmt: skip
    assert code(read_cvr(long_table(rows), parties=table(Stone="REPS"))).n == 20
    three = table(Ruiz="Labour", Stone="Labor", Fox="Labor", X="Labor", Y="Democrat", Lee="Republican")
    assert slip("Labour", "Ruiz", "LABOR", 4, "LABOR") in refusal(three)


def test_the_own_words_of_other_countries_are_compared() -> None:
    parties = table(X="Tory", Lee="Tory", Day="Tory", Y="Whig", Ruiz="Whigg", Fox="Whig")
    assert slip("Whigg", "Ruiz", "WHIG", 4, "WHIG") in refusal(parties, parties=("TORY", "WHIG"))


def test_without_a_table_the_account_says_who_has_no_party() -> None:
    rows = [(v, office, district, name, {"X": "DEM", "Y": "REP", "Day": "DEM"}.get(name))
            for v, office, district, name, _ in [*TOP, *CLERK]]  # fmt: skip
    assert code(read_cvr(long_table(rows))).account.remarks[0] == (
        "1 candidate has no party and 10% or more of the marks where only one of DEM and REP has a candidate (first: "
        "'Fox' in 'CLERK'); a candidate table can say the party."
    )


@pytest.mark.parametrize(
    ("name", "top"),
    [("dominion_json/alaska2024_general", "U.S. President"), ("dominion_csv/arapahoe2016_testdeck.csv", "President"),
     ("ess/madison_wi_ward9_2018_general.csv", "Governor")],
)  # fmt: skip
def test_tables_of_real_files_come_back_as_they_were_written(name: str, top: str, tmp_path: Path) -> None:
    """Independents, undeclared and nonpartisan candidates of real files are no faults."""
    ballots = read_cvr(shared(name))
    candidate_table(ballots).to_csv(tmp_path / "c.csv", index=False)
    assert code(ballots, top=top, candidates=tmp_path / "c.csv").hash == code(ballots, top=top).hash
