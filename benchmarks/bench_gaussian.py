"""Gaussian mixture, 1M x 10, K = 10, full covariance: CPU and wall seconds per iteration and peak memory, side by side.

    python benchmarks/bench_gaussian.py            every contender in a process of its own, one and two threads
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import warnings
from typing import Any

N, D, K = 1_000_000, 10, 10


def data() -> tuple[Any, Any]:
    import numpy as np

    rng = np.random.default_rng(0)
    means = rng.normal(size=(K, D)) * 3
    x = np.empty((N, D))
    for a in range(0, N, 10_000):
        x[a : a + 10_000] = rng.normal(size=(10_000, D)) + means[rng.integers(K, size=10_000)]
    return x, means + 0.5


def scikit_learn(x: Any, means: Any, steps: int, jobs: int) -> float:
    import numpy as np
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(
        K, max_iter=steps, tol=0, means_init=means, weights_init=np.full(K, 1 / K), init_params="random_from_data",
        precisions_init=np.repeat(np.eye(D)[None], K, axis=0),
    )  # fmt: skip
    return float(model.fit(x).lower_bound_)


def blocs(x: Any, means: Any, steps: int, jobs: int) -> float:
    import numpy as np

    from blocs.em import Plain, Rule, climb
    from blocs.engines import engine
    from blocs.mixture import Mixture
    from blocs.profiles import Profiles
    from blocs.profiles.kinds import Gaussian
    from blocs.schema import Item, Schema
    from blocs.steps import given

    schema = Schema((Item.full("x", (), Gaussian([f"x{j}" for j in range(D)]).kind),))
    profiles = Profiles.from_codes(schema, np.zeros((len(x), 1), dtype=np.uint8), np.ones(len(x)), values=x)
    mixture = Mixture.of(profiles.schema, K)
    start = given(mixture, np.full(K, 1 / K), {"x": (means, np.repeat(np.eye(D)[None], K, axis=0))})
    where = engine(jobs)
    placed = where.place(mixture.place(profiles, 64))
    end = climb(mixture, where, placed, start, Rule(gain=1e-300, change=1e-300, steps=steps), Plain(mixture))
    return float(end.loglik[0] / len(x))


def measure(name: str, jobs: int) -> dict[str, float]:
    """Seconds per iteration from the difference of a long and a short run, and peak memory beyond the imports."""
    from threadpoolctl import threadpool_limits

    run = {"scikit-learn": scikit_learn, "blocs": blocs}[name]
    warnings.simplefilter("ignore")
    x, means = data()
    with threadpool_limits(jobs):
        run(x[:2000], means, 2, jobs)  # imports and compilation
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        times = []
        for steps in (2, 7):
            cpu, wall = time.process_time(), time.perf_counter()
            loglik = run(x, means, steps, jobs)
            times.append((time.process_time() - cpu, time.perf_counter() - wall))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (c2, w2), (c7, w7) = times
    return {"cpu": (c7 - c2) / 5, "wall": (w7 - w2) / 5, "beyond_data_mb": (peak - before) / 1024, "loglik": loglik}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
    else:
        print(f"{N:,} x {D}, K = {K}, full covariance, {os.cpu_count()} processors; loglik per row after 7 steps")
        for name, jobs in (("scikit-learn", 1), ("blocs", 1), ("scikit-learn", 2), ("blocs", 2)):
            command = [sys.executable, __file__, name, str(jobs)]
            out = subprocess.run(command, capture_output=True, text=True, check=True)
            r = json.loads(out.stdout.splitlines()[-1])
            print(f"{name:13} {jobs} thread(s): {r['cpu']:.3f} CPU s, {r['wall']:.3f} s an iteration, "
                  f"{r['beyond_data_mb']:.0f} MB beyond the data, {r['loglik']:.8f}")  # fmt: skip
