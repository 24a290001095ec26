"""Default fits of a simulated county, where optima are flat: `python -m benchmarks.county`.

200,000 voters, six offices with menus, three true types; an iteration of quasi-Newton steps, and fits of several
numbers of types. `--against ../before/src` measures another version in turn, in processes of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .run import ROOT, environment

VOTERS = 200_000
STEPS = 70
"""Iterations of the runs from which the time of one is taken."""


def iteration(profiles: Any, types: int, starts: int) -> float:
    """Return CPU milliseconds of an iteration of several starts side by side, the quickest of several runs."""
    from blocs.em.initialization import draw
    from blocs.em.loop import StoppingRule, run_em
    from blocs.em.quasi_newton import stepper
    from blocs.engines import Serial
    from blocs.model.mixture import Mixture

    mixture = Mixture.of(profiles.schema, types)
    params, placed = draw("mixed", mixture, profiles, 0, range(starts)), mixture.place(profiles)
    spent = []
    for _ in range(8):
        begin = time.process_time()
        run_em(mixture, Serial(), placed, params, StoppingRule(steps=STEPS), stepper("auto", mixture))
        spent.append(time.process_time() - begin)
    return 1e3 * min(spent) / STEPS


def measured(file: Path, types: int, seed: int) -> dict[str, Any]:
    """Return what a default fit comes to, in this process."""
    import blocs

    profiles = blocs.code(blocs.read_cvr(file), top="US PRESIDENT")
    if seed < 0:
        return {starts: iteration(profiles, types, int(starts)) for starts in ("1", "10")}
    blocs.fit(profiles, 2, starts=2, jobs=1)  # loads the kernels
    begin = time.process_time()
    fit = blocs.fit(profiles, types, seed=seed, jobs=1)
    return {"cpu": time.process_time() - begin, "loglik": fit.loglik, "iterations": sum(e.iterations for e in fit.ends)}


def apart(source: str, file: Path, types: int, seed: int) -> dict[str, Any]:
    """Return the same of a version, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.county", "--one", str(file), str(types), str(seed)]
    run = {**environment(1), "PYTHONPATH": source}
    done = subprocess.run(command, cwd=ROOT, env=run, capture_output=True, text=True, check=True)
    out: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return out


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", help="source folder of another version")
    parser.add_argument("--types", type=int, nargs="+", default=[5, 6, 8])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--voters", type=int, default=VOTERS)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(Path(given.one[0]), int(given.one[1]), int(given.one[2]))))
        return
    versions = {"before": str(Path(given.against).resolve())} if given.against else {}
    versions["now"] = str(ROOT / "src")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "county.parquet"
        command = ["-c", "from blocs.cli import main; main()", "simulate", str(file), "--voters", str(given.voters)]
        subprocess.run([sys.executable, *command, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        print("| ms an iteration, K = 6 | 1 start | 10 starts |\n|---|---:|---:|")
        for version, source in versions.items():
            try:
                row = apart(source, file, 6, -1)
            except subprocess.CalledProcessError:  # a version whose modules have other names
                print(f"| {version} | | |", flush=True)
            else:
                print(f"| {version} | {row['1']:.3f} | {row['10']:.3f} |", flush=True)
        print("\n| K | seed | version | log-likelihood | iterations | CPU s |\n|---:|---:|---|---:|---:|---:|")
        for types in given.types:
            for seed in range(given.seeds):
                for version, source in versions.items():
                    row = apart(source, file, types, seed)
                    figures = f"{row['loglik']:,.3f} | {row['iterations']:,} | {row['cpu']:.2f}"
                    print(f"| {types} | {seed} | {version} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
