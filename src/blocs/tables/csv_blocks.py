"""CSV files block by block as Arrow columns with dictionaries, so that a word is compared once a block.

This is the quick way through a file that keeps to the rules. It never says what is wrong with one that does not: it
stops with `NotPlainError`, and the database, which names the line and the rule, reads the file from its beginning.
"""

from __future__ import annotations

import io
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from ..files.text import damaged_gzip, open_bytes

__all__ = ["NotPlainError", "csv_blocks"]

BLOCK = 1 << 22
"""Bytes that are read at once."""
LONGEST = 1 << 20
"""A line that reaches over so many bytes is left to the database, which refuses lines twice as long."""
_BOM = b"\xef\xbb\xbf"


class NotPlainError(Exception):
    """The file breaks a rule, or keeps to it in a way that this reader does not know."""


class Block(NamedTuple):
    """Rows of a file, and the number of its lines that they stand on, the header's with the first ones."""

    rows: pa.Table
    lines: int


def csv_blocks(
    path: Path,
    names: Sequence[str],
    delimiter: str,
    text: Sequence[str],
    coded: Sequence[str],
    *,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Block]:
    """Yield the blocks of a CSV file, compressed by gzip or not, in the order of the file.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.
    names : sequence of str
        The columns of the file, no two alike.
    delimiter : str
        What separates them.
    text, coded : sequence of str
        The columns wanted: as text, and as text with a dictionary for each block. Empty cells are null.
    threads : int
        Blocks that are parsed at the same time.
    progress : callable, optional
        Called with the share of the file that is read, 0 to 1.

    Yields
    ------
    Block
        Its rows, with the columns `text`, then `coded`; and the number of its lines, blank ones and those within cells
        too.

    Raises
    ------
    NotPlainError
        Where a row has another number of cells than the header, text is not UTF-8, quotes do not match, lines end in
        different ways, or a line is longer than LONGEST.
    InputError
        On a damaged gzip stream.
    """
    if len(names) < 2:
        raise NotPlainError("an empty line may be a row")
    types = {**dict.fromkeys(text, pa.string()), **dict.fromkeys(coded, pa.dictionary(pa.int32(), pa.string()))}
    convert = partial(
        pacsv.ConvertOptions, include_columns=list(types), column_types=types, strings_can_be_null=True,
        null_values=[""],
    )  # fmt: skip
    whole = _whole_lines(path, progress)
    first = next(whole, bytearray()).removeprefix(_BOM)
    end = _end_of_header(first)
    parse = partial(_parsed, names=list(names), delimiter=delimiter, convert=convert,
                    returns=first[:end].endswith(b"\r\n"))  # fmt: skip
    before = _lines(first[:end])
    for rows, lines in _in_order(parse, chain([first[end:]] if len(first) > end else [], whole), threads):
        yield Block(rows, lines + before)
        before = 0


def _whole_lines(path: Path, progress: Callable[[float], None] | None) -> Iterator[bytearray]:
    """Yield the bytes of a file in pieces that end with a line; the last one may lack that end."""
    size, done, rest = path.stat().st_size, 0, b""
    at_once = min(BLOCK, size + 1)  # a small file takes little memory
    with open_bytes(path) as raw:
        while block := _further(raw, at_once, rest, path.name):
            done += len(block) - len(rest)
            end = _last_end(block)
            rest = bytes(memoryview(block)[end:])
            if len(rest) > BLOCK:
                raise NotPlainError("a line is too long, or a quote is open")
            del block[end:]
            if block:
                yield block
            if progress is not None:
                progress(min(done / size, 1.0))  # a file that was packed by gzip is larger than its size
    if rest:
        yield bytearray(rest)


def _further(raw: BinaryIO, size: int, rest: bytes, where: str) -> bytearray:
    """Return `rest` and so many bytes behind it in a file, in one piece; nothing at the end of the file."""
    block = bytearray(len(rest) + size)
    block[: len(rest)] = rest
    try:
        with memoryview(block)[len(rest) :] as behind:
            read = cast(io.BufferedReader, raw).readinto(behind)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged_gzip(where, error) from None
    del block[len(rest) + read if read else 0 :]
    return block


def _last_end(block: bytearray) -> int:
    """Return how many bytes of a block, which begins outside quotes, are lines that end outside quotes."""
    end = block.rfind(b"\n") + 1
    if b'"' in block:
        quotes = _places(block, '"')
        while end and np.searchsorted(quotes, end) % 2:
            end = block.rfind(b"\n", 0, end - 1) + 1
    return end


def _end_of_header(block: bytearray) -> int:
    """Return the bytes of the first line, which goes on where it ends within quotes."""
    end = block.find(b"\n") + 1
    while end and block.count(b'"', 0, end) % 2:
        end = block.find(b"\n", end) + 1
    return end or len(block)


def _in_order(parse: Callable[[bytearray], Block], pieces: Iterator[bytearray], threads: int) -> Iterator[Block]:
    """Yield what becomes of each piece, in their order; at most one more than `threads` of them are in memory."""
    waiting: deque[Future[Block]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for piece in pieces:
            waiting.append(pool.submit(parse, piece))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _parsed(
    block: bytearray, names: list[str], delimiter: str, convert: Callable[..., pacsv.ConvertOptions], returns: bool
) -> Block:
    """Return the rows of whole lines; returns: whether lines end in a carriage return and a line feed."""
    _check_lines(block, returns)
    quoted = b'"' in block
    if quoted:
        _check_quotes(block, delimiter)
    try:
        rows = pacsv.read_csv(
            pa.BufferReader(block),
            pacsv.ReadOptions(use_threads=False, column_names=names, block_size=len(block) + 1),
            pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=quoted),
            convert(check_utf8=not block.isascii()),
        )
    except pa.ArrowInvalid as error:
        raise NotPlainError(str(error)) from None
    return Block(rows, _lines(block))


def _lines(block: bytearray) -> int:
    """Return the number of lines, the last one with or without its end."""
    return _count(block, "\n") + (not block.endswith(b"\n"))


def _check_lines(block: bytearray, returns: bool) -> None:
    both = [_count(block, "\n"), _count(block, "\r"), block.count(b"\r\n")] if returns else []
    ends = both or [False, b"\r" in block]
    if len(set(ends)) > 1 or (returns and b"\r\n\r\n" in block):
        raise NotPlainError("lines end in different ways")
    if any(block.find(b"\n", at, at + LONGEST) < 0 for at in range(0, len(block) - LONGEST, LONGEST)):
        raise NotPlainError("a line is too long")


def _check_quotes(block: bytearray, delimiter: str) -> None:
    """Require that every other quote opens a cell and the next one closes it; two in a row stand for one."""
    quotes, cells = _places(block, '"'), np.frombuffer(b"\n" + block + b"\n", np.uint8)
    opening, closing = quotes[::2], quotes[1::2]
    if len(opening) > len(closing):
        raise NotPlainError("a quote is open")
    between = np.zeros(256, dtype=bool)
    between[[ord(delimiter), *b"\r\n"]] = True
    doubled = closing[:-1] + 1 == opening[1:]
    begins = between[cells[opening]]  # `cells` has a byte before the block: this is the one before the quote
    ends = between[cells[closing + 2]]
    begins[1:] |= doubled
    ends[:-1] |= doubled
    if not (begins.all() and ends.all()):
        raise NotPlainError("a quote stands within a cell")


def _count(block: bytearray, letter: str) -> int:
    """Return how often a letter stands in a block; many times quicker than `bytearray.count` where it is frequent."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord(letter)))


def _places(block: bytearray, letter: str) -> NDArray[np.int64]:
    return np.flatnonzero(np.frombuffer(block, np.uint8) == ord(letter))
