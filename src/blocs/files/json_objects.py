"""Objects of one array inside a JSON document: read whole when the file is small, one at a time when it is not."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..core.errors import Fault, InputError
from .archive import Member, Source

__all__ = ["MAX_OBJECT", "WHOLE", "document", "items", "lists"]

WHOLE = 1 << 25
"""Files up to this size, in bytes, are decoded at once."""
MAX_OBJECT = 1 << 25
"""Longest single object of an array, in characters."""
_BLOCK = 1 << 20
_DECODER = json.JSONDecoder()
_REMEDY = "The file is cut off or damaged; export it again"


def document(member: Member) -> Any:
    """Return a small JSON file as plain data. Raises InputError when it is none, or larger than WHOLE."""
    with member.open() as source:
        text = source.read(WHOLE + 1)
        if len(text) > WHOLE:
            raise InputError(Fault(f"it is larger than {WHOLE:,} bytes", source.name, "Manifests are small"))
        return _loaded(text, source.name)


def items(member: Member, key: str) -> Iterator[Any]:
    """Yield the objects of the array under `key`, which stands at the top of the document.

    member: the file; memory is bounded by WHOLE and MAX_OBJECT whatever its size. Raises InputError when the document
    is not JSON, has no such array, is nested beyond reason or is cut off.
    """
    with member.open() as source:
        head = source.read(WHOLE + 1)
        if len(head) > WHOLE:
            yield from _streamed(source, head, key)
            return
        found = _loaded(head, source.name)
        array = found.get(key) if isinstance(found, dict) else None
        if not isinstance(array, list):
            raise _no_list(key, source.name)
        yield from array


def lists(member: Member, keys: Iterable[str]) -> dict[str, list[Any]]:
    """Return the arrays under `keys` of a document, empty where it has none. Raises InputError as `items` does."""
    if member.size <= WHOLE:
        found = document(member)
        whole = found if isinstance(found, dict) else {}
        return {key: value if isinstance(value := whole.get(key), list) else [] for key in keys}
    arrays = {}
    for key in keys:
        with member.open() as source:
            arrays[key] = list(_streamed(source, b"", key, needed=False))
    return arrays


def _loaded(text: bytes, where: str) -> Any:
    try:
        return json.loads(text.removeprefix(codecs.BOM_UTF8))
    except UnicodeDecodeError as error:
        raise InputError(Fault(f"byte {error.start:,} is not UTF-8", where, "JSON is UTF-8", remedy=_REMEDY)) from None
    except json.JSONDecodeError as error:
        raise _not_json(where, error) from None
    except RecursionError:
        raise _too_deep(where) from None


def _streamed(source: Source, head: bytes, key: str, *, needed: bool = True) -> Iterator[Any]:
    text = _Text(source, head or source.read(_BLOCK))
    if not text.skip_to(re.compile(rf'(?<!\\)"{re.escape(key)}"\s*:\s*\[')):
        if needed:
            raise _no_list(key, source.name)
        return
    while (item := text.item()) is not None:
        yield item


class _Text:
    """A window on a long document that moves forward as objects are taken out of it."""

    def __init__(self, source: Source, head: bytes) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._pos = 0
        self._ended = False
        self._text = self._decoded(head)

    def skip_to(self, opening: re.Pattern[str]) -> bool:
        """Move behind the bracket that opens the array, if there is one."""
        while not (found := opening.search(self._text)):
            if self._ended:
                return False
            self._pos = max(0, len(self._text) - 2 * len(opening.pattern))
            self._more()
        self._pos = found.end()
        return True

    def item(self) -> Any:
        """Return the next object, or None behind the last."""
        while True:
            start = _JUNCTION.match(self._text, self._pos)
            self._pos = start.end() if start else self._pos
            if self._text.startswith("]", self._pos):
                return None
            try:
                found, self._pos = _DECODER.raw_decode(self._text, self._pos)
            except json.JSONDecodeError as error:
                if self._ended or len(self._text) - self._pos > MAX_OBJECT:
                    raise _not_json(self._source.name, error) from None
                self._more()
            except RecursionError:
                raise _too_deep(self._source.name) from None
            else:
                return found

    def _more(self) -> None:
        rest = self._text[self._pos :]
        self._text, self._pos = rest + self._decoded(self._source.read(max(_BLOCK, len(rest)))), 0

    def _decoded(self, block: bytes) -> str:
        self._ended = not block
        try:
            return self._decoder.decode(block, final=self._ended)
        except UnicodeDecodeError:
            raise InputError(
                Fault("there are bytes that are not UTF-8", self._source.name, "JSON is UTF-8", remedy=_REMEDY)
            ) from None


_JUNCTION = re.compile(r"[\s,]*")


def _no_list(key: str, where: str) -> InputError:
    return InputError(Fault(f'there is no list "{key}"', where, remedy="Check that it is an export of this kind"))


def _not_json(where: str, error: json.JSONDecodeError) -> InputError:
    place = f"{where}, line {error.lineno}, column {error.colno}"
    return InputError(Fault(f"not readable as JSON ({error.msg})", place, remedy=_REMEDY))


def _too_deep(where: str) -> InputError:
    return InputError(Fault("objects are nested too deep", where, "An export nests about ten levels", remedy=_REMEDY))
