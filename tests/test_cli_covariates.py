"""Covariates on the command line, for tables of answers and for ballots; group columns as covariates."""

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
from blocs.cli.change_table import show_changes
from blocs.cli.printer import Printer
from blocs.profiles import Profiles, group_covariates
from test_covariates import ITEMS, TABLE, made

CALL = ["--items", "q*", "--covariates", "~ age + party", "--types", "2", "--starts", "3", "--quiet"]


def run(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def wrong(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert result.exit_code != 0
    assert result.stdout == ""
    return result.stderr.strip().removeprefix("blocs: ")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("answers") / "answers.csv"
    TABLE.assign(age=TABLE["age"].where(TABLE.index % 100 > 0)).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def ballots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 ballots of a wide table: the older, the straighter; a few without an age."""
    rng = np.random.default_rng(3)
    age, top = rng.integers(2, 8, 600) * 10, rng.choice(["DEM", "REP"], 600)
    kind = rng.random(600) < age / 100
    frame = pd.DataFrame({"id": np.arange(600), "President": top})
    for office in ("Senate", "House", "Sheriff", "Clerk"):
        straight = rng.random(600) < np.where(kind, 0.95, 0.5)
        frame[office] = np.where(straight == (top == "DEM"), "DEM", "REP")
    path = tmp_path_factory.mktemp("ballots") / "ballots.csv"
    frame.assign(age=pd.Series(age).where(frame["id"] % 50 > 0).astype("Int64")).to_csv(path, index=False)
    return path


WIDE = ["--top", "President", "--offices", "Senate,House,Sheriff,Clerk", "--types", "2", "--starts", "3", "--quiet"]


def test_answers_with_covariates(answers: Path, tmp_path: Path) -> None:
    saved = tmp_path / "fit.json"
    document = json.loads(run("fit", answers, *CALL, "--se", "robust", "--json", "--out", saved))
    profiles = made(pd.read_csv(answers))
    fit = blocs.fit(profiles, 2, covariates="~ age + party", starts=3)
    errors = blocs.standard_errors(fit, profiles, "robust")
    assert document["loglik"] == fit.loglik
    assert document["coefficients"] == fit.coefficients().to_dict("records")
    assert document["standard_errors"]["coefficients"] == errors.coefficients().to_dict("records")
    assert blocs.load(saved).design == fit.design
    printed = run("fit", answers, *CALL, "--se", "robust")
    rows = errors.coefficients().to_dict("records")
    test = errors.wald("age")
    for row in rows:
        line = next(line for line in printed.splitlines() if line.startswith(f"Type 2  {row['term']}"))
        assert f"{row['coefficient']:.4f}" in line
        assert f"{row['low']:.4f} to {row['high']:.4f}" in line
    assert f"Wald test of age: {test.statistic:.2f}, 1 degree of freedom, p < 0.0001." in printed
    assert "The shares of the types are means over the rows." in printed
    assert document["standard_errors"]["margins"] == errors.margins().to_dict("records")
    tests = [errors.wald(term.words)._asdict() for term in errors.fit.design.terms]
    assert document["standard_errors"]["wald"] == tests and tests
    effect = errors.margins().to_dict("records")[0]
    lines = printed.splitlines()
    assert "Average change of the share of each type, percentage points" in lines
    line = next(line for line in lines if line.startswith("age ") and " Type 1 " in line)
    assert line.split()[-5:] == [f"{100 * effect['effect']:+.2f}", f"{100 * effect['se']:.2f}",
                                 f"{100 * effect['low']:+.2f}", "to", f"{100 * effect['high']:+.2f}"]  # fmt: skip
    assert "Covariate 'age' is missing in 15 rows, which are set aside." in printed.replace("\n", " ")


def test_a_saved_fit_knows_its_covariates(answers: Path, tmp_path: Path) -> None:
    saved, out = tmp_path / "fit.json", tmp_path / "types.csv"
    run("fit", answers, *CALL, "--out", saved)
    assert "The estimates are a maximum" in run("diagnose", saved, answers, "--quiet")
    run("assign", answers, "--fit", saved, "--out", out, "--quiet", "--posteriors")
    rows, fit = pd.read_csv(out), blocs.load(saved)
    wanted = fit.posterior(pd.read_csv(answers))
    np.testing.assert_allclose(rows["type_2"], wanted[2], rtol=1e-9)
    assert rows["reason"].dropna().unique().tolist() == ["set aside: a covariate is missing"]
    assert rows["reason"].notna().sum() == 15
    again = json.loads(run("fit", answers, "--resume", saved, "--json", "--quiet"))
    assert again["loglik"] == pytest.approx(fit.loglik, abs=1e-5)
    compared = json.loads(run("compare", answers, *CALL[:4], "--types", "1-2", "--starts", 3, "--quiet", "--json"))
    assert compared["rows"][1]["loglik"] == pytest.approx(fit.loglik, abs=1e-5)


def test_ballots_with_covariates(ballots: Path, tmp_path: Path) -> None:
    saved = tmp_path / "fit.json"
    document = json.loads(run("fit", ballots, *WIDE, "--covariates", "~ age", "--out", saved, "--json"))
    slope = next(row["coefficient"] for row in document["coefficients"] if row["term"] == "age")
    assert document["n"] == 588
    assert 0.02 < abs(slope) < 0.09  # .044 is what they were drawn with
    assert any("Covariate 'age' is missing for 12 observations, which are set aside." in remark
               for remark in document["account"]["remarks"])  # fmt: skip
    assert "The estimates are a maximum" in run("diagnose", saved, ballots, "--quiet")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--covariates", "age"], "--covariates: 'age' does not begin with '~'. A formula is '~' and terms with '+' "
                                  "between them: a column, C(column) for its levels, a:b, a*b, np.log(column). Write "
                                  "'~ age'."),
        (["--covariates", "lag(aeg)"], "2 faults:\n  - --covariates: 'lag(aeg)' does not begin with '~'. A formula "
                                       "is '~' and terms with '+' between them: a column, C(column) for its levels, "
                                       "a:b, a*b, np.log(column). Write '~ lag(aeg)'.\n  - --covariates: '~ "
                                       "lag(aeg)' calls 'lag'. Functions of columns are C, I, log, log2, log10, "
                                       "exp, bs, cr, cs, cc, poly, center, scale, standardize, those of contrasts, "
                                       "and such as np.log. Nearest match: log. Compute other columns in the table."),
        (["--covariates", "~ age", "--by", "top"], "--covariates: it is for one fit of all voters. Leave out --by."),
        (["--covariates", "~ aeg"], "--covariates: there is no column 'aeg'. The columns are 'id', 'age'. Nearest "
                                    "match: age."),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together(ballots: Path, arguments: list[str], message: str) -> None:
    assert wrong("fit", ballots, *WIDE, *arguments) == message


def test_tables_have_no_covariates(ballots: Path) -> None:
    call = ["tables", ballots, *WIDE[:4], "--covariates", "~ age", "--quiet"]
    assert wrong(*call) == "--covariates: ballots with covariates are fitted, compared, diagnosed and assigned only."


@pytest.mark.parametrize("how", [{}, {"design_weights": "w"}])
def test_group_columns_are_covariates(how: dict[str, Any]) -> None:
    grouped = Profiles.from_table(TABLE, items=ITEMS, groups=["age", "party"], **how)
    profiles, wanted = group_covariates(grouped, ["age", "party"]), made(**how)
    assert profiles.covariates is not None
    assert wanted.covariates is not None
    np.testing.assert_array_equal(profiles.codes, wanted.codes)
    np.testing.assert_array_equal(profiles.covariates.row, wanted.covariates.row)
    np.testing.assert_allclose(profiles.weights, wanted.weights, rtol=1e-12)
    np.testing.assert_allclose(profiles.squares, wanted.squares, rtol=1e-12)
    assert profiles.covariates.levels == (None, ("DEM", "REP"))
    fit = blocs.fit(profiles, 2, covariates="~ age", starts=2)
    other = blocs.fit(wanted, 2, covariates="~ age", starts=2)
    assert fit.loglik == pytest.approx(other.loglik, abs=1e-7)
    for of in (profiles, wanted):
        assert blocs.standard_errors(blocs.fit(of, 2, covariates="~ age", starts=2), of).kind == (
            "robust" if how else "observed information"
        )


def test_text_that_is_numbers_is_numbers_and_names_stay_names() -> None:
    table = {"a": [0, 1, 1, 0], "age": ["20", "30.5", None, "-4"], "code": ["007", "7", "8", "9"]}
    grouped = Profiles.from_table(table, items=["a"], groups=["age", "code"])
    profiles = group_covariates(grouped, ["age", "code"])
    assert profiles.covariates is not None
    assert profiles.covariates.levels == (None, ("007", "7", "9"))
    assert profiles.n == 3
    assert str(profiles.account).endswith("Covariate 'age' is missing for 1 observation, which is set aside.")


@pytest.mark.parametrize(
    ("table", "names", "message"),
    [
        ({"g": ["x", "y"]}, "h", "names: there is no column 'h'. The columns are 'g'."),
        ({"g": [None, None]}, "g", "names: every observation lacks one of them. An observation is used where it has "
                                   "all covariates."),
    ],
)  # fmt: skip
def test_group_columns_are_refused_by_name(table: dict[str, Any], names: str, message: str) -> None:
    with pytest.raises(blocs.InputError) as caught:
        group_covariates(Profiles.from_table({"a": [0, 1], **table}, items=["a"], groups="g"), names)
    assert str(caught.value) == message


def naive_posterior(fit: blocs.Fit, answers: pd.DataFrame, shares: np.ndarray) -> np.ndarray:
    """Return (N, 2) posteriors of rows of outcomes with shares (N, 2), ballot by ballot."""
    p = fit.table().set_index(["item", "outcome", "type"])["probability"]
    joint = shares.copy()
    for i, row in enumerate(answers.to_dict("records")):
        for item, outcome in row.items():
            joint[i] *= [p[(item, outcome, k)] for k in (1, 2)]
    return joint / joint.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("of", [["--covariates", "~ age"], ["--by-group", "age"], ["--by-group", "top,age"]])
def test_ballots_are_assigned_by_their_covariates_and_groups(ballots: Path, tmp_path: Path, of: list[str]) -> None:
    saved, out = tmp_path / "fit.json", tmp_path / "types.csv"
    run("fit", ballots, *WIDE, *of, "--out", saved)
    printed = run("assign", ballots, "--fit", saved, "--out", out, "--posteriors", "--keep", "id", "--quiet")
    table, file, fit = pd.read_csv(out), pd.read_csv(ballots), blocs.load(saved)
    assert table.columns.tolist() == ["row", "id", "top", "type", "probability", "unknown", "type_1",
                                      "type_2", "reason"]  # fmt: skip
    known = file["age"].notna().to_numpy()
    assert table["reason"].fillna("").tolist() == np.where(known, "", "set aside: a covariate is missing").tolist()
    assert table["type"].notna().to_numpy().tolist() == known.tolist()
    assert "set aside: a covariate is missing" in printed
    own, offices = file[known], ["Senate", "House", "Sheriff", "Clerk"]
    answers = own[offices].where(own[offices].eq(own["President"], axis=0), "split").replace(["DEM", "REP"], "straight")
    if fit.groups is None:
        slope = fit.coefficients().set_index("term")["coefficient"]
        odds = np.exp(slope["intercept"] + slope["age"] * own["age"].to_numpy())
        shares = np.column_stack([1 / (1 + odds), odds / (1 + odds)])
    else:
        by = fit.shares_by_group().pivot(index=list(fit.groups.names), columns="type", values="share")
        keys = [(t, a) if len(fit.groups.names) > 1 else a for t, a in zip(own["President"], own["age"], strict=True)]
        shares = by.loc[keys].to_numpy()
    wanted = naive_posterior(fit, answers, shares)
    np.testing.assert_allclose(table.loc[known, ["type_1", "type_2"]], wanted, atol=1e-9)
    numbers = json.loads(run("assign", ballots, "--fit", saved, "--out", out, "--json", "--quiet"))
    assert sum(numbers["expected"].values()) == pytest.approx(known.sum())


def test_ballots_of_groups_that_were_not_fitted_are_refused(ballots: Path, tmp_path: Path) -> None:
    saved, other, out = tmp_path / "fit.json", tmp_path / "other.csv", tmp_path / "types.csv"
    run("fit", ballots, *WIDE, "--by-group", "age", "--out", saved)
    pd.read_csv(ballots).replace({"age": {20: 25}}).to_csv(other, index=False)
    message = wrong("assign", other, "--fit", saved, "--out", out, "--quiet")
    assert message == "profiles: the fit knows nothing of 25 in 'age'. It has shares of 6 groups. Leave these rows out."
    pd.read_csv(ballots).drop(columns="age").to_csv(other, index=False)
    message = wrong("assign", other, "--fit", saved, "--out", out, "--quiet")
    assert message.startswith("--by-group: there is no column 'age'.")
    assert not out.exists()


WORDS = (
    "its cells are numbers and NA. Other programs write this for a missing cell, and here all cells would be levels. "
    "List NA in {missing}, or empty these cells; where it is a level, give it another name."
)


def test_words_for_missing_cells_among_numbers_are_refused(answers: Path, tmp_path: Path) -> None:
    path, call = tmp_path / "answers.csv", ["--items", "q*", "--types", "1", "--quiet"]
    frame = pd.read_csv(answers)
    frame.to_csv(path, index=False, na_rep="NA")
    message = f"--covariates age: {WORDS.format(missing='--missing')}"
    assert wrong("fit", path, *call, "--covariates", "~ age") == message
    assert wrong("fit", path, *call, "--by-group", "age").startswith("--by-group age: its cells are numbers and NA.")
    shown = " ".join(run("fit", path, *call, "--covariates", "~ age", "--missing", "NA").split())
    assert "Covariate 'age' is missing in 15 rows, which are set aside." in shown
    codes = frame.assign(party=frame["party"].where(frame.index > 4, "NA"), age=frame["age"].fillna(-9))
    codes.to_csv(path, index=False)
    shown = " ".join(run("fit", path, *call, "--covariates", "~ age + party").split())
    assert "Values of 'age' that other programs take for missing: '-9'." in shown
    assert "Values of 'party' that other programs take for missing: 'NA'." in shown


@pytest.mark.parametrize("numbers", [[20, 30, 40], ["20", "3.5", "4e1"]])
def test_words_among_numbers_in_a_table_of_python(numbers: list[object]) -> None:
    table = {"a": [0, 1, 1, 0], "b": [0, 1, 0, 1], "x": [*numbers, "NA"]}
    with pytest.raises(blocs.InputError) as error:
        Profiles.from_table(table, items=["a", "b"], covariates="x")
    assert str(error.value) == f"covariates['x']: {WORDS.format(missing='`missing=`')}"
    if isinstance(numbers[0], int):
        made = Profiles.from_table(table, items=["a", "b"], covariates="x", missing="NA")
        assert made.covariates.levels == (None,) and made.n == 3
        text = Profiles.from_table({**table, "x": ["20", "30", "40", "NA"]}, items=["a", "b"], covariates="x",
                                   missing="NA")  # fmt: skip
        assert text.covariates.values.ravel().tolist() == [20.0, 30.0, 40.0] and text.covariates.levels == (None,)
    levels = Profiles.from_table({**table, "x": ["A", "B", "NA", "1"]}, items=["a", "b"], covariates="x")
    assert levels.covariates.levels == (("1", "A", "B", "NA"),)


def test_a_change_with_a_flag_has_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    """What a type of 1 per cent on the boundary would change by may be any number: -35 points here."""
    rows = [("age", 1, 0.012, 0.004, 0.004, 0.02, ""), ("age", 2, -0.352, *[np.nan] * 3, "boundary")]
    margins = pd.DataFrame(rows, columns=["covariate", "type", "effect", "se", "low", "high", "flag"])
    show_changes(Printer(), margins.assign(change="one more unit"))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[-2:]] == [
        ["age", "one", "more", "unit", "Type", "1", "+1.20", "0.40", "+0.40", "to", "+2.00"],
        ["age", "one", "more", "unit", "Type", "2", "-", "-", "boundary"],
    ]
