"""What every reader promises of its stream, and the values it is made of: nothing that was handed out ever changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs
from blocs.ballots import read
from blocs.ballots.catalogue import UNDER, WRITE_IN, Candidate, Catalogue, Contest
from blocs.ballots.vendors import VENDORS
from blocs.ballots.vendors.catalogue_builder import STRAIGHT_PARTY, PartialCatalogue
from blocs.ballots.vendors.format import Batch, Contents, Format
from blocs.ballots.vendors.growing import Growing
from blocs.ballots.vendors.records import Ending, Record, Row, SetAside, batches
from blocs.core.errors import Fault, InputError
from blocs.files.export import Export
from blocs.tables.relations import open_store
from readers_support import stream
from test_readers_vendors import GOOD

CATALOGUE = Catalogue((Contest("Mayor"),), (Candidate(0, "Ann"),))
ROWS: list[Row | Ending] = [
    Record("1", None, None, None, [0, 0, 1]), SetAside("totals"), Record("1", "P", None, "DEM", []),
    Record(None, None, "S", None, (0, UNDER, 1)), Ending(CATALOGUE, ("A remark.",)),
]  # fmt: skip


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: str(vendor.name))
def test_a_stream_is_batches_and_then_the_contents(tmp_path: Path, vendor: Format) -> None:
    path = tmp_path / "ballots"
    path.write_bytes(GOOD[vendor.name][0])
    *parts, contents = stream(vendor, path, 2)
    assert all(isinstance(part, Batch) for part in parts)
    assert isinstance(contents, Contents)
    assert sum(len(part.records) for part in parts) == contents.account.steps[0].total
    with pytest.raises(dataclasses.FrozenInstanceError):
        contents.catalogue.contests = ()  # type: ignore[misc]


def test_rows_become_batches_and_an_account() -> None:
    first, second, contents = batches(iter(ROWS), where="f", chunk=2, unit="rows")
    assert isinstance(first, Batch)
    assert isinstance(second, Batch)
    assert first.records["voter"].to_pylist() + second.records["voter"].to_pylist() == ["1", None, "1", None]
    assert first.records["set_aside"].to_pylist() == [None, "totals"]
    assert second.records["record"].to_pylist() == [2, 3]
    assert first.votes.to_pylist() == [{"record": 0, "contest": 0, "choice": 0, "rank": 1}]
    assert second.votes.to_pylist() == [{"record": 3, "contest": 0, "choice": UNDER, "rank": 1}]
    assert isinstance(contents, Contents)
    assert (contents.catalogue, contents.votes_only) == (CATALOGUE, False)
    assert contents.account.paragraph() == (
        "Records read: 4 rows (3 delivered; 1 totals). A remark. 1 row carries a straight-party vote. "
        "1 row repeats the id of an earlier one."
    )


def test_ten_faults_at_most_and_a_chunk_of_one_record_at_least() -> None:
    with pytest.raises(InputError) as caught:
        list(batches((Fault(f"fault {n}") for n in range(99)), where="f", chunk=5, unit="rows"))
    assert len(caught.value.faults) == 10
    with pytest.raises(InputError) as caught:
        list(batches(iter(ROWS), where="f", chunk=0, unit="rows"))
    assert str(caught.value) == "read: chunk is 0. A chunk holds at least 1 record."
    with pytest.raises(InputError) as caught:
        list(batches(iter([SetAside("totals"), Ending(CATALOGUE)]), where="f", chunk=5, unit="rows"))
    assert str(caught.value) == "f: there are no ballots in it (1 totals). One record at least is a ballot."


NAMES = st.tuples(
    st.sampled_from(["Mayor", "Clerk", "Straight Party"]), st.sampled_from(["", "7", "8"]),
    st.sampled_from(["Ann", "Bo", "Write-in", "Write-in: Cy"]), st.sampled_from(["", "DEM", "REP"]),
)  # fmt: skip


@given(st.lists(NAMES, max_size=12))
def test_a_partial_catalogue_gives_a_new_one_and_never_changes(names: list[tuple[str, str, str, str]]) -> None:
    """Beside a plain reference: lists that grow, searched from the beginning."""
    catalogue = PartialCatalogue()
    contests: list[tuple[str, str]] = []
    candidates: list[tuple[int, str]] = []
    for heading, key, name, party in names:
        before = (catalogue, catalogue.contests, catalogue.candidates, dict(catalogue.contest_positions))
        after, contest = catalogue.with_contest(heading, key=key)
        after, choice = after.with_choice(contest, name, (party,) if party else ())
        assert before == (catalogue, catalogue.contests, catalogue.candidates, dict(catalogue.contest_positions))
        if heading == "Straight Party":
            assert contest == STRAIGHT_PARTY
        else:
            contests += [(heading, key)] if (heading, key) not in contests else []
            assert contest == contests.index((heading, key))
        if name == "Write-in":
            assert choice == WRITE_IN
        elif contest != STRAIGHT_PARTY:
            key_of = (contest, name.removeprefix("Write-in: "))
            candidates += [key_of] if key_of not in candidates else []
            assert choice == candidates.index(key_of)
            assert set((party,) if party else ()) <= set(after.candidates[choice].parties)
        catalogue = after
    assert len(catalogue.contests) == len(contests)
    assert [(c.contest, c.name) for c in catalogue.candidates] == candidates
    assert len({(c.name, c.district) for c in catalogue.contests}) == len(contests)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 9)), max_size=30))
def test_a_growing_mapping_is_as_dicts_that_are_copied(entries: list[tuple[int, int, int]]) -> None:
    """Entries are added to any of the versions there are; each goes on to be what it was."""
    versions: list[tuple[Growing[int, int], dict[int, int]]] = [(Growing(), {})]
    for at, key, value in entries:
        old, plain = versions[at % len(versions)]
        versions.append((old.with_entry(key, value), {**plain, key: value}))
        for grown, expected in versions:
            assert (dict(grown), list(grown), len(grown)) == (expected, list(expected), len(expected))


def test_many_different_names_cost_as_much_each_as_few() -> None:
    """Twenty thousand names that were typed out took seven seconds, by a copy of the catalogue for each."""
    catalogue, contest = PartialCatalogue().with_contest("Sheriff")
    sizes = []
    for number in range(5_000):
        before = len(catalogue.persons)
        catalogue, _ = catalogue.with_text(contest, f"Write-in: Lee {number}")
        sizes.append(len(catalogue.persons) - before)
    assert (set(sizes), len(catalogue.catalogue().candidates)) == ({1}, 5_000)
    assert len({id(of._table) for of in (catalogue.persons, catalogue.with_text(contest, "Ann")[0].persons)}) == 1


def test_limits_only_grow_and_the_straight_party_vote_is_taken_out() -> None:
    catalogue, contest = PartialCatalogue().with_contest("Council", votes=2)
    assert catalogue.with_limits(contest, 1) is catalogue
    assert catalogue.with_limits(contest, 3, 4).contests[0] == Contest("Council", "Council", "", 3, 4)
    assert catalogue.contests[0].votes == 2
    catalogue, hill = catalogue.with_choice(STRAIGHT_PARTY, "Hill")
    catalogue, sea = catalogue.with_choice(STRAIGHT_PARTY, "Sea")
    assert catalogue.without_straight_party([0, UNDER, 1]) == ([0, UNDER, 1], None)
    assert catalogue.without_straight_party([STRAIGHT_PARTY, sea, 1, 0, UNDER, 1]) == ([0, UNDER, 1], "Sea")
    both = [STRAIGHT_PARTY, sea, 1, STRAIGHT_PARTY, hill, 1]
    assert catalogue.without_straight_party(both) == ([], None)


def test_a_new_format_is_known_by_its_record_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def recognises(export: Export) -> bool:
        return export.files[0].head.startswith(b"TOY ")

    def rows(export: Export) -> Iterator[Row | Ending]:
        for line in export.path.read_text().split()[1:]:
            yield Record(line, None, None, None, [0, 0, 1])
        yield Ending(CATALOGUE)

    def read_toy(export: Export, *, chunk: int = 10) -> Any:
        return batches(rows(export), where=export.name, chunk=chunk, unit="lines")

    toy = Format("toy", "a first word TOY", (b"TOYS",), recognises, read_toy)
    monkeypatch.setitem(read.VENDOR_OF, "toy", toy)
    path = tmp_path / "t.txt"
    path.write_text("TOY a b c")
    assert blocs.read_cvr(path).account.paragraph() == "Records read: 3 lines (3 delivered)."
    path.write_text("<no TOYS>")
    with pytest.raises(InputError) as caught:
        blocs.read_cvr(path)
    assert str(caught.value).startswith("t.txt: the format is not recognised. Nearest match: toy. Name the format with")
    assert "toy (a first word TOY)" in str(caught.value)


@pytest.mark.parametrize("keep_order", [False, True])
def test_the_order_of_rows_is_a_setting_of_the_database_from_its_opening_on(tmp_path: Path, keep_order: bool) -> None:
    def setting(con: duckdb.DuckDBPyConnection) -> bool:
        return bool(con.sql("select current_setting('preserve_insertion_order')").fetchall()[0][0])

    assert setting(open_store(keep_order=keep_order).con) == keep_order
    table = pd.DataFrame({"P": ["DEM", "REP"], "voter": [1, 2], "office": "Mayor", "candidate": ["Ann", "Bo"]})
    table.to_csv(tmp_path / "t.csv", index=False)
    ballots = blocs.read_cvr(tmp_path / "t.csv", offices=["P"] if keep_order else None)
    assert setting(ballots.store.con) == keep_order


def test_the_older_name_of_the_role_of_the_straight_party_vote() -> None:
    offices = pd.DataFrame({"office": ["US PRESIDENT", "US HOUSE"]})
    votes = pd.DataFrame({"voter": [1, 2], "candidate": ["X", "Y"], "party": ["DEM", "REP"],
                          "lever": ["DEM", None], "device": [None, "REP"]})  # fmt: skip
    table = votes.merge(offices, how="cross")
    for columns, expected in ((None, ["DEM", None]), ({"lever": "device"}, [None, "REP"]),
                              ({"straight_party": "device"}, [None, "REP"])):  # fmt: skip
        for name in ("lever", "straight_party"):
            cells = blocs.code(blocs.read_cvr(table, columns=columns), groups=[name]).cells
            assert cells is not None
            groups = cells.table.sort_values("top")[name]
            assert [None if pd.isna(value) else value for value in groups] == expected
