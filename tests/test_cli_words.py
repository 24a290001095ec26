"""Faults in the words of the command line: options, where Python has arguments."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import click
import duckdb
import pytest
from click.testing import CliRunner

import blocs
from blocs import plots
from blocs.ballots import candidate_table
from blocs.ballots.reports.certified_totals import against_returns
from blocs.ballots.reports.contest_totals import contest_totals
from blocs.ballots.reports.disclosure import by_group, few_withheld
from blocs.ballots.reports.party_loyalty import solid_partisans
from blocs.cli import COMMANDS, cli
from blocs.cli.exit_codes import OptionError
from blocs.cli.option_errors import ALIASES, Command, option_errors
from blocs.core.errors import Fault, InputError
from blocs.inference.assignment import assign_ballots, assign_rows
from blocs.inference.cross_validation import folds_of
from blocs.inference.mean_posteriors import mean_posteriors
from blocs.inference.selection import numbers_of_types
from blocs.profiles import Profiles
from blocs.simulation import write_collection
from blocs.simulation.recovery import recover
from blocs.tables.database_errors import complaint
from blocs.tables.survey_table import plain_table

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
    Path("n.csv").write_text("a,b,n\n1,2,1\n2,1,x\n")
    Path("person.csv").write_text("person,office,candidate\n1,President,ADA\n")
    Path("w.csv").write_text("top,senate\nDEM,1\nREP,2\n")
    Path("table.csv").write_text("contest,candidate,party\nX,Y,DEM\n")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("fit one.csv --types 1",
         "--parties: no candidate of any contest is of REP. The parties of the candidates are DEM. --parties names the "
         "two parties; the candidate table says who stands for which."),
        ("tables b.csv --groups precint --by style",
         "--by or --groups: there are no columns 'precint', 'style'. The columns are 'precinct'. "
         "Nearest match: precinct for 'precint'."),
        ("tables b.csv --by precint",
         "--by: there is no column 'precint'. The columns are 'precinct'. Nearest match: precinct."),
        ("tables b.csv --groups precint",
         "--groups: there is no column 'precint'. The columns are 'precinct'. Nearest match: precinct."),
        ("tables t.csv --items a,b", "--items: it is for tables of answers. Tables are made of coded ballots."),
        ("fit b.csv --columns voter=x",
         "--columns voter: there is no column 'x'. The columns are 'cvr_id', 'precinct', 'office', 'candidate', "
         "'party'."),
        ("fit t.csv --items a,c", "--items: there is no column 'c'. The columns are 'a', 'b'."),
        ("fit t.csv --items a,b --weights n", "--weights: there is no column 'n'. The columns are 'a', 'b'."),
        ("fit w.csv --top topp --offices senate --codes senate:1=DEM,2=REP",
         "--top: there is no column 'topp'. The columns are 'top', 'senate'. Nearest match: top."),
        ("fit b.csv --memory much",
         "--memory: cannot use 'much' as a limit. Write a number with a unit, such as '2GB' or '800MB'."),
        ("simulate c.csv --voters 5 --parts 9",
         "--parts: 9 is out of range. At least 1 and at most one for each voter."),
    ],
)  # fmt: skip
def test_a_fault_names_the_option(call: str, said: str) -> None:
    result = CliRunner().invoke(cli, call.split())
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"blocs: {said}\n")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("fit b.csv --candidates table.csv",
         "candidate table: no contest is called 'X'. A contest has the name the file gives it. `blocs parties` lists "
         "the contests of a file."),
        ("fit n.csv --items a,b --weights n",
         "n.csv, line 3: the weight is 'x', which is not a finite number. Weights are finite and not negative. "
         "Give a weight of 0 to rows that should not count."),
        ("fit w.csv --top top --offices senate --codes senate:1=DEM",
         "column 'senate': the cell '2' has no meaning. The codes given are '1'. Give it a meaning with --codes, or "
         "'*' for all other cells."),
        ("fit person.csv --types 1 --format long",
         "person.csv: no column says the voter. A long table needs one; known names are cvr_id, voter_id, voter, "
         "ballot_id, ballot, cvr_number, cast_vote_record. Name it as 'voter' in --columns. The columns are 'person', "
         "'office', 'candidate'."),
    ],
)  # fmt: skip
def test_a_fault_in_the_data_names_the_place_and_the_remedy_the_option(call: str, said: str) -> None:
    result = CliRunner().invoke(cli, call.split())
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"blocs: {said}\n")


def test_memory_that_is_full_is_no_fault_of_an_option_but_the_remedy_names_one() -> None:
    fault = complaint(duckdb.OutOfMemoryException("Out of Memory Error: no block"), "b.csv")
    assert fault.argument == ""
    assert str(fault) == (
        "b.csv: the data do not fit into memory. The database says: Out of Memory Error: no block. Allow more with "
        "`memory=`, or free space on the disk for temporary files."
    )


def test_a_fit_that_goes_on_is_resumed() -> None:
    CliRunner().invoke(cli, ["fit", "t.csv", "--items", "a,b", "--types", "1", "--out", "f.json"])
    result = CliRunner().invoke(cli, ["fit", "t.csv", "--items", "a", "--resume", "f.json"])
    assert result.stderr == (
        "blocs: --resume: the starting fit has other items or outcomes than the profiles. "
        "Fit the same items, or use random starts.\n"
    )


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("x", argument="memory", remedy="Allow more with `memory=`, or"),
         "--memory: x. Allow more with --memory, or."),
        (Fault("x", argument="columns", key="voter", rule="See `columns=`"), "--columns voter: x. See --columns."),
        (Fault("`items=` is x", where="row 3", argument="drop_joined"), "--drop-joined, row 3: --items is x."),
        (Fault("x", argument="init"), "--resume: x."),
        (Fault("x", where="memory.csv", remedy="Make it with `code`, or with from_table(..., groups='top')"),
         "memory.csv: x. Make it with `code`, or with from_table(..., groups='top')."),
        (Fault("x", argument="shards", remedy="Give `shards=`"), "shards: x. Give `shards=`."),
    ],
)  # fmt: skip
def test_arguments_become_options(fault: Fault, said: str) -> None:
    @click.command(cls=Command)
    def command(**given: str) -> None:
        raise InputError(fault)

    command.params = [click.Option([f"--{name}"]) for name in ("memory", "columns", "drop-joined", "items", "resume")]
    with pytest.raises(InputError) as caught:
        command.main([], standalone_mode=False)
    assert str(caught.value) == said
    assert isinstance(caught.value, OptionError) == said.startswith("--")


def test_every_command_speaks_so() -> None:
    with click.Context(cli) as ctx:
        for name in COMMANDS:
            assert isinstance(cli.get_command(ctx, name), Command), name


SOURCE = Path(blocs.__file__).parent
TEXT = re.compile(r"`(\w+)=`")
MAKES_FAULTS = {"named": 2, "missing_columns": 1, "missing_column": 1, "_find": 2, "_limit": 3, "get": 1,
               "matching_columns": 3}  # fmt: skip
"""Functions that make a fault of an argument, and the position of its name among theirs."""
VARIABLE = {"starts", "finish", "most", "seed", "jobs", "steps", "types", "prior", "gain", "change", "gradient",
            "other", "overvote", "multi", "ranked", "third", "link", "columns", "drop_joined", "offices", "weights",
            "codes", "districts", "voters", "uncontested", "parts"}  # fmt: skip
"""Arguments that a fault names by a variable: those of `fit`, `code`, `read_cvr` and `write_collection`."""


def calls_of(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", "")), node


def constants(nodes: Iterable[ast.AST]) -> set[str]:
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


@cache
def arguments_of_faults() -> frozenset[str]:
    """Every argument that a fault anywhere in the package is about, or that its texts mention."""
    names = set(VARIABLE)
    for path in SOURCE.rglob("*.py"):
        for function, call in calls_of(path):
            names |= constants(k.value for k in call.keywords if k.arg == "argument")
            if function in MAKES_FAULTS:
                names |= constants(call.args[MAKES_FAULTS[function] :][:1])
            if function.endswith(("Fault", "Error")):
                names |= {name for text in constants(ast.walk(call)) for name in TEXT.findall(text)}
    return frozenset(names - {""})


BEHIND: dict[str, tuple[Callable[..., Any], ...]] = {
    "fit": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, numbers_of_types, blocs.fit, blocs.load,
            blocs.standard_errors),
    "compare": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, numbers_of_types, blocs.fit, folds_of),
    "residuals": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, blocs.load, blocs.goodness_of_fit,
                  blocs.bivariate_residuals, blocs.residuals),
    "iia": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, numbers_of_types, blocs.fit, blocs.iia_test,
            blocs.menu_shares_test),
    "plot": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, blocs.load, blocs.bivariate_residuals,
             mean_posteriors, plots.item_profiles, plots.criteria_over_types_data),
    "diagnose": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, blocs.load, blocs.diagnose),
    "report": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, blocs.load, blocs.html_report),
    "explain": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, blocs.load, blocs.standard_errors,
                blocs.explain),
    "regress": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, blocs.load, blocs.regress),
    "distal": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, blocs.load, blocs.distal),
    "assign": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, blocs.load, assign_ballots, assign_rows),
    "parties": (blocs.read_cvr, candidate_table),
    "totals": (blocs.read_cvr, contest_totals, against_returns),
    "tables": (blocs.read_cvr, blocs.code, blocs.office_bars, solid_partisans, by_group, few_withheld, blocs.load),
    "shards": (blocs.read_cvr, blocs.code, plain_table, Profiles.from_table, blocs.write_shards),
    "plan": (blocs.plan,),
    "simulate": (write_collection,),
    "demo": (write_collection, numbers_of_types, blocs.fit, recover),
    "doctor": (),
    "completion": (),
    "help": (),
}
"""The functions that each command calls with what it was given."""
PYTHON_ONLY = {"profiles", "counts", "menus", "levels", "kinds", "kernel", "finish", "most", "gain", "change",
               "fewer", "gradient", "kind", "membership", "small_sample", "data", "criteria"}  # fmt: skip
"""Arguments of these functions that no command has an option for."""
NOT_HERE = {
    "compare": {"equal", "init"},
    "plot": {"bootstrap", "checkpoint", "jobs", "seed", "threads"},
    "iia": {"init", "constraints", "engine", "equal"},
    "assign": {"threads"},
    "diagnose": {"threads"},
    "report": {"errors", "threads"},
    "explain": {"cluster", "engine", "errors", "threads"},
    "regress": {"threads"},
    "distal": {"threads"},
    "parties": {"threads", "parties"},
    "totals": {"threads", "parties"},
    "tables": {"threads"},
    "demo": {"init", "constraints", "covariates", "groups", "method", "prior", "accelerate", "steps", "parts", "out",
             "checkpoint", "engine", "by", "equal"},
}
"""Arguments that are options of other commands; here they keep their defaults."""


def options_of(command: str) -> set[str]:
    with click.Context(cli) as parent:
        return set(option_errors(click.Context(cli.get_command(parent, command), parent)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_argument_that_a_fault_names_is_an_option_or_is_never_given(command: str) -> None:
    taken = {name for function in BEHIND[command] for name in inspect.signature(function).parameters}
    no_option = taken & arguments_of_faults() - options_of(command)
    assert sorted(no_option - PYTHON_ONLY) == sorted(NOT_HERE.get(command, set()))
    assert PYTHON_ONLY & options_of(command) == ({"profiles"} if command == "plan" else set())  # there it is a number


def test_aliases_are_arguments_of_faults_and_options() -> None:
    with click.Context(cli) as parent:
        options = {p.name for name in COMMANDS for p in cli.get_command(parent, name).params}
    assert set(ALIASES) <= arguments_of_faults()
    assert set(chain.from_iterable(ALIASES.values())) <= options


PLACES = {"returns", "contests", "covariance", "stopping", "register", "data", "table", "read", "Known"}
"""Single words that faults give as the place of what is wrong in the data, not as an argument."""


def test_a_fault_of_an_argument_says_so() -> None:
    """`where` is a place in the data; a message mentions an argument as `name=`, never as name= without backticks."""
    bare = re.compile(r"(?<![\w`{(])(\w+)=(?![\w'\"({=])")
    for path in SOURCE.rglob("*.py"):
        for function, call in calls_of(path):
            if function != "Fault":
                continue
            where = [k.value for k in call.keywords if k.arg == "where"] + call.args[1:2]
            words = {text for text in constants(where) if text.isidentifier()}
            assert words <= PLACES, f"{path.name}, line {call.lineno}: argument={words.pop()!r}, not where="
            for text in constants(ast.walk(call)):
                assert not bare.search(text), f"{path.name}, line {call.lineno}: {text}"
