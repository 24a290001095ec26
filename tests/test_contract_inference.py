"""The calls of inference as scripts write them: arguments by position and by name, columns and their order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import blocs
from blocs.cli import cli

ERRORS = ["se", "low", "high", "flag"]
ITEMS = list("abcde")


def survey(n: int = 400) -> pd.DataFrame:
    """Two types, four questions, an office of which some had a smaller menu, precincts and an age."""
    rng = np.random.default_rng(1)
    two, one = rng.random(n) < 0.4, rng.random(n) < 0.4
    yes = {"a": (0.9, 0.2), "b": (0.8, 0.3), "c": (0.7, 0.15), "d": (0.85, 0.25)}
    frame = pd.DataFrame({name: np.where(rng.random(n) < np.where(two, *p), "y", "n") for name, p in yes.items()})
    weight = np.where(two[:, None], [0.6, 0.3, 0.1], [0.2, 0.5, 0.3]) * ~(one[:, None] & np.array([False, True, False]))
    edges = (weight / weight.sum(axis=1, keepdims=True)).cumsum(axis=1)
    office = np.array(["D", "R", "none"])[(rng.random(n)[:, None] > edges).sum(axis=1)]
    return frame.assign(e=office, stood=np.where(one, "one", "both"), precinct=rng.integers(60, size=n),
                        age=rng.normal(size=n).round(2))  # fmt: skip


TABLE = survey()
MENUS = {"e": ("stood", {"both": {"D", "R", "none"}, "one": {"D", "none"}})}
PROFILES = blocs.Profiles.from_table(TABLE, items=ITEMS, menus=MENUS, groups="precinct")
FIT = blocs.fit(PROFILES, 2, starts=3, seed=1, jobs=1)


@pytest.mark.parametrize("kind", ["observed", "opg", "robust", "cluster", None])
def test_standard_errors(kind: str | None) -> None:
    cluster = "precinct" if kind == "cluster" else None
    v = blocs.standard_errors(FIT, PROFILES, kind=kind, cluster=cluster)
    assert np.array_equal(v.matrix, blocs.standard_errors(FIT, PROFILES, kind, cluster).matrix)
    assert v.matrix.shape == (len(v.names), len(v.names))
    words = {"opg": "outer product of scores", "robust": "robust",
             "cluster": "robust, clustered on precinct, 60 clusters"}  # fmt: skip
    assert v.kind == words.get(kind or "", "observed information")
    assert list(v.shares()) == ["type", "share", *ERRORS]
    assert list(v.table()) == ["type", "item", "outcome", "probability", *ERRORS]
    by_menu = v.table(by_menu=True)
    assert list(by_menu) == ["type", "item", "menu", "outcome", "probability", *ERRORS]
    assert len(by_menu) == len(v.table()) + 2 * 2
    assert list(v.parameters()) == ["type", "item", "parameter", "value", *ERRORS]
    text = str(FIT.summary(v))
    assert max(map(len, text.splitlines())) <= 80 and v.kind in text


@pytest.mark.parametrize("how", [{}, {"kind": "parametric"}, {"kind": "nonparametric", "cluster": "precinct"}])
def test_bootstrap(how: dict[str, Any]) -> None:
    boot = blocs.bootstrap(FIT, PROFILES, replicates=10, seed=0, jobs=None, **how)
    assert list(boot.shares()) == ["type", "share", *ERRORS]
    assert list(boot.table(by_menu=True)) == ["type", "item", "menu", "outcome", "probability", *ERRORS]
    assert list(boot.parameters()) == ["type", "item", "parameter", "value", *ERRORS]
    assert (boot.relabelled, boot.hit_boundary) == (0, 0)


def test_coefficients() -> None:
    profiles = blocs.Profiles.from_table(TABLE, items=ITEMS, menus=MENUS, covariates="age")
    fit = blocs.fit(profiles, 2, covariates="~ age", starts=3, seed=1, jobs=1)
    columns = ["type", "term", "coefficient", "se", "z", "p", "odds_ratio", "low", "high", "flag"]
    for v in (blocs.standard_errors(fit, profiles), blocs.bootstrap(fit, profiles, 10)):
        assert list(v.coefficients()) == columns
        assert (v.wald("age").term, v.wald("age").df) == ("age", 1)


def test_questions_of_a_fit() -> None:
    interval = blocs.profile_interval(FIT, PROFILES, item="a", outcome="y", type=1)
    assert interval.low < interval.probability < interval.high
    json.dumps(blocs.diagnose(FIT, PROFILES).to_dict(), allow_nan=False)
    whole = blocs.goodness_of_fit(FIT, PROFILES, bootstrap=3)
    assert {"g2", "x2", "df", "p", "bootstrap_p"} <= set(whole.to_dict())
    pairs = blocs.bivariate_residuals(FIT, PROFILES, bootstrap=3)
    assert list(pairs) == ["item_a", "item_b", "x2", "df", "bvr", "p"]
    rows = blocs.residuals(FIT, PROFILES, top=20)
    assert list(rows) == [*ITEMS, "menus", "observed", "expected", "standardised"]
    assert len(rows) == 20
    mapping, distance = blocs.match(FIT, FIT)
    assert (mapping, distance) == ({1: 1, 2: 2}, 0)
    assert FIT.relabel(mapping).shares.equals(FIT.shares)
    stable = blocs.stability([FIT, FIT.relabel({1: 2, 2: 1})])
    assert stable["recovered"].tolist() == [1.0, 1.0]


def test_questions_of_profiles() -> None:
    columns = {"aic3", "abic", "caic", "awe", "clc", "icl", "relative_entropy", "parameters_at_boundary"}
    table = blocs.compare(PROFILES, types=range(1, 3), starts=2, seed=1, cross_validate=2, blrt=9, jobs=1)
    assert columns | {"held_out", "blrt_p"} <= set(table)
    assert blocs.compare(PROFILES, types=1)[["held_out", "blrt_p"]].isna().all(axis=None)
    assert table["blrt_p"].tolist()[1] == 0.1
    test = blocs.blrt(PROFILES, types=2, replicates=9, starts=2)
    assert (test.p, test.n, test.exceed) == (0.1, 9, 0)
    assert test.lr > 0 and test.low <= test.p <= test.high
    labels = TABLE["precinct"]
    by_name = blocs.iia_test(PROFILES, 2, None, "wald", "precinct", starts=2, seed=1)
    by_label = blocs.iia_test(PROFILES, 2, None, "wald", labels.to_numpy(), starts=2, seed=1)
    assert (by_name.statistic, by_name.clusters) == (by_label.statistic, by_label.clusters)
    tests = [blocs.menu_shares_test(FIT, PROFILES, cluster=of) for of in ("precinct", labels)]
    assert tests[0].p == tests[1].p
    assert blocs.diagnose(FIT, PROFILES, labels).menu_shares == blocs.diagnose(FIT, PROFILES, "precinct").menu_shares
    with pytest.raises(blocs.InputError) as caught:
        blocs.menu_shares_test(FIT, PROFILES, cluster=labels[1:])
    assert str(caught.value) == "cluster: it has 399 labels. The table has 400 rows, and every row one label."
    with pytest.raises(blocs.InputError) as caught:
        blocs.standard_errors(FIT, PROFILES, cluster=5)
    assert str(caught.value) == "cluster: it is 5. It is the name of a group column, or the label of every row."
    for kind, cluster in (("lr", None), ("wald", None), ("wald", "precinct")):
        iia = blocs.iia_test(PROFILES, types=2, items=None, kind=kind, cluster=cluster, starts=2, seed=1)
        assert iia.df == 2 and iia.items["item"].tolist() == ["e"]


def test_commands(tmp_path: Path) -> None:
    """Each with --json and --out in every form; `blocs iia` needs ballots (test_cli_fit_of_model.py)."""
    file, fit = tmp_path / "survey.csv", tmp_path / "fit.json"
    TABLE.to_csv(file, index=False)
    of_data = [str(file), "--items", "a,b,c,d", "--types", "2", "--starts", "2"]
    calls = {
        "fit": [*of_data, "--se", "robust", "--cluster", "precinct", "--out", str(fit)],
        "diagnose": [str(fit), str(file)],
        "compare": [*of_data, "--blrt", "--cross-validate", "--replicates", "9"],
    }
    for name, call in calls.items():
        places = [tmp_path / f"{name}.{form}" for form in ("csv", "tex", "html", "md")]
        out = [word for place in places for word in ("--out", str(place))]
        done = CliRunner().invoke(cli, [name, *call, "--json", *out])
        assert (done.exit_code, json.loads(done.stdout)["command"]) == (0, name), done.stderr
        assert all(place.stat().st_size > 100 for place in places)
    assert list(pd.read_csv(tmp_path / "fit.csv")) == ["type", "item", "outcome", "probability", *ERRORS]
