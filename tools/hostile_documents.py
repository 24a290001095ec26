"""JSON and XML: depth, length, entities, numbers."""

from __future__ import annotations

import json
from collections.abc import Callable

from hostile_kinds import (
    KINDS,
    LATE,
    TYPE,
    written,
    zipped,
)

JSONS: dict[str, Callable[[], bytes]] = {
    "numbers of 50,000 digits": lambda: (
        b'{"Version": "5.10", "ElectionId": "x", "Sessions": [{"RecordId": ' + b"9" * 50_000 + b"}]}"
    ),
    "nested 1 million times": lambda: b'{"Version": "5.10", "Sessions": ' + b"[" * 1_000_000,
    "nested objects": lambda: b'{"Sessions":' * 300_000,
    "halves of letters": lambda: b'{"Version": "5.10", "ElectionId": "\\ud800", "Sessions": [{"\\udfff": "\\ud800"}]}',
    "names twice": lambda: b'{"Version": "5.10", "Sessions": [], "Sessions": [{"RecordId": 1}]}',
    "a million names": lambda: json.dumps(
        {"Version": "5.10", "Sessions": [{f"n{i}": i for i in range(1_000_000)}]}
    ).encode(),
    "a text of 100 MB": lambda: b'{"Version": "' + b"x" * 100_000_000 + b'", "Sessions": []}',
    "no numbers": lambda: b'{"Version": NaN, "Sessions": [Infinity, -Infinity, 1e99999, -0, 00]}',
    "10 million sessions": lambda: b'{"Version": "5.10", "Sessions": [' + b"0," * 10_000_000 + b"0]}",
    "two documents": lambda: b'{"Version": "5.10", "Sessions": []}{"a": 1}',
    "UTF-16": lambda: '{"Version": "5.10", "Sessions": []}'.encode("utf-16"),
    "a report of others": lambda: (
        b'{"@type": "CVR.CastVoteRecordReport", "CVR": [[[{}]], 1, null, {"UniqueId": {"a": 1}}]}'
    ),
    "a report in circles": lambda: (
        b'{"@type": "CVR.CastVoteRecordReport", "GpUnit": [{"@id": "u", "Type": "x", "ComposingGpUnitIds": ["u"]}], "CVR": [{"UniqueId": "1", "BallotStyleUnitId": "u", "CVRSnapshot": []}]}'  # noqa: E501
    ),
}
for _name, _make in JSONS.items():
    KINDS[f"json: {_name}"] = written("f.json", _make)
    KINDS[f"json in zip: {_name}"] = written(
        "f.zip", lambda make=_make: zipped({"CvrExport.json": make(), "CandidateManifest.json": make()})
    )
ROOTS = {
    "cdf": ('<CastVoteRecordReport xmlns="http://itl.nist.gov/ns/voting/1500-103/v1">', "</CastVoteRecordReport>"),
    "hart": ('<Cvr xmlns="http://tempuri.org/CVRDesign.xsd">', "</Cvr>"),
}
ONE = {"cdf": ("CVR", "UniqueId"), "hart": ("Contests", "Name")}
XMLS: dict[str, Callable[[str, str, str, str], bytes]] = {
    "a document type": lambda a, z, o, i: f"{TYPE}{a}<{o}><{i}>&b;&c;</{i}></{o}>{z}".encode(),
    "a late document type": lambda a, z, o, i: f"{LATE}{TYPE}{a}{z}".encode(),
    "an entity": lambda a, z, o, i: f"{a}<{o}><{i}>&b;</{i}></{o}>{z}".encode(),
    "nested": lambda a, z, o, i: (a + f"<{o}>" * 500_000).encode(),
    "300,000 attributes": lambda a, z, o, i: (
        f"{a}<{o} " + " ".join(f'a{n}="1"' for n in range(300_000)) + f"/>{z}"
    ).encode(),
    "an attribute of 100 MB": lambda a, z, o, i: f'{a}<{o} x="{"1" * 100_000_000}"/>{z}'.encode(),
    "a text of 100 MB": lambda a, z, o, i: f"{a}<{o}><{i}>{'x' * 100_000_000}</{i}></{o}>{z}".encode(),
    "a CDATA of 100 MB": lambda a, z, o, i: f"{a}<{o}><{i}><![CDATA[{'x' * 100_000_000}]]></{i}></{o}>{z}".encode(),
    "a comment of 100 MB": lambda a, z, o, i: f"<!--{'x' * 100_000_000}-->{a}{z}".encode(),
    "instructions": lambda a, z, o, i: f"{a}{'<?x y?>' * 1_000_000}{z}".encode(),
    "namespaces": lambda a, z, o, i: (a + "".join(f'<x{n}:y xmlns:x{n}="u{n}"/>' for n in range(200_000)) + z).encode(),
    "3 million children": lambda a, z, o, i: f"{a}<{o}>{f'<{i}/>' * 3_000_000}</{o}>{z}".encode(),
    "another encoding": lambda a, z, o, i: f'<?xml version="1.0" encoding="utf-7"?>{a}{z}'.encode(),
    "UTF-16": lambda a, z, o, i: f'<?xml version="1.0" encoding="utf-16"?>{TYPE}{a}{z}'.encode("utf-16"),
    "a program of styles": lambda a, z, o, i: (
        f'<?xml-stylesheet href="file:///etc/passwd"?>{a}<{o}><{i}>&#x1b;[2J</{i}></{o}>{z}'.encode()
    ),
    "half of it": lambda a, z, o, i: f"{a}<{o}><{i}>x".encode(),
}
for _name, _xml in XMLS.items():
    for _vendor in ROOTS:
        KINDS[f"xml {_vendor}: {_name}"] = written(
            "f.xml", lambda xml=_xml, vendor=_vendor: xml(*ROOTS[vendor], *ONE[vendor])
        )
        KINDS[f"xml {_vendor} in zip: {_name}"] = written(
            "f.zip", lambda xml=_xml, vendor=_vendor: zipped({"f.xml": xml(*ROOTS[vendor], *ONE[vendor])})
        )
