"""Files of a folder or a zip, one after the other, never unpacked to disk, with limits against hostile archives."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, cast

from ..core.errors import Fault, InputError
from .text import open_bytes

__all__ = ["MAX_RATIO", "MAX_SMALL", "Member", "Source", "in_zip", "is_zip", "members", "open_zip"]

MAX_RATIO = 300
"""Most bytes one compressed byte may become; repetitive JSON of ballots stays below 60."""
MAX_SMALL = 1 << 24
"""Sizes up to here are not suspected, whatever their ratio."""
_DAMAGE = (
    zipfile.BadZipFile,  # a list of contents, a header or a checksum that is wrong
    zlib.error, OSError, lzma.LZMAError,  # damaged data: of deflate, bzip2 and LZMA
    EOFError,  # cut off within a file
    NotImplementedError,  # what zipfile raises for a compression or a flag it cannot read: Deflate64, or damaged bytes
    RuntimeError,  # a flag that says encrypted where the list does not
    ValueError,  # an offset before the file's beginning, a name that is not UTF-8
)  # fmt: skip
"""All that zipfile raises at archives with changed bytes, as tried on every method of compression."""


class Source:
    """Bytes of one file; what goes wrong in the archive below comes out as InputError with the file's name."""

    def __init__(self, name: str, raw: BinaryIO) -> None:
        self.name = name
        self._raw = raw

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, all of them by default. Raises InputError when the archive is damaged."""
        try:
            return self._raw.read(size)
        except _DAMAGE as error:
            raise _damaged(self.name, error) from None

    def __enter__(self) -> Source:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._raw.close()


class Member(NamedTuple):
    """One file of a folder or zip: its name inside, its size in bytes, and how to open it."""

    name: str
    size: int
    open: Callable[[], Source]

    @property
    def base(self) -> str:
        """The last part of the name."""
        return self.name.rsplit("/", 1)[-1]


def is_zip(path: Path) -> bool:
    """Say whether a file begins as a zip does."""
    if not path.is_file():
        return False
    with path.open("rb") as raw:
        return raw.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


@contextmanager
def members(path: Path, suffix: str | tuple[str, ...]) -> Iterator[list[Member]]:
    """Give the files with a suffix of a folder, a zip or a single file, in natural order of names: 2 before 10.

    Parameters
    ----------
    path : Path
        A folder, which is searched with all folders in it; a zip, which is never unpacked to disk; or a file, which is
        given whatever its suffix.
    suffix : str or tuple of str
        Suffix of the files, in small letters, or several.

    Raises
    ------
    InputError
        For a zip that is cut off, leaves its folder, is encrypted, or would grow beyond MAX_RATIO.
    """
    if path.is_dir():
        on_disk = (p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        yield _ordered((_on_disk(p, p.relative_to(path).as_posix()) for p in on_disk), suffix)
    elif is_zip(path):
        with open_zip(path) as archive:
            files = (in_zip(archive, path.name, info) for info in archive.infolist() if not info.is_dir())
            yield _ordered((f for f in files if "__MACOSX/" not in f.name and not f.base.startswith(".")), suffix)
    else:
        yield [_on_disk(path, path.name)]


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip after looking through its list of contents. Raises InputError as `members` does."""
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise _damaged(path.name, error) from None
    with archive:
        faults = [fault for info in archive.infolist() for fault in _faults(path.name, info)]
        packed = path.stat().st_size
        faults += _growth_faults(path.name, sum(info.file_size for info in archive.infolist()), packed)
        if faults:
            raise InputError(*faults[:10])
        yield archive


def _ordered(files: Iterator[Member], suffix: str | tuple[str, ...]) -> list[Member]:
    """Keep the files of a suffix, sorted so that file 2 comes before file 10."""
    kept = [f for f in files if f.name.casefold().endswith(suffix)]
    return sorted(kept, key=lambda f: [(int(p), "") if p.isdigit() else (-1, p) for p in re.split(r"([0-9]+)", f.name)])


def _on_disk(path: Path, name: str) -> Member:
    return Member(name, path.stat().st_size, lambda: Source(name, open_bytes(path)))


def in_zip(archive: zipfile.ZipFile, zipname: str, info: zipfile.ZipInfo) -> Member:
    """Return one file of an open zip; opening it raises InputError when it is damaged."""

    def source() -> Source:
        try:
            return Source(f"{zipname}/{info.filename}", cast(BinaryIO, archive.open(info)))
        except _DAMAGE as error:
            raise _damaged(f"{zipname}/{info.filename}", error) from None

    return Member(info.filename, info.file_size, source)


def _faults(zipname: str, info: zipfile.ZipInfo) -> Iterator[Fault]:
    where = f"{zipname}/{info.filename}"
    parts = info.filename.replace("\\", "/").split("/")
    if parts[0] == "" or ".." in parts or ":" in parts[0]:
        yield Fault("its name leaves the archive's folder", where, "Files of an export lie inside the archive")
    if info.flag_bits & 1:
        yield Fault("it is encrypted", where, remedy="Unpack it with its password and read the folder")
    yield from _growth_faults(where, info.file_size, info.compress_size)


def _growth_faults(where: str, size: int, packed: int) -> list[Fault]:
    if size <= MAX_SMALL or size <= MAX_RATIO * packed:
        return []
    what = f"{packed:,} bytes would unpack to {size:,}"
    rule = f"blocs reads archives that grow at most {MAX_RATIO}-fold"
    return [Fault(what, where, rule, remedy="If the archive is genuine, unpack it and read the folder")]


def _damaged(where: str, error: Exception) -> InputError:
    return InputError(
        Fault(
            f"the archive is cut off or damaged ({error})",
            where,
            "A zip ends with a list of its contents",
            remedy="Download it again",
        )
    )
