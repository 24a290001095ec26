"""Real files beside the repository, at ../shared/data: data of others, which the repository does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared(name: str) -> Path:
    """Return a file or folder of them; the test that asks is skipped where it is absent."""
    if not (SHARED / name).exists():
        pytest.skip(f"reads ../shared/data/{name}, not here: data of others, which the repository does not hold")
    return SHARED / name
