"""What the tests of the steps after the types share: data with covariates, outcomes and clusters."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

import blocs
from blocs.model.mixture import Params
from blocs.model.scores import to_free_vector
from blocs.profiles import Profiles
from errors_support import Problem, Shared, published

FINE = {"gain": 1e-12, "change": 1e-10, "starts": 10, "seed": 1, "jobs": 1}
ITEMS = [f"y{j}" for j in range(1, 7)]

__all__ = ["FINE", "ITEMS", "free", "known_table", "published", "study", "voters"]


def study(shared_data: Shared, **roles: Any) -> tuple[blocs.Fit, Profiles]:
    """The table of the published values: six items, three types."""
    frame = pd.read_csv(shared_data("inference/threestep.csv"))
    profiles = Profiles.from_table(frame, items=ITEMS, **roles)
    return blocs.fit(profiles, 3, **FINE), profiles


@lru_cache(maxsize=8)
def voters(groups: tuple[str, ...] | None = None, **roles: Any) -> tuple[blocs.Fit, Profiles, pd.DataFrame]:
    """Two types, items with menus and missing cells, weights, clusters; covariates and outcomes, some missing."""
    problem, rng = Problem(), np.random.default_rng(2)
    frame, n = problem.frame, len(problem.frame)
    two = np.array([row[0] is not None and row[0][1] > 0 for row in problem.rows])
    frame["age"] = np.where(rng.random(n) < 0.05, np.nan, rng.integers(2, 9, n) * 10 + 5 * two)
    frame["party"] = rng.choice(["DEM", "REP", "IND"], n)
    frame["turnout"] = np.where(rng.random(n) < 0.05, np.nan, rng.normal(2 + two, 1).round(1))
    frame["mode"] = np.where(rng.random(n) < 0.3 + 0.4 * two, "mail", rng.choice(["poll", "early"], n))
    profiles = problem.profiles(groups=groups, **roles)
    return blocs.fit(profiles, 2, **FINE), profiles, frame


def free(fit: blocs.Fit, params: Params | None = None) -> np.ndarray:
    """The free parameters of a fit as a vector."""
    return to_free_vector(fit.mixture, params or fit.params)[0]


def known_table(n: int = 400) -> pd.DataFrame:
    """Six items that tell two types apart nearly for sure, and a covariate."""
    rng = np.random.default_rng(5)
    x = rng.integers(0, 3, n)
    two = rng.random(n) < 1 / (1 + np.exp(0.5 - 0.8 * x))
    items = {f"q{j}": (rng.random(n) < np.where(two, 0.97, 0.03)).astype(int) for j in range(6)}
    return pd.DataFrame(items).assign(x=x)
