"""The documents run: their Python, what it prints, their links, the files they name, the commands of the README."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import blocs
from blocs.cli import cli
from test_cli_docs import settled

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$\n*(?:^```text\n(.*?)^```$)?", re.M | re.S)
EXTRAS = ("stepmix", "sklearn", "polars", "matplotlib", "dask")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def runnable() -> list[pytest.param]:
    """Python blocks that import blocs, with the text block that follows at once: what they print."""
    found = []
    for page in PAGES:
        for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
            language, source, printed = match.groups()
            if language == "python" and re.search(r"^(import|from) blocs", source, re.M):
                line = page.read_text(encoding="utf-8")[: match.start()].count("\n") + 1
                found.append(pytest.param(source, printed, id=f"{name(page)}:{line}"))
    return found


@pytest.mark.parametrize(("source", "printed"), runnable())
def test_python_runs_and_prints_what_is_shown(source, printed, tmp_path, monkeypatch):
    for extra in EXTRAS:
        if re.search(rf"^(import|from) {extra}", source, re.M):
            pytest.importorskip(extra)
    monkeypatch.chdir(tmp_path)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "<document>", "exec"), {"__name__": "document"})
    if printed is not None:
        assert lines(out.getvalue()) == lines(printed)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


@pytest.mark.slow
def test_the_commands_of_the_readme_print_what_is_shown(tmp_path, monkeypatch):
    source = (ROOT / "README.md").read_text(encoding="utf-8").partition("## On the command line")[2]
    commands = re.findall(r"^blocs (.*)$", source, re.M)
    shown = re.search(r"^```text\n(.*?)^```$", source, re.M | re.S).group(1)
    monkeypatch.chdir(tmp_path)
    printed = []
    for command in commands:
        result = CliRunner().invoke(cli, shlex.split(command, comments=True))
        assert result.exit_code == 0, result.output
        printed += lines(result.stdout)
    assert len(commands) == 4
    found = [settled(line) for line in printed]
    assert [line for line in lines(shown) if settled(line) not in found] == []


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize(
    "page", [ROOT / "CONTRIBUTING.md", ROOT / "README.md", *(ROOT / "docs").glob("*.md")], ids=name
)
def test_files_that_are_named_exist(page):
    named = re.findall(r"`((?:[\w]+/)*\w+\.py)`", page.read_text(encoding="utf-8"))
    places = (ROOT, ROOT / "src", ROOT / "src" / "blocs", ROOT / "tests", ROOT / "benchmarks", ROOT / "examples")
    assert [file for file in named if not any((place / file).exists() for place in places)] == []


def test_ci_runs_the_commands_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace('"$python"', "python3")
    commands = [line for line in readme.splitlines() if line.startswith("python3 -m venv .venv && ")]
    assert len(commands) == 2
    for command in commands:
        for step in command.split(" && "):
            assert f" {step}\n" in script or f" {step} \"${{tests[@]}}\"\n" in script


def one_version():
    """Files of tests that run with the versions of constraints.txt alone."""
    listed = (ROOT / ".ci" / "one_version").read_text(encoding="utf-8").splitlines()
    return [line for line in listed if line and not line.startswith("#")]


def test_files_of_tests_that_run_with_one_version_exist():
    files = one_version()
    assert [file for file in files if not (ROOT / file).exists()] == []
    assert all(file.startswith("tests/test_") for file in files) and len(set(files)) == len(files)


def test_every_public_name_is_in_a_test_that_runs_with_all_versions():
    files = {f"tests/{path.name}" for path in (ROOT / "tests").glob("test_*.py")}.difference(one_version())
    words = {word for file in files for word in re.findall(r"\w+", (ROOT / file).read_text(encoding="utf-8"))}
    assert set(blocs.__all__) - words == set()
