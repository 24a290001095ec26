"""What a pass on a Dask cluster takes beside the sums: two worker processes on this machine, by the number of tasks.

    python benchmarks/on_dask.py [FOLDER]

The shards are tiny, so that a pass is the exchange alone; the least and the median of 10 passes are printed. With
FOLDER (see benchmarks/from_disk.py) passes over it are timed as well, on the cluster and on two threads, and their bits
are compared.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from distributed import Client, LocalCluster

import blocs
from blocs.em.stored_shards import stored_shards
from blocs.engines import Disk
from blocs.engines import dask as engine_of_dask
from blocs.engines.dask import Dask
from blocs.model.mixture import Mixture

TYPES, PASSES = 6, 10


def seconds(engine, task, placed, passes=PASSES):
    took = []
    for _ in range(passes):
        begin = time.perf_counter()
        total = engine.sum(task, placed)
        took.append(time.perf_counter() - begin)
    return min(took), float(np.median(took)), total


def main() -> None:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        engine = Dask(client)
        rng = np.random.default_rng(1)
        table = {f"q{j}": rng.integers(0, 5, 200) for j in range(12)}
        profiles = blocs.Profiles.from_table(table)
        mixture = Mixture.of(profiles.schema, TYPES)
        task = mixture.task(mixture.random(profiles, rng))
        for parts in (1, 4, 32):
            engine_of_dask.TASKS_PER_THREAD = parts
            shards = [mixture.place(profiles)[0]] * (2 * parts)
            placed = engine.place(shards)
            least, median, _ = seconds(engine, task, placed)
            print(f"{len(placed.parts)} tasks: {least:.4f} s, median {median:.4f} s", flush=True)
        engine_of_dask.TASKS_PER_THREAD = 4
        for folder in sys.argv[1:]:
            profiles = blocs.open_shards(folder)
            mixture = Mixture.of(profiles.schema, TYPES)
            first = profiles.shards(-(-len(profiles) // 10_000))[0]
            task = mixture.task(mixture.random(first, rng))
            addresses = stored_shards(mixture, profiles)
            sums = []
            for name, one in (("dask", engine), ("disk, two threads", Disk(2))):
                begin = time.perf_counter()
                placed = one.place(addresses)
                took = time.perf_counter() - begin
                least, median, total = seconds(one, task, placed, 8)
                sums.append((total.loglik.tobytes(), total.counts.tobytes()))
                print(f"{len(profiles):,} profiles, {name}: placed in {took:.1f} s, {least:.3f} s, "
                      f"median {median:.3f} s", flush=True)  # fmt: skip
                del placed
            print(f"same bits: {sums[0] == sums[1]}", flush=True)


if __name__ == "__main__":
    main()
