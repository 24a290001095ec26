"""CSV and names that act on a terminal, a page or a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

from hostile_kinds import (
    ACTING,
    HEADER,
    KINDS,
    LONG,
    written,
)


def wide_header(columns_: int) -> bytes:
    """Return a table of many columns and three rows."""
    return (",".join(f"c{i}" for i in range(columns_)) + "\n" + 3 * (",".join("1" * columns_) + "\n")).encode()


TEXTS: dict[str, Callable[[], bytes]] = {
    "40,000 columns": lambda: wide_header(40_000),
    "2 million commas": lambda: b"a,b" + b"," * 2_000_000 + b"\n1,2\n",
    "one line of 500 MB": lambda: HEADER.encode() + b"x" * 500 * 2**20,
    "a quote of 500 MB": lambda: HEADER.encode() + b'1,"' + b"x\n" * 250 * 2**20,
    "500 MB of spaces": lambda: b" " * 500 * 2**20,
    "100 million empty lines": lambda: HEADER.encode() + b"\n" * 100_000_000,
    "NUL bytes": lambda: LONG.encode() + bytes(50_000_000),
    "NUL in a cell": lambda: LONG.replace("ANN", "A\0N").encode(),
    "quotes": lambda: HEADER.encode() + b'""""""""""",' * 300_000,
    "a byte order mark often": lambda: b"\xef\xbb\xbf" * 5 + LONG.encode(),
    "UTF-32": lambda: LONG.encode("utf-32"),
    "UTF-16 without a mark": lambda: LONG.encode("utf-16-le"),
    "a half of UTF-16": lambda: LONG.encode("utf-16")[:-1] + b"\xd8",
    "UTF-7": lambda: LONG.encode("utf-7"),
    "EBCDIC": lambda: LONG.encode("cp500"),
    "numbers of 100,000 digits": lambda: (HEADER + "1" * 100_000 + ",X,,A,B," + "9" * 100_000 + "\n").encode(),
    "a million columns by one name": lambda: b"a," * 1_000_000 + b"\n",
    "votes of 10^18": lambda: LONG.replace(",1\n", ",1000000000000000000\n").encode(),
    "300,000 candidates": lambda: (
        HEADER + "".join(f"{i},US PRESIDENT,,N{i},DEM,1\n" for i in range(300_000))
    ).encode(),
    "100,000 offices": lambda: (HEADER + "".join(f"{i},O{i},,N,DEM,1\n" for i in range(100_000))).encode(),
    "one voter of 300,000 marks": lambda: (
        HEADER + "".join(f"1,US PRESIDENT,,N{i},DEM,1\n" for i in range(300_000))
    ).encode(),
    "names that cost a pattern": lambda: (
        HEADER + f"1,{'US ' * 1600}PRESIDENT,,{'A (' * 1600},{'(' * 4000},1\n2,{' ' * 4900}X,,{'-' * 4900}A,,1\n"
    ).encode(),
}
for _name, _make in TEXTS.items():
    KINDS[f"csv: {_name}"] = written("f.csv", _make)


def _acting(folder: Path) -> Iterator[list[str]]:
    for i, (word, place) in enumerate(product(ACTING.values(), ("ANN", "US PRESIDENT", "DEM", "candidate"))):
        name, fit = f"f{i}.csv", f"fit{i}.json"
        (folder / name).write_bytes(
            LONG.replace(place, '"' + word.replace('"', '""') + '"').encode("utf-8", "surrogateescape")
        )
        yield ["totals", name]
        yield ["totals", name, "--json"]
        yield ["parties", name, "--out", f"p{i}.csv"]
        yield ["fit", name, "--types", "1", "--starts", "1", "--out", fit, "--report", f"r{i}.html"]
        yield ["fit", name, "--types", "1", "--starts", "1", "--out", f"t{i}.tex", "--out", f"t{i}.xlsx"]
        yield ["assign", name, "--fit", fit, "--out", f"a{i}.csv"]


KINDS["names that act, in six commands"] = lambda folder: list(_acting(folder))
