"""Estimates on the boundary: found by score and curvature on every menu, and taken out."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import blocs
from errors_support import FINE, with_boundaries


def test_probabilities_on_the_boundary_have_no_error_and_leave_the_others_theirs() -> None:
    profiles = with_boundaries()
    fit = blocs.fit(profiles, 2, **FINE)
    errors = blocs.standard_errors(fit, profiles)
    table = errors.table().set_index(["type", "item", "outcome"])
    flagged = table[table["flag"] != ""]
    assert flagged.index.tolist() == [(2, "q5", 2), (2, "q6", 0), (2, "q6", 1)]
    assert flagged[["se", "low", "high"]].isna().all(axis=None) and set(flagged["flag"]) == {"boundary"}
    assert [of.words for of in errors.kept.boundary] == ["type 2, q5: log-odds of 2 against 0",
                                                         "type 2, q6: log-odds of 0 against 1"]  # fmt: skip
    parameters = errors.parameters().query("flag != ''")
    assert parameters["value"].tolist() == [-np.inf, -np.inf] and parameters["se"].isna().all()
    assert repr(errors) == "<StandardErrors of 17 parameters, 2 at the boundary: observed information>"
    summary = str(fit.summary(errors))
    assert "2     q6    1             1.0000          - (boundary)" in summary
    assert "parameters         17 (2 taken out)" in summary
    assert max(map(len, summary.split("\n"))) <= 80


def test_a_menu_without_the_dominant_outcome_keeps_the_others_inside() -> None:
    """Type 2 always chooses a where it can; on the menu of b and c its odds have a score and a curvature."""
    rng = np.random.default_rng(2)
    two, short = rng.random(4000) < 0.5, rng.random(4000) < 0.5
    frame = pd.DataFrame({f"q{j}": rng.binomial(1, np.where(two, 0.9, 0.15)) for j in range(4)})
    full = np.where(two, "a", rng.choice(["a", "b", "c"], 4000, p=[0.2, 0.5, 0.3]))
    rest = np.where(two, rng.choice(["b", "c"], 4000, p=[0.3, 0.7]), rng.choice(["b", "c"], 4000, p=[0.6, 0.4]))
    frame["m"] = np.where(short, rest, full)
    profiles = blocs.Profiles.from_table(frame, menus={"m": [set("bc") if s else set("abc") for s in short]})
    fit = blocs.fit(profiles, 2, **FINE)
    two_is = 1 + int(fit.table().query("item == 'm' and outcome == 'a'")["probability"].argmax())
    errors = blocs.standard_errors(fit, profiles)
    whole = errors.table().query(f"type == {two_is} and item == 'm'")
    assert whole["flag"].tolist() == ["boundary"] * 3 and (whole["probability"].to_numpy()[1:] < 1e-6).all()
    menus = errors.table(by_menu=True).query(f"type == {two_is} and item == 'm'").set_index(["menu", "outcome"])
    assert menus.loc["b|c", "flag"].tolist() == ["", ""] and menus.loc["a|b|c", "flag"].tolist() == ["boundary"] * 3
    p, se = menus.loc[("b|c", "b"), "probability"], menus.loc[("b|c", "b"), "se"]
    votes = (fit.posterior(profiles)[two_is] * short).sum()
    assert se == pytest.approx(math.sqrt(p * (1 - p) / votes), rel=0.1)  # types are nearly known
    assert [of.words for of in errors.kept.boundary] == [f"type {two_is}, m: log-odds of c against a"]


def test_an_empty_type_is_on_the_boundary_and_an_unanswered_item_unknown() -> None:
    profiles = blocs.Profiles.from_table({"a": ["x", "y", "x", "y"] * 25, "b": [1, 0, 1, 1] * 25})
    mixture = blocs.Mixture.of(profiles.schema, 2)
    empty = blocs.given(mixture, [1.0, 0.0], {"a": [[0.5, 0.5], [0.5, 0.5]], "b": [[0.25, 0.5], [0.75, 0.5]]})
    fit = blocs.fit(profiles, 2, init=empty, steps=0)
    errors = blocs.standard_errors(fit, profiles)
    assert errors.shares()["flag"].tolist() == ["boundary", "boundary"]
    assert errors.table()["flag"].tolist() == [""] * 4 + ["unknown"] * 4
    np.testing.assert_allclose(errors.table()["se"][:4], [0.05, 0.05, *[math.sqrt(3 / 16 / 100)] * 2])
    assert "Type 2 has less than half an observation: fit fewer types." in blocs.diagnose(fit, profiles).verdict


def test_coins_that_are_alike_have_no_errors() -> None:
    heads = [5, 4, 6, 4, 5, 3, 5, 6, 2, 4]
    profiles = blocs.Profiles.from_table({"heads": heads}, kinds={"heads": blocs.Binomial(10)})
    fit = blocs.fit(profiles, 3, **FINE)
    errors, found = blocs.standard_errors(fit, profiles), blocs.diagnose(fit, profiles)
    assert set(errors.shares()["flag"]) == set(errors.table()["flag"]) == {"not_identified"}
    assert errors.notes == (
        "The data do not tell types 1, 2 and 3 apart from others: they have no standard errors. Fit fewer types.",
    )
    assert found.verdict[0] == ("Types 1, 2 and 3 are alike: the data cannot tell them apart. Fit fewer types.")
    assert found.coinciding == ((1, 2), (1, 3), (2, 3))


def test_a_covariance_at_its_floor_is_fixed_and_the_mean_is_not() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 1, 60), np.full(40, 20.0)])
    profiles = blocs.Profiles.from_table({"x": x}, kinds={"b": blocs.Gaussian(["x"], floor=1e-4)})
    fit = blocs.fit(profiles, 2, **FINE)
    assert fit.flags == ("singular",)
    table = blocs.standard_errors(fit, profiles).parameters().set_index(["type", "parameter"])
    assert table["flag"].tolist() == ["", "", "", "", "floor"]
    assert table.loc[(2, "variance of x"), ["se", "low", "high"]].isna().all()
    floor = table.loc[(2, "variance of x"), "value"]
    assert table.loc[(2, "mean of x"), "se"] == pytest.approx(math.sqrt(floor / 40), rel=1e-6)


def test_rates_and_success_probabilities_of_0_are_taken_out() -> None:
    rng = np.random.default_rng(0)
    table = {"n": [0] * 50 + list(rng.poisson(5, 50)), "h": [0] * 50 + list(rng.binomial(6, 0.6, 50))}
    profiles = blocs.Profiles.from_table(table, kinds={"n": blocs.Poisson(), "h": blocs.Binomial(6)})
    errors = blocs.standard_errors(blocs.fit(profiles, 2, **FINE), profiles)
    zero = 1 + int(errors.fit.parameters().query("parameter == 'rate'")["value"].to_numpy().argmin())
    flagged = errors.parameters().query("flag == 'boundary'")
    assert flagged[["type", "parameter"]].to_numpy().tolist() == [
        [zero, "log of rate"], [zero, "logit of success probability"],
    ]  # fmt: skip
    success = errors.table().query("item == 'h'").set_index("type")
    assert (success.loc[zero, "flag"], success.loc[3 - zero, "flag"]) == ("boundary", "")


def test_an_outcome_that_nobody_chose_is_on_the_boundary_of_every_menu() -> None:
    table = {"a": ["x", "y", "x", "y", "y"], "b": [1, 0, 1, 0, 1]}
    profiles = blocs.Profiles.from_table(table, levels={"a": ["x", "y", "z"]})
    errors = blocs.standard_errors(blocs.fit(profiles, 1), profiles)
    for by_menu in (False, True):
        flags = errors.table(by_menu=by_menu).query("item == 'a'").set_index("outcome")["flag"]
        assert flags.to_dict() == {"x": "", "y": "", "z": "boundary"}
