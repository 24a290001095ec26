"""A full disk, an error of the disk and lost permission at every write: the old file or the new one, whole; one line.

Of every command, one run after the other: in the n-th run the n-th call fails that changes files below the folder of
the results (open for writing, write, fsync, chmod, rename, mkdir, rmdir), until a run ends in which none failed. The
calls are made to fail below Python (`failing_writes.c`), so that those of Arrow and of pandas count, too. Each run is a
process of its own, forked from one that has imported blocs.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from forked import Forked
from test_files import CODED, COUNTS

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
LEAST = {"fit": 5, "compare": 5, "assign to Parquet": 5, "assign to CSV": 5, "tables": 10, "one county": 10,
         "a folder of counties": 10}  # fmt: skip
"""Fewest calls that a command makes: with fewer, the library of calls that fail is not at work."""
COMMANDS = {
    "fit": ["fit", "counts.csv", *CODED, "--types", "1", "--starts", "1", "--out", "out/fit.json"],
    "compare": ["compare", "counts.csv", *CODED, "--types", "1", "--starts", "1", "--out", "out/compared.csv"],
    "assign to Parquet": ["assign", "counts.csv", "--fit", "fit.json", "--out", "out/types.parquet"],
    "assign to CSV": ["assign", "counts.csv", "--fit", "fit.json", "--out", "out/types.csv"],
    "tables": ["tables", "counts.csv", *CODED, "--out", "out"],
    "one county": ["simulate", "out/county.csv", "--voters", "50"],
    "a folder of counties": ["simulate", "out/counties", "--voters", "50", "--parts", "2", "--truth", "truth.json"],
}
PRINTED = ("fit", "compare", "tables")
"""Commands whose result is printed, also when it cannot be saved."""
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in COMMANDS if name != "one county"]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of calls that fail, compiled."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs Linux and a C compiler")
    source, made = Path(__file__).with_name("failing_writes.c"), tmp_path_factory.mktemp("library") / "fail.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


@pytest.fixture(scope="session")
def forked(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    """Runs commands with the library, in which no line names what other runs left in the temporary folder."""
    environment = {"LD_PRELOAD": str(library), "TMPDIR": str(tmp_path_factory.mktemp("temporary"))}
    runs = Forked(environment, tmp_path_factory.mktemp("streams"))
    yield runs
    runs.close()


@pytest.fixture
def failing(forked: Forked, tmp_path: Path) -> Callable[[list[str], int, int], tuple[int, str, str, str]]:
    """Return what runs a command in which the n-th call fails: exit code, stdout, stderr, and which call it was."""
    (tmp_path / "counts.csv").write_text(COUNTS)
    (tmp_path / "out").mkdir()
    log = tmp_path / "failed"

    def run(arguments: list[str], number: int, error: int) -> tuple[int, str, str, str]:
        log.unlink(missing_ok=True)
        environment = {"FAIL_BELOW": f"{tmp_path}/out/", "FAIL_AT": str(number), "FAIL_WITH": str(error),
                       "FAIL_LOG": str(log)}  # fmt: skip
        ended = forked.run([*arguments, "--quiet"], tmp_path, environment)
        return *ended, log.read_text() if log.exists() else ""

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("name", ["one county", *SLOW])
def test_every_file_is_the_old_one_or_the_new_one(
    name: str, tmp_path: Path, failing: Callable[[list[str], int, int], tuple[int, str, str, str]]
) -> None:
    command, out, never = COMMANDS[name], tmp_path / "out", 0
    if "assign" in name:
        assert failing([*COMMANDS["fit"][:-1], "fit.json"], never, 0)[0] == 0
    code, printed, _, _ = failing(command, never, 0)
    assert code == 0
    new = contents(out)
    old = dict.fromkeys(new, b"old") if "simulate" not in command else {}
    for number in count(1):
        shutil.rmtree(out)
        out.mkdir()
        for file, content in old.items():
            (out / file).write_bytes(content)
        (tmp_path / "truth.json").unlink(missing_ok=True)
        code, stdout, stderr, failed = failing(command, number, ERRORS[number % len(ERRORS)])
        if not failed:
            break
        assert code == 1, (failed, stderr)
        line, *more = stderr.splitlines()
        assert not more, (failed, stderr)
        assert line.startswith("blocs: out/") and line.endswith(os.strerror(ERRORS[number % len(ERRORS)])), failed
        result = [text for text in printed.splitlines() if not text.startswith("Saved to")]
        assert stdout.splitlines() == (result if name in PRINTED else [])
        found = contents(out)
        assert found.keys() <= new.keys(), "something of the meantime is left"
        assert {path.name for path in out.iterdir()} <= {Path(file).parts[0] for file in new}
        assert found.keys() >= old.keys()
        for file, content in found.items():
            assert content in (old.get(file), new[file]), (file, failed)
        if name == "a folder of counties":
            assert found in ({}, new)
    print(f"{name}: {number - 1} calls, each made to fail")
    assert number > LEAST[name]
    assert (code, contents(out)) == (0, new)
