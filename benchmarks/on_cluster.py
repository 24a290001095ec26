"""What a pass on a cluster takes beside the sums: two worker processes on this machine, by the number of tasks.

    python benchmarks/on_cluster.py dask|spark [FOLDER]

The shards are tiny, so that a pass is the exchange alone; the least and the median of 20 passes are printed. With
FOLDER (see benchmarks/from_disk.py) passes over it are timed as well, on the cluster and on two threads, and their bits
are compared.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from importlib import import_module

import numpy as np

import blocs
from blocs.em.stored_shards import stored_shards
from blocs.engines import Disk
from blocs.engines.shards import tasks_for
from blocs.model.mixture import Mixture

TYPES, PASSES = 6, 20


@contextmanager
def on_dask():
    from distributed import Client, LocalCluster

    from blocs.engines.dask import Dask

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        yield Dask(client)


def on_spark():
    from blocs.engines.spark import cluster

    return cluster("local[2]")


def seconds(engine, task, placed, passes=PASSES):
    took = []
    for _ in range(passes):
        begin = time.perf_counter()
        total = engine.sum(task, placed)
        took.append(time.perf_counter() - begin)
    return min(took), float(np.median(took)), total


def exchange(module, engine, rng):
    """Print the time of a pass over as many tiny shards as there are tasks."""
    profiles = blocs.Profiles.from_table({f"q{j}": rng.integers(0, 5, 200) for j in range(12)})
    mixture = Mixture.of(profiles.schema, TYPES)
    task = mixture.task(mixture.random(profiles, rng))
    for tasks in (2, 8, 64):
        module.tasks_for = lambda shards, threads: shards
        placed = engine.place([mixture.place(profiles)[0]] * tasks)
        seconds(engine, task, placed, 3)  # the first passes compile, or load what is compiled
        least, median, _ = seconds(engine, task, placed)
        print(f"{tasks} tasks: {least:.4f} s, median {median:.4f} s", flush=True)
    module.tasks_for = tasks_for


def over(folder, name, engine, rng):
    """Print the time of a pass over a folder of shards, on the cluster and on two threads."""
    profiles = blocs.open_shards(folder)
    mixture = Mixture.of(profiles.schema, TYPES)
    first = profiles.shards(-(-len(profiles) // 10_000))[0]
    task = mixture.task(mixture.random(first, rng))
    addresses = stored_shards(mixture, profiles)
    sums = []
    for words, one in ((name, engine), ("disk, two threads", Disk(2))):
        begin = time.perf_counter()
        placed = one.place(addresses)
        took = time.perf_counter() - begin
        least, median, total = seconds(one, task, placed, 8)
        sums.append((total.loglik.tobytes(), total.counts.tobytes()))
        print(f"{len(profiles):,} profiles, {words}: placed in {took:.1f} s, {least:.3f} s, median {median:.3f} s",
              flush=True)  # fmt: skip
        del placed
    print(f"same bits: {sums[0] == sums[1]}", flush=True)


def main() -> None:
    name, *folders = sys.argv[1:]
    with {"dask": on_dask, "spark": on_spark}[name]() as engine:
        rng = np.random.default_rng(1)
        exchange(import_module(f"blocs.engines.{name}"), engine, rng)
        for folder in folders:
            over(folder, name, engine, rng)


if __name__ == "__main__":
    main()
