"""survey: a questionnaire on what people do in politics, with types that depend on age."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.lazy import lazy_import
from .dataset import Dataset, drawn, truth_of

if TYPE_CHECKING:
    import pandas as pd

    from ..profiles import Profiles
else:
    pd = lazy_import("pandas")

__all__ = ["survey"]

SEED, N, MISSING = 1948, 1200, 0.02
ITEMS = ("votes", "petition", "donates", "contacts", "protests")
YES = np.array([
    [0.95, 0.25, 0.10, 0.12, 0.03],
    [0.35, 0.08, 0.02, 0.03, 0.02],
    [0.97, 0.90, 0.65, 0.75, 0.60],
])  # fmt: skip
"""(type, item) probability of yes: those who vote, those who do little, the active."""
GAMMA = np.array([[0.0, 0.0], [-0.35, -0.40], [-0.90, -0.25]])
"""(type, column) coefficients of 1 and of (age - 50) / 10."""


def survey() -> Dataset:
    """Return the answers of 1,200 people to five questions of yes and no, with their age.

    Returns
    -------
    Dataset
        `table` has the columns votes, petition, donates, contacts, protests ("yes", "no", or missing in 2 per cent) and
        age. There are three types: those who vote and do little else, those who do little, and the active; the log-odds
        of the second and third fall with age, by 0.040 and 0.025 a year. `profiles` have the covariate age.

    Examples
    --------
    >>> from blocs.datasets import survey
    >>> survey().table.head(3)
      votes petition donates contacts protests  age
    0    no       no      no       no       no   20
    1   yes       no      no       no       no   82
    2   yes       no     yes       no       no   34
    """
    u = np.random.default_rng(SEED).random((N, 2 + 2 * len(ITEMS)))
    age = (18 + 70 * u[:, 0]).astype(np.int64)
    x = np.column_stack([np.ones(N), (age - 50) / 10])
    odds = np.exp(x @ GAMMA.T)
    membership = odds / odds.sum(axis=1, keepdims=True)
    types = drawn(u[:, 1], membership)
    columns: dict[str, object] = {}
    for j, item in enumerate(ITEMS):
        answer = pd.Series(np.where(u[:, 2 + j] < YES[types, j], "yes", "no"), dtype=object)
        columns[item] = answer.mask(u[:, 2 + len(ITEMS) + j] < MISSING, None)
    table = pd.DataFrame({**columns, "age": age})
    mu = {item: np.column_stack([1 - YES[:, j], YES[:, j]]) for j, item in enumerate(ITEMS)}
    truth = truth_of(dict.fromkeys(ITEMS, ("no", "yes")), mu)
    shares = pd.Series(membership.mean(axis=0), index=[1, 2, 3], name="share")
    about = "Five questions on what people do in politics, and their age."
    return Dataset("survey", about, table, types + 1, shares, truth, _profiles)


def _profiles(table: pd.DataFrame) -> Profiles:
    from ..profiles import Profiles

    return Profiles.from_table(table, items=list(ITEMS), covariates="age")
