"""What the readers' tests share: a conformity suite, marks in words, whole messages, and a fuzzer of files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import strategies as st

from blocs.ballots.catalogue import INVALID, OVER, RECORDS, UNDER, VOTES, WRITE_IN, Catalogue
from blocs.ballots.vendors.format import Batch, Contents, Format
from blocs.core.account import Account
from blocs.core.errors import InputError
from blocs.files.export import open_export

SAID = {UNDER: "UNDER", OVER: "OVER", WRITE_IN: "WRITE-IN", INVALID: "INVALID"}


@dataclass(frozen=True)
class Read:
    """A file read to its end."""

    records: pa.Table
    votes: pa.Table
    catalogue: Catalogue
    account: Account
    all_records: pa.Table

    def marks(self) -> list[dict[str, list[str]]]:
        """Return, for each record, contest -> what was marked, "name" or "name@rank"."""
        found: dict[int, dict[str, list[str]]] = {record: {} for record in self.records["record"].to_pylist()}
        for vote in self.votes.to_pylist():
            contest = self.catalogue.contests[vote["contest"]]
            said = SAID.get(vote["choice"]) or self.catalogue.candidates[vote["choice"]].name
            ranked = contest.ranks > 1 and vote["choice"] not in (UNDER, INVALID)
            found[vote["record"]].setdefault(contest.name, []).append(f"{said}@{vote['rank']}" if ranked else said)
        return list(found.values())

    def totals(self) -> dict[str, Counter[str]]:
        """Return contest -> how often each mark was made, at any rank."""
        found: dict[str, Counter[str]] = {}
        for vote in self.votes.to_pylist():
            said = SAID.get(vote["choice"]) or self.catalogue.candidates[vote["choice"]].name
            found.setdefault(self.catalogue.contests[vote["contest"]].name, Counter())[said] += 1
        return found

    def column(self, name: str) -> list[str | None]:
        values: list[str | None] = self.records[name].to_pylist()
        return values


def recognised(reader: Format, path: Path) -> bool:
    """Return whether a reader takes a file or folder for its own."""
    with open_export(path) as export:
        return reader.recognises(export)


def stream(reader: Format, path: Path, chunk: int = 50_000, **options: str) -> Iterator[Batch | Contents]:
    """Open and read a file or folder."""
    with open_export(path) as export:
        yield from reader.read(export, chunk=chunk, **options)


def read(reader: Format, path: Path, chunk: int = 50_000, **options: str) -> Read:
    """Read a file to its end, checking what every chunk promises."""
    *chunks, contents = stream(reader, path, chunk, **options)
    assert isinstance(contents, Contents)
    for part in chunks:
        assert isinstance(part, Batch)
        assert part.records.select(RECORDS.names).schema == RECORDS
        assert set(part.records.schema.types[len(RECORDS) :]) <= {pa.string()}
        assert part.votes.schema == VOTES
        assert 0 < len(part.records) <= chunk
        assert set(part.votes["record"].to_pylist()) <= set(part.records["record"].to_pylist())
    tables = [c.records for c in chunks]
    all_records = (
        pa.concat_tables(tables, promote_options="default").combine_chunks() if chunks else RECORDS.empty_table()
    )
    votes = pa.concat_tables([c.votes for c in chunks]).combine_chunks() if chunks else VOTES.empty_table()
    ballots = all_records.filter(pc.is_null(all_records["set_aside"]))
    return Read(ballots, votes, contents.catalogue, contents.account, all_records)


def check_reader(reader: Format, path: Path) -> Read:
    """State the laws of every reader on one file and return what it holds."""
    assert recognised(reader, path)
    whole = read(reader, path)
    for chunk in (1, 2, 3, 7):
        if len(whole.records) / chunk < 400:
            parts = read(reader, path, chunk)
            assert parts.records.equals(whole.records)
            assert parts.votes.equals(whole.votes)
            assert (parts.catalogue, parts.account) == (whole.catalogue, whole.account)
    (step,) = whole.account.steps
    assert step.parts["delivered"] == len(whole.records)
    assert sum(step.parts.values()) == step.total
    assert whole.all_records["record"].to_pylist() == list(range(step.total))
    assert Counter(whole.all_records["set_aside"].drop_null().to_pylist()) + Counter(
        delivered=len(whole.records)
    ) == Counter(step.parts)
    contests, candidates = whole.catalogue.contests, whole.catalogue.candidates
    assert len({(c.name, c.district) for c in contests}) == len(contests)
    assert all(0 <= candidate.contest < len(contests) for candidate in candidates)
    for vote in whole.votes.to_pylist():
        assert vote["choice"] < 0 or candidates[vote["choice"]].contest == vote["contest"]
        assert 1 <= vote["rank"] <= max(1, contests[vote["contest"]].ranks)
    return whole


def message(reader: Format, path: Path) -> str:
    """Return the whole message with which a file is refused, at once or while it is read."""
    try:
        list(stream(reader, path))
    except InputError as error:
        return str(error)
    raise AssertionError("the file was read")


TOKENS = (
    b"\x00",
    b'"',
    b"<",
    b">",
    b"{",
    b"[",
    b"]",
    b",",
    b"\n",
    b"9" * 30,
    b"-1",
    b"\xff\xfe",
    b"\xe2\x82",
    b"null",
    b"&x;",
)


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """Draw a damaged copy of a good file: cut, lines or slices lost, doubled or swapped, bytes changed or put in."""
    text = good
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        to = min(len(text), at + draw(st.integers(0, 40)))
        token = draw(st.sampled_from(TOKENS))
        text = draw(
            st.sampled_from(
                (text[:at], text[:at] + text[to:], text[:to] + text[at:], text[:at] + token + text[at:],
                 text[:at] + token + text[to:], b"\n".join(sorted(text.splitlines())))
            )
        )  # fmt: skip
    return text


def survives(reader: Format, path: Path) -> None:
    """Read a damaged file: a clear refusal or an answer that adds up, and no other exception."""
    try:
        recognised(reader, path)
        found = read(reader, path, 2)
    except InputError as error:
        told = str(error)
        found = None
    if found is None:
        assert 0 < len(told) < 20_000
        return
    (step,) = found.account.steps
    assert step.parts["delivered"] == len(found.records)
