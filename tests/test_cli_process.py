"""The command line as a real process: Ctrl-C, terminals, pipes."""

from __future__ import annotations

import json
import os
import pty
import select
import shlex
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from blocs import load
from blocs.cli import cli
from blocs.cli.monitor import Estimate
from blocs.em.loop import Progress
from blocs.simulation import Truth, simulate

BLOCS = [sys.executable, "-m", "blocs.cli"]
PATIENCE = 600.0
"""Seconds that a slow machine, which compiles kernels first, may take for anything."""


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line names what other runs, which were killed, left in the temporary folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("temporary")))


@pytest.fixture(scope="module")
def long_job(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A fit that would take hours on any machine: two clear types, five asked for, a hundred thousand starts."""
    path = tmp_path_factory.mktemp("long") / "table.csv"
    simulate(Truth.draw(2, 12, 3), 20_000, 1).to_csv(path, index=False)
    return ["fit", str(path), "--items", "*", "--types", "5", "--starts", "100000", "--accelerate", "none", "--json"]


def start(arguments: list[str], **where: int) -> tuple[subprocess.Popen[bytes], int]:
    """Start blocs with stderr on a terminal; return the process and the terminal's other end."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*BLOCS, *arguments], stdout=where.get("stdout", subprocess.PIPE), stderr=theirs,
                               env={**os.environ, "TERM": "xterm", "COLUMNS": "160"})  # fmt: skip
    os.close(theirs)
    return process, ours


def read_until(terminal: int, words: bytes, seconds: float = PATIENCE) -> bytes:
    seen, limit = b"", time.monotonic() + seconds
    while words not in seen and time.monotonic() < limit:
        if select.select([terminal], [], [], 1.0)[0]:
            seen += os.read(terminal, 4096)
    return seen


def drain(terminal: int) -> bytes:
    seen = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the terminal of a process that has ended
            return seen
        if not part:
            return seen
        seen += part


def finish(process: subprocess.Popen[bytes], terminal: int, seconds: float = PATIENCE) -> tuple[bytes, bytes]:
    """Wait for the process as a user's terminal does, that takes what is written; return its stdout and stderr."""
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(drain, terminal)
        try:
            stdout, _ = process.communicate(timeout=seconds)
        finally:
            process.kill()
        return stdout, said.result()


def test_ctrl_c_keeps_the_best_so_far(long_job: list[str], tmp_path: Path) -> None:
    out = tmp_path / "fit.json"
    process, terminal = start([*long_job, "--out", str(out)])
    try:
        seen = read_until(terminal, b"log-likelihood")
        assert b"log-likelihood" in seen
        process.send_signal(signal.SIGINT)
        stdout, said = finish(process, terminal)
    finally:
        process.kill()
        os.close(terminal)
    document = json.loads(stdout)
    assert process.returncode == 130
    assert document["status"] == "interrupted"
    assert document["flags"]["interrupted"] == "The fit was interrupted; this is the best solution so far."
    lines = said.decode().replace("\r\n", "\n").splitlines()
    again = shlex.join(["blocs", *long_job, "--out", str(out), "--resume", str(out)])
    assert lines[-2].endswith(f"Interrupted. {out} has the best solution so far. To go on from it:")
    assert lines[-1] == f"  {again}"
    assert load(out).loglik == document["loglik"]


def test_ctrl_c_before_there_is_anything_says_so(tmp_path: Path) -> None:
    out = tmp_path / "counties"
    process, terminal = start(["simulate", str(out), "--voters", "200000000", "--parts", "2000"])
    try:
        assert b"of 200,000,000 voters" in read_until(terminal, b"of 200,000,000 voters")
        process.send_signal(signal.SIGINT)
        stdout, said = finish(process, terminal)
    finally:
        process.kill()
        os.close(terminal)
    assert (process.returncode, stdout) == (130, b"")
    assert said.decode().endswith("Interrupted before there was anything to keep.\r\n")
    assert not out.exists()


def test_ctrl_c_while_reading_names_the_checkpoint_of_an_earlier_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*arguments: Any) -> None:
        raise KeyboardInterrupt

    (tmp_path / "kept").write_bytes(b"of an earlier run")
    (tmp_path / "answers.csv").write_text("a,b\n0,1\n")
    monkeypatch.chdir(tmp_path)
    for command, reads in (("fit", "fit_made"), ("compare", "compare")):
        monkeypatch.setattr(import_module(f"blocs.cli.{reads}"), "read_data", read)
        line = [command, "answers.csv", "--items", "a,b", "--checkpoint", "kept", "--quiet"]
        ended = CliRunner().invoke(cli, line)
        assert ended.exit_code == 130
        assert ended.stderr == (
            f"Interrupted. kept has what is finished. To go on from it:\n  blocs {' '.join(line)}\n"
        )


def test_progress_is_on_stderr_and_the_document_on_stdout(long_job: list[str]) -> None:
    process, terminal = start([*long_job, "--types", "2", "--starts", "2"])
    stdout, seen = finish(process, terminal)
    os.close(terminal)
    assert process.returncode == 0
    assert json.loads(stdout)["command"] == "fit"
    assert b"reading the file" in seen
    assert b"fitting 2 types" in seen


def test_moves_of_types_are_shown(long_job: list[str]) -> None:
    process, terminal = start([*long_job, "--accelerate", "auto", "--types", "10", "--starts", "4"])
    try:
        assert b"fitting 10 types: moves of types" in read_until(terminal, b"moves of types")
        process.send_signal(signal.SIGINT)
        stdout, said = finish(process, terminal)
    finally:
        process.kill()
        os.close(terminal)
    assert process.returncode == 130
    assert json.loads(stdout)["status"] == "interrupted"
    assert said.decode().endswith(
        "Interrupted. Nothing is kept but what is printed and saved. --checkpoint FILE keeps what is finished, and the "
        "same command goes on from there.\r\n"
    )


@pytest.mark.slow
def test_kernels_are_compiled_where_none_are_kept_and_a_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fit of one type; .ci/run has the demo, which needs most kernels, compile them in a new environment."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kernels"))
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n2,1\n1,1\n" * 9)
    for compiles in (True, False):
        process, terminal = start(["fit", str(tmp_path / "t.csv"), "--items", "a,b", "--types", "1", "--json"])
        stdout, said = finish(process, terminal)
        os.close(terminal)
        assert (b"compiling kernels (once)" in said) == compiles
        assert json.loads(stdout)["n"] == 27


def test_quiet_and_pipes_have_no_progress(long_job: list[str]) -> None:
    process, terminal = start([*long_job, "--types", "1", "--quiet"])
    stdout, said = finish(process, terminal)
    assert said == b""
    os.close(terminal)
    piped = subprocess.run([*BLOCS, *long_job, "--types", "1"], capture_output=True, timeout=PATIENCE, check=True)
    assert piped.stderr == b""
    assert json.loads(stdout)["loglik"] == json.loads(piped.stdout)["loglik"]


def test_a_terminal_gets_a_table_with_rules(long_job: list[str]) -> None:
    ours, theirs = pty.openpty()
    process, terminal = start([*long_job[:-1], "--types", "1"], stdout=theirs)
    os.close(theirs)
    said = drain(ours).decode()
    process.wait(timeout=PATIENCE)
    drain(terminal)
    for end in (ours, terminal):
        os.close(end)
    assert "─" in said
    assert "\x1b[1mType 1 (100 %)" in said


def progress(step: int, running: int, *values: float, first: int = 0) -> Progress:
    import numpy as np

    numbers = tuple(range(first, first + len(values)))
    return Progress(step, running, max(values), np.array(values), numbers=numbers)


def test_the_estimate_of_time_left_falls_with_the_gains() -> None:
    now = [0.0]
    estimate = Estimate(2, gain=1e-6, clock=lambda: now[0])
    assert estimate.left is None
    shares, gain, value = [], 100.0, -1000.0
    for step in range(1, 15):
        now[0] += 1.0
        estimate(progress(step, 2, value, value - 1))
        shares.append(estimate.share)
        value, gain = value + gain, gain / 4
    assert shares == sorted(shares)
    assert 0.3 < shares[-1] < 1
    estimate(progress(15, 0, value, value))
    assert (estimate.done, estimate.share, estimate.left) == (2, 1.0, 0.0)


def test_the_estimate_counts_the_starts_of_every_batch() -> None:
    estimate = Estimate(6)
    estimate(progress(1, 3, -9.0, -8.0, -7.0))
    estimate(progress(2, 0, -9.0, -8.0, -7.0))
    estimate(progress(1, 3, -6.0, -8.0, -7.0, first=3))
    estimate(progress(2, 1, -6.0, -8.0, -7.0, first=3))
    assert (estimate.done, estimate.starts, estimate.best) == (5, 6, -6.0)


def test_a_start_that_goes_on_is_one_start() -> None:
    estimate = Estimate(2)
    estimate(progress(1, 2, -9.0, -8.0))
    estimate(progress(50, 0, -9.0, -8.0))
    assert (estimate.done, estimate.starts) == (2, 2)
    estimate(progress(1, 1, -7.0, first=1))
    assert (estimate.done, estimate.starts) == (1, 2)


def test_more_starts_than_were_asked_for_are_counted_in() -> None:
    estimate = Estimate(2)
    estimate(progress(1, 2, -9.0, -8.0))
    assert estimate.starts == 2
    estimate(progress(2, 0, -9.0, -8.0))
    estimate(progress(1, 2, -6.0, -8.0, first=2))
    assert (estimate.done, estimate.starts) == (2, 4)


@pytest.mark.parametrize("width", [pytest.param("80", marks=pytest.mark.slow), "160"])
def test_threads_tell_of_stages_in_any_order(width: str, tmp_path: Path) -> None:
    """Batches of two threads, moves in between, several numbers of types: what `blocs compare` does by default."""
    path = tmp_path / "table.csv"
    simulate(Truth.draw(5, 8, 3), 1_000, 1).to_csv(path, index=False)
    arguments = ["compare", str(path), "--items", "*", "--types", "3-5", "--starts", "60", "--jobs", "2", "--json"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*BLOCS, *arguments], stdout=subprocess.PIPE, stderr=theirs,
                               env={**os.environ, "TERM": "xterm", "COLUMNS": width})  # fmt: skip
    os.close(theirs)
    stdout, said = finish(process, ours)
    os.close(ours)
    assert process.returncode == 0, said.decode()[-2000:]
    assert len(json.loads(stdout)["rows"]) == 3
    assert b"moves of types" in said
    assert b"of 60 starts" in said


@pytest.mark.slow
def test_a_reader_that_has_enough_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    simulate(Truth.draw(2, 300, 3), 300, 1).to_csv(path, index=False)
    call = [*BLOCS, "fit", str(path), "--items", "*", "--types", "1", "--json"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"{\n"
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(timeout=PATIENCE), said) == (0, b"")


def test_a_dash_is_what_flows_in() -> None:
    table = "a,b,n\n0,0,40\n0,1,10\n1,0,12\n1,1,38\n"
    words = ["fit", "-", "--items", "a,b", "--weights", "n", "--types", "1", "--json", "--quiet"]
    ended = subprocess.run([*BLOCS, *words], input=table, capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout)["n"] == 100
    ended = subprocess.run([*BLOCS, *words], input="", capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (1, "blocs: stdin: the file is empty. A table has a header and rows.\n")
