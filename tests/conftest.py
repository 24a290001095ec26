"""Settings of hypothesis, data sets that several tests share, and the way to data outside the repository."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, settings

from shared_files import shared

SLOW_DATA = [HealthCheck.too_slow, HealthCheck.filter_too_much]
PHASES = [Phase.explicit, Phase.generate, Phase.shrink]
settings.register_profile(
    "fixed", deadline=None, max_examples=15, database=None, suppress_health_check=SLOW_DATA, phases=PHASES,
    derandomize=True,
)  # fmt: skip
settings.register_profile("long", settings.get_profile("fixed"), max_examples=300, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Tests are named by the size of long contents, not by the contents: those of a zip hold the time it was made."""
    return f"{len(val)} long" if isinstance(val, bytes | str) and len(val) > 100 else None


@pytest.fixture(autouse=True)
def no_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The width of the window that runs the tests is no part of them."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Return the path of a file outside the repository; the test is skipped, with the reason, where it is absent."""
    return shared


@pytest.fixture(scope="session")
def two_types() -> pd.DataFrame:
    """400 voters of two clear types, 6 items of three outcomes, a tenth of the cells missing; true type last."""
    rng = np.random.default_rng(20191001)
    kind = rng.random(400) < 0.35
    columns: dict[str, object] = {}
    for j in range(6):
        straight = np.where(kind, 0.25, 0.85)
        draw = rng.random(400)
        answer = np.where(draw < straight, 2, np.where(draw < straight + 0.7 * (1 - straight), 1, 0)).astype(object)
        answer[rng.random(400) < 0.1] = None
        columns[f"office{j + 1}"] = answer
    return pd.DataFrame(columns | {"kind": kind})


@pytest.fixture(autouse=True)
def ctrl_c_is_left_as_it_was() -> Iterator[None]:
    """Whatever a test runs in this process, Ctrl-C does afterwards what it did before."""
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A Spark session of two threads, which tries a lost task four times."""
    sql = pytest.importorskip("pyspark.sql", reason="it needs the extra blocs[spark]")
    if shutil.which("java") is None:
        pytest.skip("Spark runs on Java, and there is no `java` on the path")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    path = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]  # tasks of tests are imported by the workers
    os.environ["PYTHONPATH"] = os.pathsep.join(path)
    builder = sql.SparkSession.builder.master("local[2,4]").config("spark.sql.shuffle.partitions", "4")
    session = builder.config("spark.ui.enabled", "false").getOrCreate()
    yield session
    session.stop()
