"""Several exports as one: counties are groups, shared districts are one contest, the account adds up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import blocs
from blocs.ballots.catalogue import Candidate, Catalogue, Contest
from blocs.ballots.input.several_exports import pooled_contests
from blocs.cli import cli
from blocs.core.errors import InputError

ALBA = """Cast Vote Record,Precinct,Ballot Style,President / Vice President,Representative in Congress District 3,Sheriff
1,P,S,DEM Ann Adams /Art Ames,DEM Cal Cole,DEM Lee Low
2,P,S,REP Ben Baker /Bob Burns,REP Dot Dunn,REP Ray Roe
3,P,S,DEM Ann Adams /Art Ames,REP Dot Dunn,undervote
4,P,S,overvote,undervote,DEM Lee Low
"""  # noqa: E501
BORO = """County B,5.1
,,,U.S. PRESIDENT (Vote For=1),U.S. PRESIDENT (Vote For=1),US House Dist. 3 (Vote For=1),Sheriff (Vote For=1),Sheriff (Vote For=1)
,,,"ADAMS, ANN","BAKER, BEN","COLE, CAL","MAY, MIA","NOE, NED"
CvrNumber,TabulatorNum,BallotType,DEM,REP,DEM,DEM,REP
1,1,A,1,0,1,1,0
2,1,A,0,1,0,0,1
3,1,B,0,1,,0,0
"""  # noqa: E501


@pytest.fixture
def counties(tmp_path: Path) -> list[Path]:
    (tmp_path / "alba.csv").write_text(ALBA)
    (tmp_path / "boro.csv").write_text(BORO)
    return [tmp_path / "alba.csv", tmp_path / "boro.csv"]


def test_shared_contests_are_one_and_others_are_told_apart(counties: list[Path]) -> None:
    ballots = blocs.read_cvr(counties)
    found = [(contest.name, contest.office, contest.district) for contest in ballots.catalogue.contests]
    assert found == [
        ("President / Vice President", "President / Vice President", ""),
        ("Representative in Congress District 3", "Representative in Congress District 3", ""),
        ("Sheriff (alba)", "Sheriff", "alba"), ("Sheriff (boro)", "Sheriff", "boro"),
    ]  # fmt: skip
    assert ballots.format == "ess, dominion-csv"
    assert ballots.account.paragraph() == "Records read: 7 rows (7 delivered)."
    assert ballots.account.tables["Files"] == [
        {"file": "alba", "read": "4 rows", "delivered": "4"}, {"file": "boro", "read": "3 rows", "delivered": "3"},
    ]  # fmt: skip


def test_who_stood_is_pooled_over_the_counties(counties: list[Path]) -> None:
    """In county B nobody voted for the Republican of District 3, whom county A shows: the race was contested."""
    coded = blocs.code(blocs.read_cvr(counties), top="President", groups=["county"])
    schema = coded.schema
    assert [item.name for item in schema.items] == ["US HOUSE", "Sheriff"]
    menus = {tuple(item.outcomes[o] for o in menu) for item in schema.items[:1] for menu in item.menus}
    assert all({"straight", "split"} <= set(menu) for menu in menus)
    assert coded.n == 6
    alone = blocs.code(blocs.read_cvr(counties[1]), top="President")
    assert {tuple(alone.schema.items[0].outcomes[o] for o in menu) for menu in alone.schema.items[0].menus} != menus


def test_the_order_of_the_files_makes_no_difference(counties: list[Path]) -> None:
    fits = [blocs.fit(blocs.code(blocs.read_cvr(of), top="President"), types=1) for of in (counties, counties[::-1])]
    assert np.isclose(fits[0].loglik, fits[1].loglik, rtol=1e-12)


def test_tables_and_files_named_twice_are_refused(counties: list[Path], tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("GOV\nDEM\n")
    with pytest.raises(InputError) as caught:
        blocs.read_cvr([tmp_path / "wide.csv"], format="wide", offices=["GOV"])
    assert str(caught.value) == (
        "wide.csv: it is a table of the format 'wide'. Several files are exports of vendors, or long tables. Put the "
        "tables into one."
    )
    with pytest.raises(InputError) as caught:
        blocs.read_cvr([counties[0], counties[0]])
    assert str(caught.value) == "path: 'alba.csv' is named twice. Each file is read once."
    for others in ([counties[0], tmp_path / "x" / ".." / "alba.csv"], [counties[0], tmp_path]):
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(InputError) as caught:
            blocs.read_cvr(others)
        assert str(caught.value) == (
            "path: 'alba.csv' is named twice. Each file is read once." if others[1] != tmp_path else
            f"path: 'alba.csv' is in {tmp_path.name!r}, which is read too. Each file is read once."
        )


def test_contests_of_two_counties_that_share_nobody_are_two() -> None:
    contests = (Contest("US House District 1", county="a"), Contest("U.S. REPRESENTATIVE, DIST 1", county="b"),
                Contest("Clerk", county="a"), Contest("Clerk", county="b"))  # fmt: skip
    candidates = (Candidate(0, "Ann Lee"), Candidate(1, "Cy Oak"), Candidate(2, "Smith"), Candidate(3, "Smith Jones"))
    pooled = pooled_contests(Catalogue(contests, candidates))
    assert pooled.contests == (0, 1, 2, 3)
    assert [contest.district for contest in pooled.catalogue.contests] == ["1, a", "1, b", "a", "b"]


def test_candidates_in_another_script_are_pooled_by_their_names() -> None:
    contests = tuple(Contest("Clerk", county=county) for county in "abc")
    candidates = (Candidate(0, "李"), Candidate(1, "黎"), Candidate(2, "李"))
    assert pooled_contests(Catalogue(contests, candidates)).contests == (0, 1, 0)


def test_several_files_are_one_job(tmp_path: Path) -> None:
    (tmp_path / "alba.csv").write_text(ALBA)
    (tmp_path / "boro.csv").write_text(BORO)
    files = [str(tmp_path / "alba.csv"), str(tmp_path / "boro.csv")]
    done = CliRunner().invoke(cli, ["totals", *files, "--json", "--quiet"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["records"], told["file"]) == (0, 7, files)
    assert {row["contest"] for row in told["rows"]} >= {"Sheriff (alba)", "Sheriff (boro)"}
    done = CliRunner().invoke(
        cli, ["fit", *files, "--top", "President", "--types", "1", "--groups", "county", "--quiet"]
    )
    assert (done.exit_code, done.stderr) == (0, "")
    assert "US HOUSE" in done.stdout
    done = CliRunner().invoke(cli, ["fit", *files, "--items", "a", "--quiet"])
    assert done.stderr == (
        "blocs: --items: 2 files are named. A table of answers is one file. Put the tables into one.\n"
    )


@pytest.mark.parametrize(
    ("boro", "contests"),
    [("REP Bob", ["STATE SENATE 15"]), ("DEM Cal", ["SENATE DISTRICT 15 (alba)", "State Senate District 15 (boro)"]),
     ("Bob", ["SENATE DISTRICT 15 (alba)", "State Senate District 15 (boro)"])],
)  # fmt: skip
def test_who_stood_in_a_district_is_pooled_whatever_its_wording(boro: str, contests: list[str], tmp_path: Path) -> None:
    """Alba names the Democrat alone and Boro the Republican: one contest; two Democrats stand in two."""
    files = [tmp_path / "alba.csv", tmp_path / "boro.csv"]
    for file, wording, name in zip(
        files, ("SENATE DISTRICT 15", "State Senate District 15"), ("DEM Ann", boro), strict=True
    ):
        file.write_text(f"Cast Vote Record,Precinct,Ballot Style,President,{wording}\n1,P,S,DEM Ada,{name}\n"
                        f"2,P,S,REP Ben,{name}\n3,P,S,DEM Ada,undervote\n")  # fmt: skip
    ballots = blocs.read_cvr(files)
    named = [contest.name for contest in ballots.catalogue.contests if "15" in contest.name]
    assert named == (["SENATE DISTRICT 15"] if len(contests) == 1 else contests)
    if len(contests) == 1:
        profiles = blocs.code(ballots, top="President", parties=("DEM", "REP"))
        [item] = profiles.schema.items
        assert [item.menu_labels(menu) for menu in range(len(item.menus))] == [("abstain", "split", "straight")]
