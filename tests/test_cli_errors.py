"""`blocs fit --se`, `--cluster` and `blocs diagnose`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import blocs
from blocs.cli import cli


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    two = rng.random(400) < 0.4
    frame = pd.DataFrame({f"q{j}": rng.binomial(1, np.where(two, 0.9, 0.2)) for j in range(5)})
    frame.assign(precinct=rng.integers(20, size=400)).to_csv(tmp_path / "survey.csv", index=False)
    return tmp_path / "survey.csv"


ITEMS = ("--items", "q0,q1,q2,q3,q4", "--types", 2, "--starts", 3, "--quiet")


def test_standard_errors_are_printed_and_in_the_document(survey: Path) -> None:
    text = run("fit", survey, *ITEMS, "--se", "robust", "--cluster", "precinct")
    assert text.exit_code == 0
    assert "Standard errors: robust, clustered on precinct, 20 clusters" in text.stdout
    few = "With 20 clusters standard errors tend to be too small; 40 or more are wanted."
    assert few in " ".join(text.stdout.split())
    document = json.loads(run("fit", survey, *ITEMS, "--cluster", "precinct", "--json").stdout)["standard_errors"]
    profiles = blocs.Profiles.from_table(pd.read_csv(survey), items=[f"q{j}" for j in range(5)], groups="precinct")
    errors = blocs.standard_errors(blocs.fit(profiles, 2, starts=3), profiles, cluster="precinct")
    assert document["kind"] == errors.kind and document["notes"] == list(errors.notes)
    for name in ("shares", "table", "parameters"):
        wanted = getattr(errors, name)()
        assert [row["se"] for row in document[name]] == pytest.approx(wanted["se"].tolist())
        assert list(document[name][0]) == list(wanted)
    assert "standard_errors" not in json.loads(run("fit", survey, *ITEMS, "--json").stdout)


def test_a_bootstrap_is_printed_and_in_the_document(survey: Path) -> None:
    asked = ("--se", "bootstrap", "--replicates", 80, "--seed", 3)
    text = run("fit", survey, *ITEMS, *asked, "--cluster", "precinct")
    assert text.exit_code == 0
    kind = "nonparametric bootstrap, clustered on precinct, 20 clusters, 80 replicates"
    assert f"Standard errors: {kind}" in " ".join(text.stdout.split())
    document = json.loads(run("fit", survey, *ITEMS, *asked, "--json").stdout)["standard_errors"]
    profiles = blocs.Profiles.from_table(pd.read_csv(survey), items=[f"q{j}" for j in range(5)])
    boot = blocs.bootstrap(blocs.fit(profiles, 2, starts=3, seed=3), profiles, 80, seed=3)
    assert document["kind"] == boot.kind == "nonparametric bootstrap, 80 replicates"
    assert document["notes"] == list(boot.notes)
    for name in ("shares", "table", "parameters"):
        wanted = getattr(boot, name)()
        for column in ("se", "low", "high"):
            assert [row[column] for row in document[name]] == pytest.approx(wanted[column].tolist(), nan_ok=True)


def test_compare_tests_each_number_of_types(survey: Path) -> None:
    call = ("compare", survey, "--items", "q0,q1,q2,q3,q4", "--types", "1-2", "--starts", 3, "--quiet", "--blrt")
    text = run(*call, "--replicates", 49).stdout
    assert "BLRT p" in text.splitlines()[0]
    assert "'BLRT p': p-value of one type less, by the bootstrap likelihood-ratio test." in " ".join(text.split())
    assert "The bootstrap likelihood-ratio test rejects 1 type against 2 (p = 0.0200)." in " ".join(text.split())
    rows = json.loads(run(*call, "--replicates", 49, "--json").stdout)["rows"]
    assert [row["blrt_p"] for row in rows] == [None, 0.02]
    result = run(*call[:-1], "--replicates", 49)
    assert result.exit_code == 2
    assert result.stderr == "blocs: --replicates: there is nothing to replicate. Give --blrt, too.\n"
    result = run(*call, "--prior", 1)
    assert (result.exit_code, " ".join(result.stderr.split())) == (
        2, "blocs: --blrt: fits with a prior have no likelihood-ratio test. They are no maxima of the likelihood. "
        "Leave out --prior.",
    )  # fmt: skip


def test_a_saved_fit_is_diagnosed(survey: Path, tmp_path: Path) -> None:
    saved = tmp_path / "fit.json"
    assert run("fit", survey, *ITEMS, "--out", saved).exit_code == 0
    text = run("diagnose", saved, survey, "--quiet")
    assert text.exit_code == 0
    assert text.stdout.startswith("Diagnosis of 2 types, 400 observations\n\n* The estimates are a maximum of the")
    document = json.loads(run("diagnose", saved, survey, "--json", "--quiet").stdout)
    assert document["parameters"] == document["structural_rank"] == document["local_rank"] == 11
    assert document["verdict"] == [
        "The estimates are a maximum of the likelihood at which the data determine every parameter."
    ]
    assert document["saved"] == []


def test_a_diagnosis_is_saved_as_measures_and_as_tables(survey: Path, tmp_path: Path) -> None:
    saved, names = tmp_path / "fit.json", [str(tmp_path / f"found.{ending}") for ending in ("csv", "tex", "html", "md")]
    run("fit", survey, *ITEMS, "--out", saved)
    text = run("diagnose", saved, survey, "--quiet", *(part for name in names for part in ("--out", name)))
    assert (text.exit_code, text.stderr) == (0, "")
    assert text.stdout.splitlines()[-4:] == [f"Saved to {name}." for name in names]
    document = json.loads(run("diagnose", saved, survey, "--json", "--quiet", "--out", names[0]).stdout)
    assert document["saved"] == names[:1]
    measures = pd.read_csv(names[0], index_col="measure")["value"]
    assert measures["status"] == document["status"]
    assert {name: float(measures[name]) for name in measures.index[1:-1]} == {
        name: pytest.approx(document[name], rel=1e-12) for name in measures.index[1:-1]
    }
    assert measures["taken_out"] == "0"
    pages = [Path(name).read_text() for name in names[1:]]
    for caption in ("Diagnosis of the fit.", "Directions of the parameters in which the data say least."):
        assert all(caption in page for page in pages)
    assert all("the data determine every parameter" in page for page in pages)
    assert not any("Parameters taken out." in page for page in pages)  # there are none
    assert run("diagnose", saved, survey, "--quiet", "--out", saved).stderr == (
        "blocs: --out: 'fit.json' has the ending '.json'. Tables are written to names that end in .csv, .csv.gz, "
        ".docx, .html, .md, .tex, .txt or .xlsx.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--cluster", "preinct"), "--cluster: there is no column 'preinct'. The columns are 'q0', 'q1', 'q2', 'q3', "
                                   "'q4', 'precinct'. Nearest match: precinct."),
        (("--se", "cluster"), "--se: there is no column of clusters. This kind adds scores within clusters. Name one "
                              "with --cluster."),
        (("--se", "opg", "--cluster", "precinct"), "--cluster: clusters have no meaning for 'opg'. Robust standard "
                                                   "errors can be clustered. Give --se robust."),
        (("--se", "observed", "--prior", "1"), "--se: a fit with a prior has no standard errors. It is no maximum of "
                                               "the likelihood. Leave out --prior."),
        (("--replicates", "50"), "--replicates: there is nothing to replicate. Give --se bootstrap."),
    ],
)  # fmt: skip
def test_what_has_no_standard_errors_is_refused_before_the_fit(survey: Path, arguments: Any, said: str) -> None:
    result = run("fit", survey, *ITEMS, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert " ".join(result.stderr.split()) == f"blocs: {said}"


def test_a_fit_is_printed_where_its_errors_are_refused(survey: Path, tmp_path: Path) -> None:
    pd.read_csv(survey).assign(precinct=1).to_csv(survey, index=False)
    result = run("fit", survey, *ITEMS, "--cluster", "precinct", "--out", tmp_path / "fit.json")
    assert result.exit_code == 2
    assert "\n2 types, 400 observations" in result.stdout and "Saved to" in result.stdout
    assert " ".join(result.stderr.split()) == (
        "blocs: --cluster: all observations are in one cluster. Variances between clusters need two or more."
    )


def test_ballots_are_clustered_on_their_precincts(tmp_path: Path) -> None:
    file = tmp_path / "county.csv"
    assert run("simulate", file, "--voters", 1500, "--types", 2, "--seed", 1).exit_code == 0
    result = run("fit", file, "--types", 2, "--starts", 2, "--cluster", "precinct", "--json", "--quiet")
    kind = json.loads(result.stdout)["standard_errors"]["kind"]
    assert kind.startswith("robust, clustered on precinct, ") and kind.endswith(" clusters")
