"""Covariates and shares by precinct in a whole county: `python -m benchmarks.county_covariates`.

A million voters in 300 precincts, 15 offices of which some are uncontested in some districts, four types; shares depend
on party and age, on the precinct, or on all three. Each model is fitted in a process of its own, which reports wall
time and CPU time of the fit and of its standard errors, and peak memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pandas as pd

VOTERS, PRECINCTS, OFFICES, TYPES = 1_000_000, 300, 15, 4
MODELS: dict[str, dict[str, Any]] = {
    "the same shares for all": {},
    "~ C(party) + age": {"covariates": "~ C(party) + age"},
    "shares by precinct": {"groups": "precinct"},
    "~ C(party) + age, by precinct": {"covariates": "~ C(party) + age", "groups": "precinct"},
}


def county(voters: int, uncontested: bool = True) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a table and its menus: votes straight, split or none; one office in three may be partly uncontested."""
    rng = np.random.default_rng(1)
    precinct = rng.integers(PRECINCTS, size=voters)
    party, age = rng.choice(["DEM", "REP", "UND"], voters, p=[0.4, 0.35, 0.25]), rng.integers(18, 90, voters)
    base = rng.normal(0, 0.5, (PRECINCTS, TYPES))[precinct]
    eta = base + np.column_stack([0.8 * (party != "UND"), 0.02 * (age - 50), -0.01 * (age - 50), np.full(voters, -0.5)])
    p = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    kind = (rng.random(voters)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    straight = np.array([0.96, 0.75, 0.85, 0.3])
    frame, menus = dict[str, Any](), dict[str, Any]()
    labels, all_of, none_of = np.array(["straight", "split", "none"]), {"straight", "split", "none"}, {"split", "none"}
    for j in range(OFFICES):
        first = np.clip(straight + rng.normal(0, 0.03, TYPES), 0.05, 0.98)
        rest = (1 - first) * np.array([0.7, 0.5, 0.8, 0.9])
        mu = np.column_stack([first, rest, 1 - first - rest])[kind]
        open_ = (precinct % 3 != j % 3) if uncontested and j % 3 == 0 else np.ones(voters, dtype=bool)
        mu[:, 0] *= open_
        edges = (mu / mu.sum(axis=1, keepdims=True)).cumsum(axis=1)
        frame[f"office {j}"] = labels[(rng.random(voters)[:, None] > edges).sum(axis=1).clip(max=2)]
        if not open_.all():
            menus[f"office {j}"] = [all_of if here else none_of for here in open_]
    table = pd.DataFrame(frame).assign(party=party, age=age, precinct=precinct)
    return table, menus


def one(name: str, voters: int, starts: int) -> None:
    """Fit one model and print what it took as JSON."""
    import blocs

    table, menus = county(voters)
    how = MODELS[name]
    columns = {"covariates": ["party", "age"], "groups": ["precinct"]}
    used = [column for key in how for column in columns[key]]
    begin = time.perf_counter()
    items = [f"office {j}" for j in range(OFFICES)]
    profiles = blocs.Profiles.from_table(table, items, menus=menus, covariates=used or None)
    read = time.perf_counter() - begin
    del table, menus
    begin, cpu = time.perf_counter(), time.process_time()
    fit = blocs.fit(profiles, TYPES, starts=starts, seed=1, jobs=2, **how)
    took, took_cpu = time.perf_counter() - begin, time.process_time() - cpu
    begin, cpu = time.perf_counter(), time.process_time()
    blocs.standard_errors(fit, profiles)
    out = {"model": name, "profiles": len(profiles), "read": round(read, 1),
           "fit": round(took, 1), "cpu": round(took_cpu, 1), "errors": round(time.perf_counter() - begin, 1),
           "errors cpu": round(time.process_time() - cpu, 1),
           "loglik": round(fit.loglik, 1), "hits": fit.hits, "starts": len(fit.ends), "status": fit.status,
           "iterations": sum(end.iterations for end in fit.ends),
           "memory GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)}  # fmt: skip
    print(json.dumps(out), flush=True)


def main() -> None:
    """Run each model in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voters", type=int, default=VOTERS)
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--model", choices=MODELS)
    given = parser.parse_args()
    if given.model:
        one(given.model, given.voters, given.starts)
        return
    for name in MODELS:
        command = [sys.executable, "-m", "benchmarks.county_covariates", "--model", name]
        subprocess.run([*command, f"--voters={given.voters}", f"--starts={given.starts}"], check=True)


if __name__ == "__main__":
    main()
