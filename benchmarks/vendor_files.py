"""Vendors' files of any size for `reading_tables`: the same ballots as ES&S and Dominion tables and Dominion JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["dominion_csv", "dominion_json", "ess"]

OFFICES = ("President", "US Senate", "US House District 3", "Governor", "Attorney General", "Secretary of State",
           "State Senate District 4", "State House District 9", "Sheriff", "County Clerk", "Assessor", "Auditor",
           "Treasurer", "Surveyor", "Coroner")  # fmt: skip
WITH_THIRD = 6
"""Offices, the first, that have a third candidate."""
BLANK, OVER, WRITTEN, ABSENT = -1, -2, -3, -9
BLOCK = 50_000
CHOICES = 187
"""Columns of choices of the Dominion table, most of which nobody marks."""
PER_FILE = 2000
"""Sessions in each file of Dominion JSON."""


def ess(path: Path, ballots: int) -> None:
    """Write a CSV with a column for each office."""
    words = {BLANK: "undervote", OVER: "overvote", WRITTEN: "write-in:", ABSENT: ""}
    names = [words | dict(enumerate(_candidates(j, True))) for j in range(len(OFFICES))]
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Cast Vote Record", "Precinct", "Ballot Style", *(f"{o} (Vote For 1)" for o in OFFICES)])
        for number, style, marks in _ballots(ballots):
            cells = (name[mark] for name, mark in zip(names, marks, strict=True))
            out.writerow([100_000 + number, f"Precinct {style % 20:03d}", f"Style {style}", *cells])


def dominion_csv(path: Path, ballots: int) -> None:
    """Write a CSV with a column for each choice."""
    width = np.diff(np.linspace(0, CHOICES, len(OFFICES) + 1).astype(int)).tolist()
    choices = [(j, x) for j, of in enumerate(width) for x in range(of)]
    names = [[*_candidates(j, False), "Write-in"] for j in range(len(OFFICES))]
    ids = ("CvrNumber", "TabulatorNum", "BatchId", "RecordId", "ImprintedId", "CountingGroup", "PrecinctPortion",
           "BallotType")  # fmt: skip
    none = [""] * len(ids)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["County 2024", "5.10", *none[2:], *[""] * CHOICES])
        out.writerow([*none, *(f"{OFFICES[j]} (Vote For=1)" for j, _ in choices)])
        out.writerow([*none, *(names[j][x] if x < len(names[j]) else f"Extra {x}" for j, x in choices)])
        out.writerow([*ids, *(("DEM", "REP", "LBT")[x] if x < len(names[j]) - 1 else "" for j, x in choices)])
        for number, style, marks in _ballots(ballots):
            cells = [cell for j, mark in enumerate(marks) for cell in _row(mark, width[j], len(names[j]) - 1)]
            tabulator, batch, record = style % 7, number // 300, number % 300
            group, imprinted = "Mail" if number % 3 else "Election Day", f"{tabulator}-{batch}-{record}"
            of_ballot = [number + 1, f'="{tabulator}"', batch, record, imprinted, group, f"P {style % 20}"]
            out.writerow([*of_ballot, f"Style {style}", *cells])


def dominion_json(path: Path, ballots: int) -> None:
    """Write a folder with manifests and one file for every PER_FILE sessions."""
    path.mkdir(parents=True)
    ids: dict[tuple[int, int], int] = {}
    listed: list[dict[str, Any]] = []
    for j in range(len(OFFICES)):
        for x, name in [*enumerate(_candidates(j, False)), (WRITTEN, "Write-in")]:
            ids[j, x] = len(listed) + 1
            kind = "WriteIn" if x == WRITTEN else "Regular"
            listed.append({"Description": name, "Id": ids[j, x], "ContestId": j + 1, "Type": kind, "Disabled": 0})
    contests = [{"Description": o, "Id": j + 1, "VoteFor": 1, "NumOfRanks": 0} for j, o in enumerate(OFFICES)]
    lists = {
        "Contest": contests, "Candidate": listed, "Party": _listed("DEM", "REP", "LBT"),
        "PrecinctPortion": _listed(*(f"Precinct {i}" for i in range(20))),
        "BallotType": _listed(*(f"Style {i}" for i in range(40))), "OutstackCondition": _listed("Ambiguous"),
    }  # fmt: skip
    for name, entries in lists.items():
        (path / f"{name}Manifest.json").write_text(json.dumps({"List": entries}))
    sessions: list[dict[str, Any]] = []
    for number, style, marks in _ballots(ballots):
        shown = [_contest(j, mark, ids) for j, mark in enumerate(marks) if mark != ABSENT]
        current = {"PrecinctPortionId": style % 20 + 1, "BallotTypeId": style + 1, "IsCurrent": True,
                   "Cards": [{"Id": 1, "PaperIndex": 0, "Contests": shown, "OutstackConditionIds": []}]}  # fmt: skip
        sessions.append({"TabulatorId": style % 7, "BatchId": number // 300, "RecordId": number % 300,
                         "CountingGroupId": 2, "ImageMask": "D:\\NAS\\General\\Results\\Images\\00013_000001*.*",
                         "SessionType": "ScannedVote", "Original": current})  # fmt: skip
        if len(sessions) == PER_FILE or number == ballots - 1:
            (path / f"CvrExport_{number // PER_FILE + 1}.json").write_text(json.dumps({"Sessions": sessions}))
            sessions = []


def _ballots(ballots: int) -> Iterator[tuple[int, int, list[int]]]:
    """Yield number, style and the mark in each office of every ballot: the same ones whatever the format."""
    shown = np.random.default_rng(1).random((40, len(OFFICES))) > 0.1
    shown[:, 0] = True
    third = np.arange(len(OFFICES)) < WITH_THIRD
    for first in range(0, ballots, BLOCK):
        rng, n = np.random.default_rng(first), min(BLOCK, ballots - first)
        styles, own, u = rng.integers(40, size=n), rng.integers(2, size=(n, 1)), rng.random((n, len(OFFICES)))
        marks = np.select([u < 0.8, u < 0.9, u < 0.96, u < 0.97, u < 0.999],
                          [own, 1 - own, BLANK, np.where(third, 2, BLANK), WRITTEN], OVER)  # fmt: skip
        marks = np.where(shown[styles], marks, ABSENT)
        yield from zip(range(first, first + n), styles.tolist(), marks.tolist(), strict=True)


def _candidates(office: int, with_party: bool) -> list[str]:
    names = [f"Ann{office} Adams", f"Bob{office} Baker", f"Cal{office} Cole"][: 3 if office < WITH_THIRD else 2]
    return [
        f"{party} {name}" if with_party else name for party, name in zip(("DEM", "REP", "LBT"), names, strict=False)
    ]


def _row(mark: int, width: int, candidates: int) -> list[str]:
    """Return the cells of one contest; candidates: how many there are before the write-in line."""
    if mark == ABSENT:
        return [""] * width
    cells = ["0"] * width
    for at in {OVER: [0, 1], WRITTEN: [candidates], BLANK: []}.get(mark, [mark]):
        cells[at] = "1"
    return cells


def _contest(office: int, mark: int, ids: dict[tuple[int, int], int]) -> dict[str, Any]:
    chosen = {BLANK: [], OVER: [0, 1]}.get(mark, [mark])
    marks = [{"CandidateId": ids[office, x], "PartyId": x + 1 if x >= 0 else 0, "Rank": 1, "MarkDensity": 97,
              "IsAmbiguous": False, "IsVote": mark != OVER, "OutstackConditionIds": [],
              **({"WriteinIndex": 0} if x == WRITTEN else {})} for x in chosen]  # fmt: skip
    return {"Id": office + 1, "ManifestationId": office + 100, "Undervotes": int(mark == BLANK),
            "Overvotes": int(mark == OVER), "OutstackConditionIds": [], "Marks": marks}  # fmt: skip


def _listed(*names: str) -> list[dict[str, Any]]:
    return [{"Description": name, "Id": number} for number, name in enumerate(names, start=1)]
