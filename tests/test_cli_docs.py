"""docs/cli.md shows what the commands print: every `sh` block is run, the `text` block after it is compared."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from blocs.cli import COMMANDS, cli

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "cli.md"
FILE = re.compile(r"<!-- file: (\S+) -->\n```csv\n(.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```$", re.M | re.S)


def settled(line: str) -> str:
    """Return a line without what hangs on the clock, or on the last bit (the starts that reach a type too many)."""
    line = re.sub(r"[\d.]+ seconds in all", "... seconds in all", line.rstrip())
    return re.sub(r"^( +4 .*) +\d+( of \d+ +converged)$", r"\1 ...\2", line)


def printed(block: str) -> list[str]:
    lines = []
    for line in block.replace("\\\n", " ").strip().splitlines():
        result = CliRunner().invoke(cli, shlex.split(line)[1:], prog_name="blocs")
        lines += (result.stdout + result.stderr).rstrip().splitlines()
    return [settled(line) for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cli.md", "mistakes.md"])
def test_the_page_shows_what_the_commands_print(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, content in FILE.findall(page):
        Path(name).write_text(content)
    for commands, shown in COMMAND.findall(page):
        expected = [settled(line) for line in shown.splitlines()]
        found = printed(commands)
        if expected[-1] == "...":
            found = [*found[: len(expected) - 1], "..."]
        assert found == expected, commands


def test_the_page_has_every_command() -> None:
    heads = re.findall(r"^## (\w+)$", PAGE.read_text(encoding="utf-8"), re.M)
    assert set(heads) == set(COMMANDS)
