"""Memory and imports: what is not needed is not loaded, what is freed goes back."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CODES = """
import json, sys
import numpy as np
from blocs import fit
from blocs.profiles import Profiles
from blocs.core.schema import Item, Schema

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024 / 1e6

def read(rows):
    rng = np.random.default_rng(1)
    codes = np.empty((rows, 20), dtype=np.uint8)
    for a in range(0, rows, 50_000):
        n = min(50_000, rows - a)
        even = rng.random((n, 1)) < 0.5
        codes[a : a + n] = 1 + np.where(even, rng.integers(0, 3, (n, 20)), rng.random((n, 20)) < 0.7)
    return codes

schema = Schema(tuple(Item.full(f"q{j}", (0, 1, 2)) for j in range(20)))
small = fit(Profiles.from_codes(schema, read(500), np.ones(500)), 2, starts=2, jobs=1)
before = peak()
rows = int(sys.argv[1])
profiles = Profiles.from_codes(schema, read(rows), np.ones(rows))
found = fit(profiles, 2, starts=2, most=2, steps=20, jobs=1)
own = (profiles.codes.nbytes + profiles.weights.nbytes) / 1e6
print(json.dumps({"before": before, "peak": peak(), "own": own, "rows": len(profiles),
                  "loaded": [m for m in ("pandas", "pyarrow", "scipy.special", "duckdb") if m in sys.modules]}))
"""


def run(rows: int) -> dict[str, float]:
    command = [sys.executable, "-c", CODES, str(rows)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read where Linux keeps it")
def test_a_fit_of_codes_loads_no_tables_package() -> None:
    assert run(2_000)["loaded"] == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read where Linux keeps it")
def test_a_fit_of_a_million_rows_stays_near_twice_their_codes_and_weights() -> None:
    run(30_000)  # kernels that nobody has compiled yet would be compiled here, and a compiler takes memory
    found = run(1_000_000)
    assert found["rows"] > 500_000
    # 38 MB are there at 30,000 rows already: kernels, the subsample, the scores by which identification is checked
    assert found["peak"] - found["before"] < 2 * found["own"] + 48, found
