"""Bootstraps of tests: threads, progress, a checkpoint after Ctrl-C."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.core.errors import InputError
from test_iia import profiles_of, two_kinds

FEW = {"starts": 3, "seed": 1, "jobs": 1}
VOTERS = profiles_of(two_kinds(300, 4, 0.0))


@pytest.fixture(scope="module")
def fit() -> blocs.Fit:
    return blocs.fit(VOTERS, 2, **FEW)


def questions(fit: blocs.Fit) -> dict[str, Callable[..., list[float]]]:
    """Bootstraps of 12 replicates, and the p-values that they give."""

    def whole(**how: Any) -> list[float]:
        test = blocs.goodness_of_fit(fit, VOTERS, 12, **how)
        return [test.bootstrap_p, test.bootstrap_p_x2]  # type: ignore[list-item]

    def pairs(**how: Any) -> list[float]:
        return blocs.bivariate_residuals(fit, VOTERS, 12, **how)["p"].tolist()

    def iia(kind: str, **how: Any) -> list[float]:
        test = blocs.iia_test(VOTERS, 2, kind=kind, bootstrap=12, **{**FEW, **how})
        return test.items["bootstrap_p"].tolist()

    return {"whole": whole, "pairs": pairs, "lr": partial(iia, "lr"), "wald": partial(iia, "wald")}


@pytest.mark.parametrize("name", ["whole", "pairs", "lr", "wald"])
def test_what_is_done_before_a_request_to_stop_is_kept(
    name: str, fit: blocs.Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blocs.inference.simulated_tables.TOGETHER", 4)
    ask, file = questions(fit)[name], tmp_path / "kept"
    plain = ask(jobs=1, seed=1)
    assert ask(jobs=2, seed=1) == plain

    def stop(done: int) -> None:
        if done == 4:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        ask(jobs=1, seed=1, checkpoint=file, each=stop)
    done: list[int] = []
    fitted: list[int] = []
    of = {"lr": "iia_bootstrap"}.get(name, "parametric_bootstrap")
    fit_many = __import__(f"blocs.inference.{of}", fromlist=["fit_many"]).fit_many
    monkeypatch.setattr(f"blocs.inference.{of}.fit_many", lambda *a, **k: (fitted.append(1), fit_many(*a, **k))[1])
    assert ask(jobs=1, seed=1, checkpoint=file, each=done.append) == plain
    again = len(fitted)
    assert done == [0, 4, 8, 12]
    assert ask(jobs=1, seed=1, checkpoint=file) == plain
    assert len(fitted) == again > 0  # everything was kept
    with pytest.raises(InputError) as caught:
        ask(jobs=1, seed=2, checkpoint=file)
    assert "seed" in str(caught.value)


def test_a_checkpoint_of_other_data(fit: blocs.Fit, tmp_path: Path) -> None:
    blocs.goodness_of_fit(fit, VOTERS, 3, checkpoint=tmp_path / "kept")
    other = blocs.Profiles.from_table(pd.DataFrame(np.eye(3, dtype=int), columns=list("abc")))
    with pytest.raises(InputError) as caught:
        blocs.goodness_of_fit(blocs.fit(other, 1), other, 3, checkpoint=tmp_path / "kept")
    assert str(caught.value) == (
        f"checkpoint, {tmp_path / 'kept'}: it belongs to other data. Work goes on with the data that it began with. "
        "Give another name, or remove the file and begin anew."
    )


@pytest.mark.parametrize("question", ["whole", "pairs", "iia"])
def test_a_checkpoint_without_replicates_is_refused(question: str, fit: blocs.Fit, tmp_path: Path) -> None:
    ask: dict[str, Callable[..., Any]] = {
        "whole": partial(blocs.goodness_of_fit, fit, VOTERS), "pairs": partial(blocs.bivariate_residuals, fit, VOTERS),
        "iia": partial(blocs.iia_test, VOTERS, 2),
    }  # fmt: skip
    with pytest.raises(InputError) as refused:
        ask[question](checkpoint=tmp_path / "kept")
    assert str(refused.value) == (
        "checkpoint: there are no replicates to keep. A checkpoint is of the bootstrap. Ask for some, or leave it "
        "out."
    )
    assert not list(tmp_path.iterdir())
