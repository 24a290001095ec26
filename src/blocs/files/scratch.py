"""Folders for what does not fit into memory: nobody else's, gone with the work, and cleared away after a run that was
killed."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..core.errors import counted
from ..core.interrupts import undisturbed

__all__ = ["Scratch", "scratch"]

_PREFIX, _IN_USE = "blocs-", "in-use"
_LOCKS: Any = import_module("fcntl") if os.name == "posix" else None  # Windows does not remove a file that is open


class Scratch(NamedTuple):
    """A folder that only this user can read and write (mode 0700), and a file in it that is locked while it is used."""

    folder: Path
    lock: IO[bytes]

    @undisturbed
    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.close()
        atexit.unregister(self.remove)


@undisturbed
def scratch() -> Scratch:
    """Make a folder in the system's temporary one, which is removed at the latest when Python ends.

    What killed runs left there is removed, once in a process.
    """
    _clear()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = open(folder / "new", "wb")  # noqa: SIM115
    if _LOCKS is not None:
        _LOCKS.flock(lock, _LOCKS.LOCK_EX)
        os.rename(folder / "new", folder / _IN_USE)  # locked before anybody can find it
    made = Scratch(folder, lock)
    atexit.register(made.remove)
    return made


@cache
def _clear() -> None:
    """Remove the folders of runs that were killed, and say so: a lock ends with the process that has it."""
    if _LOCKS is None:
        return
    removed = size = 0
    for folder in _left():
        size += sum(file.lstat().st_size for file in folder.rglob("*"))
        removed += 1
        shutil.rmtree(folder, ignore_errors=True)
    if removed:
        logging.getLogger("blocs").error(
            "removed %s of temporary files (%.1f MB) in %s, left by runs of blocs that were killed",
            counted(removed, "folder"), size / 1e6, tempfile.gettempdir(),
        )  # fmt: skip


def _left() -> Iterator[Path]:
    """Yield the folders of this user that no process has locked."""
    for marker in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_IN_USE}"):
        try:
            if marker.lstat().st_uid != os.getuid() or marker.is_symlink() or marker.parent.is_symlink():
                continue
            with open(marker, "rb") as file:
                _LOCKS.flock(file, _LOCKS.LOCK_EX | _LOCKS.LOCK_NB)
                yield marker.parent
        except OSError:  # it is in use, or gone meanwhile
            continue
