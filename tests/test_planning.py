"""Planning: estimates follow from a small fit by arithmetic, and slips are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

import blocs
from blocs.cli import cli
from blocs.em import planning
from blocs.em.planning import LOADING, Calibration, calibrate, plan

MADE = Calibration(fixed=2.0, place=1e-7, each=1e-8, passes=20, bytes=25.0, shard=900_000.0)


def test_every_row_adds_the_same() -> None:
    one, ten = (plan(n, 12, 4, calibration=MADE) for n in (1_000_000, 10_000_000))
    assert one.processor_seconds == pytest.approx(LOADING + 2.0 + 0.1 + 0.2)
    assert ten.processor_seconds == pytest.approx(LOADING + 2.0 + 1.0 + 2.0)
    assert ten.memory - one.memory == pytest.approx(9 * 25.0)
    assert ten.from_disk == one.from_disk
    assert plan(10_000_000, 12, 4, workers=10, calibration=MADE).seconds == pytest.approx(LOADING + 2.0 + 0.3)


def test_slips_are_refused() -> None:
    with pytest.raises(blocs.InputError) as error:
        plan(0, 3, 2, outcomes=1)
    assert str(error.value) == (
        "2 faults:\n  - profiles: it is 0. It is a whole number, 1 or more.\n"
        "  - outcomes: it is 1. It is a whole number, 2 or more."
    )
    with pytest.raises(blocs.InputError) as error:
        plan(1e6, 3, True)  # type: ignore[arg-type]
    assert str(error.value) == (
        "2 faults:\n  - profiles: it is 1000000.0. It is a whole number, 1 or more.\n"
        "  - types: it is True. It is a whole number, 1 or more."
    )


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    of_numpy = plan(np.int64(1_000_000), np.int32(12), 4, workers=np.int8(100), calibration=MADE)
    assert of_numpy == plan(1_000_000, 12, 4, workers=100, calibration=MADE)
    assert type(of_numpy.profiles) is int


def test_a_small_fit_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "SMALL", 65_536)
    made = calibrate(6, 3, 2, starts=2)
    assert made.passes >= 2
    assert 0 < made.each < made.place < 1e-4
    assert 6 + 8 < made.bytes < 60


def test_the_command_prints_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "calibrate", lambda *_: MADE)
    words = ["plan", "--profiles", "20000000", "--items", "12", "--types", "6", "--workers", "2"]
    lines = CliRunner().invoke(cli, [*words, "--price", "0.05"]).stdout.splitlines()
    assert lines[0] == "Fit of 6 types to 20,000,000 profiles x 12 items, 20 starts"
    assert "  processor time                8.6 seconds" in lines
    assert lines[-1] == "Cost: 0.00, at 0.05 for an hour of a processor."
    found = json.loads(CliRunner().invoke(cli, [*words, "--json"]).stdout)
    assert found["passes"] == 20
