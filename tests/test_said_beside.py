"""What is said beside the tables: labels of offices, grouped notes, contests left out, cards, too few voters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from blocs.cli import cli
from blocs.cli.notes import grouped_notes

OFFICES = "voter,office,candidate,party\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Twelve voters, two offices and a council of no party."""
    file = tmp_path / "town.csv"
    rows = []
    for v in range(12):
        side = "DEM" if v % 2 else "REP"
        sheriff = "DEM" if v % 3 else "REP"
        rows += [f"{v},President,{side} P,{side}", f"{v},Sheriff,{sheriff} S,{sheriff}",
                 f"{v},County Clerk of Courts,REP C,REP", f"{v},School Council,Ann,",
                 f"{v},Park Question,YES,"]  # fmt: skip
    file.write_text(OFFICES + "\n".join(rows) + "\n")
    return file


def test_labels_stand_in_every_table(town: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("office,label\nCounty Clerk of Courts,Clerk\n")
    for command in (["fit", town, "--types", 1, "--model"], ["tables", town, "--minimum", 1]):
        said = run(*command, "--labels", labels).stdout
        tables = said.split("Account")[0]
        assert "Clerk  " in tables
        assert "County Clerk" not in tables
        assert "Sheriff" in tables
        document = json.loads(run(*command, "--labels", labels, "--json").stdout)
        assert document["labels"] == {"Sheriff": "Sheriff", "County Clerk of Courts": "Clerk"}


def test_labels_that_are_wrong_are_reported_together(town: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("office,label\nSherif,S\nCounty Clerk of Courts,\nSheriff,County Clerk of Courts\nSheriff,S\n")
    result = run("fit", town, "--types", 1, "--labels", labels)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "blocs: 4 faults:\n"
        "  - --labels, line 2: no office is called 'Sherif'. The offices are County Clerk of Courts, Sheriff. Nearest "
        "match: Sheriff.\n"
        "  - --labels, line 3: 'County Clerk of Courts' has no label. Every row gives one.\n"
        "  - --labels, line 5: 'Sheriff' has a label in line 4 already. An office has one row.\n"
        "  - --labels: 'County Clerk of Courts' stands for 'County Clerk of Courts' and 'Sheriff'. Offices are told "
        "apart by their labels.\n"
    )
    labels.write_text("name,label\nSheriff,S\n")
    assert run("fit", town, "--types", 1, "--labels", labels).stderr == (
        "blocs: --labels: there is no column 'office'. The columns are 'name', 'label'.\n"
    )


def test_contests_left_out_are_named_with_their_rule(town: Path) -> None:
    for command in (["fit", town, "--types", 1], ["compare", town, "--types", "1"], ["tables", town]):
        said = run(*command, "--offices", "Sheriff").stdout
        assert "2 contests left out, nonpartisan (no candidate of the two parties; rule S5): Park Question;" in said, (
            command
        )
        assert "1 contest left out, not asked for (not among --offices; rule S5): County Clerk of Courts." in said
        document = json.loads(run(*command, "--offices", "Sheriff", "--json").stdout)
        assert sorted((c["contest"], c["reason"], c["rule"]) for c in document["left_out"]) == [
            ("County Clerk of Courts", "not asked for", "S5"), ("Park Question", "nonpartisan", "S5"),
            ("School Council", "nonpartisan", "S5"),
        ]  # fmt: skip


NOTES = [
    "Item 'A': option 'other' is on no menu; it has no parameter.",
    "Item 'B': option 'other' is on no menu; it has no parameter.",
    "Item \"C's\": option 'other' is on no menu; it has no parameter.",
    "Item 'A': option 'split' was only ever offered alone; it says nothing about types.",
    "Item 'D' is missing in every row; it says nothing about types.",
    "Something else.",
]


def test_notes_that_differ_in_the_office_alone_are_one() -> None:
    assert grouped_notes(NOTES, "office", {"B": "Bee"}) == [
        "Option 'other' is on no menu in 3 offices: A, Bee, C's. There it has no parameter.",
        "Option 'split' was only ever offered alone in office A. There it says nothing about types.",
        "The office D is missing in every row; it says nothing about types.",
        "Something else.",
    ]
    missing = [NOTES[4], NOTES[4].replace("D", "E")]
    assert grouped_notes(missing, "item", {}) == [
        "Each of 2 items: D, E, is missing in every row; it says nothing about types."
    ]
    assert grouped_notes([], "office", {}) == []


def test_few_voters_are_too_few(tmp_path: Path) -> None:
    file = tmp_path / "five.csv"
    lines = ["President,Sheriff,Clerk", "DEM,DEM,REP", "DEM,REP,REP", "REP,REP,DEM", "REP,DEM,DEM", "REP,REP,REP"]
    file.write_text("\n".join(lines) + "\n")
    wide = ["--offices", "President,Sheriff,Clerk", "--format", "wide"]
    said = " ".join(run("fit", file, *wide, "--types", 2, "--starts", 2).stdout.split())
    assert "2 types, 5 voters" in said
    assert (
        "Note: There are only 5 voters. So few cannot be fitted with 2 types, which have 9 free parameters: the types "
        "describe chance. Use more data, or fewer types."
    ) in said
    flags = json.loads(run("fit", file, *wide, "--types", 2, "--starts", 2, "--json").stdout)["flags"]
    assert flags["few"].startswith("There are only 5 voters.")
    assert "There are only" not in run("fit", file, *wide, "--types", 1).stdout  # one type: nothing is told apart


def test_cards_of_one_ballot_come_with_the_way_to_join_them(tmp_path: Path) -> None:
    sheets = "Cast Vote Record,Precinct,Ballot Style,Governor,Sheriff\n" + "".join(
        f"{i},P,S1,DEM Ann,\n{i},P,S2,,{'DEM Cy' if i % 2 else 'REP Di'}\n" for i in range(1, 9)
    ) + "9,P,S1,REP Bo,\n9,P,S2,,REP Di\n"  # fmt: skip
    file = tmp_path / "cards.csv"
    file.write_text(sheets)
    refused = run("fit", file, "--top", "Governor", "--types", 1)
    assert refused.stderr == (
        f"blocs: {file}: no item has an answer in any row. A fit needs answers. 9 rows do not show GOVERNOR. Where the "
        "cards of a ballot are rows of their own, it may be on another card: --link voter joins the rows with the same "
        "id of the ballot, --link voter,precinct those with the same id and precinct.\n"
    )
    file.write_text(sheets + "10,P,S3,REP Bo,REP Di\n")
    said = " ".join(run("fit", file, "--top", "Governor", "--types", 1).stdout.split())
    assert (
        "Note: 9 rows do not show GOVERNOR. Where the cards of a ballot are rows of their own, it may be on another "
        "card: --link voter joins the rows with the same id of the ballot, --link voter,precinct those with the same "
        "id and precinct."
    ) in said
    run("fit", file, "--top", "Governor", "--types", 1, "--out", tmp_path / "fit.json")
    assigned = " ".join(run("assign", file, "--fit", tmp_path / "fit.json", "--out", tmp_path / "t.csv").stdout.split())
    assert "Note: 9 rows do not show GOVERNOR. Where the cards of a ballot are rows of their own, it may be" in assigned
    head = sheets.partition("\n")[0]
    file.write_text(f"{head}\n1,P,S,REP Bo,DEM Cy\n2,P,S,DEM Ann,REP Di\n3,P,T,,REP Di\n")
    said = " ".join(run("fit", file, "--top", "Governor", "--types", 1).stdout.split())
    assert (
        "Note: 1 row does not show GOVERNOR. Where the cards of a ballot are rows of their own, it may be on another "
        "card, and no two rows have the same id by which they could be joined."
    ) in said
    file.write_text(sheets + "10,P,S3,REP Bo,REP Di\n")
    linked = run("fit", file, "--top", "Governor", "--types", 1, "--link", "voter").stdout
    assert "do not show" not in linked
    assert "1 type, 10 voters" in linked
