"""Checkpoints: interrupted work goes on from them and ends with the bits of an undisturbed run."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import blocs
from blocs.files.checkpoint import Checkpoint, is_checkpoint

ANEW = "Give another name, or remove the file and begin anew."


def answers(rows: int = 400, seed: int = 3) -> blocs.Profiles:
    rng = np.random.default_rng(seed)
    first = rng.random((rows, 1)) < 0.5
    codes = np.where(first, rng.random((rows, 5)) < 0.7, rng.random((rows, 5)) < 0.35).astype(int)
    return blocs.Profiles.from_table({f"q{j}": codes[:, j] for j in range(5)})


DATA = answers()
FIT = blocs.fit(DATA, 2, starts=4, jobs=1)


def bits(value: Any) -> str:
    """Everything of a result that counts, to the bit."""
    if isinstance(value, blocs.Fit):
        ends = [(vars(end), block.tolist()) for end in value.ends for block in value.params.blocks]
        return json.dumps([value.loglik, value.status, list(value.trace), ends])
    if hasattr(value, "to_json"):
        return str(value.to_json(double_precision=15)) + str(value.to_numpy().tolist())
    return json.dumps(value)


def fit(path: Path | None, **more: Any) -> str:
    return bits(blocs.fit(DATA, 3, starts=6, seed=2, jobs=1, checkpoint=path, every=0, **more))


def compare(path: Path | None, **more: Any) -> str:
    return bits(blocs.compare(DATA, [1, 2, 3], starts=4, seed=2, jobs=1, checkpoint=path, every=0, **more))


def bootstrap(path: Path | None, **more: Any) -> str:
    return bits(blocs.bootstrap(FIT, DATA, replicates=8400, seed=2, jobs=1, checkpoint=path, every=0, **more).table())


def blrt(path: Path | None, **more: Any) -> str:
    test = blocs.blrt(DATA, 2, replicates=140, starts=4, seed=2, jobs=1, checkpoint=path, every=0, **more)
    return bits(test.to_dict())


WORK: dict[str, Callable[..., str]] = {"fit": fit, "compare": compare, "bootstrap": bootstrap, "blrt": blrt}


class Stop(Exception):
    """Raised in the midst of a fit."""


def after(calls: int, do: Callable[[], None]) -> Callable[[Any], None]:
    """Return a watch that does something at one of its calls."""
    seen = [0]

    def watch(progress: Any) -> None:
        seen[0] += not getattr(progress, "note", "")
        if seen[0] == calls:
            do()

    return watch


def stop() -> None:
    raise Stop


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def counted(run: Callable[..., str], path: Path | None) -> tuple[str, int]:
    """Return the bits of work, and how often it was watched."""
    calls = [0]
    found = run(path, watch=lambda progress: calls.__setitem__(0, calls[0] + (not progress.note)))
    return found, calls[0]


@cache
def undisturbed(work: str) -> tuple[str, int]:
    return counted(WORK[work], None)


@pytest.mark.parametrize("how", [stop, interrupt])
@pytest.mark.parametrize("work", ["fit", "compare", "bootstrap"])
def test_interrupted_work_ends_with_the_same_bits(tmp_path: Path, work: str, how: Callable[[], None]) -> None:
    path, run, (expected, calls) = tmp_path / "work.checkpoint", WORK[work], undisturbed(work)
    for _ in range(2):
        with suppress(Stop, blocs.InputError):  # that the bootstrap had no two replicates yet
            run(path, watch=after(int(0.45 * calls), how))
    assert is_checkpoint(path)
    found, fewer = counted(run, path)
    assert found == expected
    assert 0 < fewer < calls
    assert run(path, watch=after(1, stop)) == expected  # nothing is left to be computed


def test_an_interrupted_test_ends_with_the_same_bits(tmp_path: Path) -> None:
    path = tmp_path / "work.checkpoint"
    undisturbed, calls = blrt(None), []
    with pytest.raises(Stop):
        blrt(path, each=after(1, stop))
    assert blrt(path, each=calls.append) == undisturbed
    assert blrt(path) == undisturbed


def test_the_passes_of_an_unfinished_batch_are_kept(tmp_path: Path) -> None:
    parts = [answers(300, seed) for seed in (1, 2, 3)]
    blocs.write_shards(parts, tmp_path / "county")
    opened, path = blocs.open_shards(tmp_path / "county"), tmp_path / "work.checkpoint"
    settings: dict[str, Any] = {"types": 2, "starts": 2, "seed": 1, "exchange": False, "most": 2}
    undisturbed = blocs.fit(opened, **settings)
    calls: list[Any] = []
    with pytest.raises(Stop):
        blocs.fit(opened, **settings, checkpoint=path, every=0, watch=after(8, stop))
    with np.load(path_of_arrays(path)) as arrays:
        assert sum(" pass " in name and name.endswith("loglik") for name in arrays.files) == 8
    again = blocs.fit(opened, **settings, checkpoint=path, every=0, watch=calls.append)
    assert bits(again) == bits(undisturbed)
    with np.load(path_of_arrays(path)) as arrays:
        assert not [name for name in arrays.files if " pass " in name]


def path_of_arrays(path: Path) -> Path:
    out = path.with_suffix(".npz")
    out.write_bytes(path.read_bytes().split(b"\n", 2)[2])
    return out


def test_threads_may_be_others(tmp_path: Path) -> None:
    path = tmp_path / "work.checkpoint"
    with pytest.raises(Stop):
        fit(path, watch=after(6, stop))
    again = blocs.fit(DATA, 3, starts=6, seed=2, jobs=2, checkpoint=path)
    assert bits(again) == fit(None)


def refusal(path: Path, call: Callable[[], Any]) -> str:
    with pytest.raises(blocs.InputError) as error:
        call()
    before = f"checkpoint, {path}: "
    assert str(error.value).startswith(before)
    return str(error.value).removeprefix(before)


def test_foreign_checkpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "work.checkpoint"
    blocs.fit(DATA, 2, starts=2, jobs=1, checkpoint=path)
    rule = f"Work goes on with the settings that it began with. {ANEW}"
    assert refusal(path, lambda: blocs.fit(DATA, 2, starts=3, seed=1, jobs=1, checkpoint=path)) == (
        f"it has a fit of 2 types with other settings: seed is 0 there and 1 here, starts is 2 there and 3 here. {rule}"
    )
    assert refusal(path, lambda: blocs.fit(answers(seed=4), 2, starts=2, jobs=1, checkpoint=path)) == (
        f"it belongs to other data. Work goes on with the data that it began with. {ANEW}"
    )
    begin = blocs.fit(DATA, 2, starts=2, jobs=1)
    text = refusal(path, lambda: blocs.fit(DATA, 2, starts=2, init=begin, jobs=1, checkpoint=path))
    assert text.startswith("it has a fit of 2 types with other settings: init is None there and '")


def test_damaged_checkpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "work.checkpoint"
    blocs.fit(DATA, 2, starts=2, jobs=1, checkpoint=path)
    whole = path.read_bytes()
    changed = f"its content has changed since it was written. A checkpoint is read as it was written. {ANEW}"
    for at in (40, 300, len(whole) // 2, len(whole) - 9):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert refusal(path, lambda: blocs.fit(DATA, 2, starts=2, jobs=1, checkpoint=path)) == changed
        path.write_bytes(whole[:at])
        assert refusal(path, lambda: blocs.fit(DATA, 2, starts=2, jobs=1, checkpoint=path)) == changed
    path.write_text("a,b\n1,2\n")
    nothing = "it is no checkpoint. Nothing is overwritten. Give another name."
    assert refusal(path, lambda: blocs.fit(DATA, 2, starts=2, jobs=1, checkpoint=path)) == nothing
    assert path.read_text() == "a,b\n1,2\n"


def test_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "work.checkpoint"
    blocs.fit(DATA, 2, starts=2, jobs=1, checkpoint=path)
    line, _, body = path.read_bytes().split(b"\n", 2)
    line = line.replace(b'"blocs":"0.1.0"', b'"blocs":"0.0.9"') + b"\n"
    path.write_bytes(line + hashlib.sha256(line).hexdigest().encode() + b"\n" + body)
    assert refusal(path, lambda: blocs.fit(DATA, 2, starts=2, jobs=1, checkpoint=path)) == (
        "it was written with blocs 0.0.9, and this is 0.1.0. Work ends with the bits of an undisturbed run in the "
        f"versions that it began with. {ANEW}"
    )


def test_a_full_disk_does_not_end_the_work(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path("/dev/full")
    if not path.exists():
        pytest.skip("needs /dev/full, a device of Linux on which every write fails as on a full disk")
    kept = Checkpoint(tmp_path / "work.checkpoint", DATA.hash, every=0)
    kept.path = path
    with caplog.at_level(logging.WARNING, "blocs"):
        fitted = blocs.fit(DATA, 2, starts=2, jobs=1, checkpoint=kept)
    assert bits(fitted) == bits(blocs.fit(DATA, 2, starts=2, jobs=1))
    assert caplog.messages[0] == (
        "the checkpoint /dev/full could not be written: No space left on device. The work goes on"
    )


def test_fits_by_group_have_a_checkpoint_each(tmp_path: Path) -> None:
    table = {"a": [0, 0, 1, 1, 0, 1], "b": [0, 1, 1, 1, 0, 1], "region": ["N", "N", "N", "N", "S", "S"]}
    profiles = blocs.Profiles.from_table(table, groups="region")
    with pytest.raises(blocs.UnsupportedError) as error:
        blocs.fit_by_group(profiles, 2, "region", starts=2, checkpoint=tmp_path / "one")
    assert str(error.value) == (
        "One checkpoint of fits by group is not available, as each group is other data. Give a file for each: "
        "each=lambda label: {'checkpoint': f'{label}.checkpoint'}."
    )


TRIALS = 20
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


@pytest.mark.study
@pytest.mark.parametrize("work", WORK)
def test_random_interruptions(tmp_path: Path, work: str) -> None:
    """20 processes are ended at random moments, by three signals; the next one ends with the same bits."""
    run, rng = WORK[work], np.random.default_rng(1)
    begin = time.perf_counter()
    undisturbed = run(None)
    run(None)
    whole = (time.perf_counter() - begin) / 2
    identical = ended = 0
    for trial in range(TRIALS):
        path = tmp_path / f"{trial}.checkpoint"
        child = os.fork()
        if child == 0:
            try:
                run(path)
            finally:
                os._exit(0)
        time.sleep(rng.uniform(0, whole))
        os.kill(child, SIGNALS[trial % 3])
        ended += os.waitpid(child, 0)[1] != 0
        identical += run(path) == undisturbed
    print(f"{work}: {identical} of {TRIALS} identical; {ended} ended by the signal; {whole:.2f} s undisturbed")
    assert identical == TRIALS
