"""Words in cells: one table of them for all readers, and where it makes a difference in which table a word stands."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from blocs.ballots import read_cvr
from blocs.ballots.catalogue import INVALID, OVER, UNDER, WRITE_IN
from blocs.ballots.mark_words import (
    NOT_ON_BALLOT,
    is_redaction,
    is_straight_party,
    is_write_in_line,
    meaning_in_place_of_a_name,
    meaning_of_a_code,
    write_in_name,
)
from blocs.core.errors import InputError

EVERYWHERE = [("undervote", UNDER), ("Under Vote", UNDER), ("OVERVOTE", OVER), ("over-vote", OVER),
              ("WRITEIN", WRITE_IN), ("Write-in", WRITE_IN), ("Undervotes", UNDER), ("BLANK", UNDER),
              ("Overvotes", OVER), ("Not Qualified", WRITE_IN), ("Undervotes: 1", UNDER), ("No vote cast", UNDER),
              ("Times Over Voted", OVER), ("Unvoted", UNDER), ("Blank Contest", UNDER), ("Non-vote", UNDER),
              ("Too many votes", OVER), ("Contest overvoted", OVER), ("W/I", WRITE_IN), ("OV", OVER),
              ("Pending Write-In", WRITE_IN), ("Write-in Totals", WRITE_IN),
              ("Image not available", WRITE_IN)]  # fmt: skip
EVERYWHERE += [
    *((word, UNDER) for word in ("under", "Left Blank", "Did not vote", "Abstain", "Abstained", "Subvoto")),
    *((word, OVER) for word in ("over", "Multiple votes", "Sobrevoto", "Voto en exceso")),
    *((word, UNDER) for word in ("En blanco", "Votos en blanco")),
    *((word, WRITE_IN) for word in ("Nominación directa", "Candidato por escrito", "Voto por escrito")),
    *((word, INVALID) for word in ("Invalid", "Spoiled", "Void", "Exhausted")),
]
CODES_ONLY = [("none", UNDER), ("unseen", INVALID), ("off", NOT_ON_BALLOT),
              ("Not on ballot", NOT_ON_BALLOT), ("", NOT_ON_BALLOT), ("Not on the ballot", NOT_ON_BALLOT),
              ("roll-off", UNDER)]  # fmt: skip


@pytest.mark.parametrize(("word", "meaning"), EVERYWHERE)
def test_words_that_mean_the_same_in_every_table(word: str, meaning: int) -> None:
    assert meaning_in_place_of_a_name(word) == meaning_of_a_code(word) == meaning


@pytest.mark.parametrize(("word", "meaning"), CODES_ONLY)
def test_codes_are_names_in_place_of_a_name(word: str, meaning: int) -> None:
    assert meaning_of_a_code(word) == meaning
    assert meaning_in_place_of_a_name(word) is None


@pytest.mark.parametrize("name", ["Ann Void", "Jo Over", "Under, Al", "Void-Lee", "Overholt", "Spoiler", "Underwood"])
def test_persons_with_such_words_in_their_names_are_persons(name: str) -> None:
    assert meaning_in_place_of_a_name(name) is None


def test_a_cell_that_says_nothing_means_what_the_format_says() -> None:
    meanings = [meaning_in_place_of_a_name(cell, empty=INVALID) for cell in ("", " ", "--", "Ann")]
    assert meanings == [INVALID, INVALID, INVALID, None]


@pytest.mark.parametrize(
    ("choice", "name"),
    [("Ann Lee", None), ("Writeinski", None), ("Write-in", ""), ("WRITE IN (2)", ""), ("write-ins", ""),
     ("Write-in: Ann Lee", "Ann Lee"), ("WRITE-IN 3", "")],
)  # fmt: skip
def test_names_of_write_ins(choice: str, name: str | None) -> None:
    assert write_in_name(choice) == name


def test_lines_contests_and_redactions() -> None:
    assert [is_write_in_line(text) for text in ("W/I ANN LEE", "WRITE IN ANN", "WILL LEE")] == [True, True, False]
    contests = ("Straight Party", "STRAIGHT-TICKET VOTING", "Party Selector", "The straight road", "Governor")
    assert [is_straight_party(contest) for contest in contests] == [True, True, True, False, False]
    assert [is_redaction(cell) for cell in ("REDACTED", "***", "n/a", "1", "Ann")] == [True, True, True, False, False]


def marks(path: Path | pd.DataFrame, **options: object) -> dict[str, int]:
    """Return candidate or UNDER, OVER, ... -> marks of the one contest that is not the top."""
    ballots = read_cvr(path, **options)  # type: ignore[arg-type]
    names = {UNDER: "UNDER", OVER: "OVER", WRITE_IN: "WRITE-IN", INVALID: "INVALID"}
    names |= {i: candidate.name for i, candidate in enumerate(ballots.catalogue.candidates)}
    total = ballots.options.groupby("choice")["votes"].sum()
    return {names[int(choice)]: int(votes) for choice, votes in total.items()}


def test_the_same_words_in_three_tables(tmp_path: Path) -> None:
    """An ES&S table that spells them otherwise made candidates of them."""
    words = ["Ann Lee", "Over Vote", "Under Vote", "UNDERVOTE", "Write-In", "overvote", "Ann Lee"]
    expected = {"Ann Lee": 2, "UNDER": 2, "OVER": 2, "WRITE-IN": 1}
    lines = [f"{i},P,S,{word}" for i, word in enumerate(words)]
    path = tmp_path / "ess.csv"
    path.write_text("\n".join(["Cast Vote Record,Precinct,Ballot Style,Governor", *lines]))
    assert marks(path) == expected
    assert marks(pd.DataFrame({"voter": range(7), "office": "Governor", "candidate": words})) == expected
    wide = marks(pd.DataFrame({"Governor": [word.replace("Ann Lee", "DEM") for word in words]}), offices=["Governor"])
    assert wide == {"DEM": 2, "UNDER": 2, "OVER": 2, "WRITE-IN": 1}


def test_all_cells_without_a_meaning_are_named_at_once() -> None:
    table = pd.DataFrame({"A": ["1", "2"], "B": ["3", "1"]})
    with pytest.raises(InputError) as caught:
        read_cvr(table, offices=["A", "B"], codes={"1": "DEM"})
    rule = ("has no meaning. The codes given are '1'. Give it a meaning with `codes=`, or '*' for all other "
            "cells.")  # fmt: skip
    assert str(caught.value) == (f"2 faults:\n  - column 'A': the cell '2' {rule}\n  - column 'B': the cell '3' {rule}")
