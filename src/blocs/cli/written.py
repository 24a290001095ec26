"""Which of the files that a command is to write are written: whoever interrupts it is to know."""

from __future__ import annotations

import os
import stat

__all__ = ["forget_files", "to_be_written", "written"]

_before: dict[str, tuple[int, ...] | None] = {}
"""Name -> what was there before the work, None for nothing."""


def forget_files() -> None:
    """Begin a command: nothing is to be written yet."""
    _before.clear()


def to_be_written(name: str) -> None:
    """Remember what is there before a file or a folder is written; a pipe or a device is left out."""
    try:
        _before[name] = _identity(name)
    except OSError:
        _before[name] = None


def written() -> list[str]:
    """Return the names under which there is something new: a file, or a folder that is not empty."""
    return [name for name, before in _before.items() if _is_new(name, before)]


def _is_new(name: str, before: tuple[int, ...] | None) -> bool:
    try:
        now = _identity(name)
        return bool(now) and now != before and (os.path.isfile(name) or any(e[0] != "." for e in os.listdir(name)))
    except OSError:
        return False


def _identity(name: str) -> tuple[int, ...]:
    """Return what another file or folder of the name does not have; () for what is neither."""
    found = os.stat(name)
    if stat.S_ISREG(found.st_mode):
        return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
    return (found.st_dev, found.st_ino) if stat.S_ISDIR(found.st_mode) else ()
