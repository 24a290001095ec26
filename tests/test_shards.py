"""Profiles as folders of shards: what is opened is what was written, and fits from disk are those in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import blocs
from blocs.core.schema import Item, Schema
from blocs.em.stored_shards import stored_shards
from blocs.engines import Disk, Serial, Threads
from blocs.model.mixture import Mixture
from blocs.testing.checks import check_engine

SCHEMA = Schema(tuple(Item.full(f"q{j}", (0, 1, 2)) for j in range(12)))


def two_types(rows: int, seed: int = 1) -> blocs.Profiles:
    rng = np.random.default_rng(seed)
    first = rng.random((rows, 1)) < 0.4
    codes = 1 + np.where(first, rng.integers(0, 3, (rows, 12)), rng.random((rows, 12)) ** 2 * 3)
    return blocs.Profiles.from_codes(SCHEMA, codes.astype(np.uint8), np.ones(rows))


@pytest.mark.parametrize("jobs", [1, 3])
def test_disk_conforms(jobs: int) -> None:
    check_engine(Disk(jobs))


def test_what_is_opened_is_what_was_written(tmp_path: Path) -> None:
    profiles = two_types(300)
    blocs.write_shards(profiles, tmp_path / "county")
    again = blocs.open_shards(tmp_path / "county")
    assert again.hash == profiles.hash
    assert again.codes.dtype == profiles.codes.dtype
    assert again.account.to_dict() == profiles.account.to_dict()
    assert again.weights is again.counts
    assert sorted(path.name for path in (tmp_path / "county").iterdir()) == ["shard-000000.parquet", "shards.json"]


def test_sampling_weights_and_measurements_come_back(tmp_path: Path) -> None:
    table = {"a": [0, 1, 1, 0], "x": [0.5, 1.25, np.nan, 2.0], "w": [1.0, 2.0, 0.5, 1.0]}
    profiles = blocs.Profiles.from_table(table, kinds={"x": blocs.Gaussian("x")}, design_weights="w")
    blocs.write_shards(profiles, tmp_path / "survey")
    again = blocs.open_shards(tmp_path / "survey")
    assert again.hash == profiles.hash
    assert again.design
    np.testing.assert_array_equal(again.squares, profiles.squares)
    np.testing.assert_array_equal(again.values, profiles.values)


def test_a_fit_from_disk_is_the_fit_in_memory(tmp_path: Path) -> None:
    profiles = two_types(120_000)
    assert len(profiles) > 65_536  # two shards
    blocs.write_shards(profiles, tmp_path / "county")
    opened = blocs.open_shards(tmp_path / "county")
    settings = {"types": 2, "starts": 2, "most": 2, "steps": 4, "jobs": 2}
    one, other = blocs.fit(profiles, **settings), blocs.fit(opened, **settings)
    assert one.loglik == other.loglik
    assert [block.tobytes() for block in one.params.blocks] == [block.tobytes() for block in other.params.blocks]
    assert one.data == other.data
    assert one.ends == other.ends


def test_parts_are_shards_in_their_order(tmp_path: Path) -> None:
    parts = [two_types(800, seed) for seed in (1, 2, 3)]
    blocs.write_shards(iter(parts), tmp_path / "counties")
    opened = blocs.open_shards(tmp_path / "counties")
    assert len(opened) == sum(map(len, parts))
    fit = blocs.fit(opened, types=2, starts=3)
    addresses = stored_shards(fit.mixture, opened)
    sums = []
    for engine in (Serial(), Threads(2), Disk(1), Disk(2)):
        stats = engine.sum(fit.mixture.task(fit.params), engine.place(addresses))
        sums.append((stats.loglik.tobytes(), stats.counts.tobytes()))
    whole = [fit.mixture.place(part)[0] for part in parts]
    stats = Serial().sum(fit.mixture.task(fit.params), whole)
    assert set(sums) == {(stats.loglik.tobytes(), stats.counts.tobytes())}
    again = blocs.fit(opened, types=2, starts=3, jobs=1)
    assert again.loglik == fit.loglik


def test_notes_and_accounts_of_all_parts_are_kept(tmp_path: Path) -> None:
    levels = {"a": [0, 1], "b": [0, 1]}
    tables = ({"a": [0, 1, 0], "b": [0, 0, 1], "n": [1, 1, 0], "town": ["N"] * 3},
              {"a": [0, 1, 1], "b": [1, 0, 0], "n": [1, 2, 3], "town": ["S"] * 3})  # fmt: skip
    parts = [blocs.Profiles.from_table(table, items=["a", "b"], weights="n", levels=levels, groups=groups)
             for table, groups in zip(tables, (None, "town"), strict=True)]  # fmt: skip
    blocs.write_shards(parts, tmp_path / "towns")
    opened = blocs.open_shards(tmp_path / "towns")
    assert opened.notes == ("Groups are not kept in shards: 'town'.",)
    assert str(parts[0].account) == "Rows read: 3 rows (2 used; 1 set aside, weight zero)."
    assert str(opened.account) == "Rows read: 6 rows (5 used; 1 set aside, weight zero)."


def test_questions_are_asked_of_opened_profiles(tmp_path: Path) -> None:
    profiles = two_types(600)
    blocs.write_shards(profiles, tmp_path / "county")
    opened = blocs.open_shards(tmp_path / "county")
    fit = blocs.fit(profiles, types=2, starts=2)
    one, other = (blocs.bootstrap(fit, data, replicates=3, jobs=1).table() for data in (profiles, opened))
    assert one.equals(other)
    np.testing.assert_array_equal(fit.posterior(opened), fit.posterior(profiles))
    assert opened.recoded(fit.schema).codes is opened.codes  # not brought into memory


def test_standard_errors_of_several_shards_are_the_same_bits(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    two = rng.random(70_000) < 0.4
    profiles = blocs.Profiles.from_table((rng.random((70_000, 20)) < np.where(two, 0.6, 0.4)[:, None]).astype(int))
    assert len(profiles) > 65_536
    blocs.write_shards(profiles, tmp_path / "county")
    opened = blocs.open_shards(tmp_path / "county")
    fit = blocs.fit(profiles, 2, starts=1, most=1)
    for kind in ("opg", "robust"):
        one, other = (blocs.standard_errors(fit, data, kind) for data in (profiles, opened))
        assert np.array_equal(one.matrix, other.matrix)
        assert one.table().equals(other.table()) and one.shares().equals(other.shares())


def folder_of(tmp_path: Path) -> Path:
    blocs.write_shards([two_types(100), two_types(90, 2)], tmp_path / "county")
    return tmp_path / "county"


AGAIN = "Copy this file again from where it is whole, or write the shards again with blocs.write_shards."


def test_a_truncated_shard_is_one_error(tmp_path: Path) -> None:
    path = folder_of(tmp_path) / "shard-000001.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:1000])
    with pytest.raises(blocs.InputError) as error:
        blocs.open_shards(tmp_path / "county")
    assert str(error.value) == f"{path}: it has 1,000 bytes of {len(content):,}. A shard is read whole. {AGAIN}"


def test_a_changed_shard_is_one_error_also_after_it_was_opened(tmp_path: Path) -> None:
    path = folder_of(tmp_path) / "shard-000001.parquet"
    opened = blocs.open_shards(tmp_path / "county")
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    expected = f"{path}: its content has changed since it was written. A shard is read as it was written. {AGAIN}"
    for attempt in (lambda: blocs.open_shards(tmp_path / "county"), lambda: blocs.fit(opened, 2, starts=1)):
        with pytest.raises(blocs.InputError) as error:
            attempt()
        assert str(error.value) == expected


def test_a_missing_shard_is_one_error(tmp_path: Path) -> None:
    path = folder_of(tmp_path) / "shard-000000.parquet"
    path.unlink()
    with pytest.raises(blocs.InputError) as error:
        blocs.open_shards(tmp_path / "county")
    expected = f"{path}: the shard is missing. All shards of a data set are needed. {AGAIN}"
    assert str(error.value) == expected


def test_a_changed_list_of_shards_is_refused(tmp_path: Path) -> None:
    path = folder_of(tmp_path) / "shards.json"
    content = path.read_text()
    path.write_text(content.replace('"q3"', '"q33"'))
    with pytest.raises(blocs.InputError) as error:
        blocs.open_shards(tmp_path / "county")
    remedy = "Write the shards again with blocs.write_shards."
    assert str(error.value) == f"{path}: its content has changed since it was written. {remedy}"
    path.write_text(content.replace('"blocs_shards": 1', '"blocs_shards": 9'))
    with pytest.raises(blocs.InputError) as error:
        blocs.open_shards(tmp_path / "county")
    used = f"Use the version of blocs that wrote it. {remedy}"
    assert str(error.value) == f"{path}: it has format 9. This version reads 1. {used}"
    path.write_text("[]")
    with pytest.raises(blocs.InputError) as error:
        blocs.open_shards(tmp_path / "county")
    assert str(error.value) == f"{path}: it is no list of shards. {remedy}"


def test_what_shards_do_not_hold_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    covered = blocs.Profiles.from_table({"a": [0, 1], "g": ["x", "y"]}, covariates="g")
    weighted = blocs.Profiles.from_table({"a": [0, 1], "w": [1.0, 2.0]}, design_weights="w")
    for profiles, text in (
        (covered, "Shards of profiles with covariates are not available. Make the profiles without covariates."),
        ([weighted], "Parts with sampling weights are not available: each is scaled to its own number of observations. "
                     "Write the profiles of all rows at once."),
    ):  # fmt: skip
        with pytest.raises(blocs.UnsupportedError) as error:
            blocs.write_shards(profiles, tmp_path / "county")
        assert str(error.value) == text
    other = blocs.Profiles.from_table({"a": [0, 1], "b": [1, 1]})
    with pytest.raises(blocs.InputError) as error:
        blocs.write_shards([two_types(50), other], tmp_path / "county")
    assert str(error.value) == (
        "profiles, after shard 1: a part has other items, outcomes or menus. All parts have one schema. Make them with "
        "the same `levels=` and `menus=`."
    )
    with pytest.raises(blocs.InputError) as error:
        blocs.write_shards([], tmp_path / "county")
    assert str(error.value) == "profiles: there are none. Shards are of one profile or more."
    assert list(tmp_path.iterdir()) == []


def test_groups_are_left_out_with_a_note(tmp_path: Path) -> None:
    profiles = blocs.Profiles.from_table({"a": [0, 1], "g": ["x", "y"]}, groups="g")
    blocs.write_shards(profiles, tmp_path / "survey")
    opened = blocs.open_shards(tmp_path / "survey")
    assert opened.cells is None
    assert opened.notes == ("Groups are not kept in shards: 'g'.",)


def test_a_folder_without_shards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(blocs.InputError) as error:
        blocs.open_shards(tmp_path)
    rule = "A folder of shards has one. Name a folder that blocs.write_shards wrote."
    assert str(error.value) == f"{tmp_path}: there is no shards.json. {rule}"


def test_rows_that_were_changed_are_not_read_from_the_shards(tmp_path: Path) -> None:
    opened = blocs.open_shards(folder_of(tmp_path))
    assert opened.shards_on_disk is not None
    assert opened.recoded(Schema(SCHEMA.items)).shards_on_disk is None
    assert opened.take(np.arange(3)).shards_on_disk is None


def test_addresses_name_the_folder_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocs.write_shards([two_types(50), two_types(50, 2)], "county")
    opened = blocs.open_shards("county")
    addresses = stored_shards(Mixture.of(opened.schema, 2), opened)
    assert [address.file.path for address in addresses] == [
        str(tmp_path / "county" / f"shard-00000{i}.parquet") for i in (0, 1)
    ]
