"""Laws of every engine: sums are those of the serial one, and errors are heard."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..engines import Engine, Serial

__all__ = ["check_engine"]

Floats = NDArray[np.float64]


def check_engine(engine: Engine) -> None:
    """Assert that an engine adds as the serial one does, to the bit, and that a failing task names its shard.

    Parameters
    ----------
    engine : Engine
        An object with `place` and `sum`. The tasks and shards that it is given can be pickled.

    Raises
    ------
    AssertionError
        If a law does not hold; its text begins with the name of the law.

    Examples
    --------
    >>> from blocs.engines import Threads
    >>> check_engine(Threads(2))
    """
    rng = np.random.default_rng(0)
    for number in (1, 2, 7, 23):
        shards = [(i, rng.normal(0, 10.0 ** rng.integers(-8, 8), 50)) for i in range(number)]
        placed, expected = engine.place(shards), Serial().sum(_late_sum, shards)
        for turn in range(2):
            total = engine.sum(_late_sum, placed)
            assert total.tobytes() == expected.tobytes(), (
                f"same bits as serial: {number} shards, sum {turn + 1}: off by {np.abs(total - expected).max():.3g}"
            )
        counted = engine.sum(_Count(), placed)
        assert counted.tolist() == [number, sum(range(number))], (
            f"every shard once: {number} shards, but the tasks saw {counted.tolist()} (how many, sum of their numbers)"
        )
    shards = [(i, np.ones(3)) for i in range(5)]
    for wrong in (0, 3):
        try:
            engine.sum(_Fail(wrong), engine.place(shards))
        except ZeroDivisionError as error:
            notes = getattr(error, "__notes__", [])
            assert f"on shard {wrong + 1} of 5" in notes, f"a failing task names its shard: the notes are {notes}"
        else:
            raise AssertionError("a failing task is heard: the error did not reach the caller")
    again, expected = engine.sum(_late_sum, engine.place(shards)), Serial().sum(_late_sum, shards)
    assert again.tobytes() == expected.tobytes(), "an engine works on after a failed task: it gave another sum"


def _late_sum(shard: tuple[int, Floats]) -> Floats:
    """Shards finish out of order: the first is the slowest."""
    number, values = shard
    time.sleep(0.002 / (1 + number))
    return values / 3.0


@dataclass(frozen=True)
class _Count:
    def __call__(self, shard: tuple[int, Floats]) -> Floats:
        return np.array([1.0, shard[0]])


@dataclass(frozen=True)
class _Fail:
    number: int

    def __call__(self, shard: tuple[int, Floats]) -> Floats:
        if shard[0] == self.number:
            raise ZeroDivisionError("as asked")
        return shard[1]
