"""StepMix (Python, MIT): categorical measurement model, weights as sample_weight, rows compressed where the case is."""

from __future__ import annotations

import warnings
from importlib.metadata import version as installed
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from ..cases import Case, Start


class Table(NamedTuple):
    """The rows as StepMix reads them: float outcomes from 0, weights, number of outcomes of each item, K."""

    X: np.ndarray
    weights: np.ndarray
    outcomes: tuple[int, ...]
    types: int


def missing() -> str | None:
    return None if find_spec("stepmix") else "stepmix is not installed"


def version() -> str:
    return installed("stepmix")


def takes(case: Case) -> str | None:
    return "no menus" if case.offered else None if case.values is None else "measured on categories only"


def prepare(case: Case) -> Table:
    return Table(case.votes.astype(np.float64), case.weights, case.outcomes, case.types)


def iterate(table: Table, start: Start, steps: int) -> Start:
    return _answer(table, _run(table, start=start, max_iter=steps, abs_tol=0.0, rel_tol=0.0))


def fit(table: Table, starts: int, seed: int, gain: float) -> tuple[Start, list[float] | None]:
    n = float(table.weights.sum())  # its tolerance is on the mean log-likelihood
    model = _run(table, start=None, n_init=starts, random_state=seed, max_iter=100_000, abs_tol=gain / n, rel_tol=0.0)
    return _answer(table, model), [n * value for value in model.lower_bound_buffer_]


def _run(table: Table, start: Start | None, **settings: Any) -> Any:
    if all(size == 2 for size in table.outcomes):
        settings["measurement"] = "binary"
    else:
        settings["measurement"] = "categorical"
    model = _given()(n_components=table.types, progress_bar=0, **settings)
    model.begin = start, table.outcomes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns when it stops at max_iter
        return model.fit(table.X, sample_weight=None if (table.weights == 1).all() else table.weights)


def _given() -> Any:
    """Return StepMix with a way to begin where it is told: its own starts are random posteriors."""
    from stepmix.stepmix import StepMix

    class Given(StepMix):
        def _initialize_parameters(self, X: Any, random_state: Any) -> None:
            super()._initialize_parameters(X, random_state)
            start, outcomes = self.begin
            if start is None:
                return
            self.weights_ = start.shares.copy()
            known = dict(self._mm.get_parameters())
            if self.measurement == "binary":
                known["pis"] = np.stack([p[1] for p in start.probs], axis=1)
            else:
                pis = np.zeros((len(start.shares), len(outcomes), max(outcomes)))
                for j, p in enumerate(start.probs):
                    pis[:, j, : outcomes[j]] = p.T
                known["pis"] = pis.reshape(len(pis), -1)
            self._mm.set_parameters(known)

    return Given


def _answer(table: Table, model: Any) -> Start:
    pis = model.get_parameters()["measurement"]["pis"]
    if model.measurement == "binary":
        return Start(model.weights_, [np.stack([1 - p, p]) for p in pis.T])
    wide = pis.reshape(table.types, len(table.outcomes), -1)
    return Start(model.weights_, [wide[:, j, :size].T for j, size in enumerate(table.outcomes)])
