"""In a notebook: tables are read whether or not the package is there with which its bars of progress are drawn."""

from __future__ import annotations

import subprocess
import sys

KERNEL = """
import sys, types
sys.modules["IPython"] = types.ModuleType("IPython")
sys.modules["IPython"].get_ipython = lambda: types.SimpleNamespace(config={"IPKernelApp": {}})
sys.modules["ipywidgets"] = None  # as in an environment that does not have it
import duckdb
try:
    duckdb.connect().execute("set enable_progress_bar = true")
except duckdb.InvalidInputException:
    import blocs
    ballots = blocs.read_cvr(blocs.datasets.county().table)
    print(len(blocs.code(ballots).account.steps) > 0)
else:
    print("no notebook")
"""
"""What the database takes for a notebook: a program without a file, in which IPython runs as a kernel."""


def test_ballots_are_read_in_a_notebook_without_widgets() -> None:
    found = subprocess.run([sys.executable, "-c", KERNEL], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() != "no notebook", "the database takes this for no notebook: mend what the test imitates"
    assert found.stdout.strip() == "True"
