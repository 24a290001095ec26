"""Fits and folders of shards that somebody made to do harm: their hashes are right, and what they say is not."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import blocs
from blocs.core.errors import InputError, PathError
from blocs.files.checkpoint import Checkpoint

PROFILES = blocs.Profiles.from_table({"a": [0, 0, 1, 1], "b": ["x", "y", "y", "x"]})
FIT: dict[str, Any] = json.loads(json.dumps(blocs.fit(PROFILES, 1).to_dict()))
ITEMS: list[dict[str, Any]] = FIT["schema"]["items"]
SCHEMA = "'schema' is not a list of items with names, outcomes and menus of their own"


def with_item(**parts: Any) -> dict[str, Any]:
    return {"schema": {"items": [{**ITEMS[0], **parts}, *ITEMS[1:]]}}


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        (with_item(menus=[[0, 1, 10**12]]), SCHEMA),
        (with_item(menus=[[-1, 0]]), SCHEMA),
        (with_item(menus=[[0, 0.5]]), SCHEMA),
        (with_item(menus=[[0, 0]]), SCHEMA),
        (with_item(menus=[[True]]), SCHEMA),
        (with_item(outcomes=["a", "a"]), SCHEMA),
        (with_item(outcomes=[{}, None]), SCHEMA),
        (with_item(name="b"), SCHEMA),
        (with_item(name=5), SCHEMA),
        (with_item(plain="yes"), SCHEMA),
        (with_item(kind="bogus"), SCHEMA),
        (with_item(joint=[["a"]]), SCHEMA),
        ({"schema": {"items": []}}, SCHEMA),
        ({"account": {"steps": [{"name": "x", "unit": "y", "total": 3, "parts": {"z": 2}}]}},
         "'account' is not an account of steps whose parts add up"),
        ({"account": {"steps": 5}}, "'account' is not an account of steps whose parts add up"),
        ({"shares": ["1"]}, "'shares' is not a list of finite numbers"),
        ({"shares": [True]}, "'shares' is not a list of finite numbers"),
        ({"blocks": {}}, "'blocks' is not lists of finite numbers"),
        ({"data": 5}, "'data' is not a text"),
        ({"parameters": -7}, "'parameters' is not a whole number, 0 or more"),
        ({"entropy_r2": 7.5}, "'entropy_r2' is not a number, 1 or less, or null"),
        ({"best_start": 10**6}, "'best_start' is the number of no start"),
        ({"settings": {**FIT["settings"], "starts": [1], "seed": "x"}},
         "'settings' has values that no fit has: 'starts', 'seed'"),
    ],
)  # fmt: skip
def test_a_fit_says_what_fits_say(changed: dict[str, Any], rule: str, tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    path.write_text(json.dumps({**FIT, **changed}))
    with pytest.raises(InputError) as refused:
        blocs.load(path)
    assert str(refused.value) == f"{path}: the fit in it is damaged ({rule}). Give the file of a saved fit."


def test_a_name_twice_in_a_fit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    path.write_text(json.dumps(FIT).replace('"loglik":', '"loglik": 0, "loglik":', 1))
    with pytest.raises(InputError) as refused:
        blocs.load(path)
    assert str(refused.value) == (
        f"{path}: it is not a fit: an object in it has the name 'loglik' twice. A fit is a file that `blocs fit --out "
        "fit.json`, or `Fit.save` in Python, wrote. Give the file of a saved fit."
    )


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero")
def test_a_device_is_no_fit_and_no_checkpoint() -> None:
    with pytest.raises(InputError) as refused:
        blocs.load("/dev/zero")
    assert str(refused.value) == "/dev/zero: it is a device. A file, a folder or a pipe is read."
    with pytest.raises(PathError) as place:
        Checkpoint("/dev/zero", "")
    assert str(place.value) == (
        "checkpoint, /dev/zero: it is a pipe or a device. A checkpoint is a file, which is read and written again. "
        "Give another name."
    )


def forged(folder: Path, change: Callable[[dict[str, Any]], None], table: pa.Table | None = None) -> Path:
    """Write shards, change what they say of themselves, and the table of the one shard, with hashes that are right."""
    blocs.write_shards(PROFILES, folder)
    head = json.loads((folder / "shards.json").read_text())
    del head["sha256"]
    (shard,) = head["shards"]
    if table is not None:
        pq.write_table(table, folder / shard["path"])
        content = (folder / shard["path"]).read_bytes()
        shard |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "rows": table.num_rows}
    change(head)
    head["sha256"] = hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()
    (folder / "shards.json").write_text(json.dumps(head))
    return folder


def in_shard(**parts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda head: head["shards"][0].update(parts)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("shards", in_shard(path="../fit.json")),
        ("shards", in_shard(path=os.path.abspath("/etc/passwd"))),
        ("shards", in_shard(path=5)),
        ("shards", in_shard(rows=-1)),
        ("shards", in_shard(rows=True)),
        ("shards", in_shard(size="x")),
        ("shards", lambda head: head.update(shards=[])),
        ("shards", lambda head: head.update(shards=[None])),
        ("schema", lambda head: head.update(schema=5)),
        ("account", lambda head: head.update(account=5)),
        ("notes", lambda head: head.update(notes=5)),
    ],
)
def test_a_list_of_shards_says_what_such_lists_say(
    part: str, change: Callable[[dict[str, Any]], None], tmp_path: Path
) -> None:
    folder = forged(tmp_path / "county", change)
    with pytest.raises(InputError) as refused:
        blocs.open_shards(folder)
    assert str(refused.value) == (
        f"{folder / 'shards.json'}: it has what no list of shards has: '{part}'. Write the shards again with "
        "blocs.write_shards."
    )


CODES = np.array([1, 1, 2, 2], np.uint8)
COLUMNS = {"code_0": CODES, "code_1": CODES, "count": np.ones(4)}


@pytest.mark.parametrize("changed", [{"code_0": CODES + 200}, {"count": -np.ones(4)}, {"count": np.full(4, np.nan)},
                                     {"value_0": np.ones(4)}])  # fmt: skip
def test_numbers_that_kernels_would_take_for_places_are_refused(changed: dict[str, Any], tmp_path: Path) -> None:
    folder = forged(tmp_path / "county", lambda head: None, pa.table({**COLUMNS, **changed}))
    with pytest.raises(InputError) as refused:
        blocs.open_shards(folder)
    assert str(refused.value) == (
        f"{folder / 'shard-000000.parquet'}: it has codes, counts or weights that no shard of these items has. Shards "
        "are read as they were written. Write the shards again with blocs.write_shards."
    )


@pytest.mark.parametrize("changed", [{"code_0": ["x"] * 4}, {"code_0": -CODES.astype(np.int8)}, {"count": ["1"] * 4},
                                     {"code_0": [[1]] * 4}])  # fmt: skip
def test_columns_of_another_kind_are_refused(changed: dict[str, Any], tmp_path: Path) -> None:
    folder = forged(tmp_path / "county", lambda head: None, pa.table({**COLUMNS, **changed}))
    with pytest.raises(InputError) as refused:
        blocs.open_shards(folder)
    assert str(refused.value) == (
        f"{folder / 'shard-000000.parquet'}: its columns are not those of a shard. A shard has codes and counts of its "
        "rows. Copy this file again from where it is whole, or write the shards again with blocs.write_shards."
    )
