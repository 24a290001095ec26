"""Wide tables: one row per voter (or per pattern, with a column of voters), one column per office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from ...core.errors import Fault, InputError, nearest
from ...tables.column_roles import ROW, own_name, refuse_missing
from ...tables.relations import Frame, Store, gather, relation
from ..ballots import Ballots
from ..catalogue import INVALID, OVER, UNDER, WRITE_IN, Candidate, Catalogue, Contest
from ..party_names import fold, party_names
from ..pivot.wide import WideSource, as_text
from .voter_counts import with_voters

__all__ = ["NOT_ON_BALLOT", "read_wide"]

NOT_ON_BALLOT = "off"
"""Word for a contest that the ballot did not have; an empty cell means the same."""
_WORDS = {
    "off": None, "": None, "not on ballot": None,
    "none": UNDER, "undervote": UNDER, "under vote": UNDER, "abstain": UNDER,
    "overvote": OVER, "over vote": OVER, "write in": WRITE_IN, "writein": WRITE_IN,
    "unseen": INVALID, "invalid": INVALID,
}  # fmt: skip
"""What a cell may say instead of a party, folded; None = not on the ballot."""
_OTHER = {"other", "oth", "third"}

Codes = Mapping[Any, Any]


def read_wide(
    frame: Any,
    store: Store,
    offices: Sequence[str],
    *,
    weights: str | None = None,
    codes: Codes | None = None,
    districts: Mapping[str, str] | None = None,
    where: str = "table",
    file: Path | None = None,
) -> Ballots:
    """Return the ballots of a table with one column per office.

    frame: any table, see relations.relation; offices: the columns, in ballot order; weights: column with the number
    of voters of each row; codes: cell -> party, or one of the words "none" (no valid vote), "overvote", "write-in",
    "other", "off" (not on the ballot), "unseen"; the cell "*" stands for all that are not listed. One mapping for all
    offices, or office -> mapping. Without codes, cells hold these words or parties. districts: office -> column that
    tells its contests apart; file: whose lines the rows are, if they come from one. An empty cell means
    not on the ballot, unless `codes` says otherwise. Raises InputError for missing columns, cells without a meaning
    and weights that are not whole numbers from 0.
    """
    rows = relation(frame, store)
    present = rows.collect_schema().names()
    numbered, present = ROW in present, [name for name in present if name != ROW]
    districts = districts or {}
    faults = refuse_missing(list(offices), present, "offices")
    faults += refuse_missing(list(districts.values()), present, "districts")
    faults += refuse_missing(list(districts), list(offices), "districts")
    faults += refuse_missing([weights] if weights else [], present, "weights")
    if not offices:
        faults.append(Fault("no columns of offices are named", argument="offices", rule="A wide table needs at least "
                            "one", remedy=f"The columns are {', '.join(present)}"))  # fmt: skip
    if faults:
        raise InputError(*faults)
    ours = {name: own_name(name) for name in present}
    rows = rows.select(*([ROW] if numbered else []), *(nw.col(name).alias(own) for name, own in ours.items()))
    if weights:
        rows = with_voters(rows, ours[weights], weights, store, file)
    catalogue = Catalogue()
    options: list[tuple[int, int, int, int]] = []
    cells = []
    for office in offices:
        district = districts.get(office)
        counted = _tally(rows, ours[office], ours.get(district or ""), ours.get(weights or ""), store, office)
        meaning = codes.get(office, codes.get("*", {})) if _nested(codes) and codes else codes
        cells.append(_catalogue_office(catalogue, options, counted, office, district, meaning, faults))
    if not options and not any(len(c) for c in cells):
        faults.append(Fault("the table has no rows", where=where, rule="At least one is needed"))
    if faults:
        raise InputError(*faults)
    taken = {*offices, *districts.values(), weights}
    table = pd.DataFrame(options, columns=["option", "contest", "choice", "votes"])
    source = WideSource(
        rows,
        tuple((ours[office], ours.get(districts.get(office, ""))) for office in offices),
        tuple(cells),
        ours.get(weights or ""),
        (ROW,) if numbered else (),
        tuple(ours[name] for name in present if name not in taken),
    )
    return Ballots(catalogue, table, source, store, unit="voters" if weights else "ballots")


def _nested(codes: Codes | None) -> bool:
    return codes is not None and any(isinstance(value, Mapping) for value in codes.values())


def _tally(
    rows: Frame, column: str, district: str | None, weights: str | None, store: Store, office: str
) -> pd.DataFrame:
    keys = {"cell": column, **({"district": district} if district else {})}
    voters = (nw.col(weights) if weights else nw.lit(1)).cast(nw.Int64).alias("_voters")
    small = rows.select(*(as_text(column, name) for name, column in keys.items()), voters)
    query = small.group_by(*keys).agg(nw.col("_voters").sum().cast(nw.Int64).alias("votes"))
    found = gather(query, store, f"reading {office}").to_pandas()
    if not district:
        found["district"] = ""
    ordered: pd.DataFrame = found.sort_values(["district", "cell"], ignore_index=True)
    return ordered


def _catalogue_office(
    catalogue: Catalogue,
    options: list[tuple[int, int, int, int]],
    counted: pd.DataFrame,
    office: str,
    district: str | None,
    codes: Codes | None,
    faults: list[Fault],
) -> pd.DataFrame:
    """Add the contests of one office to the catalogue and return what each cell means."""
    meaning = None if codes is None else {_cell(value): said for value, said in codes.items()}
    contests: dict[str, int] = {}
    chosen: dict[tuple[int, str], int] = {}
    of_row = []
    for cell, part, votes in zip(counted["cell"], counted["district"], counted["votes"], strict=True):
        mark = _meaning(cell, meaning, office, faults)
        if mark is None:
            of_row.append(-1)
            continue
        if part not in contests:
            contests[part] = len(catalogue.contests)
            catalogue.contests.append(Contest(f"{office}, {part}" if part else office, office, part))
        contest = contests[part]
        if isinstance(mark, str):
            if (contest, mark) not in chosen:
                chosen[contest, mark] = len(catalogue.candidates)
                catalogue.candidates.append(Candidate(contest, mark, party_names(mark)))
            mark = chosen[contest, mark]
        options.append((len(options), contest, mark, int(votes)))
        of_row.append(len(options) - 1)
    return counted[["cell", "district"]].assign(option=of_row)


def _meaning(cell: str, codes: Mapping[str, Any] | None, office: str, faults: list[Fault]) -> int | str | None:
    """Return what a cell says: a special mark, a party, or None for not on the ballot."""
    if codes is None:
        said: Any = cell
    elif _cell(cell) in codes:
        said = codes[_cell(cell)]
    elif "*" in codes and cell != "":
        said = codes["*"]
    elif cell == "":
        return None
    else:
        faults.append(
            Fault(f"the cell {cell!r} has no meaning", where=f"column {office!r}",
                  rule=f"The codes given are {', '.join(map(repr, codes))}", nearest=nearest(cell, codes),
                  remedy="Give it a meaning with codes (--codes), or '*' for all other cells")
        )  # fmt: skip
        return None
    word = fold(said if said is not None else "")
    if word in _WORDS:
        return _WORDS[word]
    return "OTHER" if word in _OTHER else "/".join(party_names(said)) or "OTHER"


def _cell(value: Any) -> str:
    text = str(value)
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text
