"""`blocs demo`: the main job from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from blocs import load
from blocs.cli import cli


def demo(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["demo", *arguments])
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def test_the_demo_finds_the_types_again() -> None:
    document = json.loads(demo("--voters", "8000", "--types", "2", "--starts", "3", "--json"))
    assert [row["types"] for row in document["compare"]] == [1, 2, 3]
    assert min(document["compare"], key=lambda row: row["bic"])["types"] == 2
    assert document["largest_share_error"] < 0.03
    assert document["largest_error"] < 0.05
    assert {row["type"] for row in document["shares"]} == {1, 2}
    assert document["fit"]["account"]["steps"][1]["total"] == 8000
    assert len(document["probabilities"]) == 2 * 5 * 4
    for row in document["probabilities"]:
        assert row["error"] == pytest.approx(row["fitted"] - row["true"])


def test_the_demo_prints_both_and_keeps_its_files(tmp_path: Path) -> None:
    said = demo("--voters", "3000", "--types", "2", "--offices", "4", "--starts", "2", "--keep", str(tmp_path / "d"))
    for title in ("1. A simulated county, written as a file and read back", "2. How many types?",
                  "3. The types found (true values in brackets), percent"):  # fmt: skip
        assert title in said.splitlines()
    assert "Largest error of a share" in said
    assert {path.name for path in (tmp_path / "d").iterdir()} == {
        "county.csv", "county.truth.json", "county.fit.json"
    }  # fmt: skip
    assert load(tmp_path / "d" / "county.fit.json").types == 2
