"""Totals of real files beside a count of their cells and marks in plain Python, one short function a format."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from blocs.ballots import read_cvr
from blocs.ballots.party_names import fold
from blocs.ballots.reports.contest_totals import contest_totals
from naive_votes import OVERVOTE, UNDERVOTE, UNREADABLE, WRITE_IN, totals
from shared_files import shared

Marks = list[tuple[str, int]]
Contests = dict[str, tuple[int, bool, list[Marks]]]
"""Contest -> votes allowed, whether it is ranked, and the marks of each ballot that has it."""


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def who(name: str) -> str:
    return WRITE_IN if re.match(r"(?i)write-?in", name) else fold(name)


def by_columns(
    rows: list[list[str]], columns: list[tuple[int, str, str, int]], limits: dict[str, tuple[int, bool]]
) -> Contests:
    """Collect cells that are 1; columns: (position, contest, choice, rank); an empty contest is not on the card."""
    found: Contests = {contest: (*limits[contest], []) for contest in limits}
    for row in rows:
        for contest, (_, _, ballots) in found.items():
            of = [(row[at], who(name), rank) for at, title, name, rank in columns if title == contest]
            if any(cell for cell, _, _ in of):
                ballots.append([(name, rank) for cell, name, rank in of if cell == "1"] or [(UNDERVOTE, 1)])
    return found


def dominion_csv(path: Path) -> Contests:
    rows = cells(path)
    start = next(i for i, row in enumerate(rows) if "CvrNumber" in row)
    limits, columns = dict[str, tuple[int, bool]](), list[tuple[int, str, str, int]]()
    for at, (heading, choice) in enumerate(zip(rows[start - 2], rows[start - 1], strict=True)):
        if heading:
            ranked = "Number of ranks" in heading
            votes, contest = int(re.findall(r"=\s*(\d+)", heading)[0]), fold(heading[: heading.rindex("(")])
            limits[contest] = votes, ranked
            name, rank = re.findall(r"(.*)\((\d)\)$", choice)[0] if ranked else (choice, 1)
            columns.append((at, contest, name, int(rank)))
    ballots = [r for r in rows[start + 1 :] if len(r) > 1 and re.fullmatch(r'(=")?\d+"?', r[0])]
    distinct = list({tuple(row): row for row in ballots}.values())
    return by_columns(distinct, columns, limits)


def clear_ballot(path: Path) -> Contests:
    header, *rows = cells(path)
    limits, columns = dict[str, tuple[int, bool]](), list[tuple[int, str, str, int]]()
    for at, name in enumerate(header):
        if name.startswith("Choice_"):
            _, contest, rank, allowed, choice, _ = name.split(":")
            ranked = limits.get(fold(contest), (0, False))[1] or int(rank) > 1
            limits[fold(contest)] = int(allowed.split()[-1]), ranked
            columns.append((at, fold(contest), choice, int(rank)))
    return by_columns(rows, columns, limits)


def dominion_json(folder: Path) -> Contests:
    def listed(name: str) -> dict[int, dict[str, object]]:
        content = json.loads((folder / f"{name}Manifest.json").read_text("utf-8-sig"))
        return {entry["Id"]: entry for entry in content["List"]}

    contests, candidates = listed("Contest"), listed("Candidate")
    invalid = {n for n, entry in listed("OutstackCondition").items() if entry["Description"] == "InvalidContest"}
    found: Contests = {}
    for path in folder.glob("CvrExport_*.json"):
        for session in json.loads(path.read_text("utf-8-sig"))["Sessions"]:
            current = next(session[k] for k in ("Original", "Modified") if session.get(k, {}).get("IsCurrent"))
            for contest in (c for card in current["Cards"] for c in card["Contests"]):
                entry = contests[contest["Id"]]
                name, ranked = str(entry["Description"]), bool(entry["NumOfRanks"])
                limits, key = (int(str(entry["VoteFor"])), ranked), f"{fold(name)}/{entry['DistrictId']}"
                *_, ballots = found.setdefault(key, (*limits, []))
                marks = [(written(candidates[m["CandidateId"]]), m["Rank"] if ranked else 1)
                         for m in contest["Marks"] if m["IsVote"]]  # fmt: skip
                if invalid & set(contest["OutstackConditionIds"]):
                    marks = [(UNREADABLE, 1)]
                elif contest["Overvotes"] and not (ranked and marks):
                    marks = [(OVERVOTE, 1)]
                ballots.append(marks or [(UNDERVOTE, 1)])
    return found


def written(candidate: dict[str, object]) -> str:
    return WRITE_IN if candidate["Type"] == "WriteIn" else who(str(candidate["Description"]))


def ess(path: Path) -> Contests:
    """Every contest is one column; a cell says the name, perhaps behind a party, or why there is no vote."""
    header, *rows = cells(path)
    words = {"undervote": UNDERVOTE, "overvote": OVERVOTE}
    found: Contests = {}
    for at, contest in enumerate(header[3:], 3):
        said = [row[at].strip() for row in rows if row[at].strip()]
        marks = [[(words.get(cell, WRITE_IN if cell.startswith("write-in") else fold(cell)), 1)] for cell in said]
        found[fold(contest)] = 1, False, marks
    return found


FILES = {
    "dominion_csv/arapahoe2016_testdeck.csv": dominion_csv,
    "dominion_csv/arapahoe2016_voteforN_small.csv": dominion_csv,
    "dominion_csv/boulder2023_excerpt_RCV.csv": dominion_csv, "dominion_csv/corla_adams_test.csv": dominion_csv,
    "dominion_csv/boulder2024_general_excerpt_with_redactions.csv": dominion_csv,
    "clearballot/kansas_primary.cvr.csv": clear_ballot, "clearballot/inline_comma.csv": clear_ballot,
    "dominion_json/alaska2024_general": dominion_json, "dominion_json/sf2020_general": dominion_json,
    "ess/madison_wi_ward9_2018_general.csv": ess,
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_totals_are_those_of_plain_python(name: str) -> None:
    found, naive = contest_totals(read_cvr(shared(name))), FILES[name](shared(name))
    expected = Counter[tuple[tuple[str, int], ...]]()
    for allowed, ranked, ballots in naive.values():
        votes, number, later = totals(ballots, allowed, ranked)
        if number:
            lines = [(shortened(name), n) for name, n in votes.items()]
            expected[tuple(sorted([*lines, ("ballots", number), ("later", later)]))] += 1
    got = Counter[tuple[tuple[str, int], ...]]()
    for _, rows in found.groupby(["contest", "district"], sort=False):
        lines = [(shortened(n), v) for n, v in zip(rows["candidate"], rows["votes"], strict=True) if v]
        if rows["ballots"].iloc[0]:
            more = [("ballots", int(rows["ballots"].iloc[0])), ("later", int(rows["later"].sum()))]
            got[tuple(sorted([*lines, *more]))] += 1
    assert got == expected
    assert_lines_add_up(found)


def shortened(name: str) -> str:
    """Return the last letters of a name: readers take parties off and mend letters, which is not the matter here."""
    return name if name.startswith("(") else fold(name)[-3:]


def assert_lines_add_up(found: pd.DataFrame) -> None:
    none = found["candidate"].isin([UNDERVOTE, OVERVOTE, UNREADABLE])
    for _, rows in found.groupby(["contest", "district"], sort=False):
        first, aside = rows.iloc[0], none[rows.index]
        votes = rows.loc[~aside, "votes"].sum() + first["unused"]
        assert votes == first["allowed"] * (first["ballots"] - rows.loc[aside, "votes"].sum())


@pytest.mark.parametrize("name", ["hart", "ess_el155/dillon_sc_2016_general_EL155.txt.gz", "nist_cdf/example_2.xml",
                                  "nist_cdf/rctab_test_set_1_overvote.json", "ess/2015_portland_mayor_cvr.xlsx",
                                  "dominion_json/arizona2022_primary"])  # fmt: skip
def test_lines_add_up_to_the_ballots(name: str) -> None:
    assert_lines_add_up(contest_totals(read_cvr(shared(name))))


def test_votes_in_contests_that_are_taken_as_not_seen_are_votes_of_the_file() -> None:
    """Dillon County: rule S2 codes only groups in which most voters voted, but each vote counts."""
    found = contest_totals(read_cvr(shared("ess_el155/dillon_sc_2016_general_EL155.txt.gz"))).set_index("candidate")
    assert found.loc["Thomas Dixon", "votes"] == 4158 + 323 + 57
    assert "(not readable)" not in found.index


def test_a_contest_whose_votes_allowed_no_manifest_gives_takes_the_largest_number_on_a_ballot() -> None:
    """Three of the state's overvotes are named by the export; two votes where two are allowed are none of them."""
    found = contest_totals(read_cvr(shared("dominion_json/arizona2022_primary")))
    assert found.loc[found["candidate"] == OVERVOTE, "votes"].sum() == 3
    assert set(found.loc[found["contest"] == "Contest 345", "allowed"]) == {3}
