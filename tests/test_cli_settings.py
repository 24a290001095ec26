"""Options from `blocs.toml` and from the environment: which comes first, and what a slip says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from blocs.cli import cli


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = ["a,b,n", "0,0,40", "0,1,10", "1,0,12", "1,1,38"]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def blocs(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), prog_name="blocs")


def fitted(*words: str) -> Result:
    return blocs("fit", "t.csv", "--items", "a,b", "--starts", "2", *words)


def types(result: Result) -> int:
    assert result.exit_code in (0, 3), result.output
    return len(json.loads(result.stdout)["shares"])


def test_a_flag_comes_before_the_environment_and_that_before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "blocs.toml").write_text("[fit]\ntypes = 1\n", encoding="utf-8")
    result = fitted("--json")
    assert types(result) == 1
    assert result.stderr.splitlines()[0] == "Options from blocs.toml: types."
    monkeypatch.setenv("BLOCS_FIT_TYPES", "2")
    result = fitted("--json")
    assert types(result) == 2
    assert result.stderr.splitlines()[0] == "Options from the environment: types."
    assert types(fitted("--json", "--types", "1")) == 1


def test_an_option_at_the_top_is_for_every_command_that_has_it(folder: Path) -> None:
    (folder / "blocs.toml").write_text('weights = "n"\nstarts = 2\n[fit]\ntypes = 1\n', encoding="utf-8")
    document = json.loads(blocs("fit", "t.csv", "--items", "a,b", "--json").stdout)
    assert document["n"] == 100
    assert blocs("simulate", "c.csv", "--voters", "10").exit_code == 0  # it has neither option


def test_what_a_fit_says_of_its_data_comes_before_the_file(folder: Path) -> None:
    assert fitted("--types", "1", "--out", "f.json").exit_code == 0
    (folder / "blocs.toml").write_text('items = "a"\n', encoding="utf-8")
    assert blocs("diagnose", "f.json", "t.csv").exit_code == 0
    assert "b" in blocs("diagnose", "f.json", "t.csv", "--json").stdout


@pytest.mark.parametrize(("text", "message"), [
    ("[fit]\ntypse = 2\n", "blocs: blocs.toml: there is no option of blocs fit 'typse'. Nearest match: types.\n"),
    ("partiess = 'A,B'\n", "blocs: blocs.toml: there is no option 'partiess'. Nearest match: parties.\n"),
    ("[fot]\ntypes = 2\n", "blocs: blocs.toml: there is no command 'fot'. Nearest match: fit.\n"),
    ("types = \n",
     "blocs: blocs.toml: it cannot be read (Invalid value (at line 1, column 9)). It is a TOML file.\n")])  # fmt: skip
def test_slips_in_the_file(folder: Path, text: str, message: str) -> None:
    (folder / "blocs.toml").write_text(text, encoding="utf-8")
    result = fitted()
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


def test_a_wrong_value_in_the_file(folder: Path) -> None:
    (folder / "blocs.toml").write_text("[fit]\ntypes = 0\n", encoding="utf-8")
    result = fitted()
    assert result.exit_code == 2
    assert "blocs: --types: 0 is not 1 or more" in result.stderr


def test_a_slip_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCS_FIT_TYPSE", "2")
    result = fitted()
    assert (result.exit_code, result.stderr) == (
        2,
        "blocs: the variable BLOCS_FIT_TYPSE of the environment: no option has this name. Nearest match: "
        "BLOCS_FIT_TYPES.\n",
    )


def test_a_list_in_the_file_is_one_with_commas(folder: Path) -> None:
    (folder / "blocs.toml").write_text('[fit]\nitems = ["a", "b"]\ntypes = 1\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["fit", str(folder / "t.csv"), "--json"])
    assert {row["item"] for row in json.loads(result.stdout)["table"]} == {"a", "b"}


def test_a_value_that_is_wrong_says_where_it_comes_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "blocs.toml").write_text('[fit]\ntypes = "four"\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["fit", "t.csv"])
    assert result.stderr.endswith(
        "'four' is no whole number in digits, such as 12 or 1000 (from blocs.toml). See `blocs fit --help`.\n"
    )
    monkeypatch.setenv("BLOCS_FIT_TYPES", "five")
    result = CliRunner().invoke(cli, ["fit", "t.csv"])
    assert result.stderr == ("blocs: --types: 'five' is no whole number in digits, such as 12 or 1000 (from the "
                             "environment). See `blocs fit --help`.\n")  # fmt: skip
