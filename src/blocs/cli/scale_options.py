"""Options of long fits: a checkpoint, and where the sums are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from ..core.errors import Fault, InputError, named
from ..core.interrupts import asked_to_stop
from ..core.limits import EVERY
from ..files.atomic import existing
from .exit_codes import ExitCode
from .finite import FiniteRange
from .go_on import show_how_to_go_on
from .help_sections import Section, option

__all__ = ["begun_again", "checkpoint_options", "note_left_out", "refuse_kept", "scale_options", "scale_settings"]

F = TypeVar("F", bound=Callable[..., Any])

ENGINES = {
    "local": "",
    "dask": "A scheduler writes its address into a file: dask scheduler --scheduler-file FILE",
    "spark": "A master is spark://HOST:PORT, yarn, k8s://ADDRESS or local[THREADS]",
}
"""Engines by name, and how a cluster is named; `cluster` of the module with that name connects to it."""


def checkpoint_options(function: F) -> F:
    """Add --checkpoint and --every."""
    for add in reversed([
        option(Section.SEARCH, "--checkpoint", metavar="FILE",
               help="Keep what is finished in this file, also when the run is interrupted. Where it is there already, "
                    "go on from it: the result has the bits of an undisturbed run."),
        option(Section.SEARCH, "--every", type=FiniteRange(0), default=EVERY, show_default=True, metavar="SECONDS",
               help="Seconds between two times that the checkpoint is written, at least."),
    ]):  # fmt: skip
        function = add(function)
    return function


def refuse_kept(checkpoint: str | None, bootstrap: int, group_by: str | None = None) -> None:
    """Refuse a checkpoint of replicates where there are none, or those of several groups."""
    if checkpoint is not None and not bootstrap:
        raise InputError(Fault("there are no replicates to be kept", argument="checkpoint",
                               remedy="Give `bootstrap=`, too"))  # fmt: skip
    if checkpoint is not None and group_by is not None:
        raise InputError(Fault("it is of one set of voters", argument="checkpoint",
                               remedy="Leave out `checkpoint=` or `group_by=`"))  # fmt: skip


def scale_options(function: F) -> F:
    """Add --checkpoint, --every, --engine and --scheduler."""
    for add in reversed([
        checkpoint_options,
        option(Section.SEARCH, "--engine", default="local", show_default=True, metavar=f"[{'|'.join(ENGINES)}]",
               help="Where the sums over the data are computed."),
        option(Section.SEARCH, "--scheduler", metavar="FILE",
               help="With --engine dask: the scheduler file of the cluster, or its address. With --engine spark: its "
                    "master, such as spark://HOST:7077."),
    ]):  # fmt: skip
        function = add(function)
    return function


def begun_again(resume: str | None, checkpoint: str | None) -> tuple[str | None, str | None]:
    """Return a saved fit to start from, and the checkpoint: `--resume` is either of them.

    Raises InputError where there are two checkpoints; PathError where the file does not exist.
    """
    from ..files.checkpoint import is_checkpoint  # loads numpy

    if resume is None or not is_checkpoint(existing(resume)):
        return resume, checkpoint
    if checkpoint is not None:
        raise InputError(Fault("it is a checkpoint, too", argument="init", rule="Work goes on from one",
                               remedy="Leave out `checkpoint=`"))  # fmt: skip
    return None, resume


def note_left_out(
    engine: str, checkpoint: str | None, *, of_engine: Mapping[str, Any], of_checkpoint: Mapping[str, Any]
) -> None:
    """Print a note on each option that a cluster does not compute, or that a checkpoint does not keep.

    of_engine, of_checkpoint: such options -> their values.
    """
    for option_ in (name for name, value in of_engine.items() if value and engine != "local"):
        click.echo(f"Note: {option_} is computed by threads of this machine, not with --engine {engine}.", err=True)
    for option_ in (name for name, value in of_checkpoint.items() if value and checkpoint is not None):
        click.echo(f"Note: {option_} is not kept in the checkpoint: it is computed anew in each run.", err=True)


@contextmanager
def scale_settings(
    checkpoint: str | None, every: float, engine: str, scheduler: str | None
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Give the arguments of `fit` for these options; a cluster is left at the end.

    Where a request to stop ends the work while a checkpoint of an earlier run is there, say how to go on from it.
    """
    try:
        with _settings(checkpoint, every, engine, scheduler) as settings:
            yield settings
    except (KeyboardInterrupt, Exception) as error:
        asked = isinstance(error, KeyboardInterrupt) or asked_to_stop()
        if not asked or checkpoint is None or not Path(checkpoint).is_file():
            raise
        show_how_to_go_on(click.get_current_context(), checkpoint)
        raise click.exceptions.Exit(ExitCode.INTERRUPTED) from None


@contextmanager
def _settings(checkpoint: str | None, every: float, engine: str, scheduler: str | None) -> Iterator[dict[str, Any]]:
    rule = named(ENGINES, engine, "engine", "engine", "engines")
    settings: dict[str, Any] = {"checkpoint": checkpoint, "every": every}
    if engine == "local":
        if scheduler is not None:
            clusters = " or ".join(f"--engine {name}" for name in ENGINES if name != "local")
            raise InputError(Fault("there is no cluster", argument="scheduler", remedy=f"Give {clusters}"))
        yield settings
        return
    if scheduler is None:
        raise InputError(Fault("the cluster is not named", argument="engine", remedy="Give `scheduler=`", rule=rule))
    try:
        cluster = import_module(f"blocs.engines.{engine}").cluster
    except ImportError as error:
        raise InputError(Fault(str(error), argument="engine")) from None
    with cluster(scheduler) as there:
        yield {**settings, "engine": there}
