"""Collection: counties written part by part, in parallel, in bounded memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ..core.errors import Fault, InputError
from ..files.atomic import check_folder, check_new, check_place, whole
from .county import Layout, check_numbers, draw_block
from .truth import Truth
from .workers import run_workers

__all__ = ["BLOCK", "layouts", "parts_of", "write_collection", "write_part"]

BLOCK = 50_000
"""Voters drawn at a time: fixed, so that the data do not depend on the number of workers."""
_COUNTIES_PER_STATE = 20
_WORTH = 500_000
"""Voters from which more than one process is worth its start."""

Progress = Callable[[int, int], None]


def write_collection(
    out: str | Path,
    voters: int = 20_000,
    offices: int = 6,
    types: int = 3,
    uncontested: float = 0.5,
    parts: int = 1,
    seed: int = 0,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Truth:
    """Write simulated counties as a long table in the Harvard/MIT layout and return what they were drawn from.

    out: a name ending in .csv, .csv.gz or .parquet for one file, else a folder of state=.../county_name=.../ parts;
    voters: in all; offices: on the ballot, the top included; types: K; uncontested: share of district races with one
    of the two parties only; parts: counties; seed; jobs: processes (folders only; the files are the same for any
    number); progress: called with the voters written so far and in all.
    Raises InputError for numbers out of range, a file that is there, a folder that already has something in it, and
    where there is no place.
    """
    check_numbers(voters, offices, uncontested, parts)
    out, truth = Path(out), Truth.draw(types, offices - 1, seed)
    told = _Told(voters, progress)
    drawn: dict[str, Any] = {"voters": voters, "offices": offices, "types": types, "uncontested": uncontested}
    drawn |= {"parts": parts, "seed": seed}
    if out.name.endswith((".csv", ".csv.gz", ".parquet")):
        check_place(out)
        check_new(out)
        _write_one(out, parts_of(**drawn), told)
        return truth
    check_folder(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(Fault("it exists and is not an empty folder", where=str(out), rule="Nothing is overwritten",
                               remedy="Give another name, or remove it"))  # fmt: skip
    jobs = min(jobs or os.cpu_count() or 1, parts)
    try:
        if jobs > 1 and voters >= _WORTH:
            run_workers({"out": str(out), **drawn}, jobs, told)
        else:
            for plan, n in parts_of(**drawn):
                write_part(out, plan, n, told)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise
    return truth


def parts_of(
    voters: int, offices: int, types: int, uncontested: float, parts: int, seed: int
) -> list[tuple[Layout, int]]:
    """Return the layout of each county and its number of voters; see `write_collection` for the arguments."""
    truth = Truth.draw(types, offices - 1, seed)
    sizes = [voters // parts + (part < voters % parts) for part in range(parts)]
    return list(zip(layouts(truth, seed, uncontested, parts), sizes, strict=True))


def layouts(truth: Truth, seed: int, uncontested: float, parts: int) -> Iterator[Layout]:
    """Yield the layout of each county; twenty counties make a state."""
    for part in range(parts):
        state, first = divmod(part, _COUNTIES_PER_STATE)
        names = f"STATE {state + 1:02d}", f"COUNTY {first + 1:03d}"
        yield Layout(truth, seed, part, uncontested, *names, first)


class _Told:
    """Counts the voters written, by whichever process."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.progress, self.done = total, progress, 0

    def __call__(self, voters: int) -> None:
        self.done += voters
        if self.progress is not None:
            self.progress(self.done, self.total)


def _blocks(plan: Layout, voters: int, told: Callable[[int], None]) -> Iterator[pa.Table]:
    for block, first in enumerate(range(0, voters, BLOCK)):
        size = min(BLOCK, voters - first)
        yield draw_block(plan, first, size, block)[0]
        told(size)


def write_part(out: str | Path, plan: Layout, voters: int, told: Callable[[int], None]) -> None:
    """Write one county as a file in its folder below `out`; told: called with the voters of each block written."""
    folder = Path(out) / f"state={quote(plan.state)}" / f"county_name={quote(plan.county)}"
    folder.mkdir(parents=True, exist_ok=True)
    _write_parquet(folder / "part-0.parquet", _blocks(plan, voters, told))


def _write_one(out: Path, plans: list[tuple[Layout, int]], told: _Told) -> None:
    blocks = (_placed(b, plan) for plan, n in plans for b in _blocks(plan, n, told))
    with whole(out) as part:
        (_write_parquet if out.suffix == ".parquet" else _write_csv)(part, blocks)


def _placed(block: pa.Table, plan: Layout) -> pa.Table:
    """Add the columns that a folder's name would hold."""
    zeros = pa.array(np.zeros(len(block), dtype=np.int32))
    for position, (name, value) in enumerate((("state", plan.state), ("county_name", plan.county))):
        block = block.add_column(position, name, pa.DictionaryArray.from_arrays(zeros, pa.array([value])))
    return block


def _plain(schema: pa.Schema) -> pa.Schema:
    """The same columns without dictionaries."""
    kinds = [f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in schema]
    return pa.schema(list(zip(schema.names, kinds, strict=True)))


def _write_parquet(path: Path, blocks: Iterator[pa.Table]) -> None:
    first = next(blocks)
    words = [name for name in first.column_names if name != "cvr_id"]
    with open(path, "wb") as file, pq.ParquetWriter(
        file, first.schema, compression="zstd", store_schema=False, write_statistics=False, use_dictionary=words,
        column_encoding={"cvr_id": "DELTA_BINARY_PACKED"},
    ) as writer:  # fmt: skip
        writer.write_table(first)
        for block in blocks:
            writer.write_table(block)


def _write_csv(path: Path, blocks: Iterator[pa.Table]) -> None:
    first = next(blocks)
    schema = _plain(first.schema)
    with open(path, "wb") as file:
        stream = pa.CompressedOutputStream(file, "gzip") if path.suffix == ".gz" else pa.PythonFile(file, "w")
        _write_rows(stream, first, blocks, schema)


def _write_rows(stream: Any, first: pa.Table, blocks: Iterator[pa.Table], schema: pa.Schema) -> None:
    with stream, pacsv.CSVWriter(stream, schema) as writer:
        writer.write_table(first.cast(schema))
        for block in blocks:
            writer.write_table(block.cast(schema))
