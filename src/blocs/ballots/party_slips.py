"""Slips: a party whose name is one letter from that of a common one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .party_names import PARTIES, PARTY_CODES, fold, party_name

__all__ = ["slip_of"]

_SHORTEST = 3
"""Letters of the shortest spelling that is compared: one letter more or less makes another code of shorter ones."""
_KNOWN = frozenset({*PARTIES, *map(party_name, PARTY_CODES)})


def slip_of(name: str, common: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """Return the party, and the spelling of it, that a name is one letter from; None for a known party and all others.

    common: short name of a common party -> how the data write it.

    Examples
    --------
    >>> slip_of("DEMCORAT", {"DEM": ["Dem"], "REP": ["Rep"]}), slip_of("GRN", {"GRE": []})
    (('DEM', 'democrat'), None)
    """
    if name in _KNOWN:
        return None
    slips = (
        (party, spelling)
        for party, cells in common.items()
        for spelling in _spellings(party, cells)
        if _one_letter_apart(_core(name), _core(spelling))
    )
    return next(slips, None)


def _spellings(party: str, cells: Sequence[str]) -> list[str]:
    """Return all ways in which a party is written, here or in general, but for the shortest."""
    known = PARTIES.get(party)
    words = [party, *(known.words if known else ()), *(known.codes if known else ()), *cells]
    return [word for word in dict.fromkeys(words) if len(_core(word)) >= _SHORTEST]


def _core(party: str) -> str:
    return " ".join(word for word in fold(party).split() if word != "party")


def _one_letter_apart(one: str, other: str) -> bool:
    """Say whether one letter more, less or exchanged, or two neighbours swapped, makes one text of the other."""
    if len(one) == len(other):
        at = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        swapped = len(at) == 2 and at[1] == at[0] + 1 and one[at[0]] + one[at[1]] == other[at[1]] + other[at[0]]
        return len(at) == 1 or swapped
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST - 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
