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
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from ..core.abandonable import raise_if_abandoned
from .cache import compiled as compiled_and_kept

__all__ = ["INNER", "MERGED", "OUTER", "compiling", "njit"]


class _Part(JITCodeLibrary):
    """Intermediate code that becomes a part of what calls it: optimised there, once; no machine code of its own."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: Python cannot call it."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> _Part:
        """Where numba sets the environment of a function that Python calls."""
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Set nothing: there is no machine code to see it."""


class _Parts(Compiler):
    """numba's compiler, but that what it makes is a `_Part`."""

    def define_pipelines(self) -> Any:
        """Return numba's own steps."""
        state = self.state
        state.library = _Part(state.targetctx.codegen(), state.func_id.func_qualname)
        return super().define_pipelines()


OUTER: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
"""numba's options of functions that Python calls."""
INNER: dict[str, Any] = {**OUTER, "cache": False, "no_cpython_wrapper": True}
"""The same of functions that are called by compiled code only."""
if all(hasattr(JITCodeLibrary, name) for name in ("_optimize_final_module", "_finalize_final_module")):
    INNER["pipeline_class"] = _Parts  # else another numba, which compiles them by themselves, in more time
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
