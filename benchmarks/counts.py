"""Counts after compression, `python -m benchmarks.counts`: binomial with 20 trials, multinomial of 3 cells, K = 5."""

from __future__ import annotations

import time

import numpy as np

import blocs
from blocs.model.mixture import Mixture

__all__ = ["measure"]

K = 5


def per_iteration(profiles: blocs.Profiles) -> float:
    """Milliseconds of CPU for one E-step and M-step."""
    mixture = Mixture.of(profiles.schema, K)
    params = mixture.random(profiles, np.random.default_rng(0))
    placed = mixture.place(profiles)
    for _ in range(5):
        params = mixture.mstep(params, mixture.task(params)(placed[0]))
    begin = time.process_time()
    for _ in range(200):
        params = mixture.mstep(params, mixture.task(params)(placed[0]))
    return 1000 * (time.process_time() - begin) / 200


def measure(rows: int) -> None:
    """Print what reading and an iteration cost for that many rows."""
    rng = np.random.default_rng(1)
    z = rng.integers(K, size=rows)
    heads = rng.binomial(20, np.linspace(0.1, 0.9, K)[z])
    cells = rng.dirichlet(np.ones(3), size=K)
    votes = np.array([rng.multinomial(20, cells[k], size=int((z == k).sum())) for k in range(K)], dtype=object)
    votes = np.vstack(list(votes)).astype(float)
    cases = {
        "binomial, 20 trials": ({"heads": heads}, {"heads": blocs.Binomial(20)}),
        "multinomial, 3 cells": (dict(zip("abc", votes.T, strict=True)), {"votes": blocs.Multinomial(list("abc"))}),
    }
    for name, (table, kinds) in cases.items():
        begin = time.process_time()
        profiles = blocs.Profiles.from_table(table, kinds=kinds)
        read = time.process_time() - begin
        print(f"{name}: {rows:,} rows read in {read:.2f} CPU s to {len(profiles)} profiles, "
              f"{per_iteration(profiles):.3f} ms of CPU an iteration (K = {K})")  # fmt: skip


if __name__ == "__main__":
    measure(1_000_000)
