"""How the cost of an iteration grows: `python -m benchmarks.growth` doubles items, types, outcomes and menus in turn.

One iteration is the E-step and the M-step of one start at random probabilities, after compilation; the quickest of
several counts. "Step" is the cost over that of half the size: 2 is linear. `--against ../before/src` measures another
version in turn, in processes of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SIZES: dict[str, tuple[int, ...]] = {
    "items (5,000 rows, 3 outcomes, K = 4)": (10, 20, 39, 78, 156, 312, 625, 1250, 2500, 5000),
    "items (2,000 rows, 20 outcomes, K = 4)": (10, 20, 40, 80, 160, 320),
    "types (20,000 rows, 20 items of 3)": (1, 2, 4, 8, 16, 32, 64),
    "outcomes (20,000 rows, 10 items, K = 4)": (2, 4, 8, 16, 32, 64),
    "menus (20,000 rows, 6 items of 8, K = 4)": (1, 2, 4, 8, 16, 32),
}
"""What is doubled, and the sizes."""


def profiles_of(name: str, size: int):  # type: ignore[no-untyped-def]
    """Return the profiles of a table and the number of types."""
    from blocs.profiles import Profiles

    rng = np.random.default_rng(7)
    if name.startswith("items"):
        rows, outcomes = (5_000, 3) if "3 outcomes" in name else (2_000, 20)
        return Profiles.from_table(answers(rng, rows, size, outcomes)), 4
    if name.startswith("types"):
        return Profiles.from_table(answers(rng, 20_000, 20, 3)), size
    if name.startswith("outcomes"):
        return Profiles.from_table(answers(rng, 20_000, 10, size)), 4
    table, menus = {f"q{j}": column for j, column in enumerate(answers(rng, 20_000, 6, 8).T)}, {}
    offered = np.array([rng.permutation(8)[: 8 if size == 1 else 5] for _ in range(size)])
    for item, votes in table.items():  # whoever would choose what is not offered chooses something else
        own = offered[rng.integers(0, size, len(votes))]
        other = own[np.arange(len(votes)), rng.integers(0, own.shape[1], len(votes))]
        table[item] = np.where((own == votes[:, None]).any(axis=1), votes, other)
        menus[item] = [set(menu) for menu in own.tolist()]
    return Profiles.from_table(table, menus=menus), 4


def answers(rng: np.random.Generator, rows: int, items: int, outcomes: int) -> np.ndarray:
    """Return (rows, items) answers of four types."""
    kind = rng.integers(0, 4, rows)
    out = np.empty((rows, items), dtype=np.int64)
    for j in range(items):
        edges = rng.dirichlet(np.ones(outcomes), 4).cumsum(axis=1)[kind, :-1]
        out[:, j] = (rng.random(rows)[:, None] > edges).sum(axis=1)
    return out


def iteration(name: str, size: int) -> float:
    """Return CPU milliseconds of an iteration."""
    from blocs.em.initialization import draw
    from blocs.model.mixture import Mixture

    profiles, types = profiles_of(name, size)
    mixture = Mixture.of(profiles.schema, types)
    params, (shard,) = draw("probabilities", mixture, profiles, 1, range(1)), mixture.place(profiles)
    params = mixture.mstep(params, mixture.task(params)(shard))
    best, spent = np.inf, 0.0
    while spent < 0.6:
        begin = time.process_time()
        mixture.mstep(params, mixture.task(params)(shard))
        best, spent = min(best, time.process_time() - begin), spent + time.process_time() - begin + 1e-4
    return 1e3 * best


def measured(name: str, source: str) -> list[float]:
    """Return the milliseconds of every size, measured in a process of its own."""
    path = {"PYTHONPATH": source, "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.growth", "--one", name]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | path, capture_output=True, text=True, check=True)
    return [float(line) for line in done.stdout.split()]


def table(name: str, columns: dict[str, list[float]]) -> Iterator[str]:
    """Return the lines of a table."""
    yield f"| {name} | " + " | ".join(f"{version} ms | step" for version in columns) + " |"
    yield "|---|" + "---:|---:|" * len(columns)
    for i, size in enumerate(SIZES[name]):
        cells = [
            f"{ms[i]:.3f} | {ms[i] / ms[i - 1]:.2f}" if i else f"{ms[i]:.3f} | " for ms in columns.values()
        ]
        yield f"| {size:,} | " + " | ".join(cells) + " |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", help="source folder of another version")
    parser.add_argument("--case", nargs="*", default=[], help="beginnings of the names of tables")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        for size in SIZES[given.one]:
            print(iteration(given.one, size), flush=True)
        return
    versions = {"before": str(Path(given.against).resolve())} if given.against else {}
    versions["now"] = str(ROOT / "src")
    for name in SIZES:
        if not given.case or name.startswith(tuple(given.case)):
            print("\n".join(table(name, {version: measured(name, source) for version, source in versions.items()})))
            print(flush=True)


if __name__ == "__main__":
    main()
