"""Monitor: progress on stderr, on a terminal only — the task, starts done, log-likelihood, time left."""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from threading import Lock, get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..core.interrupts import stop_if_asked

if TYPE_CHECKING:
    from ..em.loop import Progress

__all__ = ["Estimate", "Monitor"]

WIDE = 120
"""Columns of a terminal that has room for a bar and a clock."""


class Estimate:
    """How far many climbs are: starts that arrived, plus what the falling gains of the others say.

    The gain of a pass falls about geometrically towards the rule's limit, so its logarithm measures the way.
    """

    def __init__(self, starts: int, gain: float = 1e-6, clock: Callable[[], float] = time.monotonic) -> None:
        self.starts, self.limit, self.clock = starts, math.log(gain), clock
        self.began = clock()
        self.best = -math.inf
        self._batches: dict[int, _Batch] = {}
        self._finished: set[int] = set()
        self._lock = Lock()

    def __call__(self, seen: Progress) -> None:
        """Take in what the watcher saw; called from several threads, each climbing one batch at a time."""
        with self._lock:
            key = get_ident()
            if seen.step == 1 or key not in self._batches:
                if key in self._batches:
                    self._finished |= self._batches[key].numbers
                self._batches[key] = _Batch(frozenset(seen.numbers))
                self._finished -= self._batches[key].numbers  # a start may go on
                begun = self._finished.union(*(batch.numbers for batch in self._batches.values()))
                self.starts = max(self.starts, len(begun))  # more starts than were asked for at first
            self._batches[key].take(seen, self.limit)
            self.best = max(self.best, seen.best)

    @property
    def done(self) -> int:
        """Starts that have arrived."""
        return len(self._finished) + sum(len(batch.numbers) - batch.climbing for batch in self._batches.values())

    @property
    def share(self) -> float:
        """Share of the work that is done, 0..1."""
        under_way = sum(batch.climbing * batch.way for batch in self._batches.values())
        return min(1.0, (self.done + under_way) / self.starts)

    @property
    def left(self) -> float | None:
        """Seconds left, None while there is nothing to tell from."""
        spent = self.clock() - self.began
        return None if spent < 0.5 or self.share < 0.01 else spent * (1 - self.share) / self.share


class _Batch:
    """The starts that one thread climbs side by side."""

    def __init__(self, numbers: frozenset[int]) -> None:
        self.numbers, self.climbing = numbers, len(numbers)
        self.way = 0.0
        self._last: Any = None
        self._first = self._now = math.nan

    def take(self, seen: Progress, limit: float) -> None:
        self.climbing = seen.running
        if self._last is not None:
            gain = float((seen.values - self._last).max())
            if gain > 0:
                self._now = math.log(gain) if math.isnan(self._now) else 0.7 * self._now + 0.3 * math.log(gain)
                self._first = self._now if math.isnan(self._first) else max(self._first, self._now)
        self._last = seen.values
        if self._first > limit:
            self.way = max(self.way, min(0.99, (self._first - self._now) / (self._first - limit)))


class Monitor:
    """A line of progress on stderr; silent when stderr is not a terminal or the user asked for quiet."""

    def __init__(self, quiet: bool = False) -> None:
        self.live = not quiet and sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None
        self._lock = Lock()
        self._reading = "", 0.0
        self._listening = ExitStack()

    def __enter__(self) -> Monitor:
        logging.getLogger("blocs").setLevel(logging.ERROR)  # what is told is told here
        if self.live:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            console = Console(file=sys.stderr)
            room = console.width >= WIDE
            self._bar = Progress(
                SpinnerColumn(), TextColumn("{task.description}"), *([BarColumn(bar_width=24)] if room else []),
                TextColumn("{task.fields[told]}"), *([TimeElapsedColumn()] if room else []),
                TextColumn("{task.fields[left]}"),
                console=console, transient=True, refresh_per_second=5, redirect_stdout=False,
            )  # fmt: skip
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listening.close()
        if self._bar is not None:
            self._bar.stop()

    def task(self, name: str, known: bool = True) -> None:
        """Begin a piece of work; known: whether it can be said how much of it is done."""
        stop_if_asked()
        if self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(name, total=1.0 if known else None, told="", left="")

    def reading(self, name: str, share: float) -> None:
        """Progress of reading and counting, with the time left by the database's own share of what it has done."""
        stop_if_asked()
        now = time.monotonic()
        if name != self._reading[0]:
            self._reading = name, now
        spent = now - self._reading[1]
        self.update(share, name, left=spent * (1 - share) / share if spent > 1 and share > 0.02 else None)

    def update(self, share: float, name: str | None = None, told: str = "", left: float | None = None) -> None:
        """Move the bar."""
        if self._bar is not None and self._task is not None:
            named = {} if name is None else {"description": name}
            remains = "" if left is None or left < 1 else f"about {_duration(left)} left"
            self._bar.update(self._task, completed=share, told=told, left=remains, **named)

    def fitting(self, types: int, starts: int, gain: float = 1e-6) -> Callable[[Progress], None] | None:
        """Begin a fit and return its watcher; before the first pass the kernels may have to be compiled."""
        if self._bar is None:
            return None
        from ..kernels.jit import compiling

        name = f"fitting {types} type{'s' * (types > 1)}"
        self.task(name)
        self._listening.close()  # of the fit before
        self._listening.enter_context(compiling(lambda: self.update(0.0, f"{name}: compiling kernels (once)")))
        estimate, shown = Estimate(starts if types > 1 else 1, gain), name

        def watch(seen: Progress) -> None:
            nonlocal shown
            if seen.note:
                self._bar.console.print(f"{name}: {seen.note}")
                return
            stage = f"{name}: {seen.stage}" if seen.stage else name
            with self._lock:
                if stage != shown:
                    self.task(stage, known=not seen.stage)
                    shown = stage
            if seen.stage:  # climbs that are not the starts' own: nobody knows how many there will be
                self.update(0.0, stage, f"log-likelihood {seen.best:,.2f}")
                return
            estimate(seen)
            told = f"{estimate.done} of {estimate.starts} starts, log-likelihood {estimate.best:,.2f}"
            self.update(estimate.share, name, told, estimate.left)

        return watch


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
