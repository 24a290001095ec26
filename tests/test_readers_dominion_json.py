"""Dominion JSON: sessions, versions, cards, conditions, manifests; folders, zips and long files; hostile ones."""

from __future__ import annotations

import copy
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs
import blocs.ballots.vendors.dominion_json.sessions as dominion_json
import blocs.files.json_objects as json_items
from blocs.ballots.catalogue import Candidate
from blocs.ballots.reports.contest_totals import contest_totals
from blocs.ballots.vendors.dominion_json.sessions import DOMINION_JSON
from blocs.ballots.vendors.format import Batch
from readers_support import check_reader, damaged, message, read, stream, survives

RULE = "A session holds TabulatorId, BatchId and Original with IsCurrent and its Contests, each with Id and Marks."
REMEDY = "The file is damaged or of another kind; export it again."
MANIFESTS: dict[str, list[dict[str, Any]]] = {
    "Contest": [
        {"Description": "Straight Party", "Id": 7, "DistrictId": 1, "VoteFor": 1, "NumOfRanks": 0},
        {"Description": "Governor", "Id": 10, "DistrictId": 1, "VoteFor": 1, "NumOfRanks": 0},
        {"Description": "Council", "Id": 11, "DistrictId": 2, "VoteFor": 2, "NumOfRanks": 0},
        {"Description": "Mayor", "Id": 12, "DistrictId": 2, "VoteFor": 1, "NumOfRanks": 3},
    ],
    "Candidate": [
        {"Description": "Sea Party", "Id": 1, "ContestId": 7, "Type": "Regular"},
        {"Description": "Ana Lima", "Id": 20, "ContestId": 10, "Type": "Regular"},
        {"Description": "Bo  Ek", "Id": 21, "ContestId": 10, "Type": "Regular", "Affiliations": [2]},
        {"Description": "Write-in", "Id": 22, "ContestId": 10, "Type": "WriteIn"},
        {"Description": "Cy Oak", "Id": 23, "ContestId": 10, "Type": "QualifiedWriteIn"},
        {"Description": "Di Elm", "Id": 24, "ContestId": 11, "Type": "Regular"},
        {"Description": "Ed Ash", "Id": 25, "ContestId": 11, "Type": "Regular"},
        {"Description": "Fay Fir", "Id": 26, "ContestId": 12, "Type": "Regular"},
        {"Description": "Gil Yew", "Id": 27, "ContestId": 12, "Type": "Regular"},
    ],
    "Party": [{"Description": "Sea", "Id": 1}, {"Description": "Hill", "Id": 2}],
    "District": [{"Description": "State", "Id": 1}, {"Description": "Town", "Id": 2}],
    "PrecinctPortion": [{"Description": "North 1", "Id": 5}],
    "BallotType": [{"Description": "Type A", "Id": 6}],
    "CountingGroup": [{"Description": "Mail", "Id": 1}],
    "OutstackCondition": [{"Description": "InvalidContest", "Id": 77}, {"Description": "Overvote", "Id": 5}],
}


def mark(candidate: int, rank: int = 1, *, vote: bool = True, party: int | None = 0, **more: Any) -> dict[str, Any]:
    found = {"CandidateId": candidate, "PartyId": party, "Rank": rank, "IsVote": vote, "IsAmbiguous": not vote, **more}
    return {key: value for key, value in found.items() if value is not None}


def contest(number: int, *marks: dict[str, Any], over: int = 0, conditions: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"Id": number, "Overvotes": over, "Undervotes": 0, "OutstackConditionIds": [*conditions], "Marks": [*marks]}


def version(*cards: list[dict[str, Any]], current: bool = True) -> dict[str, Any]:
    listed = [{"Id": i, "Contests": contests} for i, contests in enumerate(cards)]
    return {"PrecinctPortionId": 5, "BallotTypeId": 6, "IsCurrent": current, "Cards": listed}


def session(record: Any, original: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "TabulatorId": 3,
        "BatchId": 4,
        "RecordId": record,
        "ImageMask": "D:\\x\\9_9_9*.*",
        "Original": original,
        **more,
    }


SESSIONS = [
    session(
        1,
        version([contest(10, mark(20, party=1))], [contest(11, mark(24), mark(25)), contest(12, mark(26), mark(27, 2))]),  # noqa: E501
        CountingGroupId=1,
    ),
    session("X", version([contest(10, mark(20, vote=False)), contest(11, mark(24))]), CountingGroupId=9),
    session(None, version([contest(10), contest(12, mark(26, 1), mark(27, 1))])),
    session(4, version([contest(10, mark(20))], current=False), Modified=version([contest(10, mark(21))])),
    session(
        5,
        version([
            contest(10, mark(20, vote=False), mark(21, vote=False), over=1),
            contest(12, mark(26, vote=False), over=1),
        ]),
    ),
    session(6, version([contest(10, mark(21), conditions=(77,)), contest(11, mark(25))])),
    session(7, version([contest(10, mark(22, WriteinIndex=0)), contest(7, mark(1))])),
    session(8, version([contest(10, mark(23)), contest(7, mark(1, vote=False), over=1)])),
    session(9, version([contest(10, mark(20))], current=False), Modified=version([contest(10)], current=False)),
]  # fmt: skip
EXPECTED = [
    {"Governor": ["Ana Lima"], "Council": ["Di Elm", "Ed Ash"], "Mayor": ["Fay Fir@1", "Gil Yew@2"]},
    {"Governor": ["UNDER"], "Council": ["Di Elm"]},
    {"Governor": ["UNDER"], "Mayor": ["Fay Fir@1", "Gil Yew@1"]},
    {"Governor": ["Bo Ek"]},
    {"Governor": ["OVER"], "Mayor": ["OVER@1"]},
    {"Governor": ["INVALID"], "Council": ["Ed Ash"]},
    {"Governor": ["WRITE-IN"]},
    {"Governor": ["Cy Oak"]},
]


def export(sessions: list[dict[str, Any]]) -> bytes:
    return json.dumps({"Version": "5.10.1.1", "ElectionId": "Ours", "Sessions": sessions}).encode()


def folder(at: Path, exports: dict[str, bytes], manifests: dict[str, Any] = MANIFESTS) -> Path:
    at.mkdir(exist_ok=True)
    for name, entries in manifests.items():
        (at / f"{name}Manifest.json").write_text(json.dumps({"Version": "5", "List": entries}))
    (at / "Configuration.json").write_text("{}")
    for name, text in exports.items():
        (at / name).write_bytes(text)
    return at


def zipped(path: Path, source: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.iterdir()):
            archive.writestr(zipfile.ZipInfo(f"export/{file.name}"), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return path


def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read one session at a time, as for files out of the ordinary."""
    monkeypatch.setattr(dominion_json, "flat_rows", lambda *_: None)


def test_every_rule_of_a_session(tmp_path: Path) -> None:
    found = check_reader(DOMINION_JSON, folder(tmp_path / "f", {"CvrExport_1.json": export(SESSIONS)}))
    assert found.marks() == EXPECTED
    place = "CvrExport_1.json#"
    ids = ["3-4-1", f"{place}2", f"{place}3", "3-4-4", "3-4-5", "3-4-6", "3-4-7", "3-4-8"]
    assert found.column("voter") == ids
    assert found.column("RecordId") == ["1", None, None, "4", "5", "6", "7", "8"]
    assert found.column("TabulatorId") + found.column("BatchId") == ["3"] * 8 + ["4"] * 8
    assert found.column("CountingGroup") == ["Mail", "9", *[None] * 6]
    assert found.column("ImageMask") == ["9_9_9*.*"] * 8
    assert found.column("straight_party") == [None] * 6 + ["Sea Party", None]
    assert (found.column("precinct")[0], found.column("style")[0]) == ("North 1", "Type A")
    assert found.account.paragraph() == (
        "Records read: 9 sessions (8 delivered; 1 without a current version). 1 session carries a straight-party vote."
    )
    assert [(c.name, c.district, c.votes, c.ranks) for c in found.catalogue.contests] == [
        ("Governor", "State", 1, 1), ("Council", "Town", 2, 1), ("Mayor", "Town", 1, 3)
    ]  # fmt: skip
    assert list(found.catalogue.candidates[:3]) == [  # the first party is learned from a mark, the second a manifest's
        Candidate(0, "Ana Lima", ("Sea",)), Candidate(0, "Bo Ek", ("Hill",)), Candidate(0, "Cy Oak", (), printed=False)
    ]  # fmt: skip


def test_parties_in_names_where_none_stands_beside(tmp_path: Path) -> None:
    names = [entry | {"Description": entry["Description"] + " (DEM)"} for entry in MANIFESTS["Candidate"][1:]]
    path = folder(tmp_path / "f", {"CvrExport_1.json": export(SESSIONS[:1])},
                  MANIFESTS | {"Candidate": [MANIFESTS["Candidate"][0], *names]})  # fmt: skip
    found = {c.name: c.parties for c in check_reader(DOMINION_JSON, path).catalogue.candidates}
    assert (found["Ana Lima (DEM)"], found["Bo Ek (DEM)"]) == (("Sea",), ("Hill",))  # a mark says it, or the manifest
    assert (found["Di Elm"], found["Fay Fir"]) == (("DEM",), ("DEM",))


def test_both_ways_of_reading_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = [s for s in SESSIONS if s["RecordId"] != "X"]
    path = folder(tmp_path / "f", {"CvrExport_1.json": export(usual), "CvrExport_2.json": export(usual[::-1])})
    fast = check_reader(DOMINION_JSON, path)
    assert dominion_json.flat_rows([("a", export(usual))], dominion_json.read_manifests([])) is not None
    slowly(monkeypatch)
    slow = check_reader(DOMINION_JSON, path)
    assert fast == slow


def test_files_come_in_natural_order_whatever_holds_them(tmp_path: Path) -> None:
    exports = {f"CvrExport_{n}.json": export([session(n, version([contest(10, mark(20))]))]) for n in (10, 9, 1, 2)}
    path = folder(tmp_path / "f", exports)
    from_folder = check_reader(DOMINION_JSON, path)
    assert from_folder.column("voter") == ["3-4-1", "3-4-2", "3-4-9", "3-4-10"]
    from_zip = check_reader(DOMINION_JSON, zipped(tmp_path / "f.zip", path))
    assert from_zip == from_folder
    alone = check_reader(DOMINION_JSON, path / "CvrExport_9.json")  # with the manifests that lie beside it
    assert alone.marks() == [{"Governor": ["Ana Lima"]}]


def test_the_layout_without_cards_and_without_manifests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def old(marks: list[dict[str, Any]], current: bool = True) -> dict[str, Any]:
        return {
            "PrecinctPortionId": 5,
            "BallotTypeId": 6,
            "IsCurrent": current,
            "Contests": [{"Id": 3, "Marks": marks}],
        }

    text = export([
        session(1, old([mark(8, party=2), mark(9, vote=False, party=None)])),
        session(2, old([], current=False), Modified=old([mark(9, party=None), mark(44, party=None, WriteinIndex=0)])),
    ])  # fmt: skip
    path = tmp_path / "anything.json"
    path.write_bytes(text)
    fast = check_reader(DOMINION_JSON, path)
    assert fast.marks() == [{"Contest 3": ["Candidate 8"]}, {"Contest 3": ["Candidate 9", "WRITE-IN"]}]
    assert fast.catalogue.candidates[0].parties == ("Party 2",)
    assert fast.column("precinct") == ["5", "5"]
    assert fast.account.remarks == (
        "Read without ContestManifest.json, CandidateManifest.json, OutstackConditionManifest.json.",
    )
    slowly(monkeypatch)
    assert check_reader(DOMINION_JSON, path) == fast


def test_a_contest_shown_twice_in_a_session(tmp_path: Path) -> None:
    same = session(1, version([contest(10, mark(20))], [contest(10, mark(20))]))
    other = session(2, version([contest(10, mark(20))], [contest(10, mark(21))]))
    found = check_reader(DOMINION_JSON, folder(tmp_path / "f", {"CvrExport.json": export([same, other])}))
    assert found.marks() == [{"Governor": ["Ana Lima"]}, {"Governor": ["INVALID"]}]


def test_a_session_exported_twice_is_said(tmp_path: Path) -> None:
    text = export([session(1, version([contest(10, mark(20))]))])
    found = check_reader(
        DOMINION_JSON, folder(tmp_path / "f", {"CvrExport_1.json": text, "CvrExport_1 (1).json": text + b" "})
    )
    assert found.account.remarks == ("1 session repeats the id of an earlier one.",)


def test_a_long_file_is_read_one_session_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder(tmp_path / "f", {"CvrExport_1.json": export(SESSIONS * 40)})
    whole = read(DOMINION_JSON, path)
    monkeypatch.setattr(json_items, "WHOLE", 9000)
    monkeypatch.setattr(json_items, "_BLOCK", 1000)
    monkeypatch.setattr(dominion_json, "WHOLE", 9000)
    assert read(DOMINION_JSON, path) == whole
    cut = folder(tmp_path / "g", {"CvrExport_1.json": export(SESSIONS * 40)[:-5000]})
    assert message(DOMINION_JSON, cut).startswith("CvrExport_1.json, line 1, column ")
    assert message(DOMINION_JSON, cut).endswith("The file is cut off or damaged; export it again.")


def broken(change: Callable[[dict[str, Any]], object]) -> list[dict[str, Any]]:
    sessions = copy.deepcopy(SESSIONS)
    change(sessions[1])
    return sessions


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda s: s.pop("Original"), "there is no Original"),
        (lambda s: s["Original"].pop("IsCurrent"), "there is no IsCurrent"),
        (lambda s: s["Original"]["Cards"][0].pop("Contests"), "there is no Contests"),
        (lambda s: s["Original"]["Cards"][0]["Contests"][0].pop("Marks"), "there is no Marks"),
        (lambda s: s["Original"]["Cards"][0]["Contests"][1]["Marks"][0].pop("CandidateId"), "there is no CandidateId"),
        (lambda s: s["Original"]["Cards"][0]["Contests"][0].update(Id=99),
         "ContestManifest.json has no contest with Id 99"),
        (lambda s: s["Original"]["Cards"][0]["Contests"][1]["Marks"][0].update(CandidateId=98),
         "CandidateManifest.json has no candidate with Id 98"),
        (lambda s: s["Original"]["Cards"][0]["Contests"].append(contest(12, mark(26, 0))),
         "it is not built as a session (Rank is 0)"),
    ],
)  # fmt: skip
def test_a_broken_session_is_named(tmp_path: Path, change: Callable[[dict[str, Any]], object], what: str) -> None:
    path = folder(tmp_path / "f", {"CvrExport_1.json": export(broken(change))})
    assert message(DOMINION_JSON, path) == f"CvrExport_1.json, session 2: {what}. {RULE} {REMEDY}"


def test_several_faults_are_reported_together(tmp_path: Path) -> None:
    sessions = broken(lambda s: s.pop("Original"))
    sessions[4] = 3  # type: ignore[call-overload]
    path = folder(tmp_path / "f", {"CvrExport_1.json": export(sessions)})
    assert message(DOMINION_JSON, path) == (
        f"2 faults:\n  - CvrExport_1.json, session 2: there is no Original. {RULE} {REMEDY}\n"
        "  - CvrExport_1.json, session 5: it is not built as a session ('int' object is not subscriptable). "
        f"{RULE} {REMEDY}"
    )


def deep(levels: int) -> bytes:
    return b'{"Sessions": [' + b'{"a":' * levels + b"1" + b"}" * levels + b"]}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (export(SESSIONS)[:-300], "CvrExport_1.json, line 1, column "),
        (deep(10_000), "CvrExport_1.json: objects are nested too deep. An export nests about ten levels. "
                       "The file is cut off or damaged; export it again."),
        (b'{"Version": 1}', 'CvrExport_1.json: there is no list "Sessions". Check that it is an export of this kind.'),
        (export(SESSIONS).replace(b"Ours", b"Our\xe9"), "CvrExport_1.json: byte 42 is not UTF-8. JSON is UTF-8. "
                                                        "The file is cut off or damaged; export it again."),
        (export(SESSIONS).replace(b"Ours", b"Our\x00"), "CvrExport_1.json, line 1, column "),
        (export([]), "f: there are no ballots in it. One record at least is a ballot."),
    ],
)  # fmt: skip
def test_damaged_json(tmp_path: Path, text: bytes, told: str) -> None:
    found = message(DOMINION_JSON, folder(tmp_path / "f", {"CvrExport_1.json": text}))
    if told.endswith("column "):
        rest = r"\d+: not readable as JSON \([^)]+\)\. The file is cut off or damaged; export it again\."
        assert re.fullmatch(re.escape(told) + rest, found)
    else:
        assert found == told


def test_two_exports_in_one_folder(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", {"CvrExport_1.json": export(SESSIONS)})
    again = folder(path / "again", {}) / "BallotTypeManifest.json"
    again.write_text(again.read_text() + " ")  # an equal one would be a copy
    assert message(DOMINION_JSON, path) == (
        "again/BallotTypeManifest.json: there are two BallotTypeManifest.json. One export has one of each manifest. "
        "Put each export into a folder of its own, and give the folders."
    )


@pytest.mark.parametrize("as_zip", [False, True])
def test_exports_in_folders_of_their_own_are_files_of_one_job(tmp_path: Path, as_zip: bool) -> None:
    """Ids mean what the manifests of their own export say; each export is a county."""
    (tmp_path / "all").mkdir()
    for name, ids in (("day", (1, 2)), ("early", (2, 1)), ("late", (2, 1))):
        both = zip("AB", ids, strict=True)
        people = [{"Description": of, "Id": number, "ContestId": 1, "Type": "Regular"} for of, number in both]
        lists = {"Contest": [{"Description": "Mayor", "Id": 1, "VoteFor": 1}], "Candidate": people}
        text = export([session(name, version([contest(1, mark(1))]))])
        made = folder(tmp_path / name, {"CvrExport_1.json": text}, lists)
        if as_zip:
            zipped(tmp_path / "all" / f"{name}.zip", made)
        else:
            made.rename(tmp_path / "all" / name)
    ballots = blocs.read_cvr(tmp_path / "all")
    totals = contest_totals(ballots).set_index("candidate")["votes"]
    assert (totals["A"], totals["B"]) == (1, 2)
    assert ballots.account.steps[0].total == 3
    assert [row["file"] for row in ballots.account.tables["Files"]] == ["day", "early", "late"]


def test_a_manifest_of_another_build(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", {"CvrExport_1.json": export(SESSIONS)})
    (path / "PartyManifest.json").write_text('{"List": [{"Name": "Sea"}]}')
    assert message(DOMINION_JSON, path) == (
        'PartyManifest.json: it is not built as a manifest. A manifest has a "List" of Description and Id. '
        "Export it again."
    )


def test_hostile_zips(tmp_path: Path) -> None:
    path = zipped(tmp_path / "good.zip", folder(tmp_path / "f", {"CvrExport_1.json": export(SESSIONS)}))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(path.read_bytes()[:-200])
    assert message(DOMINION_JSON, cut) == (
        "cut.zip: the archive is cut off or damaged (File is not a zip file). A zip ends with a list of its contents. "
        "Download it again."
    )
    hostile = tmp_path / "hostile.zip"
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr("../../CvrExport_1.json", export(SESSIONS))
        archive.writestr("/etc/CvrExport_2.json", export(SESSIONS))
    rule = "its name leaves the archive's folder. Files of an export lie inside the archive."
    assert message(DOMINION_JSON, hostile) == (
        f"2 faults:\n  - hostile.zip/../../CvrExport_1.json: {rule}\n  - hostile.zip//etc/CvrExport_2.json: {rule}"
    )
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("CvrExport_1.json", b" " * (1 << 25))
    packed = zipfile.ZipFile(bomb).infolist()[0].compress_size
    swells = (
        "would unpack to 33,554,432. blocs reads archives that grow at most 300-fold. "
        "If the archive is genuine, unpack it and read the folder."
    )
    assert message(DOMINION_JSON, bomb) == (
        f"2 faults:\n  - bomb.zip/CvrExport_1.json: {packed:,} bytes {swells}\n"
        f"  - bomb.zip: {bomb.stat().st_size:,} bytes {swells}"
    )


def test_a_zip_damaged_inside(tmp_path: Path) -> None:
    path = zipped(tmp_path / "good.zip", folder(tmp_path / "f", {"CvrExport_1.json": export(SESSIONS * 50)}))
    text = bytearray(path.read_bytes())
    at = text.find(b"CvrExport_1.json") + 40
    text[at : at + 20] = bytes(20)
    path.write_bytes(text)
    found = message(DOMINION_JSON, path)
    assert found.startswith("good.zip/export/CvrExport_1.json: the archive is cut off or damaged (")
    assert found.endswith("). A zip ends with a list of its contents. Download it again.")


@given(data=st.data())
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = folder(tmp_path_factory.mktemp("fuzz") / "f", {"CvrExport_1.json": data.draw(damaged(export(SESSIONS)))})
    survives(DOMINION_JSON, path)


@given(data=st.data())
def test_fuzz_of_zips(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    at = tmp_path_factory.mktemp("fuzz")
    good = zipped(at / "good.zip", folder(at / "f", {"CvrExport_1.json": export(SESSIONS)})).read_bytes()
    (at / "bad.zip").write_bytes(data.draw(damaged(good)))
    survives(DOMINION_JSON, at / "bad.zip")


def naive(path: Path) -> tuple[int, Counter[tuple[int, int]]]:
    """Count sessions, and votes by contest and candidate id, the plainest way."""
    sessions, votes = 0, Counter[tuple[int, int]]()
    for file in path.glob("CvrExport*.json"):
        for session in json.loads(file.read_text())["Sessions"]:
            sessions += 1
            chosen = session["Modified"] if "Modified" in session else session["Original"]
            for card in chosen["Cards"]:
                for listed in card["Contests"]:
                    if 7 not in listed["OutstackConditionIds"]:  # InvalidContest where there is a manifest
                        votes.update((listed["Id"], m["CandidateId"]) for m in listed["Marks"] if m["IsVote"])
    return sessions, votes


@pytest.mark.parametrize(("name", "sessions"), [("sf2020_general", 438), ("alaska2024_general", 197)])
def test_real_exports(
    shared_data: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, name: str, sessions: int
) -> None:
    path = shared_data(f"dominion_json/{name}")
    found = check_reader(DOMINION_JSON, path)
    number, votes = naive(path)
    assert number == len(found.records) == sessions
    assert found.account.remarks == ()

    def names(kind: str) -> dict[int, Any]:
        return {e["Id"]: e for e in json.loads((path / f"{kind}Manifest.json").read_text())["List"]}

    contests, candidates = names("Contest"), names("Candidate")
    expected: dict[str, Counter[str]] = {}
    for (number, candidate), n in votes.items():
        entry = candidates[candidate]
        said = "WRITE-IN" if entry["Type"] == "WriteIn" else " ".join(entry["Description"].split())
        expected.setdefault(contests[number]["Description"], Counter())[said] += n
    none = ("UNDER", "OVER", "INVALID")
    told = {name: Counter({k: n for k, n in t.items() if k not in none}) for name, t in found.totals().items()}
    assert {name: t for name, t in told.items() if t} == expected
    slowly(monkeypatch)
    assert read(DOMINION_JSON, path) == found


def test_real_facts(shared_data: Callable[[str], Path]) -> None:
    sf = read(DOMINION_JSON, shared_data("dominion_json/sf2020_general"))
    assert sf.totals()["PRESIDENT AND VICE PRESIDENT"]["JOSEPH R. BIDEN AND KAMALA D. HARRIS"] == 236
    assert next(c for c in sf.catalogue.candidates if c.name.startswith("NANCY PELOSI")).parties == ("Democratic",)
    assert sf.catalogue.candidates[0].parties == ()  # PartyId is 0 in every mark for president
    alaska = read(DOMINION_JSON, shared_data("dominion_json/alaska2024_general"))
    assert sum(t["INVALID"] for t in alaska.totals().values()) == 1636
    arizona = read(DOMINION_JSON, shared_data("dominion_json/arizona2022_primary"))
    assert len(arizona.records) == 198
    old = check_reader(DOMINION_JSON, shared_data("dominion_json/v5_2_nocards"))
    assert old.column("voter") == ["60001-1-1", "60009-3-21"]


@pytest.mark.slow
def test_speed_and_memory_from_a_zip(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    """No slower than twice Python's reading of the same JSON, and no more memory for four times the files.

    It takes half of Python's time and less, some 15,000 sessions a second and more.
    """
    import time
    import tracemalloc

    source = shared_data("dominion_json/sf2020_general")

    def copies(times: int) -> Path:
        with zipfile.ZipFile(tmp_path / f"{times}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(source.iterdir()):
                for copy_number in range(times if file.name.startswith("CvrExport") else 1):
                    name = f"{file.stem}_{copy_number}.json" if "CvrExport" in file.name else file.name
                    archive.writestr(name, file.read_bytes() + b" " * copy_number)  # equal files are read once
        return tmp_path / f"{times}.zip"

    def peak(path: Path) -> int:
        tracemalloc.start()
        for _ in stream(DOMINION_JSON, path, 2000):
            pass
        return tracemalloc.get_traced_memory()[1]

    small, large = copies(15), copies(60)
    sessions, start = 0, time.process_time()
    for value in stream(DOMINION_JSON, large):
        sessions += len(value.records) if isinstance(value, Batch) else 0
    seconds, start = time.process_time() - start, time.process_time()
    assert sessions == 60 * 438
    with zipfile.ZipFile(large) as archive:
        for name in archive.namelist():
            json.loads(archive.read(name))
    assert seconds < 2 * (time.process_time() - start)
    first = peak(small)
    tracemalloc.stop()
    assert peak(large) < 1.5 * first
    tracemalloc.stop()
