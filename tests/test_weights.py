"""Weights: by label where they have labels, doubted where they cannot be numbers of observations, faults by line."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import blocs
from blocs.cli import cli
from blocs.estimators import CategoricalMixture, PoissonMixture

LABELLED = pd.DataFrame({"a": ["x", "y", "x"]}, index=["r1", "r2", "r3"])


def counted(**given: Any) -> dict[Any, float]:
    profiles = blocs.Profiles.from_table(LABELLED, **given)
    return dict(zip(profiles.schema.items[0].outcomes, profiles.weights.tolist(), strict=True))


def refused(frame: Any, **given: Any) -> str:
    with pytest.raises(blocs.InputError) as caught:
        blocs.Profiles.from_table(frame, **given)
    return str(caught.value)


@pytest.mark.parametrize("role", ["weights", "design_weights"])
def test_a_series_belongs_to_the_rows_with_its_labels(role: str) -> None:
    ordered = pd.Series([2.0, 9.0, 4.0], index=["r1", "r2", "r3"])
    for series in (ordered, ordered[["r3", "r2", "r1"]], pd.concat([ordered, pd.Series({"r9": 100.0})])):
        assert counted(**{role: series}) == counted(**{role: [2.0, 9.0, 4.0]})
    assert counted(**{role: ordered.to_numpy()}) == counted(**{role: ordered.tolist()})


def test_a_series_without_the_labels_of_the_rows_is_refused() -> None:
    rule = "The values of a Series belong to the rows with their labels."
    remedy = "Give its values, `.to_numpy()`, if they are in the order of the rows."
    assert refused(LABELLED, weights=pd.Series([1.0, 2, 3])) == (
        f"weights: its index is not that of the table: it has no label 'r1' (2 more rows like it). {rule} {remedy}"
    )
    twice = pd.Series([1.0, 2, 3, 4], index=["r1", "r2", "r3", "r3"])
    assert refused(LABELLED, design_weights=twice) == (
        f"design_weights: its index is not that of the table: it has labels more than once. {rule} {remedy}"
    )
    menus = pd.Series([{"x", "y"}] * 3)
    assert refused(LABELLED, menus={"a": menus}).startswith("menus['a']: its index is not that of the table")


def test_tables_without_labels_take_a_series_in_order() -> None:
    odd = pd.Series([1.0, 9.0], index=[7, 3])
    for frame in ({"a": ["x", "y"]}, np.array([["x"], ["y"]], dtype=object)):
        assert blocs.Profiles.from_table(frame, weights=odd).counts.tolist() == [1.0, 9.0]


def test_columns_that_are_series_have_one_index() -> None:
    a, b = pd.Series(["x", "y"], index=["r1", "r2"]), pd.Series([0, 1], index=["r2", "r1"])
    assert refused({"a": a, "b": b}) == (
        "the columns 'a' and 'b' are Series with different indexes. Values with one label are one row. Join them as a "
        "DataFrame, or give their values, `.to_numpy()`, if they are in the same order."
    )
    joined = blocs.Profiles.from_table({"a": a, "b": b[a.index]}, weights=pd.Series([9.0, 1.0], index=["r2", "r1"]))
    assert joined.rows.tolist() == ["r1", "r2"]
    assert joined.counts.tolist() == [1.0, 9.0]


def survey(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    z = rng.integers(2, size=n)
    return pd.DataFrame({c: (rng.random(n) < np.where(z, 0.8, 0.2)).astype(int) for c in "abcd"})


def test_weights_that_sum_to_one_are_sampling_weights_and_bic_counts_rows() -> None:
    frame = survey()
    w = np.random.default_rng(1).uniform(0.5, 2, len(frame))
    said = (
        "The weights sum to 1 over 300 rows: they are read as sampling weights (design_weights), rescaled to the "
        "number of rows."
    )
    with pytest.warns(UserWarning, match="weights sum to") as caught:
        light = blocs.Profiles.from_table(frame, weights=w / w.sum())
    assert [str(w.message) for w in caught] == [said]
    assert caught[0].filename == __file__
    assert light.account.remarks == (said,)
    design = blocs.Profiles.from_table(frame, design_weights=w)
    assert (light.n, light.design) == (300.0, True)
    np.testing.assert_allclose(light.weights, design.weights)
    columns = ["loglik", "bic"]
    a, b = (blocs.compare(p, range(1, 4), starts=4)[columns] for p in (light, design))
    np.testing.assert_allclose(a, b, rtol=1e-9)
    assert a["bic"].idxmin() == 1  # two types


def test_weights_that_sum_to_less_than_the_rows_are_doubted() -> None:
    frame = survey(10)
    said = (
        "The weights sum to 5 over 10 rows, so that N and BIC count fewer observations than rows. Sampling weights are "
        "given as design_weights, which are rescaled to the number of rows."
    )
    with pytest.warns(UserWarning, match="weights sum to") as caught:
        profiles = blocs.Profiles.from_table(frame, weights=np.full(10, 0.5))
    assert [str(w.message) for w in caught] == [said]
    assert (profiles.n, profiles.design) == (5.0, False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for w in ([1.0] * 10, [0, 0, 0, 0, 0, 1, 2, 1, 1, 1], np.linspace(0.5, 1.5, 10)):
            blocs.Profiles.from_table(frame, weights=w)
        blocs.Profiles.from_table(frame, design_weights=np.full(10, 0.1))


def test_faces_doubt_sample_weights_alike() -> None:
    frame = survey(60)
    w = np.random.default_rng(1).uniform(0.5, 2, 60)
    counts = np.random.default_rng(2).poisson(3, (60, 2)).astype(float)
    for model, x in ((CategoricalMixture(2, random_state=0), frame), (PoissonMixture(2, random_state=0), counts)):
        with pytest.warns(UserWarning, match=r"^The sample_weight sum to 1 over 60 rows: they are read as sampling"):
            light = model.fit(x, sample_weight=w / w.sum())
        bic = light.bic(x, sample_weight=w / w.sum())
        heavy = model.fit(x, sample_weight=w * 60 / w.sum())
        assert bic == pytest.approx(heavy.bic(x, sample_weight=w * 60 / w.sum()), rel=1e-6)
        assert heavy.fit_.n == pytest.approx(60)


def test_faces_take_weights_by_label_too() -> None:
    frame = survey(60).set_axis([f"r{i}" for i in range(60)])
    w = pd.Series(np.random.default_rng(1).integers(1, 5, 60).astype(float), index=frame.index)
    model = CategoricalMixture(2, random_state=0).fit(frame, sample_weight=w)
    bic = model.bic(frame, sample_weight=w[::-1])
    again = CategoricalMixture(2, random_state=0).fit(frame, sample_weight=w[::-1])
    assert (again.fit_.loglik, bic) == pytest.approx((model.fit_.loglik, model.bic(frame, sample_weight=w.to_numpy())))
    with pytest.raises(ValueError, match="sample_weight: its index is not that of the table: it has no label 'r0'"):
        model.fit(frame, sample_weight=w.reset_index(drop=True))


def test_the_command_line_says_it_in_the_account(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    survey(20).assign(w=0.05).to_csv(table, index=False)
    options = ["--items", "a,b,c,d", "--weights", "w", "--types", "1", "--json", "--quiet"]
    result = CliRunner().invoke(cli, ["fit", str(table), *options])
    assert json.loads(result.stdout)["account"]["remarks"][0].startswith("The weights sum to 1 over 20 rows: they are")


def test_the_file_and_line_of_a_bad_weight_are_named(tmp_path: Path) -> None:
    table = tmp_path / "values.csv"
    table.write_text("a,n\n1,5\n0,-2\n1,x\n0,\n")
    result = CliRunner().invoke(cli, ["fit", str(table), "--items", "a", "--weights", "n", "--quiet"])
    rule = "Weights are finite and not negative. Give a weight of 0 to rows that should not count."
    assert result.stderr == (
        "blocs: 2 faults:\n"
        f"  - values.csv, line 4: the weight is 'x', which is not a finite number (1 more row like it). {rule}\n"
        f"  - values.csv, line 3: the weight is '-2', which is negative. {rule}\n"
    )


def test_weights_columns_and_items_that_are_not_there_are_named_together() -> None:
    frame = {"house": [1, 0], "senate": [0, 1]}
    assert refused(frame, items=["senat", "huose"], weights="n", groups=["town", "top"]) == (
        "3 faults:\n"
        "  - items: there are no columns 'senat', 'huose'. The columns are 'house', 'senate'. Nearest match: senate "
        "for 'senat', house for 'huose'.\n"
        "  - groups: there are no columns 'town', 'top'.\n"
        "  - weights: there is no column 'n'."
    )
