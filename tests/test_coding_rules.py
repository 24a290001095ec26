"""The coding rules as one value: its faults, and that nothing else has defaults of its own."""

from __future__ import annotations

import ast
import inspect
import json
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import click
import pandas as pd
import pytest
from click.testing import CliRunner

from ballots_support import long_table
from blocs.ballots import CodingRules, code, code_by_rules, code_rows, read_cvr
from blocs.ballots.coding.rules import CHOICES
from blocs.cli import cli
from blocs.cli.fit import command
from blocs.cli.options import DataOptions
from blocs.core.errors import InputError

NAMES = [field.name for field in fields(CodingRules)]
ROWS = [
    (1, "US PRESIDENT", "", "X", "DEM"), (1, "US HOUSE", "", "A", "DEM"), (1, "SHERIFF", "", "L", "LBT"),
    (2, "US PRESIDENT", "", "Y", "REP"), (2, "US HOUSE", "", "A", "DEM"), (2, "SHERIFF", "", "S", "REP"),
    (3, "US PRESIDENT", "", "Z", "LBT"), (3, "US HOUSE", "", "B", "REP"), (3, "SHERIFF", "", "S", "REP"),
]  # fmt: skip


def refusal(**options: Any) -> str:
    with pytest.raises(InputError) as caught:
        CodingRules(**options)
    return str(caught.value)


def test_every_wrong_option_is_a_fault_of_one_error() -> None:
    wrong = {"parties": ("DEM", "D"), "other": "levels", "overvote": "first", "multi": "all", "third": "no",
             "ranked": "last", "preset": "sead", "groups": ["top"]}  # fmt: skip
    assert refusal(**wrong) == (
        "8 faults:\n"
        "  - other: 'levels' is not a choice. The choices are 'level', 'abstain', 'missing'. Nearest match: level.\n"
        "  - overvote: 'first' is not a choice. The choices are 'abstain', 'missing'.\n"
        "  - multi: 'all' is not a choice. The choices are 'drop', 'majority', 'any'.\n"
        "  - ranked: 'last' is not a choice. The choices are 'first', 'drop'.\n"
        "  - third: 'no' is not a choice. The choices are 'drop', 'keep'.\n"
        "  - preset: no preset is called 'sead'. The only one is 'seed'.\n"
        "  - parties: 'DEM', 'D' are not two parties. Name two different ones.\n"
        "  - groups: 'top' is always a group. Name other columns."
    )


@pytest.mark.parametrize(("parties", "number"), [((), "0 parties are"), ("DR", "1 party is"), ("abc", "1 party is")])
def test_the_parties_are_two_and_a_text_is_one(parties: Any, number: str) -> None:
    assert refusal(parties=parties) == (f"parties: {number} named. Name the two parties, such as DEM and REP.")


def test_a_text_is_one_name_and_lists_become_tuples() -> None:
    rules = CodingRules(offices="SHERIFF", groups="county", parties=["DEM", "REP"])
    assert (rules.offices, rules.groups, rules.parties) == (("SHERIFF",), ("county",), ("DEM", "REP"))
    frozen: Any = rules
    with pytest.raises(FrozenInstanceError):
        frozen.top = "Governor"
    profiles = code(read_cvr(long_table(ROWS)), offices="SHERIFF")
    assert profiles.schema.names == ("SHERIFF",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top": None, "parties": 5}, "2 faults:\n  - top: it is None. It is a text.\n"
                                      "  - parties: it is 5. It is a list of texts."),
        ({"preset": []}, "preset: it is []. It is a text."),
        ({"groups": ["county", 1]}, "groups: it is ('county', 1). It is a list of texts."),
        ({"preset": "seed", "other": "missing"}, "other: it is 'missing'. The preset 'seed' sets it to 'abstain'. "
                                                 "Leave out `preset=`, or this option."),
    ],
)  # fmt: skip
def test_options_of_the_wrong_kind_and_options_against_the_preset_are_refused(
    options: dict[str, Any], message: str
) -> None:
    assert refusal(**options) == message


def test_a_group_that_is_named_twice_is_one_group() -> None:
    table = long_table(ROWS).assign(county="A")
    once, twice = (code(read_cvr(table), groups=["county"] * times) for times in (1, 2))
    assert once.hash == twice.hash


def test_a_preset_sets_its_options_and_parties_get_their_short_names() -> None:
    resolved = CodingRules(parties=("Democratic", "gop"), preset="seed").resolved
    assert resolved == CodingRules(other="abstain")
    assert CodingRules(other="missing").resolved.other == "missing"


@pytest.mark.parametrize("function", [code, code_rows])
def test_functions_have_the_options_and_the_defaults_of_the_rules(function: Any) -> None:
    parameters = dict(inspect.signature(function).parameters)
    assert set(parameters) == {*NAMES, "ballots", "candidates"}
    assert {name: parameters[name].default for name in NAMES} == {name: getattr(CodingRules, name) for name in NAMES}


def test_the_command_line_has_the_defaults_of_the_rules() -> None:
    with command.make_context("fit", ["x.csv"]) as context:
        defaults = {name: context.params[name] for name in NAMES}
    assert CodingRules(**defaults) == CodingRules()


def test_rules_code_as_arguments_do() -> None:
    ballots = read_cvr(long_table(ROWS))
    rules: dict[str, Any] = {"other": "abstain", "third": "keep", "offices": ["SHERIFF"]}
    by_rules = code_by_rules(ballots, CodingRules(**rules)).profiles
    assert by_rules.hash == code(ballots, **rules).hash
    assert by_rules.hash != code(ballots).hash  # control


EARLIER = {"top": "US PRESIDENT", "parties": ["DEM", "LBT"], "offices": ["SHERIFF", "US HOUSE"], "other": "missing",
           "third": "keep", "groups": ["county"], "columns": {"county": "place"}, "drop_joined": True}  # fmt: skip
"""What a fit of an earlier version kept of the options of its data: those that differ from the defaults."""


def test_options_kept_with_a_fit_are_read_as_before() -> None:
    kept = DataOptions.from_call(click.Context(command), EARLIER)
    assert kept == DataOptions(
        top="US PRESIDENT", parties=("DEM", "LBT"), offices=("SHERIFF", "US HOUSE"), other="missing", third="keep",
        groups=("county",), columns={"county": "place"}, drop_joined=True,
    )  # fmt: skip
    assert json.loads(json.dumps(kept.to_dict())) == EARLIER
    assert DataOptions.from_call(click.Context(command), None) == DataOptions()


def test_a_fit_of_an_earlier_version_codes_the_ballots_as_it_did(tmp_path: Path) -> None:
    file, saved, out = tmp_path / "b.csv", tmp_path / "f.json", tmp_path / "types.csv"
    table = long_table(ROWS).assign(place="A")
    table.to_csv(file, index=False)
    call = ["fit", str(file), "--types", "1", "--out", str(saved)]
    assert CliRunner().invoke(cli, call).exit_code == 0
    data = json.loads(saved.read_text())
    assert data["settings"]["data"] == {}
    rows = {}
    for name, kept in (("default", {}), ("kept", {"third": "keep", "parties": ["DEM", "REP"]})):
        saved.write_text(json.dumps({**data, "settings": {**data["settings"], "data": kept}}))
        result = CliRunner().invoke(cli, ["assign", str(file), "--fit", str(saved), "--out", str(out)])
        assert result.exit_code == 0, result.stderr
        rows[name] = pd.read_csv(out)["type"].notna().tolist()
    assert rows == {"default": [True, True, False], "kept": [True, True, True]}


def test_a_wrong_option_is_refused_before_the_file_is_read(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["fit", str(tmp_path / "none.csv"), "--other", "levels"])
    assert result.stderr == (
        "blocs: --other: 'levels' is not a choice. The choices are 'level', 'abstain', 'missing'. Nearest match: "
        "level.\n"
    )


def test_the_page_lists_every_option_with_its_default_and_values() -> None:
    page = (Path(__file__).parent.parent / "docs" / "coding.md").read_text(encoding="utf-8")
    table = page.partition("## The options")[2].partition("## The rules")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "| S" in line]
    assert [name.strip("`") for name, *_ in rows] == NAMES
    for name, default, values, _ in rows:
        assert ast.literal_eval(default.strip("`")) == getattr(CodingRules, name.strip("`"))
        if choices := CHOICES.get(name.strip("`")):
            assert values == ", ".join(f'`"{value}"`' for value in choices)
    assert set(CHOICES) < set(NAMES)
