"""Files of options, comparisons, fits and formulas that nobody writes by mistake: one short error in words each."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import blocs
from blocs.cli import cli
from blocs.core.errors import Fault, InputError
from blocs.core.plain_data import is_numbers

ROWS = "a,b,area,age\n" + "0,0,N,20\n0,1,S,30\n1,1,N,40\n1,0,S,50\n" * 6


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("answers.csv").write_text(ROWS)


def called(words: str) -> Result:
    return CliRunner().invoke(cli, [*words.split(), "--quiet"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 9" + "9" * 6000, "a number in it is too long. It is a TOML file."),
        ("a" + ".a" * 100_000 + " = 1", "it has more than 10,000 bytes. Options are a few lines."),
        ("fit = 3", "fit is 3. The options of a command are a table. Write them below a line [fit]."),
    ],
)
def test_a_file_of_options_that_is_none(text: str, message: str) -> None:
    Path("blocs.toml").write_text(text + "\n")
    ended = called("fit answers.csv --items a,b")
    assert (ended.exit_code, ended.stderr) == (2, f"blocs: blocs.toml: {message}\n")


def test_a_message_lists_twenty_faults_and_the_error_keeps_all() -> None:
    error = InputError(*(Fault(f"fault {i}") for i in range(1234)))
    lines = str(error).splitlines()
    assert len(error.faults) == 1234 and len(lines) == 22
    assert (lines[0], lines[20], lines[21]) == ("1,234 faults:", "  - fault 19.", "  - and 1,214 more")


def test_a_comparison_whose_hits_are_words() -> None:
    profiles = blocs.Profiles.from_table({"a": [0, 0, 1, 1] * 5, "b": [0, 1, 1, 1] * 5})
    table = blocs.compare(profiles, [1, 2], starts=2, jobs=1)
    with pytest.raises(InputError) as refused:
        blocs.explain(blocs.fit(profiles, 1), profiles, comparison=table.assign(hits="x"))
    assert str(refused.value) == ("comparison: the column 'hits' has cells that are no numbers. Give the table that "
                                  "`blocs compare --out` wrote.")  # fmt: skip


@pytest.mark.parametrize(
    ("value", "whole"),
    [([1, 0.5], True), ([[[1, 2], [3, 4]], [[5]]], True), ([[[1, 2], [3]]], False), ([[1, [2]]], False), (3, False)],
)
def test_arrays_of_a_fit_have_a_shape(value: object, whole: bool) -> None:
    assert is_numbers(json.loads(json.dumps(value))) is whole


def test_words_that_are_the_same_for_all_rows_are_no_covariate() -> None:
    Path("answers.csv").write_text(ROWS.replace("S", "N"))
    ended = called("fit answers.csv --items a,b --types 2 --starts 2 --covariates ~area")
    assert (ended.exit_code, ended.stderr) == (
        2, "blocs: --covariates: area is the same for all rows. Leave it out.\n"
    )  # fmt: skip


def test_covariates_too_large_to_be_squared() -> None:
    table = {"a": [0, 1, 0, 1], "b": [0, 1, 1, 1], "age": [2e200, 1.0, 2.0, 3.0]}
    with pytest.raises(InputError) as refused:
        blocs.fit(blocs.Profiles.from_table(table, covariates="age"), 2, covariates="~ age")
    assert str(refused.value) == (
        "covariates: age has numbers too large to be squared. Write them in another unit."
    )  # fmt: skip


def test_a_formula_with_more_columns_than_rows_is_refused_before_they_are_compared() -> None:
    rows = 60
    levels = [str(i) for i in range(rows)]
    profiles = blocs.Profiles.from_table({"a": [0, 1] * (rows // 2), "u": levels, "v": levels}, covariates=["u", "v"])
    with pytest.raises(InputError) as refused:
        blocs.fit(profiles, 2, covariates="~ u*v")
    assert str(refused.value) == (
        "covariates: '~ u*v' has 3,599 columns, and 60 rows differ in them. There are fewer columns than different "
        "rows. Leave out terms, or make fewer levels."
    )


def test_design_weights_of_any_size_are_the_same() -> None:
    table = {"a": [0, 0, 1, 1], "b": [0, 1, 1, 0], "w": np.array([1.0, 2.0, 3.0, 2.5])}
    one, large = (blocs.Profiles.from_table({**table, "w": table["w"] * scale}, design_weights="w")
                  for scale in (1.0, 2.0**1000))  # fmt: skip
    assert np.array_equal(one.weights, large.weights)


def test_residuals_of_items_that_differ_by_group() -> None:
    words = "answers.csv --items a,b"
    assert called(f"fit {words} --types 1 --by area --equal none --out fit.json").exit_code in (0, 3)
    ended = called("residuals fit.json answers.csv")
    assert (ended.exit_code, ended.stderr) == (0, "") and "a [area N]" in ended.stdout


@pytest.mark.parametrize(
    ("width", "fault"), [("nan", "'nan' is no finite number"), ("inf", "inf is not from 60 to 1000")]
)
def test_a_width_that_is_no_number(width: str, fault: str) -> None:
    ended = called(f"plot fit.json -o p.svg --width {width}")
    assert (ended.exit_code, ended.stderr) == (2, f"blocs: --width: {fault}. See `blocs plot --help`.\n")
