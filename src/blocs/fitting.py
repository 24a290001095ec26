"""fit: from profiles to a Fit — starts drawn, climbed, the best kept, every end reported."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from . import starts as starting
from .em import Progress, Rule
from .errors import Fault, InputError
from .halt import halting
from .kernels.compiled import is_cached
from .mixture import Mixture, Params
from .profiles import Profiles
from .result import Fit, StartEnd, entropy_r2
from .search import ROWS_PER_SHARD, End, Search, finish_by_size, ordered, same_optimum

__all__ = ["cpus", "fit"]

def fit(
    profiles: Profiles,
    types: int,
    *,
    starts: int = 20,
    finish: int | None = None,
    most: int | None = None,
    seed: int = 0,
    jobs: int | None = None,
    method: str = "mixed",
    init: Fit | Params | None = None,
    prior: float = 0.0,
    gain: float = 1e-6,
    change: float = 1e-4,
    steps: int = 10_000,
    accelerate: str = "auto",
    kernel: str = "compiled",
    watch: Callable[[Progress], None] | None = None,
) -> Fit:
    """Return the best of several climbs of a mixture of `types` types.

    starts: how many are drawn; finish: how many of them, the best after a short climb, go on to the end (all, or half
    where data are large); most: while the best optimum was reached just once, starts are doubled up to this many (4
    times as many by default; as many as starts: never); seed: start number i of a seed is always the same; jobs:
    threads (all processors by default; results are the same bits for any number); method: how starts are drawn
    (starts.METHODS); init: one start of the caller's, a Fit (of another run or other data) or Params, instead of
    random ones; prior: Dirichlet pseudo-count of every share and outcome (0: maximum likelihood); gain: stop when the
    projected remaining gain in log-likelihood is below this, and EM would change no parameter by more than `change`
    (quasi-Newton steps go on to a gradient of 1e-8 per observation); steps: passes over the data at most; accelerate:
    a name in accelerate.STEPPERS; kernel: a name in mixture.KERNELS; watch: called after every pass.

    Ctrl-C ends the fit with the best so far, status "interrupted". Raises InputError for arguments out of range.
    """
    _check(starts, prior, jobs)
    rule = Rule(gain, change, steps=steps)
    mixture = Mixture.of(profiles.schema, types, prior, kernel)
    settings = {
        "types": types, "starts": starts, "seed": seed, "method": method, "prior": prior, "gain": gain,
        "change": change, "steps": steps, "accelerate": accelerate, "kernel": kernel, "init": init is not None,
        "finish": finish, "most": most,
    }  # fmt: skip
    if init is not None or types == 1:  # one type has one optimum
        given = _given(init, mixture) if init else starting.draw("posteriors", mixture, profiles, 0, range(1))
        draw, starts, finish, most = (lambda numbers: given), 1, 1, 1
    else:
        draw = partial(starting.draw, method, mixture, profiles, seed)
    finish = min(starts, finish) if finish is not None else finish_by_size(len(profiles), types, starts)
    most = 4 * starts if most is None else max(starts, most)
    if kernel == "compiled" and not is_cached():
        logging.getLogger("blocs").warning("compiling kernels (once, a few seconds)")
    with halting() as event:
        search = Search(mixture, profiles, rule, accelerate, jobs or cpus(), draw, starts, finish, most, watch, event)
        ends = search.run()
    return _result(mixture, profiles, ends, settings)


def cpus() -> int:
    """Return the number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _result(mixture: Mixture, profiles: Profiles, ends: list[End], settings: dict[str, Any]) -> Fit:
    if not any(np.isfinite(end.value) for end in ends):
        raise InputError(Fault("the fit was interrupted before any start was evaluated", remedy="Run it again"))
    best = max(ends, key=lambda end: (end.value, -end.number))
    params = ordered(best.params)
    loglik, entropy = _quality(mixture, params, profiles)
    return Fit(
        mixture,
        params,
        loglik,
        profiles.n,
        len(profiles),
        entropy,
        tuple(StartEnd(end.number, end.loglik, end.steps, end.status) for end in ends),
        sum(same_optimum(end.value, best.value) for end in ends),
        best.trace,
        "interrupted" if any(end.status == "interrupted" for end in ends) else best.status,
        settings,
        profiles.hash,
        profiles.notes,
        profiles.account.to_dict(),
        best.gradient,
    )


def _quality(mixture: Mixture, params: Params, profiles: Profiles) -> tuple[float, float | None]:
    """Return the log-likelihood and entropy R2, part by part: no array of all rows and types."""
    loglik, lost = 0.0, 0.0
    for part in profiles.shards(-(-len(profiles) // ROWS_PER_SHARD)):
        rows, zeta = mixture.posterior(params, part)
        loglik += float(part.weights @ rows)
        lost += (1 - (entropy_r2(zeta, part.weights) or 0.0)) * float(part.weights.sum())
    return loglik, 1 - lost / float(profiles.weights.sum()) if mixture.types > 1 else None


def _given(init: Fit | Params, mixture: Mixture) -> Params:
    if isinstance(init, Fit):
        _same_items(init, mixture)
    params = mixture.adopt(init.mixture, init.params) if isinstance(init, Fit) else init
    if params.shares.shape[1] != mixture.types:
        raise InputError(
            Fault(f"the starting values have {params.shares.shape[1]} types", where="init",
                  rule=f"The fit asks for {mixture.types}")
        )  # fmt: skip
    return params


def _same_items(init: Fit, mixture: Mixture) -> None:
    if _parameters_of(mixture) != _parameters_of(init.mixture):
        raise InputError(
            Fault("the starting fit has other items or outcomes than the profiles", where="init",
                  remedy="Fit the same items, or use random starts")
        )  # fmt: skip


def _parameters_of(mixture: Mixture) -> list[Any]:
    """Return what gives each item its parameters: its outcomes, or the kind of its numbers whatever they were."""
    return [
        (i.name, i.outcomes) if i.kind is None else (i.name, i.kind.family, i.kind.parts, i.kind.options)
        for i in mixture.schema.items
    ]


def _check(starts: int, prior: float, jobs: int | None) -> None:
    faults = []
    if starts < 1:
        faults.append(Fault(f"{starts} starts", where="starts", rule="At least 1"))
    if prior < 0:
        faults.append(Fault(f"a pseudo-count of {prior}", where="prior", rule="It is 0 or more"))
    if jobs is not None and jobs < 1:
        faults.append(Fault(f"{jobs} jobs", where="jobs", rule="At least 1"))
    if faults:
        raise InputError(*faults)
