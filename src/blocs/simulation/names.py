"""Names of candidates who do not exist."""

from __future__ import annotations

import zlib

__all__ = ["person"]

_FAMILY = (
    "ABEL", "BARROW", "CASTELL", "DUNMORE", "ELLERY", "FAIRLIE", "GARROD", "HOLLIS", "INGRAM", "JESSOP", "KELSEY",
    "LOMAX", "MARLOW", "NORRIS", "OAKLEY", "PENROSE", "QUILL", "RADLEY", "SELWYN", "TARRANT", "UNWIN", "VERNEY",
    "WARDLE", "YARROW",
)  # fmt: skip
_GIVEN = (
    "ADA", "BEN", "CORA", "DEAN", "EDNA", "FRED", "GRETA", "HUGO", "IDA", "JACK", "KATE", "LEO", "MINA", "NED",
    "OLGA", "PAUL", "ROSE", "SAUL", "TESS", "URSULA", "VICTOR", "WILMA",
)  # fmt: skip


def person(seed: int, contest: str, position: int) -> str:
    """Return the name of the candidate at a position of a contest; the names of one contest differ."""
    drawn = zlib.crc32(f"{seed} {contest}".encode())
    family = _FAMILY[(drawn + position) % len(_FAMILY)]
    return f"{family} {_GIVEN[(drawn // len(_FAMILY) + 7 * position) % len(_GIVEN)]}"
