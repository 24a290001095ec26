"""Mistakes that new users make on the command line, and what they are to do: whole messages."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from blocs.cli import cli

SHARDS = (
    "blocs: county.shards: it is a folder of shards. Shards keep distinct rows: no ballots, no groups, not the party "
    "at the top of the ticket. Give the file the shards were made from.\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ballots, their shards and a fit, answers, and the ballots of another election."""
    folder = tmp_path_factory.mktemp("mistakes")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, offices in (("county.csv", 3), ("other.csv", 6)):
            assert run("simulate", name, "--voters", 300, "--offices", offices, "--jobs", 1)[0] == 0
        assert run("shards", "county.csv", "--out", "county.shards")[0] == 0
        assert run("fit", "county.csv", "--types", 1, "--out", "fit.json")[0] == 0
        by_precinct = ["--by-group", "precinct", "--starts", 2]
        assert run("fit", "county.csv", "--types", 2, *by_precinct, "--out", "own.json")[0] == 0
        pd.DataFrame({"a": ["x", "y"] * 9, "b": ["x", "y"] * 9}).to_csv("survey.csv", index=False)
    return folder


def run(*arguments: object) -> tuple[int, str]:
    """Return the exit code of a call and what it prints on stderr."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    "call",
    ["plot fit.json county.shards -o p.png", "report fit.json county.shards -o p.html",
     "explain fit.json county.shards", "fit county.shards --by top", "tables county.shards",
     "fit county.shards --cluster precinct", "assign county.shards --fit fit.json --out t.csv",
     "totals county.shards"],
)  # fmt: skip
def test_shards_of_ballots_do_not_stand_for_the_file(
    call: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert run(*call.split()) == (1, SHARDS)


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        ("compare survey.csv --items a,b --blrt 99", 2,
         "blocs: --blrt: it takes no number, and '99' is read as a file. Write --blrt --replicates 99.\n"),
        ("compare county.csv --by party --checkpoint c.check", 2,
         "blocs: 2 faults:\n  - --checkpoint: it is for one fit of all voters. Fits of one party each are fits of "
         "other data. Leave out --by.\n  - --by: it is 'party'. The only choice is 'top', the party at the top of the "
         "ticket.\n"),
        ("compare survey.csv --items a,b --by top", 2,
         "blocs: --by: it is for ballots only. With --items the file is a table of answers.\n"),
        ("fit survey.csv --items a,b --types three", 2,
         "blocs: --types: 'three' is no whole number in digits, such as 12 or 1000. See `blocs fit --help`.\n"),
        ("plan --profiles 1e6", 2,
         "blocs: --profiles: '1e6' is no whole number in digits, such as 12 or 1000. See `blocs plan --help`.\n"),
        ("compare survey.csv --items a,b --types 4-1", 2,
         "blocs: --types: '4-1' goes down; write the smaller number first, as in 1-4. See `blocs compare --help`.\n"),
        ("fit county.csv --top Mayor", 2,
         "blocs: --top: no office is called 'Mayor'. The offices are 'US PRESIDENT', 'US SENATE', 'US HOUSE'. Name one "
         "of them with --top, such as 'US PRESIDENT'.\n"),
        ("assign other.csv --fit fit.json --out t.csv", 1,
         "blocs: items 'GOVERNOR', 'STATE SENATE', 'STATE HOUSE' are not in the fit. Its items are 'US SENATE', 'US "
         "HOUSE'. Data of another election need a fit of their own; in data of the same one, leave these items out.\n"),
        ("plot own.json county.csv --kind groups --by top -o p.png", 1,
         "blocs: Shares by 'top' are not available for a fit with shares by 'precinct': its posteriors have those as "
         "their prior. Fit without groups.\n"),
    ],
)  # fmt: skip
def test_the_remedy_is_one_that_works(
    call: str, code: int, message: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    ended, text = run(*call.split())
    assert (ended, text) == (code, message)
