"""`blocs distal`: on a table of answers and on ballots."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.core.errors import InputError
from blocs.membership import Design
from blocs.profiles import Profiles
from blocs.profiles.covariates import words_among_numbers
from test_cli_covariates import WIDE, ballots, run, wrong

__all__ = ["ballots"]

ITEMS = [f"q{j}" for j in range(5)]


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """800 rows of two types: a mean, a proportion, three ways, an age, and 40 counties; some have no income."""
    rng = np.random.default_rng(1)
    second, age = rng.random(800) < 0.4, rng.integers(20, 80, 800)
    frame = pd.DataFrame((rng.random((800, 5)) < np.where(second, 0.8, 0.25)[:, None]).astype(int), columns=ITEMS)
    income = rng.normal(np.where(second, 50, 40) + 0.2 * (age - 50), 10).round(1)
    way = rng.choice(["mail", "poll", "none"], 800)
    frame = frame.assign(income=income, turnout=(rng.random(800) < np.where(second, 0.8, 0.5)).astype(int),
                         way=np.where(second & (rng.random(800) < 0.5), "mail", way), age=age,
                         county=rng.integers(40, size=800))  # fmt: skip
    frame.loc[::40, "income"] = np.nan
    path = tmp_path_factory.mktemp("survey") / "survey.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def saved(survey: Path) -> Path:
    out = survey.parent / "fit.json"
    run("fit", survey, "--items", "q*", "--types", "2", "--starts", "3", "--quiet", "--out", out)
    return out


@pytest.mark.parametrize(
    ("options", "how"),
    [
        (["--outcome", "income", "--cluster", "county", "--controls", "~ age"],
         {"outcome": "income", "cluster": "county", "controls": "~ age"}),
        (["--outcome", "turnout", "--method", "naive", "--assignment", "proportional", "--errors", "uncorrected"],
         {"outcome": "turnout", "method": "naive", "assignment": "proportional", "errors": "uncorrected"}),
        (["--outcome", "way", "--shares", "fixed"], {"outcome": "way", "shares": "fixed"}),
        (["--outcome", "income", "--method", "ml", "--variances", "100"],
         {"outcome": "income", "method": "ml", "variances": 100.0}),
        (["--outcome", "C(turnout)"], {"outcome": "C(turnout)"}),
    ],
)  # fmt: skip
def test_a_document_is_what_the_function_returns(survey: Path, saved: Path, options: list[str], how: dict) -> None:
    document = json.loads(run("distal", saved, survey, *options, "--quiet", "--json"))
    groups = ["income", "turnout", "way", "age", "county"]
    profiles = Profiles.from_table(pd.read_csv(survey), items=ITEMS, groups=groups)
    found = blocs.distal(blocs.load(saved), profiles, **how)
    assert {name: document[name] for name in ("outcome", "method", "kind", "free", "n", "notes")} == {
        "outcome": found.outcome, "method": found.method, "kind": found.kind, "free": found.free, "n": found.n,
        "notes": list(found.notes),
    }  # fmt: skip
    pd.testing.assert_frame_equal(pd.DataFrame(document["table"]), found.table(), check_dtype=False)
    tests = pd.DataFrame(document["tests"])
    assert tests["statistic"].tolist() == found.tests()["statistic"].tolist()
    assert tests["type"].isna().tolist() == [True, False]
    assert document["matrix"] == found.matrix.tolist()
    slopes = found.coefficients().to_dict("records") if "controls" in how else []
    assert document["coefficients"] == slopes


def test_what_is_printed(survey: Path, saved: Path) -> None:
    text = run("distal", saved, survey, "--outcome", "income", "--controls", "~ age", "--quiet")
    profiles = Profiles.from_table(pd.read_csv(survey), items=ITEMS, groups=["income", "age"])
    found = blocs.distal(blocs.load(saved), profiles, "income", controls="~ age")
    lines = [line.split() for line in text.splitlines()]
    assert text.splitlines()[0] == "income of 2 types: BCH, modal assignment"
    for row in found.table().to_dict("records"):
        shown = [f"{row[name]:.4f}" for name in ("estimate", "se", "low", "high")]
        assert ["Type", str(row["type"]), *shown] in lines
    test = found.tests().iloc[1]
    of_pair = [f"{test[name]:.4f}" for name in ("difference", "se", "statistic")]
    assert next(line for line in lines if line[:3] == ["Type", "2", "less"])[5:9] == [*of_pair, "1"]
    for row in found.coefficients().to_dict("records"):
        shown = [f"{row[name]:.4f}" for name in ("coefficient", "se", "low", "high")]
        assert next(line for line in lines if line[:3] == ["Type", str(row["type"]), "age"])[3:7] == shown
    assert text.splitlines()[-1] == ("'income' is missing for 20 observations, which are left out of this step, but "
                                     "not of the types.")  # fmt: skip
    assert "Shares of the types are free." in run("distal", saved, survey, "--outcome", "way", "--quiet")


def test_ballots(ballots: Path, tmp_path: Path) -> None:
    out = tmp_path / "fit.json"
    run("fit", ballots, *WIDE, "--out", out)
    document = json.loads(run("distal", out, ballots, "--outcome", "age", "--quiet", "--json"))
    assert document["n"] == 588
    split, straight = (row["estimate"] for row in document["table"])
    assert straight - split > 5  # the older, the straighter
    assert "top of 2 types" in run("distal", out, ballots, "--outcome", "top", "--quiet")


def test_files(survey: Path, saved: Path, tmp_path: Path) -> None:
    out = [tmp_path / "o.csv", tmp_path / "o.md"]
    shown = run("distal", saved, survey, "--outcome", "way", "--quiet", "--out", out[0], "--out", out[1])
    assert shown.endswith(f"\nSaved to {out[0]}.\nSaved to {out[1]}.\n")
    profiles = Profiles.from_table(pd.read_csv(survey), items=ITEMS, groups=["way"])
    found = blocs.distal(blocs.load(saved), profiles, "way")
    pd.testing.assert_frame_equal(pd.read_csv(out[0], keep_default_na=False), found.table())
    assert out[1].read_text(encoding="utf-8").startswith("**way by type.**\n\n| Type | Category | Estimate |")


def test_what_is_refused(survey: Path, saved: Path, tmp_path: Path) -> None:
    call = ["distal", saved, survey, "--quiet", "--outcome"]
    assert wrong(*call, "incom").endswith("Nearest match: income.")
    assert wrong(*call, "incom").startswith("--outcome: there is no column 'incom'.")
    assert wrong(*call, "income", "--controls", "~ aeg").startswith("--controls: there is no column 'aeg'.")
    assert wrong(*call, "income", "--cluster", "precinct").startswith("--cluster: there is no column 'precinct'.")
    assert wrong(*call, "income", "--covariates", "~ age") == (
        "--covariates: it has no meaning for an outcome. Give --controls, on which the outcome depends within each "
        "type."
    )
    assert wrong(*call, "income", "--method", "ml", "--variances", "0") == (
        "--variances: it is 0.0. A known variance is above 0."
    )
    assert wrong(*call, "q1") == (
        "'q1' is an item of the fit, which has its probabilities by type. An outcome is a column that the types "
        "were not made from."
    )
    assert wrong(*call, "income", "--out", survey) == (
        f"{survey}: it is read by the same command. What is read is not overwritten. Give another name to be written."
    )
    other = tmp_path / "covariates.json"
    run("fit", survey, "--items", "q*", "--types", "2", "--starts", "2", "--covariates", "~ age", "--quiet",
        "--out", other)  # fmt: skip
    assert wrong("distal", other, survey, "--outcome", "income", "--quiet") == (
        "An outcome by type is not available for fits with covariates: each row has shares of its own. Fit without "
        "them."
    )


def test_numbers_and_a_word_are_no_categories(survey: Path, saved: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(survey, dtype={"income": str})
    frame.loc[::50, "income"] = "refused"
    frame.loc[1::50, "income"] = "not asked"
    path = tmp_path / "words.csv"
    frame.assign(code=[f"n{i % 61}" for i in range(800)]).to_csv(path, index=False)
    words = ("its cells are numbers and 'not asked', 'refused'. Every number would be a level of its own. List not "
             "asked, refused in --missing, or empty these cells; write C(income) where all are levels.")  # fmt: skip
    assert wrong("distal", saved, path, "--outcome", "income", "--quiet") == f"--outcome income: {words}"
    assert wrong("regress", saved, path, "--covariates", "~ income", "--quiet") == f"--covariates income: {words}"
    assert wrong("distal", saved, path, "--outcome", "income", "--controls", "~ income", "--quiet").endswith(words)
    listed = ["--missing", "refused,not asked", "--quiet"]
    assert "income of 2 types: BCH" in run("distal", saved, path, "--outcome", "income", *listed)
    assert wrong("distal", saved, path, "--outcome", "code", "--quiet") == (
        "--outcome: 'code' has 61 categories. Every type has a probability of each, of at most 60. Join categories; "
        "numbers have means where all cells are numbers."
    )


def test_words_with_digits_and_few_numbers_are_levels() -> None:
    numbers = tuple(str(number) for number in range(1, 12))
    assert words_among_numbers("size", ("1", "2", "3", "more"), "covariates") == []
    assert words_among_numbers("size", (*numbers[:10], "more"), "covariates") == []
    assert words_among_numbers("size", (*numbers, "12+"), "covariates") == []
    assert words_among_numbers("size", (*numbers, "Ann"), "covariates") != []
    assert words_among_numbers("size", None, "covariates") == []


def test_groups_may_have_numbers_and_words() -> None:
    """Precincts 1 to 12 and one of absent voters are groups, and with C() levels."""
    precinct = [*(str(number) for number in range(1, 13)), "ABSENT"]
    table = {"a": [0, 1] * 130, "b": [0, 1, 1, 0, 1, 1, 0, 0, 1, 1] * 26, "precinct": precinct * 20}
    profiles = Profiles.from_table(table, items=["a", "b"], covariates="precinct")
    assert len(blocs.fit(profiles, 1, groups="precinct").groups.labels) == 13
    assert len(Design.of("~ C(precinct)", profiles).columns) == 13
    with pytest.raises(InputError) as error:
        Design.of("~ precinct", profiles)
    assert str(error.value).startswith("covariates['precinct']: its cells are numbers and 'ABSENT'.")


def test_sampling_weights(survey: Path, ballots: Path, tmp_path: Path) -> None:
    """They are those of Python, kept with the fit, and what needs numbers of observations refuses them."""
    frame = pd.read_csv(survey).assign(w=np.random.default_rng(2).choice([0.5, 1.0, 4.0], 800))
    path, out = tmp_path / "weighted.csv", tmp_path / "weighted.json"
    frame.to_csv(path, index=False)
    call = ["fit", path, "--items", "q*", "--design-weights", "w", "--types", "2", "--starts", "3", "--se", "robust"]
    document = json.loads(run(*call, "--quiet", "--json", "--out", out))
    profiles = Profiles.from_table(frame, items=ITEMS, groups=["turnout", "age"], design_weights="w")
    fit = blocs.fit(Profiles.from_table(frame, items=ITEMS, design_weights="w"), 2, starts=3)
    assert blocs.load(out).loglik == fit.loglik and len(document["standard_errors"])
    assert blocs.load(out).settings["data"]["design_weights"] == "w"
    found = json.loads(run("distal", out, path, "--outcome", "turnout", "--quiet", "--json"))
    pd.testing.assert_frame_equal(pd.DataFrame(found["table"]), blocs.distal(fit, profiles, "turnout").table())
    slopes = json.loads(run("regress", out, path, "--covariates", "~ age", "--quiet", "--json"))["coefficients"]
    pd.testing.assert_frame_equal(pd.DataFrame(slopes), blocs.regress(fit, profiles, "~ age").coefficients())
    assert "Diagnosis of 2 types" in run("diagnose", out, path, "--quiet")
    assert wrong("fit", path, "--items", "q*", "--design-weights", "ww", "--quiet").startswith(
        "--design-weights: there is no column 'ww'."
    )
    assert wrong("fit", ballots, *WIDE, "--design-weights", "w") == (
        "--design-weights: it is for tables of answers only. A file is a table of answers where --items names its "
        "columns."
    )
