"""The command line: what goes where, what it says, how it ends."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import click.testing
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from blocs import code, code_rows, explain, load, read_cvr
from blocs.ballots.reports.as_cast import as_cast
from blocs.cli import COMMANDS, cli, options
from blocs.cli.help_sections import Section
from blocs.cli.printer import Printer
from blocs.cli.show import reached, show_comparison
from blocs.em.initialization import METHODS
from blocs.em.quasi_newton import STEPPERS
from blocs.simulation import Truth, simulate, write_collection

FIT_KEYS = {"command", "file", "saved", "types", "n", "profiles", "loglik", "parameters", "bic", "aic", "criteria_at",
            "relative_entropy", "entropy_r2",
            "status", "starts", "hits", "moved", "shares", "coefficients", "table", "flags", "notes", "account",
            "settings"}  # fmt: skip


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3,000 voters of two types in a long table."""
    path = tmp_path_factory.mktemp("county") / "county.csv"
    write_collection(path, 3_000, offices=4, types=2, uncontested=0.5, seed=3)
    return path


@pytest.fixture(scope="session")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain categorical table with a column of weights."""
    path = tmp_path_factory.mktemp("survey") / "survey.csv"
    frame = simulate(Truth.draw(2, 5, 1), 600, 1).rename(columns=lambda name: name.lower().replace(" ", "_"))
    frame.assign(n=2, region="north").to_csv(path, index=False)
    return path


def blocs(*arguments: object) -> click.testing.Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def fault(*arguments: object) -> str:
    """The message of a call that must end with exit code 1, a fault in the data, and an empty stdout."""
    result = blocs(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


def wrong(*arguments: object) -> str:
    """The message of a call that must end with exit code 2, a wrong command line, and an empty stdout."""
    result = blocs(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_help_lists_every_command_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom blocs.cli import cli\n"
        "try:\n    cli(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'numpy', 'numba', 'pandas', 'duckdb', 'pyarrow', 'scipy', 'narwhals', 'rich'}\n"
        "print('loaded', sorted(heavy & set(sys.modules)))"
    )
    said = run(code)
    assert "loaded []" in said
    for name, what in COMMANDS.items():
        assert name in said
        assert what in said


def test_help_of_a_command_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom blocs.cli import cli\n"
        "for name in ('fit', 'compare', 'residuals', 'iia', 'assign', 'parties', 'simulate', 'demo'):\n"
        "    try:\n        cli([name, '--help'])\n    except SystemExit as end:\n        assert end.code == 0\n"
        "print('loaded', sorted({'numba', 'pandas', 'duckdb', 'numpy'} & set(sys.modules)))"
    )
    assert "loaded []" in run(code)


def test_importing_blocs_loads_nothing_heavy() -> None:
    code = "import sys, blocs\nprint(sorted({'numpy', 'numba', 'pandas', 'duckdb', 'click'} & set(sys.modules)))"
    assert run(code) == "[]\n"


def test_commands_are_what_help_says() -> None:
    for name in COMMANDS:
        result = blocs(name, "--help")
        assert result.exit_code == 0
        assert result.stdout.startswith(f"Usage: cli {name} [OPTIONS]")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fti"], f"there is no command 'fti'. The commands are {', '.join(COMMANDS)}. Nearest match: fit."),
        (["fit", "x.csv", "--strats", "3"],
         "blocs: there is no option '--strats'. Nearest match: --starts. See `blocs fit --help`."),
        (["fit"], "blocs: FILE: it is missing. See `blocs fit --help`."),
        (["fit", "x.csv", "--types", "0"], "blocs: --types: 0 is not 1 or more. See `blocs fit --help`."),
        (["compare", "x.csv", "--types", "1-x"],
         "blocs: --types: '1-x' is not a number, a range such as 1-8 or a list such as 1,2,4"),
        (["fit", "x.csv", "--codes", "0=none"],
         "blocs: --codes: '0=none' has no columns before a colon, as in 'v_*:0=none,1=REP,2=DEM,*=other'"),
        (["fit", "x.csv", "--columns", "voter"],
         "blocs: --columns: 'voter' is not a list of role=column, with commas"),
        (["assign", "x.csv"], "blocs: --fit: it is missing. See `blocs assign --help`."),
        (["fit", "x.csv", "--types", "2-3"],
         "blocs: --types: '2-3' is several numbers, and one is needed. "
         "`blocs compare FILE --types 2-3` compares them"),
        (["fit", "x.csv", "--method", "modse"],
         "blocs: --method: 'modse' is not one of 'mixed', 'modes', 'posteriors', 'probabilities', 'hard'. "
         "Nearest match: modes."),
        (["regress", "f.json", "x.csv", "--method", "R3STEP"],
         "blocs: --method: 'R3STEP' is not one of 'two_step', 'ml', 'bch', 'naive'. Nearest match: ml."),
        (["regress", "f.json", "x.csv", "--method", "BCH"], "f.json: there is no such file or folder."),
        (["plot", "f.json", "-o", "x.png", "--kind", "profil"], "Nearest match: profile."),
        (["compare", "x.csv", "--accelerate", "no"],
         "blocs: --accelerate: 'no' is not one of 'auto', 'quasi-newton', 'none'."),
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_says_what_is_meant(arguments: list[str], said: str) -> None:
    result = blocs(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_into_80_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = blocs(*filter(None, [name]), "--help").stdout
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert "x>=" not in text and "<=x" not in text and "RANGE" not in text


def headings(command: str) -> dict[str, list[str]]:
    """Heading -> the options below it, as the help of a command prints them."""
    found: dict[str, list[str]] = {}
    for line in blocs(command, "--help").stdout.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            options = found.setdefault(line.removesuffix(":"), [])
        elif found and line.startswith("  -"):
            options.append(re.findall(r"--[\w-]+", line)[0])
    return found


def test_help_groups_the_options_by_what_they_are_for() -> None:
    assert headings("fit") == {
        "Data": ["--top", "--offices", "--candidates", "--format", "--columns", "--codes", "--districts", "--link",
                 "--drop-joined", "--blank", "--numbered", "--weights", "--memory", "--items",
                 "--missing", "--design-weights", "--keep-empty", "--covariates", "--by-group",
                 "--dependent"],
        "Coding of ballots": ["--parties", "--other", "--overvote", "--multi", "--third", "--ranked", "--preset",
                              "--groups"],
        "Fit and search": ["--types", "--resume", "--by", "--equal", "--constraints", "--starts", "--seed", "--jobs",
                           "--method", "--prior", "--accelerate", "--exchange", "--steps", "--checkpoint", "--every",
                           "--engine", "--scheduler"],
        "Output": ["--out", "--report", "--model", "--se", "--cluster", "--replicates", "--test-shares", "--place",
                   "--date", "--names", "--labels", "--json", "--quiet"],
        "Help": ["--help"],
    }  # fmt: skip
    for name in COMMANDS:
        assert list(headings(name))[-2:] == (["Help"] if name == "help" else ["Output", "Help"])
        assert set(headings(name)) <= {section.value for section in Section}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_an_option_is_a_sentence_with_its_default_as_a_value(command: str) -> None:
    with click.Context(cli) as parent:
        options = [p for p in cli.get_command(parent, command).params if isinstance(p, click.Option)]
    for option in options:
        assert re.fullmatch(r"[A-Z].*[.]", str(option.help)), option.name
        assert not re.search("climb|hurr|exchange of|lever|default", str(option.help)), option.name
        if isinstance(option.default, str | float | int) and option.default not in ("", False):
            assert option.show_default, option.name


def test_a_wrong_option_has_its_nearest_match() -> None:
    assert blocs("fit", "x.csv", "--strats", "3").stderr == (
        "blocs: there is no option '--strats'. Nearest match: --starts. See `blocs fit --help`.\n"
    )
    assert blocs("fit", "x.csv", "--zzzzz", "3").stderr == (
        "blocs: there is no option '--zzzzz'. See `blocs fit --help`.\n"
    )


@pytest.mark.parametrize(
    ("command", "word", "near"),
    [
        ("fit", "--nclass", "--types"), ("compare", "--classes", "--types"), ("fit", "--clusters", "--types"),
        ("fit", "--k", "--types"), ("fit", "-k", "--types"), ("fit", "--n-components", "--types"),
        ("fit", "--n_components", "--types"), ("fit", "--by-top", "--by"), ("fit", "--item", "--items"),
        ("distal", "--outcom", "--outcome"), ("plot", "--outcom", "--outcome"),
    ],
)  # fmt: skip
def test_words_of_other_programs_have_their_option(command: str, word: str, near: str) -> None:
    assert blocs(command, "x.csv", word, "3").stderr == (
        f"blocs: there is no option '{word}'. Nearest match: {near}. See `blocs {command} --help`.\n"
    )


def test_a_missing_file_ends_with_2() -> None:
    assert wrong("fit", "nowhere.csv") == (
        "blocs: nowhere.csv: there is no such file or folder. Give one that exists.\n"
    )


@pytest.mark.parametrize("command", [["fit", ""], ["fit", "", "--items", "a"], ["parties", ""], ["totals", ""]])
def test_the_folder_at_hand_is_not_read_for_a_name_that_is_empty(command: list[str]) -> None:
    assert wrong(*command) == "blocs: the name of the file is empty. Give one that exists.\n"


def test_an_unknown_office_has_its_nearest_match(county: Path) -> None:
    assert wrong("fit", county, "--offices", "US SENTAE") == (
        "blocs: --offices: no office is called 'US SENTAE'. The offices are 'US PRESIDENT', 'GOVERNOR', 'US SENATE', "
        "'US HOUSE'. Nearest match: US SENATE.\n"
    )


def test_an_unknown_column_has_its_nearest_match(survey: Path) -> None:
    said = wrong("fit", survey, "--items", "us_senate,us_hose")
    assert "no column 'us_hose'" in said or "'us_hose'" in said
    assert "Nearest match: us_house" in said


def test_options_for_wide_tables_are_refused_for_others(county: Path) -> None:
    assert wrong("fit", county, "--weights", "voters", "--districts", "STATE HOUSE=hd", "--types", "1") == (
        "blocs: 2 faults:\n"
        "  - --weights: the format 'long' has no such option. It is for wide.\n"
        "  - --districts: the format 'long' has no such option. It is for wide.\n"
    )


@pytest.mark.parametrize("command", ["totals", "parties"])
def test_ballots_that_are_shown_as_they_are_have_no_options_of_coding(command: str, county: Path) -> None:
    assert wrong(command, county, "--offices", "US SENATE", "--top", "Governor") == (
        "blocs: 2 faults:\n"
        "  - --offices: it names columns of a wide table. All contests are printed. Leave it out.\n"
        "  - --top: it names columns of a wide table. All contests are printed. Leave it out.\n"
    )
    for option in ("--parties", "--other", "--third", "--items", "--groups"):
        result = blocs(command, county, option, "x")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"there is no option '{option}'" in result.stderr


def test_options_for_ballots_are_refused_with_items(survey: Path) -> None:
    assert wrong("fit", survey, "--items", "us_senate", "--top", "Governor", "--link", "voter") == (
        "blocs: 2 faults:\n"
        "  - --link: it is for ballots only. With --items the file is a table of answers, which has --weights and "
        "--groups.\n"
        "  - --top: it is for ballots only. With --items the file is a table of answers, which has --weights and "
        "--groups.\n"
    )


def test_two_parties_are_needed(county: Path) -> None:
    assert wrong("fit", county, "--parties", "DEM") == (
        "blocs: --parties: 1 party is named. Name the two parties, such as DEM and REP.\n"
    )


def test_fit_prints_the_types_and_the_account(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "fit.json"
    result = blocs("fit", county, "--types", 2, "--starts", 3, "--seed", 1, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    fit = load(out)
    title = lines.index(f"2 types, {fit.n:,.0f} voters, {fit.profiles:,} profiles")
    assert " ".join(lines[: title - 1]) == str(explain(fit, code_rows(read_cvr(county)))).partition("\n")[0]
    assert max(map(len, lines[:title])) <= 100
    assert f"log-likelihood    {fit.loglik:,.4f}" in lines
    assert f"Best optimum reached by {fit.hits} of 3 starts." in lines
    assert f"Type 1 ({100 * fit.shares[1]:.0f} %): votes cast where both parties stood, %" in lines
    header = next(line for line in lines if line.startswith("top"))
    assert header.split() == ["top", "office", "voters", "straight", "split", "abstain", "other"]
    cast = as_cast(fit.expected(code(read_cvr(county))))
    of_row = cast[(cast["type"] == 1) & (cast["top"] == "REP") & (cast["office"] == "US SENATE")].iloc[0]
    row = next(line for line in lines if line.startswith("REP  US SENATE")).split()
    printed = [of_row[outcome] for outcome in ("straight", "split", "abstain", "other")]
    assert row[4:] == [f"{100 * p:.1f}" for p in printed]
    account = " ".join(lines[lines.index("Account") + 1 : -1])
    assert "Read and sorted by US PRESIDENT: 3,000 ballots" in account
    assert lines[-1] == f"Saved to {out}."


def test_the_finding_has_the_words_that_are_given(county: Path, survey: Path, tmp_path: Path) -> None:
    call = ("--types", 1, "--starts", 1, "--quiet")
    printed = blocs("fit", county, *call, "--place", "Example County", "--names", "DEM=Lee,REP=Day").stdout
    assert printed.startswith("The record of 3,000 ballots cast in Example County has")
    assert "for Lee or" in " ".join(printed.split())
    blocs("shards", county, "--out", tmp_path / "c.shards", "--quiet")
    on_disk = " ".join(blocs("fit", tmp_path / "c.shards", *call).stdout.split())
    assert "A statistical model sums the ballots up in 1 type." in on_disk
    assert "per cent of DEM voters" not in on_disk  # nothing about single offices: the rows may not fit into memory
    result = blocs("fit", county, *call, "--names", "GRN=Fox")
    assert (result.exit_code, result.stdout.partition(",")[0]) == (2, "1 type")
    assert "GRN" in result.stderr
    assert wrong("fit", survey, "--items", "us_*", "--place", "Example County") == (
        "blocs: --place: it is for ballots only. The file is a table of answers. Leave it out.\n"
    )


def test_fit_json_is_one_document_with_a_fixed_shape(county: Path) -> None:
    result = blocs("fit", county, "--types", 2, "--starts", 3, "--json")
    document = json.loads(result.stdout)
    assert set(document) == FIT_KEYS | {"finding", "expected", "left_out", "labels", "tables", "report"}
    assert result.stderr == ""
    assert sum(document["shares"]) == pytest.approx(1)
    assert len(document["table"]) == 2 * 3 * 4
    assert set(document["table"][0]) == {"type", "item", "outcome", "probability", "observed"}
    assert set(document["expected"][0]) == {"type", "top", "item", "menu", "outcome", "expected", "share"}
    assert sum(row["expected"] for row in document["expected"] if row["item"] == "US SENATE") == pytest.approx(
        document["n"]
    )
    assert (document["labels"], document["left_out"]) == ({}, [])
    for step in document["account"]["steps"]:
        assert sum(step["parts"].values()) == step["total"]
    assert document["settings"]["types"] == 2


def test_the_same_seed_gives_the_same_document_for_any_number_of_jobs(county: Path) -> None:
    one, two = (blocs("fit", county, "--types", 2, "--starts", 3, "--json", "--jobs", jobs).stdout for jobs in (1, 2))
    assert one == two
    other = blocs("fit", county, "--types", 2, "--starts", 3, "--json", "--seed", 2).stdout
    assert other != one  # control


def test_a_plain_table_is_latent_class_analysis(survey: Path) -> None:
    weighted = blocs("fit", survey, "--items", "us_*,governor", "--weights", "n", "--types", 2, "--starts", 2, "--json")
    document = json.loads(weighted.stdout)
    assert document["n"] == 1200
    assert {row["item"] for row in document["table"]} == {"us_senate", "us_house", "governor"}
    printed = blocs("fit", survey, "--items", "us_*", "--types", 2, "--starts", 2).stdout
    assert "\n2 types, 600 observations" in printed


def test_items_with_different_outcomes_share_one_table(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    pd.DataFrame({"a": rng.integers(1, 3, 50), "b": rng.choice(list("xyz"), 50)}).to_csv(tmp_path / "t.csv")
    printed = blocs("fit", tmp_path / "t.csv", "--items", "a,b", "--types", 1).stdout.splitlines()
    header = printed.index(next(line for line in printed if line.startswith("item")))
    assert printed[header].split() == ["item", "outcome", "Type", "1", "(100", "%)"]
    assert [line.split()[:2] for line in printed[header + 1 : header + 6]] == [
        ["a", "1"], ["a", "2"], ["b", "x"], ["b", "y"], ["b", "z"]
    ]  # fmt: skip


def test_a_count_table_needs_one_command(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    file = shared_data("palm_beach/herron_lewis_counts.csv.gz")
    result = blocs("fit", file, "--top", "PRS", "--weights", "Nvoters", "--codes", "v_*:0=none,1=REP,2=DEM,*=other",
                   "--types", 2, "--starts", 2, "--out", tmp_path / "fit.json")  # fmt: skip
    assert result.exit_code == 0
    assert "2 types, 335,140 voters" in result.stdout
    assert "log-likelihood    -1,472,690.0237" in result.stdout
    assert "Read and sorted by PRS: 362,649 voters" in " ".join(result.stdout.split())
    read = next(step for step in load(tmp_path / "fit.json").account["steps"] if step["unit"] == "voters")
    assert sum(read["parts"].values()) == 362_649


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    """A count table of 100 voters: top, two offices, numbers."""
    path = tmp_path / "counts.csv"
    path.write_text("top,senate,house,voters\nDEM,2,2,40\nDEM,1,0,10\nREP,1,1,30\nREP,2,1,15\nGREEN,2,2,5\n")
    return path


def test_codes_name_offices_by_pattern_and_the_top_only_in_full(counts: Path) -> None:
    call = ["fit", counts, "--top", "top", "--weights", "voters", "--types", 1, "--json"]
    every = json.loads(blocs(*call, "--offices", "senate,house", "--codes", "*:0=none,1=REP,2=DEM").stdout)
    named = json.loads(blocs(*call, "--codes", "senate:1=REP,2=DEM", "--codes", "hous?:0=none,1=REP,2=DEM").stdout)
    assert every["n"] == 95
    assert every["loglik"] == named["loglik"]
    turned = json.loads(blocs(*call, "--offices", "senate,house", "--codes", "*:0=none,1=REP,2=DEM",
                              "--codes", "top:GREEN=REP,DEM=DEM,REP=other").stdout)  # fmt: skip
    assert turned["n"] == 55  # control: named in full, the top is recoded


def test_a_cell_without_a_meaning_is_named(counts: Path) -> None:
    said = fault("fit", counts, "--top", "top", "--weights", "voters", "--codes", "senate:2=DEM")
    assert said.startswith("blocs: column 'senate': the cell '1' has no meaning. The codes given are '2'.")


def test_assign_counts_voters_of_a_count_table(counts: Path, tmp_path: Path) -> None:
    saved, out = tmp_path / "fit.json", tmp_path / "types.csv"
    blocs("fit", counts, "--top", "top", "--weights", "voters", "--codes", "[sh]*:0=none,1=REP,2=DEM", "--offices",
          "senate,house", "--types", 1, "--out", saved)  # fmt: skip
    lines = blocs("assign", counts, "--fit", saved, "--out", out).stdout.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["rows", "voters", "share", "expected", "voters", "expected", "share"],
        ["Type", "1", "4", "95", "100.0%", "95.0", "100.0%"],
        ["set", "aside:", "another", "party", "at", "the", "top", "1", "5"],
    ]
    table = pd.read_csv(out)
    assert list(table.columns) == ["row", "voters", "top", "type", "probability", "unknown", "reason"]
    assert list(table["row"]) == [0, 1, 2, 3, 4]


def test_compare_ends_with_3_when_the_lowest_bic_did_not_converge(county: Path) -> None:
    result = blocs("compare", county, "--types", "2-3", "--starts", 1, "--steps", 2)
    assert result.exit_code == 3
    assert "step_limit" in result.stdout


def test_resume_goes_on_from_a_saved_fit(county: Path, tmp_path: Path) -> None:
    begun, done = tmp_path / "begun.json", tmp_path / "done.json"
    first = blocs("fit", county, "--types", 2, "--starts", 1, "--steps", 3, "--accelerate", "none", "--out", begun)
    assert first.exit_code == 3
    assert "Note: The fit did not converge within the limit of iterations. Continue it with --resume" in first.stdout
    second = blocs("fit", county, "--resume", begun, "--out", done)
    assert second.exit_code == 0
    assert load(done).status == "converged"
    assert load(done).loglik > load(begun).loglik
    assert load(done).types == 2


def test_a_file_that_is_no_fit_is_refused(county: Path) -> None:
    said = fault("fit", county, "--resume", county)
    assert said.startswith(f"blocs: {county}: it is data, and not a saved fit. A fit is a file that ")
    assert said.endswith("Fit it first, and give the file of the fit.\n")


def test_compare_prints_one_row_for_each_number(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "compare.csv"
    result = blocs("compare", county, "--types", "1-2", "--starts", 3, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["1", "2"]
    assert "* BIC is lowest at 2 types." in result.stdout
    assert list(pd.read_csv(out)["types"]) == [1, 2]
    document = json.loads(blocs("compare", county, "--types", "1,2", "--starts", 3, "--json").stdout)
    assert set(document) == {"command", "file", "best_bic", "criteria_at", "rows", "not_fitted", "recommended",
                             "account", "left_out", "saved"}
    assert document["best_bic"] == 2
    assert document["rows"][0]["relative_entropy"] is document["rows"][0]["entropy_r2"] is None
    assert document["criteria_at"] == "maximum likelihood"


@pytest.fixture
def eight(tmp_path: Path) -> Path:
    """Eight unique rows of three items: two types are the most that they can tell apart."""
    path = tmp_path / "eight.csv"
    path.write_text("a,b,c,n\n1,1,1,42\n1,1,2,23\n1,2,1,6\n1,2,2,25\n2,1,1,6\n2,1,2,24\n2,2,1,7\n2,2,2,38\n")
    return path


def test_compare_says_what_is_not_identified_and_fits_each_number_once(eight: Path) -> None:
    call = ["compare", eight, "--items", "a,b,c", "--weights", "n", "--starts", 2, "--types", "2-4,3"]
    lines = blocs(*call).stdout.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["2", "3", "4"]
    assert lines[5] == "Note on 3-4 types: The parameters are not identified: others give (nearly) the same likelihood."
    rows = json.loads(blocs(*call, "--json").stdout)["rows"]
    assert [row["flags"] for row in rows] == [[], ["not_identified"], ["not_identified"]]


@pytest.mark.parametrize(("command", "types", "first"), [("compare", "8-1000000000", 9), ("fit", "1000000000", 10**9)])
def test_more_types_than_unique_rows_are_refused(command: str, types: str, first: int, eight: Path) -> None:
    assert wrong(command, eight, "--items", "a,b,c", "--types", types) == (
        f"blocs: --types: {first:,} types are asked for. There are 8 unique rows, which cannot tell more types apart "
        "than that. Give numbers up to 8.\n"
    )


def test_an_interrupted_comparison_names_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"loglik": -9.0, "parameters": 3, "bic": 20.0, "aic": 19.0, "bic_per_observation": 2.0,
           "relative_entropy": 1.0, "entropy_r2": 1.0, "held_out": math.nan, "blrt_p": math.nan, "hits": 1,
           "starts": 1, "flags": ""}  # fmt: skip
    ended = [("converged", ""), ("interrupted", "interrupted")]
    table = pd.DataFrame([{**row, "types": k, "status": s, "flags": f} for k, (s, f) in enumerate(ended, start=1)])
    show_comparison(Printer(), table, range(1, 6))
    assert capsys.readouterr().out.splitlines()[3:] == [
        "* BIC is lowest at 1 type. 'best by': starts that reached the best optimum by their own iterations.",
        "Interrupted: 3-5 types were not fitted; the BIC is the lowest of the others.",
    ]


def test_assign_gives_every_ballot_a_type_or_a_reason(county: Path, tmp_path: Path) -> None:
    saved, out = tmp_path / "fit.json", tmp_path / "types.parquet"
    blocs("fit", county, "--types", 2, "--starts", 3, "--offices", "US SENATE,US HOUSE", "--out", saved)
    result = blocs("assign", county, "--fit", saved, "--out", out, "--posteriors", "--json")
    document = json.loads(result.stdout)
    table = pq.read_table(out).to_pandas()
    assert document["rows"] == len(table) == 3_000 == table["cvr_id"].nunique()
    assert list(table.columns) == ["state", "county", "cvr_id", "top", "type", "probability", "unknown", "type_1",
                                   "type_2", "reason"]  # fmt: skip
    assert (table["top"].isna() == table["type"].isna()).all()
    assert (table["type"].isna() == table["reason"].notna()).all()
    known = table.dropna(subset="type")
    assert np.allclose(known["type_1"] + known["type_2"], 1)
    assert np.allclose(known[["type_1", "type_2"]].max(axis=1), known["probability"])
    aside = next(step for step in load(saved).account["steps"] if step["unit"] == "ballots")["parts"]
    assert {k: n for k, n in aside.items() if k.startswith("set aside")} == document["set_aside"]
    mean = known[["type_1", "type_2"]].mean().to_numpy()  # the posteriors add up to the shares
    assert mean == pytest.approx(load(saved).shares.to_numpy(), abs=2e-3)


def test_assign_of_a_plain_table_keeps_its_rows(survey: Path, tmp_path: Path) -> None:
    saved, out = tmp_path / "fit.json", tmp_path / "types.csv"
    blocs("fit", survey, "--items", "us_*,governor,state_*", "--types", 2, "--starts", 2, "--out", saved)
    result = blocs("assign", survey, "--fit", saved, "--out", out)
    assert result.exit_code == 0
    assert list(pd.read_csv(out)["row"]) == list(range(600))
    assert result.stdout.endswith(f"600 rows written to {out}.\n")


def test_assign_of_a_plain_table_counts_weighted_observations(eight: Path, tmp_path: Path) -> None:
    saved, out = tmp_path / "fit.json", tmp_path / "types.csv"
    blocs("fit", eight, "--items", "a,b,c", "--weights", "n", "--types", 2, "--starts", 2, "--out", saved)
    lines = blocs("assign", eight, "--fit", saved, "--out", out).stdout.splitlines()
    table = pd.read_csv(out)
    assert list(table.columns) == ["row", "observations", "type", "probability", "unknown", "reason"]
    assert table["observations"].sum() == 171
    found = table.groupby("type")["observations"].agg(["count", "sum"])
    assert lines[0].split() == ["rows", "observations", "share", "expected", "observations", "expected", "share"]
    assert [line.split()[:5] for line in lines[1:3]] == [
        ["Type", str(k), str(n), str(m), f"{m / 171:.1%}"] for k, n, m in found.itertuples()
    ]
    document = json.loads(blocs("assign", eight, "--fit", saved, "--out", out, "--json").stdout)
    assert document["types"] == {str(k): n for k, n in found["count"].items()}
    assert document["observations"] == {str(k): n for k, n in found["sum"].items()}


def test_assign_needs_a_name_that_says_the_format(county: Path) -> None:
    assert wrong("assign", county, "--fit", "fit.json", "--out", "types") == (
        "blocs: --out: 'types' does not say the format. It ends in .parquet or .csv.\n"
    )


def test_the_candidate_table_goes_out_and_comes_back(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "candidates.csv"
    said = blocs("parties", county, "--out", out).stdout
    table = pd.read_csv(out, dtype=str)
    assert list(table.columns) == ["contest", "office", "district", "candidate", "party", "votes"]
    assert said == (f"{len(table)} candidates in {table['contest'].nunique()} contests, 0 without a party. "
                    f"Saved to {out}.\n")  # fmt: skip
    one = json.loads(blocs("fit", county, "--types", 2, "--starts", 2, "--json").stdout)
    two = json.loads(blocs("fit", county, "--types", 2, "--starts", 2, "--json", "--candidates", out).stdout)
    assert one["loglik"] == two["loglik"]
    assert len(json.loads(blocs("parties", county, "--json").stdout)["candidates"]) == len(table)


def test_simulate_says_what_it_wrote(tmp_path: Path) -> None:
    out = tmp_path / "c.csv"
    result = blocs("simulate", out, "--voters", 500, "--types", 2)
    assert result.exit_code == 0
    assert result.stdout.startswith("500 voters, 6 offices, 1 county, Type 1 (63 %), Type 2 (37 %).")
    assert json.loads((tmp_path / "c.csv.truth.json").read_text())["offices"][0] == "US SENATE"
    assert wrong("simulate", tmp_path, "--voters", "500") == (
        f"blocs: {tmp_path}: it exists and is not an empty folder. Nothing is overwritten. Give another name, or "
        "remove it.\n"
    )


@pytest.mark.parametrize("command", ["fit", "compare", "assign", "parties"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(command: str, tmp_path: Path) -> None:
    """The file to be read is not there either: nobody looked for it."""
    (tmp_path / "nowhere").mkdir()
    more = ["--fit", "none.json"] if command == "assign" else []
    out = tmp_path / "nowhre" / "out.csv"
    assert wrong(command, tmp_path / "none.csv", "--out", out, *more) == (
        f"blocs: {out}: there is no folder '{tmp_path / 'nowhre'}'. Nearest match: nowhere. "
        "Make it first, or give another name.\n"
    )
    assert wrong(command, tmp_path / "none.csv", "--out", tmp_path, *more) == (
        f"blocs: {tmp_path}: it is a folder. A file is to be written there. Give the name of a file.\n"
    )


def test_the_version_is_the_package_s() -> None:
    import blocs as package

    assert blocs("--version").stdout == f"blocs, version {package.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["simulate", "x.csv", "--seed", "-1"], "--seed: it is -1. It is a whole number, 0 or more."),
        (["demo", "--seed", "-1"], "--seed: it is -1. It is a whole number, 0 or more."),
        (["simulate", "nodir/x.csv"],
         "nodir/x.csv: there is no folder 'nodir'. Make it first, or give another name."),
        (["simulate", "x.csv", "--truth", "nodir/t.json"],
         "nodir/t.json: there is no folder 'nodir'. Make it first, or give another name."),
        (["simulate", "afile"], "afile: it is a file. A folder is to be made there. Give another name."),
        (["demo", "--keep", "afile"], "afile: it is a file. A folder is to be made there. Give another name."),
        (["demo", "--keep", "afile/b"],
         "afile/b: 'afile' is a file. A folder is to be made there. Give another name."),
        (["tables", "x.csv", "--out", "afile"],
         "afile: it is a file. A folder is to be made there. Give another name."),
        (["totals", "x.csv", "--out", "nodir/t.csv"],
         "nodir/t.csv: there is no folder 'nodir'. Make it first, or give another name."),
    ],
)  # fmt: skip
def test_places_and_seeds_that_cannot_be_are_refused_before_the_work(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "afile").write_text("mine")
    assert wrong(*arguments) == f"blocs: {said}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["afile"]


def test_one_of_anything_is_in_the_singular(tmp_path: Path) -> None:
    table = tmp_path / "one.csv"
    table.write_text("a,b\nx,y\n")
    lines = blocs("fit", table, "--items", "a,b", "--types", 1).stdout.splitlines()
    assert lines[0].startswith("1 row of answers to 2 questions is used here. A statistical model sums")
    lines = lines[lines.index("") + 1 :]
    assert lines[0] == "1 type, 1 observation, 1 profile"
    assert lines[7] == "Best optimum reached by 1 of 1 start."
    assert lines[-1] == "Rows read: 1 row (1 used)."
    ballots = tmp_path / "ballots.csv"
    ballots.write_text("cvr_id,office,candidate,party\n1,President,ADA,DEM\n1,Senate,BEA,DEM\n2,Senate,CEA,REP\n")
    said = " ".join(blocs("fit", ballots, "--types", 1).stdout.split())
    assert "1 coded in 1 office" in said
    assert "The 1 ballot kept is 1 unique row, 1 with their groups." in said


def test_small_types_are_summed_up(tmp_path: Path) -> None:
    said = blocs("simulate", tmp_path / "c.csv", "--voters", 1, "--types", 50).stdout.splitlines()
    assert " ".join(said).startswith("1 voter, 6 offices, 1 county, Type 1 (40 %), Type 2 (24 %), Type 3 (14 %), ")
    assert "Type 8 (1 %), 42 types of less than 1 %. Ballots in" in " ".join(said)


def test_a_table_without_answers_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "empty.csv"
    table.write_text("a,b\n,\n,\n")
    for command in ("fit", "compare"):
        assert fault(command, table, "--items", "a,b") == (
            f"blocs: {table}: no item has an answer in any row. A fit needs answers. Name other columns, or look into "
            "the file.\n"
        )


def test_help_knows_the_names_of_the_registries() -> None:
    assert tuple(METHODS) == options.METHODS
    assert tuple(STEPPERS) == options.ACCELERATORS


def test_columns_of_a_wide_table_that_are_not_there_are_named_together(tmp_path: Path) -> None:
    table = tmp_path / "wide.csv"
    table.write_text("President,Gov,n\nDEM,DEM,1\nREP,REP,2\n")
    assert wrong("fit", table, "--top", "presidnt", "--offices", "Gvo", "--weights", "m", "--types", 1) == (
        "blocs: 3 faults:\n"
        "  - --top: there is no column 'presidnt'. The columns are 'President', 'Gov', 'n'. Nearest match: President.\n"
        "  - --offices: there is no column 'Gvo'. Nearest match: Gov.\n"
        "  - --weights: there is no column 'm'.\n"
    )


@pytest.mark.parametrize(("command", "option"), [("fit", "--resume"), ("assign", "--fit"), ("tables", "--fit")])
def test_help_says_that_a_saved_fit_gives_the_options_that_are_not_given(command: str, option: str) -> None:
    words = " ".join(blocs(command, "--help").stdout.split())
    assert "--top OFFICE Name of the office at the top of the ticket. [default: President]" in words
    help_of_option = words.split(f" {option} JSON ")[1]
    assert "Options of the data and the coding that are not given are as in that fit." in help_of_option


def test_help_of_commands_without_coding_speaks_of_wide_tables() -> None:
    for command in ("totals", "parties"):
        words = " ".join(blocs(command, "--help").stdout.split())
        assert "--top COLUMN Wide tables: column of the office at the top of the ticket. [default: President]" in words
        assert "coded" not in words.split("--offices LIST")[1].split("--candidates")[0]


def test_items_of_the_fit_that_a_file_does_not_have_are_named(county: Path, tmp_path: Path) -> None:
    saved, other, out = tmp_path / "fit.json", tmp_path / "other.csv", tmp_path / "types.csv"
    blocs("fit", county, "--types", 2, "--starts", 2, "--out", saved)
    write_collection(other, 500, offices=3, types=2, seed=4)
    said = blocs("assign", other, "--fit", saved, "--out", out).stdout
    note = "Note: GOVERNOR is not in this file: the types are assigned with 2 of the 3 items of the fit.\n"
    assert note in said
    assert note in blocs("tables", other, "--fit", saved, "--by", "precinct").stdout
    assert json.loads(blocs("assign", other, "--fit", saved, "--out", out, "--json").stdout)["missing_items"] == [
        "GOVERNOR"
    ]
    assert "Note" not in blocs("assign", county, "--fit", saved, "--out", out).stdout  # control


def test_a_fit_with_options_that_are_none_is_refused(county: Path, tmp_path: Path) -> None:
    saved = tmp_path / "fit.json"
    blocs("fit", county, "--types", 1, "--out", saved)
    data = json.loads(saved.read_text())
    damaged = (
        f"blocs: {saved}: the fit in it is damaged ('settings' has values that no fit has: 'data'). Give the file of a "
        "saved fit.\n"
    )
    unread = "blocs: the fit does not say how its data were read. Give a file that `blocs fit --out` wrote.\n"
    for wrong, message in ((5, damaged), ({"tpo": "Governor"}, unread)):
        saved.write_text(json.dumps({**data, "settings": {**data["settings"], "data": wrong}}))
        assert fault("assign", county, "--fit", saved, "--out", tmp_path / "x.csv") == message


def test_starts_that_were_doubled_are_explained(survey: Path, tmp_path: Path) -> None:
    out = tmp_path / "fit.json"
    blocs("fit", survey, "--items", "*", "--weights", "n", "--types", 2, "--starts", 3, "--out", out)
    fit = load(out)
    assert (fit.hits, fit.moved, reached(fit)) == (3, 0, "3 of 3 starts")
    moved = tuple(replace(end, arrived="moved") for end in fit.ends)
    assert reached(replace(fit, ends=moved)) == "0 of 3 starts, and by 3 after moves of types"
    assert reached(replace(fit, ends=(fit.ends[0], *moved))) == (
        "1 of 4 starts (3 asked for; more were drawn, as fewer than two had reached it), and by 3 more after moves of "
        "types"
    )
