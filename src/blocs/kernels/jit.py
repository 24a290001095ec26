"""The decorator of the kernels, and how to learn that one of them is being compiled.

numba finds code that it has compiled by the file of the function alone. What the function calls may lie in another
file, and after a change there the old code would run. So the name that every kernel is kept by ends in a digest of all
the files beside this one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numba.core import event

from ..core.abandonable import raise_if_abandoned
from .cache import compiled as compiled_and_kept

__all__ = ["INNER", "MERGED", "OUTER", "compiling", "njit"]

OUTER: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
"""numba's options of functions that Python calls."""
INNER: dict[str, Any] = {**OUTER, "no_cpython_wrapper": True}
"""The same of functions that are called by compiled code only."""
MERGED: dict[str, Any] = {**INNER, "forceinline": True}
"""The same of functions that become a part of those that call them, and see the constants that they are given."""


def _digest() -> str:
    content = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


_DIGEST = _digest()


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a kernel as `numba.njit` does; code that is kept is used while no file of the kernels changes."""

    def compiled(function: Callable[..., Any]) -> Any:
        function.__qualname__ += f"-{_DIGEST}"  # part of the names of numba's files
        return compiled_and_kept(function, options)

    return compiled


class _Listener(event.Listener):
    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell, self._called = tell, False

    def on_start(self, found: Any) -> None:
        kernel = found.data["dispatcher"].py_func.__module__.startswith(f"{__package__}.")
        if kernel and not self._called:
            self._called = True
            self._tell()

    def on_end(self, found: Any) -> None:
        pass


class _Stop(event.Listener):
    """Between two steps of the compiler: ends it where nobody waits for it any more."""

    def on_start(self, found: Any) -> None:
        raise_if_abandoned()

    def on_end(self, found: Any) -> None:
        pass


_register: Callable[..., None] = event.register
_register("numba:run_pass", _Stop())


@contextmanager
def compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` when the first kernel has to be compiled meanwhile, in any thread; not when kept code is loaded."""
    with event.install_listener("numba:compile", _Listener(tell)):
        yield
