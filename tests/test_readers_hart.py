"""Hart Verity: sheets in folders and zips, overvotes, ranks, the straight-party device, hostile XML."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs.files.xml_elements as xml_items
from blocs.ballots.catalogue import Candidate
from blocs.ballots.vendors.hart import HART
from readers_support import check_reader, damaged, message, read, survives

REMEDY = "The file is cut off or damaged; export it again."


def option(name: str | None, value: str = "1") -> str:
    written = "<WriteInData><Text /><ImageId>9</ImageId></WriteInData>" if name is None else ""
    return f"<Option>{f'<Name>{name}</Name>' if name else ''}<Id>o</Id><Value>{value}</Value>{written}</Option>"


def contest(name: str, *options: str, more: str = "") -> str:
    return f"<Contest><Name>{name}</Name><Id>{name}-id</Id><Options>{''.join(options)}</Options>{more}</Contest>"


def sheet(guid: str, *contests: str, number: int = 1) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><Cvr xmlns="http://tempuri.org/CVRDesign.xsd">'
        f"<Contests>{''.join(contests)}</Contests><BatchSequence>1</BatchSequence><SheetNumber>{number}</SheetNumber>"
        f"<PrecinctSplit><Name>North &amp; 1</Name><Id>p</Id></PrecinctSplit><CvrGuid>{guid}</CvrGuid></Cvr>"
    )


SHEETS = {
    "1_a.xml": sheet("a", contest("Straight Party", option("Sea")), contest("Governor", option("Ana  Lima")),
                     contest("Council", option("Di Elm"), more="<Undervotes>1</Undervotes>"),
                     contest("Mayor", option("Fay Fir", "100"), option("Gil Yew", "011"))),
    "1_b.xml": sheet("b", contest("Straight Party", option("Sea"), option("Hill"), more="<Overvoted />"),
                     contest("Governor", option("Ana Lima"), option("Bo Ek"), more="<Overvoted />"),
                     contest("Council", option("Di Elm"), option("Ed Ash"), option(None),
                             more="<InvalidStraightPartyVote />"),
                     contest("Mayor", more="<Undervotes>3</Undervotes>")),
    "2_c.xml": sheet("c", contest("Governor", option(None)), contest("Council", more="<InvalidStraightPartyVote />"),
                     number=2),
}  # fmt: skip
EXPECTED = [
    {"Governor": ["Ana Lima"], "Council": ["Di Elm"], "Mayor": ["Fay Fir@1", "Gil Yew@2", "Gil Yew@3"]},
    {"Governor": ["OVER"], "Council": ["Di Elm", "Ed Ash", "WRITE-IN"], "Mayor": ["UNDER"]},
    {"Governor": ["WRITE-IN"], "Council": ["UNDER"]},
]


def folder(at: Path, sheets: dict[str, str]) -> Path:
    at.mkdir()
    for name, text in sheets.items():
        (at / name).write_text(text, encoding="utf-8-sig")
    return at


def test_sheets_of_a_folder_and_of_a_zip(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", SHEETS)
    found = check_reader(HART, path)
    assert found.marks() == EXPECTED
    assert found.column("voter") == ["a", "b", "c"]
    assert found.column("precinct") == ["North & 1"] * 3
    assert found.column("straight_party") == ["Sea", None, None]
    limits = [(c.name, c.votes, c.ranks) for c in found.catalogue.contests]
    assert limits == [("Governor", 1, 1), ("Council", 2, 1), ("Mayor", 1, 3)]
    assert found.account.paragraph() == "Records read: 3 sheets (3 delivered). 1 sheet carries a straight-party vote."
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        for name in reversed(SHEETS):
            archive.write(path / name, f"sheets/{name}")
        archive.writestr("__MACOSX/sheets/._1_a.xml", "no")
    assert check_reader(HART, tmp_path / "f.zip") == found
    assert check_reader(HART, path / "1_b.xml").marks() == EXPECTED[1:2]


def test_one_name_for_two_contests(tmp_path: Path) -> None:
    two = contest("Judge", option("Ana Lima")) + contest("Judge", option("Bo Ek")).replace("Judge-id", "other-id")
    found = check_reader(HART, folder(tmp_path / "f", {"a.xml": sheet("a", two)}))
    assert [(c.name, c.district) for c in found.catalogue.contests] == [("Judge", ""), ("Judge", "2")]


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><Cvr><Contests>&b;</Contests></Cvr>'  # noqa: E501
CASES = [
    (BOMB, "a.xml: it declares a document type. An export has none; entities can be made to grow without limit. "
           "Export it again."),
    (SHEETS["1_a.xml"][:300], f"a.xml, line 1, column 294: not readable as XML (unclosed token). {REMEDY}"),
    (SHEETS["1_a.xml"].replace("Ana", "A\x00na"), f"a.xml, line 1, column 318: not readable as XML (not well-formed "
                                                  f"(invalid token)). {REMEDY}"),
    ("<Cvr>" + "<a>" * 10_000 + "</a>" * 10_000 + "</Cvr>",
     f"a.xml: elements are nested too deep. An export nests about ten levels. {REMEDY}"),
    ("<Cvr></Cvr>", "a.xml: there are no Contests. A sheet lists the contests printed on it. Export it again."),
    (sheet("a", contest("")), "a.xml: a Contest has no Name. Each Contest has a Name. Export it again."),
    (sheet("a", contest("Mayor", option("Fay", "1x0"))),
     "a.xml: a Value in 'Mayor' is not made of 0 and 1. A Value is 1, or one digit a rank. Export it again."),
    ('<?xml version="1.0" encoding="martian"?><Cvr/>', f"a.xml: not readable as XML (unknown encoding: martian). {REMEDY}"),  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), CASES)
def test_a_damaged_or_hostile_sheet_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = folder(tmp_path / "f", {})
    (path / "a.xml").write_bytes(text.encode())
    assert message(HART, path) == told


def test_several_sheets_are_told_together(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", SHEETS | {"3.xml": "<Cvr/>", "4.xml": "<Cvr/>"})
    says = "there are no Contests. A sheet lists the contests printed on it. Export it again."
    assert message(HART, path) == f"2 faults:\n  - 3.xml: {says}\n  - 4.xml: {says}"


def test_other_reports_beside_the_sheets_are_named(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", SHEETS | {"report.xml": "<Report/>"})
    assert read(HART, path).marks() == read(HART, folder(tmp_path / "g", SHEETS)).marks()
    assert "Not read, since they hold no ballots of this format: report.xml." in read(HART, path).account.remarks
    (tmp_path / "report.xml").write_text("<Report/>")
    assert message(HART, tmp_path / "report.xml") == (
        "report.xml: it is a Report element. Each file of a Hart export is one Cvr element. Move the file away."
    )


def test_parties_in_names(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", {"a.xml": sheet("a", contest("Mayor", option("Fay Fir (DEM)")))})
    assert read(HART, path).catalogue.candidates == (Candidate(0, "Fay Fir", ("DEM",)),)


def test_entities_in_utf_16_are_refused_too(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", {})
    (path / "a.xml").write_bytes(BOMB.encode("utf-16"))
    assert "it declares a document type" in message(HART, path)


def test_an_element_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_items, "MAX_ELEMENT", 200_000)
    text = sheet("a", contest("Mayor", *[option("Fay")] * 4000))
    assert message(HART, folder(tmp_path / "f", {"a.xml": text})) == (
        f"a.xml: one element is longer than 200,000 bytes. One ballot is shorter. {REMEDY}"
    )


def test_a_cut_zip(tmp_path: Path) -> None:
    path = tmp_path / "cut.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.xml", SHEETS["1_a.xml"])
    path.write_bytes(path.read_bytes()[:-30])
    assert message(HART, path) == (
        "cut.zip: the archive is cut off or damaged (File is not a zip file). A zip ends with a list of its contents. "
        "Download it again."
    )


@given(data=st.data())
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = folder(tmp_path_factory.mktemp("fuzz") / "f", SHEETS)
    (path / "1_b.xml").write_bytes(data.draw(damaged(SHEETS["1_b.xml"].encode())))
    survives(HART, path)


def test_real_sheets(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("hart")
    found = check_reader(HART, path)
    assert len(found.records) == 18
    options = listed = 0  # the plainest way: count the tags
    levers = Counter[int]()
    for file in path.glob("*.xml"):
        text = file.read_text(encoding="utf-8-sig")
        for part in re.findall(r"<Contest>.*?</Contest>", text, re.DOTALL):
            n = len(re.findall("<Option>", part))
            if "Party Selector" in part:
                levers[n] += 1
                continue
            listed += 1
            values = re.findall(r"<Value>([01]+)</Value>", part)
            ranked = any(len(value) > 1 for value in values)
            options += 0 if "<Overvoted" in part and not ranked else sum(value.count("1") for value in values)
    assert sum(party is not None for party in found.column("straight_party")) == levers[1]
    assert (
        sum(
            len(marks)
            for record in found.marks()
            for marks in [*record.values()]
            if marks[0] != "UNDER" and "OVER" not in marks
        )
        == options
    )
    assert sum(len(record) for record in found.marks()) == listed
    votes = {c.name: c.votes for c in found.catalogue.contests}
    assert (votes["US SENATOR"], votes["IND SP Contest Vote for 2"], votes["TRAVIS COUNTY OFFICERS"]) == (2, 2, 3)
    assert {c.name: c.ranks for c in found.catalogue.contests if c.ranks > 1} == {
        "CEDAR PARK SCHOOL BOARD": 6, "PFLUGERVILLE COUNTY OFFICERS": 10
    }  # fmt: skip
