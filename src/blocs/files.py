"""Files that must be there, files written all at once or not at all, and places refused before the work is done."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from .errors import Fault, InputError, nearest

__all__ = ["check_folder", "check_place", "existing", "write_atomically"]


def existing(name: str | Path) -> Path:
    """Return the path of a file or folder; raise InputError with the nearest name of its folder when it is not there.
    """
    path = Path(name)
    if not str(name).strip():
        raise InputError(Fault("the name of the file is empty", rule="Give one that exists"))
    if not path.exists():
        folder = path.parent
        beside = [found.name for found in folder.iterdir()] if folder.is_dir() else []
        raise InputError(Fault("there is no such file or folder", where=str(name), rule="Give one that exists",
                               nearest=nearest(path.name, beside)))  # fmt: skip
    return path


def check_place(path: str | Path) -> None:
    """Raise InputError when no file can be written at `path`: it is a folder, or lies in one that is not there."""
    path = Path(path)
    if path.is_dir():
        raise InputError(Fault("it is a folder", where=str(path), rule="A file is to be written there",
                               remedy="Give the name of a file"))  # fmt: skip
    if not path.parent.is_dir():
        above = path.parent.parent
        beside = [found.name for found in above.iterdir() if found.is_dir()] if above.is_dir() else []
        raise InputError(
            Fault(f"there is no folder {str(path.parent)!r}", where=str(path),
                  nearest=nearest(path.parent.name, beside), remedy="Make it first, or give another name")
        )  # fmt: skip


def check_folder(path: str | Path) -> None:
    """Raise InputError when no folder can be made at `path`, or is there: a file has its name, or that of one above."""
    path = Path(path)
    first = next((found for found in (path, *path.parents) if found.exists()), path)
    if first.is_file():
        raise InputError(Fault("it is a file" if first == path else f"{str(first)!r} is a file", where=str(path),
                               rule="A folder is to be made there", remedy="Give another name"))  # fmt: skip


def write_atomically(path: Path, text: str) -> None:
    """Write a file under a temporary name beside it, then rename. Raises InputError where there is no place for it."""
    check_place(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
