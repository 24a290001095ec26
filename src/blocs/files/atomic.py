"""Files that must be there, files written all at once or not at all, and places refused before the work is done."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..core.errors import Fault, PathError, nearest

__all__ = ["UNFINISHED", "check_apart", "check_folder", "check_named", "check_new", "check_place", "existing",
           "is_stream", "refuse_circle", "whole", "whole_folder", "write_atomically", "write_json"]  # fmt: skip

_KEPT = 40
"""Letters at the end of a name, that say the format, which the name of the meantime has too: a name has 255 bytes."""
UNFINISHED = ".unfinished"
"""Name of a folder that is being written, inside the one that it will become."""
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def existing(name: str | Path) -> Path:
    """Return the path of a file or folder; raise PathError with the nearest name of its folder when it is not there."""
    check_named(name, "Give one that exists")
    with _entered(name):
        return _existing(name)


def _existing(name: str | Path) -> Path:
    path = Path(name)
    if not path.exists() and path.is_symlink():
        rule = "Give one that exists"
        raise PathError(Fault("it is a link that leads to no file or folder", where=str(name), rule=rule))
    if not path.exists():
        folder = path.parent
        beside = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        raise PathError(Fault("there is no such file or folder", where=str(name), rule="Give one that exists",
                               nearest=nearest(path.name, beside)))  # fmt: skip
    if path.is_dir() and (path / UNFINISHED).exists():
        raise PathError(Fault("it is being written, or writing it was ended half way", where=str(path),
                               rule="A folder is read when it is whole", remedy="Wait, or remove it and write it again",
                               ))  # fmt: skip
    return path if path.name else path.absolute()  # "." has no name by which a message could call it


def check_named(name: str | Path, rule: str = "Give one") -> None:
    """Raise PathError when the name of a file or folder is empty."""
    if not str(name).strip():
        raise PathError(Fault("the name of the file is empty", rule=rule))


def check_place(path: str | Path) -> None:
    """Raise PathError when no file can be written at `path`.

    It is a folder, it lies in one that is not there or where nothing may be written, or it is a read-only file.
    """
    check_named(path)
    with _entered(path):
        _check_place(path)


def _check_place(path: str | Path) -> None:
    of_folder = str(path).endswith("/")
    path = Path(path)
    refuse_circle(path)
    if path.is_dir() or of_folder:
        what = "it is a folder" if path.is_dir() else "it is the name of a folder"
        raise PathError(Fault(what, where=str(path), rule="A file is to be written there",
                               remedy="Give the name of a file"))  # fmt: skip
    folder = _target(path).parent if path.is_symlink() else path.parent
    if not folder.is_dir():
        above = folder.parent
        beside = [entry.name for entry in above.iterdir() if entry.is_dir()] if above.is_dir() else []
        raise PathError(
            Fault(f"there is no folder {str(folder)!r}", where=str(path),
                  nearest=nearest(folder.name, beside), remedy="Make it first, or give another name")
        )  # fmt: skip
    if is_stream(path):
        return
    if path.exists() and not path.stat().st_mode & _WRITABLE:  # a new file beside it could take its name all the same
        raise PathError(Fault("it is read-only", where=str(path), rule="A read-only file is not replaced",
                               remedy="Give another name"))  # fmt: skip
    _check_writable(folder, path)


def refuse_circle(path: str | Path) -> None:
    """Raise PathError where a link of `path` leads back to itself, so that it names no place at all."""
    try:
        os.stat(path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise PathError(Fault("a link in it leads back to itself", where=str(path), remedy="Give another name",
                                   rule="A link leads to a file or folder")) from None  # fmt: skip


@contextmanager
def _entered(path: str | Path) -> Iterator[None]:
    """Raise PathError where a folder on the way to `path`, or `path` itself, may not be entered."""
    try:
        yield
    except PermissionError:
        raise PathError(Fault("a folder on the way to it may not be entered", where=str(path),
                               rule="Files are in folders that you may enter",
                               remedy="Give another name")) from None  # fmt: skip


def _check_writable(folder: Path, path: str | Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PathError(Fault(f"nothing may be written in the folder {str(folder)!r}", where=str(path),
                               remedy="Give another name"))  # fmt: skip


def check_folder(path: str | Path) -> None:
    """Raise PathError when no folder can be made at `path`, or is there: a file has its name, or that of one above."""
    check_named(path)
    path = Path(path)
    refuse_circle(path)
    with _entered(path):
        first = next((place for place in (path, *path.parents) if place.exists()), path)
    if not first.is_dir():
        what = "a file" if first.is_file() else "a pipe or a device"
        raise PathError(Fault(f"it is {what}" if first == path else f"{str(first)!r} is {what}", where=str(path),
                               rule="A folder is to be made there", remedy="Give another name"))  # fmt: skip
    _check_writable(first, path)


def check_apart(out: str | Path, *read: str | Path | None) -> None:
    """Raise PathError when `out` is one of the files that are read, or lies in a folder that is; None is no file."""
    if is_stream(out) or not os.path.exists(out):
        return
    for source in read:
        if source is None or not os.path.exists(source):
            continue
        inside = os.path.isdir(source) and Path(source).resolve() in Path(out).resolve().parents
        if inside or os.path.samefile(out, source):
            what = f"it is in {str(source)!r}, which is read" if inside else "it is read by the same command"
            raise PathError(Fault(what, where=str(out), rule="What is read is not overwritten",
                                   remedy="Give another name to be written"))  # fmt: skip


def check_new(path: str | Path) -> None:
    """Raise PathError when there is a file at `path` already."""
    if os.path.lexists(path) and not is_stream(path):
        raise PathError(Fault("it exists", where=str(path), rule="Nothing is overwritten",
                               remedy="Give another name, or remove it"))  # fmt: skip


def is_stream(path: str | Path) -> bool:
    """Return whether what is written at `path` flows on: a pipe, a device, /dev/stdout wherever that leads."""
    path = Path(path)
    return path.exists() and not path.is_dir() and (not path.is_file() or path.absolute().parent == Path("/dev"))


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Give a name to write under; when all is written it is renamed to `path`, and otherwise nothing is left of it.

    Parameters
    ----------
    path : str or Path
        Where the file is to be in the end. A link is followed: its target is what is written. A pipe or a device is
        written to as it is. A new file has the permissions that the umask leaves, an old one keeps its own.

    Raises
    ------
    PathError
        Where there is no place for a file.
    """
    check_place(path)
    if is_stream(path):
        try:
            yield Path(path)
        except OSError as error:
            error.filename = error.filename or str(path)
            raise
        return
    target = _target(Path(path)).absolute()  # writers would take a "~" at the beginning for the home folder
    part, made = _beside(target), True
    try:
        try:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            made = False
            raise
        yield part
        if target.exists():
            shutil.copymode(target, part)
        _flushed(part)
        os.replace(part, target)
    except BaseException as error:
        if made:
            with suppress(OSError):  # it is not there
                part.unlink()
        _name_asked_for(error, path, part)
        raise


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Give a folder to write in; when all is written it becomes `path`, and otherwise nothing is left of it.

    Parameters
    ----------
    path : str or Path
        Where the folder is to be in the end: nothing may be there, or an empty folder. Folders above it are made. Until
        then `path` is there and holds one hidden folder, so that a second run that wants the name is refused at once.

    Raises
    ------
    PathError
        Where there is no place for a folder, or something is there.
    """
    check_folder(path)
    target = _target(Path(path)).absolute()
    if target.exists() and any(target.iterdir()):
        raise _taken(path)
    part, beside, made = target / UNFINISHED, _beside(target), not target.exists()
    try:
        target.mkdir(parents=True, exist_ok=True)
        part.mkdir()
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        _remove_empty(target, made)
        _name_asked_for(error, path, target)
        raise
    try:
        yield part
        for file in part.rglob("*"):
            _flushed(file)
        shutil.copymode(target, part)
        os.rename(part, beside)
        try:
            target.rmdir()
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                raise _taken(path) from None
            raise
        os.rename(beside, target)
    except BaseException as error:
        shutil.rmtree(part if part.exists() else beside, ignore_errors=True)  # the second is made of the first
        _remove_empty(target, made)
        _name_asked_for(error, path, target, beside)
        raise


def _remove_empty(folder: Path, made: bool) -> None:
    """Remove a folder that was made here, or make one again that was there before and has given its place."""
    with suppress(OSError):  # it is not empty, or not there
        folder.rmdir() if made else folder.mkdir(exist_ok=True)


def _beside(target: Path) -> Path:
    """Return a new hidden name in the same folder, with the same ending, which may say the format."""
    return target.with_name(f".{secrets.token_hex(4)}.{target.name[-_KEPT:]}")


def _name_asked_for(error: BaseException, path: str | Path, *places: Path) -> None:
    """Name in an error of the system the path that was asked for, in place of those of the meantime, or of none."""
    if isinstance(error, OSError) and error.errno:
        named = None if error.filename is None else Path(os.fsdecode(error.filename))
        if named is None or {named, *named.parents} & set(places):
            error.filename = str(path)


def _taken(path: str | Path) -> PathError:
    return PathError(Fault("it exists and is not an empty folder", where=str(path), rule="Nothing is overwritten",
                           remedy="Give another name, or remove it"))  # fmt: skip


def _flushed(path: Path) -> None:
    """Wait until what was written is on the disk: a name that survives a loss of power has its content."""
    if path.is_dir():
        return
    with open(path, "r+b") as file:
        os.fsync(file.fileno())


def write_atomically(path: str | Path, text: str) -> None:
    """Write a text file, all or nothing, with the same bytes on every system; see `whole`."""
    with whole(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, data: Any) -> None:
    """Write plain data as a JSON file, all or nothing; numbers that are not finite are an error."""
    write_atomically(path, json.dumps(data, indent=1, allow_nan=False, ensure_ascii=False) + "\n")


def _target(path: Path) -> Path:
    """Where a link leads in the end, whether or not there is a file."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path
