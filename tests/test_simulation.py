"""Simulation: the same bytes for a seed, the layout asked for, and a truth that a fit finds again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from blocs import InputError, Profiles, fit
from blocs.ballots import code, read_cvr
from blocs.core.errors import BlocsError
from blocs.simulation import OUTCOMES, Truth, simulate, simulate_county, write_collection
from blocs.simulation.parts import BLOCK
from blocs.simulation.recovery import recover

COLUMNS = ["cvr_id", "precinct_medsl", "precinct_cvr", "office", "district", "candidate", "party", "party_detailed",
           "magnitude"]  # fmt: skip


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_files_do_not_depend_on_the_number_of_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blocs.simulation.collection._MANY", 0)
    for jobs in (1, 2, 5):
        write_collection(tmp_path / str(jobs), 6_000, parts=3, seed=4, jobs=jobs)
    one = digest(tmp_path / "1")
    assert len(one) == 3
    assert digest(tmp_path / "2") == one == digest(tmp_path / "5")
    write_collection(tmp_path / "other", 6_000, parts=3, seed=5)
    assert set(digest(tmp_path / "other").values()).isdisjoint(one.values())  # control: the seed matters


def test_a_collection_has_the_layout_of_the_harvard_mit_release(tmp_path: Path) -> None:
    write_collection(tmp_path / "all", 3_000, parts=21, seed=1)
    folders = sorted(path.parent.relative_to(tmp_path / "all").as_posix() for path in tmp_path.rglob("*.parquet"))
    assert folders[0] == "state=STATE%2001/county_name=COUNTY%20001"
    assert folders[-1] == "state=STATE%2002/county_name=COUNTY%20001"
    table = pq.read_table(tmp_path / "all" / folders[0] / "part-0.parquet", partitioning=None).to_pandas()
    assert list(table.columns) == COLUMNS
    assert set(table["office"]) == {"US PRESIDENT", "US SENATE", "US HOUSE", "GOVERNOR", "STATE SENATE", "STATE HOUSE"}
    assert set(table["party"].dropna()) == {"DEM", "REP", "LBT"}
    assert set(table.loc[table["office"] == "US SENATE", "district"]) == {"STATE 01"}
    ballots = read_cvr(tmp_path / "all")
    assert code(ballots).account.steps[1].total == 3_000


def test_one_file_and_a_folder_hold_the_same_marks(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv.gz", "c.parquet", "folder"):
        write_collection(tmp_path / name, 2_000, parts=2, seed=9)
    hashes = {code(read_cvr(tmp_path / name)).hash for name in ("a.csv", "b.csv.gz", "c.parquet", "folder")}
    assert len(hashes) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "b.csv.gz", "c.parquet", "folder"}


def test_blocks_do_not_run_into_one_another(tmp_path: Path) -> None:
    write_collection(tmp_path / "x.parquet", BLOCK + 10, offices=2, seed=1)
    numbers = pq.read_table(tmp_path / "x.parquet", columns=["cvr_id"])["cvr_id"].to_numpy()
    assert np.array_equal(np.unique(numbers), np.arange(1, BLOCK + 11))
    assert len(numbers) == 2 * (BLOCK + 10)


def test_uncontested_races_have_one_of_the_two_parties() -> None:
    table = simulate_county(20_000, uncontested=0.5, seed=3).table.to_pandas()
    parties = table[table["party"].isin(["DEM", "REP"])].groupby(["office", "district"], observed=True)["party"]
    standing = parties.nunique()
    assert standing["STATE HOUSE"].value_counts().to_dict() == {1: 4, 2: 4}
    assert standing["US PRESIDENT"].tolist() == [2]
    every = simulate_county(20_000, uncontested=0.0, seed=3).table.to_pandas()  # control
    both = every[every["party"].isin(["DEM", "REP"])].groupby(["office", "district"], observed=True)["party"].nunique()
    assert set(both) == {2}


def test_outcomes_follow_the_truth_on_full_menus() -> None:
    county = simulate_county(60_000, offices=3, types=2, uncontested=0.0, seed=2)
    table = county.table.to_pandas()
    table["type"] = np.repeat(county.types, 3)
    top = table.loc[table["office"] == "US PRESIDENT"].set_index("cvr_id")["party"]
    table["own"] = table["cvr_id"].map(top.astype(object))
    mine = table[table["own"].isin(["DEM", "REP"]) & (table["office"] == "US SENATE")]
    straight = (mine["party"].astype(object) == mine["own"]).groupby(mine["type"]).mean()
    expected = county.truth.probabilities[:, 0, OUTCOMES.index("straight")]
    assert np.abs(straight.to_numpy() - expected).max() < 4 * np.sqrt(0.25 / 20_000)


def test_a_county_is_found_again_and_a_wrong_truth_is_not() -> None:
    county = simulate_county(20_000, types=3, seed=1)
    found = fit(code(read_cvr(county.table)), 3, starts=4, seed=1)
    near = recover(found, county.truth)
    assert near.largest_share_error < 0.015
    assert near.largest_error < 0.03
    assert near.shares["error"].abs().sum() > 0  # it was estimated, not copied
    wrong = Truth.draw(3, 5, seed=99)
    assert recover(found, wrong).largest_error > 3 * near.largest_error


def test_recovery_matches_types_whatever_their_order() -> None:
    truth = Truth.draw(3, 4, 0)
    turned = Truth(pd.Series(truth.shares.to_numpy()[[2, 0, 1]], index=[1, 2, 3]), truth.offices,
                   truth.probabilities[[2, 0, 1]])  # fmt: skip
    profiles = Profiles.from_table(simulate(truth, 5_000, 1))
    found = fit(profiles, 3, starts=3, seed=1)
    one, other = recover(found, truth), recover(found, turned)
    assert one.largest_error == other.largest_error
    assert sorted(one.shares["fitted"]) == sorted(other.shares["fitted"])


def test_recovery_refuses_another_number_of_types() -> None:
    found = fit(Profiles.from_table(simulate(Truth.draw(2, 4, 0), 500, 1)), 2, starts=2)
    with pytest.raises(InputError) as caught:
        recover(found, Truth.draw(3, 4, 0))
    assert str(caught.value) == "types: the fit has 2 types. The truth has 3."


def test_simulated_rows_of_a_truth_are_found_again() -> None:
    truth = Truth.draw(2, 6, 7)
    frame = simulate(truth, 20_000, 5, column="type")
    assert list(frame.columns) == [*truth.offices, "type"]
    assert frame["type"].value_counts(normalize=True)[1] == pytest.approx(truth.shares[1], abs=0.015)
    found = fit(Profiles.from_table(frame, items=list(truth.offices)), 2, starts=3)
    assert recover(found, truth).largest_error < 0.03


def test_simulating_from_a_fit_gives_back_the_fit() -> None:
    first = fit(Profiles.from_table(simulate(Truth.draw(2, 6, 7), 4_000, 5)), 2, starts=3)
    again = fit(Profiles.from_table(simulate(first, 40_000, 6)), 2, starts=3)
    assert np.abs(first.shares - again.shares).max() < 0.015
    pd.testing.assert_frame_equal(simulate(first, 50, 1), simulate(first, 50, 1))
    assert not simulate(first, 50, 1).equals(simulate(first, 50, 2))  # control


def test_labels_of_any_kind_come_back() -> None:
    frame = pd.DataFrame({"a": [1, 2, 2, 5] * 20, "b": ["x", "y", "x", "y"] * 20})
    drawn = simulate(fit(Profiles.from_table(frame), 1), 100, 0)
    assert set(drawn["a"]) <= {1, 2, 5}
    assert drawn["a"].dtype.kind == "i"
    assert set(drawn["b"]) == {"x", "y"}
    assert len(simulate(fit(Profiles.from_table(frame), 1), 0)) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"voters": 0}, "2 faults:\n  - voters: 0 is out of range. At least 1.\n"
                        "  - parts: 1 is out of range. At least 1 and at most one for each voter."),
        ({"offices": 1}, "offices: 1 is out of range. At least 2, the top of the ticket and one more."),
        ({"uncontested": 1.5}, "uncontested: 1.5 is out of range. A share between 0 and 1."),
        ({"types": 0}, "types: 0 types. At least 1."),
        ({"seed": -1}, "seed: it is -1. It is a whole number, 0 or more."),
        ({"voters": 3, "parts": 4}, "parts: 4 is out of range. At least 1 and at most one for each voter."),
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_named(tmp_path: Path, arguments: dict[str, float], said: str) -> None:
    with pytest.raises(InputError) as caught:
        write_collection(tmp_path / "x.csv", **arguments)  # type: ignore[arg-type]
    assert str(caught.value) == said
    assert not list(tmp_path.iterdir())


def test_sampling_refuses_what_it_cannot_do() -> None:
    with pytest.raises(InputError) as caught:
        simulate(Truth.draw(2, 2, 0), -1, column="US SENATE")
    assert str(caught.value) == (
        "2 faults:\n  - n: -1 rows. 0 or more.\n  - column: 'US SENATE' is an item. Name a column that is not one."
    )


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(InputError) as caught:
        write_collection(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: it exists and is not an empty folder. Nothing is overwritten. Give another name, or remove it."
    )
    assert (tmp_path / "mine.txt").read_text() == "keep me"


def test_a_truth_survives_json(tmp_path: Path) -> None:
    import json

    truth = Truth.draw(6, 9, 3)
    truth.save(tmp_path / "t.json")
    again = Truth.from_dict(json.loads((tmp_path / "t.json").read_text()))
    pd.testing.assert_frame_equal(again.table(), truth.table())
    pd.testing.assert_series_equal(again.shares, truth.shares)
    assert truth.offices[-1] == "COUNTY OFFICE 4"
    assert truth.shares.sum() == pytest.approx(1)
    assert np.allclose(truth.probabilities.sum(axis=2), 1)


def test_progress_reaches_the_whole(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_collection(tmp_path / "x", 1_000, parts=4, jobs=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(250, 1000), (500, 1000), (750, 1000), (1000, 1000)]


def test_a_worker_that_fails_says_why_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blocs.simulation.collection._MANY", 0)
    monkeypatch.setattr("blocs.simulation.workers.json.dumps", lambda arguments: "{}")
    with pytest.raises(BlocsError) as caught:
        write_collection(tmp_path / "x", 1_000, parts=2, jobs=2)
    assert str(caught.value) == "a process that writes counties failed: KeyError: 'first'"
    assert not (tmp_path / "x").exists()


def test_the_last_words_are_those_of_the_worker_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from blocs.simulation import workers

    fails = "import sys; sys.exit('disk full')"
    warns = "import os, time; os.write(2, b'harmless'); time.sleep(1); os.write(1, b'5\\n')"
    bodies = iter([fails, warns])
    begin = workers._started
    monkeypatch.setattr(
        workers, "_started", lambda command, *rest: begin([command[0], "-c", next(bodies)], *rest)
    )
    with pytest.raises(BlocsError, match=r"^a process that writes counties failed: disk full$"):
        workers.run_workers({}, 2, lambda voters: None)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the peak of a process")
def test_a_million_voters_in_bounded_memory(tmp_path: Path) -> None:
    """The memory of writing does not grow with the number of voters."""
    import subprocess
    import sys

    script = (
        "import sys\nfrom pathlib import Path\nfrom blocs.simulation import write_collection\n"
        "write_collection(sys.argv[1], int(sys.argv[2]), parts=int(sys.argv[2]) // 100000, jobs=2)\n"
        # not getrusage: its peak begins with that of the process that started this one
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    peaks = []
    for voters in (200_000, 1_000_000):
        done = subprocess.run([sys.executable, "-c", script, str(tmp_path / str(voters)), str(voters)],
                              capture_output=True, text=True, check=True)  # fmt: skip
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.25 * peaks[0]


def test_a_truth_shows_its_shares_and_the_mean_probabilities_of_each_type() -> None:
    probabilities = np.array([[[0.1, 0.2, 0.7, 0.0], [0.3, 0.2, 0.4, 0.1]], [[0.25, 0.25, 0.25, 0.25]] * 2])
    truth = Truth(pd.Series([0.6, 0.4], index=[1, 2]), ("GOVERNOR", "SHERIFF"), probabilities)
    assert repr(truth) == (
        "<Truth of 2 types over 2 offices: shares 60.0%, 40.0%>\n"
        "  type 1: abstain 20%, split 20%, straight 55%, other 5%\n"
        "  type 2: abstain 25%, split 25%, straight 25%, other 25%"
    )
