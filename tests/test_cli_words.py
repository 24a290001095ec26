"""Faults in the words of the command line: options, where Python has arguments."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from blocs.cli import COMMANDS, cli
from blocs.cli.words import Command
from blocs.core.errors import Fault, InputError

BALLOTS = (
    "cvr_id,precinct,office,candidate,party\n"
    "1,P,President,ADA,DEM\n1,P,Senate,BEA,DEM\n2,P,President,CEA,REP\n2,P,Senate,DOT,REP\n"
)


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("b.csv").write_text(BALLOTS)
    Path("one.csv").write_text("\n".join(BALLOTS.splitlines()[:3]) + "\n")
    Path("t.csv").write_text("a,b\n1,2\n2,1\n1,1\n")
    Path("table.csv").write_text("contest,candidate,party\nX,Y,DEM\n")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("fit one.csv --types 1",
         "--parties: no candidate of any contest is of REP. The parties of the candidates are DEM. --parties names the "
         "two parties; the candidate table says who stands for which."),
        ("fit b.csv --candidates table.csv",
         "--candidates: no contest is called 'X'. A contest has the name the file gives it. `blocs parties` lists the "
         "contests of a file."),
        ("tables b.csv --by precint",
         "--by: there is no column 'precint'. The columns are precinct. Nearest match: precinct."),
        ("tables b.csv --groups precint",
         "--groups: there is no column 'precint'. The columns are precinct. Nearest match: precinct."),
        ("tables t.csv --items a,b", "--items: it is for plain tables. Tables are made of coded ballots."),
        ("fit b.csv --columns voter=x",
         "--columns voter: there is no column 'x'. The columns are cvr_id, precinct, office, candidate, party."),
        ("fit t.csv --items a,c", "--items: there is no column 'c'. The columns are 'a', 'b'."),
        ("fit t.csv --items a,b --weights n", "--weights: there is no column 'n'. The columns are 'a', 'b'."),
        ("fit b.csv --memory much",
         "--memory: cannot use 'much' as a limit. Write a number with a unit, such as '2GB' or '800MB'."),
        ("simulate c.csv --voters 5 --parts 9",
         "--parts: 9 is out of range. At least 1 and at most one for each voter."),
    ],
)  # fmt: skip
def test_a_fault_names_the_option(call: str, said: str) -> None:
    result = CliRunner().invoke(cli, call.split())
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"blocs: {said}\n")


def test_a_fit_that_goes_on_is_resumed() -> None:
    CliRunner().invoke(cli, ["fit", "t.csv", "--items", "a,b", "--types", "1", "--out", "f.json"])
    result = CliRunner().invoke(cli, ["fit", "t.csv", "--items", "a", "--resume", "f.json"])
    assert result.stderr == (
        "blocs: --resume: the starting fit has other items or outcomes than the profiles. "
        "Fit the same items, or use random starts.\n"
    )


@pytest.mark.parametrize(
    ("where", "remedy", "said"),
    [
        ("memory", "Allow more with memory=, or", "--memory: x. Allow more with --memory, or."),
        ("columns['voter']", "Name it: columns={'voter': ...}", "--columns voter: x. Name it: --columns voter=..."),
        ("weights, column 'n'", "named by `items`", "--weights, column 'n': x. named by --items."),
        ("memory.csv", "Make it with `code`, or with from_table(..., groups='top')",
         "memory.csv: x. Make it with `code`, or with from_table(..., groups='top')."),
    ],
)  # fmt: skip
def test_arguments_become_options(where: str, remedy: str, said: str) -> None:
    names = ("memory", "columns", "weights", "items", "groups")

    @click.command(cls=Command)
    def command(**given: str) -> None:
        raise InputError(Fault("x", where=where, remedy=remedy))

    command.params = [click.Option([f"--{name}"]) for name in names]
    with pytest.raises(InputError) as caught:
        command.main([], standalone_mode=False)
    assert str(caught.value) == said


def test_every_command_speaks_so() -> None:
    with click.Context(cli) as ctx:
        for name in COMMANDS:
            assert isinstance(cli.get_command(ctx, name), Command), name
