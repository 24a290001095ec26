"""The tutorials show what the commands print: every `sh` block is run, the lines shown must come in their order."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from blocs.cli import cli

DOCS = Path(__file__).parent.parent / "docs"
COMMAND = re.compile(r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```$", re.M | re.S)
LEFT_OUT = "[...]"
OWN = ("tutorial-survey.md", "tutorial-precincts.md")
"""Pages whose data come with blocs."""
NEEDED = {"tutorial-survey.md": ["vl_convert", "matplotlib"], "tutorial-precincts.md": ["matplotlib"],
          "tutorial-madison.md": ["vl_convert", "matplotlib"]}  # fmt: skip
"""Page -> the packages of extras that its commands need."""
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
PAGES = {
    "tutorial-madison.md": "ess/madison_wi_ward9_2018_general.csv",
    "tutorial-san-francisco.md": "dominion_json/sf2020_general",
    "tutorial-dillon.md": "ess_el155/dillon_sc_2016_general_EL155.txt.gz",
    "tutorial-boulder.md": "dominion_csv/boulder2024_general_excerpt_with_redactions.csv",
}
NAMES = {"tutorial-dillon.md": "dillon.txt.gz", "tutorial-boulder.md": "boulder.csv"}
"""Page -> what it calls its file, where that is not the file's name."""
PARTIES = {"JOSEPH R. BIDEN AND KAMALA D. HARRIS": "DEM", "DONALD J. TRUMP AND MICHAEL R. PENCE": "REP",
           "GLORIA LA RIVA AND SUNIL FREEMAN": "PFP"}  # fmt: skip
PARTIES |= {row["candidate"]: row["party"] for row in csv.DictReader(
    (DOCS / "iia.md").read_text(encoding="utf-8").split("```csv\n")[1].split("```")[0].splitlines())}  # fmt: skip
"""What the pages say to write into the table of candidates."""


def settled(line: str) -> str:
    """Return a line without what hangs on the last bits: digits of probabilities, the starts that reach an optimum."""
    return re.sub(r"\d+ (of \d+|more after)", r"... \1", re.sub(r"(0\.\d{6})\d+", r"\1", line.rstrip()))


def printed(command: str) -> list[str]:
    """Return the lines that a command prints; of `head`, the first ones of a file."""
    name, *arguments = shlex.split(command)
    if name == "head":
        return Path(arguments[2]).read_text(encoding="utf-8").splitlines()[: int(arguments[1])]
    result = CliRunner().invoke(cli, arguments)
    if arguments[0] == "parties":  # the step that the reader does in an editor
        table = pd.read_csv("parties.csv", dtype=str)
        table["party"] = table["candidate"].map(PARTIES).fillna(table["party"])
        table.to_csv("parties.csv", index=False)
    return (result.stdout + result.stderr).rstrip().splitlines()


def shows(found: Sequence[str], expected: Sequence[str]) -> bool:
    """Say whether the lines expected are those found, where LEFT_OUT stands for any lines."""
    if LEFT_OUT not in expected:
        return list(found) == list(expected)
    at = list(expected).index(LEFT_OUT)
    if list(found[:at]) != list(expected[:at]):
        return False
    return any(shows(found[i:], expected[at + 1 :]) for i in range(at, len(found) + 1))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_what_the_commands_print(
    page: str, shared_data: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = shared_data(PAGES[page])
    (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / NAMES.get(page, source.name))
    monkeypatch.chdir(tmp_path)
    compare(page)


@pytest.mark.slow
@pytest.mark.parametrize("page", OWN)
def test_the_page_of_data_that_come_along_shows_what_the_commands_print(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for source in PYTHON.findall((DOCS / page).read_text(encoding="utf-8")):
        exec(compile(source, page, "exec"), {"__name__": "document"})
    compare(page)


def compare(page: str) -> None:
    """Run the commands of a page in their order, and compare what they print with what it shows."""
    for package in NEEDED.get(page, ()):
        pytest.importorskip(package)
    for command, shown in COMMAND.findall((DOCS / page).read_text(encoding="utf-8")):
        found = [settled(line) for line in printed(command.replace("\\\n", " "))]
        expected = [settled(line) for line in shown.splitlines()]
        assert shows(found, expected), (command, found)


def test_lines_left_out() -> None:
    assert shows(list("abcd"), ["a", LEFT_OUT, "c", "d"])
    assert shows(list("abcd"), [LEFT_OUT, "b", "c", LEFT_OUT])
    assert not shows(list("abcd"), ["a", LEFT_OUT, "c"])
    assert not shows(list("abcd"), ["a", "c", "d"])
    assert not shows(list("abcd"), [LEFT_OUT, "d", LEFT_OUT, "a"])
