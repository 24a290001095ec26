"""Collection: counties written part by part, in parallel, in bounded memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ..errors import Fault, InputError
from .county import Layout, check_numbers, draw_block
from .truth import Truth

__all__ = ["BLOCK", "layouts", "write_collection"]

BLOCK = 50_000
"""Voters drawn at a time: fixed, so that the data do not depend on the number of workers."""
_COUNTIES_PER_STATE = 20

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
    of the two parties only; parts: counties; seed; jobs: threads (folders only; the files are the same for any
    number); progress: called with the voters written so far and in all.
    Raises InputError for numbers out of range and for a folder that already has something in it.
    """
    check_numbers(voters, offices, uncontested, parts)
    out, truth = Path(out), Truth.draw(types, offices - 1, seed)
    plans = list(layouts(truth, seed, uncontested, parts))
    sizes = [voters // parts + (part < voters % parts) for part in range(parts)]
    told = _Told(voters, progress)
    if out.name.endswith((".csv", ".csv.gz", ".parquet")):
        _write_one(out, plans, sizes, told)
        return truth
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(Fault("it exists and is not an empty folder", where=str(out), rule="Nothing is overwritten",
                               remedy="Give another name, or remove it"))  # fmt: skip
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        try:
            for done in [pool.submit(_write_part, out, plan, n, told) for plan, n in zip(plans, sizes, strict=True)]:
                done.result()
        except BaseException:
            told.stopped = True
            pool.shutdown(cancel_futures=True)
            shutil.rmtree(out, ignore_errors=True)
            raise
    return truth


def layouts(truth: Truth, seed: int, uncontested: float, parts: int) -> Iterator[Layout]:
    """Yield the layout of each county; twenty counties make a state."""
    for part in range(parts):
        state, first = divmod(part, _COUNTIES_PER_STATE)
        names = f"STATE {state + 1:02d}", f"COUNTY {first + 1:03d}"
        yield Layout(truth, seed, part, uncontested, *names, first)


class _Told:
    """Counts the voters written, and carries the word to stop to the workers."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.progress, self.done, self.stopped = total, progress, 0, False

    def __call__(self, voters: int) -> None:
        self.done += voters
        if self.progress is not None:
            self.progress(self.done, self.total)


def _blocks(plan: Layout, voters: int, told: _Told) -> Iterator[pa.Table]:
    for block, first in enumerate(range(0, voters, BLOCK)):
        if told.stopped:
            return
        size = min(BLOCK, voters - first)
        yield draw_block(plan, first, size, block)[0]
        told(size)


def _write_part(out: Path, plan: Layout, voters: int, told: _Told) -> None:
    folder = out / f"state={quote(plan.state)}" / f"county_name={quote(plan.county)}"
    folder.mkdir(parents=True, exist_ok=True)
    _write_parquet(folder / "part-0.parquet", _blocks(plan, voters, told))


def _write_one(out: Path, plans: list[Layout], sizes: list[int], told: _Told) -> None:
    blocks = (_placed(b, plan) for plan, n in zip(plans, sizes, strict=True) for b in _blocks(plan, n, told))
    part = out.with_name(f".{out.name}")
    try:
        (_write_parquet if out.suffix == ".parquet" else _write_csv)(part, blocks)
        os.replace(part, out)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


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
    with pq.ParquetWriter(
        path, first.schema, compression="zstd", store_schema=False, write_statistics=False, use_dictionary=words,
        column_encoding={"cvr_id": "DELTA_BINARY_PACKED"},
    ) as writer:  # fmt: skip
        writer.write_table(first)
        for block in blocks:
            writer.write_table(block)


def _write_csv(path: Path, blocks: Iterator[pa.Table]) -> None:
    first = next(blocks)
    schema = _plain(first.schema)
    opened = pa.CompressedOutputStream(str(path), "gzip") if path.suffix == ".gz" else pa.OSFile(str(path), "wb")
    with opened as stream, pacsv.CSVWriter(stream, schema) as writer:
        writer.write_table(first.cast(schema))
        for block in blocks:
            writer.write_table(block.cast(schema))
