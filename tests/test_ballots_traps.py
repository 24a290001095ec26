"""The table of traps in docs/formats.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from ballots_support import long_table, voters_of
from blocs.ballots import code, read_cvr

HERE = Path(__file__).parent


def test_every_trap_has_its_test() -> None:
    page = (HERE.parent / "docs" / "formats.md").read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", page)
    assert len(named) > 25
    texts = {file: (HERE / file).read_text(encoding="utf-8") for file, _ in named}
    assert [f"{file}::{test}" for file, test in named if f"def {test}(" not in texts[file]] == []


def test_two_candidates_of_one_party_are_no_contest_and_an_independent_is_no_other_party() -> None:
    parties = {1: ("X", "DEM"), 2: ("Y", "REP"), 3: ("X", "DEM")}
    top = [(voter, "US PRESIDENT", "", *choice) for voter, choice in parties.items()]
    same = [(1, "A", "", "Ann", "DEM"), (2, "A", "", "Bob", "DEM"), (3, "A", "", "Bob", "DEM")]
    alone = [(1, "B", "", "Cy", "DEM"), (2, "B", "", "Ian", "IND"), (3, "B", "", "Ian", "IND")]
    found = voters_of(code(read_cvr(long_table(top + same + alone)), offices=["A", "B"]))
    own, against = frozenset({"abstain", "straight"}), frozenset({"abstain", "split"})
    assert found == {
        ("DEM", (own, "straight"), (own | {"other"}, "straight")): 1,
        ("DEM", (own, "straight"), (own | {"other"}, "other")): 1,
        ("REP", (against, "split"), (against | {"other"}, "other")): 1,
    }
