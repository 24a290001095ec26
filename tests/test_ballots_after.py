"""Tables after the coding: bars, solid partisans, published tables with a minimum cell, certified totals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ballots_support import long_table
from blocs.ballots import code, code_rows, office_bars, read_cvr, solid_partisans
from blocs.ballots.reports.certified_totals import against_returns
from blocs.ballots.reports.disclosure import MERGED, Published, _determined, _hidden_of_both, by_group, few_withheld
from blocs.core.errors import InputError
from blocs.profiles import Profiles


def rows(voter: int, house: str, senate: str, county: str = "", top: str = "X") -> list[tuple[object, ...]]:
    party = {"X": "DEM", "Y": "REP", "A": "DEM", "B": "REP", "C": "DEM", "L": "LBT"}
    marks = [("US PRESIDENT", top), ("US HOUSE", house), ("SENATE", senate)]
    return [(voter, office, "", name, party.get(name)) for office, name in marks]


ROWS = [*rows(1, "A", "C"), *rows(2, "B", "UNDERVOTE"), *rows(3, "L", "C"), *rows(4, "UNDERVOTE", "C"),
        *rows(5, "B", "C", top="Y"), *rows(6, "A", "UNDERVOTE", top="Y")]  # fmt: skip


def test_bars_divide_by_all_voters_for_whom_the_office_was_contested() -> None:
    bars = office_bars(code(read_cvr(long_table(ROWS))))
    assert bars.round(6).to_dict("records")[0] == {
        "top": "DEM", "office": "US HOUSE", "contested": 4, "abstain": 0.25, "split": 0.25, "straight": 0.25,
        "other": 0.25, "missing": 0.0,
    }  # fmt: skip
    senate = bars[bars["office"] == "SENATE"]
    assert senate["contested"].tolist() == [0, 0]
    assert senate["split"].isna().all()


WITH_MISSING = [*ROWS, *rows(7, "A", "UNDERVOTE"), (7, "US HOUSE", "", "B", "REP")]


@pytest.mark.parametrize(
    ("rules", "shares"),
    [
        ({}, {"abstain": 0.4, "split": 0.2, "straight": 0.2, "other": 0.2, "missing": 0.0}),
        ({"other": "abstain"}, {"abstain": 0.6, "split": 0.2, "straight": 0.2, "other": 0.0, "missing": 0.0}),
        ({"other": "missing"}, {"abstain": 0.4, "split": 0.2, "straight": 0.2, "other": 0.0, "missing": 0.2}),
        ({"overvote": "missing"}, {"abstain": 0.2, "split": 0.2, "straight": 0.2, "other": 0.2, "missing": 0.2}),
        ({"other": "missing", "overvote": "missing"},
         {"abstain": 0.2, "split": 0.2, "straight": 0.2, "other": 0.0, "missing": 0.4}),
    ],
)  # fmt: skip
def test_bars_divide_by_all_voters_whatever_is_treated_as_missing(
    rules: dict[str, Any], shares: dict[str, float]
) -> None:
    """Five Democrats have the House: straight, split, other, blank, overvoted."""
    coded = code_rows(read_cvr(long_table(WITH_MISSING)), **rules)
    expected = {"top": "DEM", "office": "US HOUSE", "contested": 5, **shares}
    assert office_bars(coded).round(6).to_dict("records")[0] == expected
    assert solid_partisans(coded).to_dict("records")[0] == {
        "top": "DEM", "solid": 1, "opposed": 1, "mixed": 3, "none": 0,
    }  # fmt: skip
    if not shares["missing"]:
        pd.testing.assert_frame_equal(office_bars(coded.profiles), office_bars(coded))
        pd.testing.assert_frame_equal(solid_partisans(coded.profiles), solid_partisans(coded))
        return
    with pytest.raises(InputError) as caught:
        office_bars(coded.profiles)
    assert str(caught.value) == (
        "profiles: outcomes are treated as missing in the profiles. Shares are of all voters for whom an office was "
        "contested, these included. Give what `code_rows` returns, which says where they are."
    )


ALL_MISSING = {
    "other": ["DEM,DEM,DEM"] * 6 + ["DEM,DEM,REP"] * 2 + ["DEM,DEM,none"] + ["DEM,DEM,other", "DEM,other,DEM"] * 2
    + ["DEM,other,other"] * 3 + ["DEM,off,off"] + ["REP,REP,REP"] * 3,
    "overvote": ["DEM,DEM,DEM"] * 4 + ["DEM,overvote,overvote"] * 2 + ["REP,REP,REP"] * 3 + ["REP,overvote,DEM"],
}  # fmt: skip
"""Rows of wide tables, President, A and B, by the rule that makes an outcome missing."""


@pytest.mark.parametrize("rule", ALL_MISSING)
@pytest.mark.parametrize("offices", [["B"], ["A", "B"]], ids=len)
def test_bars_count_voters_whose_every_coded_office_is_missing(rule: str, offices: list[str]) -> None:
    """A plain count of the rows is the other route; a voter without any contested office is in no bar."""
    cells = [dict(zip(["President", "A", "B"], row.split(","), strict=True)) for row in ALL_MISSING[rule]]
    read = read_cvr(pd.DataFrame(cells), offices=["President", "A", "B"])
    rules: dict[str, Any] = {rule: "missing", "top": "President", "offices": offices}
    coded = code_rows(read, **rules)
    assert (coded.row[coded.top == "DEM"] < 0).any()
    for row in office_bars(coded).to_dict("records"):
        top, office = row["top"], row["office"]
        voters = [of[office] for of in cells if of["President"] == top and of[office] != "off"]
        assert row["contested"] == len(voters)
        assert row["missing"] == pytest.approx(voters.count(rule) / len(voters))
        assert row["straight"] == pytest.approx(voters.count(top) / len(voters))
    kept = code_rows(read, keep_empty=True, **rules)
    pd.testing.assert_frame_equal(office_bars(coded), office_bars(kept))
    seen = solid_partisans(coded).drop(columns="none")
    pd.testing.assert_frame_equal(seen, solid_partisans(kept).drop(columns="none"))
    with pytest.raises(InputError, match="outcomes are treated as missing in the profiles"):
        office_bars(coded.profiles)


def test_the_account_counts_what_is_treated_as_missing() -> None:
    coded = code_rows(read_cvr(long_table(WITH_MISSING)), other="missing", overvote="missing")
    assert coded.profiles.account.steps[-1].sentence() == (
        "Outcomes treated as missing: 2 choices (1 overvote; 1 another party or write-in)."
    )


def test_solid_partisans_count_contested_offices_only() -> None:
    found = solid_partisans(code(read_cvr(long_table(ROWS))))
    assert found.to_dict("records") == [
        {"top": "DEM", "solid": 1, "opposed": 1, "mixed": 2, "none": 0},
        {"top": "REP", "solid": 1, "opposed": 1, "mixed": 0, "none": 0},
    ]


def test_bars_need_the_top_party() -> None:
    with pytest.raises(InputError) as caught:
        office_bars(Profiles.from_table({"a": ["x", "y"]}))
    assert str(caught.value) == (
        "profiles: the profiles have no group 'top'. The answer is one for each top party. Make the profiles with "
        "`code`, or with from_table(..., groups='top')."
    )


def published(sizes: dict[str, int], minimum: int, shares: list[float] | None = None) -> Published:
    frame = pd.DataFrame([{"a": "x", "precinct": p} for p, n in sizes.items() for _ in range(n)])
    profiles = Profiles.from_table(frame, items=["a"], groups="precinct")
    posterior = None if shares is None else np.tile(shares, (len(sizes), 1))
    return by_group(profiles, "precinct", posterior, minimum)


def test_small_groups_are_merged_and_said_so() -> None:
    found = published({"P": 12, "Q": 4, "R": 7}, 10)
    assert found.table.to_dict("list") == {"precinct": ["P", MERGED], "voters": [12.0, 11.0]}
    assert found.remark == "No cell stands for fewer than 10 voters: 2 groups under 10 voters were merged."


def test_a_merged_group_that_is_still_small_takes_the_smallest_of_the_others() -> None:
    found = published({"N": 30, "P": 12, "Q": 4}, 10)
    assert found.table.to_dict("list") == {"precinct": ["N", MERGED], "voters": [30.0, 16.0]}
    assert found.remark == (
        "No cell stands for fewer than 10 voters: 1 group under 10 voters was merged with the smallest of the others."
    )


def test_too_few_voters_in_all_are_left_out() -> None:
    found = published({"P": 2, "Q": 4}, 10, [0.5, 0.5])
    assert not len(found.table)
    assert found.remark == "No cell stands for fewer than 10 voters: 2 groups under 10 voters (6 in all) were left out."


@pytest.mark.parametrize("seed", range(20))
def test_nothing_withheld_is_the_total_less_what_is_shown(seed: int) -> None:
    """The attack: the voters of a group and of a type are known from elsewhere, those of a cell are not."""
    generator = np.random.default_rng(seed)
    sizes = [2, 100, 200, 70, generator.integers(5, 60)]
    frame = pd.DataFrame({"a": "x", "precinct": np.repeat(list("PQRST"), sizes)})
    profiles = Profiles.from_table(frame, items=["a"], groups="precinct")
    cells = profiles.cells
    assert cells is not None
    posterior = generator.dirichlet([4, 0.3, 0.2], len(cells.counts))
    found = by_group(profiles, "precinct", posterior, 10)
    types = found.table[["type_1", "type_2", "type_3"]]
    assert found.table["voters"].sum() == len(frame)  # no group is what is left of all
    missing = (cells.counts[:, None] * posterior).sum(axis=0) - types.sum().to_numpy()
    blanks = types.isna().sum().to_numpy()
    assert (((missing >= 9.5) & (blanks >= 2)) | ((blanks == 0) & (abs(missing) < 0.5)) | (blanks == len(types))).all()
    assert (types.isna().sum(axis=1) != 1).all()
    assert (types.stack().dropna() >= 10).all()
    assert (types.stack().dropna() == types.stack().dropna().round(1)).all()


def test_small_cells_are_withheld_with_one_more_that_would_give_them_away() -> None:
    found = published({"P": 100}, 10, [0.05, 0.35, 0.6])
    cells = found.table[["type_1", "type_2", "type_3"]].to_numpy()[0]
    assert np.isnan(cells[:2]).all()
    assert cells[2] == pytest.approx(60)
    assert found.remark == "No cell stands for fewer than 10 voters: 2 cells were withheld."
    assert published({"P": 100}, 10, [0.5, 0.5]).remark.endswith("; nothing was withheld.")
    whole = published({"P": 2}, 1, [0.25, 0.75])  # a minimum of 1 withholds no expected number, however small
    assert whole.table[["type_1", "type_2"]].to_numpy().tolist() == [[0.5, 1.5]]


def test_shares_of_few_voters_are_withheld_with_one_more_that_would_give_them_away() -> None:
    bars = pd.DataFrame({"office": ["A", "B", "C", "D"], "contested": [100, 50, 8, 0],
                         "yes": [0.95, 1.0, 0.5, np.nan], "no": [0.05, 0.0, 0.5, np.nan]})  # fmt: skip
    found = few_withheld(bars, ["yes", "no"], 10, of="contested")
    assert found.remark == "No cell stands for fewer than 10 voters: 5 cells were withheld."
    assert found.table.to_csv(index=False) == "office,contested,yes,no\nA,100,,\nB,50,1.0,0.0\nC,,,\nD,0,,\n"
    whole = few_withheld(bars, ["yes", "no"], 1, of="contested")
    assert whole.remark == "No cell stands for fewer than 1 voter; nothing was withheld."
    pd.testing.assert_frame_equal(whole.table, bars)  # control


def test_counts_of_few_voters_are_withheld_and_the_others_stay_whole() -> None:
    found = few_withheld(pd.DataFrame({"top": ["DEM"], "a": [3], "b": [40], "c": [20]}), ["a", "b", "c"], 10)
    assert found.table.to_csv(index=False) == "top,a,b,c\nDEM,,40,\n"
    with pytest.raises(InputError) as caught:
        few_withheld(found.table, ["a"], 0)
    assert str(caught.value) == "minimum: the minimum is 0. It is a number of voters from 1."


def test_published_refusals() -> None:
    profiles = Profiles.from_table({"a": ["x", "y"], "p": ["1", "2"]}, groups="p")
    with pytest.raises(InputError) as caught:
        by_group(profiles, "precinct", minimum=0)
    assert str(caught.value) == (
        "2 faults:\n"
        "  - by: there is no column 'precinct'. The columns are 'p'.\n"
        "  - minimum: the minimum is 0. It is a number of voters from 1."
    )


def test_certified_totals_in_tiers() -> None:
    ballots = read_cvr(long_table(ROWS))
    returns = pd.DataFrame({"contest": ["us president", "US PRESIDENT", "SENATE"], "candidate": ["X", "y", "C"],
                            "votes": ["4", "2", "5"]})  # fmt: skip
    found = against_returns(ballots, returns).set_index(["contest", "candidate"])
    assert found.loc[("US PRESIDENT", "X"), "tier"] == "0"
    assert found.loc[("SENATE", "C"), "difference"] == -1
    assert found.loc[("SENATE", "C"), "tier"] == ">= 10 %"
    assert pd.isna(found.loc[("US HOUSE", "A"), "tier"])
    assert found.loc[("SENATE", "C"), "share"] == pytest.approx(0.2)
    with pytest.raises(InputError) as caught:
        against_returns(ballots, returns.assign(contest=["US PRESIDENT", "PRESIDENT", "SENATE"], votes=[4, 2, "many"]))
    assert str(caught.value) == (
        "2 faults:\n"
        "  - returns, row 2: no contest is called 'PRESIDENT'. Names are those of the file. "
        "Nearest match: US PRESIDENT.\n"
        "  - returns, row 3: 'many' votes. Certified votes are numbers from 0."
    )


def test_certified_zeros_and_lines_that_are_no_candidates() -> None:
    """Where the certified number is 0 no share of it exists; overvotes and write-ins may be certified too."""
    rows = [*ROWS, (7, "SENATE", "", "C", "DEM"), (7, "SENATE", "", "D", "REP"), (8, "SENATE", "", "WRITEIN", "")]
    returns = pd.DataFrame({"contest": ["SENATE"] * 4 + ["US HOUSE"], "votes": [4, 0, 1, 3, 0],
                            "candidate": ["C", "D", "(overvote)", "Write-in", "L"]})  # fmt: skip
    found = against_returns(read_cvr(long_table(rows)), returns).set_index("candidate")
    assert found.loc[["C", "D", "(overvote)", "(write-in)", "L"], "tier"].tolist() == [
        "0", "0", "0", ">= 10 %", ">= 10 %"]  # fmt: skip
    assert found.loc[["D", "L"], "share"].isna().all()
    assert found.loc[["D", "L"], "difference"].tolist() == [0, 1]
    assert "(undervote)" not in found.index


def test_certified_totals_of_contests_of_one_name_in_several_districts() -> None:
    rows = [(1, "REP", "1", "ANN", "DEM"), (1, "REP", "2", "ANN", "DEM"), (2, "REP", "2", "BO", "REP")]
    ballots = read_cvr(long_table(rows))
    catalogue = replace(ballots.catalogue, contests=tuple(replace(c, name="Rep") for c in ballots.catalogue.contests))
    ballots = replace(ballots, catalogue=catalogue)
    returns = pd.DataFrame({"contest": "rep", "district": ["1", "2", ""], "candidate": ["Ann", "ann", "BO"],
                            "votes": [1, 3, 1]})  # fmt: skip
    found = against_returns(ballots, returns)
    assert found[["district", "candidate", "counted", "certified", "tier"]].values.tolist() == [
        ["1", "ANN", 1, 1, "0"], ["2", "ANN", 1, 3, ">= 10 %"], ["2", "BO", 1, 1, "0"]]  # fmt: skip
    with pytest.raises(InputError) as caught:
        against_returns(ballots, returns.assign(district=["", "2", "3"]))
    assert str(caught.value) == (
        "2 faults:\n"
        "  - returns, row 1: 'Ann' is in 2 contests called 'rep'. Its districts are '1', '2'. Say which in a column "
        "district.\n"
        "  - returns, row 3: 'rep' has no district '3'. Its districts are '1', '2'."
    )
    with pytest.raises(InputError) as caught:
        against_returns(ballots, pd.concat([returns, returns[1:2]]))
    assert str(caught.value) == (
        "returns, row 4: 'ann' of 'rep' has a total in returns, row 2 already. A candidate has one total. Add up rows "
        "of precincts or parties before."
    )


def test_names_that_differ_in_case_alone_are_one_candidate() -> None:
    rows = [(voter, "MAYOR", "", name, "") for voter, name in enumerate(["Ann", "ANN", "ANN"])]
    ballots = read_cvr(long_table(rows))
    returns = pd.DataFrame({"contest": "MAYOR", "candidate": ["ann"], "votes": [3]})
    assert against_returns(ballots, returns)["difference"].tolist() == [0]
    with pytest.raises(InputError) as caught:
        against_returns(ballots, pd.DataFrame({"contest": "MAYOR", "candidate": ["ANN", "Ann"], "votes": [2, 1]}))
    assert str(caught.value) == (
        "returns, row 2: 'Ann' of 'MAYOR' has a total in returns, row 1 already. A candidate has one total. Add up "
        "rows of precincts or parties before."
    )


def test_names_that_differ_in_accents_alone_are_told_apart_by_their_spelling() -> None:
    rows = [(voter, "MAYOR", "", name, "") for voter, name in enumerate(["José", "Jose", "Jose"])]
    ballots = read_cvr(long_table(rows))
    returns = pd.DataFrame({"contest": "MAYOR", "candidate": ["Jose", "José"], "votes": [2, 1]})
    assert against_returns(ballots, returns)["difference"].tolist() == [0, 0]
    with pytest.raises(InputError) as caught:
        against_returns(ballots, returns.assign(candidate=["Jose", "JOSE"]))
    assert str(caught.value) == (
        "returns, row 2: 'JOSE' fits 2 candidates of 'MAYOR'. They are 'Jose', 'José'. Spell the name as one of them."
    )


def test_returns_as_counties_print_them() -> None:
    """With the votes allowed behind a contest, words for rows that are no candidates, and commas between thousands."""
    marks = ["Ann"] * 1008 + ["Bo"] * 5 + ["WRITEIN"] * 2 + ["UNDERVOTE"] * 3
    rows = [(voter, "MAYOR", "", name, "") for voter, name in enumerate(marks)] + [(9999, "CLERK", "", "Cy", "")]
    rows += [(5000, "MAYOR", "", name, "") for name in ("Ann", "Bo")]
    returns = pd.DataFrame({"contest": ["Mayor (Vote For=1)"] * 3 + ["Vote for 1: Mayor"] * 2,
                            "candidate": ["ANN", "Bo", "Write-ins", "Over Votes", "Times Under Voted"],
                            "votes": ["1,008", "5", "2", "1", "3"]})  # fmt: skip
    ballots = read_cvr(long_table(rows))
    found = against_returns(ballots, returns)
    assert found["difference"].tolist()[-5:] == [0] * 5
    with pytest.raises(InputError) as caught:
        against_returns(ballots, returns.assign(candidate=["ANN", "Bea", *returns["candidate"][2:]], votes="1,0080"))
    assert str(caught.value).splitlines()[1] == (
        "  - returns, row 1: '1,0080' votes. Certified votes are numbers from 0. Write a point before the decimals."
    )
    with pytest.raises(InputError) as caught:
        against_returns(ballots, returns.assign(candidate=["ANN", "Bea", *returns["candidate"][2:]]))
    assert str(caught.value) == (
        "returns, row 2: 'Bea' has no votes in 'Mayor (Vote For=1)'. Names are those of the file."
    )


def test_returns_without_their_columns_are_refused_like_any_table() -> None:
    table = pd.DataFrame({"voter": [1], "office": ["Mayor"], "candidate": ["Ann"]})
    with pytest.raises(InputError) as caught:
        against_returns(read_cvr(table), pd.DataFrame({"contest": ["Mayor"], "vote": [1]}))
    assert str(caught.value) == (
        "returns: there are no columns 'candidate', 'votes'. The columns are 'contest', 'vote'. Nearest match: vote "
        "for 'votes'. Returns have columns contest, candidate and votes."
    )


@pytest.mark.parametrize("seed", range(30))
def test_no_cell_follows_from_the_sums(seed: int) -> None:
    """A cell is known where its unit vector is a combination of the equations of rows and columns."""
    generator = np.random.default_rng(seed)
    size = generator.integers(3, 9), generator.integers(2, 8)
    cells = generator.choice([3.0, 30.0, 40.0], size, p=[0.3, 0.4, 0.3]) + generator.random(size)
    hidden = _hidden_of_both(cells, 10)
    assert hidden[cells < 10].all()
    at = np.argwhere(hidden)
    equations = np.concatenate([at[:, 0] == np.arange(size[0])[:, None], at[:, 1] == np.arange(size[1])[:, None]])
    left = np.eye(len(at)) - np.linalg.pinv(equations.astype(float)) @ equations
    assert (np.diag(left) > 1e-9).all()


def test_a_cell_between_two_cycles_would_follow_from_the_sums() -> None:
    hidden = np.zeros((4, 4), dtype=bool)
    hidden[:2, :2] = hidden[2:, 2:] = hidden[1, 2] = True  # two squares, and one cell that links them
    assert np.argwhere(_determined(hidden)).tolist() == [[1, 2]]
    cells = np.where(hidden, 6.0, 50.0)
    assert not _determined(_hidden_of_both(cells, 10)).any()


@pytest.mark.parametrize(("swapped", "voters"), [(True, 10), (False, 10), (True, 9)])
def test_an_office_in_which_both_parties_split_is_doubtful(swapped: bool, voters: int) -> None:
    parties = ["REP", "DEM"] if swapped else ["DEM", "REP"]
    chosen = [(top, of) for top, of in (("DEM", 0), ("REP", 1)) for _ in range(voters)]
    rows = [(n, "President", top, top) for n, (top, _) in enumerate(chosen)]
    rows += [(n, "Sheriff", f"Candidate {of}", parties[of]) for n, (_, of) in enumerate(chosen)]
    profiles = code(read_cvr(pd.DataFrame(rows, columns=["voter", "office", "candidate", "party"])))
    remark = (
        "Most voters of both parties split in Sheriff (100% and 100%): check the parties of the candidates there, "
        "which may be exchanged."
    )
    assert (remark in profiles.account.remarks) == (swapped and voters == 10)
