"""Temporary folders: nobody else's, gone with the work, and cleared away after a run that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from blocs.files import scratch as module
from blocs.files.scratch import scratch
from blocs.tables.relations import open_store

pytest.importorskip("fcntl", reason="the system has no locks of this kind")
HOLD = "from blocs.files.scratch import scratch; s = scratch(); print(s.folder, flush=True); input()"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    module._clear.cache_clear()


def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    made = scratch()
    assert made.folder.parent == tmp_path
    assert made.folder.stat().st_mode & 0o777 == 0o700
    made.remove()
    assert not list(tmp_path.iterdir())


def test_it_goes_with_its_database(tmp_path: Path) -> None:
    store = open_store()
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert store.con.execute("select current_setting('temp_directory')").fetchall() == [(folder.as_posix(),)]
    del store
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_left_is_removed_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    ) as other:  # fmt: skip
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        (left / "spill").write_bytes(bytes(1_500_000))
        scratch().remove()
        assert left.exists(), "it is in use"
        other.send_signal(signal.SIGKILL)
    assert left.exists() and not caplog.messages
    module._clear.cache_clear()
    scratch().remove()
    assert not left.exists()
    assert caplog.messages == [
        f"removed 1 folder of temporary files (1.5 MB) in {tmp_path}, left by runs of blocs that were killed"
    ]


def test_links_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "in-use").write_text("")
    (tmp_path / "blocs-link").symlink_to(tmp_path / "mine")
    scratch().remove()
    assert (tmp_path / "mine" / "in-use").exists()
