"""Elements of an XML document, one at a time, with bounded memory and without document types or entities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias
from xml.etree import ElementTree

from ..core.errors import Fault, InputError
from .archive import Source

__all__ = ["MAX_DEPTH", "MAX_ELEMENT", "Element", "child_text", "children", "elements", "local_name"]

Element: TypeAlias = ElementTree.Element
MAX_ELEMENT = 1 << 24
"""Longest element read, in bytes."""
MAX_DEPTH = 60
_BLOCK = 1 << 18  # a parser reads an element that is not complete from its beginning with every block
_REMEDY = "The file is cut off or damaged; export it again"


def elements(source: Source, depth: int = 2) -> Iterator[Element]:
    """Yield every element at `depth` when it is complete (1 is the root, 2 its children), and forget it afterwards.

    Raises InputError when the document is not well-formed, declares entities, nests deeper than MAX_DEPTH or holds an
    element longer than MAX_ELEMENT.
    """
    try:
        yield from _elements(source, depth)
    except ElementTree.ParseError as error:
        line, column = error.position
        what = f"not readable as XML ({str(error).partition(':')[0]})"
        raise InputError(Fault(what, f"{source.name}, line {line}, column {column}", remedy=_REMEDY)) from None
    except (LookupError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(Fault(f"not readable as XML ({error})", source.name, remedy=_REMEDY)) from None


def _elements(source: Source, depth: int) -> Iterator[Element]:
    parser: Any = ElementTree.XMLPullParser(("start", "end"))
    level, parents, tail, since = 0, list[Element](), b"", 0
    while True:
        block = source.read(_BLOCK)
        since += len(block)
        _refuse_unbounded(tail + block, since, source.name)
        tail = block[-32:]
        if block:
            parser.feed(block)
        else:
            parser.close()  # the parser may keep the last events until then
        for event, element in parser.read_events():
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
                since = 0
                if parents:
                    parents[-1].clear()
            elif level < depth:
                parents.pop()
            level -= 1
        if not block:
            return


def _refuse_unbounded(text: bytes, since: int, where: str) -> None:
    """Refuse declarations of entities and an element without end; since: bytes read since the last element."""
    plain = text.replace(b"\x00", b"")  # UTF-16 too
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise InputError(
            Fault("it declares a document type", where,
                  "An export has none; entities can be made to grow without limit", remedy="Export it again")
        )  # fmt: skip
    if since > MAX_ELEMENT:
        raise InputError(
            Fault(f"one element is longer than {MAX_ELEMENT:,} bytes", where, "One ballot is shorter", remedy=_REMEDY)
        )


def local_name(element: Element) -> str:
    """Return an element's name without its namespace: vendors put their own."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element | None, name: str) -> list[Element]:
    """Return the children of a name, whatever their namespace."""
    return [child for child in element if local_name(child) == name] if element is not None else []


def child_text(element: Element | None, name: str) -> str:
    """Return the text of the first child of a name, "" without one."""
    named = children(element, name)
    return (named[0].text or "").strip() if named else ""
