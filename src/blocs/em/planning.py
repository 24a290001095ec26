"""plan: how long a fit of so many profiles will take, and how much memory, from a small fit on this machine.

A fit of large data searches on a subsample of fixed size, places all rows, and passes over them as often as a small one
does. So one small fit tells what does not grow with the data, and what every row adds (docs/scale.md, "Planning").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.errors import Fault, InputError, counted, whole_numbers
from ..core.interrupts import interruptible
from ..core.limits import MOST_PLANNED, ROWS_PER_SHARD
from ..core.schema import Item, Schema
from ..core.summary import Summary
from ..engines import Serial, tasks_for
from ..kernels.shard import Shard
from ..model.mixture import Mixture
from ..profiles import Profiles
from .fit import fit

__all__ = ["Calibration", "Plan", "calibrate", "plan"]

SMALL = 4 * ROWS_PER_SHARD
"""Profiles of the small fit: more than a subsample has, so that it takes the way of large data."""
BASE = 300.0
"""Megabytes of a process with the packages that a fit loads and its compiled kernels (docs/scale.md)."""
LOADING = 0.6
"""Seconds in which a process loads the compiled kernels of a fit; the calibration begins after that."""
OF_SUBSAMPLE = 60.0
"""Megabytes of starts and moves on a subsample."""
WAITING = 5
"""Shards for each thread that are in memory when rows come from disk: two read, two waiting, one at work."""
EXCHANGE = 0.06
"""Seconds that a pass on a cluster takes beside the sums, on a busy machine (docs/scale.md)."""
EACH = 0.0023
"""Seconds beside them for each task (`engines.tasks_for`)."""


@dataclass(frozen=True)
class Calibration:
    """What a small fit took, in seconds of one processor.

    Parameters
    ----------
    fixed : float
        Seconds that do not grow with the data: drawing starts, and the search on the subsample.
    place : float
        Seconds for each profile, once.
    each : float
        Seconds for each profile and pass, all starts of the pass together.
    passes : int
        Passes over all rows.
    bytes : float
        Memory of each profile: codes, counts, and what the kernel prepares.
    shard : float
        Memory of a shard as it comes from disk.
    """

    fixed: float
    place: float
    each: float
    passes: int
    bytes: float
    shard: float


@dataclass(frozen=True)
class Plan:
    """What a fit is expected to take. `plan` makes it.

    Attributes
    ----------
    profiles, items, outcomes, types, starts, workers : int
        What was asked.
    passes : int
        Passes over all rows.
    processor_seconds : float
        Of all threads together.
    seconds : float
        On the wall, with as many threads as there are workers.
    cluster_seconds : float
        On the wall, with workers of a cluster of one thread each.
    memory : float
        Megabytes of the process, with the profiles in memory.
    from_disk : float
        Megabytes of the process, with the profiles opened from shards.
    disk : float
        Megabytes of temporary files, with the profiles opened from shards.
    """

    profiles: int
    items: int
    outcomes: int
    types: int
    starts: int
    workers: int
    passes: int
    processor_seconds: float
    seconds: float
    cluster_seconds: float
    memory: float
    from_disk: float
    disk: float

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain data for JSON."""
        return dict(vars(self))

    def __str__(self) -> str:
        of = f"{counted(self.profiles, 'profile')} x {counted(self.items, 'item')}"
        return Summary(f"Fit of {counted(self.types, 'type')} to {of}, {counted(self.starts, 'start')}", [
            ("passes over all rows", f"{self.passes:,}"),
            ("processor time", _time(self.processor_seconds)),
            (f"time, {counted(self.workers, 'thread')}", _time(self.seconds)),
            (f"time, cluster of {counted(self.workers, 'worker')}", _time(self.cluster_seconds)),
            ("memory, profiles in memory", f"{self.memory:,.0f} MB"),
            ("memory, profiles from shards", f"{self.from_disk:,.0f} MB, and {self.disk:,.0f} MB of temporary files"),
        ]).text()  # fmt: skip


class _Timed(Serial):
    """Counts the passes, and their processor time."""

    def __init__(self) -> None:
        self.seconds, self.passes = 0.0, 0

    def sum(self, task: Callable[[Any], Any], placed: Sequence[Any]) -> Any:
        begin = time.thread_time()
        total = super().sum(task, placed)
        self.seconds, self.passes = self.seconds + time.thread_time() - begin, self.passes + 1
        return total


def calibrate(items: int, outcomes: int, types: int, starts: int = 20, seed: int = 0) -> Calibration:
    """Fit simulated profiles on one processor, and return what the parts of the fit take.

    Parameters
    ----------
    items : int
        Number of items J.
    outcomes : int
        Outcomes of each.
    types, starts : int
        As for the fit that is planned.
    seed : int
        Of the simulated data.

    Returns
    -------
    Calibration

    Raises
    ------
    KeyboardInterrupt
        If there was a request to stop: a fit that ends with what it has takes less time.
    """
    with interruptible() as interrupt:
        measured = _measured(items, outcomes, types, starts, seed)
        if interrupt.is_set():
            raise KeyboardInterrupt
    return measured


def _measured(items: int, outcomes: int, types: int, starts: int, seed: int) -> Calibration:
    profiles = _simulated(items, outcomes, types, SMALL, seed)
    mixture = Mixture.of(profiles.schema, types)
    _fit_once(_simulated(items, outcomes, types, 2000, seed), types)  # kernels are compiled, or loaded
    begin = time.process_time()
    shards = mixture.place(profiles, SMALL // ROWS_PER_SHARD)
    placing = time.process_time() - begin
    engine = _Timed()
    begin = time.process_time()
    fit(profiles, types, starts=starts, seed=seed, jobs=1, engine=engine)
    whole = time.process_time() - begin
    prepared = sum(_bytes(shard) for shard in shards) / SMALL
    own = profiles.codes.itemsize * items + profiles.weights.itemsize
    return Calibration(
        max(0.0, whole - engine.seconds - placing), placing / SMALL, engine.seconds / (SMALL * engine.passes),
        engine.passes, own + prepared, (prepared + profiles.weights.itemsize) * ROWS_PER_SHARD,
    )  # fmt: skip


def plan(
    profiles: int, items: int, types: int, *, outcomes: int = 3, starts: int = 20, workers: int = 1,
    calibration: Calibration | None = None,
) -> Plan:  # fmt: skip
    """Estimate time and memory of a fit that is larger than what can be tried, from seconds of a small one.

    Parameters
    ----------
    profiles : int
        Distinct rows U.
    items : int
        Number of items J.
    types : int
        Number of types K.
    outcomes : int
        Outcomes of an item, on average.
    starts : int
        Number of random starts.
    workers : int
        Number of threads, or of workers of a cluster.
    calibration : Calibration, optional
        What `calibrate` returned for such items, types and starts; by default it is made here.

    Returns
    -------
    Plan
        Printable.

    Raises
    ------
    InputError
        For numbers below 1, outcomes below 2, more than 1,000 items, types or outcomes, and what is not a whole number,
        such as 1e6.

    Notes
    -----
    The small data are drawn from as many types, with the same starts; yours may need more passes or fewer, which is the
    largest error (docs/scale.md has it for six sizes). It takes some seconds, and tens of them for many items or types.
    """
    profiles, items, types, outcomes, starts, workers = whole_numbers({
        "profiles": (profiles, 1), "items": (items, 1), "types": (types, 1), "outcomes": (outcomes, 2),
        "starts": (starts, 1), "workers": (workers, 1),
    }).values()  # fmt: skip
    if faults := [Fault(f"it is {number}", argument=name, rule=f"It is at most {MOST_PLANNED:,}")
                  for name, number in (("items", items), ("types", types), ("outcomes", outcomes))
                  if number > MOST_PLANNED]:  # fmt: skip
        raise InputError(*faults)
    c = calibration or calibrate(items, outcomes, types, starts)
    sums, begun = c.passes * c.each * profiles, LOADING + c.fixed
    exchange = c.passes * (EXCHANGE + EACH * tasks_for(-(-profiles // ROWS_PER_SHARD), workers))
    in_memory = BASE + OF_SUBSAMPLE + c.bytes * profiles / 1e6
    from_disk = BASE + OF_SUBSAMPLE + WAITING * workers * c.shard / 1e6
    of_row = c.bytes + 8
    return Plan(
        profiles, items, outcomes, types, starts, workers, c.passes, begun + c.place * profiles + sums,
        begun + (c.place * profiles + sums) / workers, begun + (c.place * profiles + sums) / workers + exchange,
        in_memory, from_disk, of_row * profiles / 1e6,
    )  # fmt: skip


def _simulated(items: int, outcomes: int, types: int, rows: int, seed: int) -> Profiles:
    """Return rows of a mixture in lexicographic order; equal ones are not merged, so that there are enough."""
    rng = np.random.default_rng(seed)
    schema = Schema(tuple(Item.full(f"item {j + 1}", tuple(range(outcomes))) for j in range(items)))
    probabilities = rng.dirichlet(np.ones(outcomes), (types, items)).cumsum(axis=2)
    of = rng.choice(types, size=rows, p=rng.dirichlet(np.full(types, 5.0)))
    codes = np.empty((rows, items), dtype=np.uint8 if outcomes < 255 else np.uint16)
    for j in range(items):
        codes[:, j] = 1 + np.minimum((rng.random(rows)[:, None] > probabilities[of, j]).sum(axis=1), outcomes - 1)
    codes = np.ascontiguousarray(codes[np.lexsort(codes.T[::-1])])
    counts = np.ones(rows)
    return Profiles(schema, codes, counts, counts)


def _fit_once(profiles: Profiles, types: int) -> None:
    fit(profiles, types, starts=1, most=1, exchange=False, jobs=1)


def _bytes(shard: Shard) -> float:
    return float(sum(array.nbytes for array in shard.plan if isinstance(array, np.ndarray))) if shard.plan else 0.0


def _time(seconds: float) -> str:
    for unit, size in (("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:,.1f} seconds"
