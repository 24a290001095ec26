"""`blocs plan` against fits: time and memory for six sizes, with the profiles in memory and from shards.

    python benchmarks/planned.py FOLDER [--sizes 0.1 0.3 1 3 6 12] [--items 12 --outcomes 5 --types 6]

Each fit is a process of its own, on data of another seed than those of the calibration, on one thread. Times are those
of the processor; peak memory is VmHWM, and what of it is not pages of files (RssAnon), read ten times a second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import numpy as np

import blocs
from blocs.em.planning import _simulated, calibrate, plan


def status(name: str) -> float:
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024 / 1e6


def one(how: str, folder: Path, types: int, starts: int) -> None:
    """Fit, and print what it took."""
    own = [0.0]

    def watch() -> None:
        while True:
            own[0] = max(own[0], status("RssAnon"))
            time.sleep(0.1)

    Thread(target=watch, daemon=True).start()
    if how == "disk":
        profiles = blocs.open_shards(folder / "shards", 1)
    else:
        opened = blocs.open_shards(folder / "shards", 1)
        counts = np.array(opened.counts)
        profiles = blocs.Profiles(opened.schema, np.array(opened.codes), counts, counts)
        opened.source.leave_memory()
    begin = time.process_time()
    found = blocs.fit(profiles, types, starts=starts, jobs=1)
    took = time.process_time() - begin
    print(json.dumps({"seconds": took, "peak": status("VmHWM"), "own": own[0], "loglik": found.loglik}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--one", choices=["memory", "disk"])
    parser.add_argument("--sizes", type=float, nargs="*", default=[0.1, 0.3, 1, 3, 6, 12])
    for name, default in (("items", 12), ("outcomes", 5), ("types", 6), ("starts", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    if given.one:
        one(given.one, given.folder, given.types, given.starts)
        return
    made = calibrate(given.items, given.outcomes, given.types, given.starts)
    print(made, flush=True)
    for millions in given.sizes:
        rows = int(millions * 1e6)
        folder = given.folder / f"{rows}"
        if not folder.exists():
            folder.mkdir(parents=True)
            blocs.write_shards(_simulated(given.items, given.outcomes, given.types, rows, seed=rows), folder / "shards")
        expected = plan(rows, given.items, given.types, outcomes=given.outcomes, starts=given.starts, calibration=made)
        print(f"{rows:,} profiles: planned {expected.processor_seconds:.1f} s, {expected.memory:.0f} MB in memory, "
              f"{expected.from_disk:.0f} MB from disk", flush=True)  # fmt: skip
        for how in ("memory", "disk"):
            command = [sys.executable, __file__, str(folder), "--one", how, "--types", str(given.types)]
            command += ["--starts", str(given.starts)]
            ended = subprocess.run(command, capture_output=True, text=True, check=True)
            took = json.loads(ended.stdout.splitlines()[-1])
            print(f"  {how}: {took['seconds']:.1f} s, peak {took['peak']:.0f} MB, {took['own']:.0f} MB of it not "
                  f"files; log-likelihood {took['loglik']:.4f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
