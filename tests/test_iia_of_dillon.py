"""The real county of docs/iia.md: its command, its candidate table and its numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from blocs.cli import cli

PAGE = Path(__file__).parents[1] / "docs" / "iia.md"


def blocks(language: str) -> list[str]:
    """Return the blocks of the part on the real county."""
    part = PAGE.read_text().split("## A real county")[1]
    return [block.split("```")[0] for block in part.split(f"```{language}\n")[1:]]


@pytest.mark.slow
def test_the_page_comes_out(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "parties.csv").write_text(blocks("csv")[0])
    command, output, shares, *_ = blocks("text")
    words = command.split()[1:]
    words[1] = str(shared_data("ess_el155/dillon_sc_2016_general_EL155.txt.gz"))
    words[words.index("parties.csv")] = str(tmp_path / "parties.csv")
    printed = CliRunner().invoke(cli, words, env={"COLUMNS": "120"}).stdout.splitlines()
    expected = [line for line in (output + shares).splitlines() if line not in ("", "...")]
    assert len(expected) > 25
    assert [line for line in expected if line not in printed] == []
