"""Progress on stderr, on a terminal only: the task, the starts that have ended, the log-likelihood, the time left."""

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

from ..core.interrupts import raise_if_interrupted

if TYPE_CHECKING:
    from ..em.loop import Progress

__all__ = ["Estimate", "Monitor"]

WIDE = 120
"""Width of a terminal, in characters, from which a bar and a clock are shown, too."""


class Estimate:
    """Estimates how much of a fit is done: the starts that have ended, and a fraction of each that still runs.

    The gain of an iteration falls about geometrically towards the limit of the stopping rule, so its logarithm shows
    how far a start has come.
    """

    def __init__(self, starts: int, gain: float = 1e-6, clock: Callable[[], float] = time.monotonic) -> None:
        self.starts, self.limit, self.clock = starts, math.log(gain), clock
        self.began = clock()
        self.best = -math.inf
        self._batches: dict[int, _Batch] = {}
        self._finished: set[int] = set()
        self._lock = Lock()

    def __call__(self, progress: Progress) -> None:
        """Count one iteration; called from several threads, each of which runs one batch of starts at a time."""
        with self._lock:
            key = get_ident()
            if progress.step == 1 or key not in self._batches:
                if key in self._batches:
                    self._finished |= self._batches[key].numbers
                self._batches[key] = _Batch(frozenset(progress.numbers))
                self._finished -= self._batches[key].numbers  # a start may continue
                begun = self._finished.union(*(batch.numbers for batch in self._batches.values()))
                self.starts = max(self.starts, len(begun))  # more starts than were asked for at first
            self._batches[key].take(progress, self.limit)
            self.best = max(self.best, progress.best)

    @property
    def done(self) -> int:
        """Number of starts that have ended."""
        return len(self._finished) + sum(len(batch.numbers) - batch.running for batch in self._batches.values())

    @property
    def share(self) -> float:
        """Share of the work that is done, 0 to 1."""
        partly = sum(batch.running * batch.fraction for batch in self._batches.values())
        return min(1.0, (self.done + partly) / self.starts)

    @property
    def left(self) -> float | None:
        """Seconds left, None as long as too little is done for an estimate."""
        spent = self.clock() - self.began
        return None if spent < 0.5 or self.share < 0.01 else spent * (1 - self.share) / self.share


class _Batch:
    """The starts that one thread runs side by side."""

    def __init__(self, numbers: frozenset[int]) -> None:
        self.numbers, self.running = numbers, len(numbers)
        self.fraction = 0.0
        self._last: Any = None
        self._first = self._now = math.nan

    def take(self, progress: Progress, limit: float) -> None:
        self.running = progress.running
        if self._last is not None:
            gain = float((progress.values - self._last).max())
            if gain > 0:
                self._now = math.log(gain) if math.isnan(self._now) else 0.7 * self._now + 0.3 * math.log(gain)
                self._first = self._now if math.isnan(self._first) else max(self._first, self._now)
        self._last = progress.values
        if self._first > limit:
            self.fraction = max(self.fraction, min(0.99, (self._first - self._now) / (self._first - limit)))


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
        logging.getLogger("blocs").setLevel(logging.ERROR)  # warnings of a fit are printed with its result
        if self.live:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            console = Console(file=sys.stderr)
            wide = console.width >= WIDE
            self._bar = Progress(
                SpinnerColumn(), TextColumn("{task.description}"), *([BarColumn(bar_width=24)] if wide else []),
                TextColumn("{task.fields[status]}"), *([TimeElapsedColumn()] if wide else []),
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
        """Begin a piece of work; known: whether it is known how much of it is done."""
        raise_if_interrupted()
        if self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(name, total=1.0 if known else None, status="", left="")

    def reading(self, name: str, share: float) -> None:
        """Progress of reading and counting, with the time left by the share that the database gives."""
        raise_if_interrupted()
        now = time.monotonic()
        if name != self._reading[0]:
            self._reading = name, now
        spent = now - self._reading[1]
        self.update(share, name, left=spent * (1 - share) / share if spent > 1 and share > 0.02 else None)

    def update(self, share: float, name: str | None = None, status: str = "", left: float | None = None) -> None:
        """Show how much is done."""
        if self._bar is not None and self._task is not None:
            described = {} if name is None else {"description": name}
            remaining = "" if left is None or left < 1 else f"about {_duration(left)} left"
            self._bar.update(self._task, completed=share, status=status, left=remaining, **described)

    def fitting(self, types: int, starts: int, gain: float = 1e-6) -> Callable[[Progress], None] | None:
        """Begin a fit and return what shows its progress; before the first iteration kernels may be compiled."""
        if self._bar is None:
            return None
        from ..kernels.jit import compiling

        name = f"fitting {types} type{'s' * (types > 1)}"
        self.task(name)
        self._listening.close()  # of the fit before
        self._listening.enter_context(compiling(lambda: self.update(0.0, f"{name}: compiling kernels (once)")))
        estimate, description = Estimate(starts if types > 1 else 1, gain), name
        shown: set[str] = set()

        def draw(stage: str) -> None:
            """Every stage is shown once, however short: the bar draws by itself only five times a second."""
            if stage not in shown:
                shown.add(stage)
                self._bar.refresh()

        def watch(progress: Progress) -> None:
            nonlocal description
            if progress.note:
                self._bar.console.print(f"{name}: {progress.note}")
                return
            stage = f"{name}: {progress.stage}" if progress.stage else name
            with self._lock:
                if stage != description:
                    self.task(stage, known=not progress.stage)
                    description = stage
            if progress.stage:  # work beside the starts: nobody knows how much there will be
                self.update(0.0, stage, f"log-likelihood {progress.best:,.2f}")
                draw(stage)
                return
            estimate(progress)
            status = f"{estimate.done} of {estimate.starts} starts, log-likelihood {estimate.best:,.2f}"
            self.update(estimate.share, name, status, estimate.left)
            draw(name)

        return watch

    def refitting(self, replicates: int) -> Callable[[Progress], None] | None:
        """Begin a bootstrap and return what shows its progress."""
        if self._bar is None:
            return None
        self.task("bootstrap")
        estimate = Estimate(replicates)

        def watch(progress: Progress) -> None:
            estimate(progress)
            with self._lock:
                status = f"{estimate.done:,} of {replicates:,} replicates"
                self.update(estimate.share, "bootstrap", status, estimate.left)

        return watch

    def drawing(self, replicates: int, name: str) -> Callable[[int], None]:
        """Return what shows how many replicates of a bootstrap are done, and the time left; called with 0 first."""
        began = time.monotonic()

        def each(done: int) -> None:
            nonlocal began
            began = began if done else time.monotonic()
            left = (time.monotonic() - began) * (replicates - done) / done if done else None
            self.update(done / replicates, name, f"{done:,} of {replicates:,} replicates", left)

        return each

    def testing(self, replicates: int) -> Callable[[int, int], None]:
        """Begin bootstrap tests and return what shows the replicates of a number of types that are done."""
        self.task("bootstrap likelihood-ratio tests")
        tests: dict[int, Callable[[int], None]] = {}

        def each(types: int, done: int) -> None:
            if types not in tests:
                tests[types] = self.drawing(replicates, f"testing {types - 1} against {types} types")
                tests[types](0)
            tests[types](done)

        return each


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
