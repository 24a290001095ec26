"""room: memory that was freed goes back to the system.

The C library of Linux keeps freed blocks of up to 32 MB for later and goes on holding them while a fit runs; with large
data that is as much as the data themselves. Elsewhere there is nothing to do.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

__all__ = ["give_back"]


def give_back() -> None:
    """Return what is free to the system, where the C library can."""
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
