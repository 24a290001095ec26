"""What a fit has finished, batch by batch, so that a run that is begun again ends with the same bits.

A fit is a sequence of runs of starts, each of which follows from those before: starts are independent random numbers,
and a start ends at the same bits in any batch. So the ends of the batches are all that has to be kept. A run that is
begun again takes the same way, and where a batch has been finished before, its ends are there already. Of data in many
shards, whose passes take long, the sums of the batch that is not finished are kept as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from threading import Event
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..engines import Engine
from ..files.checkpoint import Work
from ..model.mixture import Params, Stats
from .loop import EMResult

__all__ = ["Finished", "KeptSums", "Run"]

N = TypeVar("N", bound=Sequence[int])

MOST_KEPT = 2**28
"""Bytes of the sums of a batch that are kept; a batch that needs more goes on from there."""


@dataclass(frozen=True)
class Finished:
    """The runs of a piece of work in the order in which they are begun.

    Parameters
    ----------
    work : Work
        Where they are kept.
    interrupt : threading.Event
        When it is set nothing is kept any more: what follows from unfinished starts is no part of an undisturbed run.
    """

    work: Work
    interrupt: Event
    numbers: Iterator[int] = field(default_factory=count)

    def run(self) -> Run:
        """Return the next run."""
        return Run(self, f"run {next(self.numbers)}")


@dataclass(frozen=True)
class Run:
    """One run of starts, or of fits of the same rows, by their numbers."""

    finished: Finished
    key: str

    def known(self, numbers: Sequence[int]) -> EMResult | None:
        """Return where the starts of these numbers ended, None where one of them is not finished."""
        places: dict[int, tuple[EMResult, int]] = {}
        for batch in count():
            arrays = self.finished.work.get(f"{self.key} {batch}")
            if arrays is None:
                break
            result = _result(arrays)
            places |= {number: (result, i) for i, number in enumerate(arrays["numbers"].tolist())}
        if not all(number in places for number in numbers):
            return None
        return EMResult.stack([_one(*places[number]) for number in numbers])

    def result(self, compute: Callable[[N], EMResult], numbers: N) -> EMResult:
        """Return where the starts of these numbers ended: what is kept, or what is computed, and kept then."""
        result = self.known(numbers)
        if result is None:
            result = compute(numbers)
            self.add(numbers, result)
        return result

    def engine(self, engine: Engine, numbers: Sequence[int]) -> KeptSums:
        """Return the engine for a batch that keeps its sums until the batch is finished."""
        return KeptSums(engine, self.finished, f"{self.key} from {numbers[0]} to {numbers[-1]}")

    def add(self, numbers: Sequence[int], result: EMResult) -> None:
        """Keep where the starts of a batch ended, unless they were interrupted."""
        if self.finished.interrupt.is_set() or "interrupted" in result.status:
            return
        work = self.finished.work
        with work.lock:
            free = next(batch for batch in count() if work.get(f"{self.key} {batch}") is None)
            work.put(f"{self.key} {free}", _arrays(numbers, result))


class KeptSums:
    """An engine that finds again the sums of a batch that was not finished, and keeps those that it computes.

    Parameters
    ----------
    engine : Engine
        Where the others are computed.
    finished : Finished
        Where they are kept.
    key : str
        Of the batch.
    """

    def __init__(self, engine: Engine, finished: Finished, key: str) -> None:
        self.engine, self.finished, self.key, self.passes, self.size = engine, finished, key, 0, 0

    def place(self, shards: Sequence[Any]) -> Any:
        """As the engine."""
        return self.engine.place(shards)

    def sum(self, task: Callable[[Any], Any], placed: Any) -> Stats:
        """Return the sums of this pass."""
        work, key = self.finished.work, f"{self.key} pass {self.passes}"
        self.passes += 1
        kept = work.get(key)
        if kept is not None:
            return Stats(**kept)
        stats: Stats = self.engine.sum(task, placed)
        self.size += sum(array.nbytes for array in vars(stats).values())
        if self.size <= MOST_KEPT and not self.finished.interrupt.is_set():
            work.put(key, vars(stats))
        return stats

    def drop(self) -> None:
        """Leave out the sums: the batch is finished."""
        for i in range(self.passes):
            self.finished.work.drop(f"{self.key} pass {i}")


def _arrays(numbers: Sequence[int], result: EMResult) -> dict[str, NDArray[Any]]:
    trace = [value for one in result.trace for value in one]
    return {
        "numbers": np.array(numbers, dtype=np.int64),
        "loglik": result.loglik, "value": result.value, "iterations": result.iterations, "change": result.change,
        "gradient": result.gradient, "status": np.array(result.status), "trace": np.array(trace, dtype=np.float64),
        "lengths": np.array([len(one) for one in result.trace], dtype=np.int64),
        **{f"block {i}": np.ascontiguousarray(block) for i, block in enumerate(result.params.blocks)},
    }  # fmt: skip


def _result(arrays: Any) -> EMResult:
    ends = np.cumsum(arrays["lengths"])[:-1]
    blocks = tuple(arrays[f"block {i}"] for i in range(sum(name.startswith("block ") for name in arrays)))
    return EMResult(
        Params(blocks), arrays["loglik"], arrays["value"], arrays["iterations"], arrays["status"].tolist(),
        [part.tolist() for part in np.split(arrays["trace"], ends)], arrays["change"], arrays["gradient"],
    )  # fmt: skip


def _one(result: EMResult, i: int) -> EMResult:
    one = slice(i, i + 1)
    return EMResult(
        result.params.take(one), result.loglik[one], result.value[one], result.iterations[one], result.status[one],
        result.trace[one], result.change[one], result.gradient[one],
    )  # fmt: skip
