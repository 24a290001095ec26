"""`blocs doctor`, `blocs help` and `blocs completion`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from blocs.cli import COMMANDS, cli


def run(*words: str) -> str:
    done = CliRunner().invoke(cli, list(words), prog_name="blocs")
    assert done.exit_code == 0, done.output
    return done.output


def test_the_doctor_says_versions_and_that_nothing_is_wrong() -> None:
    lines = run("doctor").splitlines()
    found = dict(line.split(maxsplit=1) for line in lines[:4])
    assert found["numpy"] == version("numpy")
    assert lines[-1] == "Nothing is wrong."
    parsed = {of["what"]: of for of in json.loads(run("doctor", "--json"))["findings"]}
    assert parsed["numba"] == {"what": "numba", "found": version("numba"), "fault": ""}
    assert parsed["processors"]["found"].endswith(f"{os.cpu_count()} in all")


def test_the_doctor_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blocs.cli.doctor.PACKAGES", ("numpy", "no-such-package"))
    done = CliRunner().invoke(cli, ["doctor"], prog_name="blocs")
    assert done.exit_code == 1
    assert "no-such-package: blocs needs it. Install blocs again in this environment" in done.output


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_is_what_the_option_prints(name: str) -> None:
    assert run("help", name) == run(name, "--help")


def test_help_alone_and_with_a_slip() -> None:
    assert run("help") == run("--help")
    done = CliRunner().invoke(cli, ["help", "assing"], prog_name="blocs")
    assert done.exit_code == 2
    assert "there is no command 'assing'" in done.output
    assert "Nearest match: assign." in done.output


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_shell_completes_options(tmp_path: Path) -> None:
    script = tmp_path / "blocs.bash"
    script.write_text(run("completion", "bash"), encoding="utf-8")
    subprocess.run(["bash", "-n", script], check=True)
    given = {**os.environ, "_BLOCS_COMPLETE": "bash_complete", "COMP_WORDS": "blocs fit --candi", "COMP_CWORD": "2"}
    done = subprocess.run([sys.executable, "-m", "blocs.cli"], env=given, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["plain,--candidates"]


@pytest.mark.parametrize(("words", "completions"), [
    ("fit cou", ["file,cou"]), ("fit a.csv --out f", ["file,f"]), ("explain f", ["file,f"]),
    ("fit --other ", ["plain,level", "plain,abstain", "plain,missing"]),
    ("fit a.csv --se o", ["plain,observed", "plain,opg"]),
    ("fit a.csv --by ", ["plain,top"]), ("help co", ["plain,compare", "plain,completion"]),
    ("completion z", ["plain,zsh"])])  # fmt: skip
def test_a_shell_completes_choices_and_files(
    words: str, completions: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMP_WORDS", f"blocs {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" "))))
    monkeypatch.setenv("_BLOCS_COMPLETE", "bash_complete")
    with pytest.raises(SystemExit):
        cli.main([], prog_name="blocs")
    assert capsys.readouterr().out.split() == completions


@pytest.mark.parametrize(("shell", "place"), [
    ("bash", ".local/share/bash-completion/completions/blocs"), ("zsh", ".zfunc/_blocs"),
    ("fish", ".config/fish/completions/blocs.fish")])  # fmt: skip
def test_the_script_is_put_where_the_shell_looks(
    shell: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    run("completion", shell, "--install")
    assert (tmp_path / place).read_text(encoding="utf-8").strip() == run("completion", shell).strip()


@pytest.mark.parametrize(("shell", "asks", "answers"), [
    ("fish", "complete -C 'blocs fit --keep'; complete -C 'blocs completion '",
     "--keep-empty\tKeep rows bash fish zsh"),
    ("zsh", "fpath+=~/.zfunc; autoload -Uz compinit; compinit -u; print $_comps[blocs]", "_blocs")])  # fmt: skip
def test_other_shells_read_their_scripts(shell: str, asks: str, answers: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} reads its own script, and is not installed here")
    program = tmp_path / "bin" / "blocs"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m blocs "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    given = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    given |= {"HOME": str(tmp_path), "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([program, "completion", shell, "--install"], env=given, check=True, capture_output=True)
    done = subprocess.run([shell, "-c", asks], env=given, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (answers.split(), "")
