"""The Dask engine on real worker processes: it obeys the laws of engines, and survives the loss of workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np
import pytest

import blocs
from blocs.core.errors import EngineError
from blocs.engines import Serial
from blocs.testing.checks import check_engine
from cluster_support import (
    SETTINGS,
    county_of,
    placed_and_expected,
    same,
    same_by_command_line,
    same_errors,
    same_sums,
)
from test_shards import two_types

distributed = pytest.importorskip("distributed", reason="the engine needs the extra blocs[dask]")
from blocs.engines.dask import Dask  # noqa: E402


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    options: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options, silence_logs=50) as cluster, distributed.Client(cluster) as client:
        yield client


@pytest.fixture
def county(tmp_path: Path) -> blocs.Profiles:
    return county_of(tmp_path)


def test_it_conforms(client: Any) -> None:
    check_engine(Dask(client))


def test_a_fit_is_that_of_one_thread(client: Any, county: blocs.Profiles) -> None:
    assert same(blocs.fit(county, **SETTINGS, engine=Dask(client)), blocs.fit(county, **SETTINGS, engine=Serial()))


def test_a_comparison_is_that_of_this_machine(client: Any, county: blocs.Profiles) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != "types"}
    there = blocs.compare(county, [1, 2], **settings, engine=Dask(client))
    assert there.equals(blocs.compare(county, [1, 2], **settings))


@pytest.mark.slow
def test_standard_errors_and_a_bootstrap_are_those_of_this_machine(client: Any, county: blocs.Profiles) -> None:
    assert same_errors(Dask(client), county)


def test_profiles_in_memory_are_sent(client: Any) -> None:
    profiles = two_types(500)
    assert same(blocs.fit(profiles, **SETTINGS, engine=Dask(client)), blocs.fit(profiles, **SETTINGS))


def test_a_changed_shard_is_one_error(client: Any, county: blocs.Profiles) -> None:
    path = Path(county.shards_on_disk.files[2].path)
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(blocs.InputError) as error:
        blocs.fit(county, **SETTINGS, engine=Dask(client))
    assert str(error.value) == (
        f"{path}: it has {len(content) - 1:,} bytes of {len(content):,}. A shard is read whole. Copy this file again "
        "from where it is whole, or write the shards again with blocs.write_shards."
    )
    assert "on shard 3 of 5" in error.value.__notes__


def test_a_killed_worker_changes_no_bit(client: Any, county: blocs.Profiles) -> None:
    task, placed, expected = placed_and_expected(Dask(client), county)
    pids = list(client.run(os.getpid).values())
    assert same_sums(killing(client, task, placed, pids[0], 0.02), expected)


def killing(client: Any, task: Any, placed: Any, pid: int, seconds: float) -> Any:
    """Return the sums of a pass in which a process is killed after so many seconds."""
    kill = Timer(seconds, os.kill, (pid, signal.SIGKILL))
    kill.start()
    try:
        return Dask(client).sum(task, placed)
    finally:
        kill.join()


TRIALS = 50


@pytest.mark.study
def test_fifty_killed_workers_change_no_bit(county: blocs.Profiles) -> None:
    """In each of many passes one of two worker processes is killed at a random moment; another one is begun."""
    options: dict[str, Any] = {"n_workers": 0, "dashboard_address": None, "silence_logs": 50}
    rng, right = np.random.default_rng(1), 0
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster.scheduler_address) as client:
        words = ("dask_worker", cluster.scheduler_address, "--no-nanny", "--nthreads", "1", "--no-dashboard")
        workers = [begin(*words), begin(*words)]
        try:
            client.wait_for_workers(2, timeout=60)
            task, placed, expected = placed_and_expected(Dask(client), county)
            for trial in range(TRIALS):
                client.wait_for_workers(2, timeout=60)
                which = int(rng.integers(2))
                total = killing(client, task, placed, workers[which].pid, rng.uniform(0, 0.25))
                workers[which].wait()
                workers[which] = begin(*words)
                right += same_sums(total, expected)
                print(f"{right} of {trial + 1} killed workers changed no bit", flush=True)
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
    assert right == TRIALS


def begin(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])  # where `slow` is
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def live_cluster(where: Path, workers: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Begin a scheduler, which writes its address into a file, and workers, as a user does; give the processes."""
    options = ("--scheduler-file", str(where), "--no-dashboard")
    processes = [begin("dask_scheduler", *options, "--host", "127.0.0.1", "--port", "0")]
    processes += [begin("dask_worker", *options, "--nthreads", "1") for _ in range(workers)]
    try:
        while not where.exists():
            time.sleep(0.1)
        yield processes
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


@pytest.mark.slow
def test_the_command_line_gives_the_fit_of_this_machine(tmp_path: Path, county: blocs.Profiles) -> None:
    where = tmp_path / "scheduler.json"
    with live_cluster(where, 2):
        same_by_command_line(tmp_path / "county", "--engine", "dask", "--scheduler", str(where))


@pytest.mark.slow
def test_a_lost_scheduler_is_one_error_with_the_checkpoint(tmp_path: Path, county: blocs.Profiles) -> None:
    where, path = tmp_path / "scheduler.json", tmp_path / "county.checkpoint"
    steps = [0]

    def watch(progress: Any) -> None:
        steps[0] += 1
        if steps[0] == 4:
            processes[0].kill()
            processes[0].wait()

    with live_cluster(where, 1) as processes, distributed.Client(scheduler_file=str(where)) as client:
        address = client.scheduler.address
        with pytest.raises(EngineError) as error:
            blocs.fit(county, **SETTINGS, engine=Dask(client), checkpoint=path, every=0, watch=watch)
    before, after = str(error.value).split(" (")
    assert before == f"Dask: the scheduler at {address} does not answer any more"
    assert after.split("). ")[1] == (
        f"What was finished is in the checkpoint {path}: start the cluster again, and run the same with it."
    )
    seen: list[Any] = []
    again = blocs.fit(county, **SETTINGS, checkpoint=path, watch=seen.append)
    assert same(again, blocs.fit(county, **SETTINGS))
