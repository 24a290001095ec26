"""`blocs fit --constraints` and `--dependent`: tables, files, the command that is written again, faults."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import blocs
from blocs.cli import cli

ASKED = ["--items", "a,b,c,d", "--types", "2", "--starts", "3", "--seed", "1", "--jobs", "1", "--quiet"]


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    rng = np.random.default_rng(6)
    z = rng.random(400) < 0.6
    frame = pd.DataFrame({name: (rng.random(400) < np.where(z, 0.85, 0.2)).astype(int) for name in "abcd"})
    frame.to_csv(tmp_path / "survey.csv", index=False)
    rows = [("a", 1, 1, "0.85"), ("b", 2, 1, "low"), ("c", 2, 1, "low")]
    pd.DataFrame(rows, columns=["item", "type", "outcome", "equals"]).to_csv(tmp_path / "equal.csv", index=False)
    return tmp_path / "survey.csv"


def test_constraints_of_a_file(survey: Path) -> None:
    file, out = survey.parent / "equal.csv", survey.parent / "fit.json"
    ran = CliRunner().invoke(cli, ["fit", str(survey), *ASKED, "--constraints", str(file), "--se", "observed",
                                    "--out", str(out), "--json"])  # fmt: skip
    assert ran.exit_code == 0, ran.output
    fit = blocs.load(out)
    p = fit.table().query("outcome == 1").set_index(["item", "type"])["probability"]
    assert p["a", 1] == 0.85
    assert p["b", 2] == p["c", 2]
    assert json.loads(ran.stdout)["parameters"] == fit.n_parameters == 7
    shown = CliRunner().invoke(cli, ["fit", str(survey), *ASKED, "--constraints", str(file)])
    note = "Note: There are 3 constraints on probabilities: types have the numbers that constraints give them."
    assert note in " ".join(shown.stdout.split())
    again = CliRunner().invoke(cli, ["fit", str(survey), *ASKED, "--resume", str(out), "--out", str(out)])
    assert again.exit_code == 0, again.output
    assert blocs.load(out).mixture.constraints == fit.mixture.constraints


@pytest.mark.slow
def test_the_page_of_a_fit_names_the_file_of_constraints(survey: Path) -> None:
    file, out = survey.parent / "equal.csv", survey.parent / "fit.json"
    CliRunner().invoke(cli, ["fit", str(survey), *ASKED, "--constraints", str(file), "--out", str(out)])
    page = CliRunner().invoke(cli, ["report", str(out), str(survey), "--out", str(survey.parent / "page.html")])
    assert page.exit_code == 0, page.output
    text = (survey.parent / "page.html").read_text()
    assert f"--constraints {file}" in text
    assert "There are 3 constraints on probabilities" in text


def test_dependent_items_of_a_file(survey: Path) -> None:
    out = survey.parent / "fit.json"
    ran = CliRunner().invoke(cli, ["fit", str(survey), *ASKED, "--dependent", "a+b", "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    assert blocs.load(out).schema.names == ("a & b", "c", "d")
    rows = survey.parent / "types.csv"
    given = CliRunner().invoke(cli, ["assign", str(survey), "--fit", str(out), "--out", str(rows), "--quiet"])
    assert given.exit_code == 0, given.output
    assert len(pd.read_csv(rows)) == 400


def test_faults_name_the_options(survey: Path) -> None:
    (survey.parent / "wrong.csv").write_text("item,type,outcome,equals\na,1,1,0.5\ne,1,1,p\n")
    for more, message in (
        (["--constraints", str(survey.parent / "wrong.csv")],
         "--constraints, line 3: there is no item 'e'. The items are 'a', 'b', 'c', 'd'."),
        (["--dependent", "a"], "--dependent: 'a' is no pair. A pair is the names of two items with + between."),
        (["--dependent", "a+e"], "--dependent: there is no item 'e'. The items are 'a', 'b', 'c', 'd'."),
    ):  # fmt: skip
        ran = CliRunner().invoke(cli, ["fit", str(survey), *ASKED, *more])
        assert ran.exit_code == 2
        assert message in " ".join(ran.stderr.split()), ran.stderr
