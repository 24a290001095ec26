"""Files with the same content, as a folder has them after a download was repeated: which are copies of which."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from hashlib import blake2b

from ..core.errors import InputError
from .archive import Member

__all__ = ["copies"]

_BEGINNING = 1 << 12
"""Bytes in which files of one size differ, if they do."""
_BLOCK = 1 << 20
_VALUE = rb"""[\s"'>:={]+[0-]*[1-9A-Za-z]"""
"""What stands behind the name of an id in XML and JSON: an id that is more than zeros."""


def copies(files: Sequence[Member], ids: Sequence[bytes] = ()) -> dict[str, str]:
    """Return the name of each copy -> the name of the file whose copy it is: of equal files, the one named shortest.

    Files are read, unpacked, as far as they are alike: their sizes where none is compressed by gzip, then how they
    begin, then all of them. Empty files, and those
    that cannot be read, are no copies, nor are files of one name, which a zip may have. ids: names of the ids of
    ballots, in formats of which a file may be one ballot: files that begin without them, or with zeros, may be two
    ballots alike.
    """
    patterns = [re.compile(name + _VALUE) for name in ids]
    with_ids = [file for file in files if not ids or any(pattern.search(file.head) for pattern in patterns)]
    groups: Iterable[Sequence[Member]] = [[file for file in with_ids if file.size]]
    if not any(file.is_packed for file in with_ids):  # whose sizes say nothing of their content
        groups = [alike for group in groups for alike in _alike(group, lambda file: file.size)]
    for of in (lambda file: _digest(file, _BEGINNING), lambda file: _digest(file, None)):
        groups = [alike for group in groups for alike in _alike(group, of)]
    named: dict[str, str] = {}
    for group in groups:
        first = min(group, key=lambda file: len(file.name))
        named |= {file.name: first.name for file in group if file.name != first.name}
    return named


def _alike(files: Sequence[Member], of: Callable[[Member], Hashable]) -> list[list[Member]]:
    """Return the groups of several files for which a function is the same."""
    groups: dict[Hashable, list[Member]] = {}
    for file in files:
        groups.setdefault(of(file), []).append(file)
    return [group for group in groups.values() if len(group) > 1]


def _digest(file: Member, size: int | None) -> Hashable:
    """Return a number for the content of a file, or its first bytes; its name where it cannot be read."""
    digest = blake2b()
    try:
        with file.open() as source:
            if size is not None:
                return source.read(size)
            while block := source.read(_BLOCK):
                digest.update(block)
    except InputError:
        return file.name
    return digest.digest()
