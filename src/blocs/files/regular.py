"""Input that cannot be read as it is, put into a file that can: what flows through a pipe, and text in UTF-16."""

from __future__ import annotations

import codecs
import os
import re
import shutil
import stat
import tempfile
from functools import cache
from pathlib import Path

from ..core.errors import Fault, InputError
from .atomic import is_stream
from .scratch import scratch
from .text import BYTE_ORDER_MARKS, head, open_bytes

__all__ = ["linked", "refuse_device", "regular"]

_BLOCK = 1 << 20
_DECLARED = re.compile(r"""\A(\ufeff?<\?xml[^>]*encoding=["'])UTF-16(?:LE|BE)?(["'])""", re.IGNORECASE)
"""The encoding that XML declares at its beginning, which is another one in the copy."""


def regular(path: Path) -> Path:
    """Return a path that can be read more than once and that holds no text in UTF-16.

    It is the path itself where it is that of such a file or folder, else that of a copy, which has the name of the
    original and is gone when Python ends. A path that is not text (its bytes are in another encoding than names are
    here) is read through a link. Raises InputError for damaged UTF-16, a damaged gzip stream and for a device.
    """
    if not is_stream(path) and _foreign(str(path)):
        path = linked(path, path.name)
    if path.is_dir():
        return path
    if is_stream(path):
        refuse_device(path)
        copy = _new(path.name)
        with path.open("rb") as flowing, copy.open("wb") as file:
            shutil.copyfileobj(flowing, file, _BLOCK)
        path = copy
    encoding = BYTE_ORDER_MARKS.get(head(path, 2))
    return path if encoding is None else _in_utf8(path, encoding)


def linked(path: Path, name: str = "linked") -> Path:
    """Return a link to a file or folder, whose own name has letters that a library cannot take for what they are.

    name: of the link. It is gone when Python ends.
    """
    link = _new(name)
    link.symlink_to(path.absolute())
    return link


def _in_utf8(path: Path, encoding: str) -> Path:
    copy, decode = _new(path.name), codecs.getincrementaldecoder(encoding)().decode
    try:
        with open_bytes(path) as raw, copy.open("wb") as file:
            while block := raw.read(_BLOCK):
                text = decode(block)
                file.write(_DECLARED.sub(r"\1UTF-8\2", text, count=1).encode("utf-8"))
            decode(b"", final=True)
    except UnicodeError:
        raise InputError(
            Fault("the text is not UTF-16, though it begins so", where=path.name, rule="Text is UTF-8 or UTF-16",
                  remedy="Save it as UTF-8")
        ) from None  # fmt: skip
    return copy


def _new(name: str) -> Path:
    """Return a new path with this name, in a folder of its own."""
    return Path(tempfile.mkdtemp(dir=_folder())) / (re.sub(r"[^ -~]", "_", name) if _foreign(name) else name)


def _foreign(name: str) -> bool:
    """Say whether a name is not text, so that libraries do not take it: bytes of another encoding stand in it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return True
    return False


def refuse_device(path: Path) -> None:
    """Refuse a device without an end, such as /dev/zero; a terminal ends, and /dev/null is empty."""
    status = path.stat()
    if not stat.S_ISCHR(status.st_mode) or status.st_rdev == os.stat(os.devnull).st_rdev:
        return
    with path.open("rb", buffering=0) as device:
        if not device.isatty():
            raise InputError(Fault("it is a device", where=str(path), rule="A file, a folder or a pipe is read"))


@cache
def _folder() -> Path:
    """Return a folder that is gone when Python ends."""
    return scratch().folder
