"""A pass over up to 1e9 profiles on up to 1,000 workers: measured constants, simulated stragglers.

    python benchmarks/projection.py

Tasks (`engines.tasks_for`) take a lognormal multiple of their mean (standard deviation of the logarithm 0.3), and
one in a hundred ten times as long; a worker takes the next task when it is free. To that come the exchange with the
scheduler and the sums of every shard, which are sent back for the same bits: 12 items of 5 outcomes, 6 types, one
start.
"""

from __future__ import annotations

import heapq

import numpy as np

from blocs.core.limits import ROWS_PER_SHARD
from blocs.em.planning import EACH, EXCHANGE
from blocs.engines import tasks_for

OF_ROW = 1.54e-8  # processor seconds of a profile in a pass of one start (benchmarks/from_disk.py, 20 million)
SUMS = 12 * 6 * 6 * 8  # bytes of a shard's sums
NETWORK = 2e-9  # seconds of a byte through one scheduler (4 Gbit/s)
SIGMA, SLOW, FACTOR, TRIALS = 0.3, 0.01, 10.0, 40


def makespan(work: float, workers: int, n: int, rng: np.random.Generator) -> float:
    """Return when the last of n tasks of a pass ends."""
    took = work / n * rng.lognormal(-(SIGMA**2) / 2, SIGMA, n) * np.where(rng.random(n) < SLOW, FACTOR, 1.0)
    free = [0.0] * workers
    for task in took:
        heapq.heapreplace(free, free[0] + task)
    return max(free)


def main() -> None:
    rng = np.random.default_rng(1)
    print("profiles         workers  even s  stragglers s  exchange s  sums MB  pass s")
    for rows in (10**8, 10**9):
        for workers in (1, 2, 8, 32, 100, 300, 1000):
            even = OF_ROW * rows / workers
            shards = -(-rows // ROWS_PER_SHARD)
            tasks, size = tasks_for(shards, workers), shards * SUMS
            late = float(np.mean([makespan(OF_ROW * rows, workers, tasks, rng) for _ in range(TRIALS)]))
            exchange = EXCHANGE + EACH * tasks + size * NETWORK
            print(f"{rows:13,}  {workers:8,}  {even:6.2f}  {late:12.2f}  {exchange:10.2f}  {size / 1e6:7.1f}  "
                  f"{late + exchange:6.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
