"""fit: from profiles to a Fit — starts drawn, climbed in fixed batches, the best kept, every end reported."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Any

import numpy as np

from . import starts as starting
from .accelerate import stepper
from .em import Climb, Progress, Rule, climb
from .engines import Serial, engine
from .errors import Fault, InputError
from .halt import halting
from .mixture import Mixture, Params
from .profiles import Profiles
from .result import Fit, StartEnd, entropy_r2

__all__ = ["fit", "same_optimum"]

ROWS_PER_SHARD = 65_536  # fixed, so that sums do not depend on the number of threads
COLUMNS_PER_BATCH = 96  # starts are climbed this many columns (types) at a time


def fit(
    profiles: Profiles,
    types: int,
    *,
    starts: int = 20,
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

    starts: how many; seed: start number i of a seed is always the same; jobs: threads (all processors by default;
    results are the same bits for any number); method: how starts are drawn (starts.METHODS); init: one start of the
    caller's, a Fit (of another run or other data) or Params, instead of random ones; prior: Dirichlet pseudo-count of
    every share and outcome (0: maximum likelihood); gain: stop when the projected remaining gain in log-likelihood is
    below this, and EM would change no parameter by more than `change`; steps: passes over the data at most;
    accelerate: a name in accelerate.STEPPERS; kernel: a name in mixture.KERNELS; watch: called after every pass.

    Ctrl-C ends the fit with the best so far, status "interrupted". Raises InputError for arguments out of range.
    """
    _check(starts, prior, jobs)
    rule = Rule(gain, change, steps=steps)
    mixture = Mixture.of(profiles.schema, types, prior, kernel)
    jobs = jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else jobs or os.cpu_count() or 1
    settings = {
        "types": types, "starts": starts, "seed": seed, "method": method, "prior": prior, "gain": gain,
        "change": change, "steps": steps, "accelerate": accelerate, "kernel": kernel, "init": init is not None,
    }  # fmt: skip
    if init is not None:
        given = [_given(init, mixture)]
    elif types == 1:
        given = [starting.draw("posteriors", mixture, profiles, seed, range(1))]  # one type has one optimum
    else:
        size = max(1, COLUMNS_PER_BATCH // types)
        batches = [range(a, min(a + size, starts)) for a in range(0, starts, size)]
        given = [starting.draw(method, mixture, profiles, seed, batch) for batch in batches]
    with halting() as event:
        climbs = list(_climb_all(mixture, profiles, given, rule, accelerate, jobs, watch, event))
    return _best(mixture, profiles, climbs, settings)


def same_optimum(value: float, best: float) -> bool:
    """Whether a log-likelihood is that of the best optimum, up to what stopping leaves."""
    return value >= best - 1e-3 - 1e-9 * abs(best)


def _climb_all(
    mixture: Mixture,
    profiles: Profiles,
    given: list[Params],
    rule: Rule,
    accelerate: str,
    jobs: int,
    watch: Callable[[Progress], None] | None,
    halt: Event,
) -> Iterator[Climb]:
    """Climb every batch; small data use the threads for batches, large data for shards."""
    shards = -(-len(profiles) // ROWS_PER_SHARD)
    large = shards > 1 or len(given) == 1
    where = engine(jobs) if large else Serial()
    placed = where.place(mixture.place(profiles, shards))

    def one(params: Params) -> Climb:
        return climb(mixture, where, placed, params, rule, stepper(accelerate, mixture), watch, halt)

    if large or jobs == 1:
        yield from map(one, given)
    else:
        with ThreadPoolExecutor(jobs, thread_name_prefix="blocs") as pool:
            futures = [pool.submit(partial(one, params)) for params in given]
            yield from (future.result() for future in futures)


def _best(mixture: Mixture, profiles: Profiles, climbs: list[Climb], settings: dict[str, Any]) -> Fit:
    value = np.concatenate([c.value for c in climbs])
    loglik = np.concatenate([c.loglik for c in climbs])
    status = [s for c in climbs for s in c.status]
    passes = [int(n) for c in climbs for n in c.steps]
    ends = tuple(StartEnd(i, float(loglik[i]), passes[i], status[i]) for i in range(len(value)))
    if not np.isfinite(value).any():
        raise InputError(Fault("the fit was interrupted before any start was evaluated", remedy="Run it again"))
    best = int(np.argmax(value))
    params = _ordered(Params.stack([c.params for c in climbs]).take(slice(best, best + 1)))
    rows, zeta = mixture.posterior(params, profiles)
    return Fit(
        mixture,
        params,
        float(profiles.weights @ rows),
        profiles.n,
        len(profiles),
        entropy_r2(zeta, profiles.weights),
        ends,
        sum(bool(same_optimum(v, value[best])) for v in value),
        tuple([trace for c in climbs for trace in c.trace][best]),
        status[best],
        settings,
        profiles.hash,
        profiles.notes,
        profiles.account.to_dict(),
    )


def _ordered(params: Params) -> Params:
    """Order types by share, largest first; equal shares by their probabilities."""
    keys = [block[i, 0] for block in params.blocks for i in range(len(block))]
    order = np.lexsort([*(-key for key in reversed(keys)), -params.shares[0]])
    return Params(params.shares[:, order], tuple(block[:, :, order] for block in params.blocks))


def _given(init: Fit | Params, mixture: Mixture) -> Params:
    params = init.params if isinstance(init, Fit) else init
    if isinstance(init, Fit):
        _same_items(init, mixture)
    if params.shares.shape[1] != mixture.types:
        raise InputError(
            Fault(f"the starting values have {params.shares.shape[1]} types", where="init",
                  rule=f"The fit asks for {mixture.types}")
        )  # fmt: skip
    return params


def _same_items(init: Fit, mixture: Mixture) -> None:
    mine = [(item.name, item.outcomes) for item in mixture.schema.items]
    theirs = [(item.name, item.outcomes) for item in init.schema.items]
    if mine != theirs:
        raise InputError(
            Fault("the starting fit has other items or outcomes than the profiles", where="init",
                  remedy="Fit the same items, or use random starts")
        )  # fmt: skip


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
