"""fit: from profiles to a Fit — starts drawn, climbed, the best kept, every end reported."""

from __future__ import annotations

import logging
import operator
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..core.errors import Fault, InputError
from ..core.interrupts import halting
from ..kernels.compiled import is_cached
from ..model.mixture import Mixture, Params
from ..model.parameter_checks import check_params
from ..profiles import Profiles, require_profiles
from ..results.fit_result import Fit, StartEnd, entropy_r2
from . import initialization as starting
from .batches import End
from .distances import sample
from .duplicates import ordered
from .loop import Progress, Rule, same_optimum
from .multistart import Search, finish_by_size

__all__ = ["cpus", "fit"]

AT_A_TIME = 16_384
"""Rows whose posteriors are held at a time."""
LEAST = {"types": 1, "starts": 1, "finish": 1, "most": 1, "seed": 0, "jobs": 1, "steps": 0}
"""Whole numbers among the arguments of `fit`, and the least each may be."""


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
    exchange: bool = True,
    kernel: str = "compiled",
    watch: Callable[[Progress], None] | None = None,
) -> Fit:
    """Return the best of several climbs of a mixture of `types` types.

    starts: how many are drawn; finish: how many of them, the best after a short climb, go on to the end (all, or half
    where data are large; of more than 20,000 distinct rows starts climb on 20,000 first, and those that end alike there
    go on as one); most: while the best optimum was reached just once, starts are doubled up to this many (4 times as
    many by default; as many as starts: never); seed: start number i of a seed is always the same; jobs: threads (all
    processors by default; results are the same bits for any number); method: how starts are drawn (starts.METHODS);
    init: starts of the caller's instead of random ones, a Fit (of another run or other data) or Params (see `given`);
    prior: Dirichlet pseudo-count of every share and outcome (0: maximum likelihood); gain: stop when the projected
    remaining gain in log-likelihood is below this, and EM would change no parameter by more than `change` (quasi-Newton
    steps go on to a gradient of 1e-8 per observation); steps: passes over the data of a climb at most (an exchange
    begins another); accelerate: a name in accelerate.STEPPERS; exchange: where random starts arrive, try to dissolve
    each type and to split each other one instead, and go on where that leads up; kernel: a name in mixture.KERNELS;
    watch: called after every pass.

    Ctrl-C ends the fit with the best so far, status "interrupted". Raises InputError for arguments out of range.
    """
    require_profiles(profiles)
    whole = _whole_numbers(types=types, starts=starts, finish=finish, most=most, seed=seed, jobs=jobs, steps=steps)
    prior, gain, change = _numbers(prior=prior, gain=gain, change=change)
    rule = Rule(gain, change, steps=whole["steps"])
    mixture = Mixture.of(profiles.schema, whole["types"], prior, kernel)
    settings = {
        **{name: value for name, value in whole.items() if name != "jobs"}, "method": method, "prior": prior,
        "gain": gain, "change": change, "accelerate": accelerate, "exchange": exchange, "kernel": kernel,
        "init": init is not None,
    }  # fmt: skip
    drawn = init is None and mixture.types > 1
    part = sample(mixture, profiles, whole["seed"]) if drawn else profiles
    draw, count, cap = _beginning(init, mixture, part, method, whole)
    few = min(count, whole["finish"] or finish_by_size(len(profiles), mixture.types, count))
    threads = whole["jobs"] or cpus()
    if kernel == "compiled" and not is_cached():
        logging.getLogger("blocs").warning("compiling kernels (once, a few seconds)")
    with halting() as event:
        moves = whole["seed"] if exchange and init is None else None
        search = Search(mixture, profiles, part, rule, accelerate, threads, draw, count, few, cap, moves, watch, event)
        ends = search.run()
    return _result(mixture, profiles, ends, settings)


def cpus() -> int:
    """Return the number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _result(mixture: Mixture, profiles: Profiles, ends: list[End], settings: dict[str, Any]) -> Fit:
    if not any(np.isfinite(end.value) for end in ends):
        raise InputError(Fault("the fit was interrupted before any start was evaluated", remedy="Run it again"))
    best = max((end for end in ends if end.twin is None), key=lambda end: (end.value, -end.number))
    params = ordered(best.params)
    loglik, entropy = _quality(mixture, params, profiles)
    return Fit(
        mixture,
        params,
        loglik,
        profiles.n,
        len(profiles),
        entropy,
        tuple(_told(end, best) for end in ends),
        best.trace,
        "interrupted" if any(end.status == "interrupted" for end in ends) else best.status,
        settings,
        profiles.hash,
        profiles.notes,
        profiles.account.to_dict(),
        best.gradient,
    )


def _told(end: End, best: End) -> StartEnd:
    return StartEnd(
        end.number, end.loglik, end.steps, end.status, same_optimum(end.value, best.value), end.arrived
    )


def _quality(mixture: Mixture, params: Params, profiles: Profiles) -> tuple[float, float | None]:
    """Return the log-likelihood and entropy R2, part by part: no array of all rows and types."""
    loglik, lost = 0.0, 0.0
    for part in profiles.shards(-(-len(profiles) // AT_A_TIME)):
        rows, zeta = mixture.posterior(params, part)
        loglik += float(part.weights @ rows)
        lost += (1 - (entropy_r2(zeta, part.weights) or 0.0)) * float(part.weights.sum())
    return loglik, 1 - lost / float(profiles.weights.sum()) if mixture.types > 1 else None


def _beginning(
    init: Fit | Params | None, mixture: Mixture, profiles: Profiles, method: str, whole: dict[str, Any]
) -> tuple[Callable[[range], Params], int, int]:
    """Return start numbers -> their parameters, how many starts at first, and how many at most."""
    if init is not None or mixture.types == 1:  # one type has one optimum
        alone = mixture.overall(profiles) if init is None else _given(init, mixture)
        return (lambda numbers: alone.take(slice(numbers.start, numbers.stop))), alone.starts, alone.starts
    count, most = whole["starts"], whole["most"]
    draw = partial(starting.draw, method, mixture, profiles, whole["seed"])
    return draw, count, 4 * count if most is None else max(count, most)


def _given(init: Fit | Params, mixture: Mixture) -> Params:
    if not isinstance(init, Fit | Params):
        raise InputError(
            Fault(f"it is a {type(init).__name__}", argument="init",
                  rule="Starting values are a Fit, or Params that blocs.given writes down")
        )  # fmt: skip
    if isinstance(init, Fit):
        _same_items(init, mixture)
    params = mixture.adopt(init.mixture, init.params) if isinstance(init, Fit) else init
    check_params(mixture, params)
    return params


def _same_items(init: Fit, mixture: Mixture) -> None:
    if _parameters_of(mixture) != _parameters_of(init.mixture):
        raise InputError(
            Fault("the starting fit has other items or outcomes than the profiles", argument="init",
                  remedy="Fit the same items, or use random starts")
        )  # fmt: skip


def _parameters_of(mixture: Mixture) -> list[Any]:
    """Return what gives each item its parameters: its outcomes, or the kind of its numbers whatever they were."""
    return [
        (i.name, i.outcomes) if i.kind is None else (i.name, i.kind.family, i.kind.parts, i.kind.options)
        for i in mixture.schema.items
    ]


def _whole_numbers(**given: Any) -> dict[str, Any]:
    """Return the arguments as plain int, None where they are not given; raise InputError with every fault."""
    found: dict[str, Any] = {}
    faults = []
    for name, value in given.items():
        try:
            found[name] = None if value is None and name in ("finish", "most", "jobs") else operator.index(value)
        except TypeError:
            found[name] = -1
        if found[name] is not None and found[name] < LEAST[name]:
            faults.append(
                Fault(f"it is {value!r}", argument=name, rule=f"It is a whole number, {LEAST[name]} or more")
            )
    if faults:
        raise InputError(*faults)
    return found


def _numbers(**given: Any) -> tuple[float, ...]:
    """Return the arguments as plain float; raise InputError with every fault."""
    faults, found = [], []
    for name, value in given.items():
        try:
            found.append(float(value))
        except (TypeError, ValueError):
            found.append(np.nan)
        if not 0 <= found[-1] < np.inf:
            faults.append(Fault(f"it is {value!r}", argument=name, rule="It is a finite number, 0 or more"))
    if faults:
        raise InputError(*faults)
    return tuple(found)
