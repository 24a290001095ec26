"""Shares by group on the command line, for tables of answers and for ballots."""

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
from blocs.cli.fit_made import NOT_TESTED
from blocs.cli.group_table import show_shares_test
from blocs.cli.printer import Printer
from blocs.cli.scale_options import note_left_out
from blocs.inference.shares_test import SharesTest
from blocs.profiles import group_covariates
from test_group_shares import TABLE, made

CALL = ["--items", "q*", "--by-group", "precinct", "--types", "2", "--starts", "3", "--quiet"]
WIDE = ["--top", "President", "--offices", "Senate,House,Sheriff", "--types", "2", "--starts", "3", "--quiet"]
WITH_SMALL = TABLE.assign(precinct=TABLE["precinct"].mask(TABLE.index < 4, 99))


def run(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def wrong(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert result.exit_code != 0
    return result.stderr.strip().removeprefix("blocs: ")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("answers") / "answers.csv"
    WITH_SMALL.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def ballots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 ballots of a wide table, from two precincts in which other voters split."""
    rng = np.random.default_rng(3)
    precinct, top = rng.choice(["north", "south"], 600), rng.choice(["DEM", "REP"], 600)
    kind = rng.random(600) < np.where(precinct == "north", 0.8, 0.3)
    frame = pd.DataFrame({"id": np.arange(600), "precinct": precinct, "President": top})
    for office in ("Senate", "House", "Sheriff"):
        straight = rng.random(600) < np.where(kind, 0.95, 0.5)
        frame[office] = np.where(straight == (top == "DEM"), "DEM", "REP")
    path = tmp_path_factory.mktemp("ballots") / "ballots.csv"
    frame.to_csv(path, index=False)
    return path


def test_answers_by_group(answers: Path, tmp_path: Path) -> None:
    saved = tmp_path / "fit.json"
    document = json.loads(run("fit", answers, *CALL, "--se", "observed", "--json", "--out", saved))
    profiles = made(pd.read_csv(answers))
    fit = blocs.fit(profiles, 2, groups="precinct", starts=3)
    assert document["loglik"] == fit.loglik
    shown = document["shares_by_group"]
    assert [row["precinct"] for row in shown] == [3, 3, 7, 7, 12, 12, 40, 40, 99, 99]
    assert [row["share"] for row in shown[:6]] == fit.shares_by_group()["share"].tolist()[:6]
    assert [(row["n"], row["share"]) for row in shown[6:]] == [(None, None)] * 4  # 4 voters, and the next smallest
    with_errors = document["standard_errors"]["shares_by_group"]
    errors = blocs.standard_errors(fit, profiles, "observed").shares_by_group(10)
    assert [row["se"] for row in with_errors[:6]] == errors["se"].tolist()[:6]
    again = blocs.load(saved, profiles)
    assert again.settings["data"]["by_group"] == ["precinct"]
    printed = run("fit", answers, *CALL)
    first = 100 * fit.shares_by_group()["share"][0]
    assert "Shares of the types by precinct, %" in printed
    line = next(line for line in printed.splitlines() if line.startswith("3  "))
    assert f"{first:.1f}" in line
    assert "Withheld: 2 groups, so that none stands for fewer than 10 observations." in printed
    run("assign", answers, "--fit", saved, "--quiet", "--out", tmp_path / "types.csv")
    types = pd.read_csv(tmp_path / "types.csv")
    np.testing.assert_allclose(types["probability"], fit.assign(profiles)["probability"], atol=1e-6)
    assert "determine every parameter" in " ".join(run("diagnose", saved, answers, "--quiet").split())


def test_the_test_of_equal_shares_is_printed(answers: Path) -> None:
    document = json.loads(run("fit", answers, *CALL, "--test-shares", "--json"))
    profiles = made(pd.read_csv(answers))
    test = blocs.shares_test(blocs.fit(profiles, 2, groups="precinct", starts=3), profiles)
    assert document["shares_test"] == {"tests": test.table().to_dict("records"), "notes": list(test.notes)}
    printed = run("fit", answers, *CALL, "--test-shares")
    row = next(line for line in printed.splitlines() if line.startswith("precinct  ") and "<0.0001" in line)
    only = test.tests[0]
    assert row.split() == ["precinct", f"{only.statistic:,.2f}", "4", "<0.0001", f"{100 * only.moved:.2f}"]
    assert "Note: 1 of 5 groups have fewer than 20 observations" in " ".join(printed.split())
    assert wrong("fit", answers, "--items", "q*", "--types", "2", "--test-shares", "--quiet") == (
        "--test-shares: the shares are the same for all. Give --by-group or --covariates."
    )
    assert wrong("fit", answers, *CALL, "--test-shares", "--prior", "1") == (
        "--test-shares: a fit with a prior has no likelihood-ratio test. It is no maximum of the likelihood. Leave out "
        "--prior."
    )


def test_the_bootstrap_has_errors_of_the_shares_of_every_group(answers: Path) -> None:
    call = ["fit", answers, *CALL, "--se", "bootstrap", "--replicates", "20"]
    profiles = made(pd.read_csv(answers))
    fit = blocs.fit(profiles, 2, groups="precinct", starts=3)
    table = blocs.bootstrap(fit, profiles, 20).shares_by_group(10)
    document = json.loads(run(*call, "--json"))["standard_errors"]["shares_by_group"]
    np.testing.assert_allclose([row["se"] for row in document if row["se"]], table["se"].dropna(), rtol=1e-9)
    shown = [f"{100 * row['share']:.1f} ({100 * row['se']:.1f})" for row in table.iloc[:2].to_dict("records")]
    assert all(text in run(*call) for text in shown)


def test_what_fails_after_the_fit_is_reported_together(answers: Path) -> None:
    one = ["--items", "q*", "--by-group", "precinct", "--types", "1", "--starts", "1", "--quiet", "--weights", "w"]
    assert wrong("fit", answers, *one, "--se", "bootstrap", "--test-shares") == (
        "2 faults:\n"
        "  - A bootstrap is not available for weights that are not whole numbers: it draws observations. Sampling "
        "weights are design_weights=.\n"
        "  - A likelihood-ratio test of shares is not available for a fit of one type."
    )


def test_what_a_checkpoint_does_not_keep_is_said(answers: Path, tmp_path: Path) -> None:
    call = ["fit", str(answers), *CALL, "--test-shares", "--checkpoint", str(tmp_path / "kept")]
    assert CliRunner().invoke(cli, call).stderr == (
        "Note: --test-shares is not kept in the checkpoint: it is computed anew in each run.\n"
    )
    call = ["compare", str(answers), "--items", "q*", "--types", "1", "--cross-validate", "2", "--quiet"]
    assert CliRunner().invoke(cli, [*call, "--checkpoint", str(tmp_path / "other")]).stderr == (
        "Note: --cross-validate is not kept in the checkpoint: it is computed anew in each run.\n"
    )


def test_what_a_cluster_does_not_compute_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    note_left_out("dask", None, of_engine={"--cross-validate": 5, "--blrt": False}, of_checkpoint={"--se": "opg"})
    assert capsys.readouterr().err == (
        "Note: --cross-validate is computed by threads of this machine, not with --engine dask.\n"
    )


def test_an_interrupted_fit_says_that_nothing_is_tested(capsys: pytest.CaptureFixture[str]) -> None:
    show_shares_test(Printer(), SharesTest((), (NOT_TESTED,)))
    assert capsys.readouterr().out == (
        "Same shares of the types without: likelihood-ratio tests\n"
        "Note: The shares are not tested, as there was a request to stop before.\n\n"
    )


def test_ballots_by_group(ballots: Path) -> None:
    document = json.loads(run("fit", ballots, *WIDE, "--by-group", "precinct", "--json"))
    read = blocs.read_cvr(ballots, format="wide", offices=["President", "Senate", "House", "Sheriff"])
    profiles = group_covariates(blocs.code(read, top="President", groups=["precinct"]), "precinct")
    fit = blocs.fit(profiles, 2, groups="precinct", starts=3)
    assert document["loglik"] == pytest.approx(fit.loglik)
    assert [row["precinct"] for row in document["shares_by_group"]] == ["north", "north", "south", "south"]
    table = run("compare", ballots, *WIDE[:4], "--types", "1-2", "--starts", "2", "--quiet", "--by-group", "precinct")
    assert f"{fit.loglik:,.2f}"[:6] in table


def test_answers_that_differ_by_group(ballots: Path, tmp_path: Path) -> None:
    """The fit of Python, printed with an item for each group; commands after it take the file as it is."""
    table, answers, out = TABLE[TABLE["precinct"] < 10], tmp_path / "answers.csv", tmp_path / "fit.json"
    table.to_csv(answers, index=False)
    call = ["--items", "q*", "--types", "2", "--starts", "2", "--no-exchange", "--quiet", "--by", "precinct"]
    alike: dict[str, Any] = {"starts": 2, "exchange": False, "by": "precinct", "equal": ["q0", "q1", "q2"]}
    printed = run("fit", answers, *call, "--equal", "q0,q1,q2*", "--out", out)
    profiles = made(table)
    fit = blocs.fit(profiles, 2, **alike)
    assert f"{fit.loglik:,.4f}" in printed
    assert all(name in printed for name in fit.schema.names)
    assert blocs.load(out, profiles).n_parameters == fit.n_parameters
    CliRunner().invoke(cli, ["report", str(out), str(answers), "--out", str(tmp_path / "page.html"), "--quiet"])
    page = (tmp_path / "page.html").read_text()
    assert "--by precinct --equal q0,q1,q2" in page and "--by-group" not in page
    assert "2 types" in run("diagnose", out, answers, "--quiet")
    run("assign", answers, "--fit", out, "--out", tmp_path / "types.csv", "--quiet")
    types = pd.read_csv(tmp_path / "types.csv")["type"]
    assert types.tolist() == fit.assign(profiles)["type"].tolist()
    beside = json.loads(run("fit", answers, *call, "--equal", "q0,q1,q2", "--covariates", "~ party", "--json"))
    both = made(table, covariates=["precinct", "party"])
    own = blocs.fit(both, 2, **alike, covariates="~ party")
    assert beside["loglik"] == pytest.approx(own.loglik)
    document = json.loads(run("fit", ballots, *WIDE, "--by", "precinct", "--equal", "none", "--json"))
    assert {"Sheriff [precinct north]", "Sheriff [precinct south]"} <= {row["item"] for row in document["table"]}


def test_what_does_not_go_together_is_refused(answers: Path, ballots: Path) -> None:
    assert wrong("fit", answers, *CALL, "--by", "party") == (
        "--by-group: the groups of --by have shares of their own already. Leave out one of the two."
    )
    assert wrong("fit", answers, *CALL, "--equal", "all") == (
        "--equal: there are no groups. It says which items are equal in all groups. Name their column with --by."
    )
    assert wrong("fit", ballots, *WIDE, "--by-group", "precinct", "--by", "top") == (
        "--by-group: it is for one fit of all voters. Leave out --by."
    )
    assert wrong("fit", ballots, *WIDE, "--by-group", "precint").startswith("--by-group: there is no column 'precint'.")
    misspelt = [*CALL[:3], "precint", *CALL[4:]]
    assert wrong("fit", answers, *misspelt).startswith("--by-group: there is no column 'precint'.")
    assert wrong("iia", ballots, *WIDE, "--by-group", "precinct", "--kind", "wald") == (
        "The score test of IIA is not available with shares by group. Use --kind lr."
    )
