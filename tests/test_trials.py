"""A few trials of the tools that make many: signals at random moments, fuzzing guided by coverage."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["fit", "assign", "one county", "a folder of counties"])
def test_signals_at_random_moments(name: str) -> None:
    call = [sys.executable, ROOT / "tools" / "random_signals.py", "--trials", "1", "--commands", name]
    ran = subprocess.run(call, capture_output=True, text=True, timeout=3600)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = [line.partition(";")[0] for line in ran.stdout.splitlines()]
    assert lines == [f"{name}, {word}: 1 of 1 good" for word in ("SIGKILL", "SIGINT", "SIGTERM")]


def test_fuzzing_of_fits(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="needs atheris, which has wheels for Linux")
    call = [sys.executable, ROOT / "tests" / "fuzz_coverage.py", "--seconds", "10", "--targets", "fit"]
    ran = subprocess.run(call, capture_output=True, text=True, timeout=3600, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith(" inputs, 0 of 1 targets failed\n")
    assert not ran.stdout.startswith("fit: 0 inputs")
