"""Ctrl-C while ballots are read, coded and assigned: a real process ends at once, says so and leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blocs.simulation import write_collection
from test_cli_process import PATIENCE, drain, read_until, start
from test_readers_dominion_json import contest, export, folder, mark, session, version, zipped

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("counties") / "all"
    write_collection(folder, 4_000_000, parts=20, seed=1)
    return folder


def stopped(arguments: list[str], words: bytes, spill: Path) -> bytes:
    """Run until the words are on the terminal, press Ctrl-C, and return what was said."""
    os.environ["TMPDIR"] = str(spill)
    try:
        process, terminal = start(arguments)
    finally:
        del os.environ["TMPDIR"]
    try:
        assert words in read_until(terminal, words)
        process.send_signal(signal.SIGINT)
        told = drain(terminal)
        assert process.wait(PATIENCE) == 130
    finally:
        process.kill()
        process.communicate()
        os.close(terminal)
    assert b"Traceback" not in told
    assert list(spill.iterdir()) == []
    return told


@pytest.mark.parametrize("words", [b"reading the contests", b"coding the ballots"])
def test_while_a_collection_is_read_and_coded(words: bytes, counties: Path, tmp_path: Path) -> None:
    arguments = ["compare", str(counties), "--top", "US PRESIDENT", "--types", "1", "--memory", "1GB", "--jobs", "1"]
    assert b"Interrupted before there was anything to keep." in stopped(arguments, words, tmp_path)


def test_while_a_vendors_zip_is_read(tmp_path: Path) -> None:
    marks = [mark(10), mark(11)]
    sessions = export([session(n, version([contest(1, marks[n % 2])])) for n in range(40_000)])
    whole = zipped(tmp_path / "all.zip", folder(tmp_path / "all", {f"CvrExport_{n}.json": sessions for n in range(20)}))
    spill = tmp_path / "spill"
    spill.mkdir()
    told = stopped(["compare", str(whole), "--types", "1"], b"reading the file", spill)
    assert b"Interrupted before there was anything to keep." in told


READY = "import blocs.cli; print('ready', flush=True); blocs.cli.main()"
"""Before that a signal may end Python without a word, or be lost in what it imports at its start."""


@pytest.mark.parametrize("pause", [0.0, 0.3, 0.8, 1.4, 2.0])
def test_at_any_moment(pause: float, counties: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # a run that ends before it listens to signals may leave something
    ran = subprocess.Popen([sys.executable, "-c", READY, "totals", str(counties)], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)  # fmt: skip
    assert ran.stdout is not None and ran.stdout.readline() == b"ready\n"
    time.sleep(pause)
    ran.send_signal(signal.SIGINT)
    _, told = ran.communicate(timeout=PATIENCE)
    assert ran.returncode in (0, 130, -signal.SIGINT)
    assert b"duckdb" not in told
