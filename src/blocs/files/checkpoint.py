"""Checkpoint: a file with what long work has finished so far, written whole at intervals and at the end.

The first line is JSON: the format, versions, what the data were, the settings of each piece of work, and the SHA-256 of
the rest, which are arrays in numpy's own format. Nothing in it is executed when it is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..core.errors import EngineError, Fault, InputError, PathError
from ..core.limits import EVERY
from ..core.version import VERSION
from .atomic import check_place, is_stream, whole

__all__ = ["EVERY", "Checkpoint", "Checkpointed", "Work", "checkpoint_of", "is_checkpoint", "opened"]

Arrays = Mapping[str, NDArray[Any]]

FORMAT = 1
"""Version of the layout."""
BEGIN = b'{"blocs_checkpoint":'
"""How the file begins."""
ANEW = "Give another name, or remove the file and begin anew"
"""The remedy for a file that does not go with the work."""


class Checkpoint:
    """What pieces of work on one data set have finished so far. Several threads may add to it.

    Parameters
    ----------
    path : str or Path
        The file. Where it is there already, the work goes on from it.
    data : str
        Hash of the data.
    every : float
        Seconds between two times that it is written, at least.

    Raises
    ------
    InputError
        If the file is no checkpoint, damaged, of another version of blocs or numpy, or of other data.
    PathError
        If no file can be written at that place.
    """

    def __init__(self, path: str | Path, data: str, every: float = EVERY) -> None:
        check_place(path)
        if is_stream(path):
            raise PathError(Fault("it is a pipe or a device", where=str(path), argument="checkpoint",
                                   rule="A checkpoint is a file, which is read and written again",
                                   remedy="Give another name"))  # fmt: skip
        self.path, self.data, self.every = Path(path), data, every
        self._settings: dict[str, dict[str, Any]] = {}
        self._arrays: dict[str, Arrays] = {}
        self.lock, self._saved, self._new = RLock(), time.monotonic(), False
        if self.path.exists():
            self._settings, self._arrays = _read(self.path, data)

    def work(self, name: str, settings: Mapping[str, Any]) -> Work:
        """Return a piece of work by its name; raise InputError where it was begun with other settings."""
        own = json.loads(json.dumps(dict(settings), sort_keys=True))
        with self.lock:
            before = self._settings.setdefault(name, own)
        if before != own:
            differ = [key for key in {**before, **own} if before.get(key) != own.get(key)]
            words = ", ".join(f"{key} is {before.get(key)!r} there and {own.get(key)!r} here" for key in differ)
            raise InputError(Fault(f"it has a {name} with other settings: {words}", where=str(self.path),
                                   argument="checkpoint", rule="Work goes on with the settings that it began with",
                                   remedy=ANEW))  # fmt: skip
        return Work(self, name)

    def get(self, key: str) -> Arrays | None:
        """Return what was finished under a key, None where nothing was."""
        return self._arrays.get(key)

    def put(self, key: str, arrays: Arrays) -> None:
        """Add what is finished; write the file when its time has come."""
        with self.lock:
            self._arrays[key], self._new = arrays, True
            if time.monotonic() - self._saved >= self.every:
                self.save()

    def drop(self, key: str) -> None:
        """Leave out what is no longer needed."""
        with self.lock:
            self._arrays.pop(key, None)

    def save(self) -> None:
        """Write the file, all or nothing. Where that fails, work goes on, and the file from before stays."""
        with self.lock:
            if not self._new:
                return
            flat = {f"{key}/{name}": array for key, arrays in self._arrays.items() for name, array in arrays.items()}
            body = io.BytesIO()
            np.savez(body, allow_pickle=False, **flat)
            content = body.getvalue()
            head = {"blocs_checkpoint": FORMAT, "versions": _versions(), "data": self.data, "work": self._settings,
                    "sha256": hashlib.sha256(content).hexdigest()}  # fmt: skip
            line = json.dumps(head, separators=(",", ":")).encode() + b"\n"
            head_hash = hashlib.sha256(line).hexdigest().encode() + b"\n"
            try:
                with whole(self.path) as part:
                    part.write_bytes(line + head_hash + content)
                self._new = False
            except OSError as error:
                logging.getLogger("blocs").warning("the checkpoint %s could not be written: %s. The work goes on",
                                                   self.path, error.strerror or error)  # fmt: skip
            self._saved = time.monotonic()


class Work:
    """A piece of work in a checkpoint.

    Parameters
    ----------
    checkpoint : Checkpoint
        Where it is kept.
    name : str
        Which piece.
    """

    def __init__(self, checkpoint: Checkpoint, name: str) -> None:
        self.checkpoint, self.name, self.lock = checkpoint, name, checkpoint.lock

    def get(self, key: str) -> Arrays | None:
        """Return what was finished under a key, None where nothing was."""
        return self.checkpoint.get(f"{self.name}/{key}")

    def put(self, key: str, arrays: Arrays) -> None:
        """Add what is finished."""
        self.checkpoint.put(f"{self.name}/{key}", arrays)

    def drop(self, key: str) -> None:
        """Leave out what is no longer needed."""
        self.checkpoint.drop(f"{self.name}/{key}")


Checkpointed: TypeAlias = str | Path | Checkpoint | None
"""What `checkpoint=` may be: the name of a file, one that is open, or none."""


def checkpoint_of(checkpoint: Checkpointed, data: Any, every: float) -> Checkpoint | None:
    """Return the checkpoint, opened; data: the profiles, whose hash is taken where there is a checkpoint."""
    if checkpoint is None or isinstance(checkpoint, Checkpoint):
        return checkpoint
    return Checkpoint(checkpoint, data.hash, every)


@contextmanager
def opened(
    checkpoint: Checkpointed, data: Any, name: str, settings: Mapping[str, Any], every: float
) -> Iterator[Work | None]:
    """Give a piece of work in a checkpoint, None where there is none; at the end the file is written, however it ends.

    data: as in `checkpoint_of`.
    """
    own = checkpoint_of(checkpoint, data, every)
    try:
        yield None if own is None else own.work(name, settings)
    except EngineError as error:
        there = "Nothing was kept: give `checkpoint=` the next time" if own is None else (
            f"What was finished is in the checkpoint {own.path}: start the cluster again, and run the same with it"
        )  # fmt: skip
        raise EngineError(f"{error} {there}.") from error
    finally:
        if own is not None:
            own.save()


def is_checkpoint(path: str | Path) -> bool:
    """Whether the file at `path` is a checkpoint, whole or damaged."""
    if not Path(path).is_file():
        return False
    with open(path, "rb") as file:
        return file.read(len(BEGIN)) == BEGIN


def _versions() -> dict[str, str]:
    return {"blocs": VERSION, "numpy": np.__version__}


def _read(path: Path, data: str) -> tuple[dict[str, dict[str, Any]], dict[str, Arrays]]:
    """Return the settings of the work in a checkpoint, and its arrays; raise InputError where it cannot be used."""
    content = path.read_bytes()
    if not content.startswith(BEGIN):
        raise _refused(path, "it is no checkpoint", "Nothing is overwritten", "Give another name")
    line, _, rest = content.partition(b"\n")
    head_hash, _, body = rest.partition(b"\n")
    head = json.loads(line) if hashlib.sha256(line + b"\n").hexdigest().encode() == head_hash else None
    if head is None or head["sha256"] != hashlib.sha256(body).hexdigest():
        raise _refused(path, "its content has changed since it was written", "A checkpoint is read as it was written")
    rule = "Work ends with the bits of an undisturbed run in the versions that it began with"
    for name, here in {"format": FORMAT, **_versions()}.items():
        there = head["blocs_checkpoint"] if name == "format" else head["versions"].get(name)
        if there != here:
            raise _refused(path, f"it was written with {name} {there}, and this is {here}", rule)
    if head["data"] != data:
        raise _refused(path, "it belongs to other data", "Work goes on with the data that it began with")
    arrays: dict[str, dict[str, NDArray[Any]]] = {}
    with np.load(io.BytesIO(body), allow_pickle=False) as file:
        for name in file.files:
            key, _, field = name.rpartition("/")
            arrays.setdefault(key, {})[field] = file[name]
    return head["work"], dict(arrays)


def _refused(path: Path, what: str, rule: str, remedy: str = ANEW) -> InputError:
    return InputError(Fault(what, where=str(path), argument="checkpoint", rule=rule, remedy=remedy))
