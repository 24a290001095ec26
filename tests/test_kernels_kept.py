"""Places for compiled kernels that are missing, somebody else's, full or damaged: the fit is the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from blocs.kernels import cache
from blocs.kernels.cache import compiled, private_folder


def add_one(x: int) -> int:
    return x + 1


OPTIONS = {"cache": True}


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(cache, "_warned", [])


def damage(folder: Path, ending: str) -> None:
    files = list(folder.rglob(f"*{ending}"))
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[:40])


@pytest.mark.parametrize("ending", [".nbc", ".nbi"])
def test_a_kept_file_that_was_cut_off_is_given_up(tmp_path: Path, ending: str) -> None:
    assert compiled(add_one, OPTIONS)(1) == 2
    damage(tmp_path / "kept", ending)
    again = compiled(add_one, OPTIONS)
    assert again(1) == 2
    assert sum(again.stats.cache_hits.values()) == 0
    third = compiled(add_one, OPTIONS)
    assert third(1) == 2
    assert sum(third.stats.cache_hits.values()) == 1, "what was compiled in its place is kept"


def no_place(monkeypatch: pytest.MonkeyPatch, allowed: Path | None) -> None:
    """Let numba find a place only where CACHE_DIR is `allowed`."""
    njit = numba.njit

    def refuse(**options: object) -> object:
        if options.get("cache") and str(allowed) != numba.config.CACHE_DIR:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr(numba, "njit", refuse)


def test_without_a_place_of_numba_a_private_folder_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = private_folder()
    assert folder is not None and folder.stat().st_mode & 0o777 == 0o700
    before = numba.config.CACHE_DIR
    no_place(monkeypatch, folder)
    kernel = compiled(add_one, OPTIONS)
    assert kernel(1) == 2
    assert list(folder.rglob("*.nbc")) and before == numba.config.CACHE_DIR


def test_without_any_place_kernels_are_compiled_in_memory(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cache, "private_folder", lambda: None)
    no_place(monkeypatch, None)
    assert compiled(add_one, OPTIONS)(1) == 2
    assert compiled(add_one, OPTIONS)(2) == 3
    assert caplog.messages == [
        "compiled kernels cannot be kept (there is no folder for them): every run compiles them again"
    ]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="the system has no users")
def test_a_private_folder_is_nobody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary" / f"blocs-kernels-{os.getuid()}"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    assert private_folder() is None
    folder.rmdir()
    (tmp_path / "mine").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "mine")
    assert private_folder() is None
    folder.unlink()
    folder.write_text("")
    assert private_folder() is None
    folder.unlink()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert private_folder() is None


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write everywhere")
def test_a_process_that_may_write_nowhere_fits(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n2,1\n1,1\n")
    places = {"HOME": str(tmp_path / "none"), "TMPDIR": str(tmp_path / "none"), "NUMBA_CACHE_DIR": "/proc/none"}
    call = [sys.executable, "-m", "blocs.cli", "fit", "t.csv", "--items", "a,b", "--types", "1", "--quiet"]
    done = subprocess.run(call, cwd=tmp_path, env=os.environ | places, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, 3)
    assert "Traceback" not in done.stderr
