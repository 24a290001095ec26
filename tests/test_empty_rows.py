"""Rows in which every item is missing: no observations, counted in the account, with the shares as posteriors."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import blocs
from blocs.cli import cli
from blocs.estimators import BinomialMixture, CategoricalMixture, GaussianMixture, MultinomialMixture, PoissonMixture
from blocs.inference.assignment import assign_rows


def answers() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    z = rng.integers(2, size=200)[:, None]
    frame = pd.DataFrame((rng.random((200, 5)) < np.where(z, 0.85, 0.2)).astype(float), columns=list("abcde"))
    frame = frame.mask(rng.random(frame.shape) < 0.1)
    frame.loc[:119] = np.nan
    return frame


def naive(frame: pd.DataFrame, fit: blocs.Fit) -> tuple[float, float, float]:
    """Return log-likelihood, BIC and entropy of the rows with an answer, in plain numpy."""
    x = frame.dropna(how="all").to_numpy()
    p = fit.table().query("outcome == 1").pivot(index="type", columns="item", values="probability").to_numpy()
    logs = np.log(fit.shares.to_numpy()) + np.array(
        [[np.nansum(np.where(row == 1, np.log(q), np.log(1 - q)) * ~np.isnan(row)) for q in p] for row in x]
    )
    loglik = np.logaddexp.reduce(logs, axis=1)
    zeta = np.exp(logs - loglik[:, None])
    bic = -2 * loglik.sum() + (1 + 2 * 5) * np.log(len(x))
    return loglik.sum(), bic, 1 + (zeta * np.log(zeta)).sum() / (len(x) * np.log(2))


def test_they_count_in_nothing() -> None:
    frame = answers()
    profiles = blocs.Profiles.from_table(frame)
    fit = blocs.fit(profiles, 2)
    assert (profiles.n, fit.n) == (80.0, 80.0)
    assert (fit.loglik, fit.bic, fit.entropy) == pytest.approx(naive(frame, fit))
    assert profiles.account.paragraph() == "Rows read: 200 rows (120 set aside, every item missing; 80 used)."
    kept = blocs.Profiles.from_table(frame, keep_empty=True)
    other = blocs.fit(kept, 2)
    assert kept.account.paragraph() == "Rows read: 200 rows (200 used)."
    assert other.n == 200
    assert other.loglik == pytest.approx(fit.loglik, abs=1e-6)
    assert other.bic > fit.bic
    assert other.entropy is not None
    assert fit.entropy is not None
    assert other.entropy < 0.6 * fit.entropy


@pytest.mark.parametrize("keep", [False, True])
def test_their_posteriors_are_the_shares_and_they_have_no_type(keep: bool) -> None:
    frame = answers().iloc[[0, 150, 151]].set_axis(["no", "one", "two"])
    fit = blocs.fit(blocs.Profiles.from_table(answers()), 2)
    profiles = blocs.Profiles.from_table(frame, weights=[1, 1, 0], keep_empty=keep)
    posterior = fit.posterior(profiles)
    assert posterior.index.tolist() == ["no", "one", "two"]
    assert posterior.loc["no"].tolist() == pytest.approx(fit.shares.tolist())
    assert posterior.loc["one"].sum() == pytest.approx(1)
    assert posterior.loc["two"].isna().all()
    assert fit.assign(profiles)["type"].isna().tolist() == [True, False, True]
    table = assign_rows(fit, profiles)
    assert table["type"].is_null().to_pylist() == [True, False, True]
    assert table["reason"].to_pylist() == [
        "set aside: every item is missing", None, "set aside: no positive weight",
    ]  # fmt: skip


def test_a_table_of_nothing_else_is_kept_so_that_it_can_be_scored() -> None:
    fit = blocs.fit(blocs.Profiles.from_table(answers()), 2)
    alone = blocs.Profiles.from_table({"a": [None], "b": [None]})
    assert fit.posterior(alone).loc[0].tolist() == pytest.approx(fit.shares.tolist())
    assert fit.assign(alone)["type"].isna().all()


def test_one_answer_of_any_kind_is_enough() -> None:
    frame = {"a": ["x", None, None, None, None], "n": [None, 2, None, None, None], "x": [None, None, 0.5, None, None],
             "k": [None, None, None, "A", None]}  # fmt: skip
    kinds = {"n": blocs.Poisson(), "g": blocs.Gaussian(["x"]), "k": blocs.Known(["A", "B"])}
    profiles = blocs.Profiles.from_table(frame, items=["a"], kinds=kinds)
    assert profiles.index.tolist() == [0, 1, 2, 3, -2]
    assert profiles.n == 4


def test_groups_weights_menus_and_concat_go_with_them() -> None:
    frame = {"a": ["x", None, "y"], "g": ["N", "S", "S"]}
    menus = {"a": [{"x", "y"}, set(), {"x", "y"}]}
    profiles = blocs.Profiles.from_table(frame, items=["a"], groups="g", menus=menus, design_weights=[1, 5, 3])
    assert profiles.weights.tolist() == pytest.approx([0.5, 1.5])
    assert profiles.cells is not None
    assert profiles.cells.labels()["g"].tolist() == ["N", "S"]
    both = blocs.concat([profiles, profiles])
    assert both.n == 4
    assert both.index is not None
    assert both.index.tolist() == [0, -2, 1, 0, -2, 1]
    aligned = profiles.align(profiles.schema)
    assert aligned.index is not None
    assert aligned.index.tolist() == [0, -2, 1]


@pytest.mark.parametrize(
    ("model", "x"),
    [
        (BinomialMixture(2, random_state=0), [[1, 4], [5, 2], [2, 3], [6, 1], [7, 0], [0, 5]]),
        (PoissonMixture(2, random_state=0), [[1, 4], [5, 2], [2, 3], [6, 1], [7, 0], [0, 5]]),
        (MultinomialMixture(2, random_state=0), [[1, 4], [5, 2], [2, 3], [6, 1], [7, 0], [0, 5]]),
        (GaussianMixture(2, random_state=0), [[1, 4], [5, 2], [2, 3], [6, 1], [7, 0], [0, 5]]),
        (CategoricalMixture(2, random_state=0), [[0, 0], [0, 0], [1, 1], [1, 1], [1, 0]]),
    ],
)
def test_faces_leave_them_out_and_answer_for_them(model: Any, x: list[list[int]]) -> None:
    full = np.array(x, dtype=float)
    holes = np.vstack([full, np.full((4, 2), np.nan)])
    bic = model.fit(full).bic(full)
    assert model.fit(holes).bic(holes) == pytest.approx(bic)
    assert model.fit_.n == len(full)
    assert model.score(holes) == pytest.approx(model.lower_bound_, rel=1e-6)
    assert model.predict_proba(holes)[-1] == pytest.approx(model.weights_)
    assert model.predict(holes).shape == (len(holes),)
    assert model.predict_proba([[np.nan, np.nan]])[0] == pytest.approx(model.weights_)
    assert np.isfinite(model.score([[np.nan, np.nan]]))


def test_the_command_line_keeps_them_on_request(tmp_path: Any) -> None:
    file = tmp_path / "answers.csv"
    file.write_text("a,b\n1,0\n1,1\n0,0\n,\n0,1\n,\n")
    arguments = ["fit", str(file), "--items", "a,b", "--types", "1", "--json", "--quiet"]
    for more, n in (([], 4), (["--keep-empty"], 6)):
        done = CliRunner().invoke(cli, [*arguments, *more])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["n"] == n


def test_faces_answer_as_fits_do_where_a_type_says_nothing() -> None:
    """Nobody of the first type answered c: its answer there says nothing against that type, in both."""
    rng = np.random.default_rng(7)
    kind = np.arange(300) % 2
    table = pd.DataFrame((rng.random((300, 8)) < np.where(kind, 0.97, 0.03)[:, None]).astype(float))
    table.columns = list("defghijk")
    table["c"] = np.where(kind, rng.integers(0, 2, 300), np.nan)
    model = CategoricalMixture(2, random_state=0).fit(table)
    assert "unknown" in model.fit_.flags
    new = pd.DataFrame([[0.0, 1.0] * 4 + [1.0]], columns=table.columns)
    profiles = blocs.Profiles.from_table(new)
    assert model.predict_proba(new)[0] == pytest.approx(model.fit_.posterior(profiles).to_numpy()[0])
    assert model.predict_proba(new)[0] == pytest.approx(model.predict_proba(new.assign(c=0.0))[0], abs=0.2)
    assert 0.05 < model.fit_.evaluate(profiles).unknown[0] < 0.95
