"""Real counties, counted independently: the coding reproduces them exactly."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from ballots_support import sorted_by_top, voters_of
from blocs.ballots import Ballots, code, read_cvr
from blocs.ballots.reports.party_loyalty import office_bars
from shared_files import shared

OFFICES = ["v_EDU", "v_TRS", "v_USS", "v_SHF", "v_CLR", "v_TAX", "v_SOL", "v_USH"]
OUTCOME = {"0": "abstain", "1": "split", "2": "straight", "3": "other"}


@pytest.fixture(scope="module")
def palm_beach() -> Ballots:
    return read_cvr(
        shared("palm_beach/herron_lewis_counts.csv.gz"), offices=["num_PRS", *OFFICES], weights="Nvoters",
        codes={0: "none", 1: "REP", 2: "DEM", "*": "other"},
    )  # fmt: skip


@pytest.mark.parametrize("top", ["num_PRS", "v_USS"])
def test_palm_beach(palm_beach: Ballots, top: str) -> None:
    golden = json.loads(shared("golden/golden_palmbeach.json").read_text())[top]
    offices = [office for office in OFFICES if office != top]
    profiles = code(palm_beach, top=top, offices=offices)
    assert profiles.n == golden["N"]
    assert profiles.cells is not None
    assert len(profiles.cells.row) == golden["unique_profiles_with_top"]
    read = sorted_by_top(profiles)
    assert read.total == 362_649
    assert sum(n for part, n in read.parts.items() if part.startswith("kept")) == golden["N"]
    tally: Counter[Any] = Counter()
    voters: Counter[Any] = Counter()
    for (t, *cells), n in voters_of(profiles).items():
        voters[t[0]] += n
        for office, cell in zip(offices, cells, strict=True):
            tally[t[0], office, cell[1]] += n
    for t in "RD":
        expected = golden["by_top"][t]
        assert voters[t] == expected["N"]
        for office in offices:
            assert {k: tally[t, office, OUTCOME[k]] for k in expected[office]} == expected[office]


def test_palm_beach_office_bars_are_shares_of_all_voters(palm_beach: Ballots) -> None:
    golden = json.loads(shared("golden/golden_palmbeach.json").read_text())["num_PRS"]["by_top"]
    bars = office_bars(code(palm_beach, top="num_PRS")).set_index(["top", "office"])
    for t, name in (("R", "REP"), ("D", "DEM")):
        for office in OFFICES:
            assert bars.loc[(name, office), "contested"] == golden[t]["N"]
            split = golden[t][office]["1"] / golden[t]["N"]
            assert bars.loc[(name, office), "split"] == pytest.approx(split, rel=1e-12)
    assert bars[["abstain", "split", "straight", "other"]].sum(axis=1).to_numpy() == pytest.approx(1)


def test_palm_beach_account_is_a_paragraph(palm_beach: Ballots) -> None:
    assert code(palm_beach, top="num_PRS").account.paragraph() == (
        "Contests: 9 contests (8 coded in 8 offices; 1 top of the ticket). "
        "Read and sorted by num_PRS: 362,649 voters (210,640 kept: DEM; 124,500 kept: REP; "
        "22,105 set aside: another party at the top; 5,404 set aside: no vote at the top). "
        "Offices of the voters kept: 2,681,120 offices by voters (2,681,120 both parties on the menu). "
        "Offices on a menu, by outcome: 2,681,120 choices (2,131,148 straight; 422,124 split; "
        "114,297 abstain (undervote); 13,551 another party or write-in). "
        "The 335,140 voters kept are 4,874 unique rows, 7,142 with their groups."
    )


def test_seed_preset_is_three_outcomes(palm_beach: Ballots) -> None:
    profiles = code(palm_beach, top="num_PRS", preset="seed")
    assert all(item.outcomes == ("abstain", "split", "straight") for item in profiles.schema.items)
    assert profiles.n == 335_140


MADISON = {
    "ATG": "Attorney General", "SOS": "Secretary of State", "TRS": "State Treasurer", "USS": "United States Senator",
    "USH": "Representative in Congress", "HOU": "Representative to the Assembly", "SHF": "Sheriff Dane County",
    "CLR": "Clerk of Circuit Court Dane County", "GOV": "Governor / Lieutenant Governor",
}  # fmt: skip
MENU = {3: {"split", "straight"}, 2: {"straight"}, 1: {"split"}}


@pytest.mark.parametrize("top", ["GOV", "USS"])
def test_madison(top: str) -> None:
    ess = pytest.importorskip("blocs.ballots.vendors.ess.table", reason="the ES&S reader is not there")
    assert ess
    golden = json.loads(shared("golden/golden_madison.json").read_text())[top]
    ballots = read_cvr(shared("ess/madison_wi_ward9_2018_general.csv"))
    offices = list(dict.fromkeys(cell["office"] for cell in golden["cells"]))
    profiles = code(ballots, top=MADISON[top], offices=[MADISON[o] for o in offices])
    read = sorted_by_top(profiles)
    assert read.total == 2_335
    assert read.parts["kept: DEM"] == golden["top"]["D"]
    assert read.parts["kept: REP"] == golden["top"]["R"]
    assert read.parts["set aside: no vote at the top"] == golden["top"]["undervote"]
    over: Counter[Any] = Counter()
    tally: Counter[Any] = Counter()
    without = code(ballots, top=MADISON[top], offices=[MADISON[o] for o in offices], overvote="missing")
    for (t, *cells), n in voters_of(profiles).items():
        for office, cell in zip(offices, cells, strict=True):
            tally[t[0], office, frozenset(cell[0] & {"split", "straight"}), cell[1]] += n
    for (t, *cells), n in voters_of(without).items():
        for office, cell in zip(offices, cells, strict=True):
            over[t[0], office] += n if cell is None else 0
    for cell in golden["cells"]:
        t, office, menu = cell["top"], cell["office"], frozenset(MENU[cell["m"]])
        for outcome in ("straight", "split", "other"):
            assert tally[t, office, menu, outcome] == cell.get(outcome, 0), (cell, outcome)
        assert over[t, office] == cell.get("overvote", 0)
        assert tally[t, office, menu, "abstain"] == cell.get("abstain", 0) + cell.get("overvote", 0)
