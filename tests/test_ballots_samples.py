"""Every real sample file: read, counted, coded where it can be, with an account that adds up to the records read."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from ballots_support import sorted_by_top
from blocs.ballots import candidate_table, code, code_rows, follow, read_cvr
from shared_files import shared

FILES = {
    "dominion_json/sf2020_general": 438, "dominion_json/alaska2024_general": 197,
    "dominion_csv/arapahoe2016_testdeck.csv": 165, "dominion_csv/boulder2024_general_excerpt_with_redactions.csv": 5,
    "dominion_csv/boulder2023_excerpt_RCV.csv": 4, "clearballot/kansas_primary.cvr.csv": 50,
    "ess/madison_wi_ward9_2018_general.csv": 2335, "ess_el155/dillon_sc_2016_general_EL155.txt.gz": 10858,
    "hart": 18, "nist_cdf/example_2.xml": 2, "nist_cdf/rctab_test_set_1_overvote.json": 15,
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_records_and_candidate_totals(name: str) -> None:
    ballots = read_cvr(shared(name))
    assert ballots.records == FILES[name]
    table = candidate_table(ballots)
    marks = ballots.options.loc[ballots.options["choice"] >= 0, "votes"].sum()
    assert 0 < table["votes"].sum() <= marks


@pytest.mark.parametrize(
    ("name", "top"),
    [
        ("dominion_json/alaska2024_general", "U.S. President"), ("dominion_csv/arapahoe2016_testdeck.csv", "President"),
        ("dominion_csv/boulder2024_general_excerpt_with_redactions.csv", "President"),
        ("ess/madison_wi_ward9_2018_general.csv", "Governor"),
    ],
)  # fmt: skip
def test_coded_records_add_up_and_come_back(name: str, top: str) -> None:
    ballots = read_cvr(shared(name))
    coded = code_rows(ballots, top=top)
    read = sorted_by_top(coded.profiles)
    assert read.total == FILES[name]
    assert sum(n for part, n in read.parts.items() if part.startswith("kept")) == coded.profiles.n
    whole = pa.concat_tables(follow(ballots, coded, 50)).to_pandas()
    records = ballots.store.con.sql("select voter, set_aside from records order by record").df()
    assert whole["voter"].tolist() == records["voter"].tolist()
    assert whole["voters"].sum() == FILES[name] == records["set_aside"].isna().sum()
    assert whole["profile"].notna().sum() == coded.profiles.n
    assert (whole["profile"].isna() == whole["reason"].notna()).all()


TABLE = {
    "PRESIDENT AND VICE PRESIDENT": {
        "Donald J Trump": "REP", "Hillary Rodham Clinton": "DEM", "Gary Johnson": "LBT", "Peter Skewes": "AMP",
        "Darrell Castle": "CON", "Evan McMullin": "IND", "Jill Stein": "GRN",
    },
    "U.S. Senate": {
        "Tim Scott": "REP", "Thomas Dixon": "DEM/WFP/GRN", "Bill Bledsoe": "LBT/CON",
        "Rebel Michael Scarborough": "AMP",
    },
    "CONG007 U.S. House of Representatives Di": {"Tom Rice": "REP", "Mal Hyman": "DEM"},
}  # fmt: skip


def test_a_votes_only_county_with_a_candidate_table() -> None:
    rows = [(c, name, party) for c, names in TABLE.items() for name, party in names.items()]
    parties = pd.DataFrame(rows, columns=["contest", "candidate", "party"])
    ballots = read_cvr(shared("ess_el155/dillon_sc_2016_general_EL155.txt.gz"), parties=parties)
    profiles = code(ballots, groups=["lever"])
    assert sorted_by_top(profiles).parts == {
        "kept: DEM": 5311, "kept: REP": 5256, "set aside: another party at the top": 206,
        "set aside: no vote at the top": 85,
    }  # fmt: skip
    assert profiles.schema.names == ("US SENATE", "US HOUSE")
