"""The Spark engine on real worker processes: it obeys the laws of engines, and survives the loss of workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np
import pytest

import blocs
from blocs.core.errors import EngineError, MissingPackageError
from blocs.engines import Serial
from blocs.testing.checks import check_engine
from cluster_support import (
    SETTINGS,
    command_line,
    county_of,
    placed_and_expected,
    same,
    same_by_command_line,
    same_errors,
    same_sums,
)
from test_shards import two_types

pytest.importorskip("pyspark", reason="the engine needs the extra blocs[spark]")
from blocs.engines.spark import Spark, cluster

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def county(tmp_path: Path) -> blocs.Profiles:
    return county_of(tmp_path)


def test_it_conforms(spark: Any) -> None:
    check_engine(Spark(spark))


def test_a_fit_is_that_of_one_thread(spark: Any, county: blocs.Profiles) -> None:
    assert same(blocs.fit(county, **SETTINGS, engine=Spark(spark)), blocs.fit(county, **SETTINGS, engine=Serial()))


def test_standard_errors_and_a_bootstrap_are_those_of_this_machine(spark: Any, county: blocs.Profiles) -> None:
    assert same_errors(Spark(spark), county)


def test_profiles_in_memory_are_sent(spark: Any) -> None:
    profiles = two_types(500)
    assert same(blocs.fit(profiles, **SETTINGS, engine=Spark(spark)), blocs.fit(profiles, **SETTINGS))


def test_a_changed_shard_is_one_error(spark: Any, county: blocs.Profiles) -> None:
    path = Path(county.shards_on_disk.files[2].path)
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(blocs.InputError) as error:
        blocs.fit(county, **SETTINGS, engine=Spark(spark))
    assert str(error.value) == (
        f"{path}: it has {len(content) - 1:,} bytes of {len(content):,}. A shard is read whole. Copy this file again "
        "from where it is whole, or write the shards again with blocs.write_shards."
    )
    assert "on shard 3 of 5" in error.value.__notes__


def die(shard: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_task_that_is_lost_again_and_again_is_one_error(spark: Any) -> None:
    engine = Spark(spark)
    with pytest.raises(EngineError) as error:
        engine.sum(die, engine.place([1, 2]))
    assert str(error.value) == (
        "Spark: a task was lost again and again, and the job has ended. Executors may have too little memory: give "
        "them more, or use more of them."
    )


def test_another_session_is_refused() -> None:
    with pytest.raises(blocs.UnsupportedError) as error:
        Spark(Processes())
    assert str(error.value) == (
        "Sums are computed on a pyspark.sql.SparkSession, not on test_spark.Processes; Spark Connect is not available. "
        "Give a session of a master."
    )


class Processes(set[int]):
    def __add__(self, other: set[int]) -> Processes:
        return Processes(self | other)


def workers(shard: Any) -> Processes:
    return Processes({os.getpid()})


def killing(engine: Spark, task: Any, placed: Any, pid: int, seconds: float) -> Any:
    """Return the sums of a pass in which a process is killed after so many seconds."""
    kill = Timer(seconds, os.kill, (pid, signal.SIGKILL))
    kill.start()
    try:
        return engine.sum(task, placed)
    finally:
        kill.join()


def test_a_killed_worker_changes_no_bit(spark: Any, county: blocs.Profiles) -> None:
    engine = Spark(spark)
    task, placed, expected = placed_and_expected(engine, county)
    pid = min(engine.sum(workers, placed))
    assert same_sums(killing(engine, task, placed, pid, 0.05), expected)
    assert pid not in engine.sum(workers, placed)


TRIALS = 50


@pytest.mark.study
def test_fifty_killed_workers_change_no_bit(spark: Any, county: blocs.Profiles) -> None:
    """In each of many passes one of the worker processes is killed at a random moment."""
    engine, rng, right, lost = Spark(spark), np.random.default_rng(1), 0, 0
    task, placed, expected = placed_and_expected(engine, county)
    for trial in range(TRIALS):
        pids = engine.sum(workers, placed)
        pid = min(pids) if rng.random() < 0.5 else max(pids)
        right += same_sums(killing(engine, task, placed, pid, rng.uniform(0, 0.5)), expected)
        lost += pid not in engine.sum(workers, placed)
        print(f"{right} of {trial + 1} passes changed no bit; {lost} workers were replaced", flush=True)
    assert right == TRIALS


@pytest.mark.study
def test_a_killed_executor_changes_no_bit(tmp_path: Path) -> None:
    """On a cluster of two executors, each a process with its own memory, one is killed in each of five passes."""
    script = Path(__file__).with_name("spark_executors.py")
    ended = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines()[-1:] == ["5 of 5 passes changed no bit"], ended.stderr[-2000:]


def test_the_command_line_gives_the_fit_of_this_machine(county: blocs.Profiles, tmp_path: Path) -> None:
    same_by_command_line(tmp_path / "county", "--engine", "spark", "--scheduler", "local[2,4]")


def test_a_lost_driver_is_one_error_with_the_checkpoint(county: blocs.Profiles, tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, blocs\n"
        "from blocs.core.errors import EngineError\n"
        "from blocs.engines.spark import cluster\n"
        "from pyspark import SparkContext\n"
        "def watch(progress):\n"
        "    if progress.step == 4:\n"
        "        os.kill(SparkContext._gateway.proc.pid, signal.SIGKILL)\n"
        "        SparkContext._gateway.proc.wait()\n"
        f"settings = {SETTINGS!r}\n"
        "with cluster('local[2]') as engine:\n"
        "    try:\n"
        "        blocs.fit(blocs.open_shards(sys.argv[1] + '/county'), **settings, engine=engine,\n"
        "                  checkpoint=sys.argv[1] + '/kept', every=0, watch=watch)\n"
        "    except EngineError as error:\n"
        "        print(error)\n"
    )
    call = [sys.executable, "-c", script, str(tmp_path)]
    ended = subprocess.run(call, capture_output=True, text=True, check=False)
    before, after = ended.stdout.split(" (")
    assert before == "Spark: the session does not answer any more"
    assert after.split("). ")[1] == (
        f"What was finished is in the checkpoint {tmp_path}/kept: start the cluster again, and run the same with it.\n"
    )
    seen: list[Any] = []
    again = blocs.fit(county, **SETTINGS, checkpoint=tmp_path / "kept", watch=seen.append)
    assert same(again, blocs.fit(county, **SETTINGS))


def test_what_is_no_master_is_refused(county: blocs.Profiles, tmp_path: Path) -> None:
    options = ["--types", 2, "--engine", "spark", "--scheduler", "s.json"]
    code, _, error = command_line("fit", tmp_path / "county", *options)
    assert (code, error) == (2, (
        "blocs: --scheduler: 's.json' is no master of Spark. A master is spark://HOST:PORT, yarn, "
        "k8s://ADDRESS or local[THREADS]. Give one of these.\n"
    ))  # fmt: skip


def test_without_java_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MissingPackageError) as error, cluster("local[2]"):
        pass
    assert str(error.value) == (
        "blocs.engines.spark needs Java 17 or later. Install it, such as with: apt-get install default-jre-headless; "
        "or set JAVA_HOME to where it is"
    )
