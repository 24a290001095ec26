"""The registry: every format is recognised by its own reader alone, whatever the file is called."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import test_readers_cdf as cdf
import test_readers_clearballot as clearballot
import test_readers_dominion_csv as dominion_csv
import test_readers_dominion_json as dominion_json
import test_readers_el155 as el155
import test_readers_ess as ess
import test_readers_hart as hart
from blocs.ballots.vendors import VENDORS
from blocs.core.errors import InputError
from readers_support import recognised as taken
from readers_support import stream


def zipped(name: str, text: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()


GOOD = {
    "dominion-csv": [dominion_csv.GOOD.encode(), dominion_csv.GOOD.encode("utf-16")],
    "ess": [ess.GOOD.encode()],
    "dominion-json": [dominion_json.export(dominion_json.SESSIONS), zipped("a/CvrExport_1.json", b"{}"),
                      zipped("other.json", dominion_json.export(dominion_json.SESSIONS))],
    "clearballot": [clearballot.GOOD.encode()],
    "hart": [hart.SHEETS["1_a.xml"].encode(), zipped("x.xml", hart.SHEETS["1_a.xml"].encode())],
    "el155": [el155.GOOD.encode()],
    "cdf": [cdf.GOOD.encode(), cdf.GOOD_XML.encode()],
    "": [b"", b"\x00" * 100, b"voter,office,candidate\n1,GOV,Ana\n", zipped("a.txt", b"hello"), b"{}", b"<html></html>"],  # noqa: E501
}  # fmt: skip


def recognised(path: Path) -> list[str]:
    return [reader.name for reader in VENDORS if taken(reader, path)]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in GOOD.items() for text in texts])
def test_content_decides_not_the_name(tmp_path: Path, name: str, text: bytes) -> None:
    for suffix in ("csv", "xlsx", "json", "xml", "zip", "txt"):
        path = tmp_path / f"ballots.{suffix}"
        path.write_bytes(text)
        assert recognised(path) == ([name] if name else [])


@pytest.mark.parametrize("reader", VENDORS, ids=lambda reader: str(reader.name))
@pytest.mark.parametrize("name", [name for name in GOOD if name])
def test_a_file_of_another_vendor_is_refused(tmp_path: Path, reader: object, name: str) -> None:
    """Reading with the wrong reader, as `format=` can force, ends in a clear fault."""
    path = tmp_path / "ballots"
    path.write_bytes(GOOD[name][0])
    for vendor in VENDORS:
        if vendor is reader and vendor.name != name:
            with pytest.raises(InputError, match="ballots"):
                list(stream(vendor, path))


def test_names_are_distinct() -> None:
    assert len({reader.name for reader in VENDORS}) == len(VENDORS)


@pytest.mark.parametrize(
    ("folder", "name"),
    [("dominion_csv", "dominion-csv"), ("ess", "ess"), ("clearballot", "clearballot"), ("ess_el155", "el155"),
     ("unisyn", "cdf"), ("hart", "hart"), ("dominion_json/sf2020_general", "dominion-json"), ("lca", "")],
)  # fmt: skip
def test_real_files_are_recognised(shared_data: Callable[[str], Path], folder: str, name: str) -> None:
    path = shared_data(folder)
    if folder.startswith("dominion_json") or folder == "hart":
        assert recognised(path) == [name]
    for file in path.iterdir():
        if "anifest" not in file.name and "Configuration" not in file.name:
            assert recognised(file) == ([name] if name else []), file.name
