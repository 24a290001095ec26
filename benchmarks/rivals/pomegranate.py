"""pomegranate (Python on torch, MIT): a mixture of Categorical distributions, in single precision."""

from __future__ import annotations

from importlib.metadata import version as installed
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from ..cases import Case, Start


class Table(NamedTuple):
    """Tensors as pomegranate reads them, number of outcomes of each item, K."""

    X: Any
    weights: Any
    outcomes: tuple[int, ...]
    types: int


def missing() -> str | None:
    return None if find_spec("pomegranate") else "pomegranate is not installed"


def version() -> str:
    return f"{installed('pomegranate')}, torch {installed('torch')}"


def takes(case: Case) -> str | None:
    return "no menus" if case.offered else None if case.values is None else "measured on categories only"


def prepare(case: Case) -> Table:
    import torch

    torch.set_num_threads(1)
    weights = torch.tensor(case.weights[:, None], dtype=torch.float32)
    return Table(torch.tensor(case.votes.astype(np.int64)), weights, case.outcomes, case.types)


def iterate(table: Table, start: Start, steps: int) -> Start:
    import torch
    from pomegranate.distributions import Categorical
    from pomegranate.gmm import GeneralMixtureModel

    width, k = max(table.outcomes), table.types
    probs = np.zeros((k, len(table.outcomes), width))
    for j, p in enumerate(start.probs):
        probs[:, j, : len(p)] = p.T
    types = [Categorical(probs=torch.tensor(p, dtype=torch.float32)) for p in probs]
    priors = torch.tensor(start.shares, dtype=torch.float32)
    model = GeneralMixtureModel(types, priors=priors, max_iter=steps, tol=-np.inf)
    model.fit(table.X, sample_weight=table.weights)
    found = np.stack([d.probs.numpy() for d in model.distributions])
    return Start(
        model.priors.numpy().astype(float),
        [found[:, j, :size].T.astype(float) for j, size in enumerate(table.outcomes)],
    )


def fit(table: Table, starts: int, seed: int, gain: float) -> tuple[Start, list[float] | None]:
    raise NotImplementedError("it has no restarts, and no stopping rule in double precision")
