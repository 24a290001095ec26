"""EL155: voters by their star, precincts by their page, fusion lines, levers, damage."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs.files.text as text_module
from blocs.ballots.vendors.el155 import EL155
from blocs.ballots.vendors.format import Contents
from readers_support import check_reader, damaged, message, stream, survives


def line(serial: int, style: int, star: str, number: str, name: str, contest: str) -> str:
    return f"{serial:7d}{style:5d} {star:1s} {number:>4s} {name:<39s} {contest}"


def page(number: int, precinct: str) -> list[str]:
    heading = (
        f"RUN DATE:11/11/16 11:03 AM                         PRECINCT {number:4d} - {precinct:<40s} ELECTION ID: 171"
    )
    return [heading, "VOTR.    B/I     CANDIDATES RECEIVING A VOTE"]


LINES = [
    *page(1, "East Town"),
    line(5122299, 2, "*", "14", "Ana Lima", "GOVERNOR"),
    line(5122299, 2, "", "22", "Di Elm", "COUNCIL"),
    line(5122299, 2, "", "23", "Ed Ash", "COUNCIL"),
    line(5122299, 3, "*", "6", "Sea", "STRAIGHT PARTY"),
    line(5122299, 3, "", "15", "Bo Ek\ufffd", "GOVERNOR"),
    "",
    "\f" + page(1, "East Town")[0],
    page(1, "East Town")[1],
    line(5122299, 3, "", "22", "Di Elm", "COUNCIL"),
    line(5122300, 2, "*", "16", "Bo Ek\ufffd\ufffd", "GOVERNOR"),
    "PRECINCT TOTALS",
    *page(12, "Oak Grove"),
    line(5122301, 4, "*", "17", "W/I MICKEY MOUSE", "GOVERNOR"),
    line(5122302, 4, "*", "", "(NO VOTES CAST)", "(NO VOTES CAST)"),
]
GOOD = "\n".join([*LINES, ""])
EXPECTED = [
    {"GOVERNOR": ["Ana Lima"], "COUNCIL": ["Di Elm", "Ed Ash"]},
    {"GOVERNOR": ["Bo Ek"], "COUNCIL": ["Di Elm"]},
    {"GOVERNOR": ["Bo Ek"]},
    {"GOVERNOR": ["WRITE-IN"]},
    {},
]


def written(at: Path, text: str | bytes, name: str = "el155.txt") -> Path:
    path = at / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_voters_precincts_fusion_and_lever(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    found = check_reader(EL155, path)
    assert found.marks() == EXPECTED
    assert found.column("precinct") == ["East Town", "East Town", "East Town", "Oak Grove", "Oak Grove"]
    assert found.column("style") == ["2", "3", "2", "4", "4"]
    assert found.column("straight_party") == [None, "Sea", None, None, None]
    assert [(c.name, c.votes) for c in found.catalogue.contests] == [("GOVERNOR", 1), ("COUNCIL", 2)]
    assert found.account.paragraph() == ("Records read: 5 voters (5 delivered). 1 voter carries a straight-party vote.")
    *_, contents = stream(EL155, path)
    assert isinstance(contents, Contents)
    assert contents.votes_only


@pytest.mark.parametrize(("lost", "remark"), [(0, False), (1, True)])
def test_a_report_cut_off_between_two_lines(tmp_path: Path, lost: int, remark: bool) -> None:
    ballots = [
        text
        for voter in range(200)
        for text in (
            line(5122299, 2, "*", "14", "Ana Lima", "GOVERNOR"),
            line(5122299, 2, "", "22" if voter % 2 else "23", "Di Elm" if voter % 2 else "Ed Ash", "COUNCIL"),
        )
    ]
    whole = [*page(1, "East Town"), *ballots]
    account = check_reader(EL155, written(tmp_path, "\n".join([*whole[: len(whole) - lost], ""]))).account
    expected = (
        "The last vote of el155.txt is for 'GOVERNOR', where 0 of the 199 other voters of ballot style 2 end: if the "
        "file was cut off, votes and voters are missing."
    )
    assert account.remarks == ((expected,) if remark else ())


@pytest.mark.parametrize(
    "text",
    [
        gzip.compress(GOOD.encode(), mtime=0),
        GOOD.replace("\ufffd", "\xa0").encode("latin-1"),
        GOOD.replace("\n", "\r\n"),
    ],
)
def test_dresses_of_the_same_report(tmp_path: Path, text: str | bytes) -> None:
    assert check_reader(EL155, written(tmp_path, text)).marks() == EXPECTED


LAYOUT = "A vote line holds VOTR., B/I, * for a new voter, the candidate's number, the candidate and the contest."
CASES = [
    ("\n".join([LINES[0], LINES[1], *LINES[3:]]),
     "el155.txt, line 3: the first vote has no * before it. The first line of each voter is marked with *. "
     "The file may have lost its beginning."),
    ("\n".join([*LINES, "and something else"]),
     f"el155.txt, line 18: 'and something else' is neither a vote nor a heading. {LAYOUT} "
     "Export the report again, unchanged by hand."),
    (GOOD.replace("5122301    4 *", "4 * 5122301  "),
     "el155.txt, line 16: '4 * 5122301     17 W/I MICKEY MOUSE                        G' is neither a vote nor a heading. "  # noqa: E501
     f"{LAYOUT} Export the report again, unchanged by hand."),
    ("\n".join(page(1, "East Town")), "el155.txt: there are no ballots in it. One record at least is a ballot."),
    (GOOD.replace("Oak Grove", "Oak\x00Grove"), "el155.txt, line 14: the line holds a NUL byte. Text has none. "
                                                "The file is damaged or not text; export it again."),
    (gzip.compress(GOOD.encode(), mtime=0)[:-60],
     "el155.txt: the compressed file is cut off or damaged (Compressed file ended before the end-of-stream marker "
     "was reached). Download it again."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), CASES)
def test_a_mutation_of_a_good_file_is_told(tmp_path: Path, text: str | bytes, told: str) -> None:
    assert message(EL155, written(tmp_path, text)) == told


def test_a_bomb_in_gzip_is_one_long_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "MAX_LINE", 1 << 16)
    assert message(EL155, written(tmp_path, gzip.compress(b" " * (1 << 24)))) == (
        "el155.txt, line 1: the line is longer than 65,536 bytes. A row of a ballot export is shorter. "
        "The file is damaged or not a table of ballots; export it again."
    )


@given(data=st.data())
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    survives(EL155, written(tmp_path_factory.mktemp("fuzz"), data.draw(damaged(GOOD.encode()))))


@given(data=st.data())
def test_fuzz_of_gzip(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    good = gzip.compress(GOOD.encode(), mtime=0)
    survives(EL155, written(tmp_path_factory.mktemp("fuzz"), data.draw(damaged(good)), "el155.txt.gz"))


def test_real_dillon(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("ess_el155/dillon_sc_2016_general_EL155.txt.gz")
    found = check_reader(EL155, path)
    voters, lever, expected = 0, 0, dict[str, Counter[str]]()
    with gzip.open(path, "rt", encoding="utf-8") as file:  # the plainest way: cut the columns
        for text in file:
            if text[:7].isdigit():
                voters += text[13] == "*"
                name, contest = " ".join(text[20:59].strip(" \ufffd").split()), text[59:].strip()
                lever += contest == "STRAIGHT PARTY"
                if contest != "STRAIGHT PARTY" and not name.startswith("("):
                    expected.setdefault(contest, Counter())["WRITE-IN" if name.startswith("W/I") else name] += 1
    assert (voters, lever) == (10_858, 4_101)
    assert len(found.records) == voters
    assert sum(party is not None for party in found.column("straight_party")) == lever
    assert found.totals() == expected
    assert found.totals()["U.S. Senate"]["Thomas Dixon"] == 4158 + 323 + 57  # three lines of one person
    assert len(set(found.column("precinct"))) == 22
    assert {c.votes for c in found.catalogue.contests} == {1}


def voters(n: int, precinct: str = "East Town") -> list[str]:
    lines = [line(5122299, 2, "*", "14", ("Ana Lima", "Bo Ek")[i % 2], "GOVERNOR") for i in range(n)]
    return [*page(1, precinct), *lines]


def test_a_line_that_stands_twice_is_one_vote(tmp_path: Path) -> None:
    """It was a second vote for the same person, in a contest that then allowed two."""
    twice = [line(5122300, 2, star, "14", "Ana Lima", "GOVERNOR") for star in ("*", "")]
    found = check_reader(EL155, written(tmp_path, "\n".join([*voters(2), *twice, ""])))
    assert found.marks() == [{"GOVERNOR": ["Ana Lima"]}, {"GOVERNOR": ["Bo Ek"]}, {"GOVERNOR": ["Ana Lima"]}]
    assert [(contest.name, contest.votes) for contest in found.catalogue.contests] == [("GOVERNOR", 1)]


def test_words_in_place_of_a_name_are_no_candidates(tmp_path: Path) -> None:
    words = [line(5122300, 2, "*", "14", word, "GOVERNOR") for word in ("Overvote", "UNDERVOTE", "Write-in")]
    found = check_reader(EL155, written(tmp_path, "\n".join([*voters(1), *words, ""])))
    assert [marks["GOVERNOR"] for marks in found.marks()] == [["Ana Lima"], ["OVER"], ["UNDER"], ["WRITE-IN"]]
    assert [of.name for of in found.catalogue.candidates] == ["Ana Lima"]


def test_precincts_that_differ_behind_two_blanks_are_two(tmp_path: Path) -> None:
    pages = "\n".join([*voters(1, "Ward  1"), *voters(1, "Ward  2"), ""])
    assert check_reader(EL155, written(tmp_path, pages)).column("precinct") == ["Ward 1", "Ward 2"]
    other = pages.replace("PRECINCT", "Precinct")
    assert check_reader(EL155, written(tmp_path, other)).column("precinct") == ["Ward 1", "Ward 2"]


COLUMNS = ("does not stand in its columns. The candidate stands from column 21 to 59, the contest behind a blank. "
           "Export the report again, unchanged by hand.")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (line(7777777, 3, "", "14", "Ana Lima", "MAYOR"),
         "VOTR. and B/I are 7777777 and 3, and those of the voter are 5122299 and 2. The first line of each voter is "
         "marked with *. The file may have lost lines."),
        (line(5122299, 2, "*", "14", "Ana Lima", "MAYOR").replace(" 14 ", "14 ", 1).replace("14 ", "14", 1),
         f"'14Ana Lima                                MAYOR' {COLUMNS}"),
        (line(5122299, 2, "*", "14", "A" * 40, "MAYOR"), f"'{'A' * 40} MAYOR' {COLUMNS}"),
    ],
    ids=["no star", "moved", "too long"],
)  # fmt: skip
def test_lines_that_were_cut_or_moved_are_refused(tmp_path: Path, text: str, fault: str) -> None:
    """Votes went to the voter before, and names lost letters."""
    path = written(tmp_path, "\n".join([*voters(2), text, ""]))
    assert message(EL155, path) == f"el155.txt, line 5: {fault}"
