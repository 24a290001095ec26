"""Exit codes: every row of the table in docs/cli.md; each code once with a real process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from blocs.cli import cli
from blocs.cli.exit_codes import ExitCode
from blocs.files.atomic import UNFINISHED

BLOCS = [sys.executable, "-m", "blocs.cli"]
PAGE = Path(__file__).parent.parent / "docs" / "cli.md"
SURVEY = "a,b,c,n\n" + "1,1,1,42\n1,1,2,23\n1,2,1,6\n1,2,2,25\n2,1,1,6\n2,1,2,24\n2,2,1,7\n2,2,2,38\n"
FIT = "fit t.csv --items a,b,c --types 1"
NO_SPACE = "blocs: the system: No space left on device\n"
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("temporary")))  # nothing of runs that were killed
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(SURVEY)
    Path("cut.csv").write_text("a,b\n1,2\n1\n")


def run(call: str, **streams: Any) -> subprocess.CompletedProcess[str]:
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run([*BLOCS, *call.split()], text=True, timeout=6000, **given)


def run_here(call: str) -> Result:
    """Run a command in this process, without the second that a process takes to start."""
    return CliRunner().invoke(cli, call.split(), prog_name="blocs")


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        (FIT, 0, ""),
        ("--version", 0, ""),
        ("fit cut.csv --items a,b", 1,
         "blocs: cut.csv, line 3: the line has 1 cell. The header has 2. The file may be cut off or edited by hand; "
         "export it again.\n"),
        ("fit t.csv --items a,b --resume t.csv", 1,
         "blocs: t.csv: it is data, and not a saved fit. A fit is a file that `blocs fit --out fit.json`, or "
         "`Fit.save` in Python, wrote. Fit it first, and give the file of the fit.\n"),
        (f"{FIT} --prior nan", 2, "blocs: --prior: 'nan' is no finite number. See `blocs fit --help`.\n"),
        (f"{FIT} --weights m", 2,
         "blocs: --weights: there is no column 'm'. The columns are 'a', 'b', 'c', 'n'.\n"),
        ("fit nowhere.csv --items a", 2,
         "blocs: nowhere.csv: there is no such file or folder. Give one that exists.\n"),
        (f"{FIT} --out nowhere/f.json", 2,
         "blocs: nowhere/f.json: there is no folder 'nowhere'. Make it first, or give another name.\n"),
        (f"{FIT} --out t.csv", 2,
         "blocs: t.csv: it is read by the same command. What is read is not overwritten. Give another name to be "
         "written.\n"),
        ("simulate t.csv", 2, "blocs: t.csv: it exists. Nothing is overwritten. Give another name, or remove it.\n"),
        ("fit t.csv --items a,b,c --weights n --types 2 --starts 1 --steps 2 --out f.json", 3, ""),
        ("compare t.csv --items a,b,c --weights n --types 2 --starts 1 --steps 2 --out c.csv", 3, ""),
    ],
)  # fmt: skip
def test_how_a_command_ends(call: str, code: int, message: str) -> None:
    done = run_here(call)
    assert (done.exit_code, done.stderr) == (code, message)
    assert bool(done.stdout) == (code in (0, 3))
    if "--out" in call and code == 3:
        assert Path(call.split()[-1]).stat().st_size > 0


@pytest.mark.parametrize(
    ("call", "code"),
    [(FIT, 0), ("fit cut.csv --items a,b", 1), ("fit nowhere.csv --items a", 2), ("", 2),
     ("fit t.csv --items a,b,c --weights n --types 2 --starts 1 --steps 2", 3)],
)  # fmt: skip
def test_a_process_ends_as_the_command_does(call: str, code: int) -> None:
    done, here = run(call), run_here(call)
    assert (done.returncode, done.stderr) == (here.exit_code, here.stderr) == (code, here.stderr)
    assert bool(done.stdout) == bool(here.stdout) == (code in (0, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("fti", "there is no command 'fti'."),
        (f"{FIT} --strats 3", "blocs: there is no option '--strats'. Nearest match: --starts. See `blocs fit --help`."),
        (f"{FIT} --starts 0", "blocs: --starts: 0 is not 1 or more. See `blocs fit --help`."),
        ("", "Usage:"),
    ],
)
def test_wrong_usage_that_click_finds_ends_with_2(call: str, message: str) -> None:
    done = run_here(call)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())


@needs_full
@pytest.mark.parametrize("call", [FIT, "fit --help"])
def test_a_full_disk_ends_with_1(call: str) -> None:
    with open("/dev/full", "w") as full:
        done = run(call, stdout=full)
    assert (done.returncode, done.stderr) == (1, NO_SPACE)


def test_memory_that_is_full_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: object, **named: object) -> None:
        raise MemoryError

    monkeypatch.setattr("blocs.tables.survey_table.plain_table", fails)
    result = CliRunner().invoke(cli, FIT.split())
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", (
        "blocs: there is not enough memory. Use fewer threads (--jobs) or a lower limit for the reading (--memory) "
        "where the command has them, or a machine with more memory.\n"
    ))  # fmt: skip


@pytest.mark.parametrize("call", ["--help", "fit --help", FIT])
def test_a_pipe_that_is_closed_ends_with_0(call: str) -> None:
    with subprocess.Popen([*BLOCS, *call.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait(timeout=600)) == (b"", 0)


def test_stdout_that_is_closed_from_the_beginning_takes_all() -> None:
    done = run(f"{FIT} --out f.json", preexec_fn=partial(os.close, 1))
    assert (done.returncode, done.stderr) == (0, "")
    assert Path("f.json").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals(number: signal.Signals, code: int) -> None:
    call = ["simulate", "counties", "--voters", "200000000", "--parts", "2000", "--jobs", "1"]
    heard = partial(signal.signal, number, signal.SIG_DFL)  # what began these tests may have ignored it, as nohup does
    with subprocess.Popen(
        [*BLOCS, *call], stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heard
    ) as process:
        limit = time.monotonic() + 600
        while not Path("counties", UNFINISHED).exists() and time.monotonic() < limit:
            time.sleep(0.05)
        process.send_signal(number)
        stdout, _ = process.communicate(timeout=600)
    assert (process.returncode, stdout) == (code, b"")
    assert not list(Path().glob("*counties*")), "nothing is left of what was half done"


def test_the_table_of_the_page_has_every_code() -> None:
    rows = re.findall(r"^\| (\d+) \| ", PAGE.read_text(encoding="utf-8"), re.M)
    assert [int(code) for code in rows] == [*ExitCode, 128 + signal.SIGTERM]


def test_an_error_of_blocs_itself_is_one_line_and_with_debug_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: object, **named: object) -> None:
        raise KeyError("some\nthing")

    monkeypatch.setattr("blocs.tables.survey_table.plain_table", fails)
    line = "blocs: an error of blocs itself (KeyError: 'some\\nthing'). --debug shows where it came from.\n"
    result = CliRunner().invoke(cli, FIT.split())
    assert (result.exit_code, result.stdout, result.stderr) == (70, "", line)
    shown = CliRunner().invoke(cli, [*FIT.split(), "--debug"])
    assert shown.exit_code == 70
    assert shown.stderr.startswith(line) and "raise KeyError" in shown.stderr


@needs_full
def test_a_fit_that_cannot_be_saved_is_printed() -> None:
    done = run(f"{FIT} --out /dev/full")
    assert done.returncode == 1
    assert "Type 1" in done.stdout and "Saved" not in done.stdout
    assert done.stderr == "blocs: /dev/full: No space left on device\n"


@pytest.mark.parametrize("options", ["", "--json"])
def test_letters_that_stdout_cannot_hold_are_escaped(options: str) -> None:
    Path("z.csv").write_text("\u5e02,b,c\n" + "1,1,2\n2,2,1\n" * 5, encoding="utf-8")
    env = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = run(f"fit z.csv --items \u5e02,b,c --types 1 {options}", env=env)
    assert done.returncode in (0, 3) and done.stderr == ""
    assert "\\u5e02" in done.stdout
    if options:
        json.loads(done.stdout)


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        ("fit t.csv --items a,b --jobs 100000", 2,
         "blocs: --jobs: 100000 is not from 1 to 4096. See `blocs fit --help`."),
        (f"{FIT} --starts 1000000001", 2, "blocs: --starts: it is 1000000001. It is at most 1,000,000."),
        ("compare t.csv --items a,b,c --types \u00b2", 2, "'\u00b2' is not a number, a range such as 1-8"),
        ("compare t.csv --items a,b,c --types 1-99999999999999999999", 2, "is not a number, a range such as 1-8"),
        ("simulate s.csv --voters 1000000000000", 2,
         "--voters: 1000000000000 is out of range. At most 10,000,000,000."),
        ("simulate s.csv --types 99999999", 2, "--types: 99999999 types. At most 10,000."),
        ("simulate s.csv --offices 99999999", 2, "--offices: 99999999 is out of range. At most 10,000."),
    ],
)  # fmt: skip
def test_numbers_that_can_only_be_slips(call: str, code: int, words: str) -> None:
    done = run_here(call)
    assert (done.exit_code, done.stdout) == (code, "")
    assert words in " ".join(done.stderr.split())
