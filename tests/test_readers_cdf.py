"""NIST CDF in JSON and XML, Unisyn: snapshots, indications, generated votes, write-ins, ranks, hostile documents."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs.files.json_objects as json_items
from blocs.ballots.catalogue import Candidate
from blocs.ballots.vendors.nist_cdf.report import NIST_CDF
from readers_support import check_reader, damaged, message, read, survives

Node = dict[str, Any]
REMEDY = "Export it again."


def position(indication: str = "yes", allocable: str = "unknown", **more: Any) -> Node:
    return {"HasIndication": indication, "IsAllocable": allocable, "NumberVotes": 1, **more}


def chosen(number: str, *positions: Node) -> Node:
    return {"ContestSelectionId": number, "SelectionPosition": [*(positions or (position(),))]}


def contest(number: str, *selections: Node, **more: Any) -> Node:
    return {"ContestId": number, "CVRContestSelection": [*selections], **more}


def cvr(number: str, *snapshots: list[Node], current: int = -1) -> Node:
    listed = [
        {"@id": f"s{number}-{i}", "CVRContest": contests, "Type": "original"} for i, contests in enumerate(snapshots)
    ]
    return {
        "UniqueId": number,
        "BallotStyleId": "bs1",
        "BallotStyleUnitId": "u1",
        "CurrentSnapshotId": listed[current]["@id"],
        "CVRSnapshot": listed,
    }


def candidate(number: str, name: str, party: str) -> Node:
    return {"@id": number, "Name": name, "PartyId": party}


def selection(number: str, *candidates: str, **more: Any) -> Node:
    return {"@id": number, "@type": "CVR.CandidateSelection", "CandidateIds": [*candidates], **more}


ELECTION = {
    "@id": "e",
    "Candidate": [candidate("ana", "Ana Lima", "p1"), candidate("bo", "Bo Ek", "p2"), candidate("vi", "Vi Ma", "p2"),
                  candidate("di", "Di Elm", "p1"), candidate("ed", "Ed Ash", "p1")],
    "Contest": [
        {"@id": "c0", "@type": "CVR.PartyContest", "Name": "One vote for all", "ContestSelection": [
            {"@id": "c0s1", "@type": "CVR.PartySelection", "PartyIds": ["p1"]}]},
        {"@id": "c1", "@type": "CVR.CandidateContest", "Name": "Governor", "VotesAllowed": 1, "ContestSelection": [
            selection("c1s1", "ana"), selection("c1s2", "bo", "vi"), selection("c1w", "wi", IsWriteIn=True)]},
        {"@id": "c2", "@type": "CVR.CandidateContest", "Name": "Council", "VotesAllowed": 2, "ContestSelection": [
            selection("c2s1", "di"), selection("c2s2", "ed", EndorsementPartyIds=["p2"])]},
        {"@id": "c3", "@type": "CVR.BallotMeasureContest", "Name": "Measure A", "ContestSelection": [
            {"@id": "c3y", "@type": "CVR.BallotMeasureSelection", "Selection": "Yes"},
            {"@id": "c3n", "@type": "CVR.BallotMeasureSelection", "Selection": "ana"}]},
    ],
}  # fmt: skip
REPORT: Node = {
    "@type": "CVR.CastVoteRecordReport",
    "CVR": [
        cvr("1", [contest("c1", chosen("c1s1")), contest("c2", chosen("c2s1"), chosen("c2s2")), contest("c3", chosen("c3y"))]),  # noqa: E501
        cvr("2", [contest("c1", chosen("c1s1"))], [contest("c1", chosen("c1s2"), chosen("c1s1", position("no")))]),
        cvr("3", [contest("c1", chosen("c1s1"))], [contest("c1", chosen("c1s2"))], current=0),
        cvr("4", [contest("c1", chosen("c1s1", position(allocable="no")), chosen("c1s2", position(allocable="no"))),
                  contest("c2", chosen("c2s1", position(allocable="no"))), contest("c3", Undervotes=1)]),
        cvr("5", [contest("c1", chosen("c1w")), contest("c2", {"SelectionPosition": [position(CVRWriteIn={"Text": "Me"})]}),  # noqa: E501
                  contest("c3", chosen("c3y"), chosen("c3n"), Status=["overvoted"])]),
        cvr("6", [contest("c0", chosen("c0s1")), contest("c1", chosen("c1s1", position(IsGenerated="yes")))]),
        cvr("7", [contest("c1", chosen("c1s2", position(IsGenerated="yes"))), contest("c2", chosen("c2s1"))]),
        cvr("8", [contest("c1", chosen("c1s1"), Status=["invalidated-rules"]),
                  contest("c3", chosen("c3y", position(Rank=1)), chosen("c3n", position(Rank=2)))]),
    ],
    "Election": [ELECTION],
    "GpUnit": [{"@id": "u1", "Name": "Ward 9", "Type": "precinct"}],
    "Party": [{"@id": "p1", "Abbreviation": "SEA", "Name": "Sea Party"}, {"@id": "p2", "Name": "Hill"}],
    "Version": "1.0.0",
}  # fmt: skip
EXPECTED = [
    {"Governor": ["Ana Lima"], "Council": ["Di Elm", "Ed Ash"], "Measure A": ["Yes@1"]},
    {"Governor": ["Bo Ek / Vi Ma"]},
    {"Governor": ["Ana Lima"]},
    {"Governor": ["OVER"], "Council": ["UNDER"], "Measure A": ["UNDER"]},
    {"Governor": ["WRITE-IN"], "Council": ["WRITE-IN"], "Measure A": ["OVER@1"]},
    {"Governor": ["Ana Lima"]},
    {"Governor": ["Bo Ek / Vi Ma"], "Council": ["Di Elm"]},
    {"Governor": ["INVALID"], "Measure A": ["Yes@1", "Ana Lima@2"]},
]


def xml(tag: str, node: Any, prefix: str = "") -> str:
    """Write a node as the XML of the same report."""
    if isinstance(node, list):
        return "".join(xml(tag, item, prefix) for item in node)
    if not isinstance(node, dict):
        text = str(node).lower() if isinstance(node, bool) else escape(str(node))
        return f"<{prefix}{tag}>{text}</{prefix}{tag}>"
    named = f' ObjectId="{node["@id"]}"' if "@id" in node else ""
    typed = (
        f' xsi:type="{node["@type"].removeprefix("CVR.")}"' if "@type" in node and tag != "CastVoteRecordReport" else ""
    )
    inside = "".join(xml(key, value, prefix) for key, value in node.items() if not key.startswith("@"))
    return f"<{prefix}{tag}{named}{typed}>{inside}</{prefix}{tag}>"


def document(namespace: str, prefix: str = "", report: Node = REPORT) -> str:
    colon = f":{prefix[:-1]}" if prefix else ""
    spaces = f'xmlns{colon}="{namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return xml("CastVoteRecordReport", report, prefix).replace("Report>", f"Report {spaces}>", 1)


GOOD = json.dumps(REPORT)
GOOD_XML = document("http://itl.nist.gov/ns/voting/1500-103/v1")


def written(at: Path, text: str | bytes, name: str = "report") -> Path:
    path = at / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        json.dumps(REPORT, indent=2),
        GOOD_XML,
        document("NIST_V0_cast_vote_records.xsd"),
        document("http://itl.nist.gov/ns/voting/1500-103/v1", "cdf:"),
        ('<?xml version="1.0" encoding="utf-16"?>' + GOOD_XML).encode("utf-16"),
        b"\xef\xbb\xbf" + GOOD_XML.encode(),
    ],
    ids=str.split("json indented xml unisyn prefixed utf-16 mark"),
)
def test_every_rule_in_every_dress(tmp_path: Path, text: str | bytes) -> None:
    found = check_reader(NIST_CDF, written(tmp_path, text))
    assert found.marks() == EXPECTED
    assert found.column("voter") == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert found.column("straight_party") == [None, None, None, None, None, "SEA", "Hill", None]
    assert (set(found.column("precinct")), set(found.column("style"))) == ({"Ward 9"}, {"bs1"})
    limits = [(c.name, c.votes, c.ranks) for c in found.catalogue.contests]
    assert limits == [("Governor", 1, 1), ("Council", 2, 1), ("Measure A", 1, 2)]
    assert list(found.catalogue.candidates[:4]) == [
        Candidate(0, "Ana Lima", ("SEA",)), Candidate(0, "Bo Ek / Vi Ma", ("Hill",)),
        Candidate(1, "Di Elm", ("SEA",)), Candidate(1, "Ed Ash", ("SEA", "Hill")),
    ]  # fmt: skip
    assert found.account.paragraph() == "Records read: 8 ballots (8 delivered). 2 ballots carry a straight-party vote."


def test_a_long_report_is_read_one_ballot_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, json.dumps(REPORT | {"CVR": REPORT["CVR"] * 30}))
    whole = read(NIST_CDF, path)
    monkeypatch.setattr(json_items, "WHOLE", 5000)
    monkeypatch.setattr(json_items, "_BLOCK", 700)
    assert read(NIST_CDF, path) == whole


def changed(old: str, new: str, text: str = GOOD) -> str:
    assert old in text
    return text.replace(old, new, 1)


CASES = [
    (changed('"CurrentSnapshotId": "s2-1"', '"CurrentSnapshotId": "s2-9"'),
     f"report, CVR 2: CurrentSnapshotId is 's2-9', and no CVRSnapshot has this ObjectId. {REMEDY}"),
    (changed('"ContestId": "c2"', '"ContestId": "c22"'),
     f"report, CVR 1: ContestId is 'c22', and Election defines no such contest (nearest: 'c2'). {REMEDY}"),
    (changed('"ContestSelectionId": "c1s2"', '"ContestSelectionId": "zz"'),
     f"report, CVR 2: ContestSelectionId is 'zz', and Election defines no such selection of ContestId 'c1'. {REMEDY}"),
    (changed('"Rank": 2', '"Rank": "first"'), f"report, CVR 8: Rank is 'first'; a rank is a number from 1. {REMEDY}"),
    (changed('"CVR": [{', '"CVR": [5, {'), "report, CVR 1: it is no object."),
    (changed('"CVRContest": [{', '"CVRContest": [7, {'),
     f"report, CVR 1: it is not built as a CVR ('int' object has no attribute 'get'). {REMEDY}"),
    (changed('"Election"', '"Elections"'), "report: no Election defines a Contest. Ballots name contests by ids that "
                                           "Election defines. Export the report with its definitions."),
    (json.dumps(REPORT | {"CVR": []}), "report: there are no ballots in it. One record at least is a ballot."),
    (changed('"CVR": [', '"CVRs": ['), 'report: there is no list "CVR". Check that it is an export of this kind.'),
    (GOOD[:-9], "report, line 1, column N: not readable as JSON (Expecting value). "
                "The file is cut off or damaged; export it again."),
    ('{"CVRSnapshot":' * 10_000, "report: objects are nested too deep. An export nests about ten levels. "
                                 "The file is cut off or damaged; export it again."),
    (GOOD_XML[:-9], "report, line 1, column N: not readable as XML (unclosed token). "
                    "The file is cut off or damaged; export it again."),
    ("<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" + GOOD_XML,
     "report: it declares a document type. An export has none; entities can be made to grow without limit. "
     "Export it again."),
    (changed("<CVR>", "<CVR>" + "<a>" * 10_000, GOOD_XML), "report: elements are nested too deep. An export nests about ten "  # noqa: E501
     "levels. The file is cut off or damaged; export it again."),
    (GOOD.replace("Ana", "A\x00na"), "report, line 1, column N: not readable as JSON (Invalid control character at). "
                                     "The file is cut off or damaged; export it again."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), CASES)
def test_a_mutation_of_a_good_report_is_told(tmp_path: Path, text: str, told: str) -> None:
    found = message(NIST_CDF, written(tmp_path, text))
    assert (re.sub(r"column \d+", "column N", found) if "column N" in told else found) == told


@given(data=st.data(), good=st.sampled_from((GOOD, GOOD_XML)))
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, good: str) -> None:
    survives(NIST_CDF, written(tmp_path_factory.mktemp("fuzz"), data.draw(damaged(good.encode()))))


FILES = [("nist_cdf/example_1.xml", 6), ("nist_cdf/example_2.xml", 2), ("nist_cdf/madison_ward9_first10.xml", 10),
         ("unisyn/101-RCV-CVT_TEST_3_UNIOVS2103-2.xml", 35), ("unisyn/797-GEN-OVCS_Sess_3_Combined_UVSOVS22516.xml", 7)]  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(("name", "ballots"), FILES)
def test_real_reports(shared_data: Callable[[str], Path], name: str, ballots: int) -> None:
    path = shared_data(name)
    found = check_reader(NIST_CDF, path)
    assert len(found.records) == ballots
    votes = Counter[str]()  # the plainest way: positions that are votes, by contest
    root = ElementTree.parse(path).getroot()
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    names = {
        c.get("ObjectId"): " ".join((c.findtext("Name") or c.get("ObjectId")).split()) for c in root.iter("Contest")
    }
    for ballot in root.iter("CVR"):
        for snapshot in ballot.iter("CVRSnapshot"):
            if snapshot.get("ObjectId") == ballot.findtext("CurrentSnapshotId"):
                for listed in snapshot.iter("CVRContest"):
                    for choice in listed.iter("CVRContestSelection"):
                        votes[names[listed.findtext("ContestId")]] += any(
                            p.findtext("HasIndication") == "yes" and p.findtext("IsAllocable") != "no"
                            for p in choice.iter("SelectionPosition")
                        )
    told = Counter({c: sum(n for k, n in t.items() if k not in ("UNDER", "OVER")) for c, t in found.totals().items()})
    assert +told == +votes


def test_real_facts(shared_data: Callable[[str], Path]) -> None:
    madison = read(NIST_CDF, shared_data("nist_cdf/madison_ward9_first10.xml"))
    assert Candidate(0, "DEM Tony Evers /Mandela Barnes", ("DEM",)) in madison.catalogue.candidates
    ranked = check_reader(NIST_CDF, shared_data("nist_cdf/rctab_test_set_1_overvote.json"))
    assert ranked.catalogue.contests[0].ranks == 4
    assert ranked.marks()[0] == {
        "test set 1": [f"Candidate {c} Name@{r}" for c, r in zip("ABCD", (1, 1, 3, 4), strict=True)]
    }
    unisyn = read(NIST_CDF, shared_data("unisyn/101-RCV-CVT_TEST_3_UNIOVS2103-2.xml"))
    assert unisyn.column("precinct")[0] == "Precinct 1"
    votes = read(NIST_CDF, shared_data("unisyn/797-GEN-OVCS_Sess_3_Combined_UVSOVS22516.xml")).catalogue.contests
    assert votes[0].votes == 3


def test_a_zip_or_folder_of_reports_is_one_source(tmp_path: Path) -> None:
    """Reports of one election share their contests; what is no report is left and named."""
    good = json.dumps(REPORT)
    (tmp_path / "all").mkdir()
    other = good.replace('"UniqueId": "', '"UniqueId": "b')  # equal ballots with the same ids would be copies
    for name, text in (("a.json", good), ("b.json", other), ("read me.json", "[]")):
        (tmp_path / "all" / name).write_text(text)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in sorted((tmp_path / "all").iterdir()):
            archive.write(path, path.name)
    (tmp_path / "one.json").write_text(good)
    one = read(NIST_CDF, tmp_path / "one.json")
    for source in (tmp_path / "all", tmp_path / "all.zip"):
        both = check_reader(NIST_CDF, source)
        assert both.catalogue == one.catalogue
        assert {c: {k: 2 * n for k, n in found.items()} for c, found in one.totals().items()} == both.totals()
        assert "Not read, since they hold no ballots of this format: read me.json." in both.account.remarks


def test_ballots_with_equal_votes_and_without_ids_are_no_copies(tmp_path: Path) -> None:
    """One report for each ballot: without an id two voters who agree write the same file."""
    ballot = {**REPORT, "CVR": [{key: value for key, value in REPORT["CVR"][0].items() if key != "UniqueId"}]}
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(ballot))
    assert len(read(NIST_CDF, tmp_path).marks()) == 2


def test_a_position_without_votes_is_none(tmp_path: Path) -> None:
    text = json.dumps({**REPORT, "CVR": REPORT["CVR"][:1]})
    one, none = (read(NIST_CDF, written(tmp_path, of, name)) for of, name in (
        (text, "one"), (text.replace('"NumberVotes": 1', '"NumberVotes": 0'), "none")))  # fmt: skip
    assert text.count('"NumberVotes": 1') and one.marks() != none.marks()
    assert all(votes in (["UNDER"], ["OVER"]) for ballot in none.marks() for votes in ballot.values())


def of_one_ballot(*contests: Node, **more: Any) -> str:
    return document("NIST_V0_cast_vote_records.xsd", report=REPORT | {"CVR": [cvr("1", [*contests])]} | more)


@pytest.mark.parametrize(
    ("contests", "marks"),
    [
        ([contest("c1", chosen("c1s1")), contest("c1", chosen("c1s1"))], {"Governor": ["Ana Lima"]}),
        ([contest("c1", Undervotes=1), contest("c1", chosen("c1s1"))], {"Governor": ["Ana Lima"]}),
        ([contest("c1", {"ContestSelectionId": "c1s1", "TotalNumberVotes": 1})], {"Governor": ["Ana Lima"]}),
        ([contest("c1", {"ContestSelectionId": "c1s1", "TotalNumberVotes": 0})], {"Governor": ["UNDER"]}),
    ],
    ids=["twice", "second side", "no position", "no vote"],
)  # fmt: skip
def test_votes_that_are_written_otherwise(tmp_path: Path, contests: list[Node], marks: dict[str, list[str]]) -> None:
    """They counted twice, or as undervotes."""
    assert check_reader(NIST_CDF, written(tmp_path, of_one_ballot(*contests))).marks() == [marks]


def test_marks_without_a_meaning_are_refused(tmp_path: Path) -> None:
    """Marks without an indication were undervotes, and two votes were one."""
    bare = {"ContestSelectionId": "c1s1", "SelectionPosition": [{"NumberVotes": 1}]}
    assert message(NIST_CDF, written(tmp_path, of_one_ballot(contest("c1", bare)))) == (
        f"report, CVR 1: a SelectionPosition has no HasIndication, which says whether it is marked. {REMEDY}"
    )
    twice = of_one_ballot(contest("c2", chosen("c2s1", position(NumberVotes=2))))
    assert message(NIST_CDF, written(tmp_path, twice)) == (
        f"report, CVR 1: NumberVotes is '2'; a mark is one vote, and cumulative votes are not read. {REMEDY}"
    )


def test_an_id_that_two_contests_have_is_refused(tmp_path: Path) -> None:
    """Votes for the first were votes for the second."""
    school = {"@id": "c1", "@type": "CVR.CandidateContest", "Name": "School",
              "ContestSelection": [selection("c1s1", "di")]}  # fmt: skip
    text = of_one_ballot(contest("c1", chosen("c1s1")), Election=[ELECTION, {**ELECTION, "Contest": [school]}])
    assert message(NIST_CDF, written(tmp_path, text)) == (
        "report: the contest 'c1' is defined twice, with other words. An id is of one thing. Export each election by "
        "itself."
    )
    twice = of_one_ballot(contest("c1", chosen("c1s1")), Election=[ELECTION, ELECTION])
    assert check_reader(NIST_CDF, written(tmp_path, twice)).marks() == [{"Governor": ["Ana Lima"]}]
