"""Compiled code that is kept on disk is used again, and only by the very kernels it was made from."""

from __future__ import annotations

import importlib
import math
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import blocs
import blocs.kernels
from blocs.kernels.jit import njit

PACKAGE = Path(blocs.__file__).parent
PASS = """
import blocs
from blocs.em.single_step import given
from blocs.kernels.jit import compiling

table = {"a": [1, 1, 2, 2], "b": [1, 2, 1, 2], "n": [40, 10, 10, 40]}
profiles = blocs.Profiles.from_table(table, weights="n")
mixture = blocs.Mixture.of(profiles.schema, 2)
params = given(mixture, [0.5, 0.5], {"a": [[0.8, 0.3], [0.2, 0.7]], "b": [[0.8, 0.3], [0.2, 0.7]]})
compiled = []
with compiling(lambda: compiled.append("compiled")):
    loglik = float(mixture.posterior(params, profiles)[0] @ profiles.counts)
print(blocs.__file__, loglik, len(compiled))
"""
"""The log-likelihood by the kernel that takes least time to compile, and whether it was compiled for that."""


def test_the_name_of_every_kernel_depends_on_all_files() -> None:
    kernels = {}
    for found in pkgutil.iter_modules(blocs.kernels.__path__, "blocs.kernels."):
        module = importlib.import_module(found.name)
        kernels |= {id(value): value for value in vars(module).values() if isinstance(value, Dispatcher)}

    @njit()
    def other() -> None:
        pass

    ends = {kernel.py_func.__qualname__.rpartition("-")[2] for kernel in kernels.values()}
    assert len(kernels) > 30
    assert ends == {other.py_func.__qualname__.rpartition("-")[2]}


@pytest.mark.slow
def test_a_version_installed_over_another_runs_its_own_kernels(tmp_path: Path) -> None:
    site = tmp_path / "site" / "blocs"
    shutil.copytree(PACKAGE, site, ignore=shutil.ignore_patterns("__pycache__"))

    def run() -> tuple[float, bool]:
        """Return the log-likelihood, and whether kernels were compiled for it."""
        places = {"PYTHONPATH": str(site.parent), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
        done = subprocess.run(
            [sys.executable, "-c", PASS], env=os.environ | places, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        path, loglik, compiled = done.stdout.split()
        assert Path(path).parent == site
        return float(loglik), compiled == "1"

    first = run()
    assert first[1]
    assert run() == (first[0], False)
    rescue = site / "kernels" / "rescue.py"  # a file whose functions the kernel calls
    old, new = "return total, largest * LOG_STEP", "return total, largest * LOG_STEP + np.log(2.0)"
    assert old in rescue.read_text()
    rescue.write_text(rescue.read_text().replace(old, new))
    assert run() == (pytest.approx(first[0] + 100 * math.log(2)), True)
    assert run() == (pytest.approx(first[0] + 100 * math.log(2)), False)


def test_a_function_that_is_being_compiled_may_call_a_kernel_that_is_not() -> None:
    """The thread that compiles it has the lock of the compiler, which a thread for the kernel would wait for."""
    text = (
        "import numba\nfrom blocs.kernels.jit import njit\n"
        "inner = njit(nogil=True)(lambda v: v + 1)\nouter = numba.njit(lambda v: inner(v))\nassert outer(1) == 2\n"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
