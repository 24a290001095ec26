"""The county without menus beside StepMix: `python -m benchmarks.county_stepmix --program blocs`.

The voters of `county_covariates`, all offices contested. One step: types of 15 offices whose shares depend on party and
age; `--steps 2` and `3` estimate these after the types.
Each program reports wall time, CPU time, peak memory, log-likelihood and coefficients; StepMix runs in an environment
of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

import numpy as np
import pandas as pd

from .county_covariates import OFFICES, TYPES, county

OF = [f"office {j}" for j in range(OFFICES)]
TENS = 10.0
"""Years of age in a unit: StepMix does not scale covariates."""


def by_blocs(table: pd.DataFrame, starts: int, steps: int) -> dict[str, Any]:
    """Fit with blocs on two threads."""
    import blocs

    how = {"covariates": ["party", "age"]} if steps == 1 else {"groups": ["party", "age"]}
    profiles = blocs.Profiles.from_table(table, OF, **how)
    formula = "~ C(party) + age"
    given = {"covariates": formula} if steps == 1 else {}
    fit = blocs.fit(profiles, TYPES, starts=starts, most=starts, seed=1, jobs=2, **given)
    method = {2: "two_step", 3: "bch"}.get(steps, "")
    found = fit if steps == 1 else blocs.regress(fit, profiles, formula, method)
    by = found.coefficients().pivot(index="type", columns="term", values="coefficient")
    wanted = by[["party[REP]", "party[UND]", "age"]].to_numpy()
    iterations = sum(end.iterations for end in fit.ends)
    return {"loglik": fit.loglik, "iterations": iterations, "shares": fit.shares.tolist(), "slopes": wanted.tolist()}


def by_stepmix(table: pd.DataFrame, starts: int, steps: int) -> dict[str, Any]:
    """Fit with StepMix; its tolerance is on the mean log-likelihood, and set to that of blocs."""
    from stepmix.stepmix import StepMix

    X = np.column_stack([pd.Categorical(table[name]).codes for name in OF]).astype(float)
    Y = np.column_stack([table["party"] == "REP", table["party"] == "UND", table["age"] / TENS]).astype(float)
    model = StepMix(
        n_components=TYPES, n_steps=steps, measurement="categorical", structural="covariate", n_init=starts,
        random_state=1, max_iter=2000, abs_tol=1e-6 / len(X), rel_tol=0.0, progress_bar=0, verbose=0,
        correction="BCH" if steps == 3 else None, assignment="modal",
        structural_params={"method": "newton-raphson", "max_iter": 1 if steps == 1 else 50},
    )  # fmt: skip
    model.fit(X, Y)
    order = np.argsort(-model.predict_proba(X, Y).mean(axis=0))
    beta = model.get_parameters()["structural"]["beta"][order]
    slopes = (beta - beta[:1])[1:, 1:]
    slopes[:, 2] /= TENS
    loglik = model.score(X, Y) * len(X)
    return {"loglik": loglik, "iterations": int(model.n_iter_), "slopes": slopes.tolist()}


def main() -> None:
    """Run one program and print what it took as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", choices=("blocs", "stepmix"), required=True)
    parser.add_argument("--voters", type=int, default=100_000)
    parser.add_argument("--starts", type=int, default=2)
    parser.add_argument("--steps", type=int, choices=(1, 2, 3), default=1)
    given = parser.parse_args()
    table, _ = county(given.voters, uncontested=False)
    run = {"blocs": by_blocs, "stepmix": by_stepmix}[given.program]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin, cpu = time.perf_counter(), time.process_time()
    out = run(table, given.starts, given.steps)
    out = {"program": given.program, "voters": given.voters, "steps": given.steps,
           "wall": round(time.perf_counter() - begin, 1), "cpu": round(time.process_time() - cpu, 1),
           "memory GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
           "before GB": round(before / 1e6, 2), **out}  # fmt: skip
    print(json.dumps(out))


if __name__ == "__main__":
    main()
