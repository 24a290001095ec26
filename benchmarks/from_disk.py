"""Fits from shards on disk: seconds of an iteration and peak memory, by the number of unique profiles.

    python benchmarks/from_disk.py FOLDER --millions 20 [--jobs 2] [--memory-too]

The first run writes FOLDER: distinct rows of 12 items with 5 outcomes, in lexicographic order, whose counts follow a
mixture of 6 types. Peak memory is that of the process (VmHWM) and, of it, what is not pages of files (RssAnon), read
ten times a second: pages of files are free for other use at any time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from threading import Event, Thread

import numpy as np

import blocs
from blocs.core.schema import Item, Schema
from blocs.em.stored_shards import stored_shards
from blocs.engines import Disk, Threads
from blocs.model.mixture import Mixture

ITEMS, OUTCOMES, TYPES, PART = 12, 5, 6, 2**20
SCHEMA = Schema(tuple(Item.full(f"q{j:02}", tuple(range(OUTCOMES))) for j in range(ITEMS)))


def parts(rows: int) -> Iterator[blocs.Profiles]:
    rng = np.random.default_rng(7)
    table = rng.dirichlet(np.full(OUTCOMES, 0.7), (TYPES, ITEMS))
    products = []  # of the probabilities of the first six items, and of the last
    for half in (range(ITEMS // 2), range(ITEMS // 2, ITEMS)):
        product = np.ones((1, TYPES))
        for j in half:
            product = (product[:, None, :] * table[:, j].T[None]).reshape(-1, TYPES)
        products.append(product)
    gap, number, left = OUTCOMES**ITEMS // rows, -1, rows
    while left:
        n = min(PART, left)
        numbers = number + np.cumsum(rng.integers(1, 2 * gap, n))  # distinct and ascending
        digits = numbers[:, None] // OUTCOMES ** np.arange(ITEMS - 1, -1, -1) % OUTCOMES
        density = (products[0][numbers // len(products[1])] * products[1][numbers % len(products[1])]).mean(axis=1)
        counts = 1.0 + rng.poisson(3 * rows * density)
        yield blocs.Profiles(SCHEMA, (digits + 1).astype(np.uint8), counts, counts)
        number, left = int(numbers[-1]), left - n


def status(name: str) -> float:
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--millions", type=float, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--fit", type=int, metavar="STEPS", help="also fit 2 starts, in so many iterations at most")
    parser.add_argument("--memory-too", action="store_true", help="also sum in memory, and compare the bits")
    given = parser.parse_args()
    if not Path(given.folder).exists():
        begin = time.perf_counter()
        blocs.write_shards(parts(int(given.millions * 1e6)), given.folder)
        print(f"written in {time.perf_counter() - begin:.1f} s", flush=True)
    anonymous, done = [0.0], Event()

    def watch() -> None:
        while not done.wait(0.1):
            anonymous[0] = max(anonymous[0], status("RssAnon"))

    Thread(target=watch, daemon=True).start()
    begin = time.perf_counter()
    profiles = blocs.open_shards(given.folder, given.jobs)
    print(f"{len(profiles):,} profiles, opened in {time.perf_counter() - begin:.1f} s", flush=True)
    mixture = Mixture.of(profiles.schema, TYPES)
    params = mixture.random(profiles.shards(-(-len(profiles) // 10_000))[0], np.random.default_rng(1))
    engine = Disk(given.jobs)
    begin = time.perf_counter()
    placed = engine.place(stored_shards(mixture, profiles))
    print(f"placed in {time.perf_counter() - begin:.1f} s", flush=True)
    results = {}
    for _ in range(given.passes):
        begin = time.perf_counter()
        results["disk"] = engine.sum(mixture.task(params), placed)
        print(f"a pass of one start from disk: {time.perf_counter() - begin:.3f} s", flush=True)
    if given.fit:
        begin = time.perf_counter()
        fit = blocs.fit(profiles, TYPES, starts=2, most=2, finish=1, steps=given.fit, jobs=given.jobs)
        print(f"fit: {time.perf_counter() - begin:.1f} s, {fit.status}, {fit.loglik:.6f}", flush=True)
    print(f"peak memory {status('VmHWM'):,.0f} MB, of which not pages of files {anonymous[0]:,.0f} MB", flush=True)
    if given.memory_too:
        here = Threads(given.jobs)
        edges = pairwise([0, *accumulate(file.rows for file in profiles.source.files)])
        counts = profiles.counts
        cut = [blocs.Profiles(SCHEMA, profiles.codes[a:b], counts[a:b], counts[a:b]) for a, b in edges]
        own = here.place([mixture.place(part)[0] for part in cut])
        for _ in range(given.passes):
            begin = time.perf_counter()
            results["memory"] = here.sum(mixture.task(params), own)
            print(f"a pass of one start in memory: {time.perf_counter() - begin:.3f} s", flush=True)
        same = all(
            getattr(results["disk"], name).tobytes() == getattr(results["memory"], name).tobytes()
            for name in ("loglik", "totals", "counts")
        )
        print(f"same bits: {same}; peak memory {status('VmHWM'):,.0f} MB", flush=True)
    done.set()


if __name__ == "__main__":
    main()
