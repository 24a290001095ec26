"""What the tests of engines of a cluster have in common: a county of five shards, and passes that take their time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import blocs
from blocs.em.stored_shards import stored_shards
from blocs.engines import Engine, Serial
from test_shards import two_types

SETTINGS: dict[str, Any] = {"types": 2, "starts": 2, "seed": 1, "most": 2, "exchange": False, "steps": 6}


def county_of(folder: Path) -> blocs.Profiles:
    blocs.write_shards([two_types(700, seed) for seed in range(5)], folder / "county")
    return blocs.open_shards(folder / "county")


def same(one: blocs.Fit, other: blocs.Fit) -> bool:
    blocks = zip(one.params.blocks, other.params.blocks, strict=True)
    return one.loglik == other.loglik and one.ends == other.ends and all(a.tobytes() == b.tobytes() for a, b in blocks)


def same_errors(engine: Engine, county: blocs.Profiles) -> bool:
    """Whether standard errors and a bootstrap of a fit on an engine are those of this machine, to the bit."""
    fit = blocs.fit(county, 2, starts=2, seed=1, most=2, exchange=False)
    here, there = blocs.standard_errors(fit, county), blocs.standard_errors(fit, county, engine=engine)
    boot, again = (blocs.bootstrap(fit, county, 6, seed=3, engine=on) for on in (None, engine))
    replicates = zip(boot.params.blocks, again.params.blocks, strict=True)
    return here.matrix.tobytes() == there.matrix.tobytes() and all(a.tobytes() == b.tobytes() for a, b in replicates)


def same_sums(one: Any, other: Any) -> bool:
    return all(one_of.tobytes() == vars(other)[name].tobytes() for name, one_of in vars(one).items())


def slow(task: Any, shard: Any) -> Any:
    time.sleep(0.05)
    return task(shard)


def placed_and_expected(engine: Engine, county: blocs.Profiles) -> tuple[Any, Any, Any]:
    """Return a task that takes its time, the shards on the cluster, and the sums of one thread."""
    fit = blocs.fit(county, **SETTINGS)
    shards, task = stored_shards(fit.mixture, county), fit.mixture.task(fit.params)
    return partial(slow, task), engine.place(shards), Serial().sum(task, Serial().place(shards))


def command_line(*words: object) -> tuple[int, str, str]:
    """Run blocs in a process of its own; return its exit code, and what it printed on both streams."""
    call = [sys.executable, "-m", "blocs.cli", *map(str, words)]
    ended = subprocess.run(call, env=os.environ, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout, ended.stderr


def same_by_command_line(folder: Path, *cluster: str) -> None:
    """Assert that a short fit on a cluster prints what one on this machine prints."""
    line = ["fit", folder, "--types", 2, "--starts", 2, "--no-exchange", "--steps", 4, "--quiet", "--json"]
    code, there, error = command_line(*line, *cluster)
    assert code == 3, error  # its steps end it
    assert json.loads(there) == json.loads(command_line(*line)[1])
