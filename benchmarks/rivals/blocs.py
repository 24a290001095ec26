"""blocs, measured as the others are. One thread, or as many as the environment variable BENCHMARK_JOBS says."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np

from ..cases import Case, Start

SHARD = 65_536  # rows, as in a fit
TINY = 1e-300  # a gain that is always met late: every iteration asked for is made
JOBS = int(os.environ.get("BENCHMARK_JOBS", "1"))


class Table(NamedTuple):
    """Profiles, the model, and both laid out for the iterations, once, as a fit does."""

    profiles: Any
    mixture: Any
    engine: Any
    placed: Any


def missing() -> str | None:
    return None


def version() -> str:
    import blocs

    return blocs.__version__


def takes(case: Case) -> str | None:
    return None


def prepare(case: Case) -> Table:
    from blocs.engines import engine
    from blocs.model.mixture import Mixture
    from blocs.profiles import Profiles

    schema = schema_of(case)
    if case.values is not None:
        codes = np.zeros((len(case.values), 1), dtype=np.uint8)
    elif case.menu is None:
        codes = case.votes + np.uint8(1)
    else:
        codes = schema.items[0].lookup.astype(np.uint8)[case.menu, case.votes]
    profiles = Profiles.from_codes(schema, codes, case.weights, values=case.values)
    mixture, where = Mixture.of(profiles.schema, case.types), engine(JOBS)
    placed = where.place(mixture.place(profiles, -(-len(profiles) // SHARD)))
    return Table(profiles, mixture, where, placed)


def schema_of(case: Case) -> Any:
    """Return the labels of the case's items."""
    from blocs.core.schema import Item, Schema

    if case.values is not None:
        from blocs.profiles.kinds import Gaussian

        return Schema((Item.full("x", (), Gaussian([f"x{j}" for j in range(case.values.shape[1])]).kind),))
    items = []
    for j, size in enumerate(case.outcomes):
        labels = tuple(range(size))
        items.append(Item(f"item {j}", labels, case.offered) if case.offered else Item.full(f"item {j}", labels))
    return Schema(tuple(items))


def iterate(table: Table, start: Start, steps: int) -> Start:
    from blocs.em.loop import StoppingRule, run_em

    mixture = table.mixture
    rule = StoppingRule(TINY, TINY, TINY, steps + 1)  # the last one evaluates the last M-step
    params = params_of(mixture, start)
    return _start(mixture, run_em(mixture, table.engine, table.placed, params, rule).params)


def fit(table: Table, starts: int, seed: int, gain: float) -> tuple[Start, list[float] | None]:
    import blocs

    given = {"starts": starts, "finish": starts, "most": starts, "seed": seed, "gain": gain}  # all to the end, no more
    found = blocs.fit(table.profiles, table.mixture.types, **given, jobs=JOBS)
    return _start(found.mixture, found.params), [end.loglik for end in found.ends]


def params_of(mixture: Any, *starts: Start) -> Any:
    """Return starts side by side as blocs holds them: for each family, the probabilities of all its items."""
    from blocs.model.mixture import Params

    if starts[0].normal is not None:
        block = [mixture.families[0].from_natural(*start.normal) for start in starts]
        return Params.of(np.stack([start.shares for start in starts]), (np.stack(block, axis=1),))
    blocks = [
        np.stack([np.concatenate([start.probs[j] for j in where]) for start in starts], axis=1)
        for where in mixture.where
    ]
    return Params.of(np.stack([start.shares for start in starts]), tuple(blocks))


def _start(mixture: Any, params: Any) -> Start:
    """Inverse of `params_of`, for one start."""
    if mixture.schema.measured:
        return Start(params.shares[0], [], mixture.families[0].natural(params.families[0][:, 0]))
    probs: dict[int, np.ndarray] = {}
    for where, block in zip(mixture.where, params.families, strict=True):
        sizes = [len(mixture.schema.items[j].outcomes) for j in where]
        probs |= dict(zip(where, np.split(block[:, 0], np.cumsum(sizes)[:-1]), strict=True))
    return Start(params.shares[0], [probs[j] for j in sorted(probs)])
