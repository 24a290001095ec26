"""Memory: blocks that were freed are given back to the operating system.

The C library of Linux keeps freed blocks of up to 32 MB and holds them while a fit runs; with large data that is as
much as the data themselves. On other systems there is nothing to do.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

__all__ = ["release_memory"]


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
