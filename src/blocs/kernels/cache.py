"""Compiled kernels on disk, wherever there is a place for them; without one they are compiled in every run.

numba fails where it can write nowhere, as for a service account in a locked container, and where the disk is full or a
kept file is cut off. A fit needs none of that. Nor does it answer a signal while it compiles: see `core.abandonable`.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
from numba.core.compiler_lock import global_compiler_lock

from ..core.abandonable import waited_for

__all__ = ["compiled", "private_folder"]

_CONFIG: Any = numba.config  # numba sets its attributes when it is imported, which type checkers do not see
_LOCK: Any = global_compiler_lock


def compiled(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """Return `numba.njit(**options)(function)`, kept where that is possible when `options` say so."""
    dispatcher = _kept(function, options) if options.get("cache") else numba.njit(**options)(function)
    compile_it = dispatcher.compile

    def compile_kernel(signature: Any) -> Any:
        if _LOCK.is_locked():  # by this thread, which compiles what calls the kernel: another would wait for it
            return compile_it(signature)
        return waited_for(lambda: compile_it(signature))

    dispatcher.compile = compile_kernel
    return dispatcher


def _kept(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """Return the function, to be compiled and kept."""
    try:
        dispatcher = numba.njit(**options)(function)
    except RuntimeError:  # numba has no place beside the file or in the home folder
        dispatcher = _elsewhere(function, options)
    if hasattr(dispatcher._cache, "load_overload"):
        dispatcher._cache = _Kept(dispatcher._cache)
    return dispatcher


def private_folder() -> Path | None:
    """Return a folder in the temporary one that only this user can read and write, None where there is none.

    What lies in it is run, so it must be nobody else's.
    """
    if not hasattr(os, "getuid"):
        return None
    folder = Path(tempfile.gettempdir()) / f"blocs-kernels-{os.getuid()}"
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077
    return folder if private and os.access(folder, os.W_OK) else None


def _elsewhere(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """Compile with the private folder as the place, or without one."""
    folder, before = private_folder(), _CONFIG.CACHE_DIR
    if folder is not None:
        _CONFIG.CACHE_DIR = str(folder)
        try:
            return numba.njit(**options)(function)
        except RuntimeError:
            pass
        finally:
            _CONFIG.CACHE_DIR = before
    _warn("there is no folder for them")
    return numba.njit(**{**options, "cache": False})(function)


class _Kept:
    """numba's kept code of one kernel: what cannot be read is compiled again, what cannot be written is not kept."""

    def __init__(self, kept: Any) -> None:
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Return the kept code, None where there is none that can be read; damaged files are given up."""
        try:
            return self._kept.load_overload(signature, target)
        except Exception:  # damaged bytes make pickle raise any class there is; the kernel is then compiled anew
            with suppress(Exception):  # nor must the list of what is kept be writable
                self._kept.flush()
            return None

    def save_overload(self, signature: Any, code: Any) -> None:
        """Keep the code if that is possible."""
        try:
            self._kept.save_overload(signature, code)
        except Exception as error:  # a full disk, no permission, or a damaged list; the kernel is compiled already
            _warn(str(error))


_warned: list[str] = []


def _warn(why: str) -> None:
    """Say once why kernels are not kept."""
    if not _warned:
        logging.getLogger("blocs").error("compiled kernels cannot be kept (%s): every run compiles them again", why)
    _warned.append(why)
