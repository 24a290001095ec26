"""A NIST SP 1500-103 report as plain nodes, from JSON or XML alike; Unisyn writes the same under its own namespace.

A node is what JSON makes of an object; in XML, children become lists under their local names, `ObjectId` becomes
`@id` and `xsi:type` becomes `@type`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....files.archive import Member
from ....files.json_objects import array_items, arrays
from ....files.xml_elements import Element, elements, local_name

__all__ = ["Node", "ballots", "definitions", "ids", "is_yes", "many", "name_of_type", "one", "word"]

Node = dict[str, Any]
_DEFINED = ("Election", "Party", "GpUnit")


def definitions(member: Member) -> dict[str, list[Any]]:
    """Return the Election, Party and GpUnit nodes of a report. Raises InputError when it cannot be read."""
    if not _is_xml(member):
        return arrays(member, _DEFINED)
    nodes: dict[str, list[Any]] = {name: [] for name in _DEFINED}
    with member.open() as source:
        for element in elements(source):
            if local_name(element) in nodes:
                nodes[local_name(element)].append(_node(element))
    return nodes


def ballots(member: Member) -> Iterator[Any]:
    """Yield the CVR nodes of a report, one at a time. Raises InputError when it cannot be read."""
    if not _is_xml(member):
        yield from array_items(member, "CVR")
        return
    with member.open() as source:
        for element in elements(source):
            if local_name(element) == "CVR":
                yield _node(element)


def many(node: Node, key: str) -> list[Any]:
    """Return the values under a key as a list."""
    value = node.get(key)
    return value if isinstance(value, list) else [] if value is None else [value]


def one(node: Node, key: str) -> str:
    """Return the first value under a key as text, "" without one."""
    value = next(iter(many(node, key)), "")
    return "" if isinstance(value, dict | list) else str(value).strip()


def word(node: Node, key: str) -> str:
    """Return the first value under a key in lower case, so that true and "true" are one."""
    return one(node, key).casefold()


def is_yes(node: Node, key: str) -> bool:
    """Say whether the first value under a key is true: xsd:boolean writes "true" or "1", other fields "yes"."""
    return word(node, key) in ("true", "1", "yes")


def ids(node: Node, key: str) -> list[str]:
    """Return the ids under a key; XML writes a list of them as one text with blanks between (xsd:IDREFS)."""
    return [number for value in many(node, key) if not isinstance(value, dict | list) for number in str(value).split()]


def name_of_type(node: Node) -> str:
    """Return a node's class without its prefix ("CVR.CandidateContest" in JSON)."""
    return one(node, "@type").rpartition(".")[2].rpartition(":")[2]


def _is_xml(member: Member) -> bool:
    with member.open() as source:
        return source.read(256).replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _node(element: Element) -> Node:
    """Turn an element into a node; the depth of elements is bounded where they are read."""
    node: Node = {}
    for key, value in element.attrib.items():
        name = key.rpartition("}")[2]
        node["@id" if name == "ObjectId" else "@type" if name == "type" else f"@{name}"] = value
    for child in element:
        node.setdefault(local_name(child), []).append(_node(child) if len(child) or child.attrib else child.text or "")
    return node
