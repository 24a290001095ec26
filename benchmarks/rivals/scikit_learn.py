"""scikit-learn (Python, BSD): normal mixtures with full covariances. It has no mixture of categories."""

from __future__ import annotations

import warnings
from importlib.metadata import version as installed
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from ..cases import Case, Start


class Table(NamedTuple):
    """The measurements and the number of types."""

    values: np.ndarray
    types: int


def missing() -> str | None:
    return None if find_spec("sklearn") else "scikit-learn is not installed"


def version() -> str:
    return installed("scikit-learn")


def takes(case: Case) -> str | None:
    return "measurements only" if case.values is None else None


def prepare(case: Case) -> Table:
    assert case.values is not None
    return Table(case.values, case.types)


def iterate(table: Table, start: Start, steps: int) -> Start:
    assert start.normal is not None
    means, covariances = start.normal
    return _fit(
        table, max_iter=steps, tol=0.0, weights_init=start.shares, means_init=means,
        precisions_init=np.linalg.inv(covariances), init_params="random_from_data",
    )  # fmt: skip


def fit(table: Table, starts: int, seed: int, gain: float) -> tuple[Start, list[float] | None]:
    return _fit(table, n_init=starts, random_state=seed, tol=gain / len(table.values), max_iter=100_000), None


def _fit(table: Table, **settings: Any) -> Start:
    from sklearn.mixture import GaussianMixture

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns when it stops at max_iter
        model = GaussianMixture(table.types, reg_covar=0.0, **settings).fit(table.values)
    return Start(model.weights_, [], (model.means_, model.covariances_))
