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
    two = blocs.regress(blocs.load(saved), profiles, "~ age + party", cluster="w").margins().iloc[0]
    title = "Average change of the share of each type, percentage points"
    rows = text.splitlines()[text.splitlines().index(title) + 1 :]
    assert rows[0].split() == ["covariate", "change", "share", "of", "points", "se", "95", "%", "interval"]
    shown = [f"{100 * two[name]:+.2f}" for name in ("effect", "low", "high")]
    assert rows[1].split()[-5:] == [shown[0], f"{100 * two['se']:.2f}", shown[1], "to", shown[2]]
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


def test_coefficients_in_several_forms(answers: Path, saved: Path, tmp_path: Path) -> None:
    out = [tmp_path / "c.csv", tmp_path / "c.md"]
    call = ["regress", saved, answers, "--covariates", "~ age", "--quiet"]
    shown = run(*call, "--out", out[0], "--out", out[1])
    assert shown.endswith(f"\nSaved to {out[0]}.\nSaved to {out[1]}.\n")
    profiles = Profiles.from_table(pd.read_csv(answers), items=ITEMS, groups=["age"])
    found = blocs.regress(blocs.load(saved), profiles, "~ age")
    pd.testing.assert_frame_equal(pd.read_csv(out[0], keep_default_na=False), found.coefficients())
    text = out[1].read_text(encoding="utf-8")
    assert text.startswith("**Who is of which type: multinomial logit of type membership (two-step; reference")
    assert "Average change of the share of each type." in text
    document = json.loads(run(*call, "--out", out[0], "--json"))
    assert document["saved"] == [str(out[0])]
    assert wrong(*call, "--out", answers) == (
        f"{answers}: it is read by the same command. What is read is not overwritten. Give another name to be written."
    )


def test_words_for_missing_cells_among_numbers(answers: Path, saved: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(answers)
    words = pd.DataFrame({"age": frame["age"].astype(object).where(frame["age"].notna(), "NA")})
    frame.assign(**words).to_csv(tmp_path / "na.csv", index=False)
    call = ["regress", saved, tmp_path / "na.csv", "--covariates", "~ age", "--quiet"]
    assert wrong(*call).startswith("--covariates age: its cells are numbers and NA. Other programs write this for")
    assert "'age' is missing for 15 observations" in run(*call, "--missing", "NA")
    profiles, fit = Profiles.from_table(frame[ITEMS]), blocs.load(saved)
    message = (
        "['age']: its cells are numbers and NA. Other programs write this for a missing cell, and here all cells would "
        "be levels. List NA in `missing=`, or empty these cells; where it is a level, give it another name."
    )
    with pytest.raises(blocs.InputError) as error:
        blocs.regress(fit, profiles, "~ age", data=words)
    assert str(error.value) == f"covariates{message}"
    with pytest.raises(blocs.InputError) as error:
        blocs.distal(fit, profiles, "age", data=words)
    assert str(error.value) == f"outcome{message}"
