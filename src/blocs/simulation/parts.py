"""Parts of a collection: the layout of each county, and one county written block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa

from ..files.parquet_writer import parquet_writer
from .county import Layout, draw_block
from .truth import Truth

__all__ = ["BLOCK", "blocks_of", "layouts", "parts_of", "write_parquet", "write_part"]

BLOCK = 50_000
"""Voters drawn at a time: fixed, so that the data do not depend on the number of workers."""
_COUNTIES_PER_STATE = 20


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


def blocks_of(plan: Layout, voters: int, written: Callable[[int], None]) -> Iterator[pa.Table]:
    """Yield the marks of a county in blocks of BLOCK voters; written: called with the number of voters of each."""
    for block, first in enumerate(range(0, voters, BLOCK)):
        size = min(BLOCK, voters - first)
        yield draw_block(plan, first, size, block)[0]
        written(size)


def write_part(out: str | Path, plan: Layout, voters: int, written: Callable[[int], None]) -> None:
    """Write one county as a file in its folder below `out`; written: called with the voters of each block."""
    folder = Path(out) / f"state={quote(plan.state)}" / f"county_name={quote(plan.county)}"
    folder.mkdir(parents=True, exist_ok=True)
    write_parquet(folder / "part-0.parquet", blocks_of(plan, voters, written))


def write_parquet(path: Path, blocks: Iterator[pa.Table]) -> None:
    """Write tables of one schema to one Parquet file, block by block."""
    first = next(blocks)
    words = [name for name in first.column_names if name != "cvr_id"]
    with open(path, "wb") as file, parquet_writer(
        file, first.schema, compression="zstd", store_schema=False, write_statistics=False, use_dictionary=words,
        column_encoding={"cvr_id": "DELTA_BINARY_PACKED"},
    ) as writer:  # fmt: skip
        writer.write_table(first)
        for block in blocks:
            writer.write_table(block)
