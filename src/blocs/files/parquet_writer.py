"""Parquet, table by table, to a file that may be given up half way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["parquet_writer"]


@contextmanager
def parquet_writer(file: BinaryIO, schema: pa.Schema, **options: Any) -> Iterator[pq.ParquetWriter]:
    """Give a writer to an open file, which ends it where all went well; otherwise nothing more is written.

    pyarrow's own ends the file when it is removed, too: that fails where the file was closed before, with a trace.
    """
    writer = pq.ParquetWriter(file, schema, **options)
    try:
        yield writer
        writer.close()
    except BaseException:
        writer.is_open = False
        raise
