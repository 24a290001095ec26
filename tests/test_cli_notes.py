"""What is printed of fits is true: weights, constraints, wide intervals, defaults; words for faults of new users."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import blocs
from blocs.cli import cli
from blocs.cli.column_patterns import matching_columns
from blocs.cli.iia import _answer
from blocs.core.errors import InputError
from blocs.papers.answer_sentences import answers_apart
from blocs.papers.type_sentences import hardly_determined, types_of
from blocs.papers.words import Share
from blocs.profiles.weights import NOT_WHOLE

OPTIONS = ("--items", "a,b,c", "--starts", "2", "--seed", "1")


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 rows of two types with weights between 0.5 and 2."""
    rng = np.random.default_rng(3)
    first = rng.random(400) < 0.6
    p = np.where(first[:, None], [0.9, 0.85, 0.8], [0.15, 0.2, 0.25])
    frame = pd.DataFrame((rng.random((400, 3)) < p).astype(int), columns=list("abc"))
    frame["w"] = rng.uniform(0.5, 2, 400).round(3)
    path = tmp_path_factory.mktemp("faces") / "survey.csv"
    frame.to_csv(path, index=False)
    return path


def run(*words: object) -> tuple[str, str]:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    return " ".join(result.stdout.split()), " ".join(result.stderr.split())


def test_weights_that_may_be_sampling_weights_are_named(survey: Path) -> None:
    frame = pd.read_csv(survey)
    stdout, _ = run("fit", survey, *OPTIONS, "--weights", "w", "--types", 2)
    total = round(frame["w"].sum())
    assert stdout.startswith(f"400 rows, weighted to {total:,}, of answers to 3 questions are used here. ")
    assert ("Note: The weights are no whole numbers, and are counted as numbers of observations. Give sampling weights "
            "with --design-weights: they are rescaled to the number of rows.") in stdout  # fmt: skip
    assert "--design-weights" not in run("fit", survey, *OPTIONS, "--design-weights", "w", "--types", 2)[0]
    even = frame.assign(w=frame["w"] * 400 / frame["w"].sum())
    whole = frame.assign(w=2)
    for of, doubted in ((frame, True), (even, False), (whole, False)):
        profiles = blocs.Profiles.from_table(of, items=list("abc"), weights="w")
        assert (NOT_WHOLE in profiles.account.remarks) is doubted


def test_the_default_number_of_types_is_called_that(survey: Path) -> None:
    default = "3 types were fitted, the default; `blocs compare` compares other numbers."
    fitted, page = survey.parent / "default.json", survey.parent / "default.html"
    assert default in run("fit", survey, *OPTIONS, "--out", fitted, "--report", page)[0]
    html = page.read_text(encoding="utf-8").replace("<code>", "`").replace("</code>", "`")
    assert default in html
    assert default in run("explain", fitted, survey)[0]
    assert default in run("explain", fitted)[0]
    assert default in run("fit", survey, "--resume", fitted)[0]
    assert "--types" not in html
    compared = survey.parent / "compared.csv"
    run("compare", survey, *OPTIONS, "--types", "1-3", "--out", compared)
    assert "The number of types is a choice of the analyst; BIC" in (
        run("explain", fitted, survey, "--comparison", compared)[0])
    chosen = run("fit", survey, *OPTIONS, "--types", 3)[0]
    assert default not in chosen
    assert "The number of types is a choice of the analyst." in chosen


def test_a_probability_that_is_given_sets_no_type_apart(survey: Path) -> None:
    profiles = blocs.Profiles.from_table(pd.read_csv(survey)[list("abc")])
    free = blocs.fit(profiles, 2, starts=3, seed=1)
    assert {one.item for of in answers_apart(free) for one in of} == {"a", "b", "c"}
    rows = pd.DataFrame({"item": ["a"], "type": [1], "outcome": [1], "equals": [0.9]})
    fit = blocs.fit(profiles, 2, starts=3, seed=1, constraints=rows)
    apart = [{one.item for one in of} for of in answers_apart(fit)]
    assert "a" not in apart[0]
    assert "a" in apart[1]
    file = survey.parent / "given.csv"
    rows.to_csv(file, index=False)
    stdout, _ = run("fit", survey, *OPTIONS, "--types", 2, "--constraints", file, "--se", "observed")
    assert ("(-): no standard error. The estimate is at 0 or 1, it is given by a constraint, nothing is estimated, or "
            "the data do not say;") in stdout  # fmt: skip


def test_types_whose_shares_may_be_nearly_anything_are_not_described(survey: Path) -> None:
    profiles = blocs.Profiles.from_table(pd.read_csv(survey)[list("abc")])
    fit = replace(blocs.fit(profiles, 2, starts=3, seed=1), status="converged", identified=True)
    shares = fit.params.shares[0]
    for low, wide in ((0.05, True), (0.5, False)):
        table = pd.DataFrame({"share": shares, "low": [low, 0.1], "high": [0.86, 0.4]})
        errors = SimpleNamespace(shares=lambda table=table: table)
        text = types_of(fit, errors, "the rows", "answers", {})
        assert hardly_determined([Share(*row) for row in table.to_numpy()]) is wide
        assert ("The data hardly determine these types, which are therefore not described: the 95 per cent interval of "
                "the share of one of them is from 5 to 86 per cent." in text) is wide  # fmt: skip
        assert ("largest" in text) is not wide


def test_a_boundary_is_noted_where_errors_are_printed(survey: Path) -> None:
    rows = pd.read_csv(survey).assign(d=lambda t: t["a"])  # twice the same answer: probabilities of 0 and 1
    file = survey.parent / "twice.csv"
    rows.to_csv(file, index=False)
    note = ("Note: Some outcomes have probability 0 or 1 in a type (to 1e-6), and no standard error. "
            "`blocs.profile_interval` in Python computes the interval of such a probability.")  # fmt: skip
    words = ("fit", file, "--items", "a,d", "--types", 2, "--starts", 2)
    assert note in run(*words, "--se", "observed")[0]
    assert "Some outcomes have probability 0" not in run(*words)[0]


@pytest.mark.parametrize(("p", "n", "text"), [
    (0.03, 9000, "At the 5 per cent level the test rejects IIA: within types, the odds between outcomes differ from "
                 "menu to menu (p = 0.0300)."),
    (0.3, 1000, "At the 5 per cent level the test finds no difference of the odds between outcomes from menu to menu "
                "within types (p = 0.3000). The smallest type has about 200 observations: --bootstrap 199 gives "
                "p-values without chi-square, which are better for types of a few hundred."),
])  # fmt: skip
def test_the_test_of_iia_is_answered_in_a_sentence(p: float, n: int, text: str) -> None:
    pooled = SimpleNamespace(n=n, shares=pd.Series([0.8, 0.2]))
    assert _answer(SimpleNamespace(p=p, bootstrap=0, bootstrap_p=None, pooled=pooled)) == text


def test_faults_of_new_users_have_the_line_to_write() -> None:
    assert run("assign", "f.json", "sv.csv")[1] == (
        "blocs: --fit: it is missing. A fit is named with --fit: `blocs assign sv.csv --fit f.json --out types.csv`."
    )
    assert run("iia", "f.json", "county.csv")[1] == (
        "blocs: --types: it is missing. It fits the data by itself, and takes a number of types in place of a fit: "
        "`blocs iia county.csv --types 3`."
    )
    assert run("iia", "county.csv")[1] == "blocs: --types: it is missing. See `blocs iia --help`."
    assert "Nearest match: --by." in run("plot", "f.json", "--group", "precinct")[1]
    page = "'rep.pdf' is not the name of a page. It ends in .html."
    assert run("report", "f.json", "-o", "rep.pdf")[1] == f"blocs: -o: {page}"
    assert run("report", "f.json", "--out", "rep.pdf")[1] == f"blocs: --out: {page}"


def test_a_range_of_columns_is_answered_with_the_columns() -> None:
    columns = [f"Q{number}" for number in range(1, 6)] + ["age"]
    with pytest.raises(InputError) as error:
        matching_columns(["Q1-Q5"], columns, set(), "items")
    assert str(error.value) == (
        "items: there is no column 'Q1-Q5'. Ranges of columns are not read. Name each column, as in Q1,Q2,Q3,Q4,Q5, or "
        "use a pattern, such as 'Q*'."
    )
    assert matching_columns(["Q1-Q9"], columns, set(), "items") == ["Q1-Q9"]  # the reader says which are there
