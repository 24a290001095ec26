"""Parquet and Arrow: columns of any kind, forged places, rows that swell."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from hostile_kinds import (
    ACTING,
    KINDS,
    columns,
    parquet,
    times,
    written,
)


def arrow(table: pa.Table, times: int = 1, compression: str = "zstd") -> bytes:
    """Return a table as Feather, its rows several times."""
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=None if compression == "uncompressed" else compression)
    with pa.ipc.new_file(out, table.schema, options=options) as writer:
        for _ in range(times):
            writer.write_table(table)
    return out.getvalue()


def forged_text(offsets: list[int], data: bytes = b"ANNANNANN") -> pa.Table:
    """Return a table of text whose places, or bytes, are none."""
    places = pa.py_buffer(np.array(offsets, np.int32))
    return pa.table(
        {
            "a": pa.Array.from_buffers(pa.string(), len(offsets) - 1, [None, places, pa.py_buffer(data)]),
            "b": ["x"] * (len(offsets) - 1),
        }
    )


def forged_codes() -> pa.Table:
    """Return a table whose codes have no words."""
    codes = pa.DictionaryArray.from_arrays(pa.array([0, 7, -3], pa.int32()), ["x"], safe=False)
    return pa.table({"a": codes, "b": ["x", "y", "z"]})


def with_number(good: bytes, at: int, number: int) -> bytes:
    """Return a file with another 32-bit number at some place from its end."""
    return good[: len(good) + at] + struct.pack("<I", number) + good[len(good) + at + 4 :]


ODD = {
    "a list": pa.array([["x"], None]),
    "a struct": pa.array([{"a": 1}, None]),
    "a map": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
    "bytes": pa.array([b"\xff\x00", b"\x1b["]),
    "a decimal": pa.array([None, None], pa.decimal256(76, 40)),
    "a time": pa.array([2**50, -(2**50)], pa.timestamp("s")),
    "nothing": pa.nulls(2),
    "a half": pa.array(np.array([1, np.nan], np.float16)),
    "a duration": pa.array([2**62, None], pa.duration("ns")),
    "infinity": pa.array([np.inf, -np.inf]),
}
TABLES: dict[str, Callable[[], pa.Table]] = {
    **{
        f"a column of {name}": (
            lambda column=column: pa.table(
                {"a": column, "b": column, "voter": column, "office": column, "candidate": column}
            )
        )
        for name, column in ODD.items()
    },
    "40,000 columns": lambda: pa.table({f"c{i}": [i] for i in range(40_000)}),
    "one name often": lambda: pa.Table.from_arrays([pa.array(["x"])] * 300, names=["a"] * 300),
    "no column": lambda: pa.table({}),
    "no row": lambda: columns(0),
    "empty names": lambda: pa.Table.from_arrays([pa.array(["x"])] * 2, names=["", " "]),
    "names that act": lambda: pa.table({word.encode("utf-8", "replace").decode(): ["x"] for word in ACTING.values()}),
    "cells that act": lambda: pa.table(
        {
            n: [word.encode("utf-8", "replace").decode() for word in ACTING.values()]
            for n in ("a", "b", "voter", "office", "candidate", "party")
        }
    ),
    "a cell of 200 MB": lambda: pa.table(
        {"a": ["x" * 200_000_000], "b": ["y"], "voter": ["1"], "office": ["US PRESIDENT"], "candidate": ["A"]}
    ),
    "nested deeply": lambda: pa.table(
        {"a": times(60, lambda array: pa.array([array.to_pylist()]), pa.array([1])), "b": [1]}
    ),
}
for _name, _table in TABLES.items():
    KINDS[f"parquet: {_name}"] = written("f.parquet", lambda table=_table: parquet(table()))
    KINDS[f"feather: {_name}"] = written("f.feather", lambda table=_table: arrow(table()))
SWELLS = {
    "parquet: 300 million rows": ("f.parquet", lambda: parquet(columns(10_000_000), 30)),
    "feather: 100 million rows": ("f.feather", lambda: arrow(columns(10_000_000), 10)),
    **{
        f"parquet: footer of {n} bytes": ("f.parquet", lambda n=n: with_number(parquet(columns(3)), -8, n))
        for n in (0, 2**31 - 1, 2**32 - 1)
    },
    **{
        f"feather: footer of {n} bytes": ("f.feather", lambda n=n: with_number(arrow(columns(3)), -10, n))
        for n in (0, 2**31 - 1, 2**32 - 1)
    },
    "feather: places below 0": ("f.feather", lambda: arrow(forged_text([0, -5, 9, 2]), compression="uncompressed")),
    "feather: places beyond the end": (
        "f.feather",
        lambda: arrow(forged_text([0, 3, 2**30, 2**30 + 4]), compression="uncompressed"),
    ),
    "feather: bytes that are no text": (
        "f.feather",
        lambda: arrow(forged_text([0, 3, 6, 9], b"\xff\xfe\xfd\xed\xa0\x80\xc0\x80\xf5"), compression="uncompressed"),
    ),
    "feather: codes without words": ("f.feather", lambda: arrow(forged_codes(), compression="uncompressed")),
    "parquet: bytes that are no text": (
        "f.parquet",
        lambda: parquet(forged_text([0, 3, 6, 9], b"\xff\xfe\xfd\xed\xa0\x80\xc0\x80\xf5")),
    ),
}
for _name, (_file, _make) in SWELLS.items():
    KINDS[_name] = written(_file, _make)
