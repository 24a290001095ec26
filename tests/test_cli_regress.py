"""`blocs regress`: on a table of answers and on ballots."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import blocs
from blocs.profiles import Profiles
from test_cli_covariates import WIDE, answers, ballots, run, wrong
from test_covariates import ITEMS

__all__ = ["answers", "ballots"]


@pytest.fixture(scope="module")
def saved(answers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fits") / "fit.json"
    run("fit", answers, "--items", "q*", "--types", "2", "--starts", "3", "--quiet", "--out", out)
    return out


def test_answers(answers: Path, saved: Path) -> None:
    call = ["regress", saved, answers, "--covariates", "~ age + party", "--cluster", "w", "--quiet"]
    document = json.loads(run(*call, "--method", "bch", "--json"))
    profiles = Profiles.from_table(pd.read_csv(answers), items=ITEMS, groups=["age", "party", "w"])
    found = blocs.regress(blocs.load(saved), profiles, "~ age + party", "bch", cluster="w")
    assert document["coefficients"] == found.coefficients().to_dict("records")
    assert document["margins"] == found.margins().to_dict("records")
    assert document["kind"] == found.kind
    assert [test["term"] for test in document["tests"]] == ["age", "party"]
    assert document["notes"] == list(found.notes)
    text = run(*call)
    row = blocs.regress(blocs.load(saved), profiles, "~ age + party", cluster="w").coefficients().iloc[1]
    line = next(line for line in text.splitlines() if line.split()[:3] == ["Type", "2", "age"])
    assert line.split()[3:] == [f"{row[name]:.4f}" for name in ("coefficient", "se", "low", "high")]
    assert "Shares of 2 types by ~ age + party: two-step" in text
    assert "'age' is missing for 15 observations" in text


def test_ballots(ballots: Path, tmp_path: Path) -> None:
    out = tmp_path / "fit.json"
    run("fit", ballots, *WIDE, "--out", out)
    document = json.loads(run("regress", out, ballots, "--covariates", "~ age", "--quiet", "--json"))
    assert [row["term"] for row in document["coefficients"]] == ["intercept", "age"]
    assert document["n"] == 588
    assert document["notes"] == ["'age' is missing for 12 observations, which are left out of this step, but not of "
                                 "the types."]  # fmt: skip


def test_what_is_refused(answers: Path, saved: Path) -> None:
    call = ["regress", saved, answers, "--quiet"]
    assert wrong(*call) == (
        "--covariates: there is none. The columns that shares depend on. Give a formula, such as --covariates '~ age'."
    )
    assert wrong(*call, "--covariates", "~ aeg").startswith("--covariates: there is no column 'aeg'.")
    assert wrong(*call, "--covariates", "~ age", "--cluster", "county").startswith(
        "--cluster: there is no column 'county'."
    )
