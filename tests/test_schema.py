"""What a schema and an account look like when they are shown."""

from __future__ import annotations

import pandas as pd

import blocs
from blocs.core.account import Account, Step
from blocs.core.schema import Item, Schema


def test_a_schema_says_what_each_item_can_be() -> None:
    table = pd.DataFrame({"office": ["DEM", "REP", "OTH"], "gone": None, "visits": [1, 0, 2], "weight": [1.5, 2.5, 3]})
    kinds = {"visits": blocs.Poisson(), "weight": blocs.Gaussian("weight")}
    menus = {"office": [{"DEM", "REP", "OTH"}, {"DEM", "REP"}, {"DEM", "REP", "OTH"}]}
    assert repr(blocs.Profiles.from_table(table, kinds=kinds, menus=menus).schema) == (
        "<Schema of 4 items>\n"
        "  'office': DEM, OTH, REP (2 menus)\n"
        "  'gone': missing in every row\n"
        "  'visits': poisson\n"
        "  'weight': gaussian (weight)"
    )


def test_a_long_schema_is_cut_short() -> None:
    items = tuple(Item.full(f"q{j}", tuple(range(12))) for j in range(11))
    lines = repr(Schema(items)).splitlines()
    assert lines[0] == "<Schema of 11 items>"
    assert lines[1] == "  'q0': 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
    assert lines[-1] == "  and 1 more item"
    assert len(lines) == 12
    assert repr(Schema(items[:1])) == "<Schema of 1 item>\n" + lines[1]


ACCOUNT = Account(
    (Step("Rows read", "rows", 1_005, {"set aside, weight < 1": 5, "used": 1_000, "empty": 0}),
     Step("Ballots", "ballots of voters", 1, {"fitted": 1})),
    ("Item 'a' & others are missing.",),
)  # fmt: skip


def test_an_account_is_its_sentences() -> None:
    assert repr(ACCOUNT) == (
        "Rows read: 1,005 rows (1,000 used; 5 set aside, weight < 1).\n"
        "Ballots: 1 ballot of voters (1 fitted).\n"
        "Item 'a' & others are missing."
    )
    assert ACCOUNT.paragraph() == repr(ACCOUNT).replace("\n", " ")
    assert repr(Account()) == "<Account without steps>"


def test_an_account_in_a_notebook_is_a_table() -> None:
    assert ACCOUNT._repr_html_() == (
        "<table><tr><td><b>Rows read</b></td><td>1,005</td><td>rows</td></tr>"
        "<tr><td></td><td>1,000</td><td>used</td></tr><tr><td></td><td>5</td><td>set aside, weight &lt; 1</td></tr>"
        "<tr><td><b>Ballots</b></td><td>1</td><td>ballots of voters</td></tr>"
        "<tr><td></td><td>1</td><td>fitted</td></tr></table>"
        "<p>Item &#x27;a&#x27; &amp; others are missing.</p>"
    )
