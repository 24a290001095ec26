"""Objects of one array inside a JSON document: read whole when the file is small, one at a time when it is not."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ..core.errors import Fault, InputError
from .archive import Member, Source
from .json_names import NameTwiceError, each_once

__all__ = ["MAX_OBJECT", "WHOLE", "array_items", "arrays", "document", "refuse_halves"]

WHOLE = 1 << 25
"""Files up to this size, in bytes, are decoded at once."""
MAX_OBJECT = 1 << 25
"""Longest single object of an array, in characters."""
_BLOCK = 1 << 20
_DECODER = json.JSONDecoder(object_pairs_hook=each_once)
_HALF = r"\\u[dD][89a-fA-F]"
"""One half, of two, of a letter beyond the first 65,536, as JSON may write it."""
_HALF_TEXT, _HALF_BYTES = re.compile(_HALF), re.compile(_HALF.encode())
_GAP = re.compile(r"[\s,]*")
_REMEDY = "The file is cut off or damaged; export it again"


def document(member: Member) -> Any:
    """Return a small JSON file as plain data. Raises InputError when it is none, or larger than WHOLE."""
    with member.open() as source:
        text = source.read(WHOLE + 1)
        if len(text) > WHOLE:
            raise InputError(Fault(f"it is larger than {WHOLE:,} bytes", source.name, "Manifests are small"))
        return _loaded(text, source.name)


def array_items(member: Member, key: str) -> Iterator[Any]:
    """Yield the objects of the array under `key`, which stands at the top of the document.

    member: the file; memory is bounded by WHOLE and MAX_OBJECT whatever its size. Raises InputError when the document
    is not JSON, has no such array, is nested beyond reason or is cut off.
    """
    with member.open() as source:
        head = source.read(WHOLE + 1)
        if len(head) > WHOLE:
            yield from _streamed(source, head, key)
            return
        content = _loaded(head, source.name)
        array = content.get(key) if isinstance(content, dict) else None
        if not isinstance(array, list):
            raise _no_list(key, source.name)
        yield from array


def arrays(member: Member, keys: Iterable[str]) -> dict[str, list[Any]]:
    """Return the arrays under `keys` of a document, empty where it has none. Raises InputError as `array_items`."""
    if member.size <= WHOLE:
        content = document(member)
        whole = content if isinstance(content, dict) else {}
        return {key: value if isinstance(value := whole.get(key), list) else [] for key in keys}
    streamed = {}
    for key in keys:
        with member.open() as source:
            streamed[key] = list(_streamed(source, b"", key, needed=False))
    return streamed


def _loaded(text: bytes, where: str) -> Any:
    try:
        content = json.loads(text.removeprefix(codecs.BOM_UTF8), object_pairs_hook=each_once)
    except UnicodeDecodeError as error:
        raise InputError(Fault(f"byte {error.start:,} is not UTF-8", where, "JSON is UTF-8", remedy=_REMEDY)) from None
    except json.JSONDecodeError as error:
        raise _not_json(where, error) from None
    except NameTwiceError as error:
        raise _twice(where, str(error)) from None
    except ValueError:
        raise _too_long(where) from None
    except RecursionError:
        raise _too_deep(where) from None
    if _HALF_BYTES.search(text):
        refuse_halves(content, where)
    return content


def refuse_halves(content: Any, where: str, remedy: str = _REMEDY) -> None:
    """Raise InputError where a text has one half of a pair of surrogates, which no encoding can write."""
    try:
        json.dumps(content, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        what = f"a text holds half of a letter, \\u{ord(error.object[error.start]):04x}"
        raise InputError(Fault(what, where, "Surrogates come in pairs", remedy=remedy)) from None


class _Window(NamedTuple):
    """A part of a long document, from an object on; place: where to go on in it; ended: no text comes behind it."""

    text: str
    place: int
    ended: bool


def _streamed(source: Source, head: bytes, key: str, *, needed: bool = True) -> Iterator[Any]:
    """Yield the objects of the array under `key`; head: the bytes of the source that were read already."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    start = _window("", head or source.read(_BLOCK), decoder, source.name)
    opening = re.compile(rf'(?<!\\)"{re.escape(key)}"\s*:\s*\[')
    window = _behind(opening, start, source, decoder)
    if window is None:
        if needed:
            raise _no_list(key, source.name)
        return
    while (after := _item(window, source, decoder)) is not None:
        item, window = after
        yield item
    if needed and _behind(opening, window, source, decoder) is not None:
        raise _twice(source.name, key)


def _behind(
    opening: re.Pattern[str], window: _Window, source: Source, decoder: codecs.IncrementalDecoder
) -> _Window | None:
    """Return the window behind the bracket that opens the array, None without one."""
    while not (bracket := opening.search(window.text, window.place)):
        if window.ended:
            return None
        rest = window.text[max(0, len(window.text) - 2 * len(opening.pattern)) :]
        window = _longer(rest, source, decoder)
    return window._replace(place=bracket.end())


def _item(window: _Window, source: Source, decoder: codecs.IncrementalDecoder) -> tuple[Any, _Window] | None:
    """Return the next object and the window behind it, None behind the last."""
    while True:
        gap = _GAP.match(window.text, window.place)
        place = gap.end() if gap else window.place
        if window.text.startswith("]", place):
            return None
        try:
            item, end = _DECODER.raw_decode(window.text, place)
        except json.JSONDecodeError as error:
            if window.ended or len(window.text) - place > MAX_OBJECT:
                raise _not_json(source.name, error) from None
            window = _longer(window.text[place:], source, decoder)
        except NameTwiceError as error:
            raise _twice(source.name, str(error)) from None
        except ValueError:
            raise _too_long(source.name) from None
        except RecursionError:
            raise _too_deep(source.name) from None
        else:
            if _HALF_TEXT.search(window.text, place, end):
                refuse_halves(item, source.name)
            return item, window._replace(place=end)


def _longer(rest: str, source: Source, decoder: codecs.IncrementalDecoder) -> _Window:
    """Return a window of what is left of the one before and as much again, so that long objects cost few looks."""
    return _window(rest, source.read(max(_BLOCK, len(rest))), decoder, source.name)


def _window(rest: str, block: bytes, decoder: codecs.IncrementalDecoder, where: str) -> _Window:
    try:
        return _Window(rest + decoder.decode(block, final=not block), 0, not block)
    except UnicodeDecodeError:
        raise InputError(Fault("there are bytes that are not UTF-8", where, "JSON is UTF-8", remedy=_REMEDY)) from None


def _no_list(key: str, where: str) -> InputError:
    return InputError(Fault(f'there is no list "{key}"', where, remedy="Check that it is an export of this kind"))


def _twice(where: str, name: str) -> InputError:
    return InputError(Fault(f"an object has the name {name!r} twice", where, "Which of the two counts cannot be known",
                            remedy=_REMEDY))  # fmt: skip


def _not_json(where: str, error: json.JSONDecodeError) -> InputError:
    place = f"{where}, line {error.lineno}, column {error.colno}"
    return InputError(Fault(f"not readable as JSON ({error.msg})", place, remedy=_REMEDY))


def _too_long(where: str) -> InputError:
    return InputError(Fault("a number has thousands of digits", where, "Counts and ids are shorter", remedy=_REMEDY))


def _too_deep(where: str) -> InputError:
    return InputError(Fault("objects are nested too deep", where, "An export nests about ten levels", remedy=_REMEDY))
