"""Offices of files that have only names of contests: one column for all districts, one for each seat (rule S5)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from blocs.ballots import candidate_table, code, read_cvr
from blocs.ballots.ballots import Ballots
from blocs.cli import cli
from blocs.core.errors import InputError

DEM, REP = "DEM Ann Ruiz", "REP Bob Lee"
TOP = "President and Vice President (1488)"
Ballot = Mapping[str, str]


def exported(path: Path, ballots: Sequence[Ballot]) -> Path:
    """Write ballots as the table of ES&S: a column for each contest, the chosen name in the cells."""
    contests = list(dict.fromkeys(contest for ballot in ballots for contest in ballot))
    rows = [
        [n, "P", " and ".join(ballot), *(ballot.get(c, "") for c in contests)]
        for n, ballot in enumerate(ballots, start=1)
    ]
    table = pd.DataFrame(rows, columns=["Cast Vote Record", "Precinct", "Ballot Style", *contests])
    table.to_csv(path, index=False)
    return path


def of(tmp_path: Path, *styles: Sequence[str], candidates: object = None) -> Ballots:
    """Return four ballots of each style: all pairs of a top party and one party in every other contest of the style."""
    ballots = [
        {TOP: top, **dict.fromkeys(style, choice)} for style in styles for top in (DEM, REP) for choice in (DEM, REP)
    ]
    return read_cvr(exported(tmp_path / "county.csv", ballots), parties=candidates)


SENATE = ("US Senate (Perdue)", "US Senate (Loeffler) - Special")
SEATS = tuple(tuple(f"Legislative Dist {d} State Rep, Seat {s}" for s in "AB") for d in (14, 15))


def test_all_districts_share_a_column_however_they_are_written(tmp_path: Path) -> None:
    ballots = of(
        tmp_path,
        ["U.S. Rep, 4th Dist", "STATE SENATOR (19th District)", "County Commissioner, Precinct 1"],
        ["United States Representative D5", "20th Senatorial District", "COUNTY COMMISSIONER PRECINCT 3"],
    )
    profiles = code(ballots)
    assert profiles.schema.names == ("US HOUSE", "STATE SENATE", "County Commissioner")
    assert [(row["office"], row["district"], row["use"]) for row in profiles.account.tables["offices"]] == [
        ("US PRESIDENT", "", "top of the ticket"), ("US HOUSE", "4", "coded"), ("STATE SENATE", "19", "coded"),
        ("County Commissioner", "1", "coded"), ("US HOUSE", "5", "coded"), ("STATE SENATE", "20", "coded"),
        ("County Commissioner", "3", "coded"),
    ]  # fmt: skip
    assert "Office and district of 7 contests were read from their names." in profiles.account.remarks


def test_seats_have_a_column_each_for_all_districts(tmp_path: Path) -> None:
    ballots = of(tmp_path, *SEATS)
    assert list(candidate_table(ballots)[["office", "district"]].drop_duplicates().itertuples(index=False)) == [
        ("US PRESIDENT", ""), ("STATE HOUSE", "14A"), ("STATE HOUSE", "14B"), ("STATE HOUSE", "15A"),
        ("STATE HOUSE", "15B"),
    ]  # fmt: skip
    both = ("STATE HOUSE, seat A", "STATE HOUSE, seat B")
    assert code(ballots).schema.names == both
    assert code(ballots, offices=["State House"]).schema.names == both
    assert code(ballots, offices=["State Representative"]).schema.names == both
    assert code(ballots, offices=["STATE HOUSE, seat B"]).schema.names == both[1:]


def test_a_special_election_is_an_office_of_its_own_with_or_without_the_regular_one(tmp_path: Path) -> None:
    ballots = of(tmp_path, SENATE)
    assert code(ballots).schema.names == ("US SENATE", "US SENATE, special")
    assert code(ballots, offices=["US SENATE"]).schema.names == ("US SENATE",)
    alone = of(tmp_path, SENATE[1:])
    assert code(alone).schema.names == ("US SENATE, special",)
    assert code(alone, offices=["U.S. Senator"]).schema.names == ("US SENATE, special",)


def test_letters_of_districts_are_seats_where_ballots_show_two(tmp_path: Path) -> None:
    names = [[f"State Representative {d}{s}" for s in "AB"] for d in (1, 7)]
    profiles = code(of(tmp_path, *names))
    assert profiles.schema.names == ("STATE HOUSE, seat A", "STATE HOUSE, seat B")
    remark = "Ballots show two contests of STATE HOUSE: these are set apart, each in an office of its own."
    assert remark in profiles.account.remarks
    apart = code(of(tmp_path, *([name] for of_district in names for name in of_district)))
    assert apart.schema.names == ("STATE HOUSE",)


def test_contests_that_nothing_sets_apart_are_offices_by_their_names(tmp_path: Path) -> None:
    names = ["Commissioner District 1", "Commissioner District 2"]
    assert code(of(tmp_path, names)).schema.names == tuple(names)


def test_the_top_has_any_wording_and_is_not_the_president_of_something_else(tmp_path: Path) -> None:
    ballots = of(tmp_path, ["President of the County Council", "Governor/Lt. Governor"])
    for top in ("President", "Presidential Electors", "US PRESIDENT", "president and vice president"):
        profiles = code(ballots, top=top)
        assert profiles.schema.names == ("President of the County Council", "GOVERNOR")
    assert code(ballots, top="governor").schema.names == ("US PRESIDENT", "President of the County Council")


def test_a_word_of_two_offices_is_refused(tmp_path: Path) -> None:
    ballots = of(tmp_path, ["U.S. Senator", "State Senator District 4"])
    with pytest.raises(InputError) as found:
        code(ballots, offices=["Senate"])
    assert str(found.value) == (
        "offices: 'Senate' fits 2 offices: 'US SENATE', 'STATE SENATE'. The name must fit one office. "
        "Write its whole name."
    )
    with pytest.raises(InputError) as found:
        code(ballots, offices=["State Senator District 4"])
    assert str(found.value) == (
        "offices: no office is called 'State Senator District 4'. The offices are 'US PRESIDENT', 'US SENATE', "
        "'STATE SENATE'. Nearest match: STATE SENATE."
    )


def test_a_top_that_became_several_offices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as found:
        code(of(tmp_path, *SEATS), top="State House", offices=["US PRESIDENT"])
    assert str(found.value) == (
        "top: 'State House' fits 2 offices: 'STATE HOUSE, seat A', 'STATE HOUSE, seat B'. "
        "The name must fit one office. Write its whole name."
    )


def test_the_table_that_blocs_writes_changes_nothing_when_it_is_given_back(tmp_path: Path) -> None:
    written = candidate_table(of(tmp_path, SENATE, *SEATS))
    ballots = of(tmp_path, SENATE, *SEATS, candidates=written)
    assert code(ballots).schema.names == (
        "US SENATE", "US SENATE, special", "STATE HOUSE, seat A", "STATE HOUSE, seat B",
    )  # fmt: skip


def test_the_users_office_and_district_win(tmp_path: Path) -> None:
    table = candidate_table(of(tmp_path, SENATE))
    special = table["contest"] == SENATE[1]
    table.loc[special, ["office", "district"]] = "Loeffler's seat", "III"
    profiles = code(of(tmp_path, SENATE, candidates=table))
    assert profiles.schema.names == ("US SENATE", "Loeffler's seat")
    assert dict(profiles.account.tables["offices"][2]) == {
        "contest": SENATE[1], "office": "Loeffler's seat", "district": "III", "use": "coded",
    }  # fmt: skip


def test_two_contests_that_the_user_put_into_one_office_are_refused(tmp_path: Path) -> None:
    table = candidate_table(of(tmp_path, SENATE))
    table["office"] = table["office"].replace("US SENATE", "Senate")
    with pytest.raises(InputError) as found:
        code(of(tmp_path, SENATE, candidates=table))
    assert str(found.value) == (
        "offices: 4 rows show two contests of 'Senate'. One office is one column; its contests are "
        f"{SENATE[0]!r}, {SENATE[1]!r}. Give them different offices in the candidate table."
    )


def test_the_commands_say_what_was_read(tmp_path: Path) -> None:
    of(tmp_path, ["U.S. Rep, 4th Dist", "Sheriff (12)"], ["U.S. Rep, 5th Dist", "Sheriff (12)"])
    county, out = str(tmp_path / "county.csv"), str(tmp_path / "candidates.csv")
    expected = [
        {"contest": TOP, "office": "US PRESIDENT", "district": ""},
        {"contest": "U.S. Rep, 4th Dist", "office": "US HOUSE", "district": "4"},
        {"contest": "Sheriff (12)", "office": "Sheriff", "district": ""},
        {"contest": "U.S. Rep, 5th Dist", "office": "US HOUSE", "district": "5"},
    ]
    printed = (
        "office        district  contest\n"
        f"US PRESIDENT            {TOP}\n"
        "US HOUSE      4         U.S. Rep, 4th Dist\n"
        "Sheriff                 Sheriff (12)\n"
        "US HOUSE      5         U.S. Rep, 5th Dist\n"
    )
    ran = CliRunner().invoke(cli, ["parties", county, "--out", out, "--quiet"])
    assert ran.stdout == f"8 candidates in 4 contests, 0 without a party. Saved to {out}.\n\n{printed}"
    ran = CliRunner().invoke(cli, ["parties", county, "--json", "--quiet"])
    assert json.loads(ran.stdout)["offices"] == expected
    fit = ["fit", county, "--types", "1", "--starts", "1", "--quiet"]
    assert CliRunner().invoke(cli, fit).stdout.endswith(f"\n\n{printed}")
    document = json.loads(CliRunner().invoke(cli, [*fit, "--json"]).stdout)
    uses = ["top of the ticket", "coded", "coded", "coded"]
    assert document["account"]["tables"]["offices"] == [
        row | {"use": use} for row, use in zip(expected, uses, strict=True)
    ]


def test_a_few_ballots_that_show_two_districts_do_not_split_the_office(tmp_path: Path) -> None:
    """One ballot of 2,000, put together from two, is not coded in the office; it made an office of every district."""
    ballots = [
        {TOP: DEM if i % 2 else REP, f"US House District {1 + i % 4}": DEM if i % 3 else REP} for i in range(2000)
    ]
    ballots[7] = {TOP: DEM, "US House District 1": DEM, "US House District 2": REP}
    profiles = code(read_cvr(exported(tmp_path / "county.csv", ballots)), keep_empty=True)
    assert profiles.schema.names == ("US HOUSE",)
    (offices,) = (step for step in profiles.account.steps if step.name.startswith("Offices of"))
    assert offices.parts["two contests of the office"] == 1
    ballots[8:12] = [ballots[7]] * 4  # two in a thousand are no accident
    assert len(code(read_cvr(exported(tmp_path / "county.csv", ballots))).schema.names) > 1
