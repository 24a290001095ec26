"""Every fault blocs reports: what is wrong, where, the rule it breaks, the nearest match, the remedy.

BlocsError
├── InputError        the data or the arguments break a rule; holds one or more faults   (a ValueError)
├── UnsupportedError  a combination blocs refuses by name instead of ignoring it         (a ValueError)
└── MismatchError     a saved fit does not reproduce its log-likelihood on the data given
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["BlocsError", "Fault", "InputError", "MismatchError", "UnsupportedError", "columns_told", "counted", "more",
           "named", "nearest"]  # fmt: skip

T = TypeVar("T")
_PART = 4
"""Letters that make a part of a name worth telling."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, with its address.

    what: the observation, with the offending value; where: file, row, column or argument; rule: what holds
    instead; nearest: the closest known name, if there is one; remedy: what the user can do about it.
    """

    what: str
    where: str = ""
    rule: str = ""
    nearest: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        parts.append(self.rule)
        parts.append(f"Nearest match: {self.nearest}" if self.nearest else "")
        parts.append(self.remedy)
        return " ".join(part if part.endswith((".", "?", "!")) else part + "." for part in parts if part)


class BlocsError(Exception):
    """Base of every error that blocs raises on purpose."""


class InputError(BlocsError, ValueError):
    """The input breaks one or more rules; `faults` lists all that were found, at least one."""

    def __init__(self, *faults: Fault) -> None:
        if not faults:
            raise AssertionError("an InputError without a fault says nothing")
        self.faults = faults
        super().__init__(_sentence(faults))


class UnsupportedError(BlocsError, ValueError):
    """A combination of features that blocs does not compute, refused by name."""


class MismatchError(BlocsError):
    """A saved fit whose log-likelihood on the given profiles is not the one it recorded."""


def nearest(name: object, known: Iterable[object]) -> str:
    """Return the known name closest to `name`, or an empty string when none is close.

    Where no name is spelled alike, one that is part of the other is close: "GOVERNOR" and "GOVERNOR, STATE 01".
    """
    names = {str(k): str(k) for k in known} | {str(k).casefold(): str(k) for k in known}
    word = str(name).casefold()
    found = difflib.get_close_matches(word, names, n=1, cutoff=0.6) or sorted(
        (known for known in names if min(len(word), len(known)) >= _PART and (word in known or known in word)),
        key=lambda known: (abs(len(known) - len(word)), known),
    )
    return names[found[0]] if found else ""


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return "1 row", "2 rows"; nouns: the plural, if it is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def named(table: Mapping[str, T], name: str, where: str, kind: str, kinds: str, remedy: str = "") -> T:
    """Return table[name]; raise InputError with all names and the nearest one when it is not there.

    where: the argument; kind, kinds: what the table holds, in the singular and the plural.
    """
    if name in table:
        return table[name]
    raise InputError(
        Fault(
            f"there is no {kind} {name!r}",
            where=where,
            rule=f"The {kinds} are {', '.join(map(repr, table))}",
            nearest=nearest(name, table),
            remedy=remedy,
        )
    )


def _sentence(faults: tuple[Fault, ...]) -> str:
    if len(faults) == 1:
        return str(faults[0])
    return "\n".join([f"{len(faults)} faults:", *(f"  - {fault}" for fault in faults)])


def columns_told(known: Collection[str]) -> str:
    """Say which columns a table has, or how many where they are too many to read."""
    if len(known) > 20:
        return f"The table has {len(known)} columns"
    return f"The columns are {', '.join(map(repr, known))}"


def more(rows: int) -> str:
    """Say how many further rows have the same fault."""
    return f" ({rows} more {'row' if rows == 1 else 'rows'} like it)" if rows else ""
