"""Peak memory of W2: `python -m benchmarks.memory`, each way to the profiles in a process of its own.

"codes": an array of codes; "table": a pandas frame of text; "numbers": a numpy array of outcomes. The input is let go
when the profiles are made; then `blocs.fit` with one start. The limit is twice the codes and weights plus 150 MiB
(2**20 bytes, the unit in which the system counts).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from .common import peak_mb, timed
from .run import ROOT, environment

__all__ = ["WAYS", "measure"]

MIB = 2**20
WAYS = ("codes", "numbers", "table")


def measure(rows: int) -> dict[str, dict[str, Any]]:
    """Return what every way takes for that many rows."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "case.npz"
        draw = f"from benchmarks.cases import rows; from pathlib import Path; rows({rows}).save(Path({str(file)!r}))"
        subprocess.run([sys.executable, "-c", draw], cwd=ROOT, check=True)
        for way in WAYS:
            command = [sys.executable, "-m", "benchmarks.memory", "--way", way, "--file", str(file)]
            done = subprocess.run(command, cwd=ROOT, env=environment(1), capture_output=True, text=True, check=True)
            found[way] = json.loads(done.stdout.splitlines()[-1])
    return found


def peak_mib() -> float:
    """Return the most memory this process ever held, in MiB."""
    return peak_mb() * 1e6 / MIB


def _one(way: str, file: Path) -> dict[str, Any]:
    """Measure this process, which does nothing else."""
    from blocs import fit

    imports = peak_mib()
    profiles, types, holding, cpu = _read(way, file)
    made, left = peak_mib(), _held()
    fit(profiles, types, starts=1, most=1, jobs=1)
    own = (profiles.codes.nbytes + profiles.weights.nbytes) / MIB
    return {"imports": imports, "holding": holding, "made": made, "left": left, "end": peak_mib(), "own": own,
            "limit": 2 * own + 150, "cpu": cpu, "profiles": len(profiles)}  # fmt: skip


def _read(way: str, file: Path) -> tuple[Any, int, float, float]:
    """Return the profiles, K, the memory held with the input, and seconds to the profiles; the input is let go."""
    from blocs.profiles import Profiles

    from .cases import Case
    from .rivals import blocs as ours

    case = Case.load(file)
    schema = ours.schema_of(case)
    data: Any = case.votes
    if way == "table":
        import pandas as pd

        labels = np.array(["abstain", "left", "right"])
        data = pd.DataFrame(
            {f"item {j}": pd.Categorical.from_codes(case.votes[:, j], labels) for j in range(case.votes.shape[1])}
        )
    elif way == "codes":
        data += np.uint8(1)
    holding = _held()
    if way == "codes":
        profiles, took = timed(lambda: Profiles.from_codes(schema, data, case.weights))
    else:
        profiles, took = timed(lambda: Profiles.from_table(data))
    return profiles, case.types, holding, took.cpu


def _held() -> float:
    """Return the memory held now, in MiB; the peak where the system does not say."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024
    except (OSError, StopIteration):
        return peak_mib()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--file", type=Path, help="of the case, for one way")
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(_one(given.way, given.file)))
        return
    heads = ("from", "imports", "with the input", "most while profiles are made", "then", "most in the end",
             "codes and weights", "limit", "CPU s to profiles")  # fmt: skip
    print(f"In MiB (2**20 bytes):\n\n| {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) - 1)}")
    for way, got in measure(given.rows).items():
        told = [f"{got[key]:.0f}" for key in ("imports", "holding", "made", "left", "end", "own", "limit")]
        print(f"| {way} | {' | '.join(told)} | {got['cpu']:.2f} |")


if __name__ == "__main__":
    main()
