"""Fits by group: each group by itself, types aligned, saved and loaded; the ward's published analysis."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

import blocs
from blocs.cli import cli
from blocs.core.errors import InputError, UnsupportedError
from blocs.core.interrupts import interruptible
from blocs.inference.assignment import assign_ballots, expected_by_type
from blocs.inference.by_group import aligned, together
from blocs.profiles import split
from blocs.simulation import write_collection

WARD = "ess/madison_wi_ward9_2018_general.csv"
ITEMS = [f"q{j}" for j in range(6)]


def people(shares: dict[str, tuple[float, ...]], n: int = 600) -> pd.DataFrame:
    """Return answers of types that are alike in all groups, with the groups' own shares."""
    rng = np.random.default_rng(2)
    yes = np.array([[0.9] * 6, [0.1] * 6, [0.9, 0.9, 0.9, 0.1, 0.1, 0.1]])
    parts = []
    for group, of_types in shares.items():
        kind = rng.choice(3, n, p=of_types)
        answers = (rng.random((n, 6)) < yes[kind]).astype(int)
        parts.append(pd.DataFrame(answers, columns=ITEMS).assign(region=group))
        n //= 2
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def profiles() -> blocs.Profiles:
    return blocs.Profiles.from_table(people({"N": (0.6, 0.3, 0.1), "S": (0.1, 0.3, 0.6)}), items=ITEMS, groups="region")


@pytest.fixture(scope="module")
def fits(profiles: blocs.Profiles) -> blocs.FitsByGroup:
    return blocs.fit_by_group(profiles, 3, "region", starts=5)


def test_a_comparison_by_group_is_that_of_its_own_rows(profiles: blocs.Profiles, fits: blocs.FitsByGroup) -> None:
    table = blocs.compare_by_group(profiles, [1, 3], "region", starts=5)
    assert table.iloc[:, :2].to_numpy().tolist() == [["N", 1], ["N", 3], ["S", 1], ["S", 3]]
    for label, rows in table.groupby("region"):
        alone = blocs.compare(split(profiles, "region")[label], [1, 3], starts=5)
        pd.testing.assert_frame_equal(rows.drop(columns="region").reset_index(drop=True), alone)
    three = together(table).set_index("types").loc[3]
    assert (three["loglik"], three["parameters"]) == (pytest.approx(fits.loglik), fits.n_parameters)
    assert three["bic"] == pytest.approx(fits.bic)
    assert blocs.papers.fit_criteria(table[table["region"] == "S"]).caption == (
        "Fit of models with 1 to 3 classes, region S (N = 300)."
    )
    rule = ("it has rows of 2 groups, 'N', 'S'. Numbers of types are compared within a group. Give the rows of one, "
            "such as")  # fmt: skip
    for use in (blocs.recommend, blocs.papers.fit_criteria, blocs.papers.starts):
        with pytest.raises(InputError) as error:
            use(table)
        assert str(error.value) == f"table: {rule} table[table['region'] == 'N']."


def test_the_table_of_the_fits_of_groups(fits: blocs.FitsByGroup) -> None:
    table = blocs.papers.group_fits(fits)
    assert table.caption == "Fits of 3 types for each region (N = 900)."
    north, south, whole = table.printed()
    for row, fit in zip((north, south), fits.fits.values(), strict=True):
        assert row[5] == f"{fit.bic:,.2f}"
        assert row[7:] == [f"{fit.hits} of {len(fit.ends)} starts", "converged"]
    assert whole[0] == "Together" and whole[2:3] == ["40"] and whole[5] == f"{fits.bic:,.2f}"


def test_a_notebook_shows_the_shares_of_each_group(fits: blocs.FitsByGroup) -> None:
    html = fits._repr_html_()
    assert repr(fits)[1:-1].replace("'", "&#x27;") in html
    for label in ("N", "S"):
        assert all(f"{100 * share:.1f}" in html for share in fits.shares[label])


def test_what_a_comparison_by_group_refuses(profiles: blocs.Profiles) -> None:
    with pytest.raises(InputError) as error:
        blocs.compare_by_group(profiles, [2, 100], "region")
    assert str(error.value).startswith("2 faults:\n  - types, region 'N': 100 types are asked for.")
    with pytest.raises(UnsupportedError) as unsupported:
        blocs.compare_by_group(profiles, [2], "region", checkpoint="c")
    assert str(unsupported.value) == (
        "One checkpoint of fits by group is not available, as each group is other data. Compare the groups one by one."
    )


def test_each_group_has_the_fit_of_its_own_rows(fits: blocs.FitsByGroup) -> None:
    table = people({"N": (0.6, 0.3, 0.1), "S": (0.1, 0.3, 0.6)})
    for region, fit in fits.fits.items():
        alone = blocs.fit(blocs.Profiles.from_table(table[table["region"] == region], items=ITEMS), 3, starts=5)
        assert fit.loglik == pytest.approx(alone.loglik, abs=1e-9)
        assert np.allclose(fit.shares, alone.shares)
    assert fits.loglik == sum(fit.loglik for fit in fits.fits.values())
    assert fits.n_parameters == 2 * (2 + 3 * 6)
    assert fits.bic == pytest.approx(-2 * fits.loglik + 40 * np.log(900))


def test_types_go_together_though_their_shares_are_the_other_way_round(fits: blocs.FitsByGroup) -> None:
    assert fits.fits["S"].shares.is_monotonic_decreasing
    assert fits.shares["N"].is_monotonic_decreasing
    assert np.allclose(fits.shares, [[0.6, 0.1], [0.3, 0.3], [0.1, 0.6]], atol=0.07)
    yes = fits.table().query("outcome == 1").pivot(index=["type", "item"], columns="region", values="probability")
    assert (yes["N"] - yes["S"]).abs().max() < 0.25


def test_the_alignment_is_the_best_of_all_permutations(fits: blocs.FitsByGroup) -> None:
    mu = {g: f.table()["probability"].to_numpy().reshape(3, -1) for g, f in fits.fits.items()}
    cost = {
        order: sum(np.abs(mu["N"][k] - mu["S"][order[k]]).sum() for k in range(3)) for order in permutations(range(3))
    }
    assert tuple(k - 1 for k in fits.order["S"]) == min(cost, key=lambda order: cost[order])
    assert fits.order["N"] == (1, 2, 3)  # the largest group keeps its numbers
    assert aligned({"N": fits.fits["N"], "M": fits.fits["N"]})["M"] == (1, 2, 3)


def test_posteriors_and_expected_counts_are_those_of_the_group(
    fits: blocs.FitsByGroup, profiles: blocs.Profiles
) -> None:
    zeta = fits.posteriors(profiles)
    table = people({"N": (0.6, 0.3, 0.1), "S": (0.1, 0.3, 0.6)})
    assert profiles.index is not None
    for region, fit in fits.fits.items():
        rows = np.flatnonzero(table["region"] == region)
        own = fit.posterior(blocs.Profiles.from_table(table.iloc[rows], items=ITEMS)).to_numpy()
        order = np.array(fits.order[region]) - 1
        assert np.allclose(zeta[region][profiles.index[rows]], own[:, order])
    expected = fits.expected(profiles)
    assert list(expected.columns) == ["region", "type", "item", "menu", "outcome", "expected", "share"]
    by_type = expected[expected["item"] == "q0"].groupby("type")["expected"].sum()
    assert by_type.to_numpy() == pytest.approx(expected_by_type(fits, profiles))
    assert by_type.sum() == pytest.approx(900)
    for region, fit in fits.fits.items():
        mine = expected[(expected["region"] == region) & (expected["type"] == 1)]["share"]
        own = fit.expected(profiles, "region").query(f"region == '{region}' and type == {fits.order[region][0]}")[
            "share"
        ]
        assert np.allclose(mine, own)
    assert "observed" in fits.table(profiles)


def test_saved_and_loaded(fits: blocs.FitsByGroup, tmp_path: Path) -> None:
    file, one = tmp_path / "fits.json", tmp_path / "fit.json"
    fits.save(file)
    back = blocs.load_by_group(file)
    assert back.table().equals(fits.table())
    assert (back.loglik, back.order, back.by) == (fits.loglik, fits.order, "region")
    with pytest.raises(InputError) as caught:
        blocs.load(file)
    assert str(caught.value) == (
        f"{file}: it holds fits by 'region', of 'N', 'S'. One fit of all observations is needed. Give a fit that "
        "was made without --by. In Python, `blocs.load_by_group` reads this one: its `fits` has the fit of each group, "
        "which goes with the profiles of that group that `blocs.profiles.split` returns."
    )
    fits.first.save(one)
    with pytest.raises(InputError) as caught:
        blocs.load_by_group(one)
    assert str(caught.value) == f"{one}: it holds one fit of all observations. Read it with `blocs.load`."
    data = json.loads(file.read_text())
    data["groups"][0]["order"] = [1, 1, 2]
    file.write_text(json.dumps(data))
    with pytest.raises(InputError) as caught:
        blocs.load_by_group(file)
    assert str(caught.value) == (
        f"{file}: the fit in it is damaged ('order' cannot be read). Give the file of a saved fit."
    )
    file.write_text(json.dumps({**data, "blocs_fits": 99}))
    with pytest.raises(InputError) as caught:
        blocs.load_by_group(file)
    assert str(caught.value) == (
        f"{file}: it is a fit of format 99. This version reads fits up to format 1. Give the file of a saved fit, or "
        "install a newer blocs."
    )


def test_what_is_refused(profiles: blocs.Profiles, fits: blocs.FitsByGroup) -> None:
    with pytest.raises(InputError) as caught:
        blocs.fit_by_group(profiles, 2, "regoin")
    assert str(caught.value) == "by: there is no column 'regoin'. The columns are 'region'. Nearest match: region."
    few = blocs.Profiles.from_table({"a": [0, 1, 0, 1], "b": [0, 0, 1, 1], "g": ["x", "x", "x", "y"]}, groups="g")
    with pytest.raises(InputError) as caught:
        blocs.fit_by_group(few, 2, "g")
    assert str(caught.value) == (
        "types, g 'y': 2 types are asked for. It has 1 observation in 1 unique row, which cannot tell more types apart "
        "than that."
    )
    other = blocs.Profiles.from_table(
        people({"N": (0.6, 0.3, 0.1), "W": (0.1, 0.3, 0.6)}), items=ITEMS, groups="region"
    )
    with pytest.raises(InputError) as caught:
        fits.expected(other)
    assert str(caught.value) == (
        "profiles: the group 'W' of 'region' was not fitted. There are fits of 'N', 'S'. Leave it out, or fit again."
    )


def test_ctrl_c_ends_all_fits_with_the_best_so_far(profiles: blocs.Profiles) -> None:
    with interruptible() as event:
        event.set()
        fits = blocs.fit_by_group(profiles, 2, "region", starts=3)
    assert [fit.status for fit in fits.fits.values()] == ["interrupted", "interrupted"]


def test_the_published_analysis_of_a_ward(shared_data: Callable[[str], Path]) -> None:
    """By party the types are clear and every start finds them; pooled they are neither, and the fit is worse."""
    coded = blocs.code_rows(blocs.read_cvr(shared_data(WARD)), top="Governor")
    pooled, fits = blocs.fit(coded.profiles, types=3), blocs.fit_by_group(coded, 3)
    assert {top: (round(fit.n), fit.hits + fit.moved, len(fit.ends)) for top, fit in fits.fits.items()} == {
        "DEM": (1788, 20, 20), "REP": (506, 20, 20),
    }  # fmt: skip
    zeta = fits.posteriors(coded.profiles)
    entropy = {top: _entropy(fit.posterior(part).to_numpy(), part.counts)
               for (top, fit), part in zip(fits.fits.items(), _parts(coded), strict=True)}  # fmt: skip
    assert {top: int(100 * value) for top, value in entropy.items()} == {"DEM": 97, "REP": 99}
    assert round(_entropy(pooled.posterior(coded.profiles).to_numpy(), coded.profiles.counts), 2) == 0.69
    assert fits.bic < pooled.bic - 100
    assert pooled.loglik < fits.loglik
    whole = pa.concat_tables(assign_ballots(fits, coded.ballots, coded, posteriors=True)).to_pandas()
    used = whole.dropna(subset="type")
    assert used[["type_1", "type_2", "type_3"]].sum().to_numpy() == pytest.approx(
        expected_by_type(fits, coded.profiles)
    )
    assert used.groupby("top").size().to_dict() == {"DEM": 1788, "REP": 506}
    assert np.isfinite(zeta["DEM"]).all(axis=1).sum() + np.isfinite(zeta["REP"]).all(axis=1).sum() == 183


def _parts(coded: Any) -> list[blocs.Profiles]:
    from blocs.profiles import split

    return list(split(coded.profiles, "top").values())


def _entropy(zeta: np.ndarray[Any, Any], counts: np.ndarray[Any, Any]) -> float:
    logs = np.log(np.where(zeta > 0, zeta, 1))
    return float(1 + (counts[:, None] * zeta * logs).sum() / (counts.sum() * np.log(3)))


def test_ballots_are_assigned_by_top_only() -> None:
    votes = {"President": ["DEM", "REP"] * 4, "Sheriff": ["DEM", "REP", "REP", "DEM"] * 2, "county": ["a", "b"] * 4}
    coded = blocs.code_rows(blocs.read_cvr(pd.DataFrame(votes), offices=["President", "Sheriff"]), groups=["county"])
    fits = blocs.fit_by_group(coded, 1, "county")
    with pytest.raises(UnsupportedError) as caught:
        next(assign_ballots(fits, coded.ballots, coded))
    assert str(caught.value) == "Ballots are assigned by one fit of all or by fits by 'top', not by 'county'."


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("county") / "county.csv"
    write_collection(file, 3000, offices=3, types=2, uncontested=0.3, seed=3)
    return file


def test_on_the_command_line(county: Path, tmp_path: Path) -> None:
    run, saved, out = CliRunner().invoke, tmp_path / "fits.json", tmp_path / "types.csv"
    result = run(cli, ["fit", str(county), "--types", "2", "--starts", "3", "--by", "top", "--out", str(saved)])
    assert (result.exit_code, result.stderr) == (0, "")
    fits = blocs.load_by_group(saved)
    lines = result.stdout.splitlines()
    assert lines[0].startswith("The record of 3,000 ballots has")  # the finding first
    lines = lines[lines.index("") + 1 :]
    assert lines[0] == f"2 types for each party at the top, {fits.n:,.0f} voters"
    assert lines[2].split()[:3] == ["top", "voters", "profiles"]
    for line, (top, fit) in zip(lines[3:5], fits.fits.items(), strict=True):
        assert line.split()[:4] == [top, f"{fit.n:,.0f}", f"{fit.profiles:,}", f"{fit.loglik:,.4f}"]
    assert lines[5].split() == ["together", f"{fits.n:,.0f}", f"{fits.loglik:,.4f}", f"{fits.n_parameters:,}",
                                f"{fits.bic:,.2f}"]  # fmt: skip
    assert sum(line.startswith("Type 2 (DEM ") for line in lines) == 2
    document = json.loads(
        run(cli, ["fit", str(county), "--types", "2", "--starts", "3", "--by", "top", "--json"]).stdout
    )
    assert document["by"] == "top"
    assert set(document["groups"]) == {"DEM", "REP"}
    assert document["loglik"] == pytest.approx(sum(group["loglik"] for group in document["groups"].values()))
    assert document["groups"]["REP"]["shares"] == pytest.approx(fits.shares["REP"].tolist())
    assert {row["top"] for row in document["expected"]} == {"DEM", "REP"}
    assert run(cli, ["assign", str(county), "--fit", str(saved), "--out", str(out)]).exit_code == 0
    types = pd.read_csv(out)
    assert len(types) == 3000
    assert (types["type"].isna() == types["top"].isna()).all()
    tables = ["tables", str(county), "--fit", str(saved), "--by", "top", "--minimum", "1", "--json"]
    rows = json.loads(run(cli, tables).stdout)["groups"]
    assert [row["top"] for row in rows] == list(fits.fits)
    for row, (top, fit) in zip(rows, fits.fits.items(), strict=True):  # at a maximum shares are means of posteriors
        expected = fit.n * fits.shares[top].to_numpy()
        assert np.allclose([row["type_1"], row["type_2"]], expected, rtol=1e-3)
        assert row["voters"] == fit.n


def test_menus_of_which_types_say_nothing_are_those_of_their_group() -> None:
    """What only the voters of one party had is nothing that the types of the other must say."""
    votes = {"top": ["DEM"] * 4 + ["REP"] * 4, "a": list("xyxyzwzw"), "b": list("xyyxwzzw")}
    profiles = blocs.Profiles.from_table(votes, items=["a", "b"], groups="top")
    fits = blocs.fit_by_group(profiles, 1, "top")
    assert [places for places, _ in fits.unknown(profiles).values()] == [(), ()]
    assert [counts.sum() for _, counts in fits.unknown(profiles).values()] == [4, 4]
    assert profiles.cells is not None
    assert fits.of_cells(profiles).tolist() == [[1.0]] * len(profiles.cells.row)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--by", "top", "--equal", "none"],
         "--equal: there are no groups. It says which items are equal in all groups. Name their column with --by."),
        (["--by", "top", "--items", "a"],
         "--by: it is for ballots only. With --items the file is a table of answers."),
        (["--model", "--items", "a"],
         "--model: it is for ballots only. Of a table of answers, these probabilities are always printed."),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together(county: Path, options: list[str], said: str) -> None:
    result = CliRunner().invoke(cli, ["fit", str(county), *options])
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"blocs: {said}\n")


def test_a_saved_fit_is_no_start_by_party(county: Path, tmp_path: Path) -> None:
    saved = tmp_path / "fit.json"
    CliRunner().invoke(cli, ["fit", str(county), "--types", "1", "--out", str(saved)])
    result = CliRunner().invoke(cli, ["fit", str(county), "--by", "top", "--resume", str(saved)])
    assert result.stderr == (
        "blocs: --by: a saved fit is of all voters. It is no start for fits of one party each. Leave out --resume.\n"
    )


def test_outcomes_that_nobody_of_a_group_has_are_no_parameters_there() -> None:
    """Each group as if it were read alone; the note names what is left out."""
    rng = np.random.default_rng(1)
    region = np.where(rng.random(200) < 0.5, "A", "B")
    table = {name: rng.integers(2, size=200) for name in "abc"} | {"region": region}
    table["a"] = np.where((region == "A") & (rng.random(200) < 0.3), 2, table["a"])
    fits = blocs.fit_by_group(blocs.Profiles.from_table(table, items=list("abc"), groups="region"), 2, "region", seed=1)
    alone = {name: column[region == "B"] for name, column in table.items()}
    own = blocs.fit(blocs.Profiles.from_table(alone, items=list("abc")), 2, seed=1)
    assert (fits.fits["B"].n_parameters, fits.fits["A"].n_parameters) == (own.n_parameters, own.n_parameters + 2)
    assert fits.fits["B"].loglik == pytest.approx(own.loglik, abs=1e-6)
    note = "Item 'a': outcome 2 is a level of the column, but in no row; it has no parameter."
    assert fits.fits["B"].notes == (note,)
