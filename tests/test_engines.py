"""Every engine obeys the laws of blocs.testing.checks, and the laws can be broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

import pytest

from blocs.engines import Engine, Serial, Threads, engine
from blocs.testing.checks import check_engine


@pytest.mark.parametrize("made", [Serial(), Threads(1), Threads(2), Threads(8), engine(1), engine(2)])
def test_conforms(made: Engine) -> None:
    check_engine(made)


def test_engine_by_number_of_jobs() -> None:
    assert isinstance(engine(1), Serial)
    assert isinstance(engine(3), Threads)


class Backwards(Serial):
    """Adds in another order."""

    def sum(self, task: Callable[[Any], Any], placed: Sequence[Any]) -> Any:
        return reduce(add, map(task, reversed(placed)))


class Forgetful(Serial):
    """Loses the last shard."""

    def sum(self, task: Callable[[Any], Any], placed: Sequence[Any]) -> Any:
        return super().sum(task, placed[:-1] or placed)


class Mute(Serial):
    """Adds rightly but does not name the shard."""

    def sum(self, task: Callable[[Any], Any], placed: Sequence[Any]) -> Any:
        return reduce(add, map(task, placed))


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (Backwards(), "same bits as serial"),
        (Forgetful(), "same bits as serial"),
        (Mute(), "a failing task names its shard"),
    ],
)
def test_broken_engines_are_found_out(broken: Engine, law: str) -> None:
    with pytest.raises(AssertionError, match=f"^{law}"):
        check_engine(broken)


def test_the_note_counts_from_one() -> None:
    def fail(shard: int) -> int:
        return 1 // (shard - 2)

    for made in (Serial(), Threads(2)):
        with pytest.raises(ZeroDivisionError) as error:
            made.sum(fail, made.place([5, 2, 7]))
        assert error.value.__notes__ == ["on shard 2 of 3"]
