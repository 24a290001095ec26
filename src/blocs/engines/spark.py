"""Spark: sums on the executors of a cluster, wherever a `SparkSession` leads.

Shards are read by tasks from their files, once, and kept by Spark in memory, or on its disks where that is too small:
an executor that is lost takes nothing with it, because its shards are read again by others. The parameters travel
inside the tasks of every pass. The sums of each shard come back and are added here, in the order of the shards: the
bits are those of one thread.
"""

from __future__ import annotations

import gc
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial, reduce
from operator import add
from threading import current_thread, main_thread
from typing import Any, NamedTuple
from weakref import finalize

from ..core.errors import EngineError, Fault, InputError, MissingPackageError, UnsupportedError
from .shards import on_shard, read, tasks_for

try:
    import pyspark
except ImportError:
    raise ImportError("blocs.engines.spark needs PySpark. Install it with: pip install 'blocs[spark]', or in a "
                      "checkout of blocs with: pip install '.[spark]'") from None  # fmt: skip
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

__all__ = ["Placed", "Spark", "cluster"]

LOST: tuple[type[BaseException], ...] = (PySparkException, Py4JError, ConnectionError, EOFError)
"""What is raised where a job cannot end, or the driver of Spark does not answer any more."""
_MASTER = re.compile(r"(local(\[.*\])?|local-cluster\[.*\]|yarn)$|(spark|k8s)://.")
"""What the names of masters are."""
SETTINGS = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "OFF",
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}  # fmt: skip
"""Of the sessions begun here: messages of Spark would stand between those of blocs, and in a session of minutes Java
spends more on compiling its code thoroughly than it gains."""


class Failed(NamedTuple):
    """What a task gives in place of a value: its error, which Spark would hand on as text."""

    error: Exception


class Placed:
    """Shards as Spark keeps them, until nothing uses them any more; number: how many."""

    def __init__(self, shards: Any, number: int) -> None:
        self.shards, self.number = shards, number
        finalize(self, _release, shards)


class Spark:
    """Sums on the executors of a Spark session.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        Of any master but Spark Connect. Executors have blocs installed for the Python that they run (PYSPARK_PYTHON),
        and see the folder of the shards under the same name.

    Raises
    ------
    ImportError
        If PySpark is not installed.
    UnsupportedError
        For a session of Spark Connect.

    Notes
    -----
    Profiles that were opened from shards (`blocs.open_shards`) are read by the executors. Shards of profiles in memory
    are sent to them: use it for small data only.

    Spark runs a lost task again, spark.task.maxFailures times. In local mode that is once, unless the master says
    otherwise: "local[2,4]" has two threads and tries a task four times.

    Examples
    --------
    >>> from pyspark.sql import SparkSession                                                        # doctest: +SKIP
    >>> session = SparkSession.builder.master("spark://head:7077").getOrCreate()                    # doctest: +SKIP
    >>> fit = blocs.fit(blocs.open_shards("county"), 4, engine=Spark(session))                      # doctest: +SKIP
    """

    def __init__(self, session: SparkSession) -> None:
        if not isinstance(session, SparkSession):
            raise UnsupportedError(
                f"Sums are computed on a pyspark.sql.SparkSession, not on {type(session).__module__}."
                f"{type(session).__name__}; Spark Connect is not available. Give a session of a master."
            )
        self.session = session

    def place(self, shards: Sequence[Any]) -> Placed:
        """Have the shards read by executors, and kept there.

        Raises
        ------
        EngineError
            If the session does not answer, or executors are lost again and again.
        """
        number = len(shards)
        try:
            context = self.session.sparkContext
            numbered = context.parallelize(enumerate(shards, start=1), tasks_for(number, context.defaultParallelism))
            kept = numbered.map(partial(_bring, number)).persist(pyspark.StorageLevel.MEMORY_AND_DISK)
            placed = Placed(kept, number)
            failures = kept.map(_failure).collect()
        except LOST as error:
            raise _lost(error) from None
        _raise_first(failures)
        return placed

    def sum(self, task: Callable[[Any], Any], placed: Placed) -> Any:
        """Return task(shard) summed over the shards in their order.

        Raises
        ------
        EngineError
            As in `place`.
        """
        try:
            sums = placed.shards.map(partial(_sums, task, placed.number)).collect()
        except LOST as error:
            raise _lost(error) from None
        _raise_first(sums)
        return reduce(add, sums)


def _bring(number: int, numbered: tuple[int, Any]) -> tuple[int, Any]:
    """Return a shard with its number, from 1; read where it is an address."""
    i, shard = numbered
    try:
        return i, read(shard, i, number)
    except Exception as error:  # of whatever kind: it is raised again where the command runs
        return i, Failed(error)


def _failure(numbered: tuple[int, Any]) -> Failed | None:
    return numbered[1] if isinstance(numbered[1], Failed) else None


def _sums(task: Callable[[Any], Any], number: int, numbered: tuple[int, Any]) -> Any:
    """Return task(shard), or the error that it raised or that reading the shard again raised."""
    _freeze()
    i, shard = numbered
    if isinstance(shard, Failed):
        return shard
    try:
        return on_shard(task, shard, i, number)
    except Exception as error:  # of whatever kind: it is raised again where the command runs
        return Failed(error)


@cache
def _freeze() -> None:
    """Leave what this process has loaded out of the search for garbage.

    A worker of Spark looks for garbage after every task, which takes longer than the task: packages are many objects.
    """
    gc.freeze()


def _raise_first(values: Sequence[Any]) -> None:
    for value in values:
        if isinstance(value, Failed):
            raise value.error


def _release(shards: Any) -> None:
    with suppress(*LOST, AttributeError):  # a session that has ended keeps nothing
        shards.unpersist()


def _lost(error: BaseException) -> EngineError:
    """Return an error that says in one line what Spark says in many."""
    text = str(error)
    if "ModuleNotFoundError" in text or "ImportError" in text:
        return EngineError("Spark: executors do not have the same blocs as this machine. Install the same version of "
                           "blocs, with its packages, in the Python of every executor (PYSPARK_PYTHON).")  # fmt: skip
    if "Job aborted" in text:
        return EngineError("Spark: a task was lost again and again, and the job has ended. Executors may have too "
                           "little memory: give them more, or use more of them.")  # fmt: skip
    return EngineError(f"Spark: the session does not answer any more ({type(error).__name__}).")


@contextmanager
def cluster(scheduler: str) -> Iterator[Spark]:
    """Give the engine of a session with this master, which is stopped at the end.

    Raises
    ------
    InputError
        If it is no master.
    EngineError
        If none answers there.
    MissingPackageError
        If there is no Java.
    """
    if not _MASTER.match(scheduler):
        raise InputError(Fault(f"{scheduler!r} is no master of Spark", argument="scheduler",
                               rule="A master is spark://HOST:PORT, yarn, k8s://ADDRESS or local[THREADS]",
                               remedy="Give one of these"))  # fmt: skip
    if shutil.which("java", path=_places_of_java()) is None:
        raise MissingPackageError("blocs.engines.spark needs Java 17 or later. Install it, such as with: apt-get "
                                  "install default-jre-headless; or set JAVA_HOME to where it is")  # fmt: skip
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        with _own_interrupts():
            builder = SparkSession.builder.master(scheduler).appName("blocs").config(map=dict(SETTINGS))
            session = builder.getOrCreate()
    except LOST as error:
        raise EngineError(f"Spark: no master answers at {scheduler} ({type(error).__name__}).") from None
    try:
        yield Spark(session)
    finally:
        with suppress(*LOST):
            session.stop()


def _places_of_java() -> str:
    """Return the folders in which PySpark looks for Java."""
    home = os.environ.get("JAVA_HOME")
    return os.path.join(home, "bin") if home else os.environ.get("PATH", "")


@contextmanager
def _own_interrupts() -> Iterator[None]:
    """Keep what a Ctrl-C does: a session that begins sets a handler of its own."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if current_thread() is main_thread():
            signal.signal(signal.SIGINT, before)
