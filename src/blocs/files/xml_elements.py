"""Elements of an XML document, one at a time, with bounded memory and without document types or entities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias
from xml.etree import ElementTree

from ..core.errors import Fault, InputError
from .archive import Source

__all__ = ["MAX_DEPTH", "MAX_ELEMENT", "Element", "elements", "kids", "local", "text"]

Element: TypeAlias = ElementTree.Element
MAX_ELEMENT = 1 << 24
"""Longest element read, in bytes."""
MAX_DEPTH = 60
_REMEDY = "The file is cut off or damaged; export it again"


class _Guarded:
    """Bytes on their way to the parser; stops what could swell."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tail = b""
        self.since = 0

    def read(self, size: int = -1) -> bytes:
        block = self._source.read(size)
        self.since += len(block)
        seen = (self._tail + block).replace(b"\x00", b"")  # UTF-16 too
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
            raise InputError(
                Fault(
                    "it declares a document type",
                    self._source.name,
                    "An export has none; entities can be made to swell without bound",
                    remedy="Export it again",
                )
            )
        if self.since > MAX_ELEMENT:
            raise InputError(
                Fault(
                    f"one element is longer than {MAX_ELEMENT:,} bytes",
                    self._source.name,
                    "One ballot is shorter",
                    remedy=_REMEDY,
                )
            )
        self._tail = block[-32:]
        return block


def elements(source: Source, depth: int = 2) -> Iterator[Element]:
    """Yield every element at `depth` when it is complete (1 is the root, 2 its children), and forget it afterwards.

    Raises InputError when the document is not well-formed, declares entities, nests deeper than MAX_DEPTH or holds an
    element longer than MAX_ELEMENT.
    """
    guarded = _Guarded(source)
    level = 0
    parents: list[Element] = []
    try:
        for event, element in ElementTree.iterparse(guarded, events=("start", "end")):
            if event == "start":
                level += 1
                if level < depth:
                    parents.append(element)
                elif level > MAX_DEPTH:
                    rule = "An export nests about ten levels"
                    raise InputError(Fault("elements are nested too deep", source.name, rule, remedy=_REMEDY))
                continue
            if level == depth:
                yield element
                guarded.since = 0
                if parents:
                    parents[-1].clear()
            elif level < depth:
                parents.pop()
            level -= 1
    except ElementTree.ParseError as error:
        line, column = error.position
        what = f"not readable as XML ({str(error).partition(':')[0]})"
        raise InputError(Fault(what, f"{source.name}, line {line}, column {column}", remedy=_REMEDY)) from None
    except (LookupError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(Fault(f"not readable as XML ({error})", source.name, remedy=_REMEDY)) from None


def local(element: Element) -> str:
    """Return an element's name without its namespace: vendors put their own."""
    return str(element.tag).rpartition("}")[2]


def kids(element: Element | None, name: str) -> list[Element]:
    """Return the children of a name, whatever their namespace."""
    return [child for child in element if local(child) == name] if element is not None else []


def text(element: Element | None, name: str) -> str:
    """Return the text of the first child of a name, "" without one."""
    found = kids(element, name)
    return (found[0].text or "").strip() if found else ""
