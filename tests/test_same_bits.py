"""The same bits whatever library of linear algebra lies below: its threads and its code for a processor decide nothing.

And whatever starts run beside one another: how many there are, and how batches are cut.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import blocs
from blocs.em.initialization import draw
from blocs.em.loop import StoppingRule, run_em
from blocs.em.quasi_newton import stepper
from blocs.engines import Serial
from blocs.model.mixture import Mixture
from blocs.profiles import Profiles

FITS = r"""
import hashlib, json
import numpy as np
import pandas as pd
import blocs

rng = np.random.default_rng(1)
n, kind = 900, np.random.default_rng(2).random(900) < 0.4
shift = 2.0 * kind[:, None]
frame = pd.DataFrame({f"x{i}": column for i, column in enumerate((rng.normal(size=(n, 5)) + shift).T)})
frame["x1"] += 0.7 * frame["x0"]
frame.loc[rng.random(n) < 0.05, "x2"] = np.nan
for j in range(6):
    frame[f"q{j}"] = np.where(rng.random(n) < 0.3 + 0.4 * kind, "a", rng.choice(["b", "c"], n))
frame["heads"], frame["visits"] = rng.binomial(40, 0.3 + 0.3 * kind), rng.poisson(3.0 + 9.0 * kind)
frame[["u", "v", "w"]] = rng.multinomial(30, [0.5, 0.3, 0.2], n)
menus = {"q0": [{"a", "b", "c"} if i % 3 else {"a", "b"} for i in range(n)]}
frame.loc[frame["q0"].eq("c") & (np.arange(n) % 3 == 0), "q0"] = "a"
columns = [f"x{i}" for i in range(5)]
tables = {
    "categories and menus": dict(items=[f"q{j}" for j in range(6)], menus=menus),
    "counts": dict(items=["heads", "visits", "cells"], kinds={
        "heads": blocs.Binomial(trials=40), "visits": blocs.Poisson(),
        "cells": blocs.Multinomial(columns=["u", "v", "w"]),
    }),
    **{f"gaussian {form}": dict(items=["x"], kinds={"x": blocs.Gaussian(columns=columns, covariance=form)})
       for form in ("full", "tied", "diag", "spherical")},
}
for name, options in tables.items():
    profiles = blocs.Profiles.from_table(frame, **options)
    fit = blocs.fit(profiles, 3, starts=3, most=3, seed=1, steps=25, jobs=2, exchange=False)
    print(name, hashlib.sha256(json.dumps(fit.to_dict(), sort_keys=True, default=str).encode()).hexdigest(), fit.loglik)
"""
"""Prints a digest of a fit of every family."""
LIBRARIES: Mapping[str, Mapping[str, str]] = {
    "two threads": {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"},
    "Haswell": {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"},
    "Prescott": {"OPENBLAS_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Prescott"},
}
PACKAGE = Path(blocs.__file__).parents[1]


def digests(**library: str) -> str:
    """Return what FITS prints in a process with these settings of the library."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS_", "OMP_", "MKL_"))}
    path = {"PYTHONPATH": os.pathsep.join([str(PACKAGE), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FITS], env=others | path | library, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def one_thread() -> str:
    return digests(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_library_of_linear_algebra_decides_no_bit(library: str, one_thread: str) -> None:
    assert one_thread.count("\n") == 6
    assert digests(**LIBRARIES[library]) == one_thread


def table(family: str) -> Profiles:
    """Two overlapping types, measured by items of one family."""
    rng = np.random.default_rng(5)
    kind = rng.random(300) < 0.4
    if family == "gaussian":
        columns = dict(zip("xyz", (rng.normal(size=(300, 3)) + kind[:, None]).T, strict=True))
        return Profiles.from_table(columns, kinds={"g": blocs.Gaussian(columns=list(columns))})
    if family == "counts":
        counts = {"heads": rng.binomial(9, 0.4 + 0.2 * kind), "visits": rng.poisson(3.0 + 2.0 * kind)}
        return Profiles.from_table(counts, kinds={"heads": blocs.Binomial(trials=9), "visits": blocs.Poisson()})
    answers = {f"q{j}": np.where(rng.random(300) < 0.4 + 0.2 * kind, 0, rng.integers(1, 3, 300)) for j in range(7)}
    menus = [{0, 1, 2} if i % 2 or answers["q0"][i] == 2 else {0, 1} for i in range(300)]
    return Profiles.from_table(answers, menus={"q0": menus} if family == "menus" else None)


@pytest.mark.parametrize("family", ["categories", "menus", "counts", "gaussian"])
@pytest.mark.parametrize("accelerate", ["auto", "none"])
@pytest.mark.parametrize("types", [2, 3])
def test_a_start_ends_at_the_same_bits_beside_any_others(family: str, accelerate: str, types: int) -> None:
    profiles = table(family)
    mixture = Mixture.of(profiles.schema, types)
    starts, rule = draw("mixed", mixture, profiles, 1, range(11)), StoppingRule(steps=400)

    def ends(which: list[int]) -> dict[int, bytes]:
        placed, made = mixture.place(profiles), stepper(accelerate, mixture)
        found = run_em(mixture, Serial(), placed, starts.take(which), rule, made)
        vectors, values = found.params.vector(), found.value
        return {s: vectors[i].tobytes() + values[i].tobytes() for i, s in enumerate(which)}

    every = ends(list(range(11)))
    assert len(set(every.values())) > 1
    for which in ([0], [7, 3], [10, 2, 4, 9, 1, 0, 5, 6]):
        assert ends(which) == {s: every[s] for s in which}
