"""Archives that swell, are forged or lead elsewhere."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable

from hostile_kinds import (
    ACTING,
    KINDS,
    LONG,
    swelling,
    times,
    written,
    zipped,
)


def nested(depth: int) -> bytes:
    """Return a zip in a zip in a zip."""
    content = LONG.encode()
    for i in range(depth):
        content = zipped({"a.csv" if i == 0 else "a.zip": content})
    return content


def with_sizes(size: int, packed: int | None = None) -> bytes:
    """Return an archive whose directory has another size of the file in it."""
    good = bytearray(zipped({"a.csv": LONG.encode() * 50}))
    at = good.rindex(b"PK\x01\x02")
    good[at + 24 : at + 28] = struct.pack("<I", size)
    if packed is not None:
        good[at + 20 : at + 24] = struct.pack("<I", packed)
    return bytes(good)


def one_part_often(times: int) -> bytes:
    """Return an archive whose directory names the same bytes many times."""
    good = zipped({"aaaaaa.csv": LONG.encode() * 4000})
    at = good.rindex(b"PK\x01\x02")
    end = good.rindex(b"PK\x05\x06")
    entry = good[at:end]
    many = b"".join(entry.replace(b"aaaaaa", b"%06d" % i) for i in range(times))
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, times, times, len(many), at, 0)
    return good[:at] + many + tail


def with_flags(flags: int, method: int | None = None) -> bytes:
    """Return an archive with other flags, or another method of compression."""
    good = bytearray(zipped({"a.csv": LONG.encode()}))
    at = good.rindex(b"PK\x01\x02")
    good[6:8] = good[at + 8 : at + 10] = struct.pack("<H", flags)
    if method is not None:
        good[8:10] = good[at + 10 : at + 12] = struct.pack("<H", method)
    return bytes(good)


def a_link() -> bytes:
    """Return an archive with a symbolic link out of it."""
    out, info = io.BytesIO(), zipfile.ZipInfo("a.csv")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


ZIPS: dict[str, Callable[[], bytes]] = {
    "deflated, 300 MB": lambda: swelling(zipfile.ZIP_DEFLATED, 300),
    "bzip2, 50 MB": lambda: swelling(zipfile.ZIP_BZIP2, 50),
    "lzma, 100 MB": lambda: swelling(zipfile.ZIP_LZMA, 100),
    **{f"nested {depth} times": (lambda depth=depth: nested(depth)) for depth in (2, 3, 40)},
    **{f"size {size}": (lambda size=size: with_sizes(size)) for size in (0, 10, 2**31, 2**32 - 1)},
    "packed size": lambda: with_sizes(20_000, 2**31),
    "one part 5,000 times": lambda: one_part_often(5000),
    "encrypted": lambda: with_flags(1),
    "patched": lambda: with_flags(0x20),
    "strongly encrypted": lambda: with_flags(0x41),
    "unknown method": lambda: with_flags(0, 99),
    "stored as deflated": lambda: with_flags(0, 8),
    "a link": a_link,
    "names that leave": lambda: zipped(
        {"../../a.csv": LONG.encode(), "/etc/b.csv": b"x", "c:\\d.csv": b"x", "CON": b"x"}
    ),
    "names that act": lambda: zipped(
        {f"a{word}.csv": LONG.encode() for word in ACTING.values() if "\udc80" not in word}
    ),
    "a name of 60,000 letters": lambda: zipped({"a" * 60_000 + ".csv": b"x"}),
    "nothing in it": lambda: zipped({}),
    "an empty file": lambda: zipped({"a.csv": b""}),
    "two directories": lambda: zipped({"a.csv": b"x"}) + zipped({"b.csv": LONG.encode()}),
}
for _name, _make in ZIPS.items():
    KINDS[f"zip: {_name}"] = written("f.zip", _make)
KINDS["gzip: 700 MB"] = written("f.csv.gz", lambda: gzip.compress(LONG.encode() + b"0" * 700 * 2**20, 1))
KINDS["gzip: 300 MB of lines"] = written("f.csv.gz", lambda: gzip.compress(LONG.encode() + b"9,X,,Y,Z,1\n" * 2**25, 1))
KINDS["gzip: 30 times"] = written("f.csv.gz", lambda: times(30, gzip.compress, LONG.encode()))
KINDS["gzip: many parts"] = written("f.csv.gz", lambda: gzip.compress(LONG.encode()) + gzip.compress(b"") * 200_000)
