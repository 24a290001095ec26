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
from blocs.tables.survey_table import plain_table

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
    ("width", "fault"), [("nan", "'nan' is no finite number"), ("inf", "'inf' is no finite number")]
)
def test_a_width_that_is_no_number(width: str, fault: str) -> None:
    ended = called(f"plot fit.json -o p.svg --width {width}")
    assert (ended.exit_code, ended.stderr) == (2, f"blocs: --width: {fault}. See `blocs plot --help`.\n")


@pytest.mark.parametrize("call", [
    ["fit", "answers.csv", "--items", "a,b", "--types", "1", "--out", "circle"],
    ["fit", "answers.csv", "--items", "a,b", "--types", "1", "--checkpoint", "circle"],
    ["simulate", "circle", "--voters", "10"], ["simulate", "x.csv", "--voters", "10", "--truth", "circle"],
    ["shards", "answers.csv", "--items", "a,b", "--out", "circle"],
])  # fmt: skip
def test_a_link_that_leads_back_to_itself(call: list[str]) -> None:
    Path("circle").symlink_to("other")
    Path("other").symlink_to("circle")
    ended = CliRunner().invoke(cli, [*call, "--quiet"])
    message = "blocs: circle: a link in it leads back to itself. A link leads to a file or folder. Give another name.\n"
    assert (ended.exit_code, ended.stderr) == (2, message)
    assert Path("circle").is_symlink()


def test_a_device_is_no_folder() -> None:
    ended = called("simulate /dev/null --voters 10")
    message = "blocs: /dev/null: it is a pipe or a device. A folder is to be made there. Give another name.\n"
    assert (ended.exit_code, ended.stderr) == (2, message)


def test_the_folder_of_the_process_has_its_name_in_messages(tmp_path: Path) -> None:
    Path("answers.csv").unlink()
    ended = called("totals .")
    message = f"blocs: {tmp_path.name}: the folder is empty. Give the folder that holds the files of ballots.\n"
    assert (ended.exit_code, ended.stderr) == (1, message)


def test_a_folder_of_the_process_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    ended = called("simulate x.csv --voters 10")
    monkeypatch.chdir(tmp_path)
    message = "blocs: the folder in which blocs was begun is not there any more. Change to one that is.\n"
    assert (ended.exit_code, ended.stderr) == (1, message)


@pytest.mark.parametrize(("call", "message"), [
    ("plan --profiles 10 --items 3 --types 1001", "--types: 1001 is not from 1 to 1000. See `blocs plan --help`"),
    ("plan --profiles 10 --items 3 --types 2 --price x", "--price: 'x' is no finite number. See `blocs plan --help`"),
    ("demo --uncontested nan", "--uncontested: 'nan' is no finite number. See `blocs demo --help`"),
    ("fit answers.csv --items a,b --types 1 --prior 1e308",
     "--prior: it is 1e+308. It is at most 1,000,000,000,000,000"),
])  # fmt: skip
def test_numbers_out_of_range(call: str, message: str) -> None:
    ended = called(call) if not call.startswith("demo") else CliRunner().invoke(cli, call.split())
    assert (ended.exit_code, ended.stderr) == (2, f"blocs: {message}.\n")


def test_a_plan_of_more_types_than_can_be_simulated() -> None:
    with pytest.raises(InputError) as refused:
        blocs.plan(10, 3, 10**30)
    assert str(refused.value) == f"types: it is {10**30}. It is at most 1,000."


def test_weights_whose_sum_is_no_number() -> None:
    Path("w.csv").write_text("a,b,w\n1,1,1e308\n1,0,1e308\n0,0,3\n")
    ended = called("fit w.csv --items a,b --weights w --types 1")
    message = ("blocs: --weights: the largest is 1e+308. It is at most 1e+100. Sampling weights, of any size, are "
               "--design-weights.\n")  # fmt: skip
    assert (ended.exit_code, ended.stderr) == (2, message)


def test_an_outcome_whose_squares_are_no_numbers() -> None:
    Path("y.csv").write_text("a,b,y\n" + "".join(f"{i % 2},{i // 2 % 2},{i - 8}e307\n" for i in range(16)))
    assert called("fit y.csv --items a,b --types 1 --out y.json").exit_code == 0
    called("fit y.csv --items a,b --types 2 --starts 2 --out y.json")
    ended = called("distal y.json y.csv --outcome y")
    message = "blocs: --outcome: 'y' has numbers too large to be squared. Write them in another unit.\n"
    assert (ended.exit_code, ended.stderr) == (2, message)


@pytest.mark.parametrize(("cell", "number"), [("1e+19", True), ("2.5e300", True), ("1e5", True),
                                              ("12345678901234567890", False), ("inf", False)])  # fmt: skip
def test_a_large_number_with_an_exponent_is_a_number_and_a_long_identifier_is_text(cell: str, number: bool) -> None:
    Path("n.csv").write_text(f"a,x\n1,{cell}\n0,2\n")
    column = plain_table(Path("n.csv"), ["a", "x"])["x"]
    assert (column.dtype.kind == "f") is number


def test_a_name_of_many_letters_is_shown_by_its_ends() -> None:
    ended = CliRunner().invoke(cli, ["fit", "answers.csv", "--items", "y" * 100_000, "--quiet"])
    shown = "'" + "y" * 199 + " ... (99,703 letters) ... " + "y" * 98 + "'."
    assert ended.exit_code == 2 and shown in ended.stderr and len(ended.stderr) < 1000


def test_half_of_a_letter_in_a_fit() -> None:
    called("fit answers.csv --items a,b --types 1 --out fit.json")
    Path("half.json").write_text(Path("fit.json").read_text().replace('"a"', r'"a\ud800"', 1))
    ended = called("explain half.json")
    message = (r"half.json: a text holds half of a letter, \ud800. Surrogates come in pairs. "
               "Give the file of a saved fit.")  # fmt: skip
    assert (ended.exit_code, ended.stderr) == (1, f"blocs: {message}\n")
