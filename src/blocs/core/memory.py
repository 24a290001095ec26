"""Memory: a limit that is too low to begin with; blocks that were freed are given back to the operating system.

Under a low limit of the address space (`ulimit -v`) libraries end the process without words, in the middle of a call;
so the limit is looked at before they are loaded.

The C library of Linux keeps freed blocks of up to 32 MB and holds them while a fit runs; with large data that is as
much as the data themselves. On other systems there is nothing to do.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from importlib import import_module
from typing import Any

from .errors import BlocsError

__all__ = ["LEAST_SPACE", "release_memory", "require_space"]

LEAST_SPACE = 2_000_000_000
"""Bytes of address space below which loading the libraries, and a few threads, may end the process."""
_LIMITS: Any = import_module("resource") if os.name == "posix" else None


def require_space() -> None:
    """Raise BlocsError when the address space of this process is limited to less than LEAST_SPACE."""
    if _LIMITS is None:
        return
    limit = _LIMITS.getrlimit(_LIMITS.RLIMIT_AS)[0]
    if limit != _LIMITS.RLIM_INFINITY and limit < LEAST_SPACE:
        raise BlocsError(
            f"the address space of this process is limited to {limit / 1e9:.2f} GB. The libraries that blocs loads "
            f"need {LEAST_SPACE / 1e9:.0f} GB before any data. Raise the limit (ulimit -v)."
        )


def release_memory() -> None:
    """Give freed memory back to the operating system, where the C library can."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return getattr(ctypes.CDLL(None), "malloc_trim", None)
    except OSError:
        return None
