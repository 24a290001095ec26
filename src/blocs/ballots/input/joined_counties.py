"""Places of the Harvard/MIT collection whose ballots were put together from sheets by nearest row."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ...core.errors import counted
from ..party_names import fold

__all__ = ["JOINED", "joined_places", "joined_remark"]

JOINED: Mapping[str, frozenset[str]] = {
    "california": frozenset(
        ("alameda", "contra costa", "kings", "merced", "san mateo", "santa clara", "sonoma", "yuba")
    ),
    "colorado": frozenset(("denver", "eagle", "routt")),
    "georgia": frozenset(("gwinnett",)),
    "maryland": frozenset(("baltimore", "baltimore city", "montgomery", "prince george s")),
    "ohio": frozenset(("butler", "champaign", "cuyahoga", "greene")),
    "rhode island": frozenset(("",)),
}
"""Jurisdictions of the Harvard/MIT collection whose sheets were joined by nearest row ("" = the whole state)."""


def joined_places(places: pd.DataFrame | None) -> dict[int, str]:
    """Return the places whose sheets were joined by nearest row, by number."""
    if places is None or not {"state", "county"} <= set(places.columns):
        return {}
    return {
        int(place): f"{county}, {state}"
        for place, state, county in zip(places["place"], places["state"], places["county"], strict=True)
        if {fold(county), ""} & JOINED.get(fold(state), frozenset())
    }


def joined_remark(joined: Mapping[int, str], dropped: bool, marks: int) -> tuple[str, ...]:
    """Say in the account which places they are, or that they were left out with so many marks."""
    if not joined:
        return ()
    names, places = "; ".join(joined.values()), counted(len(joined), "place")
    if dropped:
        were = "was" if len(joined) == 1 else "were"
        return (f"{places} with {counted(marks, 'mark')} {were} left out, since the collection joined the sheets of a "
                f"ballot by nearest row: {names}.",)  # fmt: skip
    return (f"In {places} the collection joined the sheets of a ballot by nearest row, so that a record may mix two "
            f"voters: {names}.",)  # fmt: skip
