"""Every engine obeys the laws of blocs.testing.checks, and the laws can be broken."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from blocs.cli import cli
from blocs.engines import Engine, Serial, Threads, engine
from blocs.engines.shards import tasks_for
from blocs.testing.checks import check_engine


@pytest.mark.parametrize("made", [Serial(), Threads(1), Threads(2), Threads(8), engine(1), engine(2)])
def test_conforms(made: Engine) -> None:
    check_engine(made)


def test_engine_by_number_of_jobs() -> None:
    assert isinstance(engine(1), Serial)
    assert isinstance(engine(3), Threads)


class Backwards(Serial):
    """Adds in another order."""

    def sum(self, task: Callable[[Any], Any], placed: Sequence[Any]) -> Any:
        return reduce(add, map(task, reversed(placed)))


class Forgetful(Serial):
    """Loses the last shard."""

    def sum(self, task: Callable[[Any], Any], placed: Sequence[Any]) -> Any:
        return super().sum(task, placed[:-1] or placed)


class Mute(Serial):
    """Adds rightly but does not name the shard."""

    def sum(self, task: Callable[[Any], Any], placed: Sequence[Any]) -> Any:
        return reduce(add, map(task, placed))


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (Backwards(), "same bits as serial"),
        (Forgetful(), "same bits as serial"),
        (Mute(), "a failing task names its shard"),
    ],
)
def test_broken_engines_are_found_out(broken: Engine, law: str) -> None:
    with pytest.raises(AssertionError, match=f"^{law}"):
        check_engine(broken)


def test_the_note_counts_from_one() -> None:
    def fail(shard: int) -> int:
        return 1 // (shard - 2)

    for made in (Serial(), Threads(2)):
        with pytest.raises(ZeroDivisionError) as error:
            made.sum(fail, made.place([5, 2, 7]))
        assert error.value.__notes__ == ["on shard 2 of 3"]


@pytest.mark.parametrize(
    ("shards", "threads", "tasks"),
    [(1, 2, 1), (5, 2, 2), (5, 0, 1), (40, 2, 2), (64, 2, 4), (305, 2, 8), (15_000, 1_000, 1_000), (15_000, 100, 400)],
)
def test_a_task_has_many_shards_or_a_thread_for_itself(shards: int, threads: int, tasks: int) -> None:
    assert tasks_for(shards, threads) == tasks


@pytest.mark.parametrize(
    ("name", "package", "words"), [("dask", "distributed", "Dask"), ("spark", "pyspark", "PySpark")]
)
def test_without_its_package_the_error_says_how_to_install_it(
    tmp_path: Path, name: str, package: str, words: str
) -> None:
    (tmp_path / f"{package}.py").write_text("raise ImportError\n")
    command = [sys.executable, "-c", f"import blocs.engines.{name}"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert " ".join(ended.stderr.splitlines()[-1].split()) == (
        f"ImportError: blocs.engines.{name} needs {words}. Install it with: pip install 'blocs[{name}]', or in a "
        f"checkout of blocs with: pip install '.[{name}]'"
    )


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--scheduler", "file"], "--scheduler: there is no cluster. Give --engine dask or --engine spark."),
        (["--engine", "dask"],
         "--engine: the cluster is not named. A scheduler writes its address into a file: dask scheduler "
         "--scheduler-file FILE. Give --scheduler."),
        (["--engine", "spark"],
         "--engine: the cluster is not named. A master is spark://HOST:PORT, yarn, k8s://ADDRESS or local[THREADS]. "
         "Give --scheduler."),
        (["--engine", "sparc"],
         "--engine: there is no engine 'sparc'. The engines are 'local', 'dask', 'spark'. Nearest match: spark."),
    ],
)  # fmt: skip
def test_the_command_line_wants_the_cluster_by_name(tmp_path: Path, options: list[str], fault: str) -> None:
    (tmp_path / "a.csv").write_text("q,n\n0,3\n1,4\n")
    call = ["fit", str(tmp_path / "a.csv"), "--items", "q", "--types", "1", *options]
    result = CliRunner().invoke(cli, call)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"blocs: {fault}"
