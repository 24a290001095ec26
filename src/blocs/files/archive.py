"""Files of a folder or a zip, one after the other, never unpacked to disk, with limits against hostile archives."""

from __future__ import annotations

import gzip
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

from ..core.errors import Fault, InputError
from ..core.natural_order import natural_order
from .text import GZIP, damaged_gzip, open_bytes

__all__ = [
    "DAMAGE", "MAX_RATIO", "MAX_SMALL", "SAVE_AS_CSV", "Member", "Source", "growth_faults", "member_on_disk", "opened"
]  # fmt: skip

MAX_RATIO = 300
"""Most bytes one compressed byte may become; repetitive JSON of ballots stays below 60."""
MAX_SMALL = 1 << 24
"""Sizes up to here are not suspected, whatever their ratio."""
HEAD = 1 << 16
"""Bytes of a file by which it is recognised."""
_DEEPEST = 2
"""Zips in zips that are opened: one in another."""
_IN_MEMORY = 1 << 26
"""Bytes of a zip in a zip that are held in memory; larger ones lie in a temporary file."""
_UNPACK = "If the archive is genuine, unpack it and read the folder"
SAVE_AS_CSV = "Save it again, or save the sheet as CSV"
"""What helps with archives, and with workbooks, which are zips, too."""
_WORKBOOKS = ({"xl/workbook.xml"}, {"xl/workbook.bin"}, {"mimetype", "content.xml"})
"""Files that zips of .xlsx, .xlsb and .ods hold."""
DAMAGE = (
    zipfile.BadZipFile,  # a list of contents, a header or a checksum that is wrong
    zlib.error, OSError, lzma.LZMAError,  # damaged data: of deflate, bzip2 and LZMA
    EOFError,  # cut off within a file
    NotImplementedError,  # what zipfile raises where a header names a method of compression that it does not have
    RuntimeError,  # a flag that says encrypted where the list does not
    ValueError,  # an offset before the file's beginning, a name that is not UTF-8
)  # fmt: skip
"""All that zipfile raises at archives with changed bytes, as tried on every method of compression."""


class Source:
    """Bytes of one file; what goes wrong in the archive or gzip below comes out as InputError with the file's name.

    below: what `raw` reads from and does not close, as gzip.
    """

    def __init__(
        self, name: str, raw: BinaryIO, damaged: Callable[[str, Exception], InputError], below: BinaryIO | None = None
    ) -> None:
        self.name = name
        self._raw = raw
        self._damaged = damaged
        self._below = below

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, all of them by default. Raises InputError when the archive is damaged."""
        try:
            return self._raw.read(size)
        except DAMAGE as error:
            raise self._damaged(self.name, error) from None

    def __enter__(self) -> Source:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._raw.close()
        if self._below:
            self._below.close()


@dataclass(frozen=True)
class Member:
    """One file: its name inside the folder or zip, what to call it in faults, its size in bytes, how to open it.

    path: where it lies on disk, None in a zip.
    """

    name: str
    label: str
    size: int
    open: Callable[[], Source] = field(repr=False)
    path: Path | None = None

    @property
    def is_packed(self) -> bool:
        """Whether the name says that it is a gzip file; it is opened through gzip if it begins as one."""
        return self.name.casefold().endswith(".gz")

    @property
    def unpacked(self) -> str:
        """The name that it has without gzip: "x/a.csv" of "x/a.csv.gz"."""
        return self.name[:-3] if self.is_packed else self.name

    @property
    def base(self) -> str:
        """The last part of the name, without the ending of gzip."""
        return self.unpacked.rsplit("/", 1)[-1]

    @cached_property
    def head(self) -> bytes:
        """The first HEAD bytes, unpacked. Raises InputError when the file is damaged in them."""
        with self.open() as source:
            return source.read(HEAD)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Member, ...]]:
    """Give all files of a folder or a zip, or a single file, in natural order of names: 2 before 10.

    Parameters
    ----------
    path : Path
        A folder, which is searched with all folders in it; a zip, which is never unpacked to disk; or a file. Zips in
        folders and in zips are opened as folders are; workbooks, which are zips, are files.

    Raises
    ------
    InputError
        For a zip that is cut off, leaves its folder, is encrypted, or would grow beyond MAX_RATIO.
    """
    with ExitStack() as open_files:
        if path.is_dir():
            on_disk = (p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
            found = _expanded([member_on_disk(p, p.relative_to(path).as_posix()) for p in on_disk], open_files, 0)
        else:
            file = member_on_disk(path)
            archive = _archive(file, open_files, 0)
            found = [file] if archive is None else _inside(archive, file.label, "", open_files, 1)
        yield tuple(sorted(found, key=lambda file: natural_order(file.name)))


def _expanded(files: Iterable[Member], open_files: ExitStack, depth: int) -> list[Member]:
    """Put in place of each zip the files in it; of thousands of files, those are opened that are called so."""
    found: list[Member] = []
    for file in files:
        archive = _archive(file, open_files, depth) if file.name.casefold().endswith(".zip") else None
        if archive is None:
            found.append(file)
        else:
            found += _inside(archive, file.label, f"{file.name}/", open_files, depth + 1)
    return found


def _inside(archive: zipfile.ZipFile, label: str, prefix: str, open_files: ExitStack, depth: int) -> list[Member]:
    files = [info for info in archive.infolist() if not info.is_dir() and not _is_hidden(info.filename)]
    return _expanded([_in_zip(archive, label, prefix, info) for info in files], open_files, depth)


def _archive(file: Member, open_files: ExitStack, depth: int) -> zipfile.ZipFile | None:
    """Open a file that is a zip and no workbook, after looking through its list of contents; None for any other."""
    with file.open() as source:
        if source.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
            return None
    if depth >= _DEEPEST:
        raise InputError(Fault("it is a zip in a zip in a zip", file.label, "blocs opens a zip in a zip, no deeper",
                               remedy="Unpack it and read the folder"))  # fmt: skip
    try:
        archive = open_files.enter_context(zipfile.ZipFile(file.path or _copied(file, open_files)))
        names = archive.namelist()
    except DAMAGE as error:
        raise _damaged(file.label, error) from None
    workbook = any(parts <= set(names) for parts in _WORKBOOKS)
    remedy = SAVE_AS_CSV if workbook else _UNPACK
    faults = [fault for info in archive.infolist() for fault in _faults(file.label, info, remedy)]
    faults += growth_faults(file.label, sum(info.file_size for info in archive.infolist()), file.size, remedy)
    if faults:
        raise InputError(*faults[:10])
    return None if workbook else archive


def _copied(file: Member, open_files: ExitStack) -> Any:
    """Return an open copy of a file of an archive that can be read at any place, as the list of a zip is at its end."""
    copy = open_files.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
    with file.open() as source:
        while block := source.read(1 << 20):
            copy.write(block)
    copy.seek(0)
    return copy


def _is_hidden(name: str) -> bool:
    return "__MACOSX/" in name or name.rsplit("/", 1)[-1].startswith(".")


def member_on_disk(path: Path, name: str = "") -> Member:
    """Return a file on disk; name: what it is called in its folder, its own name by default."""
    name = name or path.name
    return Member(name, name, path.stat().st_size, lambda: Source(name, open_bytes(path), damaged_gzip), path)


def _in_zip(archive: zipfile.ZipFile, label: str, prefix: str, info: zipfile.ZipInfo) -> Member:
    """Return one file of an open zip; opening it raises InputError when it is damaged."""
    where = f"{label}/{info.filename}"

    def source() -> Source:
        try:
            raw = cast(Any, archive.open(info))
            if raw.peek(2)[:2] == GZIP:
                return Source(where, cast(BinaryIO, gzip.open(raw)), damaged_gzip, raw)
            return Source(where, raw, _damaged)
        except DAMAGE as error:
            raise _damaged(where, error) from None

    return Member(prefix + info.filename, where, info.file_size, source)


def _faults(zipname: str, info: zipfile.ZipInfo, remedy: str) -> Iterator[Fault]:
    where = f"{zipname}/{info.filename}"
    parts = info.filename.replace("\\", "/").split("/")
    if parts[0] == "" or ".." in parts or ":" in parts[0]:
        yield Fault("its name leaves the archive's folder", where, "Files of an export lie inside the archive")
    if info.flag_bits & 1:
        yield Fault("it is encrypted", where, remedy="Unpack it with its password and read the folder")
    yield from growth_faults(where, info.file_size, info.compress_size, remedy)


def growth_faults(where: str, size: int, packed: int, remedy: str) -> list[Fault]:
    """Return the fault of `packed` bytes of an archive that would unpack to so many more that no export is so."""
    if size <= MAX_SMALL or size <= MAX_RATIO * packed:
        return []
    what = f"{packed:,} bytes would unpack to {size:,}"
    rule = f"blocs reads archives that grow at most {MAX_RATIO}-fold"
    return [Fault(what, where, rule, remedy=remedy)]


def _damaged(where: str, error: Exception) -> InputError:
    return InputError(
        Fault(
            f"the archive is cut off or damaged ({str(error) or 'it ends early'})",  # EOFError of zipfile has no words
            where,
            "A zip ends with a list of its contents",
            remedy="Download it again",
        )
    )
