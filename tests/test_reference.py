"""Published values, each with its source in tests/reference/*.json."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.em.initialization import draw
from blocs.em.loop import StoppingRule, run_em
from blocs.engines import Serial
from blocs.model.mixture import Mixture
from blocs.profiles import Profiles

HERE = Path(__file__).parent / "reference"
TABLES = ["values", "cheating", "pleural_thickening"]
FINE = {"gain": 1e-9, "change": 1e-8}


def reference(name: str) -> dict[str, Any]:
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def frequencies(told: dict[str, Any]) -> pd.DataFrame:
    """The table of counts as a frame: one row a cell, the last item fastest."""
    cells = itertools.product((1, 2), repeat=len(told["items"]))
    return pd.DataFrame(cells, columns=told["items"]).assign(n=told["counts"])


def fitted(told: dict[str, Any], types: int) -> tuple[Profiles, blocs.Fit]:
    profiles = Profiles.from_table(frequencies(told), weights="n")
    return profiles, blocs.fit(profiles, types=types, starts=10, seed=1, jobs=1, **FINE)


@pytest.mark.parametrize("name", TABLES)
def test_two_types(name: str) -> None:
    told = reference(name)
    profiles, fit = fitted(told, 2)
    expected = told["K2"]
    assert profiles.n == sum(told["counts"])
    assert fit.loglik == pytest.approx(expected["loglik"], abs=expected["tolerance"])
    assert fit.n_parameters == expected["parameters"]
    assert fit.bic == pytest.approx(expected["bic"], abs=6e-5)
    np.testing.assert_allclose(fit.shares, expected["shares"], atol=6e-5)
    assert fit.status == "converged"


@pytest.mark.parametrize("name", ["values", "cheating"])
def test_one_type(name: str) -> None:
    told = reference(name)
    assert fitted(told, 1)[1].loglik == pytest.approx(told["K1"]["loglik"], abs=told["K1"]["tolerance"])


@pytest.mark.parametrize("name", ["values", "cheating"])
def test_fit_statistics_over_the_whole_table(name: str) -> None:
    """G2 and X2 by hand from the fitted probability of every cell, which sum to one."""
    told = reference(name)
    profiles, fit = fitted(told, 2)
    assert len(profiles) == len(told["counts"])  # every cell occurs
    rows, _ = fit.mixture.posterior(fit.params, profiles)
    fitted_counts = profiles.n * np.exp(rows)
    assert fitted_counts.sum() == pytest.approx(profiles.n, rel=1e-12)
    g2 = 2 * float(profiles.counts @ np.log(profiles.counts / fitted_counts))
    x2 = float(((profiles.counts - fitted_counts) ** 2 / fitted_counts).sum())
    assert g2 == pytest.approx(told["K2"]["g2"], abs=1e-4)
    assert x2 == pytest.approx(told["K2"]["x2"], abs=1e-3)


def test_probabilities_of_the_values() -> None:
    told = reference("values")
    table = fitted(told, 2)[1].table()
    large = table[(table["type"] == 1) & (table["outcome"] == 1)].set_index("item")["probability"]
    for item, probability in told["K2"]["largest type, probability of outcome 1"].items():
        assert large[item] == pytest.approx(probability, abs=6e-5)


def test_tables_in_the_repository_are_those_of_the_files(shared_data: Callable[[str], Path]) -> None:
    for name in ("values", "cheating"):
        told = reference(name)
        file = pd.read_csv(shared_data(f"lca/{name}.csv"))[told["items"]]
        counts = file.value_counts().reindex(frequencies(told).set_index(told["items"]).index)
        assert counts.tolist() == told["counts"]


def simulated(path: Path, menus: bool) -> Profiles:
    frame = pd.read_csv(path)
    items = [f"y.{j}" for j in range(1, 6)]
    book = {3: {0, 1, 2}, 2: {0, 2}, 1: {0, 1}}
    given = {f"y.{j}": (f"m.{j}", book) for j in range(1, 6)} if menus else None
    return Profiles.from_table(frame, items=items, menus=given)


def test_simulated_voters_have_a_local_optimum_and_a_better_one(shared_data: Callable[[str], Path]) -> None:
    told = reference("clustercvr_simulated")
    profiles = simulated(shared_data(told["data"]["full"]), menus=False)
    assert blocs.fit(profiles, types=1).loglik == pytest.approx(told["full"]["K1"], abs=5e-5)
    mixture = Mixture.of(profiles.schema, 2)
    params = draw("mixed", mixture, profiles, 1, range(40))
    found = run_em(mixture, Serial(), mixture.place(profiles), params, StoppingRule(**FINE))
    shares = -np.sort(-found.params.shares, axis=1)
    for name in ("K2 local", "K2"):
        expected = told["full"][name]
        here = np.abs(found.loglik - expected["loglik"]) < 5e-6
        assert here.any(), (name, sorted(found.loglik)[-10:])
        np.testing.assert_allclose(shares[here][0], expected["shares"], atol=2e-5)
    assert found.loglik.max() == pytest.approx(told["full"]["K2"]["loglik"], abs=5e-6)


def test_simulated_voters_with_menus(shared_data: Callable[[str], Path]) -> None:
    told = reference("clustercvr_simulated")
    profiles = simulated(shared_data(told["data"]["miss"]), menus=True)
    assert blocs.fit(profiles, types=1, **FINE).loglik == pytest.approx(told["miss"]["K1"], abs=6e-6)
    patterns = told["vote patterns of miss"]
    assert len(profiles) == patterns["with menus"]
    assert len(simulated(shared_data(told["data"]["miss"]), menus=False)) == patterns["without menus"]
    fit = blocs.fit(profiles, types=2, starts=100, seed=1, jobs=1, method="probabilities", **FINE)
    assert 1 <= fit.hits <= 40  # a rare optimum: most starts miss it,
    assert fit.hits + fit.moved >= 60  # and moves lead most of them there
    assert fit.loglik == pytest.approx(told["miss"]["K2"]["loglik"], abs=6e-6)
    np.testing.assert_allclose(fit.shares, told["miss"]["K2"]["shares"], atol=6e-5)


@pytest.fixture(scope="module")
def palm_beach() -> tuple[dict[str, Any], Profiles]:
    """Coded here by hand, not by blocs.ballots: 0 abstain, own party straight, the other major party split."""
    told = reference("palm_beach")
    path = Path(__file__).resolve().parents[2] / "shared" / "data" / told["data"]
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{told['data']}, which is not here")
    frame = pd.read_csv(path)
    assert frame["Nvoters"].sum() == told["voters in file"]
    frame = frame[frame["num_PRS"].isin([1, 2])]
    own = frame["num_PRS"]
    coded = {"n": frame["Nvoters"].to_numpy()}
    for item in told["items"]:
        vote = frame[item]
        coded[item] = np.select([vote == 0, vote == own, vote == 3 - own], ["abstain", "straight", "split"], "other")
    return told, Profiles.from_table(coded, items=told["items"], weights="n")


@pytest.mark.parametrize("types", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_palm_beach(palm_beach: tuple[dict[str, Any], Profiles], types: int) -> None:
    told, profiles = palm_beach
    assert profiles.n == told["voters"]
    fit = blocs.fit(profiles, types=types, starts=6, seed=1)
    assert fit.loglik == pytest.approx(told["loglik"][str(types)], abs=told["tolerance"])
