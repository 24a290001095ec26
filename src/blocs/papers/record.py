"""The record that a fit is of: what its account says of the ballots, the parties and what voters of them are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..ballots.coding.accounting import KEPT, OTHER_PARTY, SORTED_BY
from ..core.errors import Fault, InputError, nearest

__all__ = ["Party", "Record", "record_of"]

_ADJECTIVES = {"DEM": "Democratic", "REP": "Republican"}


@dataclass(frozen=True)
class Party:
    """A party at the top of the ticket. code: as in the coding rules; name: of its candidate there, "" if not known."""

    code: str
    name: str = ""

    @property
    def at_top(self) -> str:
        """What its voters chose at the top of the ticket."""
        return self.name or f"the candidate of {self.code}"

    @property
    def voters(self) -> str:
        """What its voters are called."""
        return f"voters of {self.name}" if self.name else f"{self.code} voters"

    @property
    def candidate(self) -> str:
        """What a candidate of it is called."""
        known = _ADJECTIVES.get(self.code)
        return f"the {known} candidate" if known else f"the candidate of {self.code}"


@dataclass(frozen=True)
class Record:
    """What was read and used.

    unit: what was read, in the plural; top: the office at the top of the ticket; read, kept: how many; parties: the
    two parties; others: whether voters of other parties at the top are kept, too.
    """

    unit: str
    top: str
    read: int
    kept: int
    parties: tuple[Party, ...]
    others: bool = False

    @property
    def set_aside(self) -> int:
        """How many were read and not used."""
        return self.read - self.kept


def record_of(account: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Record | None:
    """Return the record that an account describes (`Account.to_dict`); None where it is of no coded ballots.

    names: party -> name of its candidate at the top. Raises InputError for parties that the ballots do not have.
    """
    steps = [step for step in account.get("steps", ()) if str(step["name"]).startswith(SORTED_BY)]
    names = names or {}
    if not steps:
        return None
    step = steps[-1]
    kept = {name.removeprefix(KEPT): int(n) for name, n in step["parts"].items() if name.startswith(KEPT)}
    codes = [code for code in kept if code != OTHER_PARTY]
    faults = [
        Fault(f"no voters are of {code!r}", argument="names", rule=f"The parties are {', '.join(sorted(codes))}",
              nearest=nearest(code, codes))
        for code in names if code not in codes
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    parties = tuple(Party(code, names.get(code, "")) for code in sorted(codes))
    top = step["name"].removeprefix(SORTED_BY).strip()
    unit = "ballots" if step["unit"] in ("voters", "rows") else str(step["unit"])  # a voter cast one, a row is one
    return Record(unit, top, int(step["total"]), sum(kept.values()), parties, OTHER_PARTY in kept)
